//! What the program prints, held word for word. `CLINIC_BLESS=1 cargo test -p clinic-server` writes
//! these files anew; read the difference before you keep it.

use crate::support::{clinic, path, read};

#[track_caller]
fn holds(file: &str, printed: &str) {
    let file = format!("tests/golden/{file}");
    if std::env::var_os("CLINIC_BLESS").is_some_and(|set| !set.is_empty()) {
        std::fs::write(path(&file), printed).expect("the golden file is written");
        return;
    }
    let golden = read(&file);
    let differs = golden.lines().zip(printed.lines()).position(|(golden, now)| golden != now);
    let differs = differs.map(|line| {
        let at = |text: &str| text.lines().nth(line).unwrap_or_default().to_owned();
        format!("line {}:\n  golden: {}\n  now:    {}", line + 1, at(&golden), at(printed))
    });
    assert!(golden == printed, "{file} differs: {}", differs.unwrap_or_default());
}

#[test]
fn the_demo_prints_the_same_every_time() {
    let demo = clinic(&["demo"]);
    assert_eq!(demo.code, 0, "{}", demo.err);
    holds("demo.txt", &demo.out);
}

#[test]
fn the_demo_fits_a_narrow_terminal() {
    let demo = clinic(&["demo", "--width", "80"]);
    assert_eq!(demo.code, 0, "{}", demo.err);
    let widest = demo.out.lines().map(|line| line.chars().count()).max();
    assert_eq!(widest, Some(80));
    holds("demo-80.txt", &demo.out);
}

/// The days are the same on every machine, and in a debug build as in a release.
#[test]
fn a_simulation_is_the_same_every_time() {
    let words = ["simulate", "--days", "30", "--story"];
    let [once, again] = [clinic(&words), clinic(&words)];
    assert_eq!(once.code, 0, "{}", once.err);
    assert!(once.out == again.out, "one seed, two stories");
    // The report has a digest of the stories.
    holds("simulate.json", &clinic(&["simulate", "--days", "30", "--format", "json"]).out);
}

#[test]
fn the_help_teaches_the_same_every_time() {
    let commands = [
        "",
        "serve",
        "init",
        "reset-password",
        "config",
        "config show",
        "demo",
        "run",
        "board",
        "rooms",
        "visits",
        "timeline",
        "waits",
        "log",
        "import",
        "verify",
        "backup",
        "restore",
        "seal-key",
        "bench",
        "simulate",
    ];
    let all: Vec<String> = commands
        .iter()
        .map(|command| {
            let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
            let help = clinic(&words);
            assert_eq!(help.code, 0, "{}", help.err);
            format!("$ clinic {}\n{}\n", words.join(" "), help.out)
        })
        .collect();
    holds("help.txt", &all.concat());
}
