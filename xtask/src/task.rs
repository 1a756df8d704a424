//! What can be asked for, and the steps that answer it.

use crate::axe;
use crate::step::Step;
use crate::tools::{self, Install, Tool};

/// What `cargo xtask help` prints, and what follows a usage mistake.
pub(crate) const HELP: &str = "\
usage: cargo xtask <task>

  test [--long] [--no-install]
            every test: units, integration, documentation examples; then builds
            clinic-domain without its default features and checks that neither
            tokio nor cqrs-es is left in it. Tests start Postgres, strace and chromium;
            where they are missing and there is apt, they are installed first, as root
            or by `sudo -n`. axe-core comes by npm, into a node_modules beside the tests
      --long        sets CLINIC_LONG=1: randomised tests run all their rounds;
                    then does what fuzz-api does
      --no-install  installs nothing: says what is missing and what to type
  fuzz-api  fuzzes a real `clinic serve` over HTTP with schemathesis, from a fixed seed, as
            a patient, a receptionist, an admin, and whoever signs in. It is installed with
            pip into target/fuzz/venv, and python3-venv with apt where that is missing.
            What was answered stays in target/fuzz/run; docs/testing.md says more
  bench     the release benchmarks: decisions per second on one core; then visits on
            a SQLite log in target/bench, which is made anew
  ci        formatting, lints, documentation, then `test`: all that a change must pass
  help      this text

exit codes: 0 all steps passed, 1 a step failed, 2 nothing ran: the command line was
not understood, or a program that the tests need is missing
";

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// The whole test suite.
    Test {
        /// Whether randomised tests run all their rounds.
        long: bool,
        /// Whether programs that are missing may be installed.
        install: Install,
    },
    /// The program over HTTP, fuzzed.
    FuzzApi,
    /// The release benchmarks.
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
            "fuzz-api" => Self::FuzzApi.alone(words),
            "bench" => Self::Bench.alone(words),
            "ci" => Self::Ci.alone(words),
            "help" | "--help" | "-h" => Self::Help.alone(words),
            unknown => Err(format!("no task is called `{unknown}`")),
        }
    }

    /// The commands and checks of the task, in order.
    pub(crate) fn steps(self) -> Vec<Step> {
        match self {
            Self::Test { long: false, install } => test_steps(false, install),
            Self::Test { long: true, install } => {
                let mut steps = test_steps(true, install);
                steps.extend(fuzz_steps());
                steps
            }
            Self::FuzzApi => fuzz_steps(),
            Self::Bench => bench_steps(),
            Self::Ci => {
                let mut steps = static_steps();
                steps.extend(test_steps(false, Install::Missing));
                steps
            }
            Self::Help => vec![],
        }
    }

    /// The programs from outside that the task starts.
    pub(crate) fn tools(self) -> &'static [Tool] {
        match self {
            Self::Test { long: true, install: _ } => tools::FOR_LONG_TESTS,
            Self::Test { long: false, install: _ } | Self::Ci => tools::FOR_TESTS,
            Self::FuzzApi => tools::FOR_FUZZING,
            Self::Bench | Self::Help => &[],
        }
    }

    /// Whether those that are missing may be installed.
    pub(crate) fn install(self) -> Install {
        match self {
            Self::Test { install, long: _ } => install,
            Self::FuzzApi | Self::Ci | Self::Bench | Self::Help => Install::Missing,
        }
    }

    /// Whether axe-core has to be there already, as no step may install it.
    pub(crate) fn needs_axe(self) -> bool {
        match self {
            Self::Test { install: Install::Nothing, long: _ } => WITH_BROWSERS,
            Self::Test { install: Install::Missing, long: _ }
            | Self::FuzzApi
            | Self::Ci
            | Self::Bench
            | Self::Help => false,
        }
    }

    fn parse_test<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let (mut long, mut install) = (false, Install::Missing);
        for word in words {
            match word {
                "--long" => long = true,
                "--no-install" => install = Install::Nothing,
                unknown => return Err(format!("`test` has no option `{unknown}`")),
            }
        }
        Ok(Self::Test { long, install })
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

/// Tests in browsers are for Linux, as are the programs that they need.
const WITH_BROWSERS: bool = cfg!(target_os = "linux");

fn test_steps(long: bool, install: Install) -> Vec<Step> {
    let axe = match install {
        Install::Missing if WITH_BROWSERS => Some(axe::step()),
        Install::Missing | Install::Nothing => None,
    };
    let tests = Step::cargo("tests", &["test", "--workspace", "--locked"]);
    let steps = [
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
    ];
    axe.into_iter().chain(steps).collect()
}

/// The versions are pinned, for another one makes other requests of one seed.
fn fuzz_steps() -> Vec<Step> {
    const PYTHON: &str = "target/fuzz/venv/bin/python";
    vec![
        Step::program("place for schemathesis", "python3", &["-m", "venv", "target/fuzz/venv"]),
        Step::program(
            "schemathesis",
            PYTHON,
            &["-m", "pip", "install", "--quiet", "-r", "tests/fuzz/requirements.txt"],
        ),
        Step::cargo("program", &["build", "-p", "clinic-server", "--locked"]),
        Step::program("fuzzing", PYTHON, &["tests/fuzz/fuzz_api.py", "target/fuzz/run"])
            .with_env("PYTHONDONTWRITEBYTECODE", "1"),
    ]
}

fn bench_steps() -> Vec<Step> {
    vec![
        Step::cargo(
            "decisions",
            &[
                "run",
                "--release",
                "--locked",
                "-p",
                "clinic-examples",
                "--example",
                "decisions_per_second",
            ],
        ),
        Step::cargo(
            "visits on a SQLite log",
            &[
                "run",
                "--release",
                "--locked",
                "-p",
                "clinic-server",
                "--",
                "bench",
                "--log",
                "sqlite:target/bench/clinic.db",
            ],
        )
        .without("target/bench"),
    ]
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
        let test = |long, install| Ok(Task::Test { long, install });
        assert_eq!(parse("test"), test(false, Install::Missing));
        assert_eq!(parse("test --long"), test(true, Install::Missing));
        assert_eq!(parse("test --no-install --long"), test(true, Install::Nothing));
        assert_eq!(parse("fuzz-api"), Ok(Task::FuzzApi));
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
    fn only_tests_and_fuzzing_need_programs_from_outside_and_only_no_install_forbids_to_get_them() {
        for (line, tools, install) in [
            ("test", tools::FOR_TESTS, Install::Missing),
            ("test --no-install", tools::FOR_TESTS, Install::Nothing),
            ("test --long", tools::FOR_LONG_TESTS, Install::Missing),
            ("fuzz-api", tools::FOR_FUZZING, Install::Missing),
            ("ci", tools::FOR_TESTS, Install::Missing),
            ("bench", &[], Install::Missing),
            ("help", &[], Install::Missing),
        ] {
            let task = parse(line).expect("it is understood");
            assert_eq!((task.tools(), task.install()), (tools, install), "{line}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn axe_core_is_installed_by_a_step_or_has_to_be_there() {
        for (line, step, needs) in [
            ("test", true, false),
            ("test --long", true, false),
            ("ci", true, false),
            ("test --no-install", false, true),
            ("test --long --no-install", false, true),
            ("fuzz-api", false, false),
        ] {
            let task = parse(line).expect("it is understood");
            let installs = task.steps().iter().any(|step| step.name == "axe-core");
            assert_eq!((installs, task.needs_axe()), (step, needs), "{line}");
        }
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
