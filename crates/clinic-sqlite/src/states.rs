//! Saved states of folds, in a file of their own beside the log.
//!
//! A cache: losing it costs time and nothing else, so it is written without waiting for the disk,
//! and a file that is damaged or of another version is thrown away and made anew. Each state is kept
//! with a checksum, for a power cut may leave any mixture of old and new pages. Nothing that goes
//! wrong here is anybody's error; it is reported, and the log is folded instead.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{FoldId, LogError, SavedState, SavedStates};
use rusqlite::{Connection, OptionalExtension as _};

use crate::beside::{self, FileError, Form};
use crate::sync::{blocking, lock};

const FORM: Form = Form {
    what: "cache of saved states",
    application_id: 0x636c_7374, // "clst"
    steps: &["
        CREATE TABLE states (
            clinic BLOB NOT NULL, fold TEXT NOT NULL, version INTEGER NOT NULL,
            position INTEGER NOT NULL, checksum INTEGER NOT NULL, state BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX latest ON states (clinic, fold, version, position);
    "],
    settings: "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
};

/// Where trouble is told of.
type Report = Box<dyn Fn(&str) + Send + Sync>;

/// States in a SQLite file.
pub struct SqliteStates {
    cache: Arc<Cache>,
}

struct Cache {
    path: PathBuf,
    /// `None` if there is no way to have one: then nothing is kept.
    db: Mutex<Option<Connection>>,
    report: Report,
}

impl fmt::Debug for SqliteStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStates").field("path", &self.cache.path).finish_non_exhaustive()
    }
}

impl SqliteStates {
    /// Where the saved states of a log are: `clinic.states.db` beside `clinic.db`.
    #[must_use]
    pub fn path_beside(log: &Path) -> PathBuf {
        beside::beside(log, "states.db")
    }

    /// Opens a cache, or makes it. Whatever goes wrong, now or later, is told to `report` and
    /// otherwise costs time only.
    pub async fn open(path: &Path, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let (path, report) = (path.to_owned(), Box::new(report));
        let cache = Cache { path, db: Mutex::default(), report };
        let cache = blocking(move || {
            *lock(&cache.db) = cache.open();
            cache
        });
        Self { cache: Arc::new(cache.await) }
    }

    /// Throws a cache away. Nobody may have it open.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn forget(path: &Path) -> Result<(), FileError> {
        for suffix in ["-wal", "-shm", ""] {
            beside::remove(&beside::with_suffix(path, suffix))?;
        }
        Ok(())
    }
}

#[async_trait]
impl SavedStates for SqliteStates {
    async fn latest(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        until: Position,
    ) -> Result<Option<SavedState>, LogError> {
        let cache = Arc::clone(&self.cache);
        Ok(blocking(move || cache.with(|db| latest(db, clinic, fold, until)).flatten()).await)
    }

    async fn save(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        saved: SavedState,
    ) -> Result<(), LogError> {
        let cache = Arc::clone(&self.cache);
        blocking(move || cache.with(|db| save(db, clinic, fold, &saved))).await;
        Ok(())
    }

    async fn drop_before(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        position: Position,
    ) -> Result<(), LogError> {
        let cache = Arc::clone(&self.cache);
        let drop = "DELETE FROM states WHERE clinic = ? AND fold = ? AND position < ?";
        blocking(move || {
            let before = i64::try_from(position.0).unwrap_or(i64::MAX);
            cache.with(|db| Ok(db.execute(drop, (clinic.0.as_bytes(), fold.name, before))?))
        })
        .await;
        Ok(())
    }
}

impl Cache {
    /// A cache that works, made anew if need be; `None` if there is no way.
    fn open(&self) -> Option<Connection> {
        let error = match FORM.open(&self.path) {
            Ok(db) => return Some(db),
            Err(error) => error,
        };
        self.report(&error);
        match error {
            FileError::Damaged { .. } | FileError::Newer { .. } | FileError::Exposed { .. } => {
                self.renew()
            }
            // What is somebody else's is not ours to throw away, and the rest would not help.
            FileError::Foreign { .. } | FileError::Missing { .. } | FileError::Failed { .. } => {
                None
            }
        }
    }

    fn renew(&self) -> Option<Connection> {
        let renewed = SqliteStates::forget(&self.path).and_then(|()| FORM.open(&self.path));
        renewed.inspect_err(|error| self.report(error)).ok()
    }

    /// Does something with the cache; `None` if that fails.
    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Option<T> {
        let mut held = lock(&self.db);
        let trouble = match work(held.as_ref()?) {
            Ok(done) => return Some(done),
            Err(trouble) => trouble,
        };
        self.report(&trouble);
        if trouble.is_damage() {
            // Closed first: a file that is open must not lose its name.
            *held = None;
            *held = self.renew();
        }
        None
    }

    fn report(&self, trouble: &dyn fmt::Display) {
        (self.report)(&format!("saved states: {trouble}; the log is folded instead"));
    }
}

/// What may go wrong with a cache that is open.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error("the state of {fold} at {position} is not as it was saved")]
    Changed { fold: &'static str, position: Position },
}

impl Trouble {
    fn is_damage(&self) -> bool {
        match self {
            Self::Sql(error) => beside::is_damage(error),
            Self::Changed { .. } => true,
        }
    }
}

fn latest(
    db: &Connection,
    clinic: ClinicId,
    fold: FoldId,
    until: Position,
) -> Result<Option<SavedState>, Trouble> {
    // SQLite's integers end earlier than positions do, and so does every log.
    let until = i64::try_from(until.0).unwrap_or(i64::MAX);
    let find = "SELECT position, checksum, state FROM states
        WHERE clinic = ? AND fold = ? AND version = ? AND position <= ?
        ORDER BY position DESC LIMIT 1";
    let mut find = db.prepare_cached(find)?;
    let found = find.query_row((clinic.0.as_bytes(), fold.name, fold.version, until), |row| {
        let saved = SavedState { position: Position(row.get(0)?), state: row.get(2)? };
        Ok((row.get::<_, u32>(1)?, saved))
    });
    let Some((kept, saved)) = found.optional()? else { return Ok(None) };
    if kept == checksum(clinic, fold, &saved) {
        Ok(Some(saved))
    } else {
        Err(Trouble::Changed { fold: fold.name, position: saved.position })
    }
}

/// States of earlier versions of the fold are no use any more, and go.
fn save(
    db: &Connection,
    clinic: ClinicId,
    fold: FoldId,
    saved: &SavedState,
) -> Result<(), Trouble> {
    let (id, checksum) = (clinic.0.as_bytes(), checksum(clinic, fold, saved));
    let tx = db.unchecked_transaction()?;
    tx.prepare_cached("DELETE FROM states WHERE clinic = ? AND fold = ? AND version < ?")?
        .execute((id, fold.name, fold.version))?;
    tx.prepare_cached("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?)")?.execute((
        id,
        fold.name,
        fold.version,
        saved.position.0,
        checksum,
        &saved.state,
    ))?;
    Ok(tx.commit()?)
}

fn checksum(clinic: ClinicId, fold: FoldId, saved: &SavedState) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(clinic.0.as_bytes());
    sum.update(&fold.version.to_be_bytes());
    sum.update(&saved.position.0.to_be_bytes());
    sum.update(fold.name.as_bytes());
    sum.update(&saved.state);
    sum.finalize()
}
