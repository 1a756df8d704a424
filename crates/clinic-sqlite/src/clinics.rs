//! The table `clinics`: where each clinic's log ends.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::Head;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use uuid::Uuid;

use crate::error::Fault;
use crate::rows::ClinicKey;

/// A clinic's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClinicRow {
    pub(crate) key: ClinicKey,
    pub(crate) head: Head,
    pub(crate) next_due: Option<Timestamp>,
}

/// Writes a clinic's row anew.
pub(crate) const UPDATE: &str =
    "UPDATE clinics SET position = ?2, occurred_at = ?3, next_due = ?4 WHERE key = ?1";

/// Writes a clinic's first row.
pub(crate) const INSERT: &str =
    "INSERT INTO clinics (key, position, occurred_at, next_due, id) VALUES (?1, ?2, ?3, ?4, ?5)";

fn read(row: &Row<'_>) -> rusqlite::Result<ClinicRow> {
    let position = Position(row.get::<_, i64>(1)?.cast_unsigned());
    let occurred_at = Timestamp(row.get(2)?);
    Ok(ClinicRow {
        key: ClinicKey(row.get(0)?),
        head: Head { position, occurred_at },
        next_due: row.get::<_, Option<i64>>(3)?.map(Timestamp),
    })
}

fn id(row: &Row<'_>, index: usize) -> Result<ClinicId, Fault> {
    let id = row.get_ref(index)?.as_blob().ok().and_then(|bytes| Uuid::from_slice(bytes).ok());
    id.map(ClinicId).ok_or_else(|| Fault::Damage("a clinic has no readable id".to_owned()))
}

/// The row of a clinic that has a log.
pub(crate) fn find(db: &Connection, clinic: ClinicId) -> Result<Option<ClinicRow>, Fault> {
    let sql = "SELECT key, position, occurred_at, next_due FROM clinics WHERE id = ?";
    Ok(db.prepare_cached(sql)?.query_row([clinic.0.as_bytes()], read).optional()?)
}

/// All rows, by key.
pub(crate) fn all(db: &Connection) -> Result<Vec<(ClinicId, ClinicRow)>, Fault> {
    let sql = "SELECT key, position, occurred_at, next_due, id FROM clinics ORDER BY key";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push((id(row, 4)?, read(row)?));
    }
    Ok(all)
}

/// All clinics that have a log, by id.
pub(crate) fn ids(db: &Connection) -> Result<Vec<ClinicId>, Fault> {
    listed(db, "SELECT id FROM clinics WHERE position > 0 ORDER BY id", [])
}

/// At most `limit` clinics whose next work is due at `now`, the longest due first.
pub(crate) fn due(db: &Connection, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = "SELECT id FROM clinics WHERE next_due <= ? ORDER BY next_due LIMIT ?";
    listed(db, sql, [now.0, limit])
}

fn listed(db: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<ClinicId>, Fault> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut ids = vec![];
    while let Some(row) = rows.next()? {
        ids.push(id(row, 0)?);
    }
    Ok(ids)
}
