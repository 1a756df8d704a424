//! The worked example of `docs/import.md` is a file that is imported as the page says.

use super::fixture::imported;
use super::movements::{sample, sample_options};

#[tokio::test]
async fn the_example_of_the_page_comes_out_as_it_says() {
    let page = include_str!("../../../docs/import.md");
    let text = std::fs::read_to_string(sample()).unwrap();
    assert!(
        page.contains(&text),
        "docs/import.md shows another file than tests/data/movements.csv"
    );
    let history = imported(text.as_bytes(), &sample_options()).await;
    for refused in &history.refused {
        let told = format!("line {}: {}", refused.line, refused.reason);
        assert!(page.contains(&told), "docs/import.md does not say: {told}");
    }
    let report = history.report();
    let told = format!(
        "{} rows: {} granted, {} refused, {} ignored; {} visits, {} rooms",
        report.rows, report.granted, report.refused, report.ignored, report.visits, report.rooms
    );
    assert!(page.contains(&told), "docs/import.md does not say: {told}");
}
