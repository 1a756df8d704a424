//! The log: the `EventLog` of the engine over the writer and the readers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError, Take};
use clinic_engine::stored::{RawRow, Row};

use crate::lock::LogLock;
use crate::readers::Readers;
use crate::sync::{blocking, lock};
use crate::writer::batch::Append;
use crate::writer::{Turn, Work, Writer};
use crate::{clinics, reads};

/// A log in a SQLite file.
#[derive(Debug)]
pub struct SqliteLog {
    pub(crate) inner: Arc<Inner>,
}

/// What a log shares with the repositories made of it.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    /// `None` where the log is only read.
    writer: Option<Writer>,
    pub(crate) readers: Readers,
    turns: Mutex<BTreeMap<ClinicId, Arc<tokio::sync::Mutex<()>>>>,
    /// Whether stock writers may write beside the engine.
    pub(crate) shared: AtomicBool,
    lock: Mutex<Option<LogLock>>,
}

impl SqliteLog {
    pub(crate) fn new(path: PathBuf, writer: Option<Writer>, lock: Option<LogLock>) -> Self {
        let inner = Inner {
            readers: Readers::new(path.clone()),
            path,
            // Where somebody else writes, the log grows by other hands.
            shared: AtomicBool::new(writer.is_none()),
            writer,
            turns: Mutex::default(),
            lock: Mutex::new(lock),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Finishes what waits, copies the write-ahead log into the main file, writes the head file and
    /// lets go of the files. Whoever asks the log for something afterwards is told that it is closed.
    ///
    /// # Errors
    /// If the files could not be finished. What was acknowledged is stored all the same.
    pub async fn close(&self) -> Result<(), LogError> {
        self.inner.readers.close().await;
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.close_writer()).await
    }

    /// At most `limit` rows of a clinic behind `after`, as they are stored.
    ///
    /// # Errors
    /// If the log cannot be read, or is damaged.
    pub async fn raw_rows(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RawRow>, LogError> {
        let raw = |row: &Row<'_>| Ok(RawRow::from(*row));
        self.inner.readers.read(move |db| reads::page(db, clinic, after, limit, raw)).await
    }

    /// When a clinic next has work.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn next_due(&self, clinic: ClinicId) -> Result<Option<Timestamp>, LogError> {
        let due = move |db: &_| Ok(clinics::find(db, clinic)?.and_then(|found| found.next_due));
        self.inner.readers.read(due).await
    }

    /// What `PRAGMA synchronous` is on the connection that writes: 2 is FULL.
    ///
    /// # Errors
    /// If the log is closed, or only read.
    pub async fn synchronous(&self) -> Result<i64, LogError> {
        let path = self.inner.path.clone();
        let asked = self.inner.writer()?.alone(|writer| writer.store.pragma("synchronous"));
        asked.await?.map_err(|error| crate::error::told(&path, &error))
    }
}

impl Inner {
    pub(crate) fn writer(&self) -> Result<&Writer, LogError> {
        let only_read =
            || LogError::Failed(format!("{}: opened for reading only", self.path.display()));
        self.writer.as_ref().ok_or_else(only_read)
    }

    /// Waits until nobody else writes to the clinic.
    pub(crate) async fn turn(&self, clinic: ClinicId) -> Turn {
        let turns = Arc::clone(lock(&self.turns).entry(clinic).or_default());
        turns.lock_owned().await
    }

    pub(crate) async fn append(&self, batch: &Batch, turn: Turn) -> Result<(), AppendError> {
        // Encoded here, so that the writer's thread has only to insert.
        let append = Append::of(batch)?;
        self.writer()?.write(Work::Append(append), turn).await
    }

    async fn page(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.readers.read(move |db| reads::page(db, clinic, after, limit, reads::recorded)).await
    }

    fn close_writer(&self) -> Result<(), LogError> {
        let closed = self.writer.as_ref().map_or(Ok(()), Writer::close);
        drop(lock(&self.lock).take());
        closed
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.readers.forget();
        // As well as it can be done: whoever wants to know calls `close`.
        let _unheard = self.close_writer();
    }
}

#[async_trait]
impl EventLog for SqliteLog {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let turn = self.inner.turn(batch.clinic).await;
        self.inner.append(&batch, turn).await
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        let turn = self.inner.turn(clinic).await;
        // Whoever settles a doubt must not read a file of which nobody knows what it holds.
        self.goes_on()?;
        let tail = self.inner.page(clinic, after, clinic_engine::limits::PAGE).await?;
        Ok((Box::new(Locked { log: Arc::clone(&self.inner), clinic, turn }), tail))
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.inner.page(clinic, after, limit).await
    }

    async fn each(
        &self,
        clinic: ClinicId,
        after: Position,
        until: Position,
        take: Take,
    ) -> Result<(), LogError> {
        let read = move |db: &_| reads::stretch(db, clinic, after, until, take);
        self.inner.readers.read(read).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.inner.readers.read(move |db| reads::stream(db, clinic, stream, reads::recorded)).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        self.inner.readers.read(move |db| reads::head(db, clinic)).await
    }

    async fn position_at(
        &self,
        clinic: ClinicId,
        instant: Timestamp,
    ) -> Result<Position, LogError> {
        self.inner.readers.read(move |db| reads::position_at(db, clinic, instant)).await
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        self.inner.readers.read(clinics::ids).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        self.inner.readers.read(move |db| clinics::due(db, now, limit)).await
    }

    fn shared(&self) -> bool {
        self.inner.shared.load(Ordering::Acquire)
    }

    fn goes_on(&self) -> Result<(), LogError> {
        self.inner.writer()?.stopped()
    }
}

struct Locked {
    log: Arc<Inner>,
    clinic: ClinicId,
    turn: Turn,
}

#[async_trait]
impl LockedHead for Locked {
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.log.page(self.clinic, after, limit).await
    }

    async fn append(self: Box<Self>, batch: Batch) -> Result<(), AppendError> {
        if batch.clinic != self.clinic {
            return Err(LogError::Failed("the lock is another clinic's".to_owned()).into());
        }
        self.log.append(&batch, self.turn).await
    }
}
