//! What is to be appended, made ready by whoever asks, and the statement that appends it.

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Batch, LogError};
use clinic_engine::stored::{self, OwnedRow, Row};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, Row as _};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use crate::memory::Memory;
use crate::{limits, sql};

/// Events of one clinic with their columns, to be appended at an expected head.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) clinic: ClinicId,
    pub(crate) expected: Position,
    /// How many commits in doubt were settled before it was decided.
    pub(crate) fence: i64,
    /// The era in which it was decided: what was read before the way was lost may not be there any more.
    pub(crate) era: u64,
    next_due: Option<Timestamp>,
    rows: Vec<OwnedRow>,
    /// The last position and instant of it.
    last: (Position, Timestamp),
    /// Events that must be there already: those right before the first of each stream here, but for those that
    /// this node knows to be there.
    earlier: Vec<(StreamId, u64)>,
}

impl Ready {
    /// Makes a batch ready.
    ///
    /// # Errors
    /// If it is empty, in disorder, or cannot be written as JSON.
    pub(crate) fn of(
        batch: &Batch,
        (era, fence): (u64, i64),
        memory: &Memory,
    ) -> Result<Self, LogError> {
        let Batch { clinic, expected, next_due, ref events } = *batch;
        let last = in_order(clinic, expected, events.iter().map(AsRef::as_ref))?;
        let mut seen: BTreeMap<StreamId, u64> = BTreeMap::new();
        let mut earlier = vec![];
        for recorded in events {
            let (stream, sequence) = (recorded.event.stream(), recorded.sequence);
            match seen.insert(stream, sequence) {
                Some(before) if before + 1 == sequence => {}
                None if sequence == 1 => {}
                None if sequence > 1 => earlier.push((stream, sequence - 1)),
                Some(_) | None => return Err(disorder(recorded)),
            }
        }
        memory.unsure(clinic, expected, &mut earlier);
        let rows = stored::encode(events)?;
        Ok(Self { clinic, expected, fence, era, next_due, rows, last, earlier })
    }

    /// Binds where the head is expected, and where it is moved to.
    fn bind<'q>(
        &self,
        query: Query<'q, Postgres, PgArguments>,
    ) -> Query<'q, Postgres, PgArguments> {
        query
            .bind(self.clinic.0)
            .bind(self.expected.0.cast_signed())
            .bind(self.fence)
            .bind(self.last.0.0.cast_signed())
            .bind(self.last.1.0)
            .bind(self.next_due.map(|at| at.0))
    }

    /// How many events it has.
    pub(crate) fn events(&self) -> usize {
        self.rows.len()
    }
}

/// Holds events to the order of their clinic, and says which is the last.
fn in_order<'e>(
    clinic: ClinicId,
    expected: Position,
    events: impl Iterator<Item = &'e Recorded>,
) -> Result<(Position, Timestamp), LogError> {
    let mut last = None;
    for recorded in events {
        let (position, since) = last.unwrap_or((expected, Timestamp(i64::MIN)));
        let follows = recorded.clinic == clinic
            && recorded.position == position.next()
            && recorded.occurred_at >= since;
        if !follows {
            return Err(disorder(recorded));
        }
        last = Some((recorded.position, recorded.occurred_at));
    }
    last.ok_or_else(|| LogError::Failed("a batch without events".to_owned()))
}

fn disorder(recorded: &Recorded) -> LogError {
    LogError::Failed(format!(
        "position {}, sequence {} of {} does not follow the log",
        recorded.position,
        recorded.sequence,
        recorded.event.stream()
    ))
}

/// Makes heads for clinics that begin: one that stands at 0 is nowhere, and can be locked.
pub(crate) async fn new_heads(
    db: &mut PgConnection,
    batches: &[&Ready],
) -> Result<(), sqlx::Error> {
    for new in batches.iter().filter(|batch| batch.expected == Position::START) {
        sqlx::query(sql::NEW_HEAD).bind(new.clinic.0).execute(&mut *db).await?;
    }
    Ok(())
}

