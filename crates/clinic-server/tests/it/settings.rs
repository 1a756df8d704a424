//! Settings: who says them, who goes first, and what is said of those that are wrong.

use std::path::Path;

use serde_json::Value;

use crate::place::Place;
use crate::support::{Ran, program, ran};

/// What `config show` says, with this environment and these words, in a folder.
fn shown(folder: &Path, env: &[(&str, &str)], words: &[&str]) -> Ran {
    let mut program = program();
    program.current_dir(folder).env_remove("CLINIC_LOG").envs(env.iter().copied());
    ran(program
        .args(["config", "show", "--format", "json"])
        .args(words)
        .output()
        .expect("it starts"))
}

fn setting(ran: &Ran, name: &str) -> (String, String) {
    assert_eq!(ran.code, 0, "{}", ran.err);
    let all: Vec<Value> = serde_json::from_str(&ran.out).expect("JSON");
    let found = all.iter().find(|one| one["setting"] == name).expect("it is shown");
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("value"), text("origin"))
}

#[test]
fn a_flag_beats_the_environment_that_beats_the_file_that_beats_what_is_usual() {
    let place = Place::new();
    let folder = place.path("");
    let is = |env: &[(&str, &str)], words: &[&str], name: &str, value: &str, origin: &str| {
        let found = setting(&shown(&folder, env, words), name);
        assert_eq!(found, (value.to_owned(), origin.to_owned()));
    };
    is(&[], &[], "listen", "127.0.0.1:8080", "default");
    is(&[], &[], "log", "sqlite:data/clinic.db", "default");
    let file = "# ours\nlisten = \"127.0.0.1:1\"\nlog = \"sqlite:file.db\"\nsample = false\n\
                behind_proxy = [\"10.0.0.1\", \"10.1.0.0/16\"]\nlog_format = \"json\"\n";
    std::fs::write(place.path("clinic.toml"), file).expect("it is written");
    is(&[], &[], "listen", "127.0.0.1:1", "file clinic.toml:2");
    is(&[], &[], "log", "sqlite:file.db", "file clinic.toml:3");
    is(&[], &[], "sample", "false", "file clinic.toml:4");
    is(&[], &[], "behind_proxy", "10.0.0.1,10.1.0.0/16", "file clinic.toml:5");
    let env =
        [("CLINIC_LISTEN", "127.0.0.1:2"), ("CLINIC_LOG", "memory:"), ("CLINIC_SAMPLE", "true")];
    is(&env, &[], "listen", "127.0.0.1:2", "env CLINIC_LISTEN");
    is(&env, &[], "log", "memory:", "env CLINIC_LOG");
    is(&env, &[], "sample", "true", "env CLINIC_SAMPLE");
    is(&env, &[], "log_format", "json", "file clinic.toml:6");
    let words = ["--listen", "127.0.0.1:3", "--log", "sqlite:typed.db", "--no-sample"];
    is(&env, &words, "listen", "127.0.0.1:3", "flag");
    is(&env, &words, "log", "sqlite:typed.db", "flag");
    is(&env, &words, "sample", "false", "flag");
    // What is empty says nothing.
    is(&[("CLINIC_LISTEN", "")], &[], "listen", "127.0.0.1:1", "file clinic.toml:2");
    // Another file is read instead, not as well.
    std::fs::write(place.path("other.toml"), "log_level = \"debug\"\n").expect("it is written");
    is(&[("CLINIC_CONFIG", "other.toml")], &[], "log_level", "debug", "file other.toml:1");
    is(&[("CLINIC_CONFIG", "other.toml")], &[], "listen", "127.0.0.1:8080", "default");
    let typed = ["--config", "clinic.toml"];
    is(&[("CLINIC_CONFIG", "other.toml")], &typed, "listen", "127.0.0.1:1", "file clinic.toml:2");
}

#[test]
fn the_file_counts_for_every_command() {
    let place = Place::with_demo();
    std::fs::write(place.path("clinic.toml"), "log = \"sqlite:data/clinic.db\"\n")
        .expect("written");
    let mut rooms = program();
    rooms.current_dir(place.path("")).env_remove("CLINIC_LOG").arg("rooms");
    let rooms = ran(rooms.output().expect("it starts"));
    assert!(rooms.out.contains("Reception"), "{}", rooms.err);
}

