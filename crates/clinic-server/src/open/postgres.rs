//! A log in a Postgres database that nodes share, with what stands beside it in the same one.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_engine::Ports;
use clinic_engine::ports::{
    AccessLog, AppendError, Batch, Credentials, EventLog, LogError, SystemClock,
};
use clinic_engine::wrapping::Print;
use clinic_interop::import::ImportSink;
use clinic_postgres::access::PgAccess;
use clinic_postgres::credentials::PgCredentials;
use clinic_postgres::keys::{KeysError, PgKeys};
use clinic_postgres::states::PgStates;
use clinic_postgres::{AtomicAppend, Checked, Database, Founding, PgLog, PgSeen, RawBatch};
use clinic_sqlite::operator_key;

use super::Scanned;
use super::keys::KeysOnDemand;
use super::moving::{Keys, Rows, Secrets, Side};
use crate::cli::{PostgresLog, Url};
use crate::failure::Failure;
use crate::show::verify::Check;
use crate::stopwatch::Stopwatch;
use crate::store::Store;

/// Connects to a database whose log is there, and changes nothing in it.
pub(crate) async fn there(url: &Url) -> Result<Database, Failure> {
    let clock = Arc::new(SystemClock::new());
    let opened = Database::open_to_read(url.exposed(), clock).await;
    opened.map_err(|error| Failure::from(error).at(url))
}

/// Connects to a database, and makes the tables of a log if there are none.
async fn made(url: &Url) -> Result<Database, Failure> {
    let clock = Arc::new(SystemClock::new());
    let opened = Database::open(url.exposed(), clock).await;
    opened.map_err(|error| Failure::from(error).at(url))
}

/// The database of the keys: that of the log, or one of their own.
async fn of_keys(log: &PostgresLog, database: &Database) -> Result<Database, Failure> {
    let Some(url) = &log.keys else { return Ok(database.clone()) };
    let clock = Arc::new(SystemClock::new());
    let opened = Database::open_without_log(url.exposed(), clock).await;
    opened.map_err(|error| Failure::from(error).at(url))
}

/// Opens a log to read it, while nodes write to it.
pub(super) async fn to_read(log: &PostgresLog) -> Result<Store, Failure> {
    let database = there(&log.url).await?;
    let opened = PgLog::open(&database);
    let states = Arc::new(PgStates::open(&database));
    let ports = Ports { log: Arc::new(opened), states, ..Ports::in_memory() };
    let Ok(key_file) = log.operator_key() else {
        let note = "no --operator-key was given, so names stay sealed".to_owned();
        return Ok(Store::over(ports).without_keys(note));
    };
    if !key_file.exists() {
        let note = format!("{}: no such file, so names stay sealed", key_file.display());
        return Ok(Store::over(ports).without_keys(note));
    }
    let log = log.clone();
    let keys = KeysOnDemand::new(move || {
        let (log, database) = (log.clone(), database.clone());
        async move {
            let keys = keys_there(&log, &database).await;
            keys.map_err(|failure| LogError::Failed(failure.to_string()))
        }
    });
    Ok(Store::over(Ports { keys: Arc::new(keys), ..ports }))
}

/// Looks whether the tables agree with each other.
pub(super) async fn check(log: &PostgresLog) -> Result<Check, Failure> {
    let Checked { clinics, findings } = PgLog::open(&there(&log.url).await?).check().await?;
    let failed = (!findings.is_empty()).then(|| findings.join("\n"));
    Ok(Check::of("each clinic ends where its head says", failed, format!("{clinics} clinics")))
}

/// The accounts of a log that is there.
pub(super) async fn credentials(log: &PostgresLog) -> Result<Arc<dyn Credentials>, Failure> {
    Ok(Arc::new(PgCredentials::open(&there(&log.url).await?)))
}

/// Why a key store is not open.
enum Unopened {
    /// It is new, and whoever asked did not expect that.
    New,
    Failed(Failure),
}

impl From<KeysError> for Unopened {
    fn from(error: KeysError) -> Self {
        Self::Failed(error.into())
    }
}

/// Opens the key store with the key in the operator's file. Where the store has no key yet, `new` says
/// whether it may take the one of the file, which is made if it is not there.
async fn open_keys(log: &PostgresLog, database: &Database, new: bool) -> Result<PgKeys, Unopened> {
    let key_file = operator_key::real(log.operator_key().map_err(Unopened::Failed)?);
    let store = log.keys().clone();
    let find = move |print: Option<Print>| {
        if print.is_none() && !new {
            return Err(Unopened::New);
        }
        let found = operator_key::settle(&key_file, print);
        let found = found.map_err(|error| Unopened::Failed(error.into()))?;
        found.ok_or_else(|| Unopened::Failed(no_such_key(&key_file, &store)))
    };
    let database = of_keys(log, database).await.map_err(Unopened::Failed)?;
    // Who only reads makes no tables, either.
    if !new
        && !PgKeys::are_there(&database).await.map_err(|error| Unopened::Failed(error.into()))?
    {
        return Err(Unopened::New);
    }
    PgKeys::open_with(&database, find).await
}

