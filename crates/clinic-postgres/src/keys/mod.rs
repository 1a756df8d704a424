//! The key store: the keys of visits in a schema of their own, or in a database of their own, each wrapped
//! with the operator's key.
//!
//! A check-in never waits for the database on account of its key. Keys are made ahead, a block with one
//! statement, and handed out from memory; the next block is made while the last one lasts. What is left of a
//! block at a stop is never used: nobody could say whether it was.
//!
//! A key that was destroyed is out of reach of every statement at once, and opens nothing on any other node
//! after [`limits::KEY_IN_MEMORY`]. Its wrapped form goes from the files of the server with the next vacuum of
//! the table, and from its write-ahead log, its standbys and its backups when those are renewed.

mod recent;
mod rotate;
mod store;
mod tables;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_engine::ports::{KeyError, KeyId, KeyStore, LogError, VisitKey};
use clinic_engine::wrapping::{OperatorKey, Print, Wrapper};

use self::recent::Recent;
use crate::asking::again;
use crate::database::Database;
use crate::error::OpenError;
use crate::limits;
use crate::sync::lock;

/// Why a key store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Its tables are not to be had.
    #[error(transparent)]
    Tables(#[from] OpenError),
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] LogError),
    /// It has keys, and they were wrapped with another operator's key.
    #[error("{store}: this is not the operator key that its keys were made with")]
    WrongOperatorKey {
        /// The hosts of the key store.
        store: String,
    },
}

/// Keys of visits in a Postgres database.
pub struct PgKeys {
    held: Arc<Held>,
}

struct Held {
    database: Database,
    wrapper: Wrapper,
    /// Keys that are in the database and that nobody has.
    ready: Mutex<VecDeque<(KeyId, VisitKey)>>,
    /// Held by whoever has the next block made; the others wait, and find it there.
    making: tokio::sync::Mutex<()>,
    recent: Mutex<Recent>,
}

impl fmt::Debug for PgKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgKeys").field("database", &self.held.database).finish_non_exhaustive()
    }
}

impl PgKeys {
    /// Whether a database has a key store. Nothing is made.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn are_there(database: &Database) -> Result<bool, LogError> {
        let what = "the key store cannot be looked for";
        let form =
            again(database.pool(), what, |mut db| async move { tables::form(&mut db).await });
        Ok(form.await? > 0)
    }

    /// Opens the key store that is in a database, or makes it. A new one takes this operator's key.
    ///
    /// # Errors
    /// If the database fails, the tables are of a newer version, or the keys were made with another
    /// operator's key.
    pub async fn open(database: &Database, operator: OperatorKey) -> Result<Self, KeysError> {
        Self::open_with(database, move |_| Ok(operator)).await
    }

    /// The same with the operator's key that `find` finds, on a thread where blocking is fine. It is told which
    /// one the store needs, if it has one already; and nobody rotates until it has answered.
    ///
    /// # Errors
    /// As [`Self::open`], and as `find`.
    pub async fn open_with<E: From<KeysError> + Send + 'static>(
        database: &Database,
        find: impl FnOnce(Option<Print>) -> Result<OperatorKey, E> + Send + 'static,
    ) -> Result<Self, E> {
        let operator = rotate::settle(database, find).await?;
        let held = Held {
            database: database.clone(),
            wrapper: Wrapper::new(&operator),
            ready: Mutex::default(),
            making: tokio::sync::Mutex::default(),
            recent: Mutex::default(),
        };
        Ok(Self { held: Arc::new(held) })
    }

    /// Puts a new operator's key in the place of the present one: wraps every key of the store with it, in one
    /// transaction. `next` makes it and keeps it where a crash leaves it, before anything changes; it runs on a
    /// thread where blocking is fine, and nobody opens the store until it is done. `progress` is told how many
    /// keys are done, of how many. Returns how many there were.
    ///
    /// No other node should have the store open: it would go on reading from memory for a while, and be refused
    /// everything else.
    ///
    /// # Errors
    /// As [`Self::open`], and as `next`.
    pub async fn rotate<E: From<KeysError> + Send + 'static>(
        database: &Database,
        present: &OperatorKey,
        next: impl FnOnce() -> Result<OperatorKey, E> + Send + 'static,
        progress: impl FnMut(u64, u64) + Send,
    ) -> Result<u64, E> {
        rotate::rotate(database, present, next, progress).await
    }

    /// Keeps keys of another store under their ids, all of them or none; `None` stands for one that was
    /// destroyed there. What is here already stays as it is.
    ///
    /// # Errors
    /// If the store fails, or has another key under one of the ids.
    pub async fn keep(&self, keys: Vec<(KeyId, Option<VisitKey>)>) -> Result<(), LogError> {
        self.held.keep(&keys).await
    }
}

#[async_trait]
impl KeyStore for PgKeys {
    async fn fresh(&self) -> Result<(KeyId, VisitKey), LogError> {
        loop {
            let (key, left) = self.held.take();
            if let Some((id, key)) = key {
                if left == limits::KEYS_LOW {
                    let held = Arc::clone(&self.held);
                    // If this fails, whoever finds no key left is told.
                    tokio::spawn(async move { held.refill().await.ok() });
                }
                let now = self.held.database.clock().monotonic();
                lock(&self.held.recent).put(id, key.clone(), now);
                return Ok((id, key));
            }
            self.held.refill().await?;
        }
    }

    async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        let now = self.held.database.clock().monotonic();
        let known = lock(&self.held.recent).get(id, now);
        let asked = match known {
            Ok(key) => return Ok(Some(key)),
            Err(asked) => asked,
        };
        let found = self.held.read(id).await?;
        if let Some(key) = &found {
            lock(&self.held.recent).put_read(id, key.clone(), asked);
        }
        Ok(found)
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyError> {
        let destroyed = self.held.destroy(id).await;
        // Afterwards, for somebody may have read it meanwhile; whatever came of it, the database knows better.
        lock(&self.held.recent).forget(id);
        destroyed
    }
}

impl Held {
    /// A key that nobody has, and how many are left.
    fn take(&self) -> (Option<(KeyId, VisitKey)>, usize) {
        let mut ready = lock(&self.ready);
        (ready.pop_front(), ready.len())
    }

    /// Many may ask for one block: the first has it made, and the others find it there.
    async fn refill(&self) -> Result<(), LogError> {
        let _making = self.making.lock().await;
        if lock(&self.ready).len() > limits::KEYS_LOW {
            return Ok(());
        }
        let made = self.make(limits::KEYS_PER_BLOCK).await?;
        lock(&self.ready).extend(made);
        Ok(())
    }
}
