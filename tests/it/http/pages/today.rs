//! The numbers of a day.

use clinic_domain::time::Millis;
use clinic_http::limits;
use serde_json::Value;

use super::html::{between, rows, text_of};
use super::window::{Scene, Window};

/// The ways from numbers to their facts: where each leads, and what it says.
fn ways(page: &str) -> Vec<(String, String)> {
    let links = page.split("<a href=\"/today/facts?").skip(1);
    let way = |link: &str| {
        let (href, rest) = link.split_once('"').expect("an address");
        let said = rest.split_once('>').expect("a tag").1.split_once("</a>").expect("its end").0;
        (format!("/today/facts?{}", href.replace("&amp;", "&")), text_of(said))
    };
    links.map(way).collect()
}

fn listed(page: &str) -> usize {
    between(page, "<ol class=\"behind\"", "</ol>").matches("<li").count()
}

/// Maria is seen by Dana after a transfer, Jonas left unseen, Olaf waits.
async fn a_morning(scene: &Scene) {
    let maria = scene.comes(1, "Maria Okoye").await;
    let jonas = scene.comes(2, "Jonas Berg").await;
    scene.comes(3, "Olaf Holm").await;
    scene.passes(2);
    scene.is_sent(maria, "two weeks already").await;
    scene.leaves(2, jonas).await;
    scene.passes(65);
    scene.is_seen(maria).await;
}

#[tokio::test]
async fn the_numbers_are_for_those_who_administer_and_a_rooms_for_its_members() {
    let scene = Scene::new().await;
    a_morning(&scene).await;
    let house = scene.house();
    let (desk, office) =
        (format!("/today?room={}", house.reception), format!("/today?room={}", house.office));
    let (patient, _) = scene.patient("Maria Okoye").await;
    for (who, window, path, status) in [
        ("ada", &scene.ada, "/today", 200),
        ("ada", &scene.ada, &*desk, 200),
        ("rita", &scene.rita, &desk, 200),
        ("rita", &scene.rita, "/today", 404),
        ("rita", &scene.rita, &office, 404),
        ("dana", &scene.dana, &office, 200),
        ("a patient", &patient, &desk, 303),
    ] {
        assert_eq!(window.open(path).await.status, status, "{who}: {path}");
        let facts = path.replacen("/today", "/today/facts", 1);
        let mark = if facts.contains('?') { '&' } else { '?' };
        let facts = format!("{facts}{mark}what=check-ins");
        assert_eq!(window.open(&facts).await.status, status, "{who}: {facts}");
    }
    let back = format!("/sign-in?back=/today%3Froom%3D{}", house.reception);
    assert_eq!(scene.stranger().led(&desk).await, back);
    let board = scene.rita.see("/desk").await;
    assert!(board.links().contains(&desk), "a board leads there");
    scene.rita.see(&desk).await.lacks(["How members spent"]);
    for wrong in ["/today?day=soon", "/today?room=none", "/today/facts?what=nothing"] {
        let status = scene.ada.open(wrong).await.status.as_u16();
        assert!([400, 422].contains(&status), "{wrong}: {status}");
    }
}

#[tokio::test]
async fn the_numbers_on_the_page_are_those_of_the_api() {
    let scene = Scene::new().await;
    a_morning(&scene).await;
    let page = scene.ada.see("/today").await.html;
    let told = scene.ada.told("waits?from=2026-03-02&to=2026-03-02").await;
    let span = |value: &Value| Millis(value.as_u64().expect("a number")).to_string();
    let row = |name: String, figures: &Value| {
        let waiting = &figures["waiting"];
        let waits = |which: &str| span(&waiting[which]["wait_ms"]);
        let counts = [&figures["check_ins"]["count"], &waiting["of"]["count"]];
        let counts = counts.map(ToString::to_string);
        let waits = ["p50", "p90", "p99"].map(waits);
        [name].into_iter().chain(counts).chain(waits).collect::<Vec<_>>()
    };
    let hours = told["hours"].as_array().expect("hours");
    assert_eq!(hours.len(), 2, "the second has parts, and no waits yet");
    let shown = rows(&page, "by-hour");
    assert_eq!(shown[1], row("09:00–09:59".to_owned(), &hours[0]["figures"]));
    assert_eq!(shown[2][1..], ["0", "0", "no data", "no data", "no data"], "{shown:?}");
    assert_eq!(shown[3], row("In all".to_owned(), &told["total"]));
    let total = &told["total"];
    let text = text_of(&page);
    for said in [
        format!("Check-ins {}", total["check_ins"]["count"]),
        format!("Half waited at most {}", span(&total["waiting"]["p50"]["wait_ms"])),
        "Here now 1".to_owned(),
        "Left without being seen 1 of 2 (50.0 %)".to_owned(),
        "Gone after a transfer, before a call 0 of 1 (0.0 %)".to_owned(),
    ] {
        assert!(text.contains(&said), "{said} in {text}");
    }
    assert_eq!(total["left_unseen"]["per_mille"], 500);
    let members = rows(&page, "members");
    let dana = members.iter().find(|row| row[0] == "Dana").expect("Dana");
    assert_eq!(dana[1..], ["1", "00:00", "00:20", "no data"], "in call, and never online");
}

