//! Time: a wall clock that says when, and a monotonic one that tells whether to believe it.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clinic_domain::time::{Millis, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now, UTC, cut to whole milliseconds.
    fn now(&self) -> Timestamp;

    /// Time since some fixed instant; it never runs backwards and never jumps.
    fn monotonic(&self) -> Millis;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// The machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this port is where time comes in")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this port is where time comes in")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Millis {
        Millis(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that stands still until it is moved: for tests, simulations and played days.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: AtomicI64,
    monotonic: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now: AtomicI64::new(now.0), monotonic: AtomicU64::new(0) }
    }

    /// Lets time pass.
    pub fn advance(&self, span: Millis) {
        self.jump_to(self.now().plus(span));
        self.monotonic.fetch_add(span.0, Ordering::SeqCst);
    }

    /// Lets time pass until `instant`; nothing happens if that is over.
    pub fn advance_to(&self, instant: Timestamp) {
        self.advance(instant.since(self.now()));
    }

    /// Sets the wall clock alone, forward or back, as a broken or corrected clock would.
    pub fn jump_to(&self, instant: Timestamp) {
        self.now.store(instant.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Millis {
        Millis(self.monotonic.load(Ordering::SeqCst))
    }
}
