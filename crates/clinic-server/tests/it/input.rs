//! Bad input: each problem names its line, its field and the limit, and nothing is played.

use clinic_domain::command::Action;

use crate::support::{FOUNDED, clinic, clinic_of_day, clinic_reading, day};

/// The day, with these bad lines from line 6 on, comes to exactly these problems.
#[track_caller]
fn refused(lines: &str, problems: &[&str]) {
    let ran = clinic_reading(&["run", "-"], day(lines).as_bytes());
    let mut said: Vec<&str> = ran.err.lines().collect();
    assert_eq!(said.pop(), Some("nothing was played"), "{}", ran.err);
    let problems: Vec<String> = problems.iter().map(|said| format!("stdin:{said}")).collect();
    assert_eq!(said, problems);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}

#[track_caller]
fn refused_alone(file: &[u8], problem: &str) {
    let ran = clinic_reading(&["run", "-"], file);
    assert_eq!(ran.err, format!("stdin:{problem}\nnothing was played\n"));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
}

#[test]
fn a_name_that_is_too_long_names_its_length_and_the_limit() {
    let name = "M".repeat(130);
    let line = format!(r#"{{"do":"check-in","handle":"m","room":"reception","name":"{name}"}}"#);
    refused(&line, &["6: field \"name\": is 130 characters long, at most 100 are allowed"]);
}

#[test]
fn every_problem_of_every_line_is_told_at_once() {
    refused(
        r#"{"do":"check-in","handle":"Maria","room":"receptoin","name":" ","phone":"12","colour":"red"}
not json
{"at":"2026-03-02T08:00:00+01:00","by":"member:rita","do":"start-call","visit":"maria"}
{"by":"rita","do":"stop-call"}"#,
        &[
            "6: field \"handle\": must be lower-case letters, digits and inner hyphens",
            "6: field \"room\": no line before brings a room \"receptoin\"",
            "6: field \"name\": is empty",
            "6: field \"phone\": must be the last four digits of the phone",
            "6: field \"colour\": is no field of \"check-in\", which has: at, say, id, expect, do, \
             clinic, by, handle, browser, room, name, reason, phone, booked, consent, passcode, \
             external_ref",
            "7: not a JSON object: expected ident at column 2",
            "8: field \"at\": goes back: the line before is at 2026-03-02T08:00:00.000Z",
            "8: field \"visit\": no line before brings a visit \"maria\"",
            "9: field \"do\": \"stop-call\" is no command; docs/day-file.md lists them",
        ],
    );
}

#[test]
fn fields_are_of_their_kind() {
    refused(
        r#"{"by":"member:ada","do":"set-policy","room":"reception","queue_limit":"ten","undo_window":"5 min","arrivals":"first","consent":-1}
{"by":"member:ada","do":"set-checklist","room":"reception","labels":["ok",7]}
{"by":"member:ada","do":"set-hours","room":"reception","hours":{"zone":"Mars/Olympus","week":{"mon":["8-12"]}}}
{"by":"member:ada","do":"set-hours","room":"reception","hours":{"zone":"Europe/Berlin","week":{"mon":["12:00-08:00"]}}}
{"by":"member:ada","do":"set-hours","room":"reception","hours":{"zone":"Europe/Berlin","week":{"monday":[]},"exceptions":{"christmas":[]}}}
{"by":"member:ada","do":"tick-checklist","visit":"m","label":"x","done":"yes","do":"wait"}
{"do":"check-in","handle":"m","room":"reception","name":"M","booked":{"member":"zoe","appointment":"soon","at":1}}
{"by":"member:ada","do":"close-visit","visit":"m","reason":"gone"}
{"by":"member:ada","do":"close-visit","visit":"m","reason":"merged"}
{"by":"member:ada","do":"start-call","visit":"m","seen":"then"}
{"by":"member:ada","do":"open-room","handle":"r","name":"R","expect":"Room.Haunted"}"#,
        &[
            "6: field \"queue_limit\": must be a whole number, at most 1000",
            "6: field \"arrivals\": must be one of: original-check-in, back-of-queue",
            "6: field \"undo_window\": must be a length of time: seconds, mm:ss or hh:mm:ss",
            "6: field \"consent\": must be a whole number, at most 4294967295",
            "7: field \"labels\": entry 2 must be a text",
            "8: field \"hours.zone\": must be an IANA time zone such as Europe/Berlin",
            "8: field \"hours.week.mon\": entry 1 must be an interval such as 08:00-12:30",
            "9: field \"hours\": an interval runs from minute 720 until 480; needed: from < until \
             <= 1440",
            "10: field \"hours.week.monday\": is no field of week, which has: mon, tue, wed, thu, \
             fri, sat, sun",
            "10: field \"hours.exceptions.christmas\": must be a date such as 2026-12-24",
            "11: field \"do\": stands here twice",
            "11: field \"visit\": no line before brings a visit \"m\"",
            "11: field \"done\": must be true or false",
            "12: field \"booked.member\": no line before brings a member \"zoe\"",
            "12: field \"booked.appointment\": must be an RFC 3339 instant such as \
             2026-03-02T08:55:00Z",
            "12: field \"booked.at\": is no field of booked, which has: member, room, \
             appointment, told_by",
            "13: field \"reason\": must be one of: completed, left, no-show, removed, end-of-day, \
             merged",
            "14: field \"into\": is missing: the visit that goes on",
            "15: field \"seen\": must be a place version, from 1 on, or \"now\"",
            "16: field \"expect\": \"Room.Haunted\" is neither \"granted\" nor a refusal such as \
             \"Visit.Stale\"",
        ],
    );
}

#[test]
fn a_removal_says_why_and_a_merge_may_say_what_the_screen_showed() {
    refused(
        r#"{"do":"check-in","handle":"m","room":"reception","name":"M"}
{"do":"check-in","handle":"n","room":"reception","name":"M"}
{"by":"member:ada","do":"close-visit","visit":"m","reason":"removed"}
{"by":"member:ada","do":"merge-visits","survivor":"m","duplicate":"n","seen":"then"}
{"by":"member:ada","do":"merge-visits","survivor":"m","duplicate":"n","seen":"now"}"#,
        &[
            "8: field \"why\": is missing",
            "9: field \"seen\": must be a place version, from 1 on, or \"now\"",
        ],
    );
}

#[test]
fn what_is_missing_is_said() {
    refused(
        r#"{"by":"member:ada","do":"transfer"}
{"do":"set-zone","zone":"Europe/Berlin"}
{"by":"member:rita"}
{"do":"connect"}
{"by":"member:ada","do":"set-passcode","room":"reception","id":"p"}"#,
        &[
            "6: field \"visit\": is missing",
            "6: field \"to\": is missing",
            "7: field \"by\": is missing: host, import, member:HANDLE or patient:HANDLE",
            "8: field \"do\": is missing",
            "9: field \"member\": or \"visit\" must stand here, one of the two",
            "10: field \"id\": is not possible here: each set-passcode makes a new passcode",
            "10: field \"passcode\": is missing: a text, or null for none",
        ],
    );
}

#[test]
fn hostile_text_is_refused_and_never_repeated_raw() {
    let ran = clinic_reading(
        &["run", "-"],
        day(concat!(
            r#"{"do":"check-in","handle":"m","room":"reception","name":"a\u001b[31mb"}"#,
            "\n",
            r#"{"do":"check-in","handle":"m","room":"reception","name":"\u202eevil"}"#,
            "\n",
            r#"{"do":"check-in","handle":"m","room":"reception","name":"\u0000"}"#,
            "\n",
            r#"{"do":"wait","\u001b]0;title\u0007":1}"#,
        ))
        .as_bytes(),
    );
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "stdin:6: field \"name\": holds the character U+001B, which is not allowed here\n\
         stdin:7: field \"name\": holds the character U+202E, which is not allowed here\n\
         stdin:8: field \"name\": holds the character U+0000, which is not allowed here\n\
         stdin:9: field \"\\u{1b}]0;title\\u{7}\": is no field of \"wait\", which has: at, say, \
         id, expect, do, clinic\n\
         nothing was played\n"
    );
}

