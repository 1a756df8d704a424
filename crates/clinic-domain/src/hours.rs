//! When a door is open: weekly hours in a time zone, with dated exceptions. Hours end exclusive.
//!
//! Hours decide check-ins only; they never send anyone home. Everything is asked of an instant, and
//! answered in the room's zone, so a clock change needs no rule of its own (case 16).

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::time::Timestamp;

/// An IANA time zone, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone(String);

impl Zone {
    /// A zone that this build knows, or `None`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.parse::<Tz>().is_ok().then(|| Self(name.to_owned()))
    }

    /// The name, such as `Europe/Berlin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Local time there; UTC for a stored name that this build does not know.
    fn tz(&self) -> Tz {
        self.0.parse().unwrap_or(Tz::UTC)
    }

    /// The date and the hour of the day (0-23) there at `at`, for reports.
    #[must_use]
    pub fn day_and_hour(&self, at: Timestamp) -> Option<(NaiveDate, u32)> {
        let local = at.utc()?.with_timezone(&self.tz());
        Some((local.date_naive(), local.hour()))
    }

    /// The instant at which the clock there shows this minute of a date: the first where it is shown twice, and
    /// the next that there is where clocks skip it.
    #[must_use]
    pub fn instant(&self, date: NaiveDate, minute: u16) -> Option<Timestamp> {
        instants(self.tz(), date, minute)?.first().copied()
    }

    /// How far the clocks there are ahead of UTC at `at`, in milliseconds.
    #[must_use]
    pub fn ahead(&self, at: Timestamp) -> Option<i64> {
        let offset = self.tz().offset_from_utc_datetime(&at.utc()?.naive_utc()).fix();
        Some(i64::from(offset.local_minus_utc()).saturating_mul(1_000))
    }

    /// `hh:mm:ss` there, for people.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        at.utc().map_or_else(String::new, |utc| {
            utc.with_timezone(&self.tz()).format("%H:%M:%S").to_string()
        })
    }

    /// `yyyy-mm-dd hh:mm` there, for people.
    #[must_use]
    pub fn date_and_clock(&self, at: Timestamp) -> String {
        at.utc().map_or_else(String::new, |utc| {
            utc.with_timezone(&self.tz()).format("%Y-%m-%d %H:%M").to_string()
        })
    }
}

/// Open from a minute of the day until another, the last one excluded. 1440 is midnight at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// First open minute, 0 to 1439.
    pub from: u16,
    /// First shut minute, 1 to 1440.
    pub until: u16,
}

/// The hours of a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hours {
    /// Where the clock on the wall hangs.
    pub zone: Zone,
    /// Seven days, Monday first.
    pub week: Vec<Vec<Interval>>,
    /// Days that differ; an empty list is a day off.
    pub exceptions: BTreeMap<NaiveDate, Vec<Interval>>,
}

/// Why hours were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not one list for each day of the week.
    #[error("week has {found} days, it must have 7, Monday first")]
    Week {
        /// How many there are.
        found: usize,
    },
    /// An interval that is empty, backwards or past midnight.
    #[error("an interval runs from minute {from} until {until}; needed: from < until <= 1440")]
    Interval {
        /// Its start.
        from: u16,
        /// Its end.
        until: u16,
    },
    /// Intervals of a day that touch or are out of order.
    #[error("the intervals of a day must be in order and apart")]
    Order,
    /// More than a day or a year can hold.
    #[error("{what}: {found}, at most {limit} are allowed")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        limit: usize,
    },
}

impl Hours {
    /// Checks hours before they become a fact.
    ///
    /// # Errors
    /// The first [`HoursError`] found.
    pub fn check(&self) -> Result<(), HoursError> {
        if self.week.len() != 7 {
            return Err(HoursError::Week { found: self.week.len() });
        }
        let found = self.exceptions.len();
        if found > limits::HOURS_EXCEPTIONS {
            let limit = limits::HOURS_EXCEPTIONS;
            return Err(HoursError::TooMany { what: "exceptions", found, limit });
        }
        self.week.iter().chain(self.exceptions.values()).try_for_each(|day| check_day(day))
    }

