//! Planted faults: deliberate mistakes, each of which something has to see, and within a minute.
//!
//! A test that has never failed proves little. Here rules, folds, logs and ports are wrong in one way
//! each, as people make them wrong, and the eyes that watch the clinic are asked whether they see it.
//! `docs/testing.md` says which saw what.

mod bent;
mod eyes;
mod folds;
mod logs;
mod rules;

use std::time::{Duration, Instant};

/// Looks for a fault on one day after another until something sees it.
///
/// # Panics
/// If nothing sees it within a minute, or something else is seen than one of `by`.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "how fast a fault is seen is what is promised")]
#[expect(clippy::print_stdout, reason = "and what sees it is worth reading")]
fn hunt(fault: &str, by: &[&str], mut look: impl FnMut(u64) -> Result<(), String>) {
    let began = Instant::now();
    for day in 0.. {
        let seen = look(day);
        let took = began.elapsed();
        assert!(took < Duration::from_mins(1), "{fault}: nothing has seen it in {day} days");
        if let Err(what) = seen {
            println!("{fault}: seen on day {}, in {} ms: {what}", day + 1, took.as_millis());
            let seen = by.iter().any(|words| what.contains(words));
            assert!(seen, "{fault}: expected {by:?}, but seen was: {what}");
            return;
        }
    }
}
