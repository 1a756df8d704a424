//! The files that stand beside a log. Each is readable by its owner only, says what it is, and is
//! refused when it is something else or was written by a newer program.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clinic_engine::ports::LogError;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::limits;

/// Why a file beside the log was refused.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there.
    #[error("{path}: no such file")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It holds secrets and is not kept to its owner.
    #[error("{path}: mode {mode:04o} lets others than its owner in: run `chmod 600 '{path}'`")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is something else.
    #[error("{path}: this is no {what}: {why}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What it is not.
        why: String,
    },
    /// It cannot be read as what it is.
    #[error("{path}: this {what} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What was found.
        why: String,
    },
    /// A newer program wrote it.
    #[error("{path}: a {what} of version {found}; this program knows versions up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// Its version.
        found: i64,
        /// The newest version that is known here.
        known: i64,
    },
    /// The machine failed: no space, no right, a broken disk.
    #[error("{path}: {why}")]
    Failed {
        /// The file.
        path: PathBuf,
        /// What failed.
        why: String,
    },
}

impl FileError {
    pub(crate) fn failed(path: &Path, why: &dyn fmt::Display) -> Self {
        Self::Failed { path: path.to_owned(), why: why.to_string() }
    }

    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound {
            Self::Missing { path: path.to_owned() }
        } else {
            Self::failed(path, error)
        }
    }
}

impl From<FileError> for LogError {
    fn from(error: FileError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The file of a kind beside a log: `clinic.keys.db` beside `clinic.db`.
pub(crate) fn beside(log: &Path, ending: &str) -> PathBuf {
    log.with_extension(ending)
}

/// What a SQLite file beside the log is.
pub(crate) struct Form {
    pub(crate) what: &'static str,
    /// Marks a file as ours in its header.
    pub(crate) application_id: i64,
    /// How its tables are made, version by version: the first makes a new file.
    pub(crate) steps: &'static [&'static str],
    /// Settings of each connection.
    pub(crate) settings: &'static str,
}

impl Form {
    /// Opens a file of this form, or makes it. To be called where blocking is fine.
    pub(crate) fn open(&self, path: &Path) -> Result<Connection, FileError> {
        make_private(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(path, flags)
            .map_err(|error| FileError::failed(path, &error))?;
        db.busy_timeout(limits::BUSY_WAIT).map_err(|error| self.failed(path, &error))?;
        // First of all: a setting may already change a file that is not ours.
        self.bring_up(path, &mut db)?;
        // What is in the file is data, and none of it goes into files that nobody looks after.
        let common = "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;";
        let set = db.execute_batch(common).and_then(|()| db.execute_batch(self.settings));
        set.map_err(|error| self.failed(path, &error))?;
        Ok(db)
    }

    /// Makes or renews the tables of a file, if need be.
    fn bring_up(&self, path: &Path, db: &mut Connection) -> Result<(), FileError> {
        if self.missing(path, db)?.is_empty() {
            return Ok(());
        }
        let failed = |error| self.failed(path, &error);
        let tx = immediate(db).map_err(failed)?;
        // Asked again, for another process may have been faster.
        for step in self.missing(path, &tx)? {
            tx.execute_batch(step).map_err(failed)?;
        }
        tx.pragma_update(None, "application_id", self.application_id).map_err(failed)?;
        tx.pragma_update(None, "user_version", self.steps.len()).map_err(failed)?;
        tx.commit().map_err(failed)
    }

    /// The steps that a file still lacks, by what it says of itself.
    fn missing(&self, path: &Path, db: &Connection) -> Result<&[&'static str], FileError> {
        let read = |sql| {
            let answer = db.query_row(sql, [], |row| row.get::<_, i64>(0));
            answer.map_err(|error| self.failed(path, &error))
        };
        let (application, found) = (read("PRAGMA application_id")?, read("PRAGMA user_version")?);
        let empty = found == 0 && read("SELECT count(*) FROM sqlite_schema")? == 0;
        let (path, what) = (path.to_owned(), self.what);
        if application != self.application_id && !(application == 0 && empty) {
            let why = format!("its application id is {application:#x}");
            return Err(FileError::Foreign { path, what, why });
        }
        let steps = usize::try_from(found).ok().and_then(|done| self.steps.get(done..));
        let known = i64::try_from(self.steps.len()).unwrap_or(i64::MAX);
        steps.ok_or(FileError::Newer { path, what, found, known })
    }

    fn failed(&self, path: &Path, error: &rusqlite::Error) -> FileError {
        let path = path.to_owned();
        let why = error.to_string();
        if is_damage(error) {
            FileError::Damaged { path, what: self.what, why }
        } else {
            FileError::Failed { path, why }
        }
    }
}

/// Whether SQLite says that a file is damaged, and not that it cannot be read or written now.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    error.sqlite_error_code().is_some_and(|code| matches!(code, DatabaseCorrupt | NotADatabase))
}

/// A transaction that holds the file's write lock from its start.
pub(crate) fn immediate(db: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    db.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Makes an empty file that only its owner can read, unless there is one: it must be such, too.
/// SQLite gives the files that it makes beside this one the same mode.
pub(crate) fn make_private(path: &Path) -> Result<(), FileError> {
    match private().create_new(true).open(path) {
        Ok(_) => sync_folder(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let file = File::open(path).map_err(|error| FileError::io(path, &error))?;
            only_its_owners(path, &file)
        }
        Err(error) => Err(FileError::failed(path, &error)),
    }
}

/// Writes a new file with all of `text`, on the disk under its name when this returns. A crash
/// leaves the file whole or not there; what it may leave beside is replaced by the next attempt.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), FileError> {
    let unfinished = with_suffix(path, ".unfinished");
    remove(&unfinished)?;
    let written = private().create_new(true).open(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| FileError::failed(&unfinished, &error))?;
    rename(&unfinished, path)
}

/// Gives a file another name, on the disk when this returns.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(|error| FileError::io(from, &error))?;
    sync_folder(to)
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::failed(path, &error)),
    }
}

/// A file's name with something behind it: `clinic.operator.key.next`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Waits until a file is on the disk, under its name.
pub(crate) fn sync_file(path: &Path) -> Result<(), FileError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|error| FileError::failed(path, &error))?;
    sync_folder(path)
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

pub(crate) fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = folder(path);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| FileError::failed(folder, &error))
}

/// Options of a file that its owner may read and write, and nobody else.
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// Refuses a file that others may read or write.
pub(crate) fn only_its_owners(path: &Path, file: &File) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|error| FileError::io(path, &error))?;
    let mode = metadata.permissions().mode() & 0o7777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(FileError::Exposed { path: path.to_owned(), mode }) }
}
