//! The house keeps its shape: floors, absences, files and documents.
//!
//! Each test reads the workspace as it stands (manifests through `cargo metadata`, sources,
//! documents) and names every offender at once, by file and line.

mod code;
mod pages;
mod workspace;

use std::collections::BTreeSet;

use code::{attributes, code, first_word, has_word, words};
use workspace::{all_sources, entries, file_name, packages, read, root, shown, sources};

/// One crate and what its normal and build dependencies may be.
struct Allowed {
    name: &'static str,
    ours: &'static [&'static str],
    others: Others,
}

enum Others {
    Any,
    Only(&'static [&'static str]),
}

/// The floors. A new row needs a decision record.
const HOUSE: &[Allowed] = &[
    Allowed {
        name: "clinic-domain",
        ours: &[],
        others: Others::Only(&[
            "chrono",
            "chrono-tz",
            CQRS,
            "serde",
            "thiserror",
            "unicode-normalization",
            "uuid",
        ]),
    },
    Allowed {
        name: "clinic-projections",
        ours: &["clinic-domain"],
        others: Others::Only(&["chrono", "serde"]),
    },
    Allowed {
        name: "clinic-engine",
        ours: &["clinic-domain", "clinic-projections"],
        others: Others::Any,
    },
    Allowed {
        name: TESTKIT,
        ours: &["clinic-domain", "clinic-projections", "clinic-engine"],
        others: Others::Any,
    },
    Allowed {
        name: "clinic-sqlite",
        ours: &["clinic-domain", "clinic-projections", "clinic-engine"],
        others: Others::Any,
    },
    Allowed {
        name: "clinic-postgres",
        ours: &["clinic-domain", "clinic-projections", "clinic-engine"],
        others: Others::Any,
    },
    Allowed {
        name: "clinic-http",
        ours: &["clinic-domain", "clinic-projections", "clinic-engine"],
        others: Others::Any,
    },
    Allowed {
        name: "clinic-interop",
        ours: &["clinic-domain", "clinic-projections", "clinic-engine"],
        others: Others::Any,
    },
    Allowed {
        name: "clinic-server",
        ours: &[
            "clinic-domain",
            "clinic-projections",
            "clinic-engine",
            "clinic-http",
            "clinic-interop",
            "clinic-postgres",
            "clinic-sqlite",
            TESTKIT, // for `clinic simulate` alone: ADR 0019
        ],
        others: Others::Any,
    },
    Allowed { name: "xtask", ours: &[], others: Others::Only(&[]) },
    // These two hold only tests and examples, so all that they use is a dev-dependency.
    Allowed { name: "clinic-tests", ours: &[], others: Others::Only(&[]) },
    Allowed { name: "clinic-examples", ours: &[], others: Others::Only(&[]) },
];

const TESTKIT: &str = "clinic-testkit";
const CQRS: &str = "cqrs-es";
const PURE: [&str; 2] = ["clinic-domain", "clinic-projections"];

/// Crates that must not know how anything is stored or served, tests included.
const BELOW_THE_STORES: [&str; 4] =
    ["clinic-domain", "clinic-projections", "clinic-engine", TESTKIT];
const STORES_AND_SERVERS: [&str; 4] = ["axum", "postgres-es", "rusqlite", "sqlx"];

/// Words whose presence in a pure crate would let two runs of one log differ.
const IMPURE: [&str; 10] = [
    "std::time",
    "core::time",
    "SystemTime",
    "Instant",
    "HashMap",
    "HashSet",
    "rand",
    "getrandom",
    "f32",
    "f64",
];

/// Lints that the pure crates deny in `lib.rs`, since a manifest cannot extend the workspace's.
const PURE_LINTS: [&str; 6] = [
    "clippy::panic",
    "clippy::expect_used",
    "clippy::indexing_slicing",
    "clippy::arithmetic_side_effects",
    "clippy::as_conversions",
    "clippy::float_arithmetic",
];

const FILE_LINES_MAX: usize = 600;
const ARCHITECTURE_LINES_MAX: usize = 200;
const DECISION_LINES_MAX: usize = 60;

const TOP_LEVEL: [&str; 15] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "crates",
    "data",
    "docs",
    "examples",
    "justfile",
    "target",
    "tests",
    "xtask",
];

#[test]
fn every_crate_has_a_floor_and_every_floor_a_crate() {
    let floors: BTreeSet<&str> = HOUSE.iter().map(|allowed| allowed.name).collect();
    let packages = packages();
    let crates: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(crates, floors, "left: the workspace's crates; right: the floors of this test");
}

