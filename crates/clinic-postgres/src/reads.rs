//! Reading by position, page by page: no snapshot is held for longer than one.

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::LogError;
use sqlx::postgres::{PgConnection, PgRow};

use crate::error::told;
use crate::{rows, sql};

/// At most `limit` events of a clinic behind `after`, in order.
pub(crate) async fn page(
    db: &mut PgConnection,
    clinic: ClinicId,
    after: Position,
    limit: usize,
) -> Result<Vec<Recorded>, LogError> {
    let rows = sqlx::query(sql::PAGE)
        .bind(clinic.0)
        .bind(after.0.cast_signed())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(db)
        .await;
    in_order(clinic, after, &rows.map_err(|error| told("events cannot be read", &error))?)
}

/// The events of a page behind `after`. One that is missing is an error and never a shorter page.
pub(crate) fn in_order(
    clinic: ClinicId,
    after: Position,
    rows: &[PgRow],
) -> Result<Vec<Recorded>, LogError> {
    let events = events(clinic, rows)?;
    contiguous(clinic, after, events.iter().map(|event| event.position))?;
    Ok(events)
}

/// Refuses positions of which one is missing behind `after`.
pub(crate) fn contiguous(
    clinic: ClinicId,
    after: Position,
    positions: impl Iterator<Item = Position>,
) -> Result<(), LogError> {
    let expected = (after.0.saturating_add(1)..).map(Position);
    match positions.zip(expected).find(|(position, expected)| position != expected) {
        None => Ok(()),
        Some((_, missing)) => {
            let why = format!("position {missing} of clinic {clinic} is missing");
            Err(LogError::Failed(why))
        }
    }
}

/// The events of rows.
pub(crate) fn events(clinic: ClinicId, rows: &[PgRow]) -> Result<Vec<Recorded>, LogError> {
    rows.iter().map(|row| rows::event(clinic, row)).collect()
}

/// All events of a stream. One that is missing is an error and never a shorter story.
pub(crate) fn whole(stream: StreamId, events: Vec<Recorded>) -> Result<Vec<Recorded>, LogError> {
    match events.iter().zip(1..).find(|(event, number)| event.sequence != *number) {
        None => Ok(events),
        Some((_, missing)) => {
            Err(LogError::Failed(format!("sequence {missing} of {stream} is missing")))
        }
    }
}