/// Appends batches of clinics, each at most once, in one statement, and says which were.
pub(crate) async fn append_many(
    db: &mut PgConnection,
    batches: &[&Ready],
) -> Result<BTreeSet<ClinicId>, sqlx::Error> {
    new_heads(db, batches).await?;
    if let [batch] = batches
        && batch.earlier.is_empty()
    {
        let moved = append_one(db, batch).await?;
        return Ok(moved.then_some(batch.clinic).into_iter().collect());
    }
    let heads = |of: fn(&Ready) -> i64| batches.iter().map(|batch| of(batch)).collect::<Vec<_>>();
    let clinics: Vec<Uuid> = batches.iter().map(|batch| batch.clinic.0).collect();
    let due: Vec<Option<i64>> = batches.iter().map(|batch| batch.next_due.map(|at| at.0)).collect();
    let mut earlier = Earlier::default();
    let mut rows = Columns::with_capacity(batches.iter().map(|batch| batch.events()).sum());
    for batch in batches {
        for (stream, sequence) in &batch.earlier {
            earlier.push(batch.clinic, *stream, *sequence);
        }
        for row in &batch.rows {
            rows.push(row.row());
        }
    }
    let moved = sqlx::query(sql::APPEND_MANY)
        .bind(clinics)
        .bind(heads(|batch| batch.expected.0.cast_signed()))
        .bind(heads(|batch| batch.fence))
        .bind(heads(|batch| batch.last.0.0.cast_signed()))
        .bind(heads(|batch| batch.last.1.0))
        .bind(due)
        .bind(earlier.clinic)
        .bind(earlier.aggregate_type)
        .bind(earlier.aggregate_id)
        .bind(earlier.sequence)
        .bind(std::mem::take(&mut rows.clinic));
    let moved = rows.bind(moved).fetch_all(db).await?;
    moved.iter().map(|row| row.try_get(0).map(ClinicId)).collect()
}

/// Appends one clinic's batch in one statement, and says whether it did.
async fn append_one(db: &mut PgConnection, batch: &Ready) -> Result<bool, sqlx::Error> {
    let inserted = if let [event] = batch.rows.as_slice() {
        bind(batch.bind(sqlx::query(sql::APPEND_EVENT)), event.row())
    } else {
        let mut rows = Columns::with_capacity(batch.rows.len());
        for row in &batch.rows {
            rows.push(row.row());
        }
        rows.bind(batch.bind(sqlx::query(sql::APPEND_ONE)))
    };
    Ok(inserted.execute(db).await?.rows_affected() > 0)
}

/// Binds the columns of one event but for its clinic.
fn bind<'r>(
    query: Query<'r, Postgres, PgArguments>,
    row: Row<'r>,
) -> Query<'r, Postgres, PgArguments> {
    query
        .bind(row.position.0.cast_signed())
        .bind(row.aggregate_type)
        .bind(row.aggregate_id.to_string())
        .bind(row.sequence.cast_signed())
        .bind(row.event_type)
        .bind(row.event_version)
        .bind(row.payload)
        .bind(row.metadata)
        .bind(row.occurred_at.0)
        .bind(row.recorded_at.0)
}

/// Appends one clinic's batch by statements that name that clinic only, in the transaction that is open. Whether its head
/// was where it is expected; if not, nothing is changed.
pub(crate) async fn append_alone(
    db: &mut PgConnection,
    batch: &Ready,
) -> Result<bool, sqlx::Error> {
    let clinic = batch.clinic.0;
    let moved = sqlx::query(sql::MOVE)
        .bind(clinic)
        .bind(batch.expected.0.cast_signed())
        .bind(batch.last.0.0.cast_signed())
        .bind(batch.last.1.0)
        .bind(batch.next_due.map(|due| due.0))
        .bind(batch.fence)
        .execute(&mut *db)
        .await?;
    if moved.rows_affected() == 0 || !follows(db, batch).await? {
        return Ok(false);
    }
    for rows in batch.rows.chunks(limits::ROWS_SPELT_OUT) {
        let sql = sql::insert(rows.len());
        let mut insert = sqlx::query(&sql).bind(clinic);
        for row in rows {
            insert = bind(insert, row.row());
        }
        insert.execute(&mut *db).await?;
    }
    Ok(true)
}

