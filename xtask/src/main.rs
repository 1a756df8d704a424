//! The chores of this workspace, run as `cargo xtask <task>`.
//!
//! A task is a list of steps, and a step is one command or one check. The first step that fails
//! ends the task. There are no dependencies, so this program builds in a second on a fresh clone.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task runner talks on the terminal"
)]

mod axe;
mod step;
mod task;
mod tools;

use std::process::ExitCode;
use std::time::Duration;

use crate::step::{Outcome, Step};
use crate::task::{HELP, Task};

/// A step failed.
const FAILED: u8 = 1;
/// Nothing ran: the command line was not understood, or a program that the task needs is missing.
const UNREADY: u8 = 2;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match Task::parse(&words) {
        Ok(Task::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(task) => match ready(task) {
            Ok(()) => run(&task.steps()),
            Err(missing) => {
                eprintln!("xtask: {missing}");
                ExitCode::from(UNREADY)
            }
        },
        Err(mistake) => {
            eprintln!("xtask: {mistake}\n\n{HELP}");
            ExitCode::from(UNREADY)
        }
    }
}

/// Makes sure that everything is there which the steps do not bring themselves, and names all that is not.
fn ready(task: Task) -> Result<(), String> {
    let tools = tools::provide(task.tools(), task.install());
    let axe = if task.needs_axe() { axe::is_there() } else { Ok(()) };
    match (tools, axe) {
        (Err(tools), Err(axe)) => Err(format!("{tools}\nxtask: {axe}")),
        (tools, axe) => tools.and(axe),
    }
}

/// Runs the steps in order, saying which one runs and how long it took.
fn run(steps: &[Step]) -> ExitCode {
    let count = steps.len();
    let mut total = Duration::ZERO;
    for (number, step) in (1..).zip(steps) {
        println!("xtask [{number}/{count}] {}: {}", step.name, step.shown());
        let (outcome, took) = timed(|| step.run());
        total += took;
        match outcome {
            Outcome::Passed => println!("xtask [{number}/{count}] {}: ok, {took:.1?}", step.name),
            Outcome::Failed(why) => {
                eprintln!("xtask [{number}/{count}] {}: FAILED, {took:.1?}: {why}", step.name);
                return ExitCode::from(FAILED);
            }
        }
    }
    println!("xtask: all {count} steps ok, {total:.1?}");
    ExitCode::SUCCESS
}

/// Runs `work` and says how long it took.
#[expect(clippy::disallowed_methods, reason = "progress lines show real time; no rule reads it")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}
