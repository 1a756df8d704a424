//! The clock on the clinic's wall, for pages that tell of a moment and do not count on.

use chrono::NaiveDate;
use clinic_domain::hours::Zone;
use clinic_domain::time::Timestamp;
use clinic_projections::clocks::Moment;
use maud::{Markup, html};

/// The clinic's clock, read at some instant.
#[derive(Clone, Debug)]
pub(super) struct Wall {
    pub(super) zone: Option<Zone>,
    pub(super) now: Timestamp,
}

impl Wall {
    /// An instant to the second, with its date if that is not the one of `near`.
    pub(super) fn second(&self, at: Timestamp, near: Timestamp) -> Markup {
        let shown = Moment::read(at, self.zone.as_ref(), near).shown;
        html! { time datetime=(at) { (shown) } }
    }

    /// An instant to the minute, with its date.
    pub(super) fn dated(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) { (self.date_and_clock(at)) } }
    }

    /// An instant to the minute, without its date.
    pub(super) fn minute(&self, at: Timestamp) -> Markup {
        let shown = self.date_and_clock(at);
        let clock = shown.split_once(' ').map_or(shown.as_str(), |(_, clock)| clock);
        html! { time datetime=(at) { (clock) } }
    }

    /// The day of an instant.
    pub(super) fn day(&self, at: Timestamp) -> Option<NaiveDate> {
        let utc = || Some(at.utc()?.date_naive());
        self.zone.as_ref().map_or_else(utc, |zone| zone.day_and_hour(at).map(|(day, _)| day))
    }

    fn date_and_clock(&self, at: Timestamp) -> String {
        self.zone.as_ref().map_or_else(|| at.to_string(), |zone| zone.date_and_clock(at))
    }
}
