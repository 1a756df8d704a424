//! Days that are played: retries, expectations, policies, presence, and the same every time.

use crate::support::{clinic, clinic_of_day, clinic_reading, day};

/// Plays the day and gives what was printed; every expectation held.
#[track_caller]
fn plays(lines: &str) -> String {
    let ran = clinic_reading(&["run", "-", "--width", "200"], day(lines).as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out
}

#[test]
fn a_day_is_the_same_every_time_byte_for_byte() {
    for words in [vec!["demo"], vec!["log", "--format", "json"], vec!["waits", "--format", "json"]]
    {
        assert_eq!(clinic(&words).out, clinic(&words).out, "{words:?}");
    }
}

#[test]
fn case_24_the_same_id_gets_the_first_answer_and_another_command_does_not() {
    let printed = plays(
        r#"{"do":"check-in","handle":"m","room":"reception","name":"M","id":"in","expect":"granted"}
{"at":"+05","do":"check-in","handle":"m","room":"reception","name":"M","id":"in","expect":"granted"}
{"at":"+05","by":"member:rita","do":"start-call","visit":"m","id":"click","expect":"granted"}
{"at":"+05","by":"member:rita","do":"pause-call","visit":"m","expect":"granted"}
{"at":"+05","by":"member:rita","do":"start-call","visit":"m","id":"click","expect":"granted"}
{"at":"+05","by":"member:rita","do":"end-call","visit":"m","id":"click","expect":"CommandReused"}
{"at":"+05","by":"member:ada","do":"start-call","visit":"m","id":"click","expect":"CommandReused"}"#,
    );
    assert!(printed.contains("the first answer again: granted at 6: CheckedIn"), "{printed}");
    assert!(printed.contains("the first answer again: granted at 7: CallStarted"), "{printed}");
    assert!(printed.contains("the command id click was used for something else"), "{printed}");
    assert!(printed.contains("on hold by Rita Brandt"), "the retry has not resumed it: {printed}");
}

#[test]
fn what_did_not_come_into_being_is_refused_later_and_the_day_goes_on() {
    plays(
        r#"{"by":"member:rita","do":"open-room","handle":"lab","name":"Lab","expect":"Room.NotEntitled"}
{"do":"check-in","handle":"m","room":"lab","name":"M","expect":"Visit.Room.NoSuchRoom"}
{"by":"member:rita","do":"start-call","visit":"m","expect":"Visit.NoSuchVisit"}
{"do":"connect","visit":"m","expect":"NotThere"}
{"by":"member:ada","do":"undo-transfer","visit":"m","expect":"Transfer.NoSuchTransfer"}
{"do":"check-in","handle":"m","room":"reception","name":"M","expect":"granted"}
{"by":"member:rita","do":"start-call","visit":"m","expect":"granted"}"#,
    );
    let unfounded = r#"{"at":"2026-03-02T09:00:00Z","by":"policy:presence","do":"found-clinic","name":"N","zone":"UTC","owner":{"handle":"ada","name":"Ada"},"expect":"Clinic.NotEntitled"}
{"by":"member:ada","do":"set-zone","zone":"Europe/Berlin","expect":"NoSuchClinic"}
{"do":"connect","member":"ada","expect":"NotThere"}"#;
    let ran = clinic_reading(&["run", "-"], unfounded.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let ran = clinic_of_day(&["board"], unfounded);
    assert_eq!((ran.code, ran.err.as_str()), (2, "there is no clinic\n"));
    let nowhere = r#"{"at":"2026-03-02T09:00:00Z","by":"import","do":"found-clinic","name":"N","zone":"UTC","owner":{"handle":"ada","name":"Ada"}}
{"at":"+10","by":"patient:m","do":"check-in","handle":"m","room":"r","name":"M"}"#;
    let ran = clinic_reading(&["run", "-"], nowhere.as_bytes());
    assert_eq!(ran.code, 2, "{}", ran.err); // no line brings the room
}

#[test]
fn policies_act_at_their_instants_while_time_passes() {
    let printed = plays(
        r#"{"by":"member:ada","do":"add-member","handle":"dana","name":"Dana Reyes"}
{"by":"member:ada","do":"open-room","handle":"dana","name":"Dr Reyes","personal":"dana"}
{"by":"member:ada","do":"set-policy","room":"dana","accept_window":"05:00"}
{"by":"member:ada","do":"set-policy","room":"reception","no_show_after":"30:00"}
{"by":"member:ada","do":"set-hours","room":"reception","hours":{"zone":"Europe/Berlin","week":{"mon":["09:00-09:20"]}}}
{"do":"check-in","handle":"m","room":"reception","name":"Maria"}
{"do":"check-in","handle":"j","room":"reception","name":"Jonas"}
{"do":"check-in","handle":"k","room":"reception","name":"Kim"}
{"by":"member:rita","do":"transfer","visit":"m","to":"dana"}
{"at":"+10:00","by":"member:rita","do":"start-call","visit":"m"}
{"do":"disconnect","member":"rita"}
{"do":"disconnect","visit":"j"}
{"at":"+1:00:00","do":"wait"}
{"do":"check-in","handle":"l","room":"reception","name":"Late","expect":"Visit.Room.Shut"}"#,
    );
    for noted in [
        "granted at 14-15: Transferred, TransferRequested; warning: nobody is online there",
        "09:05:00  accept-window policy  Maria goes back, for nobody answered",
        "09:10:20  presence policy       Rita Brandt is offline",
        "09:10:20  presence policy       Jonas is offline",
        "09:11:20  member-lost policy    Maria is on hold, for the member was lost",
        "09:20:00  closing-time policy   closing time in Reception, with 3 inside",
        "09:40:20  no-show policy        Jonas is closed as a no show",
    ] {
        assert!(printed.contains(noted), "{noted}\n{printed}");
    }
}

#[test]
fn whoever_is_connected_stays_online_for_hours_and_hours_take_no_time() {
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Maria"}
{"at":"+166:00:00","do":"wait"}"#;
    let log = clinic_of_day(&["log", "--format", "csv"], &day(lines)).out;
    assert!(log.contains("CheckedIn") && !log.contains("Offline"), "{log}");
    let board = clinic_of_day(&["board", "--format", "csv"], &day(lines)).out;
    assert!(board.contains("\"597600.000\""), "{board}");
}

#[test]
fn a_page_that_closes_is_noted_after_twenty_seconds_and_again_when_it_is_back() {
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Maria"}
{"at":"+05","do":"disconnect","visit":"m"}
{"at":"+19","do":"wait"}
{"at":"+01","do":"wait"}
{"at":"+30","do":"connect","visit":"m"}
{"by":"member:rita","do":"call-next","room":"reception","expect":"granted"}"#;
    let printed = plays(lines);
    assert!(printed.contains("09:00:25  presence policy       Maria is offline"), "{printed}");
    assert!(
        printed.contains("noted at 8: PatientCameOnline; reads: \"You are next.\""),
        "{printed}"
    );
    // As it was: an instant holds what happened at it.
    let at = |instant: &str| {
        let words = ["board", "--format", "json", "--at", instant];
        clinic_of_day(&words, &day(lines)).out.contains("offline_since")
    };
    assert!(!at("2026-03-02T09:00:24.999+01:00"));
    assert!(at("2026-03-02T09:00:25+01:00"));
    assert!(!at("2026-03-02T09:00:55+01:00"));
}

#[test]
fn case_32_passcodes_and_floods_are_stopped_at_the_door() {
    let mut lines = r#"{"by":"member:ada","do":"set-passcode","room":"reception","passcode":"tide"}
{"do":"check-in","handle":"m","room":"reception","name":"M","passcode":"ebb","expect":"Visit.Room.WrongPasscode"}
{"do":"check-in","handle":"m","room":"reception","name":"M","expect":"Visit.Room.WrongPasscode"}
{"do":"check-in","handle":"m","room":"reception","name":"M","passcode":"tide","expect":"granted"}
"#
    .to_owned();
    lines.extend((0..57).map(|n| {
        let fields = r#""room":"reception","name":"P","passcode":"tide","expect":"granted""#;
        format!("{{\"do\":\"check-in\",\"handle\":\"p{n}\",{fields}}}\n")
    }));
    lines.push_str(
        r#"{"do":"check-in","handle":"z","room":"reception","name":"Z","passcode":"tide","expect":"Throttled"}
{"at":"+01:00","do":"check-in","handle":"z","room":"reception","name":"Z","passcode":"tide","expect":"granted"}"#,
    );
    let printed = plays(&lines);
    assert!(!printed.contains("tide") && !printed.contains("ebb"), "no passcode is printed");
    let log = clinic_of_day(&["log", "--format", "json"], &day(&lines)).out;
    assert!(!log.contains("tide"), "no passcode is recorded");
}

#[test]
fn what_a_line_does_not_name_of_texts_and_policies_stays() {
    let lines = r#"{"by":"member:ada","do":"set-texts","room":"reception","welcome":"Hello","emergency":"Call 112"}
{"by":"member:ada","do":"set-texts","room":"reception","welcome":null,"office_hours":"8 to 18"}
{"by":"member:ada","do":"set-policy","room":"reception","queue_limit":7,"accept_window":"01:00"}
{"by":"member:ada","do":"set-policy","room":"reception","wait_warn":"02:00"}
{"by":"member:ada","do":"set-policy","room":"reception","wait_warn":"02:00","expect":"granted"}"#;
    let log = clinic_of_day(&["log", "--format", "json", "--after", "6"], &day(lines));
    let events: serde_json::Value = serde_json::from_str(&log.out).expect("a JSON document");
    let texts = &events[0]["payload"]["TextsChanged"]["texts"];
    assert_eq!(texts["welcome"], serde_json::Value::Null);
    assert_eq!(texts["office_hours"], "8 to 18");
    assert_eq!(texts["emergency"], "Call 112");
    let policy = &events[2]["payload"]["PolicyChanged"]["policy"];
    assert_eq!(policy["queue_limit"], 7);
    assert_eq!(policy["accept_window"], 60_000);
    assert_eq!(policy["wait_warn"], 120_000);
    assert_eq!(events.as_array().map(Vec::len), Some(3), "the repeat has recorded nothing");
}

#[test]
fn the_demo_s_own_file_is_a_day_like_any_other() {
    let run = clinic(&["run", "src/demo.jsonl"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let words = ["log", "--format", "json"];
    let of_file = [&words[..], &["--day", "src/demo.jsonl"]].concat();
    assert_eq!(clinic(&words).out, clinic(&of_file).out);
}

#[test]
fn whoever_is_connected_stays_online_however_long_until_the_page_closes() {
    let printed = plays(
        r#"{"do":"check-in","handle":"m","room":"reception","name":"M"}
{"at":"+120:00:00","by":"member:rita","do":"start-call","visit":"m","expect":"granted"}
{"do":"disconnect","member":"rita"}
{"at":"+19","do":"wait","say":"Not yet."}
{"at":"+1","do":"wait","say":"Now."}"#,
    );
    let (before, after) = printed.split_once("Now.").expect("both sentences");
    assert!(!before.contains("presence policy"), "{before}");
    assert!(after.contains("MemberWentOffline"), "{after}");
}

#[test]
fn whoever_is_enabled_or_reopened_again_is_online_where_the_page_is_still_open() {
    let log = clinic_of_day(
        &["log", "--format", "csv"],
        &day(r#"{"do":"check-in","handle":"m","room":"reception","name":"M"}
{"by":"member:ada","do":"add-member","handle":"zoe","name":"Zoe"}
{"by":"member:ada","do":"assign-member","room":"reception","member":"zoe"}
{"by":"member:ada","do":"disable-member","member":"rita"}
{"by":"member:ada","do":"close-visit","visit":"m","reason":"completed"}
{"at":"+10:00","do":"wait"}
{"by":"member:ada","do":"enable-member","member":"rita","expect":"granted"}
{"by":"member:ada","do":"reopen-visit","visit":"m","expect":"granted"}
{"at":"+10:00","do":"wait"}"#),
    );
    assert_eq!((log.code, log.err.as_str()), (0, ""), "{}", log.out);
    let last = |wanted: &[&str]| {
        let found = log.out.lines().rfind(|line| wanted.iter().any(|event| line.contains(event)));
        found.unwrap_or_default().to_owned()
    };
    let member = last(&["MemberCameOnline", "MemberWentOffline"]);
    assert!(member.contains("MemberCameOnline"), "{}", log.out);
    let patient = last(&["PatientCameOnline", "PatientWentOffline"]);
    assert!(!patient.contains("PatientWentOffline"), "{}", log.out);
}

#[test]
fn a_week_of_a_full_clinic_is_played_from_one_due_instant_to_the_next() {
    let patient = |n: u32| {
        let who = format!(r#""by":"host","handle":"p{n}","room":"reception","name":"P{n}""#);
        format!("{{\"do\":\"check-in\",{who}}}\n{{\"do\":\"connect\",\"visit\":\"p{n}\"}}\n")
    };
    let patients: Vec<String> = (0..300).map(patient).collect();
    let patients = patients.concat();
    let policy = r#"{"by":"member:ada","do":"set-policy","room":"reception","queue_limit":300}"#;
    let lines = format!("{policy}\n{patients}{{\"at\":\"+167:00:00\",\"do\":\"wait\"}}");
    // Beating for everybody every ten seconds, this took minutes.
    let ran = clinic_of_day(&["board", "--format", "csv"], &day(&lines));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out.lines().count(), 301);
}