#[test]
fn times_are_bounded() {
    refused_alone(
        br#"{"at":"+05:00","do":"wait"}"#,
        "1: field \"at\": must be an instant in the first line, such as 2026-03-02T08:55:00Z\n\
         stdin:1: field \"do\": no line before founds a clinic",
    );
    refused_alone(
        FOUNDED
            .trim_start()
            .replace("2026-03-02T09", "1969-03-02T09")
            .lines()
            .next()
            .unwrap()
            .as_bytes(),
        "1: field \"at\": must lie between 1970-01-01T00:00:00.000Z and 2200-01-01T00:00:00.000Z",
    );
    refused(
        r#"{"at":"+168:00:01","do":"wait"}
{"at":"+1:2:3:4","do":"wait"}
{"at":"+00:61","do":"wait"}
{"at":7,"do":"wait"}"#,
        &[
            "6: field \"at\": is more than 168:00:00 after the first line, which is the most",
            "7: field \"at\": must be an instant such as 2026-03-02T08:55:00Z, or a time after \
             the line before such as +30 or +01:30",
            "8: field \"at\": must be an instant such as 2026-03-02T08:55:00Z, or a time after \
             the line before such as +30 or +01:30",
            "9: field \"at\": must be a text",
        ],
    );
}

#[test]
fn a_file_is_bounded() {
    let long = format!("{{\"do\":\"wait\",\"say\":\"{}\"}}", "x".repeat(70_000));
    refused(&long, &["6: is 70022 bytes long, at most 65536 are allowed"]);
    let say = format!("{{\"do\":\"wait\",\"say\":\"{}\"}}", "x".repeat(241));
    refused(&say, &["6: field \"say\": is 241 characters long, at most 240 are allowed"]);
    let many = "{\"do\":\"wait\"}\n".repeat(9_996);
    refused(&many, &["10001: is too many: 10001 lines with commands, at most 10000 are allowed"]);
    let endless = vec![b'\n'; 17 * 1024 * 1024];
    let ran = clinic_reading(&["run", "-"], &endless);
    let said = "stdin: is more than 16777216 bytes long, which is the most allowed\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (2, "", said));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    refused_alone(b"# fine\n{\"do\":\"\xff\"}\n", "2: is not valid UTF-8 from byte 8 on");
    refused_alone(b"\n\n{\0}", "3: holds a NUL character");
    refused_alone(b"", "1: no line holds a command");
    refused_alone(b"# a comment alone\n", "1: no line holds a command");
    let deep = format!("{{\"do\":{}", "[".repeat(10_000));
    refused_alone(deep.as_bytes(), "1: not a JSON object: recursion limit exceeded at column 133");
    for other in ["[1]", "1", "null", "\"text\""] {
        refused_alone(other.as_bytes(), "1: must be a JSON object: fields in braces");
    }
}

