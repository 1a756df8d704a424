//! A log that is kept: it reads like the day that was played, and is found, guarded and copied.

use std::fs;

use serde_json::Value;

use crate::place::Place;
use crate::support::{clinic, clinic_reading, day, program, ran};

/// What needs no names.
const HISTORY: &str = "v,e,t,a\nS-1,in,Ward,2031-05-04T08:00:00Z\n";
const IMPORT: [&str; 6] =
    ["import", "-", "--columns", "visit=v,event=e,to=t,at=a", "--events", "in=check-in"];

#[test]
fn a_day_that_is_kept_reads_like_the_day_that_was_played() {
    let place = Place::with_demo();
    // The ids are its own, so whatever shows none is the same.
    for words in [
        vec!["board"],
        vec!["board", "reception", "--at", "2026-03-02T09:05:30+01:00"],
        vec!["board", "--position", "24"],
        vec!["timeline", "Maria Lind"],
        vec!["timeline", "Jonas Weber", "--format", "csv"],
        vec!["waits"],
    ] {
        let kept = place.clinic(&words);
        assert_eq!((kept.code, kept.err.as_str()), (0, ""), "{words:?}");
        assert_eq!(kept.out, clinic(&words).out, "{words:?}");
    }
    let rooms = place.clinic(&["rooms", "--format", "csv"]).out;
    assert!(rooms.contains("\"Dr Reyes\",\"dr-reyes\",\"personal\",\"open\""), "{rooms}");
    let visits = place.clinic(&["visits", "--all", "--format", "json"]).out;
    let visits: Value = serde_json::from_str(&visits).expect("JSON");
    assert_eq!(visits["visits"][0]["name"]["clear"], "Maria Lind");
    assert_eq!(visits["visits"][1]["detail"], "completed");
}

#[test]
fn a_log_that_is_not_there_says_how_one_comes_to_be_and_none_is_made() {
    let place = Place::new();
    for words in [
        vec!["board"],
        vec!["rooms"],
        vec!["visits"],
        vec!["timeline", "maria"],
        vec!["waits"],
        vec!["log"],
        vec!["log", "--follow"],
        vec!["verify"],
        vec!["backup", "copy.db"],
        vec!["seal-key", "rotate"],
    ] {
        let ran = place.clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.starts_with("there is no log at "), "{}", ran.err);
        assert!(ran.err.contains("clinic import") && ran.err.contains("clinic run"), "{}", ran.err);
    }
    assert!(!place.path("data").exists());
}

#[test]
fn the_usual_log_is_in_the_folder_data() {
    let place = Place::new();
    let here = |words: &[&str]| {
        let mut program = program();
        program.env_remove("CLINIC_LOG").current_dir(place.path(""));
        ran(program.args(words).output().expect("it starts"))
    };
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo.jsonl");
    let run = ["run", demo.to_str().expect("a path")];
    assert_eq!(here(&run).code, 0);
    assert!(!place.path("data").exists(), "a day is kept only if somebody says so");
    assert_eq!(here(&[run[0], run[1], "--log", "sqlite:data/clinic.db"]).code, 0);
    assert!(here(&["board"]).out.contains("Reception (open until 18:00)"));
    let elsewhere = here(&["board", "--day", run[1]]);
    assert_eq!((elsewhere.code, elsewhere.out), (0, clinic(&["board"]).out));
}

