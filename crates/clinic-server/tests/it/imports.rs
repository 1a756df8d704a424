//! Bringing in the history of another system.

use serde_json::Value;

use crate::place::Place;
use crate::support::{Ran, clinic, read};

const MOVEMENTS: &str = "../../tests/data/movements.csv";
const COLUMNS: &str = "visit=stay,patient=person,event=what,from=ward_before,to=ward,at=when";
const EVENTS: &str = "arrived=check-in,moved=transfer,went=complete,gone=left";

fn import<'w>(file: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    let words = ["import", file, "--columns", COLUMNS, "--events", EVENTS, "--create-rooms"];
    words.iter().chain(more).copied().collect()
}

#[track_caller]
fn nothing_is_stored(place: &Place, ran: &Ran, code: i32) {
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    let verified = place.clinic(&["verify"]);
    assert!(verified.code == 2 || verified.out.contains("0 clinics, 0 events"), "{}", verified.out);
}

#[test]
fn an_import_lists_what_it_refuses_and_reads_like_any_clinic() {
    let place = Place::new();
    let imported = place.clinic(&import(MOVEMENTS, &[]));
    assert_eq!((imported.code, imported.err.as_str()), (0, ""));
    let told: Vec<&str> = imported.out.lines().collect();
    let listed = "line 4: transfer of visit \"S-1\" to \"Ward A\": already in that room";
    let counted = "14 rows: 13 granted, 1 refused, 0 ignored; 4 visits, 3 rooms";
    assert_eq!(told[..2], [listed, counted]);
    assert!(told[2].starts_with("movements (") && told[2].contains(" is stored: "), "{}", told[2]);
    // The document shows the same.
    let document = read("../../docs/import.md");
    assert!(document.contains(&format!("{listed}\n{counted}\n")));

    let by_visit = place.clinic(&["timeline", "S-1"]);
    assert_eq!((by_visit.code, by_visit.err.as_str()), (0, ""));
    assert!(by_visit.out.starts_with("The visit of patient P-17, visit S-1\n"), "{}", by_visit.out);
    assert_eq!(place.clinic(&["timeline", "P-22"]).out, place.clinic(&["timeline", "S-2"]).out);
    assert_eq!(place.clinic(&["timeline", "patient=P-17 visit=S-1"]).out, by_visit.out);
    let twice = place.clinic(&["timeline", "P-17"]);
    assert_eq!((twice.code, twice.out.as_str()), (2, ""));
    assert!(
        twice.err.starts_with("\"P-17\" may be 2 visits; say which by its id:"),
        "{}",
        twice.err
    );

    let at = |at: &str| place.clinic(&["board", "Ward A", "--format", "csv", "--at", at]).out;
    assert!(at("2031-05-04T12:00:00Z").matches("\r\n").count() == 3, "two are in Ward A at noon");
    assert!(at("2031-05-04T14:00:00Z").matches("\r\n").count() == 1, "and nobody at two");
    let rooms = place.clinic(&["rooms", "--at", "2031-05-04T08:20:00Z"]).out;
    assert!(rooms.contains("patient P-22, visit S-2, waiting since"), "{rooms}");
    let visits = place.clinic(&["visits"]);
    assert_eq!(visits.out, "There is no visit; --all lists those that are over, too.\n");
    let all = place.clinic(&["visits", "--all", "--format", "csv"]).out;
    assert_eq!(all.matches("\r\n").count(), 5, "{all}");
    assert_eq!(place.clinic(&["verify"]).code, 0);
    // It is over: what lasts is counted until its last event, not until today.
    let end = place.clinic(&["board", "--format", "json"]).out;
    assert!(end.contains("\"now\": \"2031-05-06T02:00:00.000Z\""), "{end}");
}

#[test]
fn programs_and_spreadsheets_read_what_came_of_it() {
    let place = Place::new();
    let json = place.clinic(&import(MOVEMENTS, &["--format", "json", "--name", "One"])).out;
    let json: Value = serde_json::from_str(&json).expect("a JSON document");
    assert_eq!(json["refused_rows"][0]["line"], 4);
    assert_eq!((&json["name"], &json["granted"]), (&"One".into(), &13.into()));
    assert!(json["clinic"].is_string(), "{json}");
    let csv = place.clinic(&import(MOVEMENTS, &["--format", "csv", "--name", "Two"]));
    assert!(csv.out.starts_with("\"line\",\"reason\"\r\n\"4\",\"transfer of visit"), "{}", csv.out);
    assert!(csv.err.starts_with("14 rows: 13 granted"), "{}", csv.err);
    let none = place.clinic_reading(
        &["import", "-", "--columns", "visit=v,event=e,to=t,at=a", "--events", "in=check-in"],
        b"v,e,t,a\n1,in,W,2031-05-04T08:00:00Z\n",
    );
    assert_eq!(none.code, 0, "{}", none.err);
    assert!(none.out.ends_with("Nothing is stored.\n"), "no room, no row, no clinic: {}", none.out);
}

