//! One event as a row of the table `events`: the columns of the stored form, and a checksum of its
//! canonical bytes that is compared on every read, so that what is damaged is never shown.

use std::ops::RangeInclusive;

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::stored::{self, Row};
use rusqlite::types::ValueRef;
use rusqlite::{Statement, params};
use uuid::Uuid;

use crate::error::Fault;
use crate::limits;

/// The columns, in the order in which they are read and written. A row's id is its clinic's key and
/// its position in one number, so a clinic's events lie together in the order of their positions.
macro_rules! columns {
    () => {
        "id, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
         occurred_at, recorded_at, crc"
    };
}
pub(crate) use columns;

pub(crate) const INSERT: &str =
    concat!("INSERT INTO events (", columns!(), ") VALUES (?,?,?,?,?,?,?,?,?,?,?)");

/// How many of a row id's bits hold the position.
const POSITION_BITS: u32 = limits::POSITIONS.count_ones();

/// A clinic's number in this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClinicKey(pub(crate) i64);

impl ClinicKey {
    /// The id of the row at a position. No row is at a position beyond the limit.
    pub(crate) fn row_id(self, position: Position) -> i64 {
        let position = i64::try_from(position.0.min(limits::POSITIONS)).unwrap_or_default();
        self.0 << POSITION_BITS | position
    }

    /// The ids of all rows of the clinic.
    pub(crate) fn row_ids(self) -> RangeInclusive<i64> {
        self.row_id(Position(1))..=self.row_id(Position(limits::POSITIONS))
    }

    /// Whose row it is, and where it stands.
    pub(crate) fn of_row(id: i64) -> (Self, Position) {
        let position = id.cast_unsigned() & limits::POSITIONS;
        (Self(id >> POSITION_BITS), Position(position))
    }
}

/// The checksum of a row. Its canonical bytes are left in `scratch`.
pub(crate) fn checksum(row: &Row<'_>, scratch: &mut Vec<u8>) -> u32 {
    scratch.clear();
    stored::canonical(row, scratch);
    crc32fast::hash(scratch)
}

/// Inserts a row by the statement [`INSERT`].
pub(crate) fn insert(
    statement: &mut Statement<'_>,
    key: ClinicKey,
    row: &Row<'_>,
    crc: u32,
) -> rusqlite::Result<()> {
    statement.execute(params![
        key.row_id(row.position),
        row.aggregate_type,
        row.aggregate_id.as_bytes(),
        row.sequence.cast_signed(),
        row.event_type,
        row.event_version,
        row.payload,
        row.metadata,
        row.occurred_at.0,
        row.recorded_at.0,
        crc,
    ])?;
    Ok(())
}

/// Reads a row whose columns are those of [`columns`], and compares its checksum. Its canonical bytes
/// are left in `scratch`.
pub(crate) fn read<'r>(
    clinic: ClinicId,
    columns: &'r rusqlite::Row<'_>,
    scratch: &mut Vec<u8>,
) -> Result<Row<'r>, Fault> {
    let (_, position) = ClinicKey::of_row(columns.get(0)?);
    let at = |name: &str| {
        Fault::Damage(format!("position {position} of clinic {clinic}: unreadable {name}"))
    };
    let text = |index: usize, name: &str| match columns.get_ref(index)? {
        ValueRef::Text(bytes) => str::from_utf8(bytes).map_err(|_| at(name)),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(at(name))
        }
    };
    let integer = |index: usize, name: &str| match columns.get_ref(index)? {
        ValueRef::Integer(value) => Ok(value),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Real(_) | ValueRef::Blob(_) => Err(at(name)),
    };
    let id = columns.get_ref(2)?.as_blob().ok().and_then(|bytes| Uuid::from_slice(bytes).ok());
    let row = Row {
        clinic,
        position,
        aggregate_type: text(1, "aggregate_type")?,
        aggregate_id: id.ok_or_else(|| at("aggregate_id"))?,
        sequence: integer(3, "sequence")?.cast_unsigned(),
        event_type: text(4, "event_type")?,
        event_version: text(5, "event_version")?,
        payload: text(6, "payload")?,
        metadata: text(7, "metadata")?,
        occurred_at: Timestamp(integer(8, "occurred_at")?),
        recorded_at: Timestamp(integer(9, "recorded_at")?),
    };
    if i64::from(checksum(&row, scratch)) == integer(10, "crc")? {
        Ok(row)
    } else {
        let found = "its bytes do not match their checksum";
        Err(Fault::Damage(format!("position {position} of clinic {clinic}: {found}")))
    }
}