/// Whether the first event of each stream follows the last that is there.
async fn follows(db: &mut PgConnection, batch: &Ready) -> Result<bool, sqlx::Error> {
    if batch.earlier.is_empty() {
        return Ok(true);
    }
    let ids: Vec<String> =
        batch.earlier.iter().map(|(stream, _)| stream.id().to_string()).collect();
    let rows = sqlx::query(sql::LAST).bind(batch.clinic.0).bind(ids).fetch_all(db).await?;
    let mut there = BTreeSet::new();
    for row in &rows {
        let (kind, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        there.insert((kind, id, row.try_get::<i64, _>(2)?));
    }
    Ok(batch.earlier.iter().all(|(stream, last)| {
        let key = (stream.aggregate_type().to_owned(), stream.id().to_string(), last.cast_signed());
        there.contains(&key)
    }))
}

/// Events that must be there, column by column.
#[derive(Default)]
struct Earlier {
    clinic: Vec<Uuid>,
    aggregate_type: Vec<&'static str>,
    aggregate_id: Vec<String>,
    sequence: Vec<i64>,
}

impl Earlier {
    fn push(&mut self, clinic: ClinicId, stream: StreamId, sequence: u64) {
        self.clinic.push(clinic.0);
        self.aggregate_type.push(stream.aggregate_type());
        self.aggregate_id.push(stream.id().to_string());
        self.sequence.push(sequence.cast_signed());
    }
}

/// Events, column by column.
pub(crate) struct Columns<'r> {
    pub(crate) clinic: Vec<Uuid>,
    pub(crate) position: Vec<i64>,
    pub(crate) aggregate_type: Vec<&'r str>,
    pub(crate) aggregate_id: Vec<String>,
    pub(crate) sequence: Vec<i64>,
    pub(crate) event_type: Vec<&'r str>,
    pub(crate) event_version: Vec<&'r str>,
    pub(crate) payload: Vec<&'r str>,
    pub(crate) metadata: Vec<&'r str>,
    pub(crate) occurred_at: Vec<i64>,
    pub(crate) recorded_at: Vec<i64>,
}

impl<'r> Columns<'r> {
    pub(crate) fn with_capacity(events: usize) -> Self {
        Self {
            clinic: Vec::with_capacity(events),
            position: Vec::with_capacity(events),
            aggregate_type: Vec::with_capacity(events),
            aggregate_id: Vec::with_capacity(events),
            sequence: Vec::with_capacity(events),
            event_type: Vec::with_capacity(events),
            event_version: Vec::with_capacity(events),
            payload: Vec::with_capacity(events),
            metadata: Vec::with_capacity(events),
            occurred_at: Vec::with_capacity(events),
            recorded_at: Vec::with_capacity(events),
        }
    }

    /// Binds all columns but the clinic, which the statements have in ways of their own, right before these.
    pub(crate) fn bind<'q>(
        self,
        query: Query<'q, Postgres, PgArguments>,
    ) -> Query<'q, Postgres, PgArguments>
    where
        'r: 'q,
    {
        query
            .bind(self.position)
            .bind(self.aggregate_type)
            .bind(self.aggregate_id)
            .bind(self.sequence)
            .bind(self.event_type)
            .bind(self.event_version)
            .bind(self.payload)
            .bind(self.metadata)
            .bind(self.occurred_at)
            .bind(self.recorded_at)
    }

    pub(crate) fn push(&mut self, row: Row<'r>) {
        self.clinic.push(row.clinic.0);
        self.position.push(row.position.0.cast_signed());
        self.aggregate_type.push(row.aggregate_type);
        self.aggregate_id.push(row.aggregate_id.to_string());
        self.sequence.push(row.sequence.cast_signed());
        self.event_type.push(row.event_type);
        self.event_version.push(row.event_version);
        self.payload.push(row.payload);
        self.metadata.push(row.metadata);
        self.occurred_at.push(row.occurred_at.0);
        self.recorded_at.push(row.recorded_at.0);
    }
}
