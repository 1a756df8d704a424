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

/// Looks for a fault on one day after another until the eye sees it that is meant to: what it says of a
/// fault holds these words. What other eyes see is passed over.
///
/// # Panics
/// If that eye does not see it within a minute.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "how fast a fault is seen is what is promised")]
#[expect(clippy::print_stdout, reason = "and what sees it is worth reading")]
fn hunt(fault: &str, eye: &str, mut look: impl FnMut(u64) -> Result<(), String>) {
    let (began, mut others) = (Instant::now(), String::new());
    for day in 1.. {
        let seen = look(day - 1);
        let took = began.elapsed();
        let sooner = if others.is_empty() { String::new() } else { format!("; sooner: {others}") };
        match seen {
            Err(what) if what.contains(eye) => {
                println!("{fault} | {day} | {} | {what}{sooner}", took.as_millis());
                return;
            }
            Err(what) if others.is_empty() => others = what,
            Err(_) | Ok(()) => {}
        }
        assert!(took < Duration::from_mins(1), "{fault}: unseen by {eye:?} in {day} days{sooner}");
    }
}
