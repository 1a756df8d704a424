//! Opening a log: lock it, look at everything that may be wrong with it, and start its writer.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::beside::{self, with_suffix};
use crate::check::{self, Depth};
use crate::error::OpenError;
use crate::head_file::Acknowledged;
use crate::lock::LogLock;
use crate::log::SqliteLog;
use crate::writer::Writer;
use crate::{FileError, limits, schema};

impl SqliteLog {
    /// Opens the log at `path`, or makes one. Its folder is made as well, for its owner only. Blocks
    /// for as long as it takes to look the file through.
    ///
    /// # Errors
    /// If another process has it; if it is no log, or one of a newer version; if it is damaged; if it
    /// holds less than was acknowledged; if the file cannot be made, read or written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        open(&real(path.as_ref())?, limits::OPEN_CHECK_BYTES)
    }

    /// Opens the log at `path` for reading, also while another process writes to it. This log never
    /// appends and never checkpoints, so it needs no lock.
    ///
    /// # Errors
    /// If there is no log, or one of another version; if it holds less than was acknowledged; if the
    /// file cannot be read.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = real(path.as_ref())?;
        whole(&path)?;
        Ok(Self::new(path, None, None))
    }
}

/// Opens a log for reading that holds what was acknowledged.
pub(crate) fn whole(path: &Path) -> Result<Connection, OpenError> {
    // First the promise, then the log: a writer may add to both meanwhile.
    let acknowledged = Acknowledged::read(path)?;
    if !is_there(path, acknowledged.as_ref())? {
        return Err(FileError::Missing { path: path.to_owned() }.into());
    }
    let db = schema::open_unknown(path).map_err(|error| was_a_log(error, acknowledged.as_ref()))?;
    if let Some(acknowledged) = acknowledged {
        acknowledged.check(path, &db)?;
    }
    Ok(db)
}

/// The file behind a link: a log has one lock and one head file, by whatever name it is reached.
///
/// # Errors
/// If the link leads nowhere.
pub fn real(path: &Path) -> Result<PathBuf, FileError> {
    if !path.is_symlink() {
        return Ok(path.to_owned());
    }
    fs::canonicalize(path).map_err(|error| FileError::failed(path, &error))
}

/// Opens a log, and reads all of it unless it is larger than `read_through`.
fn open(path: &Path, read_through: u64) -> Result<SqliteLog, OpenError> {
    // Before anything else touches the file: to open and close it would give up the locks of whoever
    // has it open in this process.
    let lock = LogLock::take(path)?;
    let acknowledged = Acknowledged::read(path)?;
    if !is_there(path, acknowledged.as_ref())? {
        beside::make_private(path)?;
    }
    let opened = schema::open_writer(path);
    let (mut db, form) = opened.map_err(|error| was_a_log(error, acknowledged.as_ref()))?;
    if form > 0 {
        look_through(path, &db, read_through)?;
        if let Some(acknowledged) = acknowledged {
            acknowledged.check(path, &db)?;
        }
    }
    schema::begin(path, &mut db, form)?;
    let writer = Writer::start(path.to_owned(), db)?;
    Ok(SqliteLog::new(path.to_owned(), Some(writer), Some(lock)))
}

fn look_through(path: &Path, db: &Connection, read_through: u64) -> Result<(), OpenError> {
    let pages = |name| db.pragma_query_value::<u64, _>(None, name, |row| row.get(0));
    let bytes = pages("page_count").and_then(|count| Ok(count * pages("page_size")?));
    let bytes = bytes.map_err(|error| crate::error::told(path, &error))?;
    let depth = if bytes <= read_through { Depth::Quick } else { Depth::Ends };
    let found = check::content(db, depth);
    if found.findings.is_empty() {
        return Ok(());
    }
    Err(OpenError::Damaged { path: path.to_owned(), findings: found.findings })
}

/// A file that does not look like a log was one if events of it were acknowledged.
fn was_a_log(error: OpenError, acknowledged: Option<&Acknowledged>) -> OpenError {
    match (error, acknowledged) {
        (OpenError::Foreign { path, why }, Some(promise)) if !promise.is_empty() => {
            OpenError::Damaged { path, findings: vec![why] }
        }
        (error, _) => error,
    }
}

