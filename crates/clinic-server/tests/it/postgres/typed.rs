//! What is typed, what is refused, and what is never shown.

use std::fs;

use super::Shared;
use crate::support::{Ran, clinic, clinic_reading, program, ran};

const IMPORT: [&str; 7] = [
    "import",
    "-",
    "--columns",
    "visit=v,event=e,to=t,at=a",
    "--events",
    "in=check-in",
    "--create-rooms",
];

fn without_key(shared: &Shared, words: &[&str]) -> Ran {
    let mut program = program();
    ran(program.args(words).arg("--log").arg(shared.url()).output().expect("it starts"))
}

#[test]
fn a_day_that_is_kept_reads_like_the_day_that_was_played() {
    let shared = Shared::with_demo();
    for words in [
        vec!["board"],
        vec!["board", "reception", "--at", "2026-03-02T09:05:30+01:00"],
        vec!["board", "--position", "24"],
        vec!["timeline", "Maria Lind"],
        vec!["waits"],
    ] {
        let kept = shared.clinic(&words);
        assert_eq!((kept.code, kept.err.as_str()), (0, ""), "{words:?}");
        assert_eq!(kept.out, clinic(&words).out, "{words:?}");
    }
    assert!(shared.clinic(&["rooms"]).out.contains("Reception"));
    assert!(shared.clinic(&["log", "--after", "40"]).code == 0);
    let verified = shared.clinic(&["verify"]);
    assert!(verified.out.starts_with("holds   each clinic ends where its head says: 1 clinics"));
    assert_eq!(verified.code, 0, "{}", verified.out);
    shared.sql("UPDATE clinic_heads SET position = position - 1");
    let behind = shared.clinic(&["verify"]);
    assert_eq!(behind.code, 1, "{}", behind.out);
    assert!(
        behind.out.starts_with("BROKEN  each clinic ends where its head says"),
        "{}",
        behind.out
    );
    shared.sql("UPDATE clinic_heads SET position = position + 1");
    let again = shared.clinic(&["run", "src/demo.jsonl"]);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert!(again.err.contains("has a clinic \"Harbour Clinic\" already"), "{}", again.err);
    // Without the key, all but the names can be read.
    let sealed = without_key(&shared, &["visits", "--all"]);
    assert!(sealed.code == 0 && sealed.err.contains("names stay sealed"), "{sealed:?}");
    assert!(!sealed.out.contains("Maria"), "{}", sealed.out);
}

#[test]
fn an_import_is_kept_whole_or_not_at_all() {
    let shared = Shared::new();
    let url = shared.url();
    let import = |rows: &str| {
        let words: Vec<&str> = IMPORT.iter().copied().chain(["--strict", "--log", &url]).collect();
        clinic_reading(&words, rows.as_bytes())
    };
    let mut rows = "v,e,t,a\n".to_owned();
    rows.extend((1..3_000).map(|n| format!("S-{n},in,Ward,2031-05-04T08:00:00Z\n")));
    let refused = import(&format!("{rows}S-1,in,Ward,2031-05-04T09:00:00Z\n"));
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert_eq!(shared.sql("SELECT count(*) FROM events"), "0");
    assert_eq!(shared.sql("SELECT count(*) FROM clinic_heads"), "0");
    let whole = import(&rows);
    assert_eq!((whole.code, whole.err.as_str()), (0, ""));
    assert!(whole.out.starts_with("2999 rows: 2999 granted"), "{}", whole.out);
    assert_eq!(shared.clinic(&["verify"]).code, 0);
}

#[test]
fn a_clinic_whose_owner_got_no_account_is_told_with_what_is_left_to_do() {
    let shared = Shared::new();
    assert_eq!(shared.clinic(&["migrate"]).code, 0);
    shared.sql(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
         CREATE TRIGGER no BEFORE INSERT ON clinic_accounts FOR EACH ROW EXECUTE FUNCTION no()",
    );
    let init = ["init", "--name", "Hill", "--owner", "Ada Okafor", "--sign-in", "ada"];
    let half = shared.clinic(&init);
    assert_eq!((half.code, half.out.as_str()), (3, ""), "{}", half.err);
    let clinic = shared.sql("SELECT clinic FROM clinic_heads");
    assert!(half.err.contains(&format!("Hill ({clinic}) is founded")), "{}", half.err);
    let left = format!("--clinic {clinic} --owner \"Ada Okafor\"`");
    assert!(half.err.contains(&left), "{}", half.err);

    shared.sql("DROP FUNCTION no CASCADE");
    let again = shared.clinic(&init);
    assert_eq!((again.code, again.out.as_str()), (2, ""), "{}", again.err);
    let words = ["reset-password", "ada", "--clinic", &clinic, "--owner", "Ada Okafor"];
    let made = shared.clinic(&words);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    assert!(made.out.contains("Ada Okafor signs in as \"ada\""), "{}", made.out);
}

