//! A log in a SQLite file, with files beside it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_engine::Ports;
use clinic_engine::ports::{
    AccessLog, AppendError, Batch, Credentials, EventLog, NoStates, SavedStates,
};
use clinic_interop::import::ImportSink;
use clinic_sqlite::access::SqliteAccess;
use clinic_sqlite::credentials::SqliteCredentials;
use clinic_sqlite::keys::SqliteKeys;
use clinic_sqlite::states::SqliteStates;
use clinic_sqlite::{AtomicAppend, Checked, FileError, OpenError, RawBatch, SqliteLog};

use super::Scanned;
use super::keys::KeysOnDemand;
use super::moving::{Keys, Rows, Secrets, Side};
use crate::cli::SqliteFiles;
use crate::failure::Failure;
use crate::out;
use crate::show::verify::Check;
use crate::stopwatch::Stopwatch;
use crate::store::Store;

/// Opens a log to read it, also while another process writes to it. Nothing is made that is not there.
pub(super) async fn to_read(files: &SqliteFiles) -> Result<Store, Failure> {
    let log = log_to_read(files)?;
    let (store, operator_key) = (SqliteKeys::path_beside(&files.log), files.operator_key.clone());
    let keys = KeysOnDemand::new(move || {
        let (store, operator_key) = (store.clone(), operator_key.clone());
        async move { Ok(SqliteKeys::open(&store, &operator_key).await?) }
    });
    let ports = Ports {
        log: Arc::new(log),
        keys: Arc::new(keys),
        states: states(files).await,
        ..Ports::in_memory()
    };
    let store = Store::over(ports);
    let keys = SqliteKeys::path_beside(&files.log);
    if keys.exists() {
        return Ok(store);
    }
    Ok(store.without_keys(format!("{}: no such file, so names stay sealed", keys.display())))
}

/// The log itself, to read it.
pub(crate) fn log_to_read(files: &SqliteFiles) -> Result<SqliteLog, Failure> {
    match SqliteLog::open_read_only(&files.log) {
        Err(OpenError::File(FileError::Missing { .. })) => Err(no_log(files)),
        log => Ok(log?),
    }
}

/// Has the store look for damage in its own file.
pub(super) async fn check(files: &SqliteFiles) -> Result<Check, Failure> {
    let Checked { clinics, events, findings, untold } = log_to_read(files)?.check(true).await?;
    let more = (untold > 0).then(|| format!("and {untold} more"));
    let found: Vec<String> = findings.into_iter().chain(more).collect();
    let failed = (!found.is_empty()).then(|| found.join("\n"));
    let found = format!("{clinics} clinics, {events} events");
    Ok(Check::of("the file is whole, each row as it was written", failed, found))
}

fn no_log(files: &SqliteFiles) -> Failure {
    let log = files.log.display();
    Failure::Usage(format!(
        "there is no log at {log}; one is made by `clinic import` and by `clinic run FILE --log \
         sqlite:{log}`. `--log memory:` reads the demo, and `--day FILE` a day file"
    ))
}

/// The saved states of a log, if there are any; a reader makes no cache.
async fn states(files: &SqliteFiles) -> Arc<dyn SavedStates> {
    let path = SqliteStates::path_beside(&files.log);
    if !path.exists() {
        return Arc::new(NoStates);
    }
    Arc::new(SqliteStates::open(&path, out::note).await)
}

/// Opens a log to copy from it.
pub(super) async fn source(files: &SqliteFiles) -> Result<Side, Failure> {
    let rows = Rows::Sqlite(Arc::new(log_to_read(files)?));
    let store = SqliteKeys::path_beside(&files.log);
    let keys = if store.exists() {
        Some(Keys::Sqlite(SqliteKeys::open(&store, &files.operator_key).await?))
    } else {
        None
    };
    let store = SqliteCredentials::path_beside(&files.log);
    let secrets = if store.exists() {
        Some(Secrets::Sqlite(SqliteCredentials::open(&store).await?))
    } else {
        None
    };
    Ok(Side { rows, keys, secrets })
}

/// A log that this process alone writes to, until it is closed.
pub(crate) struct Kept {
    log: Arc<SqliteLog>,
    files: SqliteFiles,
}

/// Opens a log to write to it, or makes it.
pub(super) fn to_write(files: &SqliteFiles) -> Result<Kept, Failure> {
    let log = Arc::new(SqliteLog::open(&files.log)?);
    Ok(Kept { log, files: files.clone() })
}

/// Opens a log that is there to write to it.
pub(super) fn to_go_on(files: &SqliteFiles) -> Result<Kept, Failure> {
    if files.log.exists() { to_write(files) } else { Err(no_log(files)) }
}