fn no_such_key(key_file: &Path, store: &Url) -> Failure {
    let (file, there) = (key_file.display(), key_file.exists());
    Failure::Broken(if there {
        format!("{file}: this is not the operator key that the keys in {store} were made with")
    } else {
        format!(
            "{file}: no such file, and without this operator key nothing in {store} can be opened: \
             copy it from another node, or put it back where it was"
        )
    })
}

/// Opens a key store that is there.
async fn keys_there(log: &PostgresLog, database: &Database) -> Result<PgKeys, Failure> {
    open_keys(log, database, false).await.map_err(|unopened| match unopened {
        Unopened::Failed(failure) => failure,
        Unopened::New => Failure::Broken(format!("{}: there are no keys", log.keys())),
    })
}

/// Opens a log to copy from it.
pub(super) async fn source(log: &PostgresLog) -> Result<Side, Failure> {
    let database = there(&log.url).await?;
    let rows = Arc::new(PgLog::open(&database));
    let keys = match open_keys(log, &database, false).await {
        Ok(keys) => Some(Keys::Postgres(keys)),
        Err(Unopened::New) => None,
        Err(Unopened::Failed(failure)) => return Err(failure),
    };
    let secrets = Some(Secrets::Postgres(PgCredentials::open(&database)));
    Ok(Side { rows: Rows::Postgres(rows), keys, secrets })
}

/// Puts a new operator key in the place of the present one, and says how many keys are wrapped with it.
pub(crate) async fn rotate(
    log: &PostgresLog,
    progress: impl FnMut(u64, u64) + Send,
) -> Result<u64, Failure> {
    let database = there(&log.url).await?;
    let key_file = operator_key::real(log.operator_key()?);
    // Also what a rotation that was broken off has left is settled first.
    drop(keys_there(log, &database).await?);
    let nodes = database.levels().await?.nodes.len();
    if nodes > 0 {
        // As of a file that somebody writes to.
        return Err(Failure::Broken(format!(
            "{nodes} nodes are at work on {}, and would be refused the keys that they need: stop them, \
             wait half a minute, rotate, and give each the new file",
            log.url
        )));
    }
    let present = operator_key::load(&key_file)?;
    let next = move || Ok::<_, Failure>(operator_key::keep_next(&key_file)?);
    let keys = of_keys(log, &database).await?;
    let done = PgKeys::rotate(&keys, &present, next, progress).await?;
    drop(keys_there(log, &database).await?);
    Ok(done)
}

/// Opens a log to write to it, or makes it.
pub(super) async fn to_write(address: &PostgresLog) -> Result<Kept, Failure> {
    let database = made(&address.url).await?;
    let log = Arc::new(PgLog::open(&database));
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
        Ok(Ports {
            log: self.log(),
            keys: Arc::new(self.keys().await?),
            credentials: Arc::new(PgCredentials::open(&self.database)),
            states: Arc::new(PgStates::open(&self.database)),
            seen: Arc::new(PgSeen::open(&self.database)),
            ..Ports::in_memory()
        })
    }

    /// The keys; a log without names gets a new store.
    async fn keys(&self) -> Result<PgKeys, Failure> {
        match open_keys(&self.address, &self.database, false).await {
            Ok(keys) => return Ok(keys),
            Err(Unopened::Failed(failure)) => return Err(failure),
            Err(Unopened::New) => {}
        }
        let store = self.address.keys();
        if super::seals(&self.log()).await? {
            return Err(Failure::Broken(format!(
                "{store}: there are no keys, but names in {self} were sealed with some: --keys says where \
                 they are; if they are lost, restore that database"
            )));
        }
        open_keys(&self.address, &self.database, true).await.map_err(|unopened| match unopened {
            Unopened::Failed(failure) => failure,
            Unopened::New => {
                Failure::Broken(format!("{store}: the keys went while they were opened"))
            }
        })
    }

    #[expect(clippy::unused_async, reason = "the other store opens a file here")]
    pub(super) async fn access(&self) -> Result<Arc<dyn AccessLog>, Failure> {
        Ok(Arc::new(PgAccess::open(&self.database)))
    }

    /// What a copy is made in.
    pub(super) async fn side(&self) -> Result<Side, Failure> {
        Ok(Side {
            rows: Rows::Postgres(Arc::clone(&self.log)),
            keys: Some(Keys::Postgres(self.keys().await?)),
            secrets: Some(Secrets::Postgres(PgCredentials::open(&self.database))),
        })
    }

    pub(super) async fn founding(&self) -> Result<Founding, Failure> {
        Ok(self.database.founding().await?)
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
        self.log.close().await;
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
