//! Every exit code, and what leads to it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::place::Place;
use crate::support::{clinic, clinic_of_day, clinic_reading, day, program, ran};

#[test]
fn zero_is_done() {
    for words in [
        vec!["demo"],
        vec!["board"],
        vec!["board", "reception"],
        vec!["timeline", "maria"],
        vec!["waits"],
        vec!["log", "--after", "40"],
        vec!["verify"],
        vec!["--help"],
        vec!["run", "--help"],
        vec!["--version"],
    ] {
        let ran = clinic(&words);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{words:?}");
        assert_ne!(ran.out, "", "{words:?}");
    }
}

#[test]
fn zero_is_a_day_with_refusals_too() {
    let lines = r#"{"by":"member:rita","do":"set-zone","zone":"Europe/Paris"}"#;
    let ran = clinic_reading(&["run", "-"], day(lines).as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("refused: not entitled to administer the clinic"), "{}", ran.out);
    assert!(ran.out.contains("(Clinic.NotEntitled)"), "{}", ran.out);
    assert!(ran.out.contains("6 lines played: 4 commands granted, 1 refused."), "{}", ran.out);
}

#[test]
fn one_is_an_expectation_that_did_not_hold_and_names_its_line() {
    let lines = r#"{"by":"member:rita","do":"set-zone","zone":"Europe/Paris","expect":"granted"}
{"by":"member:ada","do":"set-zone","zone":"Europe/Paris","expect":"Clinic.NotEntitled"}
{"by":"member:ada","do":"set-zone","zone":"Europe/Rome","expect":"granted"}"#;
    let ran = clinic_reading(&["run", "-"], day(lines).as_bytes());
    assert_eq!(ran.code, 1);
    let said = "2 lines came to something else than they expect:\n\
                stdin:6: expected granted, but it was Clinic.NotEntitled\n\
                stdin:7: expected Clinic.NotEntitled, but it was granted\n";
    assert_eq!(ran.err, said);
}

#[test]
fn two_is_a_command_line_that_is_not_right() {
    for words in [
        vec!["dance"],
        vec!["run"],
        vec!["run", "no-such-file.jsonl"],
        vec!["run", "src"],
        vec!["board", "--at", "yesterday"],
        vec!["board", "--at", "2026-03-02T09:10:00Z", "--position", "3"],
        vec!["board", "--position", "9999"],
        vec!["board", "cellar"],
        vec!["board", "--format", "xml"],
        vec!["timeline", "nobody"],
        vec!["log", "--after", "-1"],
        vec!["demo", "--width", "3"],
        vec!["board", "--clinic", "elsewhere"],
    ] {
        let ran = clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert_ne!(ran.err, "", "{words:?}");
    }
}

#[test]
fn two_is_a_log_of_another_kind_and_names_those_that_are_supported() {
    for log in ["clinic.db", "sqlite:", "sqlite", "memory:x", "mysql:db"] {
        let flag = clinic(&["--log", log, "board"]);
        let env = ran(program().env("CLINIC_LOG", log).arg("board").output().expect("it starts"));
        for ran in [flag, env] {
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{log}");
            let said = "must be sqlite:PATH, such as sqlite:data/clinic.db, or \
                        postgres://USER@HOST/DATABASE, or memory:";
            assert!(ran.err.contains(said), "{}", ran.err);
        }
    }
}

#[test]
fn a_log_that_is_typed_beats_the_environment_and_an_empty_one_is_none() {
    let with = |log: &str, words: &[&str]| {
        ran(program().env("CLINIC_LOG", log).args(words).output().expect("it starts"))
    };
    for words in [["--log", "memory:", "verify"], ["verify", "--log", "memory:"]] {
        assert_eq!(with("bad", &words).code, 0, "{words:?}");
    }
    let usual = with("", &["verify"]);
    assert_eq!(usual.code, 2);
    assert!(usual.err.starts_with("there is no log at data/clinic.db"), "{}", usual.err);
    let bad = with("bad", &["verify"]);
    assert_eq!((bad.code, bad.out.as_str()), (2, ""));
    assert!(bad.err.starts_with("the value of CLINIC_LOG must be"), "{}", bad.err);
}

