//! A log in a Postgres database that nodes share, with what stands beside it in the same one.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_engine::Ports;
use clinic_engine::ports::{
    AccessLog, AppendError, Batch, Credentials, EventLog, MemoryAccess, MemoryCredentials,
    SystemClock,
};
use clinic_interop::import::ImportSink;
use clinic_postgres::{AtomicAppend, Database, PgLog, RawBatch};

use super::Scanned;
use crate::cli::{PostgresLog, Url};
use crate::failure::Failure;
use crate::stopwatch::Stopwatch;
use crate::store::Store;

/// Connects to a database whose tables are there, and changes nothing.
async fn there(url: &Url) -> Result<Database, Failure> {
    let clock = Arc::new(SystemClock::new());
    let opened = Database::open_to_read(url.exposed(), clock).await;
    opened.map_err(|error| Failure::from(error).at(url))
}

/// Connects to a database, and makes the tables if there are none.
async fn made(url: &Url) -> Result<Database, Failure> {
    let clock = Arc::new(SystemClock::new());
    let opened = Database::open(url.exposed(), clock).await;
    opened.map_err(|error| Failure::from(error).at(url))
}

/// Opens a log to read it, while nodes write to it.
pub(super) async fn to_read(log: &PostgresLog) -> Result<Store, Failure> {
    let database = there(&log.url).await?;
    let ports = Ports { log: Arc::new(PgLog::open(&database)?), ..Ports::in_memory() };
    Ok(Store::over(ports))
}

/// The accounts of a log that is there.
pub(super) async fn credentials(log: &PostgresLog) -> Result<Arc<dyn Credentials>, Failure> {
    let _database = there(&log.url).await?;
    Ok(Arc::new(MemoryCredentials::default()))
}

/// Opens a log to write to it, or makes it.
pub(super) async fn to_write(address: &PostgresLog) -> Result<Kept, Failure> {
    let database = made(&address.url).await?;
    let log = Arc::new(PgLog::open(&database)?);
    Ok(Kept { log, database, address: address.clone() })
}

/// A log that this node writes to, beside others.
pub(crate) struct Kept {
    log: Arc<PgLog>,
    database: Database,
    address: PostgresLog,
}

/// Where it is; never a password.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.address.url, f)
    }
}

impl Kept {
    pub(super) async fn ports(&self) -> Result<Ports, Failure> {
        Ok(Ports { log: self.log(), ..Ports::in_memory() })
    }

    pub(super) async fn access(&self) -> Result<Arc<dyn AccessLog>, Failure> {
        let _database = &self.database;
        Ok(Arc::new(MemoryAccess::default()))
    }

    pub(super) fn log(&self) -> Arc<dyn EventLog> {
        Arc::<PgLog>::clone(&self.log)
    }

    /// Takes the events of a new clinic, all of them or none.
    pub(super) fn sink(&self) -> Box<dyn ImportSink> {
        Box::new(Whole { log: Arc::clone(&self.log), append: None })
    }

    pub(super) async fn insert_aside(
        &self,
        batches: Vec<Vec<Arc<Recorded>>>,
    ) -> Result<u64, Failure> {
        let ready: Result<Vec<_>, _> = batches.iter().map(|batch| RawBatch::of(batch)).collect();
        let (ready, floor) = (ready?, self.log.floor().await?);
        let start = Stopwatch::start();
        let inserted = floor.append(ready).await;
        let took = start.micros();
        let removed = floor.remove().await;
        inserted?;
        removed?;
        Ok(took)
    }

    pub(super) async fn scan(&self) -> Result<Scanned, Failure> {
        let clinic_postgres::Scanned { events, bytes } = self.log.scan().await?;
        Ok(Scanned { events, bytes })
    }

    /// Lets go of the database.
    pub(super) async fn close(self) -> Result<(), Failure> {
        Ok(())
    }
}

/// The events of one clinic, in one transaction.
struct Whole {
    log: Arc<PgLog>,
    append: Option<AtomicAppend>,
}

#[async_trait]
impl ImportSink for Whole {
    async fn append(&mut self, batch: Batch) -> Result<(), AppendError> {
        let append = match &mut self.append {
            Some(append) => append,
            none => none.insert(self.log.begin_atomic(batch.clinic).await?),
        };
        append.append(&batch).await
    }

    async fn finish(self: Box<Self>) -> Result<(), AppendError> {
        match self.append {
            Some(append) => append.finish().await,
            None => Ok(()),
        }
    }

    async fn abandon(self: Box<Self>) -> Position {
        Position::START
    }
}
