//! What the bench measures with: the machine's steady clock, not the clinic's.

use std::time::Instant;

/// Measures from its start on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "no decision rests on what a bench measures")]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since.
    pub(super) fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// So many since, per second.
    pub(super) fn rate(self, count: u64) -> u64 {
        count.saturating_mul(1_000_000) / self.micros().max(1)
    }
}
