//! Connections that read: a few, made when they are first needed, each used by one reader at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clinic_engine::ports::LogError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::Fault;
use crate::sync::{blocking, lock};
use crate::{limits, schema};

/// The readers of a log.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        let turns = Arc::new(Semaphore::new(limits::READERS));
        Self { path, turns, idle: Arc::default() }
    }

    /// Reads on a connection that nobody else uses meanwhile. What has been started is finished,
    /// even if nobody waits for it any more.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, LogError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| closed(&self.path))?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        blocking(move || {
            let waiting = lock(&idle).pop();
            let db = match waiting {
                Some(db) => db,
                None => schema::open_reader(&path)?,
            };
            let read = work(&db).map_err(|fault| fault.told(&path));
            // A connection whose read failed is not trusted with another.
            if read.is_ok() {
                lock(&idle).push(db);
            }
            drop(turn);
            read
        })
        .await
    }

    /// Waits for those who read, and lets nobody else begin.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(limits::READERS).unwrap_or(u32::MAX);
        if let Ok(_last) = self.turns.acquire_many(all).await {
            self.turns.close();
        }
        lock(&self.idle).clear();
    }

    /// Lets go of the connections that nobody uses.
    pub(crate) fn forget(&self) {
        lock(&self.idle).clear();
    }
}

pub(crate) fn closed(path: &Path) -> LogError {
    LogError::Failed(format!("{}: the log is closed", path.display()))
}
