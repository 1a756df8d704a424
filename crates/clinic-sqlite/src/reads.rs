//! What is read of the log, each in one snapshot. A gap is damage: no page and no stream is silently
//! short.

use std::ops::RangeInclusive;

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::Head;
use clinic_engine::stored::{self, Row};
use rusqlite::Connection;

use crate::clinics::{self, ClinicRow};
use crate::error::Fault;
use crate::limits;
use crate::rows::{self, ClinicKey, columns};

/// An event as the engine reads it.
pub(crate) fn recorded(row: &Row<'_>) -> Result<Recorded, Fault> {
    Ok(stored::decode(row)?)
}

/// Where a clinic's log ends.
pub(crate) fn head(db: &Connection, clinic: ClinicId) -> Result<Head, Fault> {
    Ok(clinics::find(db, clinic)?.map_or_else(Head::default, |found| found.head))
}

/// At most `limit` events of a clinic behind `after`, each read by `decode`.
pub(crate) fn page<T>(
    db: &Connection,
    clinic: ClinicId,
    after: Position,
    limit: usize,
    mut decode: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut events = Vec::with_capacity(limit.min(limits::PAGE));
    shown(db, clinic, after, limit, |row| {
        events.push(decode(row)?);
        Ok(())
    })?;
    Ok(events)
}

/// Shows the events behind `after` up to and including `until`, as long as more are wanted. It takes a
/// snapshot a page, so that none is held for long.
pub(crate) fn stretch(
    db: &Connection,
    clinic: ClinicId,
    after: Position,
    until: Position,
    mut take: impl FnMut(&Recorded) -> bool,
) -> Result<(), Fault> {
    let (mut at, mut wanted) = (after, true);
    while at < until && wanted {
        let left = usize::try_from(until.0 - at.0).unwrap_or(usize::MAX);
        let last = shown(db, clinic, at, left.min(limits::PAGE), |row| {
            wanted = wanted && take(&recorded(row)?);
            Ok(())
        })?;
        if last == at {
            return Err(missing(clinic, at.next()));
        }
        at = last;
    }
    Ok(())
}

/// Shows at most `limit` rows of a clinic behind `after`, and says where it stopped.
fn shown(
    db: &Connection,
    clinic: ClinicId,
    after: Position,
    limit: usize,
    take: impl FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<Position, Fault> {
    // One snapshot for the head and the events.
    let snapshot = db.unchecked_transaction()?;
    let Some(found) = clinics::find(&snapshot, clinic)? else { return Ok(after) };
    let behind = found.head.position.0.saturating_sub(after.0);
    let there = u64::try_from(limit).unwrap_or(u64::MAX).min(behind);
    let until = Position(after.0.saturating_add(there));
    each(&snapshot, clinic, found.key, after.next()..=until, take)?;
    if until == found.head.position {
        nothing_behind(&snapshot, clinic, &found)?;
    }
    Ok(until)
}

/// A head that fell behind its events would hide them.
fn nothing_behind(db: &Connection, clinic: ClinicId, found: &ClinicRow) -> Result<(), Fault> {
    let head = found.head.position;
    let behind = [found.key.row_id(head.next()), *found.key.row_ids().end()];
    let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE id BETWEEN ? AND ?)";
    if db.prepare_cached(sql)?.query_row(behind, |row| row.get(0))? {
        let found = format!("clinic {clinic} has events behind its head, which is {head}");
        return Err(Fault::Damage(found));
    }
    Ok(())
}

/// Hands out the events of a clinic at these positions, in order; all of them must be there.
pub(crate) fn each(
    db: &Connection,
    clinic: ClinicId,
    key: ClinicKey,
    positions: RangeInclusive<Position>,
    mut take: impl FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (first, last) = positions.into_inner();
    if first > last {
        return Ok(());
    }
    let sql = concat!("SELECT ", columns!(), " FROM events WHERE id BETWEEN ? AND ? ORDER BY id");
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query([key.row_id(first), key.row_id(last)])?;
    let mut scratch = vec![];
    let mut expected = first;
    while let Some(columns) = found.next()? {
        let row = rows::read(clinic, columns, &mut scratch)?;
        if row.position != expected {
            break;
        }
        take(&row)?;
        expected = expected.next();
    }
    if expected == last.next() { Ok(()) } else { Err(missing(clinic, expected)) }
}

fn missing(clinic: ClinicId, position: Position) -> Fault {
    Fault::Damage(format!("position {position} of clinic {clinic} is missing"))
}

/// All events of a stream, each read by `decode`.
pub(crate) fn stream<T>(
    db: &Connection,
    clinic: ClinicId,
    stream: StreamId,
    mut decode: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let snapshot = db.unchecked_transaction()?;
    let Some(found) = clinics::find(&snapshot, clinic)? else { return Ok(vec![]) };
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE aggregate_id = ? AND aggregate_type = ? ORDER BY sequence"
    );
    let mut statement = snapshot.prepare_cached(sql)?;
    let (id, kind) = (stream.id(), stream.aggregate_type());
    let mut rows = statement.query((id.as_bytes(), kind))?;
    let mut scratch = vec![];
    let mut events = vec![];
    let mut expected = 1;
    while let Some(columns) = rows.next()? {
        if ClinicKey::of_row(columns.get(0)?).0 != found.key {
            return Ok(vec![]); // a stream of another clinic
        }
        let row = rows::read(clinic, columns, &mut scratch)?;
        if (row.aggregate_id, row.aggregate_type, row.sequence) != (id, kind, expected) {
            return Err(Fault::Damage(format!("sequence {expected} of {stream} is missing")));
        }
        expected += 1;
        events.push(decode(&row)?);
    }
    Ok(events)
}

/// Whose stream it is, if it has begun.
pub(crate) fn clinic_of(db: &Connection, stream: StreamId) -> Result<Option<ClinicId>, Fault> {
    let snapshot = db.unchecked_transaction()?;
    let sql = "SELECT clinics.id FROM events JOIN clinics ON clinics.key = events.id >> 40
               WHERE aggregate_id = ? AND sequence = 1 AND aggregate_type = ?";
    let mut statement = snapshot.prepare_cached(sql)?;
    let id = stream.id();
    let mut rows = statement.query((id.as_bytes(), stream.aggregate_type()))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(ClinicId(uuid::Uuid::from_bytes(row.get(0)?))))
}

/// The last position whose instant is not after `instant`. Position order is time order and has no
/// gap, so it is found by halving.
pub(crate) fn position_at(
    db: &Connection,
    clinic: ClinicId,
    instant: Timestamp,
) -> Result<Position, Fault> {
    let snapshot = db.unchecked_transaction()?;
    let Some(found) = clinics::find(&snapshot, clinic)? else { return Ok(Position::START) };
    if found.head.occurred_at <= instant {
        return Ok(found.head.position);
    }
    let (mut before, mut after) = (Position::START, found.head.position);
    while before.next() < after {
        let middle = Position(before.0.midpoint(after.0));
        let mut is_after = false;
        each(&snapshot, clinic, found.key, middle..=middle, |row| {
            is_after = row.occurred_at > instant;
            Ok(())
        })?;
        if is_after { after = middle } else { before = middle }
    }
    Ok(before)
}
