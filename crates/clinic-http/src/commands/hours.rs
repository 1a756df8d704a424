//! The hours of a room on the wire: read as people write them, and written the same way.

use std::collections::BTreeMap;

use clinic_domain::hours::{self, Interval};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::object::object;
use super::zone;
use crate::Problem;

/// The hours of a room.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// Where the clock on the wall hangs, by IANA name.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// The usual week.
    #[serde(deserialize_with = "object")]
    week: Week,
    /// Days that differ, by dates such as `2026-12-24`; an empty list is a day off.
    #[serde(default)]
    exceptions: BTreeMap<String, Vec<String>>,
}

/// Seven days of intervals such as `08:00-12:30`; a day that is missing is shut.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Week {
    /// Monday.
    mon: Vec<String>,
    /// Tuesday.
    tue: Vec<String>,
    /// Wednesday.
    wed: Vec<String>,
    /// Thursday.
    thu: Vec<String>,
    /// Friday.
    fri: Vec<String>,
    /// Saturday.
    sat: Vec<String>,
    /// Sunday.
    sun: Vec<String>,
}

impl Hours {
    /// The hours of the rules.
    pub(super) fn read(self) -> Result<hours::Hours, Problem> {
        let Week { mon, tue, wed, thu, fri, sat, sun } = self.week;
        let days = [
            ("mon", mon),
            ("tue", tue),
            ("wed", wed),
            ("thu", thu),
            ("fri", fri),
            ("sat", sat),
            ("sun", sun),
        ];
        let week = days.into_iter().map(|(name, typed)| day(&format!("hours.week.{name}"), &typed));
        let exceptions = self.exceptions.into_iter().map(|(name, typed)| {
            let field = format!("hours.exceptions.{name}");
            let wrong = |_| Problem::bad(&field, "must be a date such as 2026-12-24");
            Ok((name.parse().map_err(wrong)?, day(&field, &typed)?))
        });
        let hours = hours::Hours {
            zone: zone("hours.zone", &self.zone)?,
            week: week.collect::<Result<_, _>>()?,
            exceptions: exceptions.collect::<Result<_, Problem>>()?,
        };
        hours.check().map_err(|why| Problem::bad("hours", why.to_string()))?;
        Ok(hours)
    }
}

fn day(field: &str, typed: &[String]) -> Result<Vec<Interval>, Problem> {
    let wrong = || Problem::bad(field, "must be intervals such as 08:00-12:30");
    typed.iter().map(|text| interval(text).ok_or_else(wrong)).collect()
}

/// Reads `08:00-12:30`.
fn interval(text: &str) -> Option<Interval> {
    let (from, until) = text.split_once('-')?;
    Some(Interval { from: minute(from)?, until: minute(until)? })
}

/// Reads `08:00`, up to `24:00`, as a minute of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then(|| hour * 60 + minute)
}

impl From<&hours::Hours> for Hours {
    fn from(hours: &hours::Hours) -> Self {
        let day = |n: usize| hours.week.get(n).map_or_else(Vec::new, |day| spelled(day));
        let exceptions = hours.exceptions.iter();
        Self {
            zone: hours.zone.as_str().to_owned(),
            week: Week {
                mon: day(0),
                tue: day(1),
                wed: day(2),
                thu: day(3),
                fri: day(4),
                sat: day(5),
                sun: day(6),
            },
            exceptions: exceptions.map(|(date, day)| (date.to_string(), spelled(day))).collect(),
        }
    }
}

/// Writes a day as it is read.
pub(crate) fn spelled(day: &[Interval]) -> Vec<String> {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    day.iter().map(|open| format!("{}-{}", clock(open.from), clock(open.until))).collect()
}
