//! What can go wrong with the file, told so that somebody knows what to do.

use std::path::{Path, PathBuf};

use clinic_engine::ports::LogError;
use clinic_engine::stored::{StoredError, Unreadable};
use rusqlite::ErrorCode;

use crate::{FileError, limits};

/// Why a log was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{path}: {}; stop it, or read the log with a command that only reads", holder(*.pid))]
    InUse {
        /// The log.
        path: PathBuf,
        /// The process, if it said so.
        pid: Option<u32>,
    },
    /// It is some other file.
    #[error("{path}: this is no log of a clinic: {why}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is not.
        why: String,
    },
    /// A newer version of this software wrote it.
    #[error(
        "{path}: a log in form {found}, and this version of the software knows forms up to {known}; \
         upgrade it to open this log"
    )]
    Newer {
        /// The log.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The newest form that is known here.
        known: i64,
    },
    /// It holds less than was acknowledged, or something else.
    #[error(
        "{path}: {found}; {acknowledged} events were acknowledged by {at}: its write-ahead log was \
         lost or cut, or another copy lies here. Put the right files back, or restore a backup; to \
         accept the log as it is, delete {head}"
    )]
    Shortened {
        /// The log.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What it once held.
        acknowledged: u64,
        /// When that was written down.
        at: String,
        /// Where.
        head: PathBuf,
    },
    /// It is damaged.
    #[error("{path}: the log is damaged: {}; restore a backup", first(.findings))]
    Damaged {
        /// The log.
        path: PathBuf,
        /// What was found.
        findings: Vec<String>,
    },
    /// A file or folder could not be made, read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// SQLite could not do what it was asked.
    #[error(transparent)]
    Failed(#[from] LogError),
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("the log is in use by process {pid}"),
        None => "the log is in use by another process".to_owned(),
    }
}

/// What went wrong inside the file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// The file holds what nobody wrote.
    Damage(String),
    /// A row is no event that this version can read.
    Stored(StoredError),
}

/// The first findings, and how many there are besides.
fn first(findings: &[String]) -> String {
    let told = findings.iter().take(limits::FINDINGS_TOLD).cloned();
    let more = findings.len().saturating_sub(limits::FINDINGS_TOLD);
    let more = (more > 0).then(|| format!("and {more} more, which `clinic verify` tells"));
    told.chain(more).collect::<Vec<_>>().join("; ")
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoredError> for Fault {
    fn from(error: StoredError) -> Self {
        Self::Stored(error)
    }
}

impl Fault {
    /// The fault in words: which file, what happened, what to do.
    pub(crate) fn told(&self, path: &Path) -> LogError {
        match self {
            Self::Sqlite(error) => told(path, error),
            Self::Damage(found) => damaged(path, found),
            Self::Stored(error) => {
                let told = format!("{}: {error}", path.display());
                match error.why {
                    Unreadable::Newer { .. } => LogError::Newer(told),
                    Unreadable::Column { .. } => LogError::Failed(told),
                }
            }
        }
    }
}

/// What SQLite says, in words.
pub(crate) fn told(path: &Path, error: &rusqlite::Error) -> LogError {
    let file = path.display();
    let Some(code) = error.sqlite_error_code() else {
        return LogError::Failed(format!("{file}: {error}"));
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the codes are SQLite's; the rest is a bug")]
    let text = match code {
        ErrorCode::DiskFull => {
            format!("{file}: no space left; make room on the disk")
        }
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => format!(
            "{file}: the file or its folder cannot be written ({error}); give this user the right"
        ),
        ErrorCode::SystemIoFailure => {
            format!("{file}: the disk failed ({error}); look at the disk and the system's own log")
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            format!("{file}: another program is writing to the file ({error}); close it")
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            return damaged(path, &error.to_string());
        }
        _ => format!("{file}: {error}"),
    };
    LogError::Failed(text)
}

fn damaged(path: &Path, found: &str) -> LogError {
    LogError::Failed(format!("{}: the log is damaged: {found}; restore a backup", path.display()))
}
