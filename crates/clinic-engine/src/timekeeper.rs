//! Cuts the time of a decision, once: never behind the log, never by a clock that jumped ahead.

use std::sync::Mutex;

use clinic_domain::time::{Millis, Timestamp};

use crate::error::Broken;
use crate::limits;
use crate::ports::Clock;
use crate::sync::lock;

/// The instant of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The instant.
    pub(crate) at: Timestamp,
    /// What the clock showed.
    pub(crate) shown: Timestamp,
    /// By how much the clock stood behind the log, if it did.
    pub(crate) clamped: Option<Millis>,
}

/// Watches one clock.
#[derive(Debug)]
pub(crate) struct Timekeeper {
    /// The time that could be believed last, and the steady clock's beside it.
    last: Mutex<(Timestamp, Millis)>,
}

impl Timekeeper {
    /// Believes the clock as it is now.
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self { last: Mutex::new((clock.now(), clock.monotonic())) }
    }

    /// The instant of a decision behind a log whose last event was at `log`.
    pub(crate) fn cut(&self, clock: &dyn Clock, log: Timestamp) -> Result<Cut, Broken> {
        let (shown, monotonic) = (clock.now(), clock.monotonic());
        let mut last = lock(&self.last);
        let (wall, steady) = *last;
        let passed = Millis(monotonic.0.saturating_sub(steady.0));
        let by = shown.since(wall.plus(passed));
        if by > limits::CLOCK_JUMP {
            return Err(Broken::ClockJumped { by });
        }
        // A step back is not believed: what would follow from it is a jump ahead when it is mended.
        *last = (shown.max(wall.plus(passed)), monotonic);
        let at = shown.max(log);
        let clamped = (at > shown).then(|| at.since(shown));
        Ok(Cut { at, shown, clamped })
    }
}
