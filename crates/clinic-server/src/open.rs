//! Opening a log that is kept, with what stands beside it. The one place that knows which store it is.

use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::Ports;
use clinic_engine::ports::{
    AccessLog, AppendError, Batch, Clock as _, EventLog, KeyError, KeyId, KeyStore, LogError,
    NoStates, SavedStates, SystemClock, VisitKey,
};
use clinic_interop::import::ImportSink;
use clinic_sqlite::access::SqliteAccess;
use clinic_sqlite::credentials::SqliteCredentials;
use clinic_sqlite::keys::SqliteKeys;
use clinic_sqlite::states::SqliteStates;
use clinic_sqlite::{AtomicAppend, Checked, FileError, OpenError, SqliteLog};
use tokio::sync::OnceCell;

use crate::cli::SqliteFiles;
use crate::failure::Failure;
use crate::out;
use crate::show::verify::Check;
use crate::store::Store;

/// Opens a log to read it, also while another process writes to it. Nothing is made that is not there.
pub(crate) async fn to_read(files: &SqliteFiles) -> Result<Store, Failure> {
    let log = log_to_read(files)?;
    let keys = KeysOnDemand { files: files.clone(), keys: OnceCell::new() };
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
pub(crate) async fn check(files: &SqliteFiles) -> Result<Check, Failure> {
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

/// A log that this process alone writes to, until it is closed.
pub(crate) struct Kept {
    log: Arc<SqliteLog>,
    files: SqliteFiles,
}

/// Opens a log to write to it, or makes it.
pub(crate) fn to_write(files: &SqliteFiles) -> Result<Kept, Failure> {
    let log = Arc::new(SqliteLog::open(&files.log)?);
    Ok(Kept { log, files: files.clone() })
}

/// Opens a log that is there to write to it.
pub(crate) fn to_go_on(files: &SqliteFiles) -> Result<Kept, Failure> {
    if files.log.exists() { to_write(files) } else { Err(no_log(files)) }
}

impl Kept {
    /// The log, and everything beside it that an engine needs.
    pub(crate) async fn ports(&self) -> Result<Ports, Failure> {
        let log = &self.files.log;
        let (keys, credentials) =
            (SqliteKeys::path_beside(log), SqliteCredentials::path_beside(log));
        let kept = std::fs::metadata(&keys).is_ok_and(|found| found.len() > 0);
        if !kept && self.seals().await? {
            return Err(Failure::Broken(format!(
                "{}: no such key store, but names in {} were sealed with it; put it back. If it is \
                 lost for good, so are those names: `clinic seal-key new` goes on without them",
                keys.display(),
                log.display()
            )));
        }
        let keys = SqliteKeys::open(&keys, &self.files.operator_key).await?;
        Ok(Ports {
            log: self.log(),
            keys: Arc::new(keys),
            credentials: Arc::new(SqliteCredentials::open(&credentials).await?),
            states: Arc::new(SqliteStates::open(&SqliteStates::path_beside(log), out::note).await),
            ..Ports::in_memory()
        })
    }

    /// Where readings of personal data are recorded.
    pub(crate) async fn access(&self) -> Result<Arc<dyn AccessLog>, Failure> {
        let path = SqliteAccess::path_beside(&self.files.log);
        Ok(Arc::new(SqliteAccess::open(&path).await?))
    }

    /// Whether a clinic of the log seals names; one that was imported has none.
    async fn seals(&self) -> Result<bool, Failure> {
        for clinic in self.log.clinics().await? {
            let first = self.log.read(clinic, Position::START, 1).await?.pop();
            let history = first.is_some_and(|first| match first.event {
                Event::Clinic(_, ClinicEvent::ClinicFounded { imported, .. }) => imported,
                Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => {
                    false
                }
            });
            if !history {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Refuses a name that a clinic of this log has: two of one name could not be told apart.
    pub(crate) async fn has_no_clinic(&self, name: &str) -> Result<(), Failure> {
        let store = Store::over(Ports { log: self.log(), ..Ports::in_memory() });
        for clinic in self.log.clinics().await? {
            if store.name(clinic).await?.is_some_and(|taken| taken.eq_ignore_ascii_case(name)) {
                let log = self.files.log.display();
                let said = format!("{log} has a clinic \"{name}\" already: {clinic}");
                return Err(Failure::Usage(said));
            }
        }
        Ok(())
    }

    /// Takes the events of a new clinic, all of them or none.
    pub(crate) fn sink(&self) -> Box<dyn ImportSink> {
        Box::new(Whole { log: Arc::clone(&self.log), append: None })
    }

    /// Stores what was played, as of now: each clinic of it as a whole or not at all. A day that was
    /// played is over, so nothing is due in it.
    pub(crate) async fn keep(&self, played: &Store) -> Result<Vec<(ClinicId, Position)>, Failure> {
        let (now, mut kept) = (SystemClock::new().now(), vec![]);
        for clinic in played.engine().clinics().await? {
            let (mut sink, mut pages) = (self.sink(), played.pages(clinic, Position::START));
            let mut expected = Position::START;
            while let Some(page) = pages.next().await? {
                let stored = |one| Arc::new(Recorded { recorded_at: now, ..one });
                let events: Vec<_> = page.into_iter().map(stored).collect();
                let last = events.last().map_or(expected, |last| last.position);
                sink.append(Batch { clinic, expected, events, next_due: None }).await?;
                expected = last;
            }
            sink.finish().await?;
            kept.push((clinic, expected));
        }
        Ok(kept)
    }

    /// The store itself.
    pub(crate) fn sqlite(&self) -> &SqliteLog {
        &self.log
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::<SqliteLog>::clone(&self.log)
    }

    /// Finishes the log and lets go of it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        Ok(self.log.close().await?)
    }
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

/// Keys that are opened when somebody first asks for one: who reads no names needs none.
#[derive(Debug)]
struct KeysOnDemand {
    files: SqliteFiles,
    keys: OnceCell<SqliteKeys>,
}

impl KeysOnDemand {
    async fn keys(&self) -> Result<&SqliteKeys, LogError> {
        let store = SqliteKeys::path_beside(&self.files.log);
        let open = || SqliteKeys::open(&store, &self.files.operator_key);
        Ok(self.keys.get_or_try_init(open).await?)
    }
}

#[async_trait]
impl KeyStore for KeysOnDemand {
    async fn fresh(&self) -> Result<(KeyId, VisitKey), LogError> {
        self.keys().await?.fresh().await
    }

    async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        self.keys().await?.key(id).await
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyError> {
        self.keys().await?.destroy(id).await
    }
}
