//! One step of a task: a command, and what its output must not list.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

const CARGO: &str = "cargo";

/// A command with a name that progress lines show.
#[derive(Debug)]
pub(crate) struct Step {
    /// What the step is for, in a word or three.
    pub(crate) name: &'static str,
    program: &'static str,
    args: &'static [&'static str],
    env: Option<(&'static str, &'static str)>,
    forbidden: &'static [&'static str],
    /// A folder that must not be there at the start.
    without: Option<&'static str>,
    /// When there is nothing to do.
    unless: Option<fn() -> bool>,
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it is for.
    Passed,
    /// It did not, for this reason.
    Failed(String),
}

impl Step {
    /// A step that runs cargo with `args`.
    pub(crate) const fn cargo(name: &'static str, args: &'static [&'static str]) -> Self {
        Self::program(name, CARGO, args)
    }

    /// A step that runs a program, found from the root of the workspace, with `args`.
    pub(crate) const fn program(
        name: &'static str,
        program: &'static str,
        args: &'static [&'static str],
    ) -> Self {
        Self { name, program, args, env: None, forbidden: &[], without: None, unless: None }
    }

    /// The same step with one environment variable set.
    pub(crate) const fn with_env(mut self, key: &'static str, value: &'static str) -> Self {
        self.env = Some((key, value));
        self
    }

    /// The same step, which fails if a line of its output begins with one of these words.
    pub(crate) const fn must_not_list(mut self, forbidden: &'static [&'static str]) -> Self {
        self.forbidden = forbidden;
        self
    }

    /// The same step, which begins without this folder.
    pub(crate) const fn without(mut self, folder: &'static str) -> Self {
        self.without = Some(folder);
        self
    }

    /// The same step, which has nothing to do where this holds.
    pub(crate) const fn unless(mut self, done: fn() -> bool) -> Self {
        self.unless = Some(done);
        self
    }

    /// The command as one would type it.
    pub(crate) fn shown(&self) -> String {
        let env = self.env.map(|(key, value)| format!("{key}={} ", quoted(value)));
        format!("{}{} {}", env.unwrap_or_default(), self.program, self.args.join(" "))
    }

    /// Runs the command at the root of the workspace.
    pub(crate) fn run(&self) -> Outcome {
        if self.unless.is_some_and(|done| done()) {
            return Outcome::Passed;
        }
        if let Some(folder) = self.without.map(|folder| root().join(folder))
            && let Err(error) = std::fs::remove_dir_all(&folder)
            && error.kind() != ErrorKind::NotFound
        {
            return Outcome::Failed(format!("{} stays: {error}", folder.display()));
        }
        // The cargo that started this program, so that `cargo +version xtask` stays with it.
        let cargo = std::env::var_os("CARGO").filter(|_| self.program == CARGO);
        let program = cargo.unwrap_or_else(|| found(self.program));
        let mut command = Command::new(program);
        command.args(self.args).current_dir(root());
        if let Some((key, value)) = self.env {
            command.env(key, value);
        }
        let capture = !self.forbidden.is_empty();
        command.stdout(if capture { Stdio::piped() } else { Stdio::inherit() });
        match command.stderr(Stdio::inherit()).output() {
            Err(error) => Outcome::Failed(format!("{} did not start: {error}", self.program)),
            Ok(output) if !output.status.success() => {
                Outcome::Failed(format!("{} ended with {}", self.program, output.status))
            }
            Ok(output) if capture => {
                lists_none_of(self.forbidden, &String::from_utf8_lossy(&output.stdout))
            }
            Ok(_) => Outcome::Passed,
        }
    }
}

/// Passes unless a line of `listing` begins with a forbidden word.
fn lists_none_of(forbidden: &[&str], listing: &str) -> Outcome {
    let first_words = listing.lines().filter_map(|line| line.split_whitespace().next());
    let found: Vec<&str> = first_words.filter(|word| forbidden.contains(word)).collect();
    if listing.trim().is_empty() {
        Outcome::Failed("the listing is empty, so it proves nothing".into())
    } else if found.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(format!("must not be there, and is: {}", found.join(", ")))
    }
}

/// A program by its name, or where its path leads from the root.
fn found(program: &str) -> OsString {
    if program.contains('/') { root().join(program).into() } else { program.into() }
}

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn quoted(value: &str) -> String {
    if value.contains(' ') { format!("\"{value}\"") } else { value.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORBIDDEN: &[&str] = &["tokio", "cqrs-es"];

    #[test]
    fn a_listing_without_forbidden_words_passes() {
        let listing = "clinic-domain v0.0.0 (crates/clinic-domain)\ntokio-free v1.0.0\n";
        assert_eq!(lists_none_of(FORBIDDEN, listing), Outcome::Passed);
    }

    #[test]
    fn a_forbidden_word_fails_and_is_named() {
        let listing = "clinic-domain v0.0.0\ncqrs-es v0.5.0\ntokio v1.54.1\n";
        let expected = Outcome::Failed("must not be there, and is: cqrs-es, tokio".into());
        assert_eq!(lists_none_of(FORBIDDEN, listing), expected);
    }

    #[test]
    fn an_empty_listing_fails() {
        assert_ne!(lists_none_of(FORBIDDEN, "\n"), Outcome::Passed);
    }

    #[test]
    fn a_step_with_nothing_to_do_does_not_run() {
        let step = Step::program("fail", "false", &[]);
        assert_ne!(step.run(), Outcome::Passed);
        assert_eq!(step.unless(|| true).run(), Outcome::Passed);
        assert_ne!(Step::program("fail", "false", &[]).unless(|| false).run(), Outcome::Passed);
    }

    #[test]
    fn a_step_is_shown_as_one_would_type_it() {
        let step = Step::cargo("documentation", &["doc"]).with_env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(step.shown(), "RUSTDOCFLAGS=\"-D warnings\" cargo doc");
        assert_eq!(Step::program("list", "ls", &["-a"]).shown(), "ls -a");
    }
}
