//! Nobody's name, phone, reason or note stands in any file, except sealed, and nothing prints it but
//! what opens it: the whole folder is searched, while a busy day goes on and after it.

use std::path::PathBuf;

use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::text::{Note, PhoneTail, Reason};
use clinic_domain::visit::CloseReason;

use crate::live::{Live, personal};
use crate::place::Place;
use crate::support::day;

/// What nobody else says.
const SECRETS: [&str; 8] = [
    "Xanthippe Quux",
    "Xanthippe",
    "zugzwang in my knee",
    "4711",
    "brings her ocelot",
    "sent with a syzygy",
    "declined for the quincunx",
    "removed as a jabberwock",
];

#[track_caller]
fn nowhere(place: &Place, when: &str) {
    for secret in SECRETS {
        // Four digits may occur by chance among random bytes, so a phone is looked for in its words.
        let secret = if secret == "4711" { "\"4711\"" } else { secret };
        let found: Vec<PathBuf> = place.files_with(secret);
        assert_eq!(found, Vec::<PathBuf>::new(), "\"{secret}\" {when}");
    }
}

/// What prints no names, in every form.
#[track_caller]
fn prints_none(place: &Place, clinic: &str) {
    let mut words =
        vec![vec!["verify"], vec!["waits", "--clinic", clinic], vec!["seal-key", "path"]];
    for format in ["table", "json", "csv"] {
        words.push(vec!["log", "--clinic", clinic, "--format", format]);
        words.push(vec!["verify", "--format", format]);
    }
    for words in words {
        let ran = place.clinic(&words);
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
        for secret in SECRETS.iter().filter(|secret| **secret != "4711") {
            let said = ran.out.contains(secret) || ran.err.contains(secret);
            assert!(!said, "{words:?} prints \"{secret}\"");
        }
    }
}

/// One patient's way through a live clinic, with everything that people say of her.
async fn attend(live: &Live, n: usize) {
    let name = format!("Xanthippe Quux {n}");
    let more = |form: &mut CheckInForm| {
        form.reason = Some(personal(Reason::parse, "zugzwang in my knee"));
        form.phone = Some(personal(PhoneTail::parse, "4711"));
    };
    let visit = live.check_in(&name, more).await;
    live.ask(Action::AddNote(visit, personal(Note::parse, "brings her ocelot"))).await;
    for to in [live.lab, live.reception, live.lab, live.reception] {
        let note = Some(personal(Note::parse, "sent with a syzygy"));
        live.ask(Action::Transfer { visit, to, note, seen: None }).await;
    }
    if n > 0 {
        let why = personal(Note::parse, "removed as a jabberwock");
        live.ask(Action::CloseVisit { visit, reason: CloseReason::Removed { why }, seen: None })
            .await;
    }
}

#[tokio::test]
async fn no_file_of_a_busy_clinic_tells_of_a_patient_and_its_boards_do() {
    const AT_ONCE: usize = 16;
    const EACH: usize = 50; // 15 events each: enough that the states of folds are saved on the way
    let place = Place::new();
    let live = Live::found(&place).await;
    let mut all = tokio::task::JoinSet::new();
    for first in 0..AT_ONCE {
        let live = live.clone();
        all.spawn(async move {
            for n in (first..EACH * AT_ONCE).step_by(AT_ONCE) {
                attend(&live, n).await;
            }
        });
    }
    all.join_all().await;
    nowhere(&place, "while the log is open");
    let names = place.files();
    for file in ["clinic.db", "clinic.db-wal", "clinic.keys.db", "clinic.states.db"] {
        assert!(names.iter().any(|name| name == file), "{file} is searched: {names:?}");
    }
    prints_none(&place, "live clinic");
    let copy = place.path("copy.db").display().to_string();
    assert_eq!(place.clinic(&["backup", &copy]).code, 0);
    live.close().await;
    nowhere(&place, "after it was closed");

    let board = place.clinic(&["board", "reception"]).out;
    let timeline = place.clinic(&["timeline", "xanthippe quux 0", "--format", "csv"]).out;
    for shown in ["Xanthippe Quux 0 (phone ..4711)", "zugzwang in my knee", "brings her ocelot"] {
        assert!(board.contains(shown), "{shown}\n{board}");
    }
    assert!(board.contains("sent with a syzygy"), "{board}");
    assert!(timeline.contains("sent with a syzygy") && timeline.contains("brings her ocelot"));
    let removed = place.clinic(&["timeline", "xanthippe quux 1"]).out;
    assert!(removed.contains("removed as a jabberwock"), "{removed}");
    let verified = place.clinic(&["verify"]);
    assert!(
        verified.out.contains("a replay gives the saved states: 2 compared"),
        "{}",
        verified.out
    );
    assert!(place.clinic(&["visits"]).out.contains("Xanthippe Quux 0"));
    assert!(place.clinic(&["rooms"]).out.contains("Xanthippe Quux 0"));
    nowhere(&place, "after it was read");
}

#[test]
fn no_file_of_a_day_that_was_played_tells_of_a_patient() {
    let place = Place::new();
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Xanthippe Quux","reason":"zugzwang in my knee","phone":"4711"}
{"by":"member:rita","do":"add-note","visit":"m","note":"brings her ocelot"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","slug":"lab"}
{"by":"member:ada","do":"assign-member","room":"lab","member":"ada"}
{"by":"member:ada","do":"set-policy","room":"lab","accept_window":"05:00"}
{"by":"member:rita","do":"transfer","visit":"m","to":"lab","note":"sent with a syzygy"}
{"by":"member:ada","do":"decline-transfer","visit":"m","note":"declined for the quincunx"}
{"by":"member:ada","do":"close-visit","visit":"m","reason":"removed","why":"removed as a jabberwock","expect":"granted"}
{"do":"check-in","handle":"n","room":"reception","name":"Xanthippe Quux"}"#;
    let played = place.clinic_reading(&["run", "-"], day(lines).as_bytes());
    assert_eq!((played.code, played.err.as_str()), (0, ""), "{}", played.out);
    nowhere(&place, "after it was played");
    prints_none(&place, "harbour clinic");
    assert!(place.clinic(&["board"]).out.contains("Xanthippe Quux"));
    let visits = place.clinic(&["visits", "--all", "--format", "csv"]).out;
    let removed = visits.lines().find(|line| line.contains("\"removed\"")).expect("her visit");
    let id = removed.split('"').nth(1).expect("an id");
    let story = place.clinic(&["timeline", id]).out;
    for note in ["brings her ocelot", "sent with a syzygy", "declined for the quincunx"] {
        assert!(story.contains(note), "{story}");
    }
    assert!(story.contains("removed as a jabberwock"), "{story}");
    nowhere(&place, "after it was read");
}
