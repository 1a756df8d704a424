//! Many batches of a new clinic in one transaction: an import or a copy is stored as a whole or not at all.

use std::fmt;

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Batch, Head, LogError};
use clinic_engine::stored::{self, RawRow, Row};
use sqlx::{Executor as _, PgConnection};

use crate::append::Columns;
use crate::error::{outcome, told};
use crate::log::PgLog;
use crate::{limits, reads, sql};

/// Rows of one clinic, as they are. On a cluster the coordinator sends them on, to the shard of that clinic alone: an
/// import takes longer for it, and nobody uses its clinic yet.
pub(crate) const INSERT: &str = "
    INSERT INTO events (
        clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at
    )
    SELECT $1, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload::json, metadata::json, occurred_at, recorded_at
    FROM unnest(
        $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::bigint[], $11::bigint[]
    ) AS rows (
        position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at
    )";

/// Takes the head of a clinic that is new for as long as its rows come; it stands nowhere meanwhile.
pub(crate) const TAKE_HEAD: &str = "
    INSERT INTO clinic_heads (clinic, position, occurred_at) VALUES ($1, 0, 0)
    ON CONFLICT (clinic) DO UPDATE SET position = clinic_heads.position
    RETURNING position";

/// Puts the head of a clinic where its rows end.
pub(crate) const SET_HEAD: &str =
    "UPDATE clinic_heads SET position = $2, occurred_at = $3, next_due = $4 WHERE clinic = $1";

/// When a clinic next has work.
pub(crate) const NEXT_DUE: &str = "SELECT next_due FROM clinic_heads WHERE clinic = $1";

/// Batches that are stored when [`AtomicAppend::finish`] returns, and not at all if this is dropped
/// before: the connection is its own, and the server undoes what a lost connection has begun.
pub struct AtomicAppend {
    clinic: ClinicId,
    connection: PgConnection,
    head: Head,
    next_due: Option<Timestamp>,
}

impl fmt::Debug for AtomicAppend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomicAppend").field("clinic", &self.clinic).finish_non_exhaustive()
    }
}

impl PgLog {
    /// Begins an append of many batches of a clinic that the log does not have yet.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] if the log has it already; or if the database fails.
    pub async fn begin_atomic(&self, clinic: ClinicId) -> Result<AtomicAppend, AppendError> {
        let failed = |error| told("the append cannot begin", &error);
        let mut connection = self.database().connect().await?.connection;
        let pause = limits::ATOMIC_PAUSE.as_millis();
        let begin = format!(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = {pause}; \
             SET LOCAL statement_timeout = {pause}"
        );
        connection.execute(begin.as_str()).await.map_err(failed)?;
        let taken: i64 = sqlx::query_scalar(TAKE_HEAD)
            .bind(clinic.0)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        if taken != 0 {
            return Err(AppendError::Conflict);
        }
        Ok(AtomicAppend { clinic, connection, head: Head::default(), next_due: None })
    }
}

impl AtomicAppend {
    /// Adds a batch behind those before it. After an error nothing of all is stored.
    ///
    /// # Errors
    /// If it does not follow what came before, or cannot be stored.
    pub async fn append(&mut self, batch: &Batch) -> Result<(), AppendError> {
        if batch.expected != self.head.position {
            return Err(AppendError::Conflict);
        }
        let rows = stored::encode(&batch.events)?;
        self.insert(rows.iter().map(|row| row.row())).await?;
        self.next_due = batch.next_due;
        Ok(())
    }

    /// Adds rows as another store has them, behind those before; and says when the clinic next has work.
    /// After an error nothing of all is stored.
    ///
    /// # Errors
    /// If they do not follow what came before, or cannot be stored.
    pub async fn append_rows(
        &mut self,
        rows: &[RawRow],
        next_due: Option<Timestamp>,
    ) -> Result<(), AppendError> {
        self.insert(rows.iter().map(RawRow::row)).await?;
        self.next_due = next_due;
        Ok(())
    }

    async fn insert(&mut self, rows: impl Iterator<Item = Row<'_>>) -> Result<(), AppendError> {
        let mut columns = Columns::with_capacity(clinic_engine::limits::PAGE);
        for row in rows {
            let Row { clinic, position, occurred_at, .. } = row;
            let follows = clinic == self.clinic
                && position == self.head.position.next()
                && (self.head.position == Position::START || occurred_at >= self.head.occurred_at);
            if !follows {
                let why = format!(
                    "position {position} does not follow the log of clinic {}",
                    self.clinic
                );
                return Err(LogError::Failed(why).into());
            }
            self.head = Head { position, occurred_at };
            columns.push(row);
        }
        // Nothing is in doubt before the commit.
        Ok(insert(&mut self.connection, self.clinic, columns).await?)
    }

    /// Stores all of it.
    ///
    /// # Errors
    /// If it is not stored; or [`AppendError::InDoubt`] if nobody knows.
    pub async fn finish(mut self) -> Result<(), AppendError> {
        let Head { position, occurred_at } = self.head;
        let set = sqlx::query(SET_HEAD)
            .bind(self.clinic.0)
            .bind(position.0.cast_signed())
            .bind(occurred_at.0)
            .bind(self.next_due.map(|due| due.0))
            .execute(&mut self.connection)
            .await;
        set.map_err(|error| told("the head cannot be put", &error))?;
        self.connection.execute("COMMIT").await.map_err(|error| outcome(&error))?;
        Ok(())
    }
}

/// Inserts rows of a clinic as they are.
pub(crate) async fn insert(
    db: &mut PgConnection,
    clinic: ClinicId,
    columns: Columns<'_>,
) -> Result<(), LogError> {
    let inserted = columns.bind(sqlx::query(INSERT).bind(clinic.0)).execute(db).await;
    inserted.map(drop).map_err(|error| told("the events cannot be stored", &error))
}

impl PgLog {
    /// At most `limit` rows of a clinic behind `after`, as they are stored.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn raw_rows(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RawRow>, LogError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = || sqlx::query(sql::PAGE).bind(clinic.0).bind(after.0.cast_signed()).bind(limit);
        let rows = self.rows(page).await?;
        let raw = |row| Ok(RawRow::from(crate::rows::columns(clinic, row)?));
        let rows: Vec<RawRow> = rows.iter().map(raw).collect::<Result<_, LogError>>()?;
        reads::contiguous(clinic, after, rows.iter().map(|row| row.row().position))?;
        Ok(rows)
    }

    /// When a clinic next has work.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn next_due(&self, clinic: ClinicId) -> Result<Option<Timestamp>, LogError> {
        let rows = self.rows(|| sqlx::query(NEXT_DUE).bind(clinic.0)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let due: Option<i64> =
            sqlx::Row::try_get(row, 0).map_err(|error| told("a head cannot be read", &error))?;
        Ok(due.map(Timestamp))
    }
}
