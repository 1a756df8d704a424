//! postgres-es on a server of its own.

use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::Problem;
use crate::measure::{STORED, Store};
use crate::server::{self, PrivateServer};

/// The library's table of events.
const TABLE: &str = "
CREATE TABLE events (
  aggregate_type text                         NOT NULL,
  aggregate_id   text                         NOT NULL,
  sequence       bigint CHECK (sequence >= 0) NOT NULL,
  event_type     text                         NOT NULL,
  event_version  text                         NOT NULL,
  payload        json                         NOT NULL,
  metadata       json                         NOT NULL,
  PRIMARY KEY (aggregate_type, aggregate_id, sequence)
)";

pub(crate) struct Postgres {
    pool: PgPool,
    _server: PrivateServer,
}

impl Postgres {
    /// Starts a server and opens a pool on it, as the library's `default_postgress_pool` does, which
    /// has ten connections.
    pub(crate) async fn start(connections: u32) -> Result<Self, Problem> {
        let server = PrivateServer::start()?;
        let options = PgConnectOptions::new_without_pgpass()
            .socket(server.socket())
            .username(server::USER)
            .database("postgres");
        let pool = PgPoolOptions::new().max_connections(connections);
        let pool = pool.connect_with(options).await?;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self { pool, _server: server })
    }
}

impl Store for Postgres {
    type Repository = PostgresEventRepository;

    fn repository(&self) -> PostgresEventRepository {
        PostgresEventRepository::new(self.pool.clone())
    }

    async fn description(&self) -> Result<String, Problem> {
        let query = "SELECT format('PostgreSQL %s, fsync=%s, synchronous_commit=%s',
                                   current_setting('server_version'), current_setting('fsync'),
                                   current_setting('synchronous_commit'))";
        Ok(sqlx::query_scalar(query).fetch_one(&self.pool).await?)
    }

    async fn stored(&self) -> Result<(i64, i64), Problem> {
        Ok(sqlx::query_as(STORED).fetch_one(&self.pool).await?)
    }
}
