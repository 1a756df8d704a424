//! Times as people read them: a moment in the clinic's zone, and how long something has lasted.

use std::fmt;

use clinic_domain::hours::Zone;
use clinic_domain::time::{Millis, Timestamp};
use serde::Serialize;

/// Something that began and goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// When it began.
    pub since: Timestamp,
    /// How long it had lasted at the reader's `now`.
    pub elapsed: Millis,
}

impl Clock {
    /// What began at `since`, read at `now`.
    #[must_use]
    pub fn read(since: Timestamp, now: Timestamp) -> Self {
        Self { since, elapsed: now.since(since) }
    }
}

/// As a clock shows it: `mm:ss`, or `h:mm:ss` from an hour on.
impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.elapsed.fmt(f)
    }
}

/// An instant as the clock on a wall shows it; with its date, if that is not the reader's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// In words: `09:02:10`, or `2026-03-01 09:02`.
    pub shown: String,
}

impl Moment {
    /// The instant as `zone` shows it to somebody who reads it at `now`; in UTC without a zone.
    #[must_use]
    pub fn read(at: Timestamp, zone: Option<&Zone>, now: Timestamp) -> Self {
        let date = |zone: &Zone, at| zone.day_and_hour(at).map(|(date, _)| date);
        let shown = match zone {
            None => at.to_string(),
            Some(zone) if date(zone, at) == date(zone, now) => zone.clock(at),
            Some(zone) => zone.date_and_clock(at),
        };
        Self { at, shown }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
