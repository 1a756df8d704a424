//! What can be asked for, and the steps that answer it.

use crate::step::Step;

/// What `cargo xtask help` prints, and what follows a usage mistake.
pub(crate) const HELP: &str = "\
usage: cargo xtask <task>

  test [--long] [--no-install]
            every test: units, integration, documentation examples; then builds
            clinic-domain without its default features and checks that neither
            tokio nor cqrs-es is left in it
      --long        sets CLINIC_LONG=1: randomised tests run all their rounds
      --no-install  installs nothing (nothing has to be installed yet)
  bench     the release benchmark: decisions per second on one core
  ci        formatting, lints, documentation, then `test`: all that a change must pass
  help      this text

exit codes: 0 all steps passed, 1 a step failed, 2 the command line was not understood
";

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The whole test suite.
    Test {
        /// Whether randomised tests run all their rounds.
        long: bool,
    },
    /// The release benchmark.
    Bench,
    /// Everything a change must pass.
    Ci,
    /// The help text.
    Help,
}

impl Task {
    /// Reads the words after `cargo xtask`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut words = words.iter().map(String::as_str);
        let Some(name) = words.next() else {
            return Err("no task given".into());
        };
        match name {
            "test" => Self::parse_test(words),
            "bench" => Self::Bench.alone(words),
            "ci" => Self::Ci.alone(words),
            "help" | "--help" | "-h" => Self::Help.alone(words),
            unknown => Err(format!("no task is called `{unknown}`")),
        }
    }

    /// The commands and checks of the task, in order.
    pub(crate) fn steps(self) -> Vec<Step> {
        match self {
            Self::Test { long } => test_steps(long),
            Self::Bench => vec![bench()],
            Self::Ci => {
                let mut steps = static_steps();
                steps.extend(test_steps(false));
                steps
            }
            Self::Help => vec![],
        }
    }

    fn parse_test<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut long = false;
        for word in words {
            match word {
                "--long" => long = true,
                // Accepted from the start, so that a script which must not install keeps its
                // meaning on the day when the list in `test_steps` is no longer empty.
                "--no-install" => {}
                unknown => return Err(format!("`test` has no option `{unknown}`")),
            }
        }
        Ok(Self::Test { long })
    }

    fn alone<'a>(self, mut words: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        match words.next() {
            None => Ok(self),
            Some(extra) => Err(format!("`{extra}` is one word too many")),
        }
    }
}

/// Formatting, lints and documentation. `.ci/run` runs the same commands; a test compares them.
fn static_steps() -> Vec<Step> {
    vec![
        Step::cargo("format", &["fmt", "--all", "--check"]),
        Step::cargo(
            "lints",
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        ),
        Step::cargo(
            "lints of the bare domain",
            &[
                "clippy",
                "-p",
                "clinic-domain",
                "--no-default-features",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        ),
        Step::cargo("documentation", &["doc", "--workspace", "--no-deps", "--locked"])
            .with_env("RUSTDOCFLAGS", "-D warnings"),
    ]
}

fn test_steps(long: bool) -> Vec<Step> {
    // What the tests need besides cargo and a C compiler will be listed and installed here, before
    // the first step. The list is empty: no test needs a program from outside yet.
    let tests = Step::cargo("tests", &["test", "--workspace", "--locked"]);
    vec![
        if long { tests.with_env("CLINIC_LONG", "1") } else { tests },
        Step::cargo(
            "bare domain builds",
            &["build", "-p", "clinic-domain", "--no-default-features", "--locked"],
        ),
        Step::cargo(
            "bare domain is bare",
            &[
                "tree",
                "-p",
                "clinic-domain",
                "--no-default-features",
                "-e",
                "normal",
                "--locked",
                "--prefix",
                "none",
            ],
        )
        .must_not_list(&["tokio", "cqrs-es"]),
    ]
}

fn bench() -> Step {
    Step::cargo(
        "benchmark",
        &[
            "run",
            "--release",
            "--locked",
            "-p",
            "clinic-examples",
            "--example",
            "decisions_per_second",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, String> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        Task::parse(&words)
    }

    #[test]
    fn each_task_is_understood() {
        assert_eq!(parse("test"), Ok(Task::Test { long: false }));
        assert_eq!(parse("test --no-install --long"), Ok(Task::Test { long: true }));
        assert_eq!(parse("bench"), Ok(Task::Bench));
        assert_eq!(parse("ci"), Ok(Task::Ci));
        assert_eq!(parse("help"), Ok(Task::Help));
    }

    #[test]
    fn a_mistake_is_named_and_nothing_is_guessed() {
        assert_eq!(parse(""), Err("no task given".into()));
        assert_eq!(parse("tset"), Err("no task is called `tset`".into()));
        assert_eq!(parse("test --lnog"), Err("`test` has no option `--lnog`".into()));
        assert_eq!(parse("ci now"), Err("`now` is one word too many".into()));
    }

    #[test]
    fn the_ci_script_runs_the_same_commands_as_the_ci_task() {
        let script = include_str!("../../.ci/run");
        for step in static_steps() {
            let command = step.shown();
            assert!(script.contains(&command), ".ci/run lacks `{command}`");
        }
        assert!(script.contains("cargo xtask test"), ".ci/run lacks the tests");
    }
}
