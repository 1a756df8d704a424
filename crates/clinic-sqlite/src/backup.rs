//! Copies of a log: taken while it is written to, whole or not there, checked before they count.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clinic_engine::ports::LogError;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::beside::{self, with_suffix};
use crate::check::{self, Checked, Depth};
use crate::error::{OpenError, told};
use crate::head_file::Reach;
use crate::lock::LogLock;
use crate::log::SqliteLog;
use crate::sync::blocking;
use crate::{FileError, limits, open, schema};

/// Why a log was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is something in the place of the copy already. It is left as it is.
    #[error("{0}: there is a file already, and nothing is overwritten; choose another place")]
    Exists(PathBuf),
    /// What was copied is damaged, so the copy was not kept.
    #[error("{path}: the copy would be damaged: {}", .findings.join("; "))]
    Damaged {
        /// What was copied.
        path: PathBuf,
        /// What was found in the copy.
        findings: Vec<String>,
    },
    /// What is to be copied cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file could not be made, read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// SQLite could not do what it was asked.
    #[error(transparent)]
    Failed(#[from] LogError),
}

/// How far a copy has come, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages copied.
    pub done: u64,
    /// Pages in all.
    pub all: u64,
}

impl SqliteLog {
    /// Copies the log, as it is now, to a new file with a head file of its own, while others go on
    /// writing. The copy is read through and on the disk when this returns; after an error there is
    /// none. Keys and passcodes are in other files, and not in the copy.
    ///
    /// # Errors
    /// If there is a file already; if the copy cannot be written; if the log is damaged.
    pub async fn backup(
        &self,
        to: impl AsRef<Path>,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Checked, CopyError> {
        let (log, to) = (Arc::clone(&self.inner), to.as_ref().to_owned());
        blocking(move || {
            let db = schema::open_reader(&log.path)?;
            copy(&log.path, &db, &to, progress)
        })
        .await
    }
}

/// Copies a backup into an empty place, from which it can be opened. Blocks until the copy is read
/// through and on the disk; after an error there is none.
///
/// # Errors
/// If there is a log already; if the backup is no log, is damaged, or holds less than its head file
/// says; if the copy cannot be written.
pub fn restore(
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    progress: impl FnMut(Progress),
) -> Result<Checked, CopyError> {
    let (from, to) = (from.as_ref(), to.as_ref());
    let db = open::whole(from)?;
    // Nobody opens the log before it is whole.
    let _lock = LogLock::take(to)?;
    copy(from, &db, to, progress)
}

/// Copies what `db` sees in one snapshot.
fn copy(
    from: &Path,
    db: &Connection,
    to: &Path,
    progress: impl FnMut(Progress),
) -> Result<Checked, CopyError> {
    for taken in ["", "-wal", "-journal", ".head"].map(|suffix| with_suffix(to, suffix)) {
        if exists(&taken)? {
            return Err(CopyError::Exists(taken));
        }
    }
    // What is half a copy does not have its name, however this ends.
    let half = with_suffix(to, &format!(".{}.unfinished", std::process::id()));
    beside::make_private(&half)?;
    let filled = fill(from, db, (&half, to), progress);
    let copied = filled.and_then(|(checked, reach)| {
        beside::rename(&half, to)?;
        // Last: a copy with a head file is a whole one.
        reach.write(to)?;
        Ok(checked)
    });
    if copied.is_err() {
        for left in ["", "-journal"] {
            beside::remove(&with_suffix(&half, left))?;
        }
    }
    copied
}

fn fill(
    from: &Path,
    db: &Connection,
    (half, to): (&Path, &Path),
    mut progress: impl FnMut(Progress),
) -> Result<(Checked, Reach), CopyError> {
    let failed = |error| CopyError::from(told(to, &error));
    let mut target = Connection::open(half).map_err(failed)?;
    // One snapshot, or each commit meanwhile would let the copy begin anew.
    let snapshot = db.unchecked_transaction().map_err(failed)?;
    let begun = snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    begun.map_err(|error| told(from, &error))?;
    {
        let pages = Backup::new(&snapshot, &mut target).map_err(failed)?;
        let mut step = StepResult::More;
        while step != StepResult::Done {
            step = pages.step(limits::COPY_STEP).map_err(failed)?;
            let rusqlite::backup::Progress { remaining, pagecount } = pages.progress();
            let count = |pages| u64::try_from(pages).unwrap_or_default();
            progress(Progress { done: count(pagecount - remaining), all: count(pagecount) });
        }
    }
    // One file and no write-ahead log beside it, until it is opened for writing.
    let settled = target.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()));
    settled.map_err(failed)?;
    let checked = check::content(&target, Depth::Full);
    if !checked.findings.is_empty() {
        return Err(CopyError::Damaged { path: from.to_owned(), findings: checked.findings });
    }
    let reach = Reach::of(&target).map_err(|fault| fault.told(to))?;
    target.close().map_err(|(_, error)| failed(error))?;
    beside::sync_file(half)?;
    Ok((checked, reach))
}

fn exists(path: &Path) -> Result<bool, FileError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::failed(path, &error)),
    }
}
