//! What can go wrong with a Postgres, told without what was in the rows.

use std::borrow::Cow;

use clinic_engine::ports::{AppendError, LogError};
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::limits;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address makes no sense.
    #[error("{0}")]
    Address(String),
    /// No host that takes writes answers: what each of them said.
    #[error("no database that takes writes: {0}")]
    Unreachable(String),
    /// It holds no log yet.
    #[error("{0}: there is no log in this database yet")]
    NoLog(String),
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

/// What a failed statement is told as. Postgres repeats values in `detail`, which is left out, and in the messages of
/// class 22 (data exception), which are not repeated.
pub(crate) fn told(what: &str, error: &sqlx::Error) -> LogError {
    let why = error.as_database_error().map_or_else(
        || error.to_string(),
        |said| {
            let code = said.code().unwrap_or_default();
            let message =
                if code.starts_with("22") { "a value does not fit" } else { said.message() };
            format!("{message} (SQLSTATE {code})")
        },
    );
    LogError::Failed(format!("{what}: {why}"))
}

/// What came of an append that failed: if the server said no, nothing was appended; if it said nothing, or that it
/// is ending, nobody knows.
pub(crate) fn outcome(error: &sqlx::Error) -> AppendError {
    let failed = told("the events cannot be appended", error);
    let certain = error.as_database_error().is_some_and(|said| {
        let code = said.code().unwrap_or_default();
        let ends =
            said.try_downcast_ref::<PgDatabaseError>().is_some_and(|said| match said.severity() {
                PgSeverity::Panic | PgSeverity::Fatal => true,
                PgSeverity::Error
                | PgSeverity::Warning
                | PgSeverity::Notice
                | PgSeverity::Debug
                | PgSeverity::Info
                | PgSeverity::Log => false,
            });
        // 40003 is "statement completion unknown", 08 a lost connection, 57P an ending server.
        !ends && code != "40003" && !code.starts_with("08") && !code.starts_with("57P")
    });
    if certain { AppendError::Failed(failed) } else { AppendError::InDoubt(failed.to_string()) }
}

/// What came of an append to which the server said nothing in time.
pub(crate) fn silent() -> AppendError {
    AppendError::InDoubt(format!("no answer within {} s", limits::ANSWER.as_secs()))
}

/// What somebody is told who asks a log that has been closed.
pub(crate) fn stopped() -> LogError {
    LogError::Failed("the log is closed".to_owned())
}

/// Whether a statement failed because its connection is gone: the server was stopped, ended it, or is not
/// to be reached. It may have been carried out.
pub(crate) fn lost(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let ended =
        |code: Cow<'_, str>| code.starts_with("08") || code.starts_with("57P") || code == "25P03";
    matches!(error, sqlx::Error::Io(_)) || code.is_some_and(ended)
}

/// Whether the server has surely undone a transaction for another's sake: a deadlock, or no one order.
pub(crate) fn undone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "40P01" || code == "40001")
}

/// Whether a lock was waited for too long.
pub(crate) fn waited(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("55P03")
}

/// A row that no version of this software writes.
pub(crate) fn damaged(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}
