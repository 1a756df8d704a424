//! What was measured: how long each command took.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::tell;

/// How long commands took, in microseconds.
#[derive(Default)]
pub(crate) struct Figures {
    took: Mutex<Vec<u32>>,
}

impl Figures {
    pub(crate) fn note(&self, took: Duration) {
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.took.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    }

    pub(crate) fn tell(&self, over: Duration) {
        let took = self.took.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rate = took.len() as u64 / over.as_secs().max(1);
        tell(&format!("{} commands, {rate} a second: {}", took.len(), percentiles(took)));
    }
}

/// The usual percentiles of times in microseconds, in milliseconds.
pub(crate) fn percentiles(mut of: Vec<u32>) -> String {
    of.sort_unstable();
    let at = |per_mille: usize| of.get(of.len().saturating_sub(1) * per_mille / 1_000);
    let [median, p99, max] =
        [500, 990, 1_000].map(|n| f64::from(at(n).copied().unwrap_or(0)) / 1_000.0);
    format!("median {median:.1} ms, p99 {p99:.1} ms, longest {max:.1} ms")
}