    /// Whether the door is open at `at`.
    #[must_use]
    pub fn open_at(&self, at: Timestamp) -> bool {
        let Some(local) = at.utc().map(|utc| utc.with_timezone(&self.zone.tz())) else {
            return false;
        };
        let minute = local.hour().saturating_mul(60).saturating_add(local.minute());
        let holds = |i: &Interval| u32::from(i.from) <= minute && minute < u32::from(i.until);
        self.day(local.date_naive()).iter().any(holds)
    }

    /// The first instant after `at` at which the door opens, within [`limits::REOPENING_DAYS`].
    #[must_use]
    pub fn opens_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.edge_after(at, true)
    }

    /// The first instant after `at` at which the door shuts.
    #[must_use]
    pub fn shuts_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.edge_after(at, false)
    }

    /// The first edge after `at` behind which the door is open or shut, as asked.
    fn edge_after(&self, at: Timestamp, open: bool) -> Option<Timestamp> {
        let tz = self.zone.tz();
        // A day earlier, for an interval that ends at midnight belongs to the day before.
        let today = at.utc()?.with_timezone(&tz).date_naive();
        let mut date = today.checked_sub_days(Days::new(1))?;
        for _ in 0..limits::REOPENING_DAYS {
            let day = self.day(date);
            let mut edges = vec![];
            for interval in day {
                let minute = if open { interval.from } else { interval.until };
                edges.extend(instants(tz, date, minute)?);
            }
            if !day.is_empty() {
                edges.extend(clock_change(tz, date));
            }
            edges.sort_unstable();
            let found = edges.into_iter().find(|&edge| {
                let before = Timestamp(edge.0.saturating_sub(1));
                // Midnight between two open days is no edge: it is open on both sides.
                edge > at && self.open_at(edge) == open && self.open_at(before) != open
            });
            if found.is_some() {
                return found;
            }
            date = date.succ_opt()?;
        }
        None
    }

    fn day(&self, date: NaiveDate) -> &[Interval] {
        let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        let usual = self.week.get(weekday);
        self.exceptions.get(&date).or(usual).map_or(&[], Vec::as_slice)
    }
}

fn check_day(day: &[Interval]) -> Result<(), HoursError> {
    if day.len() > limits::INTERVALS_PER_DAY {
        let limit = limits::INTERVALS_PER_DAY;
        return Err(HoursError::TooMany { what: "intervals of a day", found: day.len(), limit });
    }
    if let Some(&Interval { from, until }) =
        day.iter().find(|i| i.from >= i.until || i.until > 1440)
    {
        return Err(HoursError::Interval { from, until });
    }
    let ends = day.iter().map(|i| i.until);
    let starts = day.iter().skip(1).map(|i| i.from);
    if ends.zip(starts).any(|(end, start)| end >= start) {
        return Err(HoursError::Order);
    }
    Ok(())
}

/// The instants at which the wall clock shows `minute` of `date`: two of them where a clock change
/// repeats the hour, and the first instant after the gap where it skips the hour.
fn instants(tz: Tz, date: NaiveDate, minute: u16) -> Option<Vec<Timestamp>> {
    let midnight = date.and_hms_opt(0, 0, 0)?;
    let shown = midnight.checked_add_signed(TimeDelta::minutes(i64::from(minute)))?;
    let mut local = tz.from_local_datetime(&shown);
    // Gaps are a few hours at most: step over them by the minute.
    for skip in 1..=240 {
        if local.earliest().is_some() {
            break;
        }
        local = tz.from_local_datetime(&shown.checked_add_signed(TimeDelta::minutes(skip))?);
    }
    let found = [local.earliest(), local.latest()].into_iter().flatten();
    Some(found.map(|local| Timestamp(local.timestamp_millis())).collect())
}

/// The instant in `date` at which the clocks change, if they do: the wall clock jumps there, and may
/// jump into an interval or out of one.
fn clock_change(tz: Tz, date: NaiveDate) -> Option<Timestamp> {
    let mut before = *instants(tz, date, 0)?.first()?;
    let mut after = *instants(tz, date, 1440)?.last()?;
    let offset = |at: Timestamp| Some(tz.offset_from_utc_datetime(&at.utc()?.naive_utc()).fix());
    let usual = offset(before)?;
    if offset(after)? == usual {
        return None;
    }
    while after.0.saturating_sub(before.0) > 1 {
        let middle = Timestamp(before.0.midpoint(after.0));
        if offset(middle)? == usual {
            before = middle;
        } else {
            after = middle;
        }
    }
    Some(after)
}
