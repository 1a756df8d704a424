//! The stored form: what a store keeps of an event, to the byte. `docs/stored-form.md` is its page.
//!
//! [`encode`] makes a [`Row`] of a recorded event, [`decode`] reads one back, [`canonical`] gives
//! the bytes that proofs are made over. A row is read as it was written: columns are never rewritten,
//! older forms are brought up to date while they are read ([`upcast`]), and a form that this version
//! does not know yet is refused, never guessed.

mod levels;
mod metadata;
mod raw;
pub mod upcast;

pub use levels::{LEVEL, LEVELS, Level, level_of};
pub use raw::RawRow;

use std::sync::Arc;

use clinic_domain::clinic::ClinicEvent;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{ClinicId, Position, RoomId, TransferId, VisitId};
use clinic_domain::room::RoomEvent;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::VisitEvent;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::ports::LogError;

/// One event as a store keeps it: its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'r> {
    /// In whose order it stands.
    pub clinic: ClinicId,
    /// Where in that order, from 1.
    pub position: Position,
    /// The kind of its stream.
    pub aggregate_type: &'r str,
    /// Its stream.
    pub aggregate_id: Uuid,
    /// Its number in its stream, from 1.
    pub sequence: u64,
    /// Its name.
    pub event_type: &'r str,
    /// The version of its form.
    pub event_version: &'r str,
    /// JSON: the event.
    pub payload: &'r str,
    /// JSON: because of whom and what, a map of strings as stock `cqrs-es` reads it.
    pub metadata: &'r str,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A row that owns its texts, to be handed to a writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRow {
    recorded: Arc<Recorded>,
    payload: String,
    metadata: Arc<str>,
}

impl OwnedRow {
    /// The row.
    #[must_use]
    pub fn row(&self) -> Row<'_> {
        let Recorded { clinic, position, sequence, event, occurred_at, recorded_at, .. } =
            &*self.recorded;
        let stream = event.stream();
        Row {
            clinic: *clinic,
            position: *position,
            aggregate_type: stream.aggregate_type(),
            aggregate_id: stream.id(),
            sequence: *sequence,
            event_type: event.name(),
            event_version: event.version(),
            payload: &self.payload,
            metadata: &self.metadata,
            occurred_at: *occurred_at,
            recorded_at: *recorded_at,
        }
    }
}

/// Why a row is not an event that this version can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {position} of clinic {clinic}: {why}")]
pub struct StoredError {
    /// Whose event.
    pub clinic: ClinicId,
    /// Where it stands.
    pub position: Position,
    /// What is wrong with it.
    pub why: Unreadable,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A later version of this software wrote it.
    #[error(
        "the event {event_type} in form {event_version} was written by a newer version of this \
         software; upgrade it to read this log"
    )]
    Newer {
        /// The event's name.
        event_type: String,
        /// The version of its form.
        event_version: String,
    },
    /// A column does not hold what it should.
    #[error("the column {column} {problem}")]
    Column {
        /// Which.
        column: &'static str,
        /// What about it. It never repeats what the column holds.
        problem: String,
    },
}

impl From<StoredError> for LogError {
    fn from(error: StoredError) -> Self {
        match error.why {
            Unreadable::Newer { .. } => Self::Newer(error.to_string()),
            Unreadable::Column { .. } => Self::Failed(error.to_string()),
        }
    }
}

/// The rows of a batch. Events of one command share their metadata.
///
/// # Errors
/// If an event cannot be written as JSON.
pub fn encode(events: &[Arc<Recorded>]) -> Result<Vec<OwnedRow>, LogError> {
    let mut rows: Vec<OwnedRow> = Vec::with_capacity(events.len());
    for recorded in events {
        let shared = rows.last().filter(|last| last.recorded.cause == recorded.cause);
        let metadata = match shared {
            Some(last) => Arc::clone(&last.metadata),
            None => metadata::write(&recorded.cause)?.into(),
        };
        let payload = match &recorded.event {
            Event::Clinic(_, event) => json(event),
            Event::Room(_, event) => json(event),
            Event::Visit(_, event) => json(event),
            Event::Transfer(_, event) => json(event),
        }?;
        rows.push(OwnedRow { recorded: Arc::clone(recorded), payload, metadata });
    }
    Ok(rows)
}

