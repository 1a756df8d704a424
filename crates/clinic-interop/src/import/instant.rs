//! Times as files write them.

use chrono::{
    Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
};
use chrono_tz::Tz;
use clinic_domain::time::Timestamp;

use super::problem::TimeError;
use super::shown;
use crate::limits;

/// A local time that is no instant, because clocks were set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LocalTime {
    #[error("{local} came twice in {zone}, when clocks were set back; an offset tells which")]
    Twice { local: NaiveDateTime, zone: Tz },
    #[error("{local} never came in {zone}, where clocks were set forward")]
    Never { local: NaiveDateTime, zone: Tz },
}

/// A time as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeAsWritten {
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
}

impl TimeAsWritten {
    /// Reads `2031-05-04T08:30:00.123+02:00` and what is like it: a blank for the `T`, no fraction,
    /// an offset of hours only, `Z`, or none.
    pub(super) fn parse(text: &str) -> Result<Self, TimeError> {
        let written = parts(text).ok_or_else(|| TimeError::Form { found: shown(text) })?;
        if (limits::FIRST_YEAR..=limits::LAST_YEAR).contains(&written.local.year()) {
            Ok(written)
        } else {
            Err(TimeError::Years { found: shown(text) })
        }
    }

    /// The instant, a time without an offset being one of `zone`. Cut to whole milliseconds.
    pub(super) fn instant(self, zone: Tz) -> Result<Timestamp, LocalTime> {
        let local = self.local;
        let millis = match self.offset {
            Some(offset) => (local - offset).and_utc().timestamp_millis(),
            None => match zone.from_local_datetime(&local) {
                MappedLocalTime::Single(instant) => instant.timestamp_millis(),
                MappedLocalTime::Ambiguous(..) => return Err(LocalTime::Twice { local, zone }),
                MappedLocalTime::None => return Err(LocalTime::Never { local, zone }),
            },
        };
        Ok(Timestamp(millis))
    }
}

fn parts(text: &str) -> Option<TimeAsWritten> {
    let (date, rest) = NaiveDate::parse_and_remainder(text, "%Y-%m-%d").ok()?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = NaiveTime::parse_and_remainder(rest, "%H:%M:%S%.f").ok()?;
    let offset = match rest.trim_start() {
        "" => None,
        "Z" | "z" => Some(hours_and_minutes(1, "0000")?),
        rest => Some(match rest.strip_prefix('+') {
            Some(ahead) => hours_and_minutes(1, ahead)?,
            None => hours_and_minutes(-1, rest.strip_prefix('-')?)?,
        }),
    };
    Some(TimeAsWritten { local: date.and_time(time), offset })
}

/// `02:00`, `0200` or `02`, to the east or to the west.
fn hours_and_minutes(sign: i32, text: &str) -> Option<FixedOffset> {
    let (hours, minutes) = text.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let number = |digits: &str| {
        let all = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        all.then(|| digits.parse::<i32>().ok())?
    };
    let minutes = if minutes.is_empty() && !text.ends_with(':') { 0 } else { number(minutes)? };
    let seconds = (number(hours)? * 60 + minutes) * 60;
    FixedOffset::east_opt(sign * seconds).filter(|_| minutes < 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> String {
        let zone = Tz::Europe__Berlin;
        match TimeAsWritten::parse(text) {
            Ok(written) => match written.instant(zone) {
                Ok(instant) => instant.to_string(),
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn times_are_read_as_files_write_them() {
        for text in [
            "2031-05-04T08:30:00Z",
            "2031-05-04t08:30:00z",
            "2031-05-04 08:30:00+00:00",
            "2031-05-04 08:30:00 +00",
            "2031-05-04 10:30:00+0200",
            "2031-05-04 04:00:00-04:30",
            "2031-05-04 10:30:00",
            "2031-05-04T10:30:00.0009",
        ] {
            assert_eq!(instant(text), "2031-05-04T08:30:00.000Z", "{text}");
        }
        assert_eq!(instant("2031-05-04 08:30:00.1239Z"), "2031-05-04T08:30:00.123Z");
        assert_eq!(instant("1971-01-01 00:00:00.9999Z"), "1971-01-01T00:00:00.999Z");
    }

    #[test]
    fn a_local_time_that_is_no_instant_says_so() {
        assert_eq!(
            instant("2031-10-26 02:30:00"),
            "2031-10-26 02:30:00 came twice in Europe/Berlin, when clocks were set back; an offset tells which"
        );
        assert_eq!(
            instant("2031-03-30 02:30:00"),
            "2031-03-30 02:30:00 never came in Europe/Berlin, where clocks were set forward"
        );
        assert_eq!(instant("2031-10-26 02:30:00+01:00"), "2031-10-26T01:30:00.000Z");
    }

    #[test]
    fn what_is_no_time_is_repeated_and_a_year_beyond_the_limits_names_them() {
        for text in [
            "",
            "yesterday",
            "2031-05-04",
            "04/05/2031 08:30",
            "2031-05-04 08:30",
            "2031-02-30 08:30:00",
            "2031-05-04 25:30:00",
            "2031-05-04 08:30:00+",
            "2031-05-04 08:30:00+2",
            "2031-05-04 08:30:00+02:",
            "2031-05-04 08:30:00+02:60",
            "2031-05-04 08:30:00+99:00",
            "2031-05-04 08:30:00+02:00x",
            "2031-05-04 08:30:00 CET",
        ] {
            assert!(
                instant(text).starts_with(&format!("{text:?} is no time")),
                "{}",
                instant(text)
            );
        }
        for text in ["1970-12-31 23:59:59", "3000-01-01 00:00:00", "0001-01-01 00:00:00"] {
            assert_eq!(instant(text), format!("{text:?} is not in the years 1971 to 2999"));
        }
    }
}
