//! An event between its columns and what the engine reads.

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::LogError;
use clinic_engine::stored::{self, Row};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::told;

/// The event of a row, whose columns are those of [`crate::sql::columns`].
pub(crate) fn event(clinic: ClinicId, row: &PgRow) -> Result<Recorded, LogError> {
    // Who cannot read a row can tell nobody what is in its clinic, whoever wrote it: it is no more served here.
    stored::decode(&columns(clinic, row)?).map_err(|error| LogError::Newer(error.to_string()))
}

/// The columns of a row, as they are stored.
pub(crate) fn columns(clinic: ClinicId, row: &PgRow) -> Result<Row<'_>, LogError> {
    let failed = |error| told("a row cannot be read", &error);
    let id: &str = row.try_get(2).map_err(failed)?;
    let read = || -> Result<Row<'_>, sqlx::Error> {
        Ok(Row {
            clinic,
            position: Position(number(row.try_get(0)?)),
            aggregate_type: row.try_get(1)?,
            aggregate_id: Uuid::try_parse(id).map_err(|why| sqlx::Error::Decode(why.into()))?,
            sequence: number(row.try_get(3)?),
            event_type: row.try_get(4)?,
            event_version: row.try_get(5)?,
            payload: row.try_get(6)?,
            metadata: row.try_get(7)?,
            occurred_at: Timestamp(row.try_get(8)?),
            recorded_at: Timestamp(row.try_get(9)?),
        })
    };
    read().map_err(failed)
}

/// A number that the tables keep from being negative.
pub(crate) fn number(stored: i64) -> u64 {
    stored.cast_unsigned()
}
