//! What can go wrong with a Postgres, told without what was in the rows.

use clinic_engine::ports::LogError;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address makes no sense.
    #[error("{0}")]
    Address(String),
    /// It does not answer, or says no.
    #[error("{at}: {why}")]
    Unreachable {
        /// Which hosts were tried.
        at: String,
        /// What each of them said.
        why: String,
    },
    /// It would lose what it has acknowledged, or is no place for a log in another way.
    #[error("{0}")]
    Unfit(String),
    /// Its tables are of a newer version of this software.
    #[error(
        "the tables are in form {found}, and this version knows forms up to {known}: upgrade this node"
    )]
    Newer {
        /// Their form.
        found: i32,
        /// The newest that is known here.
        known: i32,
    },
    /// A statement failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What a failed statement is told as. Postgres repeats values in `detail` only, which is left out.
pub(crate) fn told(what: &str, error: &sqlx::Error) -> LogError {
    let why = match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            format!("{} (SQLSTATE {code})", database.message())
        }
        sqlx::Error::PoolTimedOut => "no connection is free".to_owned(),
        error => error.to_string(),
    };
    LogError(format!("{what}: {why}"))
}