#[test]
fn a_field_stands_once_in_whatever_object_it_stands() {
    refused(
        r#"{"by":"member:ada","do":"set-hours","room":"reception","hours":{"zone":"UTC","week":{"mon":[],"mon":["08:00-12:00"]}}}
{"by":"host","do":"found-clinic","handle":"b","name":"B","zone":"UTC","owner":{"handle":"x","name":"X","handle":"y"}}
{"do":"check-in","handle":"m","room":"reception","name":"M","booked":{"told_by":"host","told_by":"patient"},"name":"N"}
{"by":"member:ada","do":"set-checklist","room":"reception","labels":["a",{"b":1,"b":2}]}"#,
        &[
            "6: field \"hours.week.mon\": stands here twice",
            "7: field \"owner.handle\": stands here twice",
            "8: field \"booked.told_by\": stands here twice",
            "8: field \"name\": stands here twice",
            "9: field \"labels.2.b\": stands here twice",
            "9: field \"labels\": entry 2 must be a text",
        ],
    );
}

#[test]
fn a_limit_of_the_rules_is_named_before_anything_is_played() {
    let labels: Vec<String> = (1..=21).map(|n| format!("\"l{n}\"")).collect();
    let labels = labels.join(",");
    let intervals: Vec<String> = (10..19).map(|n| format!("\"{n}:00-{n}:30\"")).collect();
    let intervals = intervals.join(",");
    let dates = |year: u16| (1..=12).flat_map(move |m| (1..=28).map(move |d| (year, m, d)));
    let dates: Vec<String> = dates(2026)
        .chain(dates(2027))
        .take(367)
        .map(|(year, month, day)| format!("\"{year}-{month:02}-{day:02}\":[]"))
        .collect();
    let dates = dates.join(",");
    let set = |what: &str| format!(r#"{{"by":"member:ada","room":"reception",{what}}}"#);
    let hours = |what: &str| set(&format!(r#""do":"set-hours","hours":{{"zone":"UTC",{what}}}"#));
    let lines = [
        set(r#""do":"set-policy","queue_limit":4294967295"#),
        set(r#""do":"set-policy","queue_limit":1000,"undo_window":"99999:00:00""#),
        set(r#""do":"set-policy","accept_window":"24:00:01","reopen_window":"24:00:00""#),
        set(r#""do":"set-policy","reopen_window":"1441:00","no_show_after":"90000""#),
        set(&format!(r#""do":"set-checklist","labels":[{labels}]"#)),
        hours(&format!(r#""week":{{"mon":[{intervals}]}}"#)),
        hours(&format!(r#""week":{{}},"exceptions":{{"2026-12-24":[{intervals}]}}"#)),
        hours(&format!(r#""week":{{}},"exceptions":{{{dates}}}"#)),
    ];
    refused(
        &lines.join("\n"),
        &[
            "6: field \"queue_limit\": is 4294967295, at most 1000 is allowed",
            "7: field \"undo_window\": is 99999:00:00 long, at most 24:00:00 is allowed",
            "8: field \"accept_window\": is 24:00:01 long, at most 24:00:00 is allowed",
            "9: field \"reopen_window\": is 24:01:00 long, at most 24:00:00 is allowed",
            "9: field \"no_show_after\": is 25:00:00 long, at most 24:00:00 is allowed",
            "10: field \"labels\": holds 21 labels, at most 20 are allowed",
            "11: field \"hours.week.mon\": holds 9 intervals, at most 8 are allowed",
            "12: field \"hours.exceptions.2026-12-24\": holds 9 intervals, at most 8 are allowed",
            "13: field \"hours.exceptions\": holds 367 dates, at most 366 are allowed",
        ],
    );
}

#[test]
fn nobody_was_seen_later_than_now_and_no_minute_has_a_second_60() {
    refused(
        r#"{"do":"note-presence","member":"rita","last_seen":"2026-03-02T09:00:01+01:00"}
{"do":"note-presence","member":"rita","last_seen":"2026-03-02T08:00:00Z"}
{"at":"2026-03-02T08:00:60Z","do":"wait"}
{"at":"2026-03-02T08:01:00Z","do":"check-in","handle":"m","room":"reception","name":"M"}
{"by":"member:rita","do":"start-call","visit":"m","seen":0}
{"by":"member:rita","do":"start-call","visit":"m","seen":1}"#,
        &[
            "6: field \"last_seen\": lies after the line's own instant",
            "8: field \"at\": says second 60, but a minute has the seconds 00 to 59",
            "10: field \"seen\": must be a place version, from 1 on, or \"now\"",
        ],
    );
}

#[test]
fn no_more_than_twenty_problems_are_listed() {
    let lines = "{\"do\":\"dance\"}\n".repeat(33);
    let ran = clinic_reading(&["run", "-"], day(&lines).as_bytes());
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err.lines().filter(|line| line.starts_with("stdin:")).count(), 20);
    assert!(ran.err.ends_with("and 13 more problems\nnothing was played\n"), "{}", ran.err);
}

#[test]
fn a_handle_is_brought_once_except_by_a_retry_and_by_a_patient_who_comes_again() {
    refused(
        r#"{"by":"member:ada","do":"add-member","handle":"rita","name":"Rita"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","id":"a"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","id":"b"}"#,
        &[
            "6: field \"handle\": the member \"rita\" is there since line 2",
            "8: field \"handle\": the room \"lab\" is there since line 7",
        ],
    );
    let again = r#"{"do":"check-in","handle":"m","room":"reception","name":"M"}
{"do":"check-in","handle":"m","room":"reception","name":"M"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","id":"a"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","id":"a"}"#;
    assert_eq!(clinic_reading(&["run", "-"], day(again).as_bytes()).code, 0);
}

#[test]
fn what_reads_a_day_refuses_it_in_the_same_words() {
    for words in [vec!["board"], vec!["timeline", "m"], vec!["waits"], vec!["log"], vec!["verify"]]
    {
        let ran = clinic_of_day(&words, &day(r#"{"do":"dance"}"#));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.starts_with("stdin:6: field \"do\": \"dance\" is no command"), "{words:?}");
    }
}

#[test]
fn every_action_of_the_rules_is_a_command() {
    for name in Action::NAMES {
        let word = kebab(name);
        let ran = clinic_reading(&["run", "-"], day(&format!(r#"{{"do":"{word}"}}"#)).as_bytes());
        assert!(!ran.err.contains("is no command"), "{word}: {}", ran.err);
    }
}

/// `StartCall` as a day file writes it.
pub(crate) fn kebab(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

#[test]
fn a_simulation_that_cannot_be_is_refused_in_words() {
    let bad = [
        (vec!["--faults", "conflict,rain"], "no fault is called \"rain\"; there are conflict, "),
        (vec!["--faults", ""], "name some, or say all or none"),
        (vec!["--story", "--format", "json"], "it goes with --format table"),
        (vec!["--clinic", "harbour"], "a simulation has clinics of its own"),
        (vec!["--days", "0"], "0 is not in 1..=1000000"),
        (vec!["--nodes", "17"], "17 is not in 1..=16"),
        (vec!["--log", "sqlite:there.db"], "a simulation has clinics of its own"),
    ];
    for (words, said) in bad {
        let ran = clinic(&[vec!["simulate"], words.clone()].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.contains(said), "{words:?}: {}", ran.err);
    }
}
