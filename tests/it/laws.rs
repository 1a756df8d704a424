//! The laws of `clinic-testkit`, held on random days: the great run, and what it rests on.
//!
//! `CLINIC_LONG=1` makes ten times as many rounds. `CLINIC_SEED=n` begins elsewhere; a failure prints
//! the seed, and the day that fails, as short as it can be made.

mod found;
mod precedence;
mod same;
mod saved;
mod sharp;
mod tally;
mod total;

use std::env;

use clinic_testkit::day::{Day, day};
use clinic_testkit::laws::Watch;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};
use tally::Tally;

/// Commands of the great run.
const COMMANDS: usize = 100_000;
/// How often each event and each refusal has to occur.
const TIMES: usize = 50;

/// Whole days from one seed. Conservation is compared after every single event; every decision is
/// held to its laws; what costs a copy of the whole state is done after every eighth command.
#[test]
fn a_hundred_thousand_commands_hold_every_law() {
    let seed = seed();
    let mut runner = runner(seed);
    let mut tally = Tally::default();
    while tally.commands < COMMANDS * rounds() {
        let day = next(&mut runner);
        tally.days += 1;
        let count = |command: &_, origin, answer: &_| tally.count(command, origin, answer);
        if let Err(violation) = Watch::day_with(&day, count) {
            let day = day.shrunk(|day| Watch::broken(day, violation.law).is_some());
            let violation = Watch::broken(&day, violation.law).unwrap_or(violation);
            panic!("seed {seed}, day {}: {violation}\n{}\n{day:?}", tally.days, day.story());
        }
    }
    println!("seed {seed}: {tally}");
    let rare: Vec<_> = tally.names().into_iter().filter(|(_, times)| *times < TIMES).collect();
    assert!(rare.is_empty(), "seed {seed}: less than {TIMES} times: {rare:?}\n{tally}");
    assert!(tally.granted * 2 >= tally.commands, "seed {seed}: less than half granted\n{tally}");
}

fn next(runner: &mut TestRunner) -> Day {
    day().new_tree(runner).expect("a day is never refused").current()
}

/// The same days for the same seed, on every machine.
pub(crate) fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(config(1), rng)
}

/// Nothing is written to disk: a seed, or a shrunk day, is a test to be added.
pub(crate) fn config(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(seed());
    let max_shrink_iters = 4_000;
    Config { cases, failure_persistence: None, max_shrink_iters, rng_seed, ..Config::default() }
}

pub(crate) fn rounds() -> usize {
    if env::var_os("CLINIC_LONG").is_some_and(|value| value == "1") { 10 } else { 1 }
}

pub(crate) fn seed() -> u64 {
    env::var("CLINIC_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}
