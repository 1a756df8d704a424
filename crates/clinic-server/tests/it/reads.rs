//! What is read of a day, in each form.

use serde_json::Value;

use crate::support::{clinic, clinic_of_day, day};

#[track_caller]
fn json(words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--format", "json"]).collect();
    let ran = clinic(&words);
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).expect("one JSON document")
}

#[test]
fn every_form_has_every_row() {
    for (words, rows) in
        [(vec!["log"], 51), (vec!["log", "--after", "40"], 11), (vec!["verify"], 6)]
    {
        let document = json(&words);
        assert_eq!(document.as_array().map(Vec::len), Some(rows), "{words:?}");
        let csv: Vec<&str> = words.iter().copied().chain(["--format", "csv"]).collect();
        assert_eq!(clinic(&csv).out.matches("\r\n").count(), rows + 1, "{words:?}");
    }
}

#[test]
fn an_envelope_is_whole() {
    let log = json(&["log", "--after", "50"]);
    let envelope = log[0].as_object().expect("an object");
    let names: Vec<&str> = envelope.keys().map(String::as_str).collect();
    for name in [
        "clinic",
        "position",
        "aggregate_type",
        "aggregate_id",
        "sequence",
        "event_type",
        "event_version",
        "occurred_at",
        "recorded_at",
        "payload",
        "metadata",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    assert_eq!(envelope["event_type"], "VisitClosed");
    assert_eq!(envelope["payload"]["VisitClosed"]["reason"], "completed");
    assert_eq!(envelope["occurred_at"], "2026-03-02T08:36:00.000Z");
}

#[test]
fn a_board_can_be_read_as_it_was() {
    // Position 24 put Maria on hold: right before, she is in call.
    let before = json(&["board", "reception", "--position", "23"]);
    let after = json(&["board", "reception", "--position", "24"]);
    assert!(before["boards"][0]["rows"][0]["doing"]["in_call"].is_object(), "{before}");
    assert!(after["boards"][0]["rows"][0]["doing"]["on_hold"].is_object(), "{after}");
    assert_eq!(after["now"], "2026-03-02T08:03:06.000Z");
    // The clocks are those of the instant that is asked for.
    let at = json(&["board", "reception", "--at", "2026-03-02T09:03:16+01:00"]);
    assert_eq!(at["position"], 24);
    assert_eq!(at["boards"][0]["rows"][0]["since_check_in"]["elapsed"], 196_000);
    let early = clinic(&["board", "--at", "2026-03-01T00:00:00Z"]);
    assert!(early.out.contains("There was no room yet."), "{}", early.out);
    assert_eq!(clinic(&["board", "reception", "--position", "0"]).code, 2);
}

#[test]
fn a_room_is_found_by_link_handle_name_and_id() {
    let all = json(&["board"]);
    let id = all["boards"][1]["room"].as_str().expect("an id").to_owned();
    let by_id = json(&["board", &id]);
    for named in ["dr-reyes", "dana", "Dr Reyes", "DR REYES"] {
        assert_eq!(json(&["board", named]), by_id, "{named}");
    }
    let renamed = r#"{"by":"member:ada","do":"change-slug","room":"reception","slug":"welcome"}
{"by":"member:ada","do":"rename-room","room":"reception","name":"Welcome Desk"}"#;
    for named in ["front-desk", "welcome", "welcome desk", "reception"] {
        assert_eq!(clinic_of_day(&["board", named], &day(renamed)).code, 0, "{named}");
    }
}

#[test]
fn a_timeline_tells_the_whole_story_and_its_parts_sum_to_it() {
    let told = json(&["timeline", "Maria Lind"]);
    let lines = told["timeline"]["lines"].as_array().expect("lines");
    assert_eq!(lines.first().map(|line| &line["event"]), Some(&Value::from("CheckedIn")));
    assert_eq!(lines.last().map(|line| &line["event"]), Some(&Value::from("VisitClosed")));
    let parts = &told["parts_ms"];
    let sum: u64 = ["waiting", "on_hold", "offline", "in_call"]
        .iter()
        .filter_map(|part| parts[part].as_u64())
        .sum();
    assert_eq!(sum, 30 * 60_000 + 30_000, "from the check-in at 9:00:00 to the end at 9:30:30");
}

#[test]
fn a_visit_that_closed_long_ago_is_still_found() {
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Maria Lind"}
{"by":"patient:m","do":"close-visit","visit":"m","reason":"left"}
{"at":"+48:00:00","do":"wait"}"#;
    let ran = clinic_of_day(&["timeline", "maria lind"], &day(lines));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("the patient left"), "{}", ran.out);
}

#[test]
fn case_42_nobody_served_is_no_data_and_not_zero() {
    let waits = clinic_of_day(&["waits"], &day(""));
    assert!(waits.out.contains("no data"), "{}", waits.out);
    let csv = clinic_of_day(&["waits", "--format", "csv"], &day(""));
    assert!(csv.out.contains("\"total\",\"\",\"0\",\"0\",\"\",\"\",\"\""), "{}", csv.out);
}

#[test]
fn verify_prints_one_line_for_each_check() {
    let verified = clinic(&["verify"]);
    assert_eq!(verified.out.lines().count(), 6);
    assert!(verified.out.lines().all(|line| line.starts_with("holds ")), "{}", verified.out);
    assert!(verified.out.contains("2 check-ins = 0 open + 2 closed; nobody was lost"));
}