fn json(event: &impl serde::Serialize) -> Result<String, LogError> {
    serde_json::to_string(event)
        .map_err(|error| LogError::Failed(format!("an event is no JSON: {error}")))
}

/// The event of a row.
///
/// # Errors
/// If a newer version wrote it, or a column does not hold what it should.
pub fn decode(row: &Row<'_>) -> Result<Recorded, StoredError> {
    let located = |why| StoredError { clinic: row.clinic, position: row.position, why };
    let event = event(row).map_err(located)?;
    let cause = metadata::read(row).map_err(located)?;
    Ok(Recorded {
        clinic: row.clinic,
        position: row.position,
        sequence: row.sequence,
        event,
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        cause,
    })
}

fn event(row: &Row<'_>) -> Result<Event, Unreadable> {
    let id = row.aggregate_id;
    let event = match row.aggregate_type {
        "Clinic" => Event::Clinic(ClinicId(id), payload::<ClinicEvent>(row, ClinicEvent::NAMES)?),
        "Room" => Event::Room(RoomId(id), payload::<RoomEvent>(row, RoomEvent::NAMES)?),
        "PatientVisit" => Event::Visit(VisitId(id), payload::<VisitEvent>(row, VisitEvent::NAMES)?),
        "Transfer" => {
            Event::Transfer(TransferId(id), payload::<TransferEvent>(row, TransferEvent::NAMES)?)
        }
        _ => return Err(newer(row)),
    };
    if event.name() == row.event_type {
        Ok(event)
    } else {
        let problem = format!("holds a {} and not a {}", event.name(), row.event_type);
        Err(Unreadable::Column { column: "payload", problem })
    }
}

fn payload<E: DeserializeOwned>(row: &Row<'_>, names: &[&str]) -> Result<E, Unreadable> {
    if !names.contains(&row.event_type) {
        return Err(newer(row));
    }
    let payload = upcast::current(row)?;
    serde_json::from_str(&payload).map_err(|error| unreadable("payload", &error))
}

fn newer(row: &Row<'_>) -> Unreadable {
    Unreadable::Newer {
        event_type: row.event_type.to_owned(),
        event_version: row.event_version.to_owned(),
    }
}

/// Says where JSON stopped making sense, and nothing of what it holds.
fn unreadable(column: &'static str, error: &serde_json::Error) -> Unreadable {
    let what = match error.classify() {
        serde_json::error::Category::Data => "is not what is stored under this name",
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => "is no JSON",
    };
    let problem = format!("{what} (at character {})", error.column());
    Unreadable::Column { column, problem }
}

/// The canonical bytes of a row: its columns in their order, each behind its length in bytes as 32
/// bits, big-endian; ids as their 16 bytes, numbers and instants (milliseconds since 1970, UTC) as
/// 64 bits, big-endian, texts as UTF-8. They are appended to `bytes`.
pub fn canonical(row: &Row<'_>, bytes: &mut Vec<u8>) {
    let mut column = |value: &[u8]| {
        // A column longer than 4 GiB cannot be stored; it would read as the longest there is.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(value);
    };
    column(row.clinic.0.as_bytes());
    column(&row.position.0.to_be_bytes());
    column(row.aggregate_type.as_bytes());
    column(row.aggregate_id.as_bytes());
    column(&row.sequence.to_be_bytes());
    column(row.event_type.as_bytes());
    column(row.event_version.as_bytes());
    column(row.payload.as_bytes());
    column(row.metadata.as_bytes());
    column(&row.occurred_at.0.to_be_bytes());
    column(&row.recorded_at.0.to_be_bytes());
}
