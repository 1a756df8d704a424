//! The log on Postgres: any number of nodes append to it and read from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};
use postgres_es::PostgresEventRepository;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Executor as _, PgConnection, Postgres, Row as _};
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::append::Ready;
use crate::appender::Appender;
use crate::asking::again;
use crate::connections::{Connections, Held};
use crate::database::Database;
use crate::error::told;
use crate::locked::{Locked, fence};
use crate::memory::Memory;
use crate::news::{self, Told};
use crate::rows::number;
use crate::schema::Layout;
use crate::turns::{InTurn, Place, Turns};
use crate::{limits, reads, sql};

/// A log that many nodes share.
pub struct PgLog {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: Database,
    appender: Appender,
    locks: Arc<Connections>,
    turns: Turns,
    /// What this node has appended, for the other nodes.
    appended: Arc<Told>,
    /// What other nodes have appended.
    heard: Arc<Told>,
    pub(crate) memory: Arc<Memory>,
    /// They tell and hear; ended with the log.
    _speakers: JoinSet<()>,
}

impl fmt::Debug for PgLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgLog").field("database", &self.inner.database).finish_non_exhaustive()
    }
}

impl PgLog {
    /// The log of a database.
    #[must_use]
    pub fn open(database: &Database) -> Self {
        let (appended, heard) = (Arc::<Told>::default(), Arc::<Told>::default());
        let own = database.node();
        let mut speakers = JoinSet::new();
        let listens = Arc::<AtomicBool>::default();
        let told = (Arc::clone(&appended), Arc::clone(&listens));
        speakers.spawn(news::tell(database.clone(), own, told.0, told.1));
        speakers.spawn(news::hear(database.clone(), own, Arc::clone(&heard), listens));
        let locks = Connections::new(database.clone(), limits::LOCKS);
        let memory = Arc::<Memory>::default();
        let database = database.clone();
        let batches = Appender::start(&database);
        let turns = Turns::start(&database, batches.queue.clone(), Arc::clone(&memory));
        let inner = Inner {
            appender: batches,
            database,
            locks,
            turns,
            appended,
            heard,
            memory,
            _speakers: speakers,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Lets go of the database: what is under way ends, and nothing new begins.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }

    /// The repository of postgres-es over the same tables, for a stock `CqrsFramework`: its inserts get their
    /// clinic, position and time from a trigger (`docs/stored-form.md`).
    #[must_use]
    pub fn repository(&self) -> PostgresEventRepository {
        PostgresEventRepository::new(self.inner.database.pool().clone())
    }

    pub(crate) fn database(&self) -> &Database {
        &self.inner.database
    }

    pub(crate) async fn rows<'q>(
        &self,
        ask: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, LogError> {
        self.inner.rows(ask).await
    }
}

impl Inner {
    /// Takes note of what came of a batch.
    pub(crate) fn noted(
        &self,
        batch: &Batch,
        answer: Result<(), AppendError>,
    ) -> Result<(), AppendError> {
        match &answer {
            Ok(()) => {
                self.memory.appended(batch);
                self.appended.of(batch.events.last().map(|last| (batch.clinic, last.position)));
            }
            Err(AppendError::InDoubt(_)) => self.memory.doubt(batch.clinic),
            Err(AppendError::Conflict | AppendError::Failed(_)) => {}
        }
        answer
    }

    /// Asks for rows; over another connection if one has died.
    async fn rows<'q>(
        &self,
        ask: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, LogError> {
        let pool = self.database.pool();
        again(pool, "the log cannot be read", |mut db| {
            let asked = ask();
            async move { asked.fetch_all(&mut *db).await }
        })
        .await
    }

    /// At most `limit` events of a clinic behind `after`, in order.
    pub(crate) async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = || sqlx::query(sql::PAGE).bind(clinic.0).bind(after.0.cast_signed()).bind(limit);
        let events = reads::in_order(clinic, after, &self.rows(page).await?)?;
        self.memory.followed(clinic, after, &events);
        Ok(events)
    }

    pub(crate) fn layout(&self) -> Layout {
        self.database.layout()
    }