#[tokio::test]
async fn case_42_where_nothing_happened_there_is_no_data_and_no_made_up_zero() {
    let scene = Scene::new().await;
    let empty = text_of(&scene.ada.see("/today").await.html);
    assert!(empty.contains("No data: nobody checked in"), "{empty}");
    assert!(!empty.contains("Check-ins"), "{empty}");
    scene.comes(1, "Maria Okoye").await;
    let page = scene.ada.see("/today").await.html;
    let text = text_of(&page);
    for said in [
        "Half waited at most no data",
        "9 of 10 waited at most no data",
        "99 of 100 waited at most no data",
        "Left without being seen no data",
        "Gone after a transfer, before a call no data",
        "Closed by reason: no data",
        "Check-ins 1",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    let before = text_of(&scene.ada.see("/today?day=2026-03-01").await.html);
    assert!(before.contains("No data: nobody checked in"), "{before}");
}

#[tokio::test]
async fn every_number_leads_to_as_many_facts_and_each_of_them_to_its_visit() {
    let scene = Scene::new().await;
    a_morning(&scene).await;
    let desk = format!("/today?room={}", scene.house().reception);
    let mut counted = 0;
    for (window, path) in [(&scene.ada, "/today"), (&scene.rita, &*desk)] {
        for (way, said) in ways(&window.see(path).await.html) {
            let facts = window.see(&way).await.html;
            if let Some((_, fact)) = way.split_once('#') {
                assert!(facts.contains(&format!("id=\"{fact}\"")), "{way}: {facts}");
                assert!(facts.contains(&format!("waited {said}")), "{way}: {said} in {facts}");
            } else {
                let count = said.trim_start_matches("of ").split(' ').next().expect("a word");
                assert_eq!(listed(&facts).to_string(), count, "{way}");
                counted += 1;
            }
            for link in facts.split("href=\"/visits/").skip(1) {
                let id = link.split('"').next().expect("an id");
                window.see(&format!("/visits/{id}")).await;
            }
        }
    }
    assert!(counted > 20, "numbers were looked at: {counted}");
}

#[tokio::test]
async fn a_name_is_told_to_those_who_may_read_that_visit_and_it_is_text() {
    let scene = Scene::new().await;
    let maria = scene.comes(1, "Maria <i>Okoye</i>").await;
    let path = format!("/today/facts?what=check-ins&room={}", scene.house().reception);
    let hers = scene.rita.see(&path).await.html;
    assert!(hers.contains("Maria &lt;i&gt;Okoye&lt;/i&gt;</a>"), "{hers}");
    scene.is_sent(maria, "two weeks already").await;
    let gone = scene.rita.see(&path).await.html;
    assert!(!gone.contains("Maria") && !gone.contains(&format!("/visits/{maria}")), "{gone}");
    assert_eq!(listed(&gone), 1, "it still counts");
    assert!(gone.contains("A visit that is in another room now"), "{gone}");
    let log = scene.ada.told("access-log").await;
    let records = log["records"].as_array().expect("records").iter();
    let read: Vec<_> = records.map(|record| record["model"].as_str().expect("a word")).collect();
    assert_eq!(read, ["waits", "visits", "waits", "visits"]);
}

#[tokio::test]
async fn many_facts_stand_on_several_pages() {
    let scene = Scene::new().await;
    let more = 3;
    for n in 1..=limits::FACTS_PAGE + more {
        scene.comes(u8::try_from(n).expect("a few"), "Maria Okoye").await;
    }
    let first = scene.ada.see("/today/facts?what=check-ins").await.html;
    assert_eq!(listed(&first), limits::FACTS_PAGE);
    let next = "/today/facts?what=check-ins&day=2026-03-02&page=1";
    assert!(first.contains(&next.replace('&', "&amp;")), "a way on in {first}");
    let second = scene.ada.see(next).await.html;
    assert_eq!(listed(&second), more);
    assert!(second.contains("start=\"51\""), "they are counted on: {second}");
}

#[tokio::test]
async fn case_44_a_visit_over_midnight_and_two_rooms_is_counted_once() {
    let scene = Scene::new().await;
    scene.passes(14 * 60 + 50);
    let maria = scene.comes(1, "Maria Okoye").await;
    scene.passes(30);
    scene.is_sent(maria, "two weeks already").await;
    scene.passes(5);
    scene.is_seen(maria).await;
    // Her session has run out meanwhile.
    let ada = Window::of_ada(&scene.clinic).await;
    let whole = async |day: &str| {
        let page = ada.see(&format!("/today?day={day}")).await.html;
        let rows = rows(&page, "by-room");
        let spent = rows.iter().position(|row| row.contains(&"On hold".to_owned()));
        rows[spent.expect("a table")..].iter().map(|row| row[1..].join(" ")).collect::<Vec<_>>()
    };
    // Ten minutes before midnight; behind it twenty at the desk, and five with a call in Dana's room.
    let first = whole("2026-03-02").await;
    assert_eq!(first[1..], ["1 10:00 00:00 00:00 00:00 10:00"; 2]);
    let second = whole("2026-03-03").await;
    assert_eq!(
        second[1..],
        [
            "1 05:00 00:00 00:00 00:20 05:20",
            "1 20:00 00:00 00:00 00:00 20:00",
            "1 25:00 00:00 00:00 00:20 25:20",
        ]
    );
}