#[cfg(target_os = "linux")]
#[test]
fn three_is_an_output_that_cannot_be_written() {
    for words in [vec!["demo"], vec!["--help"], vec!["board", "--help"], vec!["--version"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it is there");
        let ran = ran(program().args(&words).stdout(full).output().expect("it starts"));
        assert_eq!(ran.code, 3, "{words:?}");
        assert!(ran.err.starts_with("the output cannot be written:"), "{}", ran.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_stored_is_told_although_the_output_cannot_be_written() {
    let place = Place::new();
    let file = place.path("ward.csv");
    std::fs::write(&file, "v,e,t,a\n1,in,R,2031-01-01T00:00:00Z\n").expect("it is written");
    let mut import = place.program(&["import"]);
    import.arg(&file).args(["--columns", "visit=v,event=e,to=t,at=a", "--events", "in=check-in"]);
    import.args(["--create-rooms", "--name", "Ward"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it is there");
    let ran = ran(import.stdout(full).output().expect("it starts"));
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.ends_with("but it is stored: Ward\n"), "{}", ran.err);
    assert!(place.clinic(&["verify"]).out.contains("1 clinics"), "it is there");
}

#[test]
fn one_line_is_not_told_as_several() {
    let mut day = day("");
    day.truncate(day.find('\n').expect("a line"));
    let ran = clinic_reading(&["run", "-"], day.as_bytes());
    assert!(ran.out.ends_with("1 line played: 1 command granted, 0 refused.\n"), "{}", ran.out);
}

#[test]
fn a_reader_that_stops_early_has_what_it_wanted() {
    let mut child = program()
        .args(["log", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = String::new();
    let mut reader = BufReader::with_capacity(16, child.stdout.take().expect("a pipe"));
    reader.read_line(&mut first).expect("a line comes");
    assert_eq!(first, "[\n");
    drop(reader); // far more than a pipe holds is still to come
    let ran = ran(child.wait_with_output().expect("it ends"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn a_room_or_visit_that_fits_several_is_listed_and_not_guessed() {
    let lines = r#"{"do":"check-in","handle":"one","room":"reception","name":"Kim Ito"}
{"at":"+10","do":"check-in","handle":"two","room":"reception","name":"kim ito"}
{"by":"member:ada","do":"open-room","handle":"kitchen","name":"Front-Desk"}"#;
    let visit = clinic_of_day(&["timeline", "KIM ITO"], &day(lines));
    assert_eq!((visit.code, visit.out.as_str()), (2, ""));
    assert!(visit.err.starts_with("\"KIM ITO\" may be 2 visits; say which by its id:"));
    assert!(visit.err.contains("one, Kim Ito  checked in 09:00:00"), "{}", visit.err);
    assert!(visit.err.contains("two, kim ito  checked in 09:00:10"), "{}", visit.err);
    let room = clinic_of_day(&["board", "front-desk"], &day(lines));
    assert_eq!(room.code, 2);
    assert!(room.err.starts_with("\"front-desk\" may be 2 rooms; say which by its id:"));
    // Each of the listed ids is enough, and so are the handles.
    for line in visit.err.lines().skip(1) {
        let id = line.split_whitespace().next().expect("an id");
        assert_eq!(clinic_of_day(&["timeline", id], &day(lines)).code, 0);
    }
    assert_eq!(clinic_of_day(&["timeline", "two"], &day(lines)).code, 0);
    assert_eq!(clinic_of_day(&["board", "reception"], &day(lines)).code, 0);
}

#[test]
fn several_clinics_need_a_choice() {
    let second = r#"{"by":"host","do":"found-clinic","handle":"hill","name":"Hill Clinic","zone":"Europe/Paris","owner":{"handle":"max","name":"Max Roth"}}
{"by":"member:max","do":"open-room","handle":"desk","name":"Desk"}
{"clinic":"clinic","by":"member:ada","do":"open-room","handle":"lab","name":"Lab","expect":"granted"}
{"by":"member:ada","do":"open-room","handle":"attic","name":"Attic","expect":"Room.NotEntitled"}"#;
    let day = day(second);
    let unsaid = clinic_of_day(&["board"], &day);
    assert_eq!((unsaid.code, unsaid.out.as_str()), (2, ""));
    assert!(unsaid.err.starts_with("there are 2 clinics; choose one with --clinic:"));
    assert!(unsaid.err.contains("clinic, Harbour Clinic") && unsaid.err.contains("hill, Hill"));
    for (named, room, other) in [("hill", "Desk", "Lab"), ("harbour clinic", "Lab", "Desk")] {
        let ran = clinic_of_day(&["board", "--clinic", named], &day);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains(room) && !ran.out.contains(other), "{}", ran.out);
    }
    let run = clinic_reading(&["run", "-"], day.as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("The boards of Harbour Clinic"), "{}", run.out);
    assert!(run.out.contains("The boards of Hill Clinic"), "{}", run.out);
}
