//! What a copy moves between two stores: rows as they are, keys, accounts and passcodes.

use std::sync::Arc;

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{
    Account, AppendError, Credentials as _, EventLog, KeptSecret, KeyError, KeyId, KeyStore as _,
    LogError, NotTaken, VisitKey,
};
use clinic_engine::secrets::SignInName;
use clinic_engine::stored::RawRow;
use clinic_postgres::PgLog;
use clinic_postgres::credentials::PgCredentials;
use clinic_postgres::keys::PgKeys;
use clinic_sqlite::SqliteLog;
use clinic_sqlite::credentials::SqliteCredentials;
use clinic_sqlite::keys::SqliteKeys;

use super::{keeps_nothing, postgres, sqlite};
use crate::cli::LogAddress;
use crate::failure::Failure;

/// The rows of a log.
pub(crate) enum Rows {
    Sqlite(Arc<SqliteLog>),
    Postgres(Arc<PgLog>),
}

impl Rows {
    /// The log, as the engine reads it.
    pub(crate) fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Sqlite(log) => Arc::<SqliteLog>::clone(log),
            Self::Postgres(log) => Arc::<PgLog>::clone(log),
        }
    }

    /// At most `limit` rows of a clinic behind `after`.
    pub(crate) async fn page(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RawRow>, LogError> {
        match self {
            Self::Sqlite(log) => log.raw_rows(clinic, after, limit).await,
            Self::Postgres(log) => log.raw_rows(clinic, after, limit).await,
        }
    }

    /// When a clinic next has work.
    pub(crate) async fn next_due(&self, clinic: ClinicId) -> Result<Option<Timestamp>, LogError> {
        match self {
            Self::Sqlite(log) => log.next_due(clinic).await,
            Self::Postgres(log) => log.next_due(clinic).await,
        }
    }

    /// Begins to take the rows of a clinic that is new here.
    pub(crate) async fn begin(&self, clinic: ClinicId) -> Result<NewRows, AppendError> {
        match self {
            Self::Sqlite(log) => Ok(NewRows::Sqlite(log.begin_atomic(clinic).await?)),
            Self::Postgres(log) => Ok(NewRows::Postgres(Box::new(log.begin_atomic(clinic).await?))),
        }
    }
}

/// Rows of a new clinic, which are kept as a whole or not at all.
pub(crate) enum NewRows {
    Sqlite(clinic_sqlite::AtomicAppend),
    Postgres(Box<clinic_postgres::AtomicAppend>),
}

impl NewRows {
    /// Takes rows behind those before, and when the clinic next has work.
    pub(crate) async fn append(
        &mut self,
        rows: Vec<RawRow>,
        next_due: Option<Timestamp>,
    ) -> Result<(), AppendError> {
        match self {
            Self::Sqlite(append) => append.append_rows(rows, next_due).await,
            Self::Postgres(append) => append.append_rows(&rows, next_due).await,
        }
    }

    /// Keeps all of them.
    pub(crate) async fn finish(self) -> Result<(), AppendError> {
        match self {
            Self::Sqlite(append) => append.finish().await,
            Self::Postgres(append) => append.finish().await,
        }
    }
}

/// The keys of visits.
pub(crate) enum Keys {
    Sqlite(SqliteKeys),
    Postgres(PgKeys),
}

impl Keys {
    /// A key; `None` where it was destroyed.
    pub(crate) async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        match self {
            Self::Sqlite(keys) => keys.key(id).await,
            Self::Postgres(keys) => keys.key(id).await,
        }
    }

    /// Keeps keys of another store.
    pub(crate) async fn keep(&self, keys: Vec<(KeyId, Option<VisitKey>)>) -> Result<(), LogError> {
        match self {
            Self::Sqlite(store) => store.keep(keys).await,
            Self::Postgres(store) => store.keep(keys).await,
        }
    }
}

/// Accounts and passcodes.
pub(crate) enum Secrets {
    Sqlite(SqliteCredentials),
    Postgres(PgCredentials),
}

impl Secrets {
    /// Those of a clinic.
    pub(crate) async fn of_clinic(&self, clinic: ClinicId) -> Result<Vec<KeptSecret>, LogError> {
        match self {
            Self::Sqlite(secrets) => secrets.of_clinic(clinic).await,
            Self::Postgres(secrets) => secrets.of_clinic(clinic).await,
        }
    }

    /// Who signs in by this name, of whatever clinic.
    pub(crate) async fn account(&self, name: &SignInName) -> Result<Option<Account>, LogError> {
        match self {
            Self::Sqlite(secrets) => secrets.account(name).await,
            Self::Postgres(secrets) => secrets.account(name).await,
        }
    }

    /// Keeps those of another store, all or none.
    pub(crate) async fn keep_all(
        &self,
        clinic: ClinicId,
        secrets: &[KeptSecret],
    ) -> Result<(), NotTaken> {
        match self {
            Self::Sqlite(here) => here.keep_all(clinic, secrets).await,
            Self::Postgres(here) => here.keep_all(clinic, secrets).await,
        }
    }
}

/// What a copy is made of, or what it is made in.
pub(crate) struct Side {
    /// The rows.
    pub(crate) rows: Rows,
    /// The keys, if there are any.
    pub(crate) keys: Option<Keys>,
    /// The accounts and passcodes, if there are any.
    pub(crate) secrets: Option<Secrets>,
}

/// Opens a log to copy from it. Nothing is made that is not there.
pub(crate) async fn source(address: &LogAddress) -> Result<Side, Failure> {
    match address {
        LogAddress::Memory => Err(keeps_nothing()),
        LogAddress::Sqlite(files) => sqlite::source(files).await,
        LogAddress::Postgres(log) => postgres::source(log).await,
    }
}
