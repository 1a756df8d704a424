//! What measures how long something takes: the machine's steady clock, not the clinic's.

use std::time::Instant;

/// Measures from its start on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "no decision rests on what a bench measures")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since.
    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// So many since, per second.
    pub(crate) fn rate(self, count: u64) -> u64 {
        count.saturating_mul(1_000_000) / self.micros().max(1)
    }
}