/// The accounts of a log that is there, while a server may be at work.
pub(super) async fn credentials(files: &SqliteFiles) -> Result<Arc<dyn Credentials>, Failure> {
    let store = SqliteCredentials::path_beside(&files.log);
    if !store.exists() {
        let store = store.display();
        return Err(Failure::Usage(format!(
            "{store}: no such file, so nobody has an account there; --log says which log is meant"
        )));
    }
    credentials_or_new(files).await
}

/// The same, and where nobody has an account yet, a store for the first.
pub(super) async fn credentials_or_new(
    files: &SqliteFiles,
) -> Result<Arc<dyn Credentials>, Failure> {
    let store = SqliteCredentials::path_beside(&files.log);
    Ok(Arc::new(SqliteCredentials::open(&store).await?))
}

impl Kept {
    /// The log, and everything beside it that an engine needs.
    pub(super) async fn ports(&self) -> Result<Ports, Failure> {
        let log = &self.files.log;
        Ok(Ports {
            log: self.log(),
            keys: Arc::new(self.keys().await?),
            credentials: Arc::new(self.credentials().await?),
            states: Arc::new(SqliteStates::open(&SqliteStates::path_beside(log), out::note).await),
            ..Ports::in_memory()
        })
    }

    async fn keys(&self) -> Result<SqliteKeys, Failure> {
        let log = &self.files.log;
        let keys = SqliteKeys::path_beside(log);
        let kept = std::fs::metadata(&keys).is_ok_and(|found| found.len() > 0);
        if !kept && super::seals(&self.log()).await? {
            return Err(Failure::Broken(format!(
                "{}: no such key store, but names in {} were sealed with it; put it back. If it is \
                 lost for good, so are those names: `clinic seal-key new` goes on without them",
                keys.display(),
                log.display()
            )));
        }
        Ok(SqliteKeys::open(&keys, &self.files.operator_key).await?)
    }

    async fn credentials(&self) -> Result<SqliteCredentials, Failure> {
        let credentials = SqliteCredentials::path_beside(&self.files.log);
        Ok(SqliteCredentials::open(&credentials).await?)
    }

    /// What a copy is made in.
    pub(super) async fn side(&self) -> Result<Side, Failure> {
        Ok(Side {
            rows: Rows::Sqlite(Arc::clone(&self.log)),
            keys: Some(Keys::Sqlite(self.keys().await?)),
            secrets: Some(Secrets::Sqlite(self.credentials().await?)),
        })
    }

    /// Where readings of personal data are recorded.
    pub(super) async fn access(&self) -> Result<Arc<dyn AccessLog>, Failure> {
        let path = SqliteAccess::path_beside(&self.files.log);
        Ok(Arc::new(SqliteAccess::open(&path).await?))
    }

    /// Takes the events of a new clinic, all of them or none.
    pub(super) fn sink(&self) -> Box<dyn ImportSink> {
        Box::new(Whole { log: Arc::clone(&self.log), append: None })
    }

    pub(super) async fn insert_aside(
        &self,
        batches: Vec<Vec<Arc<Recorded>>>,
    ) -> Result<u64, Failure> {
        let aside = self.files.log.with_extension("floor");
        std::fs::create_dir_all(&aside)?;
        let took = insert_into(&aside.join("floor.db"), &batches).await;
        std::fs::remove_dir_all(&aside)?;
        took
    }

    pub(super) async fn scan(&self) -> Result<Scanned, Failure> {
        let clinic_sqlite::Scanned { events, bytes } = self.log.scan(None).await?;
        Ok(Scanned { events, bytes })
    }

    pub(super) fn log(&self) -> Arc<dyn EventLog> {
        Arc::<SqliteLog>::clone(&self.log)
    }

    /// Finishes the log and lets go of it.
    pub(super) async fn close(self) -> Result<(), Failure> {
        Ok(self.log.close().await?)
    }
}

/// Where it is.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.files.log.display())
    }
}

async fn insert_into(path: &Path, batches: &[Vec<Arc<Recorded>>]) -> Result<u64, Failure> {
    let ready: Result<Vec<_>, _> = batches.iter().map(|batch| RawBatch::of(batch)).collect();
    let (ready, log) = (ready?, SqliteLog::open(path)?);
    let start = Stopwatch::start();
    log.append_raw(ready).await?;
    let took = start.micros();
    log.close().await?;
    Ok(took)
}

/// The events of one clinic, in one transaction.
struct Whole {
    log: Arc<SqliteLog>,
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
