//! A row on its own: what is moved from one store to another, as it is.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use uuid::Uuid;

use super::Row;

/// A row that owns its texts, whoever wrote it and whether or not this version can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRow {
    clinic: ClinicId,
    position: Position,
    aggregate_type: String,
    aggregate_id: Uuid,
    sequence: u64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
}

impl RawRow {
    /// The row.
    #[must_use]
    pub fn row(&self) -> Row<'_> {
        Row {
            clinic: self.clinic,
            position: self.position,
            aggregate_type: &self.aggregate_type,
            aggregate_id: self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
            metadata: &self.metadata,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
        }
    }
}

impl From<Row<'_>> for RawRow {
    fn from(row: Row<'_>) -> Self {
        Self {
            clinic: row.clinic,
            position: row.position,
            aggregate_type: row.aggregate_type.to_owned(),
            aggregate_id: row.aggregate_id,
            sequence: row.sequence,
            event_type: row.event_type.to_owned(),
            event_version: row.event_version.to_owned(),
            payload: row.payload.to_owned(),
            metadata: row.metadata.to_owned(),
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
        }
    }
}
