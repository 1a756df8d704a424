//! The tables, how they came to be, and the settings of each connection.

use std::path::Path;

use clinic_engine::ports::LogError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::beside::immediate;
use crate::error::{OpenError, told};
use crate::limits;

/// Marks a file as the log of clinics, in its header: "clog".
const APPLICATION_ID: i64 = 0x636c_6f67;

/// How the tables came to be, form by form. A step that was released is never edited.
const STEPS: &[&str] = &["
    -- Where each clinic's log ends. A clinic's key is its number in this file.
    CREATE TABLE clinics (
        key INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        position INTEGER NOT NULL,
        occurred_at INTEGER NOT NULL,
        next_due INTEGER
    ) STRICT;

    -- The log. A row's id is (key of the clinic << 40) | position.
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        aggregate_type TEXT NOT NULL,
        aggregate_id BLOB NOT NULL,
        sequence INTEGER NOT NULL,
        event_type TEXT NOT NULL,
        event_version TEXT NOT NULL,
        payload TEXT NOT NULL,
        metadata TEXT NOT NULL,
        occurred_at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        crc INTEGER NOT NULL,
        UNIQUE (aggregate_id, sequence, aggregate_type)
    ) STRICT;

    -- The same for people, who read ids and instants as text.
    CREATE VIEW history AS
    WITH readable AS (
        SELECT lower(hex(clinics.id)) AS c, lower(hex(aggregate_id)) AS a, events.*
        FROM events JOIN clinics ON clinics.key = events.id >> 40
    )
    SELECT
        substr(c, 1, 8) || '-' || substr(c, 9, 4) || '-' || substr(c, 13, 4) || '-'
            || substr(c, 17, 4) || '-' || substr(c, 21) AS clinic,
        id & 0xffffffffff AS position,
        aggregate_type,
        substr(a, 1, 8) || '-' || substr(a, 9, 4) || '-' || substr(a, 13, 4) || '-'
            || substr(a, 17, 4) || '-' || substr(a, 21) AS aggregate_id,
        sequence, event_type, event_version, payload, metadata,
        strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at / 1000.0, 'unixepoch') AS occurred_at,
        strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1000.0, 'unixepoch') AS recorded_at
    FROM readable;
"];

/// The newest form that is known here.
fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Opens the one connection that is to write, and says in which form the tables are; 0 if there are
/// none yet. As long as [`begin`] has not been called, it leaves the files as they are, its closing
/// included: what is refused may be all that is left of a log.
pub(crate) fn open_writer(path: &Path) -> Result<(Connection, i64), OpenError> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let form = form(path, &db)?;
    Ok((db, form))
}

/// Lets a connection write, and brings the tables to the newest form.
pub(crate) fn begin(path: &Path, db: &mut Connection, form: i64) -> Result<(), OpenError> {
    let failed = |error| OpenError::from(told(path, &error));
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(failed)?;
    let mode: String = db
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        let why = "this file system cannot share memory between processes, as a log here needs";
        return Err(LogError::Failed(format!("{}: {why}", path.display())).into());
    }
    // A commit is on the disk when it returns.
    db.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    db.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIB).map_err(failed)?;
    migrate(db, form).map_err(failed)
}

/// Opens a connection that only reads, and never checkpoints: only the writer does.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, LogError> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.pragma_update(None, "query_only", true).map_err(|error| told(path, &error))?;
    Ok(db)
}

/// Opens a reader of a file that nobody has checked yet.
pub(crate) fn open_unknown(path: &Path) -> Result<Connection, OpenError> {
    let db = open_reader(path)?;
    match form(path, &db)? {
        found if found == known() => Ok(db),
        0 => Err(foreign(path, "it is empty")),
        found => {
            let why = format!("the log is in the old form {found}; start the server once");
            Err(LogError::Failed(format!("{}: {why}", path.display())).into())
        }
    }
}

/// What every connection has in common.
fn connect(path: &Path, access: OpenFlags) -> Result<Connection, LogError> {
    let failed = |error| told(path, &error);
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(failed)?;
    db.busy_timeout(limits::BUSY_WAIT).map_err(failed)?;
    // Only the writer copies the write-ahead log into the main file, once it has begun.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
    // What is in the file is data: no function in it may do anything, and no cell may lie.
    for (name, value) in [
        ("wal_autocheckpoint", 0),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("mmap_size", 0),
    ] {
        db.pragma_update(None, name, value).map_err(failed)?;
    }
    Ok(db)
}

/// The form of the tables; 0 if the file is empty. A file that is something else is refused.
fn form(path: &Path, db: &Connection) -> Result<i64, OpenError> {
    let read = |sql| db.query_row::<i64, _, _>(sql, [], |row| row.get(0));
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => foreign(path, "it is no SQLite database"),
        Some(_) | None => told(path, &error).into(),
    };
    let tables = read("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    let application = read("PRAGMA application_id").map_err(failed)?;
    let version = read("PRAGMA user_version").map_err(failed)?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        return Err(foreign(path, &format!("its application id is {application:#x}")));
    }
    if version > known() {
        return Err(OpenError::Newer { path: path.to_owned(), found: version, known: known() });
    }
    Ok(version)
}

fn foreign(path: &Path, why: &str) -> OpenError {
    OpenError::Foreign { path: path.to_owned(), why: why.to_owned() }
}

/// Takes the steps that are left, all or none.
fn migrate(db: &mut Connection, form: i64) -> rusqlite::Result<()> {
    if form == known() {
        return Ok(());
    }
    let tx = immediate(db)?;
    for step in STEPS.iter().skip(usize::try_from(form).unwrap_or_default()) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", known())?;
    tx.commit()
}
