//! The way to the database: which host, over how many connections, with which settings.

use std::fmt;
use std::sync::Arc;

use clinic_engine::ports::Clock;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::error::{OpenError, told};
use crate::{limits, schema};

/// A Postgres database, and this node's connections to it. Clones share them.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// Connects, and brings the tables to this version's form. `clock` is held against the database's.
    ///
    /// # Errors
    /// If the address makes no sense, nobody answers, or the server is no place for a log.
    pub async fn open(address: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let options: PgConnectOptions =
            address.parse().map_err(|error| OpenError::Address(format!("{error}")))?;
        let pool = PgPoolOptions::new()
            .max_connections(limits::READERS)
            .acquire_timeout(limits::CONNECT_WAIT)
            .idle_timeout(limits::IDLE)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(|error| OpenError::Unreachable {
                at: "postgres".to_owned(),
                why: error.to_string(),
            })?;
        let mut connection = pool.acquire().await.map_err(|error| told("no connection", &error))?;
        schema::migrate(&mut connection).await?;
        drop(connection);
        Ok(Self { inner: Arc::new(Inner { pool, clock }) })
    }

    /// The connections for reading, and for writing what stands beside the log.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    /// What tells this node's time.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }
}
