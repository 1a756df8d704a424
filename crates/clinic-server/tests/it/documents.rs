//! What the documents and the help say is tried out.

use std::collections::BTreeSet;

use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::command::Action;
use clinic_domain::room::RoomRefusal;
use clinic_domain::transfer::TransferRefusal;
use clinic_domain::visit::VisitRefusal;

use crate::input::kebab;
use crate::support::{clinic, clinic_reading, day, read};

const DAY_FILE: &str = "../../docs/day-file.md";
const COMMAND_LINE: &str = "../../docs/command-line.md";
const EVERYTHING: &str = "tests/days/everything.jsonl";

/// All commands: the rules' actions, and what moves pages and time.
fn words() -> BTreeSet<String> {
    let actions = Action::NAMES.iter().map(|name| kebab(name));
    actions.chain(["connect", "disconnect", "wait"].map(str::to_owned)).collect()
}

#[test]
fn the_example_of_the_document_plays_as_it_says() {
    let document = read(DAY_FILE);
    let example = document.split("```jsonl\n").nth(1).and_then(|rest| rest.split("```").next());
    let ran = clinic_reading(&["run", "-"], example.expect("an example").as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("the first answer again"), "{}", ran.out);
}

#[test]
fn the_example_of_the_help_plays_as_it_says() {
    let help = clinic(&["run", "--help"]).out;
    let example: Vec<&str> = help.lines().filter(|line| line.starts_with("  {")).collect();
    assert_eq!(example.len(), 4);
    let ran = clinic_reading(&["run", "-"], example.join("\n").as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn the_document_lists_every_command_with_every_field() {
    let document = read(DAY_FILE);
    let common = ["at", "say", "id", "expect", "do", "clinic", "by"];
    for field in common {
        assert!(document.contains(&format!("\n| `{field}` |")), "{field}");
    }
    for word in words() {
        let row = document.lines().find(|line| line.starts_with(&format!("| `{word}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/day-file.md has no row for {word}"));
        // A field that no command has makes the program list those that this one has.
        let line = format!(r#"{{"do":"{word}","by":"member:ada","no-field":1}}"#);
        let ran = clinic_reading(&["run", "-"], day(&line).as_bytes());
        let list = ran.err.lines().find(|line| line.contains("\"no-field\""));
        let (_, fields) = list.and_then(|line| line.split_once("which has: ")).expect("a list");
        for field in fields.split(", ").filter(|field| !common.contains(field)) {
            assert!(row.contains(&format!("`{field}`")), "{word}: no `{field}` in: {row}");
        }
    }
}

#[test]
fn the_limits_of_the_document_are_those_of_the_code() {
    let (document, limits) = (read(DAY_FILE), read("src/limits.rs"));
    for (shown, coded) in [
        ("16 MiB, and 10,000 lines", "FILE_BYTES: usize = 16 * 1024 * 1024"),
        ("16 MiB, and 10,000 lines", "LINES: usize = 10_000"),
        ("| a line | 64 KiB |", "LINE_BYTES: usize = 64 * 1024"),
        ("| 7 days |", "DAY_SPAN: Millis = Millis::minutes(7 * 24 * 60)"),
        ("| a handle, an `id` | 63 bytes |", "HANDLE_BYTES: usize = 63"),
        ("| `say` | 240 characters |", "SAY_CHARS: usize = 240"),
        ("| a passcode | 100 characters |", "PASSCODE_CHARS: usize = 100"),
        ("up to 20 problems", "PROBLEMS: usize = 20"),
    ] {
        assert!(document.contains(shown) && limits.contains(coded), "{shown}: {coded}");
    }
}

#[test]
fn the_document_lists_every_refusal_that_a_line_may_expect() {
    let document = read(DAY_FILE);
    let refusals = document.split("\n## Refusals\n").nth(1).expect("the refusals");
    let listed: BTreeSet<&str> = refusals.split('`').skip(1).step_by(2).collect();
    let of = |aggregate: &str, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("{aggregate}.{name}")).collect()
    };
    let whole = ["CommandReused", "NobodyToCall", "Throttled", "NoSuchClinic", "NotThere"];
    let mut paths: Vec<String> = whole.map(str::to_owned).to_vec();
    paths.extend(of("Clinic", ClinicRefusal::NAMES));
    paths.extend(of("Room", RoomRefusal::NAMES));
    paths.extend(of("Visit", VisitRefusal::NAMES).into_iter().filter(|path| path != "Visit.Room"));
    paths.extend(of("Transfer", TransferRefusal::NAMES));
    for path in paths {
        assert!(listed.contains(path.as_str()), "docs/day-file.md does not list {path}");
        let line = format!(r#"{{"do":"wait","expect":"{path}"}}"#);
        let ran = clinic_reading(&["run", "-"], day(&line).as_bytes());
        assert_eq!(ran.code, 1, "{path}: {}", ran.err); // it may be expected, and did not happen
    }
}

#[test]
fn the_document_lists_the_columns_of_every_csv() {
    let document = read(COMMAND_LINE);
    for words in [
        vec!["board"],
        vec!["rooms"],
        vec!["visits"],
        vec!["timeline", "maria"],
        vec!["waits"],
        vec!["log"],
        vec!["verify"],
    ] {
        let row = document.lines().rfind(|line| line.starts_with(&format!("| `{}` |", words[0])));
        let words: Vec<&str> = words.iter().copied().chain(["--format", "csv"]).collect();
        let header = clinic(&words).out.lines().next().unwrap_or_default().replace('"', "");
        for column in header.split(',') {
            assert!(row.is_some_and(|row| row.contains(&format!("`{column}`"))), "{column}");
        }
    }
}

#[test]
fn the_document_lists_every_command_and_no_other() {
    let document = read(COMMAND_LINE);
    let listed: BTreeSet<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `clinic "))
        .filter_map(|rest| rest.split(['`', ' ']).next())
        .chain(["serve", "help"])
        .collect();
    let help = clinic(&["--help"]).out;
    let commands = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let commands = commands.expect("a list of commands").lines();
    let commands: BTreeSet<&str> =
        commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(commands, listed);
}

#[test]
fn a_day_with_every_command_comes_to_what_it_expects() {
    let everything = read(EVERYTHING);
    for word in words() {
        assert!(everything.contains(&format!("\"do\":\"{word}\"")), "{word} is not tried");
    }
    let ran = clinic(&["run", EVERYTHING]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let verified = clinic(&["verify", "--day", EVERYTHING]);
    assert_eq!(verified.code, 0, "{}", verified.out);
}
