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
        [(vec!["log"], 51), (vec!["log", "--after", "40"], 11), (vec!["verify"], 7)]
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
    assert!(early.out.starts_with("nothing had happened yet; "), "{}", early.out);
    let founded = clinic(&["board", "--position", "1"]);
    assert!(founded.out.contains("There was no room yet."), "{}", founded.out);
    assert_eq!(clinic(&["board", "reception", "--position", "0"]).code, 2);
}

#[test]
fn a_room_is_found_by_link_handle_name_and_id() {
    let all = json(&["board"]);
    let names = [0, 1, 2].map(|n| all["boards"][n]["name"].as_str().expect("a name"));
    assert_eq!(names, ["Reception", "Dr Haddad", "Dr Reyes"], "the clinic's first, then by name");
    let id = all["boards"][2]["room"].as_str().expect("an id").to_owned();
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
    assert_eq!(verified.out.lines().count(), 7);
    assert!(verified.out.lines().all(|line| line.starts_with("holds ")), "{}", verified.out);
    assert!(verified.out.contains("2 check-ins = 0 open + 2 closed; nobody was lost"));
}

#[test]
fn a_board_before_the_first_event_says_when_the_log_begins() {
    let said = "nothing had happened yet; the log begins at 2026-03-02 07:30:00\n";
    for moment in [["--position", "0"], ["--at", "2026-03-02T06:29:59.999Z"]] {
        let ran = clinic(&["board", moment[0], moment[1]]);
        assert_eq!((ran.code, ran.out.as_str()), (0, said), "{moment:?}");
    }
    assert_eq!(json(&["board", "--position", "0"])["now"], Value::Null, "of no instant");
    let first = clinic(&["board", "--at", "2026-03-02T06:30:00Z"]);
    assert!(first.out.starts_with("2026-03-02 07:30:00, position "), "{}", first.out);
}

#[test]
fn a_board_of_the_future_is_refused_and_names_the_end() {
    for at in ["2026-03-02T08:36:00.001Z", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        let ran = clinic(&["board", "--at", at]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{at}");
        let end = "the log ends at position 51, 2026-03-02 09:36:00\n";
        assert!(ran.err.ends_with(end), "{}", ran.err);
    }
    assert_eq!(clinic(&["board", "--at", "2026-03-02T08:36:00Z"]).code, 0);
    let beyond = clinic(&["board", "--at", "9999-12-31T23:59:59-01:00"]);
    assert_eq!(beyond.code, 2);
    assert_eq!(beyond.err, "--at must lie within the years 0 to 9999, in UTC, too\n");
    // What is known lasts until the day's end, although nothing happens any more.
    let still = day(r#"{"at":"+01:00:00","do":"wait"}"#);
    let end = ["board", "--at", "2026-03-02T10:00:00+01:00"];
    assert_eq!(clinic_of_day(&end, &still).code, 0);
}

#[test]
fn waits_say_how_many_stays_they_rest_on_and_that_those_of_open_visits_count() {
    let lines = r#"{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","slug":"lab"}
{"do":"check-in","handle":"m","room":"reception","name":"Maria Lind"}
{"do":"connect","visit":"m"}
{"at":"+05:00","by":"member:ada","do":"transfer","visit":"m","to":"lab"}
{"at":"+24:00:00","do":"wait"}"#;
    let ran = clinic_of_day(&["waits"], &day(lines));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = ran.out.replace(' ', "");
    assert!(told.contains("││check-ins│stays│half│"), "{}", ran.out);
    assert!(told.contains("│Reception│1│1│05:00│05:00│05:00│"), "{}", ran.out);
    assert!(told.contains("│Lab│0│0│nodata│"), "{}", ran.out);
    assert!(ran.out.contains("How long people waited, by the day on which they came"));
    assert!(told.contains("│2026-03-02│1│1│05:00│"), "{}", ran.out);
    let open = "1 visit is still open; its present stay is in no percentile yet.";
    assert!(ran.out.ends_with(&format!("{open}\n")), "{}", ran.out);
    let one_day = clinic(&["waits"]);
    assert!(!one_day.out.contains("by the day"), "{}", one_day.out);
}

#[test]
fn alerts_name_the_patients_and_those_of_one_kind_stand_together() {
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Maria Lind"}
{"do":"check-in","handle":"j","room":"reception","name":"Jonas Weber"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","slug":"lab"}
{"by":"member:ada","do":"set-policy","room":"lab","accept_window":"05:00"}
{"by":"member:rita","do":"transfer","visit":"m","to":"lab"}
{"by":"member:rita","do":"transfer","visit":"j","to":"lab"}
{"by":"member:ada","do":"decline-transfer","visit":"m"}
{"by":"member:ada","do":"decline-transfer","visit":"j"}"#;
    let lines = lines.replace(
        r#","slug":"lab"}"#,
        r#","slug":"lab"}
{"by":"member:ada","do":"assign-member","room":"lab","member":"ada"}"#,
    );
    let ran = clinic_of_day(&["board", "reception"], &day(&lines));
    let said = "came back here (declined): Maria Lind, Jonas Weber";
    assert!(ran.out.contains(said), "{}{}", ran.err, ran.out);
    let read = clinic_of_day(&["board", "reception", "--format", "json"], &day(&lines));
    let read: Value = serde_json::from_str(&read.out).expect("JSON");
    let alerts = read["boards"][0]["alerts"].as_array().expect("alerts");
    assert_eq!(alerts.len(), 2);
    assert!(alerts.iter().all(|alert| alert["came_back"]["visit"].is_string()), "{read}");
}

#[test]
fn a_spreadsheet_says_why_a_visit_is_on_hold() {
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Maria Lind"}
{"by":"member:rita","do":"start-call","visit":"m"}
{"by":"member:ada","do":"disable-member","member":"rita"}"#;
    let csv = clinic_of_day(&["board", "reception", "--format", "csv"], &day(lines));
    assert!(csv.out.contains("\"on hold by Ada Okafor, member disabled\""), "{}", csv.out);
    let table = clinic_of_day(&["board", "reception"], &day(lines));
    let said = "on hold, the member may no longer act: Maria Lind";
    assert!(table.out.contains(said), "{}", table.out);
}

#[test]
fn the_narrowest_tables_break_no_word_and_no_time() {
    let narrow = clinic(&["waits", "--width", "79"]);
    assert_eq!(narrow.code, 2);
    assert!(narrow.err.contains("79 is not in 80..=200"), "{}", narrow.err);
    for words in [vec!["waits"], vec!["timeline", "maria"], vec!["log"], vec!["verify"]] {
        let wide: Vec<&str> = words.iter().copied().chain(["--width", "200"]).collect();
        let narrow: Vec<&str> = words.iter().copied().chain(["--width", "80"]).collect();
        let (wide, narrow) = (clinic(&wide).out, clinic(&narrow).out);
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
        let known: Vec<&str> = wide.split_whitespace().collect();
        let broken = narrow
            .split_whitespace()
            .find(|word| !word.starts_with(['┌', '├', '└']) && !known.contains(word));
        assert_eq!(broken, None, "{narrow}");
    }
}
