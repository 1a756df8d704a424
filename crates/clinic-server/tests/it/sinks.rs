//! Hostile text that came through the door stays text, wherever it is shown (case 33).

use crate::support::{clinic_of_day, clinic_reading, day};

/// A reason and a note may hold line breaks and tabs; a name may begin like a formula.
const HOSTILE: &str = r#"{"do":"check-in","handle":"m","room":"reception","name":"=HYPERLINK(\"http://evil\")","reason":"line one\nline two\tand a tab"}
{"do":"check-in","handle":"n","room":"reception","name":"@SUM(A1)|cmd, \"quoted\""}
{"by":"member:rita","do":"add-note","visit":"m","note":"-1+1\n=2"}"#;

#[test]
fn a_table_keeps_its_shape() {
    let ran = clinic_of_day(&["board", "reception", "--width", "80"], &day(HOSTILE));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let widths: Vec<usize> = ran.out.lines().skip(1).map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == 80), "{}", ran.out);
    assert!(ran.out.contains("Rita Brandt wrote \"-1+1 / =2\""), "{}", ran.out);
    let printed = clinic_reading(&["run", "-"], day(HOSTILE).as_bytes()).out;
    assert!(printed.chars().all(|letter| letter == '\n' || !letter.is_control()));
}

#[test]
fn a_spreadsheet_gets_text_and_no_formulas() {
    let ran = clinic_of_day(&["board", "--format", "csv"], &day(HOSTILE));
    let reason = "\"line one\nline two\tand a tab\"";
    assert!(ran.out.contains(r#","'=HYPERLINK(""http://evil"")","#), "{}", ran.out);
    assert!(ran.out.contains(reason), "{}", ran.out);
    assert!(ran.out.contains(r#","'@SUM(A1)|cmd, ""quoted""","#), "{}", ran.out);
    let story = clinic_of_day(&["timeline", "m", "--format", "csv"], &day(HOSTILE));
    assert!(story.out.contains("\"'-1+1\n=2\"\r\n"), "{}", story.out);
}

#[test]
fn a_document_says_exactly_what_was_typed() {
    let ran = clinic_of_day(&["board", "--format", "json"], &day(HOSTILE));
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("a JSON document");
    let row = &document["boards"][0]["rows"][0];
    assert_eq!(row["name"]["clear"], "=HYPERLINK(\"http://evil\")");
    assert_eq!(row["reason"]["clear"], "line one\nline two\tand a tab");
}

#[test]
fn what_is_typed_on_the_command_line_is_not_obeyed_either() {
    let ran = clinic_of_day(&["timeline", "\u{1b}[2Jx\u{202e}"], &day(""));
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "there is no visit \"\\u{1b}[2Jx\\u{202e}\": there is none at all\n");
}