#[test]
fn a_day_is_not_kept_twice_and_not_if_it_came_to_something_else() {
    let place = Place::with_demo();
    let again = place.clinic(&["run", "src/demo.jsonl"]);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert!(again.err.contains("has a clinic \"Harbour Clinic\" already"), "{}", again.err);
    let other = day(r#"{"by":"member:rita","do":"set-zone","zone":"UTC","expect":"granted"}"#);
    let other = other.replace("Harbour", "Hill");
    let unexpected = place.clinic_reading(&["run", "-"], other.as_bytes());
    assert_eq!(unexpected.code, 1, "{}", unexpected.err);
    let expected = other.replace("granted", "Clinic.NotEntitled");
    let expected = place.clinic_reading(&["run", "-"], expected.as_bytes());
    assert_eq!((expected.code, expected.err.as_str()), (0, ""));
    assert!(
        expected.out.contains("Hill Clinic (") && expected.out.ends_with("is stored: 5 events.\n")
    );
    let unsaid = place.clinic(&["board"]);
    assert!(unsaid.err.starts_with("there are 2 clinics; choose one with --clinic:"));
    assert_eq!(place.clinic(&["board", "--clinic", "hill clinic"]).code, 0);
}

#[test]
fn verify_checks_every_clinic_and_the_file() {
    let place = Place::with_demo();
    let hill = day("").replace("Harbour", "Hill");
    assert_eq!(place.clinic_reading(&["run", "-"], hill.as_bytes()).code, 0);
    let verified = place.clinic(&["verify"]);
    assert_eq!((verified.code, verified.err.as_str()), (0, ""));
    let lines: Vec<&str> = verified.out.lines().collect();
    let file = "holds   the file is whole, each row as it was written: 2 clinics, 56 events";
    assert_eq!(lines.first(), Some(&file), "{}", verified.out);
    assert_eq!(lines.iter().filter(|line| line.starts_with("holds ")).count(), 15);
    assert!(lines[1].starts_with("Harbour Clinic (") && lines[9].starts_with("Hill Clinic ("));
    let one = place.clinic(&["verify", "--clinic", "hill clinic", "--format", "json"]);
    let one: Value = serde_json::from_str(&one.out).expect("JSON");
    assert_eq!(one.as_array().map(Vec::len), Some(8));
    assert_eq!(one[0]["clinic"], Value::Null);
    assert_eq!(one[1]["found"], "5 events");
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let place = Place::with_demo();
    let board = place.clinic(&["board"]).out;
    let writer = place.writer();
    let other = day("").replace("Harbour", "Hill");
    for (words, input) in [
        (vec!["run", "-"], other.as_str()),
        (IMPORT.to_vec(), HISTORY),
        (vec!["seal-key", "rotate"], ""),
    ] {
        let ran = place.clinic_reading(&words, input.as_bytes());
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("the log is in use by process"), "{}", ran.err);
        assert!(ran.err.contains("stop it, or read the log"), "{}", ran.err);
    }
    assert_eq!(place.clinic(&["board"]).out, board);
    assert_eq!(place.clinic(&["verify"]).code, 0);
    let copy = place.path("beside.db").display().to_string();
    assert_eq!(place.clinic(&["backup", &copy]).code, 0);
    drop(writer);
    assert_eq!(place.clinic_reading(&["run", "-"], other.as_bytes()).code, 0);
}

#[test]
fn a_log_of_a_newer_version_is_refused_by_whoever_reads_or_writes() {
    let place = Place::with_demo();
    let mut bytes = fs::read(place.log()).expect("the log");
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes()); // where SQLite keeps the user_version
    fs::write(place.log(), bytes).expect("the log is writable");
    for words in [vec!["board"], vec!["verify"], vec!["run", "src/demo.jsonl"]] {
        let ran = place.clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("a log in form 99") && ran.err.contains("upgrade"), "{}", ran.err);
    }
}

#[test]
fn a_file_that_is_no_log_is_refused_and_left_as_it_is() {
    let place = Place::new();
    fs::create_dir(place.path("data")).expect("a folder");
    fs::write(place.log(), "Dear diary, ".repeat(99)).expect("a file");
    for words in [vec!["board"], vec!["run", "src/demo.jsonl"]] {
        let ran = place.clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("this is no log of a clinic"), "{}", ran.err);
    }
    assert!(fs::read_to_string(place.log()).is_ok_and(|text| text.starts_with("Dear diary")));
}

#[test]
fn damage_is_found_named_and_written_over_by_nobody() {
    let place = Place::with_demo();
    let mut bytes = fs::read(place.log()).expect("the log");
    let at = bytes.windows(9).rposition(|window| window == b"Reception").expect("a name");
    bytes[at] ^= 1;
    fs::write(place.log(), &bytes).expect("the log is writable");
    let verified = place.clinic(&["verify"]);
    assert_eq!(verified.code, 1, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("BROKEN  the file is whole"), "{}", verified.out);
    let written =
        place.clinic_reading(&["run", "-"], day("").replace("Harbour", "Hill").as_bytes());
    assert_eq!((written.code, written.out.as_str()), (3, ""));
    assert!(written.err.contains("the log is damaged"), "{}", written.err);
    assert_eq!(fs::read(place.log()).expect("the log"), bytes);
}

