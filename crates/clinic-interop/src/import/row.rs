//! A row: one thing that happened to one visit.

use std::cmp::Ordering;

use chrono_tz::Tz;
use clinic_domain::text::{TextError, Title};
use clinic_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::columns::Places;
use super::instant::TimeAsWritten;
use super::kinds::{Kind, Kinds, Meaning};
use super::problem::TimeError;
use super::reason::Reason;
use super::records::Record;
use super::reference::external_ref;

/// One thing that happened to one visit, as the file has it. Its texts are as short as the rules
/// want them, so a row is small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) at: Timestamp,
    pub(super) line: u64,
    pub(super) kind: Kind,
    pub(super) visit: String,
    pub(super) patient: Option<String>,
    pub(super) from: Option<Title>,
    /// Always there for what needs it.
    pub(super) to: Option<Title>,
}

/// What came of reading a row.
pub(super) enum Read {
    Row(Row),
    Ignored,
    Refused(Reason),
}

impl Row {
    /// By instant, rows of one instant as they stand in the file.
    pub(super) fn by_time(&self, other: &Self) -> Ordering {
        (self.at, self.line).cmp(&(other.at, other.line))
    }

    /// The rows of each visit together, in order of time.
    pub(super) fn by_visit(&self, other: &Self) -> Ordering {
        self.visit.cmp(&other.visit).then_with(|| self.by_time(other))
    }
}

/// Reads rows from records.
pub(super) struct RowReader<'o> {
    pub(super) places: Places,
    pub(super) kinds: &'o Kinds,
    pub(super) zone: Tz,
}

impl RowReader<'_> {
    /// The row of a record. An error is the file's, a refusal the row's.
    pub(super) fn read(&self, record: &Record<'_>) -> Result<Read, TimeError> {
        let kind = match self.kinds.meaning(record.field(self.places.event)) {
            Some(Meaning::Ignored) => return Ok(Read::Ignored),
            Some(Meaning::Happened(kind)) => Some(kind),
            None => None,
        };
        let written = TimeAsWritten::parse(record.field(self.places.at))?;
        Ok(self.row(record, kind, written).map_or_else(Read::Refused, Read::Row))
    }

    fn row(
        &self,
        record: &Record<'_>,
        kind: Option<Kind>,
        at: TimeAsWritten,
    ) -> Result<Row, Reason> {
        let Some(kind) = kind else {
            return Err(Reason::Unmapped { word: record.field(self.places.event).to_owned() });
        };
        let visit = record.field(self.places.visit);
        if visit.is_empty() {
            return Err(Reason::Text { field: "visit", error: TextError::Empty });
        }
        let patient = self.places.patient.map(|place| record.field(place));
        let patient = patient.filter(|patient| !patient.is_empty());
        external_ref(patient, visit).map_err(Reason::Reference)?;
        let from = self.places.from.map(|place| record.field(place));
        let from = from.filter(|from| !from.is_empty());
        let to = match kind {
            Kind::CheckIn | Kind::Transfer => Some(record.field(self.places.to)),
            Kind::Close(_) => None,
        };
        Ok(Row {
            at: at.instant(self.zone).map_err(Reason::LocalTime)?,
            line: record.line,
            kind,
            visit: visit.to_owned(),
            patient: patient.map(str::to_owned),
            from: from.map(|name| room("from", name)).transpose()?,
            to: to.map(|name| room("to", name)).transpose()?,
        })
    }
}

fn room(field: &'static str, name: &str) -> Result<Title, Reason> {
    Title::parse(name).map_err(|error| Reason::Text { field, error })
}
