//! What is to be written, made ready by whoever asks, so that the writer's thread only inserts.

use std::sync::Arc;

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Batch, LogError};
use clinic_engine::stored::{self, OwnedRow, RawRow};

use crate::rows;

/// Events of one clinic, to be appended at an expected head.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) clinic: ClinicId,
    pub(crate) expected: Position,
    pub(crate) rows: Vec<ReadyRow>,
    pub(crate) next_due: Option<Timestamp>,
}

/// A row with its checksum.
#[derive(Clone, Debug)]
pub(crate) struct ReadyRow {
    pub(crate) recorded: Arc<Recorded>,
    pub(crate) row: OwnedRow,
    pub(crate) crc: u32,
}

impl Append {
    pub(crate) fn of(batch: &Batch) -> Result<Self, LogError> {
        let Batch { clinic, expected, next_due, .. } = *batch;
        Ok(Self { clinic, expected, rows: ready(&batch.events)?, next_due })
    }
}

/// Encodes events.
pub(crate) fn ready(events: &[Arc<Recorded>]) -> Result<Vec<ReadyRow>, LogError> {
    let mut scratch = vec![];
    let rows = stored::encode(events)?.into_iter().zip(events);
    Ok(rows
        .map(|(row, recorded)| {
            let crc = rows::checksum(&row.row(), &mut scratch);
            ReadyRow { recorded: Arc::clone(recorded), row, crc }
        })
        .collect())
}

/// Rows of one clinic as another store has them, to be kept as they are.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) clinic: ClinicId,
    pub(crate) rows: Vec<RawRow>,
    pub(crate) next_due: Option<Timestamp>,
}

/// Events of a stock writer: they follow their stream, and the writer gives them their position and
/// time.
pub(crate) struct Persist {
    pub(crate) clinic: ClinicId,
    /// The head that their evidence was true at, if the stock writer named it.
    pub(crate) at_position: Option<Position>,
    /// Whose own events may stand behind that head.
    pub(crate) command: Option<CommandId>,
    /// The time now.
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<StockEvent>,
}

/// An event in the form in which a stock writer stores it.
#[derive(Clone, Debug)]
pub(crate) struct StockEvent {
    pub(crate) stream: StreamId,
    pub(crate) sequence: u64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    /// The instant that the event carries itself.
    pub(crate) at: Option<Timestamp>,
}