#[test]
fn arrows_point_down() {
    let mut offenders = Vec::new();
    for package in packages() {
        let Some(allowed) = HOUSE.iter().find(|allowed| allowed.name == package.name) else {
            continue;
        };
        for used in package.dependencies.iter().filter(|used| !used.dev) {
            let name = used.name.as_str();
            let ours = HOUSE.iter().any(|allowed| allowed.name == name);
            let fine = match (&allowed.others, ours) {
                (_, true) => allowed.ours.contains(&name),
                (Others::Any, false) => true,
                (Others::Only(names), false) => names.contains(&name),
            };
            if !fine {
                offenders.push(format!("{} may not use {name}", package.manifest));
            }
        }
    }
    assert_none("dependencies against the floors", &offenders);
}

#[test]
fn the_domain_can_be_built_without_cqrs_es() {
    let domain = packages().into_iter().find(|package| package.name == "clinic-domain");
    let domain = domain.expect("the workspace has clinic-domain");
    let cqrs = domain.dependencies.iter().find(|used| used.name == CQRS && !used.dev);
    assert!(
        cqrs.is_some_and(|used| used.optional),
        "{}: {CQRS} is to be an optional dependency",
        domain.manifest
    );
}

#[test]
fn nothing_below_the_stores_names_a_store_or_a_server() {
    let mut offenders = Vec::new();
    for package in packages() {
        if !BELOW_THE_STORES.contains(&package.name.as_str()) {
            continue;
        }
        for used in &package.dependencies {
            if STORES_AND_SERVERS.contains(&used.name.as_str()) {
                offenders.push(format!("{} names {}", package.manifest, used.name));
            }
        }
    }
    assert_none("stores and servers below their floor", &offenders);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let mut offenders = Vec::new();
    for package in packages() {
        let manifest = read(&root().join(&package.manifest));
        let table = manifest.contains("[lints]\nworkspace = true");
        if !table && !manifest.contains("lints.workspace = true") {
            offenders.push(package.manifest);
        }
    }
    assert_none("manifests without the workspace's lints", &offenders);
}

#[test]
fn the_crate_outside_the_workspace_repeats_its_lints() {
    let manifest = read(&root().join("Cargo.toml"));
    let own = read(&root().join("benches/stock/Cargo.toml"));
    let mut offenders = Vec::new();
    for table in ["rust", "clippy"] {
        let (_, rules) = manifest
            .split_once(&format!("[workspace.lints.{table}]\n"))
            .expect("the workspace has lints of both kinds");
        let rules = rules.lines().take_while(|line| !line.starts_with('['));
        let rules = rules.filter(|line| !line.starts_with('#') && !line.is_empty());
        let lacking = rules.filter(|line| !own.lines().any(|own| own == *line));
        offenders.extend(lacking.map(str::to_owned));
    }
    assert_none("lints that benches/stock/Cargo.toml lacks", &offenders);
}

#[test]
fn only_the_shell_of_the_domain_knows_cqrs_es() {
    let mut offenders = Vec::new();
    for source in sources("crates/clinic-domain/src") {
        if source.path != "crates/clinic-domain/src/cqrs.rs" {
            offenders.extend(source.lines_with("cqrs_es"));
        }
    }
    assert_none("cqrs_es outside cqrs.rs", &offenders);
}

#[test]
fn the_pure_crates_know_no_clock_chance_float_or_hash_order() {
    let mut offenders = Vec::new();
    for pure in PURE {
        for source in sources(&format!("crates/{pure}/src")) {
            offenders.extend(IMPURE.iter().flat_map(|word| source.lines_with(word)));
        }
    }
    assert_none("impure words in pure crates", &offenders);
}

#[test]
fn the_pure_crates_deny_what_can_panic_or_round() {
    let mut offenders = Vec::new();
    for pure in PURE {
        let path = format!("crates/{pure}/src/lib.rs");
        let code = code(&read(&root().join(&path)));
        let denied = |lint| {
            attributes(&code).any(|(_, text)| has_word(text, "deny") && has_word(text, lint))
        };
        for lint in PURE_LINTS {
            if !denied(lint) {
                offenders.push(format!("{path} does not deny {lint}"));
            }
        }
    }
    assert_none("lints that lib.rs is to deny", &offenders);
}

#[test]
fn the_clippy_files_of_the_pure_crates_repeat_the_common_one() {
    let common = read(&root().join(".clippy.toml"));
    let mut offenders = Vec::new();
    for pure in PURE {
        let path = format!("crates/{pure}/.clippy.toml");
        let own = read(&root().join(&path));
        let rules = common.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        for line in rules.filter(|line| !own.lines().any(|own| own == *line)) {
            offenders.push(format!("{path} lacks: {}", line.trim()));
        }
    }
    assert_none("rules that clippy would not see in the pure crates", &offenders);
}

