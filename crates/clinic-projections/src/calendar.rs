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

/// The hour in which `at` falls.
pub(crate) fn hour(zone: Option<&Zone>, at: Timestamp) -> Hour {
    zone.and_then(|zone| zone.day_and_hour(at)).unwrap_or_default()
}

/// How much of the time from `from` until `until` falls into which hour, in order. It sums to the
/// whole.
pub(crate) fn cut(zone: Option<&Zone>, from: Timestamp, until: Timestamp) -> Vec<(Hour, Millis)> {
    let mut pieces: Vec<(Hour, Millis)> = vec![];
    let mut at = from;
    for step in 1..=limits::SPAN_QUARTERS {
        if at >= until {
            break;
        }
        let next = Timestamp(at.0.div_euclid(QUARTER).saturating_add(1).saturating_mul(QUARTER));
        let next = if step == limits::SPAN_QUARTERS { until } else { next.min(until) };
        let (hour, time) = (hour(zone, at), next.since(at));
        match pieces.last_mut().filter(|(last, _)| *last == hour) {
            Some((_, sum)) => *sum = sum.plus(time),
            None => pieces.push((hour, time)),
        }
        at = next;
    }
    pieces
}