#[test]
fn a_key_that_nobody_knows_is_named_with_its_line() {
    let place = Place::new();
    let secret = "a-token-of-some-length";
    for (file, said) in [
        ("listen = \"127.0.0.1:1\"\nlissen = \"x\"\n", "clinic.toml:2: unknown field `lissen`"),
        ("listen = 3\n", "clinic.toml:1: invalid type"),
        (
            "\n\nlisten = \"somewhere\"\n",
            "of listen in clinic.toml:3: must be an address and a port",
        ),
        ("log_level = \"loud\"\n", "of log_level in clinic.toml:1: must be error, warn"),
        ("log = \"postgres:\"\n", "of log in clinic.toml:1 must be sqlite:PATH"),
        ("behind_proxy = [\"proxy\"]\n", "'proxy' must be an address or a network"),
        ("metrics_token = \"short\"\n", "of metrics_token in clinic.toml:1: must have 16"),
        ("sample = true\nmetrics_token = \"a-token-of-some-length\" x\n", "clinic.toml:2: "),
        ("listen = \n", "clinic.toml:1: "),
    ] {
        std::fs::write(place.path("clinic.toml"), file).expect("it is written");
        let ran = shown(&place.path(""), &[], &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{file}: {}", ran.err);
        assert!(ran.err.contains(said), "{file}: {}", ran.err);
        assert!(!ran.err.contains(secret) && !ran.err.contains("short'"), "{}", ran.err);
    }
    let missing = shown(&place.path(""), &[], &["--config", "no-such.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.starts_with("no-such.toml: the file cannot be read"), "{}", missing.err);
}

#[test]
fn secrets_are_not_shown() {
    let place = Place::new();
    let secret = "a-token-of-some-length";
    for format in ["table", "json", "csv"] {
        let mut show = program();
        show.args(["config", "show", "--format", format]).env("CLINIC_METRICS_TOKEN", secret);
        let ran = ran(show.output().expect("it starts"));
        assert!(ran.out.contains("metrics_token"), "{format}: {}", ran.out);
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{format}: {}", ran.out);
    }
    let ran = shown(&place.path(""), &[("CLINIC_METRICS_TOKEN", secret)], &[]);
    assert_eq!(setting(&ran, "metrics_token").1, "env CLINIC_METRICS_TOKEN");
}

#[test]
fn an_address_that_makes_no_sense_is_not_repeated_whoever_says_it() {
    let place = Place::new();
    let (secret, key) = ("hunter2", place.path("operator.key").display().to_string());
    for (said, why) in [
        ("host=db password=hunter2", "must be sqlite:PATH"),
        ("hunter2", "must be sqlite:PATH"),
        ("postgres://db password=hunter2", "a host that is none"),
        ("postgres://db/clinic password=hunter2", "the name of its database"),
        ("postgres://db/clinic?sslmode=requird&password=hunter2", "a wrong value of sslmode"),
        ("postgres://db/clinic?password=a&hunter2=b", "an unknown parameter, number 2"),
        ("postgres://db/clinic?sslmod=require", "the unknown parameter sslmod; known are sslmode,"),
        ("postgres://db:99999/clinic", "a port that is no number from 1 to 65535"),
    ] {
        let file = format!("log = \"{said}\"\n");
        std::fs::write(place.path("bad.toml"), file).expect("it is written");
        let from = ["copy", "--from", said, "--to", "sqlite:other.db"];
        let to = ["copy", "--from", "sqlite:other.db", "--to", said];
        for (words, env) in [
            (&["rooms", "--log", said][..], ""),
            (&["serve", "--listen", "127.0.0.1:0", "--log", said], ""),
            (&["rooms"], said),
            (&["rooms", "--config", "bad.toml"], ""),
            (&from, ""),
        ] {
            let mut program = program();
            program.current_dir(place.path("")).env("CLINIC_LOG", env).args(words);
            let ran = ran(program.args(["--operator-key", &key]).output().expect("it starts"));
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
            assert!(ran.err.contains(why), "{words:?}: {}", ran.err);
            assert!(!ran.err.contains(secret), "{words:?}: {}", ran.err);
        }
        // What is shown before it is opened, and what is not looked at for want of something else.
        for words in [&["config", "show"][..], &["config", "show", "--keys", said], &to] {
            let mut program = program();
            program.current_dir(place.path("")).env("CLINIC_LOG", said).args(words);
            let ran = ran(program.output().expect("it starts"));
            assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "{words:?}: {ran:?}");
        }
    }
}

#[test]
fn a_server_refuses_what_it_would_have_to_ignore() {
    let place = Place::new();
    for (words, said) in [
        (&["serve", "--clinic", "Harbour"][..], "--clinic means nothing"),
        (&["--clinic", "Harbour"], "--clinic means nothing"),
        (&["serve", "--width", "80"], "--width means nothing"),
    ] {
        let ran = place.clinic(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.starts_with(said), "{words:?}: {}", ran.err);
    }
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn settings_that_do_not_go_together_are_shown_and_then_refused() {
    let place = Place::new();
    let ran = shown(&place.path(""), &[("CLINIC_LISTEN", "0.0.0.0:80")], &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("0.0.0.0:80"), "{}", ran.out);
    assert!(ran.err.contains("--tls-cert"), "{}", ran.err);
}
