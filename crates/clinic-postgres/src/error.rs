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

/// Whether a statement failed because its connection is gone: the server was stopped, ended it, or is not
/// to be reached. It may have been carried out.
pub(crate) fn lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            code.starts_with("08") || code.starts_with("57P") || code == "25P03"
        }
        _other => false,
    }
}

/// Whether the server has surely undone a transaction for another's sake: a deadlock, or no one order.
pub(crate) fn undone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "40P01" || code == "40001")
}

/// A row that no version of this software writes.
pub(crate) fn damaged(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}