#[test]
fn nothing_is_stored_that_is_strict_dry_twice_or_nowhere() {
    let place = Place::new();
    let dry = place.clinic(&import(MOVEMENTS, &["--dry-run"]));
    assert!(dry.out.ends_with("Nothing is stored: this was a dry run.\n"), "{}", dry.out);
    assert!(!place.path("data").exists(), "not even a log");
    nothing_is_stored(&place, &dry, 0);
    let strict = place.clinic(&import(MOVEMENTS, &["--strict"]));
    assert!(strict.out.starts_with("line 4: "), "{}", strict.out);
    assert_eq!(strict.err, "1 of 14 rows are refused, so nothing is stored\n");
    nothing_is_stored(&place, &strict, 1);
    assert_eq!(place.clinic(&import(MOVEMENTS, &[])).code, 0);
    let twice = place.clinic(&import(MOVEMENTS, &[]));
    assert_eq!((twice.code, twice.out.as_str()), (2, ""));
    assert!(twice.err.contains("has a clinic \"movements\" already"), "{}", twice.err);
    let nowhere = clinic(&import(MOVEMENTS, &[]));
    assert_eq!((nowhere.code, nowhere.out.as_str()), (2, ""));
}

#[test]
fn what_is_no_file_for_an_import_is_refused_whole_and_names_the_place() {
    let place = Place::new();
    let rows = read(MOVEMENTS);
    let bad_time = rows.replacen("Intake,2031-05-04 08:00:00+00:00", "Intake,tomorrow", 1);
    let nul = rows.replacen("Ward B", "Ward\0B", 1);
    for (input, said) in [
        ("", "the file is empty"),
        (bad_time.as_str(), "line 2, column \"when\": \"tomorrow\" is no time"),
        (nul.as_str(), "a NUL byte"),
        ("stay,person\n1,2\n", "there is no such column"),
    ] {
        let ran = place.clinic_reading(&import("-", &[]), input.as_bytes());
        assert!(ran.err.starts_with("-: ") && ran.err.contains(said), "{said}: {}", ran.err);
        assert_eq!(ran.out, "", "{said}");
        nothing_is_stored(&place, &ran, 2);
    }
    for words in [
        import("no-such-file.csv", &[]),
        import("src", &[]),
        import(MOVEMENTS, &["--zone", "Nowhere/Else"]),
        import(MOVEMENTS, &["--name", ""]),
        vec!["import", MOVEMENTS],
        vec!["import", MOVEMENTS, "--columns", "visit=stay", "--events", EVENTS],
        vec!["import", MOVEMENTS, "--columns", COLUMNS, "--events", "arrived=born"],
    ] {
        let ran = place.clinic(&words);
        assert_eq!(ran.out, "", "{words:?}");
        nothing_is_stored(&place, &ran, 2);
    }
}

#[test]
fn an_imported_clinic_needs_no_keys_and_has_none() {
    let place = Place::new();
    assert_eq!(place.clinic(&import(MOVEMENTS, &[])).code, 0);
    let board = place.clinic(&["board", "--at", "2031-05-04T08:20:00Z"]);
    assert_eq!((board.code, board.err.as_str()), (0, ""));
    assert!(!place.files().iter().any(|file| file.contains("key")), "{:?}", place.files());
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_rows() {
    let place = Place::new();
    let file = place.path("quote.csv");
    let rows = "v,e,t,a,n\n1,in,R,2031-01-01T00:00:00Z,\"oops\n2,in,R,2031-01-01T00:00:00Z,x\n";
    std::fs::write(&file, rows).expect("it is written");
    let file = file.display().to_string();
    let columns = ["--columns", "visit=v,event=e,to=t,at=a", "--events", "in=check-in"];
    let words: Vec<&str> = ["import", &file].into_iter().chain(columns).collect();
    let ran = place.clinic(&words);
    assert!(ran.err.contains("line 2: a quote (\") is never closed"), "{}", ran.err);
    nothing_is_stored(&place, &ran, 2);
}
