//! Small words that several showings share.

use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::personal::Personal;
use clinic_domain::room::Warning;
use clinic_domain::text::{ExternalRef, PersonName};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::VisitEvent;
use clinic_interop::import::Reference;
use clinic_projections::clocks::Moment;
use clinic_projections::directory::Directory;
use clinic_projections::report::Figure;

use crate::limits;

/// What is shown where a number would rest on nobody.
pub(crate) const NO_DATA: &str = "no data";

/// A personal text, or why it cannot be read.
pub(crate) fn personal<T: ToString>(datum: &Personal<T>) -> String {
    match datum {
        Personal::Clear(text) => text.to_string(),
        Personal::Sealed(_) => "(sealed)".to_owned(),
        Personal::Erased => "(erased)".to_owned(),
    }
}

/// Whoever has no name here, as history brought in from elsewhere has none, is called as she is there.
pub(crate) fn called(name: &Personal<PersonName>, external_ref: Option<&ExternalRef>) -> String {
    let Some(external_ref) = external_ref.filter(|_| *name == Personal::Erased) else {
        return personal(name);
    };
    match Reference::parse(external_ref) {
        Some(Reference { patient: Some(patient), visit }) => {
            format!("patient {patient}, visit {visit}")
        }
        Some(Reference { patient: None, visit }) => format!("visit {visit}"),
        None => external_ref.to_string(),
    }
}

/// What somebody wrote, in quotation marks.
pub(crate) fn quoted<T: ToString>(datum: &Personal<T>) -> String {
    format!("\"{}\"", personal(datum).replace('\n', " / "))
}

/// People in a row; of many, the first and how many more.
pub(crate) fn several(names: &[String]) -> String {
    let listed: Vec<&str> = names.iter().take(limits::NAMES).map(String::as_str).collect();
    match names.len().saturating_sub(limits::NAMES) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

/// The first lines of many, and how many more there are.
pub(crate) fn few(lines: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = lines.len().saturating_sub(limits::NAMES);
    let more = (more > 0).then(|| format!("and {more} more"));
    lines.take(limits::NAMES).chain(more).collect()
}

/// Sorts names as people do: the numbers in them count as such, and capitals do not.
pub(crate) fn in_order(name: &str) -> Vec<Part> {
    let kind = |letter: char| letter.is_ascii_digit();
    let letters: Vec<char> = name.chars().collect();
    let parts = letters.chunk_by(|one, next| kind(*one) == kind(*next));
    parts
        .map(|part| {
            let text: String = part.iter().collect();
            text.parse().map_or_else(|_| Part::Text(text.to_lowercase()), Part::Number)
        })
        .collect()
}

/// A part of a name that is sorted.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Digits.
    Number(u64),
    /// Anything else, in small letters.
    Text(String),
}

/// A number of seconds with its milliseconds, as programs read it.
pub(crate) fn seconds(span: Millis) -> String {
    format!("{}.{:03}", span.0 / 1_000, span.0 % 1_000)
}

/// A number, or that there is nothing to make it of.
pub(crate) fn figure<T>(figure: &Figure<T>, shown: impl FnOnce(&T) -> String) -> String {
    figure.known().map_or_else(|| NO_DATA.to_owned(), shown)
}

/// Thousandths as a percentage.
pub(crate) fn percent(per_mille: u64) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

/// Times as the clinic's clock on the wall shows them; without a zone, in UTC.
#[derive(Clone, Debug, Default)]
pub(crate) struct WallClock {
    zone: Option<Zone>,
    now: Timestamp,
}

impl WallClock {
    /// A clinic's clock, read at `now`.
    pub(crate) fn of(directory: &Directory, now: Timestamp) -> Self {
        Self { zone: directory.zone().cloned(), now }
    }

    /// Its zone.
    pub(crate) fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The instant at which it is read.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// An instant, with its date if that is not the reader's.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        Moment::read(at, self.zone(), self.now).shown
    }

    /// An instant that falls on a full minute, as calendars have it.
    pub(crate) fn minute(&self, at: Timestamp) -> String {
        let shown = self.moment(at);
        match shown.strip_suffix(":00") {
            Some(minute) if shown.len() == "08:00:00".len() => minute.to_owned(),
            Some(_) | None => shown,
        }
    }

    /// The time of day.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let utc =
            || at.to_string().chars().skip("2026-03-02T".len()).take("08:00:00".len()).collect();
        self.zone().map_or_else(utc, |zone| zone.clock(at))
    }

    /// The date and the time of day.
    pub(crate) fn date_and_time(&self, at: Timestamp) -> String {
        let utc = if self.zone().is_some() { "" } else { " UTC" };
        format!("{} {}{utc}", self.date(at), self.time(at))
    }

    /// The date.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        let shown = self.zone().map_or_else(|| at.to_string(), |zone| zone.date_and_clock(at));
        shown.chars().take("2026-03-02".len()).collect()
    }
}

/// What the sender of a visit is warned of, in words.
pub(crate) fn warnings(event: &Event) -> Vec<&'static str> {
    match event {
        Event::Visit(_, VisitEvent::Transferred { warnings, .. }) => warnings
            .iter()
            .map(|warning| match warning {
                Warning::OutOfHours => "it is out of hours there",
                Warning::NobodyOnline => "nobody is online there",
            })
            .collect(),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => vec![],
    }
}

/// Where events stand in the log, and their names.
pub(crate) fn positions<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> String {
    let events: Vec<&Recorded> = events.into_iter().collect();
    let names: Vec<&str> = events.iter().map(|recorded| recorded.event.name()).collect();
    let names = names.join(", ");
    match (events.first(), events.last()) {
        (Some(first), Some(last)) if first.position < last.position => {
            format!("{}-{}: {names}", first.position, last.position)
        }
        (Some(first), _) => format!("{}: {names}", first.position),
        (None, _) => names,
    }
}
