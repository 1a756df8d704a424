//! axe-core, which the browser tests put into pages. npm installs it beside them, as their lock says.

use std::fs;
use std::path::Path;

use crate::step::{Step, root};

/// Where the lock is, and what npm makes of it.
const FOLDER: &str = "crates/clinic-server/tests/browser";
/// What npm keeps of what it has installed, from there.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// Installs it, unless it is there.
pub(crate) fn step() -> Step {
    Step::program(
        "axe-core",
        "npm",
        &["ci", "--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund"],
    )
    .unless(there)
}

/// # Errors
/// What is missing and what to type, if it is not there.
pub(crate) fn is_there() -> Result<(), String> {
    if there() { Ok(()) } else { Err(format!("missing: axe-core; {}", step().shown())) }
}

fn there() -> bool {
    let folder = root().join(FOLDER);
    has_all(&read(&folder.join("package-lock.json")), &read(&folder.join(INSTALLED)))
}

/// Whether everything that is locked is installed, in the very bytes that are locked.
fn has_all(locked: &str, installed: &str) -> bool {
    let digest = |line: &&str| line.trim_start().starts_with("\"integrity\"");
    let mut wanted = locked.lines().filter(digest).peekable();
    wanted.peek().is_some() && wanted.all(|line| installed.lines().any(|own| own == line))
}

/// What a file says; nothing, if there is none.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: &str = "a\n  \"integrity\": \"sha512-one\",\n  \"integrity\": \"sha512-two\"\n";

    #[test]
    fn it_is_there_when_every_locked_digest_is_installed() {
        assert!(has_all(LOCKED, LOCKED));
        assert!(!has_all(LOCKED, "  \"integrity\": \"sha512-one\",\n"));
        assert!(!has_all(LOCKED, ""));
    }

    #[test]
    fn a_lock_that_is_not_understood_is_never_there() {
        assert!(!has_all("", LOCKED));
        assert!(!has_all("{}", "{}"));
    }

    #[test]
    fn the_lock_of_the_browser_tests_is_understood_and_names_no_registry() {
        let lock = read(&root().join(FOLDER).join("package-lock.json"));
        assert!(has_all(&lock, &lock));
        assert!(!lock.contains("\"resolved\""), "{lock}");
    }
}