#[test]
fn a_log_that_lost_its_end_is_refused() {
    let place = Place::with_demo();
    let before = fs::read(place.log()).expect("the log");
    assert_eq!(
        place.clinic_reading(&["run", "-"], day("").replace("Harbour", "Hill").as_bytes()).code,
        0
    );
    fs::write(place.log(), before).expect("an older copy");
    let ran = place.clinic(&["board", "--clinic", "harbour clinic"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("56 events were acknowledged"), "{}", ran.err);
}

#[test]
fn a_copy_is_whole_says_what_is_not_in_it_and_goes_back_to_an_empty_place_only() {
    let place = Place::with_demo();
    let copy = place.path("copy.db").display().to_string();
    let backup = place.clinic(&["backup", &copy]);
    assert_eq!((backup.code, backup.err.as_str()), (0, ""));
    assert!(backup.out.contains("holds 1 clinic and 51 events"), "{}", backup.out);
    assert!(backup.out.contains("The keys are not in it."), "{}", backup.out);
    for file in ["clinic.keys.db", "clinic.operator.key"] {
        assert!(backup.out.contains(file), "{}", backup.out);
    }
    let again = place.clinic(&["backup", &copy]);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    let over = place.clinic(&["restore", &copy]);
    assert_eq!((over.code, over.out.as_str()), (2, ""), "{}", over.err);
    let missing = place.clinic(&["restore", "no-such-copy.db"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""), "{}", missing.err);

    let elsewhere = Place::new();
    let restored = elsewhere.clinic(&["restore", &copy]);
    assert_eq!((restored.code, restored.err.as_str()), (0, ""));
    assert!(restored.out.contains("The key store is not here: put it back at"), "{}", restored.out);
    let sealed = elsewhere.clinic(&["visits", "--all"]);
    assert_eq!(sealed.code, 0);
    assert!(sealed.out.contains("(sealed)") && !sealed.out.contains("Maria"), "{}", sealed.out);
    assert!(sealed.err.contains("no such file, so names stay sealed"), "{}", sealed.err);
    assert_eq!(elsewhere.clinic(&["verify"]).code, 0);
    for file in ["clinic.keys.db", "clinic.operator.key"] {
        let (from, to) = (place.path("data").join(file), elsewhere.path("data").join(file));
        fs::copy(from, to).expect("the key is copied");
    }
    assert_eq!(elsewhere.clinic(&["board"]).out, place.clinic(&["board"]).out);
    assert!(elsewhere.clinic(&["timeline", "maria lind"]).out.contains("The visit of Maria Lind"));
}

#[test]
fn the_operator_key_is_rotated_never_shown_and_may_live_elsewhere() {
    let place = Place::with_demo();
    let key = place.path("data/clinic.operator.key");
    let before = fs::read_to_string(&key).expect("a key");
    let said = place.clinic(&["seal-key", "path"]);
    assert!(said.out.contains(&key.display().to_string()), "{}", said.out);
    let rotated = place.clinic(&["seal-key", "rotate"]);
    assert_eq!((rotated.code, rotated.err.as_str()), (0, ""));
    assert!(rotated.out.contains("256 keys are wrapped with it"), "{}", rotated.out);
    let after = fs::read_to_string(&key).expect("a key");
    assert_ne!(before, after);
    let secret = after.lines().nth(1).expect("the key itself");
    assert!(!said.out.contains(secret) && !rotated.out.contains(secret));
    assert!(place.clinic(&["timeline", "maria lind"]).out.contains("The visit of Maria Lind"));
    // Away from what it opens; without it, nothing personal is shown, and nothing else needs it.
    let away = place.path("away.key");
    fs::rename(&key, &away).expect("it is moved");
    let lost = place.clinic(&["visits", "--all"]);
    assert_eq!((lost.code, lost.out.as_str()), (3, ""));
    assert!(lost.err.contains("without this operator key nothing"), "{}", lost.err);
    for words in [vec!["log"], vec!["waits"], vec!["verify"]] {
        assert_eq!(place.clinic(&words).code, 0, "{words:?}");
    }
    let away = away.display().to_string();
    let found = place.clinic(&["visits", "--all", "--operator-key", &away]);
    assert!(found.out.contains("Maria Lind"), "{}", found.err);
    assert!(!key.exists());
}

#[cfg(unix)]
#[test]
fn a_log_behind_a_link_is_the_same_log() {
    let place = Place::with_demo();
    let link = place.path("elsewhere/link.db");
    fs::create_dir(link.parent().expect("a folder")).expect("it is made");
    std::os::unix::fs::symlink(place.log(), &link).expect("it is linked");
    let address = format!("sqlite:{}", link.display());
    let words = ["visits", "--all", "--log", &address];
    assert!(clinic(&words).out.contains("Maria Lind"), "its keys are found");
    let _writer = place.writer();
    let second = clinic(&["bench", "--visits", "1", "--log", &address]);
    assert_eq!(second.code, 3, "{}", second.err);
    assert!(second.err.contains("is in use by process"), "{}", second.err);
    assert_eq!(fs::read_dir(link.parent().expect("a folder")).expect("it is read").count(), 1);
}

#[test]
fn a_log_that_was_lost_is_missed_by_whoever_reads_it() {
    for emptied in [false, true] {
        let place = Place::with_demo();
        let log = place.log();
        if emptied { fs::write(log, "") } else { fs::remove_file(log) }.expect("it is lost");
        for words in [["verify"], ["board"], ["log"]] {
            let ran = place.clinic(&words);
            assert_eq!(ran.code, 3, "{words:?}: {}", ran.err);
            assert!(ran.err.contains("events were acknowledged by"), "{}", ran.err);
        }
    }
}

#[test]
fn a_lost_key_store_stops_who_would_write_and_a_new_one_goes_on_without_the_names_of_before() {
    let place = Place::with_demo();
    let keys = place.path("data/clinic.keys.db");
    let new = ["seal-key", "new"];
    let there = place.clinic(&new);
    assert_eq!(there.code, 2);
    assert!(there.err.contains("clinic.keys.db is there"), "{}", there.err);
    fs::remove_file(&keys).expect("it is lost");

    let bench = ["bench", "--visits", "1"];
    let refused = place.clinic(&bench);
    assert_eq!((refused.code, refused.out.as_str()), (3, ""));
    assert!(refused.err.contains("clinic seal-key new"), "{}", refused.err);
    assert!(!keys.exists(), "nothing is made without being asked for");
    fs::write(&keys, "").expect("an empty file is no key store either");
    assert_eq!(place.clinic(&bench).code, 3);
    fs::remove_file(&keys).expect("it is removed");
    let sealed = place.clinic(&["visits", "--all", "--format", "json"]);
    assert!(sealed.code == 0 && sealed.err.contains("names stay sealed"), "{}", sealed.err);

    assert_eq!(place.clinic(&new).code, 0);
    assert_eq!(place.clinic(&bench).code, 0);
    let id = place.clinic(&["rooms", "--format", "json"]);
    assert!(id.err.contains("Harbour Clinic"), "several clinics now: {}", id.err);
    let mixed = place.clinic(&["visits", "--all", "--clinic", "Harbour Clinic"]);
    assert!(mixed.code == 0 && !mixed.out.contains("Maria Lind"), "{}", mixed.out);
    assert!(mixed.err.contains("some names stay sealed"), "{}", mixed.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_and_a_full_disk_are_told_and_nothing_is_half_stored() {
    let place = Place::new();
    let nowhere = ["run", "src/demo.jsonl", "--log", "sqlite:/sys/clinic/clinic.db"];
    let ran_nowhere = clinic(&nowhere);
    assert_eq!((ran_nowhere.code, ran_nowhere.out.as_str()), (3, ""));
    assert!(ran_nowhere.err.contains("/sys/clinic"), "{}", ran_nowhere.err);

    let mut rows = HISTORY.to_owned();
    rows.extend((2..4_000).map(|n| format!("S-{n},in,Ward,2031-05-04T08:00:01Z\n")));
    let words = IMPORT.map(|word| format!("'{word}'")).join(" ");
    let program = env!("CARGO_BIN_EXE_clinic");
    let address = place.address();
    // A process may write no file beyond 256 KiB here, and is told so instead of being killed.
    let script = format!(
        "trap '' XFSZ; ulimit -f 256; exec {program} {words} --create-rooms --log {address}"
    );
    let mut child = std::process::Command::new("bash");
    child.args(["-c", &script]).stdin(std::process::Stdio::piped());
    child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().expect("a shell");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = rows.clone();
    let feeder =
        std::thread::spawn(move || std::io::Write::write_all(&mut stdin, input.as_bytes()).is_ok());
    let full = ran(child.wait_with_output().expect("it ends"));
    feeder.join().expect("the feeder ends");
    assert_eq!(full.code, 3, "{}{}", full.out, full.err);
    assert!(full.err.contains("nothing is stored"), "{}", full.err);
    let verified = place.clinic(&["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("0 clinics, 0 events"), "{}", verified.out);
    // With room again it goes on as if nothing had been.
    let import: Vec<&str> = IMPORT.iter().copied().chain(["--create-rooms"]).collect();
    let again = place.clinic_reading(&import, rows.as_bytes());
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.starts_with("3999 rows: 3999 granted"), "{}", again.out);
}

#[test]
fn memory_keeps_nothing_and_says_so() {
    for words in [vec!["backup", "x.db"], vec!["restore", "x.db"], vec!["seal-key", "path"]] {
        let ran = clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert_eq!(
            ran.err,
            "memory: keeps nothing; say --log sqlite:PATH or --log postgres://USER@HOST/DATABASE\n"
        );
    }
    assert_eq!(clinic_reading(&IMPORT, HISTORY.as_bytes()).code, 2);
}
