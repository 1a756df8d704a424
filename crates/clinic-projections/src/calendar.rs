//! Cutting time at the hours and midnights of a zone.

use chrono::NaiveDate;
use clinic_domain::hours::Zone;
use clinic_domain::time::{Millis, Timestamp};

use crate::limits;

/// An hour of a day, as the clinic's clock on the wall shows it. Where a clock change repeats an
/// hour, both are one; where it skips one, that hour has no time in it.
pub(crate) type Hour = (NaiveDate, u32);

/// A quarter of an hour, in milliseconds. Every zone's hours begin at a quarter of UTC's.
const QUARTER: i64 = 15 * 60 * 1_000;
const HOUR: i64 = 4 * QUARTER;
const DAY: i64 = 24 * HOUR;

/// A clock on the clinic's wall. To ask a zone takes long and events come in the order of time, so it
/// keeps in mind how far ahead of UTC the zone was on the latest days. That is no part of what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct WallClock {
    zone: Option<Zone>,
    /// Days of UTC, each where its number puts it, and how far the zone was ahead all day long.
    known: Vec<Option<(i64, Option<i64>)>>,
    /// The last date that was shown, and its number.
    shown: (i64, NaiveDate),
}

impl PartialEq for WallClock {
    fn eq(&self, other: &Self) -> bool {
        self.zone == other.zone
    }
}

impl Eq for WallClock {}

impl WallClock {
    pub(crate) fn of(zone: Option<&Zone>) -> Self {
        let known = vec![None; usize::from(limits::CLOCK_DAYS)];
        Self { zone: zone.cloned(), known, shown: Default::default() }
    }

    pub(crate) fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The hour in which `at` falls.
    pub(crate) fn hour(&mut self, at: Timestamp) -> Hour {
        let ahead = self.ahead(at.0.div_euclid(DAY));
        let hour = match ahead {
            Some(ahead) => self.show(at.0.saturating_add(ahead)),
            // The clocks change on that day, so the zone is asked each time.
            None => self.zone().and_then(|zone| zone.day_and_hour(at)),
        };
        hour.unwrap_or_default()
    }

    /// How far the zone is ahead of UTC on a day, if it is so all day long.
    fn ahead(&mut self, day: i64) -> Option<i64> {
        let slot = day.checked_rem_euclid(i64::from(limits::CLOCK_DAYS))?;
        let known = self.known.get_mut(usize::try_from(slot).ok()?)?;
        if let Some((_, ahead)) = known.filter(|(known, _)| *known == day) {
            return ahead;
        }
        let zone = self.zone.as_ref()?;
        let first = day.checked_mul(DAY)?;
        let ahead = zone.ahead(Timestamp(first))?;
        let last = zone.ahead(Timestamp(first.checked_add(DAY - 1)?))?;
        known.insert((day, (ahead == last).then_some(ahead))).1
    }

    /// The hour that the clock shows, so many milliseconds after it showed the first of January 1970.
    fn show(&mut self, local: i64) -> Option<Hour> {
        let day = local.div_euclid(DAY);
        if self.shown.0 != day {
            self.shown = (day, NaiveDate::from_epoch_days(i32::try_from(day).ok()?)?);
        }
        Some((self.shown.1, u32::try_from(local.rem_euclid(DAY).checked_div(HOUR)?).ok()?))
    }

    /// How much of the time from `from` until `until` falls into which hour, in order. It sums to the
    /// whole.
    pub(crate) fn cut(&mut self, from: Timestamp, until: Timestamp) -> Pieces<'_> {
        Pieces { clock: self, at: from, until, left: limits::SPAN_QUARTERS }
    }
}

/// What [`WallClock::cut`] gives.
pub(crate) struct Pieces<'c> {
    clock: &'c mut WallClock,
    at: Timestamp,
    until: Timestamp,
    /// Quarters that may still be looked at.
    left: usize,
}

impl Iterator for Pieces<'_> {
    type Item = (Hour, Millis);

    fn next(&mut self) -> Option<(Hour, Millis)> {
        if self.at >= self.until {
            return None;
        }
        let from = self.at;
        let hour = self.clock.hour(from);
        loop {
            self.left = self.left.saturating_sub(1);
            let quarter = self.at.0.div_euclid(QUARTER);
            let next = Timestamp(quarter.saturating_add(1).saturating_mul(QUARTER));
            self.at = if self.left == 0 { self.until } else { next.min(self.until) };
            if self.at >= self.until || self.clock.hour(self.at) != hour {
                return Some((hour, self.at.since(from)));
            }
        }
    }
}