/// Whether the file is there. One that is not, or is empty, was lost if a write-ahead log is beside it
/// - SQLite would delete that, and it may be all that is left - or if events of it were acknowledged.
fn is_there(path: &Path, acknowledged: Option<&Acknowledged>) -> Result<bool, OpenError> {
    let there = match fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() > 0 => return Ok(true),
        Ok(found) if found.is_file() => true,
        Ok(_) => {
            let why = "it is no file".to_owned();
            return Err(OpenError::Foreign { path: path.to_owned(), why });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(FileError::failed(path, &error).into()),
    };
    let wal = with_suffix(path, "-wal");
    if fs::metadata(&wal).is_ok_and(|left| left.len() > 0) {
        let findings = vec![format!("only {} is left of it", wal.display())];
        return Err(OpenError::Damaged { path: path.to_owned(), findings });
    }
    match acknowledged {
        Some(promise) if !promise.is_empty() => {
            let found = if there { "the log is empty" } else { "the log is not there" };
            Err(promise.shortened(path, found.to_owned()))
        }
        Some(_) | None => Ok(there),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clinic_domain::ids::Position;
    use clinic_engine::ports::{AppendError, Batch, EventLog};
    use clinic_testkit::world::World;

    use super::*;

    /// A clinic of many rooms, a batch for each.
    fn batches() -> Vec<Batch> {
        let mut world = World::new(1);
        world.found();
        for room in 0..200 {
            world.open(&format!("Room {room}"), &[]);
        }
        let commands = world.log().chunk_by(|a, b| a.cause.command_id == b.cause.command_id);
        commands
            .map(|events| Batch {
                clinic: events[0].clinic,
                expected: Position(events[0].position.0 - 1),
                events: events.iter().cloned().map(Arc::new).collect(),
                next_due: None,
            })
            .collect()
    }

    async fn appended(log: &SqliteLog, batches: &[Batch]) -> Result<(), (usize, AppendError)> {
        for (n, batch) in batches.iter().enumerate() {
            log.append(batch.clone()).await.map_err(|error| (n, error))?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_large_log_has_its_last_events_checked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("clinic.db");
        let log = open(&path, 0).expect("it is opened");
        appended(&log, &batches()).await.expect("it is appended");
        drop(log);
        drop(open(&path, 0).expect("it is whole"));
        let meddle = |sql: &str| {
            let db = Connection::open(&path).expect("it is opened");
            db.execute_batch(sql).expect("it is done");
        };
        meddle("UPDATE events SET payload = '{}' WHERE id & 0xff = 9");
        drop(open(&path, 0).expect("nobody has looked there"));
        assert!(matches!(open(&path, u64::MAX), Err(OpenError::Damaged { .. })));
        meddle("DELETE FROM events WHERE id = (SELECT max(id) FROM events)");
        assert!(matches!(open(&path, 0), Err(OpenError::Damaged { .. })));
    }

    /// As a full disk, for those who may not mount one.
    #[tokio::test]
    async fn a_file_that_may_not_grow_refuses_clearly_and_goes_on_when_it_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = open(&folder.path().join("clinic.db"), 0).expect("it is opened");
        let limit = async |pages: &'static str| {
            let writer = log.inner.writer().expect("it writes");
            writer.alone(|thread| thread.store.pragma(pages)).await.expect("it runs").expect("set")
        };
        limit("max_page_count = 20").await;
        let batches = batches();
        let (stored, error) = appended(&log, &batches).await.expect_err("the file is full");
        assert!(stored > 3);
        let AppendError::Failed(error) = error else { panic!("it is certain: {error}") };
        assert!(error.why().contains("no space left; make room on the disk"), "{error}");
        let clinic = batches[0].clinic;
        let head = log.head(clinic).await.expect("it is read").position;
        assert_eq!(head, batches[stored].expected);
        limit("max_page_count = 10000").await;
        appended(&log, &batches[stored..]).await.expect("there is room");
        assert_eq!(log.check(true).await.expect("it is checked").findings, [""; 0]);
    }
}