#[test]
fn commands_are_never_stored_so_they_cannot_be_serialised() {
    let mut offenders = Vec::new();
    let mut commands = 0_usize;
    for source in sources("crates/clinic-domain/src") {
        // An aggregate of several files keeps its commands in this one.
        if source.path.ends_with("/command.rs") {
            offenders.extend(source.lines_with("Serialize"));
        }
        for (at, keyword) in
            ["struct ", "enum "].iter().flat_map(|keyword| source.code.match_indices(keyword))
        {
            let name = first_word(&source.code[at + keyword.len()..]);
            if !["Command", "Act"].iter().any(|ending| name.ends_with(ending)) {
                continue;
            }
            commands += 1;
            // The attributes of an item stand between the end of the item before and its name.
            let start = source.code[..at].rfind(['}', ';']).unwrap_or(0);
            let by_hand = format!("Serialize for {name}");
            if has_word(&source.code[start..at], "Serialize") || source.code.contains(&by_hand) {
                offenders.push(format!("{}: {name} is Serialize", source.at(at)));
            }
        }
    }
    assert_ne!(commands, 0, "no command was found in clinic-domain: this test sees nothing");
    assert_none("commands that can be serialised", &offenders);
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut offenders = Vec::new();
    for source in all_sources() {
        let lines = source.code.lines().count();
        if lines > FILE_LINES_MAX {
            offenders.push(format!("{}: {lines} lines, at most {FILE_LINES_MAX}", source.path));
        }
    }
    assert_none("files too long", &offenders);
}

#[test]
fn no_test_is_ignored_and_no_work_is_left_open() {
    let mut offenders = Vec::new();
    for source in all_sources() {
        for (at, text) in attributes(&source.code) {
            if ["ignore", "should_panic"].contains(&first_word(text)) {
                offenders.push(format!("{}: #[{text}]", source.at(at)));
            }
        }
        for word in ["todo", "unimplemented"] {
            let called = |at: &usize| source.code[at + word.len()..].starts_with('!');
            for at in words(&source.code, word).filter(called) {
                offenders.push(format!("{}: {word}!", source.at(at)));
            }
        }
    }
    assert_none("ignored tests and open work", &offenders);
}

#[test]
fn every_exception_from_a_lint_gives_its_reason() {
    let mut offenders = Vec::new();
    for source in all_sources() {
        for (at, text) in attributes(&source.code) {
            let exception = ["expect", "allow"].into_iter().any(|word| {
                words(text, word).any(|start| text[start + word.len()..].starts_with('('))
            });
            if exception && !has_word(text, "reason") {
                offenders.push(format!("{}: #[{text}]", source.at(at)));
            }
        }
    }
    assert_none("exceptions without a reason", &offenders);
}

#[test]
fn the_code_map_names_every_crate_and_no_other() {
    let path = root().join("docs/ARCHITECTURE.md");
    let text = read(&path);
    let mapped: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    let packages = packages();
    let crates: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(mapped, crates, "left: the code map of docs/ARCHITECTURE.md; right: the workspace");
    let lines = text.lines().count();
    assert!(
        lines <= ARCHITECTURE_LINES_MAX,
        "docs/ARCHITECTURE.md: {lines} lines, at most {ARCHITECTURE_LINES_MAX}"
    );
}

#[test]
fn every_decision_record_has_its_number_and_its_five_headings() {
    let mut offenders = Vec::new();
    for (number, path) in (1..).zip(entries(&root().join("docs/adr"))) {
        let name = shown(&path);
        let text = read(&path);
        let headings: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let markdown = path.extension().is_some_and(|extension| extension == "md");
        if !markdown || !file_name(&path).starts_with(&format!("{number:04}-")) {
            offenders.push(format!("{name}: expected to be number {number:04}, in Markdown"));
        }
        if !text.starts_with(&format!("# {number:04}: ")) {
            offenders.push(format!("{name}: its title is to begin with `# {number:04}: `"));
        }
        if headings != ["Status", "Context", "Options", "Decision", "Consequences"] {
            offenders.push(format!("{name}: its headings are {headings:?}"));
        }
        if text.lines().count() > DECISION_LINES_MAX {
            offenders.push(format!("{name}: longer than {DECISION_LINES_MAX} lines"));
        }
    }
    assert_none("decision records out of form", &offenders);
}

#[test]
fn the_glossary_is_in_alphabetical_order() {
    let text = read(&root().join("docs/GLOSSARY.md"));
    let mut offenders = Vec::new();
    for table in text.split("\n## ") {
        let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
        let words: Vec<String> =
            rows.skip(1).filter_map(|row| Some(row.split_once(" |")?.0.to_lowercase())).collect();
        let pairs = words.windows(2).filter(|pair| pair[0] > pair[1]);
        offenders.extend(pairs.map(|pair| format!("{} stands before {}", pair[0], pair[1])));
    }
    assert_none("docs/GLOSSARY.md is out of order", &offenders);
}

#[test]
fn the_top_level_holds_only_what_is_known() {
    let mut offenders = Vec::new();
    for path in entries(root()) {
        let name = file_name(&path);
        if !name.starts_with('.') && !TOP_LEVEL.contains(&name) {
            offenders.push(name.to_owned());
        }
    }
    assert_none("unknown entries at the top level", &offenders);
}

#[track_caller]
fn assert_none(what: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{what}:\n  {}", offenders.join("\n  "));
}
