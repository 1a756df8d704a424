//! Times as a day file writes them: instants, times after the line before, and lengths of time.

use clinic_domain::time::{Millis, Timestamp};

use crate::limits;

/// When a line happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// At this instant.
    At(Timestamp),
    /// So long after the line before.
    After(Millis),
}

const WHEN: &str = "must be an instant such as 2026-03-02T08:55:00Z, or a time after the line \
                    before such as +30 or +01:30";

/// Reads `at`.
pub(super) fn when(text: &str) -> Result<When, String> {
    match text.strip_prefix('+') {
        Some(rest) => span(rest).map(When::After).map_err(|_| WHEN.to_owned()),
        None => instant(text).map(When::At).map_err(|error| match Timestamp::parse(text) {
            Some(_) => error,
            None => WHEN.to_owned(),
        }),
    }
}

/// Reads an RFC 3339 instant.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let at = Timestamp::parse(text)
        .ok_or_else(|| "must be an RFC 3339 instant such as 2026-03-02T08:55:00Z".to_owned())?;
    if says_leap_second(text) {
        return Err("says second 60, but a minute has the seconds 00 to 59".to_owned());
    }
    if (limits::INSTANT_MIN..limits::INSTANT_END).contains(&at) {
        return Ok(at);
    }
    let (from, until) = (limits::INSTANT_MIN, limits::INSTANT_END);
    Err(format!("must lie between {from} and {until}"))
}

/// Whether an RFC 3339 instant says second 60. Without leap seconds it would be the next minute.
pub(crate) fn says_leap_second(text: &str) -> bool {
    text.get(17..19) == Some("60")
}

/// Reads a length of time up to `limit`.
pub(super) fn span_within(text: &str, limit: Millis) -> Result<Millis, String> {
    let found = span(text)?;
    if found > limit {
        return Err(format!("is {found} long, at most {limit} is allowed"));
    }
    Ok(found)
}

/// Reads a length of time: `[[hh:]mm:]ss`. The largest part may be any number.
pub(super) fn span(text: &str) -> Result<Millis, String> {
    let wrong = || "must be a length of time: seconds, mm:ss or hh:mm:ss".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let mut seconds: u64 = 0;
    for (n, part) in parts.iter().enumerate() {
        let digits = (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = part.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        if n > 2 || n > 0 && number >= 60 {
            return Err(wrong());
        }
        seconds = seconds.saturating_mul(60).saturating_add(number);
    }
    Ok(Millis::seconds(seconds))
}
