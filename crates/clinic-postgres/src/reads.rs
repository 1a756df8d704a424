//! Reading by position, page by page: no snapshot is held for longer than one.

use clinic_domain::event::Recorded;
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
    events(clinic, &rows.map_err(|error| told("events cannot be read", &error))?)
}

/// The events of rows.
pub(crate) fn events(clinic: ClinicId, rows: &[PgRow]) -> Result<Vec<Recorded>, LogError> {
    rows.iter().map(|row| rows::event(clinic, row)).collect()
}