    /// Locks a head, and reads what stands behind `after` once it is locked: a snapshot from before the lock
    /// would miss what its holder has committed.
    async fn lock(
        &self,
        held: &mut Held,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(i64, Vec<Recorded>), LogError> {
        let failed = |error| told("a head cannot be locked", &error);
        if self.memory.doubts(clinic) {
            fence(held, clinic).await?;
            self.memory.settled(clinic);
        }
        let db = &mut held.connected.connection;
        db.execute("BEGIN").await.map_err(failed)?;
        let mut row = head_of(db, clinic).await.map_err(failed)?;
        if row.is_none() {
            // A clinic that is to be founded: its head is made, and then locked.
            let made = sqlx::query(sql::NEW_HEAD).bind(clinic.0).execute(&mut *db).await;
            made.map_err(failed)?;
            row = head_of(db, clinic).await.map_err(failed)?;
        }
        let fence = row.map_or(Ok(0), |row| row.try_get(2)).map_err(failed)?;
        self.memory.fenced(clinic, fence);
        let tail = reads::page(db, clinic, after, clinic_engine::limits::PAGE).await?;
        self.memory.followed(clinic, after, &tail);
        Ok((fence, tail))
    }
}

#[async_trait]
impl EventLog for PgLog {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let (log, clinic) = (&self.inner, batch.clinic);
        let ready = Ready::of(&batch, (log.database.era(), log.memory.fence(clinic)), &log.memory)?;
        log.noted(&batch, log.appender.append(ready).await)
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        let log = &self.inner;
        // On a cluster each clinic is locked by itself.
        let in_turn = log.layout() == Layout::Together && log.memory.takes_turns(clinic);
        let place = if in_turn { log.turns.take(clinic, after).await } else { None };
        if let Some(Place { fence, tail, append }) = place {
            log.memory.fenced(clinic, fence);
            log.memory.followed(clinic, after, &tail);
            return Ok((Box::new(InTurn { log: Arc::clone(log), clinic, fence, append }), tail));
        }
        // Those before her may hang; that says nothing of the way to the server.
        let mut held = timeout(limits::ANSWER, log.locks.take()).await.unwrap_or_else(|_| {
            let busy = "too many heads wait to be locked";
            Err(LogError::Failed(busy.to_owned()))
        })?;
        match timeout(limits::ANSWER, log.lock(&mut held, clinic, after)).await {
            Ok(Ok((fence, tail))) => {
                log.memory.went_alone(clinic);
                let log = Arc::clone(log);
                Ok((Box::new(Locked { log, clinic, fence, held: Some(held) }), tail))
            }
            Ok(Err(error)) => {
                held.roll_back();
                Err(error)
            }
            Err(_) => {
                log.database.lost();
                Err(LogError::Failed("the database does not answer".to_owned()))
            }
        }
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.inner.read(clinic, after, limit).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        let events = || {
            sqlx::query(sql::STREAM)
                .bind(clinic.0)
                .bind(stream.aggregate_type())
                .bind(stream.id().to_string())
        };
        reads::whole(stream, reads::events(clinic, &self.rows(events).await?)?)
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        let rows = self.rows(|| sqlx::query(sql::HEAD).bind(clinic.0)).await?;
        let Some(row) = rows.first() else { return Ok(Head::default()) };
        let failed = |error| told("a head cannot be read", &error);
        Ok(Head {
            position: Position(number(row.try_get(0).map_err(failed)?)),
            occurred_at: Timestamp(row.try_get(1).map_err(failed)?),
        })
    }

    async fn position_at(
        &self,
        clinic: ClinicId,
        instant: Timestamp,
    ) -> Result<Position, LogError> {
        let found = || sqlx::query(sql::POSITION_AT).bind(clinic.0).bind(instant.0);
        let rows = self.rows(found).await?;
        let Some(row) = rows.first() else { return Ok(Position::START) };
        let failed = |error| told("an instant cannot be found", &error);
        Ok(Position(number(row.try_get(0).map_err(failed)?)))
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        ids(&self.rows(|| sqlx::query(sql::CLINICS)).await?)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        ids(&self.rows(|| sqlx::query(sql::DUE).bind(now.0).bind(limit)).await?)
    }

    fn shared(&self) -> bool {
        true
    }

    async fn moved(&self, known: &[(ClinicId, Position)]) -> Result<Vec<ClinicId>, LogError> {
        let clinics: Vec<Uuid> = known.iter().map(|(clinic, _)| clinic.0).collect();
        let known: BTreeMap<ClinicId, Position> = known.iter().copied().collect();
        let rows = self.rows(|| sqlx::query(sql::HEADS).bind(clinics.clone())).await?;
        let failed = |error| told("heads cannot be read", &error);
        let mut moved = vec![];
        for row in rows {
            let clinic = ClinicId(row.try_get(0).map_err(failed)?);
            let position = Position(number(row.try_get(1).map_err(failed)?));
            if known.get(&clinic) != Some(&position) {
                moved.push(clinic);
            }
        }
        Ok(moved)
    }

    async fn told(&self) -> Vec<(ClinicId, Position)> {
        self.inner.heard.take().await.into_iter().collect()
    }

    fn era(&self) -> u64 {
        self.inner.database.era()
    }

    fn level(&self) -> u32 {
        self.inner.database.level().load(Ordering::Acquire)
    }

    fn keeps_time(&self) -> Result<(), LogError> {
        self.inner.database.agreement().holds()
    }

    async fn set_due(
        &self,
        clinic: ClinicId,
        at: Position,
        next_due: Option<Timestamp>,
    ) -> Result<(), LogError> {
        let set = || {
            let set = match self.inner.layout() {
                Layout::Together => sqlx::query(sql::SET_DUE_FREE),
                Layout::Apart => sqlx::query(sql::SET_DUE),
            };
            set.bind(clinic.0).bind(at.0.cast_signed()).bind(next_due.map(|due| due.0))
        };
        self.rows(set).await.map(drop)
    }
}

async fn head_of(db: &mut PgConnection, clinic: ClinicId) -> Result<Option<PgRow>, sqlx::Error> {
    sqlx::query(sql::LOCK).bind(clinic.0).fetch_optional(db).await
}

fn ids(rows: &[PgRow]) -> Result<Vec<ClinicId>, LogError> {
    let failed = |error| told("clinics cannot be read", &error);
    rows.iter().map(|row| row.try_get(0).map(ClinicId).map_err(failed)).collect()
}
