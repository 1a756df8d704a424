//! Connections that write: each is somebody's own for as long as a batch or a lock takes.

use std::sync::{Arc, Mutex};

use clinic_engine::ports::LogError;
use sqlx::{Executor as _, PgConnection};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::database::Database;
use crate::error::stopped;
use crate::limits;
use crate::sync::lock;

/// A few connections, made when they are needed and kept as long as they are sound.
pub(crate) struct Connections {
    database: Database,
    idle: Mutex<Vec<Connected>>,
    permits: Arc<Semaphore>,
}

/// A connection, and the era in which it was made.
pub(crate) struct Connected {
    pub(crate) era: u64,
    pub(crate) connection: PgConnection,
}

/// One of them. Dropped, it is thrown away, for nobody knows what it was in the middle of.
pub(crate) struct Held {
    pub(crate) connected: Connected,
    connections: Arc<Connections>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// At most `count` at once.
    pub(crate) fn new(database: Database, count: usize) -> Arc<Self> {
        Arc::new(Self {
            database,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(count)),
        })
    }

    /// Waits for its turn and takes one; makes one if none is idle.
    pub(crate) async fn take(self: &Arc<Self>) -> Result<Held, LogError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| stopped())?;
        // Those of an era that is over lead to a server that may be gone.
        let era = self.database.era();
        let idle = {
            let mut idle = lock(&self.idle);
            idle.retain(|connected| connected.era == era);
            idle.pop()
        };
        let connected = match idle {
            Some(found) => found,
            None => self.database.connect().await?,
        };
        Ok(Held { connected, connections: Arc::clone(self), _permit: permit })
    }
}

impl Held {
    /// Gives it back: it is idle, and in no transaction.
    pub(crate) fn give_back(self) {
        lock(&self.connections.idle).push(self.connected);
    }

    /// Ends the transaction that it is in, and gives it back; nobody waits for that.
    pub(crate) fn roll_back(self) {
        // Outside of a runtime nobody can talk to the server; it ends what hangs up.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(self.rolled_back());
    }

    /// The same, and returns when it has ended.
    pub(crate) async fn rolled_back(mut self) {
        let rolled_back = self.connected.connection.execute("ROLLBACK");
        // A server that says nothing must not keep this place from others.
        if let Ok(Ok(_)) = timeout(limits::CONNECT, rolled_back).await {
            self.give_back();
        }
    }
}
