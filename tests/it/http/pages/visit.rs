//! The story of one visit.

use clinic_domain::command::Action;
use clinic_domain::time::Millis;
use serde_json::Value;

use super::html::{rows, text_of};
use super::window::{Scene, Window};
use crate::engine::fixture::title;
use crate::http::people::browser::PASSWORD;

#[tokio::test]
async fn a_visits_page_is_for_those_who_may_read_its_timeline_however_long_ago_it_closed() {
    let scene = Scene::new().await;
    let maria = scene.comes(1, "Maria Okoye").await;
    let path = format!("/visits/{maria}");
    assert!(scene.rita.see(&path).await.has("<h1>Maria Okoye</h1>"));
    assert_eq!(scene.dana.open(&path).await.status, 404);
    scene.is_sent(maria, "two weeks already").await;
    scene.is_seen(maria).await;
    scene.passes(3 * 24 * 60);
    let (patient, _) = scene.patient("Jonas Berg").await;
    // Their sessions have run out meanwhile.
    let [rita, dana] = ["rita", "dana"].map(|name| Window::of(&scene.clinic, name, PASSWORD));
    let (rita, dana, ada) = (rita.await, dana.await, Window::of_ada(&scene.clinic).await);
    for file in ["", "/export.json", "/export.csv"] {
        let path = format!("{path}{file}");
        assert!(dana.see(&path).await.has("two weeks already"), "{path}");
        assert!(ada.see(&path).await.has("two weeks already"), "{path}");
        let refused = rita.open(&path).await;
        assert_eq!(refused.status, 404, "{path}");
        refused.lacks(["Maria"]);
        for nobody in [&scene.stranger(), &patient] {
            assert_eq!(nobody.led(&path).await, format!("/sign-in?back={path}"));
        }
    }
    dana.see(&path).await.says(["Dana completed the visit."]);
    let log = ada.told("access-log").await;
    let of_maria = |record: &&Value| record["visit"] == maria.to_string();
    let records = log["records"].as_array().expect("records").iter().filter(of_maria);
    let read: Vec<_> = records.map(|record| record["model"].as_str().expect("a word")).collect();
    assert_eq!(read, ["timeline"; 8], "each reading, and no refusal");
}

#[tokio::test]
async fn the_durations_on_a_visits_page_are_those_of_the_api_and_sum_to_the_whole() {
    let scene = Scene::new().await;
    let maria = scene.comes(1, "Maria Okoye").await;
    scene.passes(2);
    scene.is_sent(maria, "two weeks already").await;
    scene.passes(3);
    scene.is_seen(maria).await;
    scene.passes(9);
    let page = scene.dana.see(&format!("/visits/{maria}")).await.html;
    let told = scene.dana.told(&format!("visits/{maria}/timeline")).await;
    let part = |parts: &Value, field: &str| Millis(parts[field].as_u64().expect("a number"));
    let cells = |parts: &Value| -> Vec<String> {
        let fields = ["waiting_ms", "on_hold_ms", "offline_ms", "in_call_ms"];
        let parts = fields.map(|field| part(parts, field));
        let whole = parts.iter().fold(Millis(0), |sum, part| sum.plus(*part));
        parts.iter().chain([&whole]).map(ToString::to_string).collect()
    };
    let shown = rows(&page, "time");
    let stays = told["stays"].as_array().expect("stays");
    assert_eq!((shown.len(), stays.len()), (4, 2), "a head, the stays, the whole: {shown:?}");
    for (row, stay) in shown[1..3].iter().zip(stays) {
        assert_eq!(row[1..], cells(&stay["parts"]), "{row:?}");
    }
    assert_eq!(shown[3][1..], cells(&told["whole"]));
    assert_eq!(shown[3][1..], ["05:00", "00:00", "00:00", "00:20", "05:20"]);
    let file = scene.dana.see(&format!("/visits/{maria}/export.json")).await.html;
    assert_eq!(serde_json::from_str::<Value>(&file).expect("JSON"), told);
}

#[tokio::test]
async fn a_visit_that_goes_on_tells_what_it_does_and_counts_until_the_page_was_made() {
    let scene = Scene::new().await;
    let maria = scene.comes(1, "Maria Okoye").await;
    scene.passes(4);
    let page = scene.rita.see(&format!("/visits/{maria}")).await.html;
    let text = text_of(&page);
    assert!(text.contains("Waiting, reception"), "{text}");
    assert!(text.contains("In this room for 04:00 Since check-in 04:00"), "{text}");
    assert!(text.contains("As of 2026-03-02 09:04"), "{text}");
    let shown = rows(&page, "time");
    assert_eq!(shown[1][5], "04:00", "{shown:?}");
    assert_eq!(shown[1][1..], shown[2][1..]);
}

#[tokio::test]
async fn case_33_what_was_typed_is_text_on_the_page_and_calculates_nothing_in_its_csv() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::RenameRoom(house.reception, title("@SUM(A1) <b>desk</b>"))).await;
    let maria = scene.comes(1, "<script>alert(1)</script>").await;
    scene.is_sent(maria, "=HYPERLINK(\"x\") <img src=x>").await;
    let page = scene.dana.see(&format!("/visits/{maria}")).await.html;
    for tag in ["<script>alert", "<img", "<b>"] {
        assert!(!page.contains(tag), "{tag} in {page}");
    }
    assert!(page.contains("<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>"), "{page}");
    assert!(page.contains("=HYPERLINK(&quot;x&quot;) &lt;img src=x&gt;"), "{page}");
    let file = scene.dana.see(&format!("/visits/{maria}/export.csv")).await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8; header=present");
    let kept = format!("attachment; filename=\"visit-{maria}.csv\"");
    assert_eq!(file.headers["content-disposition"], kept);
    let lines: Vec<&str> = file.html.split_terminator("\r\n").collect();
    let head = r#""position","at","room","event","who","sentence","note""#;
    assert_eq!((lines.len(), lines[0]), (3, head), "{}", file.html);
    assert!(lines[1].contains(r#","'@SUM(A1) <b>desk</b>","CheckedIn","#), "{}", lines[1]);
    assert!(lines[2].ends_with(r#","'=HYPERLINK(""x"") <img src=x>""#), "{}", lines[2]);
}
