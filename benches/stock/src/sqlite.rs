//! sqlite-es on a file.

use std::path::Path;

use sqlite_es::SqliteEventRepository;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::measure::{STORED, Store};
use crate::{Problem, Synchronous};

/// The library's table of events. Its migration has snapshots, views and a row of a test as well.
const TABLE: &str = "
CREATE TABLE events (
  aggregate_type text                          NOT NULL,
  aggregate_id   text                          NOT NULL,
  sequence       integer CHECK (sequence >= 0) NOT NULL,
  event_type     text                          NOT NULL,
  event_version  text                          NOT NULL,
  payload        text                          NOT NULL,
  metadata       text                          NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT";

pub(crate) struct Sqlite {
    pool: SqlitePool,
}

impl Sqlite {
    /// Creates the file and a pool on it, as the library's `default_sqlite_pool` does, which has
    /// ten connections and `Normal`.
    pub(crate) async fn create(
        path: &Path,
        synchronous: Synchronous,
        connections: u32,
    ) -> Result<Self, Problem> {
        if path.exists() {
            return Err(format!("{} exists already: name a new file", path.display()).into());
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(match synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Normal => SqliteSynchronous::Normal,
            })
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(connections);
        let pool = pool.connect_with(options).await?;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self { pool })
    }
}

impl Store for Sqlite {
    type Repository = SqliteEventRepository;

    fn repository(&self) -> SqliteEventRepository {
        SqliteEventRepository::new(self.pool.clone())
    }

    async fn description(&self) -> Result<String, Problem> {
        let query = "SELECT format('SQLite %s, journal_mode=%s, synchronous=%s', sqlite_version(),
                                   journal_mode, iif(synchronous = 2, 'FULL', synchronous))
                     FROM pragma_journal_mode, pragma_synchronous";
        Ok(sqlx::query_scalar(query).fetch_one(&self.pool).await?)
    }

    async fn stored(&self) -> Result<(i64, i64), Problem> {
        Ok(sqlx::query_as(STORED).fetch_one(&self.pool).await?)
    }
}
