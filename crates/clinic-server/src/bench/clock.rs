//! The clock of the bench: each command takes it a little further, at the pace of a busy clinic.
//!
//! What a clinic keeps in memory depends on the time that its windows cover. By the machine's clock a
//! bench would press a month of visits into one reopening window; by this one, it sees what a clinic
//! sees that serves a visit every half minute.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::Clock;

use crate::cli::Bench;
use crate::limits;

/// A clock that commands drive. It ends before the present, so that no log of a bench lies ahead.
#[derive(Debug)]
pub(super) struct PacedClock {
    start: Timestamp,
    passed: AtomicU64,
    step: u64,
}

impl PacedClock {
    pub(super) fn new(load: &Bench) -> Self {
        let clinics = u64::try_from(load.clinics).unwrap_or(1).max(1);
        // What all clients ask while one waits for a few commits must not make her too late.
        let crowd = u64::try_from(load.clients).unwrap_or(1).max(1) * 4;
        let patience = clinic_engine::limits::DECIDE_WITHIN.0 / crowd;
        let step = (limits::BENCH_PACE.0 / clinics).min(patience).max(1);
        let commands = u64::try_from(load.visits).unwrap_or(0).saturating_mul(10);
        let all = step.saturating_mul(commands).saturating_add(Millis::minutes(60).0);
        #[expect(clippy::disallowed_methods, reason = "a bench begins now, whenever it is run")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let start = u64::try_from(now).unwrap_or(0).saturating_sub(all);
        let start = Timestamp(i64::try_from(start).unwrap_or(0));
        Self { start, passed: AtomicU64::new(0), step }
    }

    /// A command is on its way.
    pub(super) fn tick(&self) {
        self.passed.fetch_add(self.step, Ordering::Relaxed);
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Timestamp {
        self.start.plus(self.monotonic())
    }

    fn monotonic(&self) -> Millis {
        Millis(self.passed.load(Ordering::Relaxed))
    }
}
