//! The key store: the keys of visits in a file of their own beside the log, each wrapped with the
//! operator's key.
//!
//! A check-in never waits for the disk on account of its key. Keys are made ahead, a block at a time
//! with one flush, and handed out from memory; the next block is made while the last one lasts. What
//! is left of a block at a stop is never used: nobody could say whether it was.

mod clerk;
mod operator;
mod recent;
mod shelf;

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_engine::ports::{KeyError, KeyId, KeyStore, LogError, VisitKey};

use self::clerk::{Clerk, Errand};
use self::recent::Recent;
use self::shelf::Shelf;
use crate::beside::{self, FileError};
use crate::sync::{blocking, lock};
use crate::{limits, operator_key};

/// Why a key store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// One of its files was refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// It has keys, and the operator's key is not there.
    #[error(
        "{key_file}: no such file, and without this operator key nothing in {store} can be opened: \
         put it back where it was"
    )]
    NoOperatorKey {
        /// The key store.
        store: PathBuf,
        /// Where the operator's key was looked for.
        key_file: PathBuf,
    },
    /// It has keys, and they were wrapped with another operator's key.
    #[error("{key_file}: this is not the operator key that {store} was made with")]
    WrongOperatorKey {
        /// The key store.
        store: PathBuf,
        /// Where the operator's key was looked for.
        key_file: PathBuf,
    },
}

impl From<KeysError> for LogError {
    fn from(error: KeysError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Whatever may go wrong inside; it becomes text at the edge.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Keys of visits in a SQLite file.
pub struct SqliteKeys {
    held: Arc<Held>,
    clerk: Clerk,
    path: PathBuf,
}

/// What is in memory.
#[derive(Default)]
struct Held {
    /// Keys that are on the disk and that nobody has.
    ready: Mutex<VecDeque<(KeyId, VisitKey)>>,
    recent: Mutex<Recent>,
}

impl fmt::Debug for SqliteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteKeys").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteKeys {
    /// Where the key store of a log is: `clinic.keys.db` beside `clinic.db`.
    #[must_use]
    pub fn path_beside(log: &Path) -> PathBuf {
        beside::beside(log, "keys.db")
    }

    /// Opens the key store `store`, or makes it. A new one takes the operator's key in `key_file`,
    /// or makes that as well.
    ///
    /// # Errors
    /// If a file is damaged, exposed or of a newer version, or if `key_file` is not the operator's
    /// key that the store was made with.
    pub async fn open(store: &Path, key_file: &Path) -> Result<Self, KeysError> {
        let (path, key_file) = (store.to_owned(), operator_key::real(key_file));
        let shelf = blocking(move || Shelf::open(&path, &key_file));
        let held = Arc::new(Held::default());
        let clerk = Clerk::start(shelf.await?, Arc::clone(&held));
        let clerk = clerk.map_err(|error| FileError::failed(store, &error))?;
        Ok(Self { held, clerk, path: store.to_owned() })
    }

    /// Keeps keys of another store under their ids, all of them or none; `None` stands for one that was
    /// destroyed there. What is here already stays as it is.
    ///
    /// # Errors
    /// If the store fails, or has another key under one of the ids.
    pub async fn keep(&self, keys: Vec<(KeyId, Option<VisitKey>)>) -> Result<(), LogError> {
        self.clerk.ask(|reply| Errand::Keep(keys, reply)).await
    }

    /// Puts a new operator's key in the place of the present one: makes it, wraps every key of the
    /// store with it, and gives it the name of the present one. `progress` is told how many keys are
    /// done, of how many. Returns how many there were. A crash at any moment leaves a store that
    /// opens with what is in `key_file` or beside it, and the next who opens it clears up.
    ///
    /// This blocks. No other process should have the store open: it would go on reading, and be
    /// refused the next keys that it needs.
    ///
    /// # Errors
    /// As [`Self::open`]; besides, if there is no such store.
    pub fn rotate(
        store: &Path,
        key_file: &Path,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<u64, KeysError> {
        operator::rotate(store, key_file, &mut progress)
    }
}

#[async_trait]
impl KeyStore for SqliteKeys {
    async fn fresh(&self) -> Result<(KeyId, VisitKey), LogError> {
        loop {
            let (key, left) = self.held.take();
            if let Some((id, key)) = key {
                if left == limits::KEYS_LOW {
                    // If this fails, whoever finds no key left is told.
                    let _ = self.clerk.send(Errand::Refill(None));
                }
                lock(&self.held.recent).put(id, key.clone());
                return Ok((id, key));
            }
            self.clerk.ask(|reply| Errand::Refill(Some(reply))).await?;
        }
    }

    async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        let known = lock(&self.held.recent).get(id);
        match known {
            Some(key) => Ok(Some(key)),
            None => self.clerk.ask(|reply| Errand::Read(id, reply)).await,
        }
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyError> {
        self.clerk.ask(|reply| Errand::Destroy(id, reply)).await
    }
}

impl Held {
    /// A key that nobody has, and how many are left.
    fn take(&self) -> (Option<(KeyId, VisitKey)>, usize) {
        let mut ready = lock(&self.ready);
        (ready.pop_front(), ready.len())
    }
}