#[test]
fn reading_makes_nothing() {
    let shared = Shared::new();
    for words in [vec!["board"], vec!["verify"], vec!["log"], vec!["reset-password", "ada"]] {
        let ran = shared.clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("there is no log in this database yet"), "{}", ran.err);
    }
    assert_eq!(shared.sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'clinic%'"), "0");
    assert!(!shared.key().exists());
}

#[test]
fn an_operator_key_is_needed_is_the_one_of_the_keys_and_is_rotated() {
    let shared = Shared::with_demo();
    let name = || shared.clinic(&["timeline", "Maria Lind"]).code;
    let day = fs::read_to_string("src/demo.jsonl").expect("the demo").replace("Harbour", "Hill");
    fs::write(shared.path("hill.jsonl"), day).expect("it is written");
    let hill = shared.path("hill.jsonl").display().to_string();
    let run = ["run", &hill];
    let unsaid = without_key(&shared, &run);
    assert_eq!(unsaid.code, 2, "{}", unsaid.err);
    assert!(unsaid.err.contains("--operator-key"), "{}", unsaid.err);
    let key = fs::read(shared.key()).expect("the key");
    fs::rename(shared.key(), shared.path("elsewhere")).expect("it is moved");
    let lost = shared.clinic(&run);
    assert_eq!((lost.code, lost.out.as_str()), (3, ""), "{}", lost.err);
    assert!(lost.err.contains("no such file") && lost.err.contains("another node"), "{}", lost.err);
    assert!(!shared.key().exists(), "no other key takes its place");

    fs::rename(shared.path("elsewhere"), shared.key()).expect("it is back");
    assert_eq!(name(), 0);
    let rotated = shared.clinic(&["seal-key", "rotate"]);
    assert_eq!((rotated.code, rotated.err.as_str()), (0, ""));
    assert_ne!(fs::read(shared.key()).expect("the next key"), key);
    assert_eq!(name(), 0, "the new key opens the names");
    fs::write(shared.key(), key).expect("the old one again");
    let old = shared.clinic(&run);
    assert_eq!(old.code, 3, "{}", old.err);
    assert!(old.err.contains("not the operator key"), "{}", old.err);
    let path = shared.clinic(&["seal-key", "path"]);
    assert!(path.out.contains("operator.key") && path.out.contains(":***@"), "{}", path.out);
}

#[test]
fn what_cannot_be_opened_says_where_and_never_the_password() {
    let shared = Shared::new();
    let (url, password) = (shared.url(), shared.password());
    let wrong = url.replace(&password, "guess-of-it");
    let nowhere = url.replace("127.0.0.1", "127.0.0.1:1,127.0.0.1:2/x?");
    let nowhere = nowhere.split("/x?").next().expect("an address");
    let misspelt = url.replace("postgres://", "postgre://");
    for (url, code, says) in [
        (wrong.as_str(), 3, "password authentication failed"),
        (nowhere, 3, "127.0.0.1:1"),
        (misspelt.as_str(), 2, "must begin with postgres://"),
    ] {
        for words in [
            vec!["board"],
            vec!["import", "src/demo.jsonl"],
            vec!["serve", "--listen", "127.0.0.1:0"],
        ] {
            let words = if words[0] == "import" { [&IMPORT[..], &[]].concat() } else { words };
            let words: Vec<&str> = words.into_iter().chain(["--log", url]).collect();
            let ran = clinic_reading(&words, b"v,e,t,a\n");
            assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{words:?}: {}", ran.err);
            assert!(ran.err.contains(says), "{}", ran.err);
            for secret in [password.as_str(), "guess-of-it"] {
                assert!(!ran.err.contains(secret), "{}", ran.err);
            }
        }
    }
    let shown = shared.clinic(&["config", "show"]);
    assert!(shown.out.contains("postgres://clinic:***@127.0.0.1"), "{}", shown.out);
    for words in [vec!["backup", "copy.db"], vec!["restore", "copy.db"]] {
        let ran = shared.clinic(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.contains("docs/operating.md"), "{}", ran.err);
    }
}
