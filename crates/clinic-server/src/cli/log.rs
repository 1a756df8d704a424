//! Where a log is, as it is typed or as the environment says.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clinic_sqlite::operator_key;

use super::Cli;
use crate::config::{Config, Origin};
use crate::failure::Failure;

/// Where a log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogAddress {
    /// In this process's memory.
    Memory,
    /// In a SQLite file.
    Sqlite(SqliteFiles),
}

/// A SQLite log, and the one file that need not stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqliteFiles {
    /// The log.
    pub(crate) log: PathBuf,
    /// What opens the keys of patients.
    pub(crate) operator_key: PathBuf,
}

/// Where it is if nobody says anything.
pub(crate) const DEFAULT: &str = "sqlite:data/clinic.db";

impl FromStr for LogAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => {
                // What belongs to a log stands beside the file itself, not beside a link to it.
                let log =
                    clinic_sqlite::real(Path::new(path)).map_err(|error| error.to_string())?;
                let operator_key = operator_key::path_beside(&log);
                Ok(Self::Sqlite(SqliteFiles { log, operator_key }))
            }
            Some(_) | None => Err(format!("must be sqlite:PATH, such as {DEFAULT}, or memory:")),
        }
    }
}

impl fmt::Display for LogAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(files) => write!(f, "sqlite:{}", files.log.display()),
        }
    }
}

impl LogAddress {
    /// The files of a log that is kept; what is in memory has none.
    pub(crate) fn files(&self) -> Result<&SqliteFiles, Failure> {
        match self {
            Self::Sqlite(files) => Ok(files),
            Self::Memory => {
                let said = "memory: keeps nothing; say --log sqlite:PATH";
                Err(Failure::Usage(said.to_owned()))
            }
        }
    }
}

impl Cli {
    /// Where the log is: as it is typed, or else as the environment or the file says, or else where it
    /// usually is.
    pub(crate) fn log(&self, config: &Config) -> Result<LogAddress, Failure> {
        self.log_and_origin(config).map(|(log, _)| log)
    }

    /// The same, and who says so.
    pub(crate) fn log_and_origin(&self, config: &Config) -> Result<(LogAddress, Origin), Failure> {
        let (log, origin) = config.log(self.log.as_ref())?;
        Ok((self.with_key(log, config), origin))
    }

    /// Where the operator key is, if somebody says so, and who.
    pub(crate) fn operator_key(&self, config: &Config) -> Option<(PathBuf, Origin)> {
        config.operator_key(self.operator_key.as_deref())
    }

    /// Whether somebody has typed a log that is kept.
    pub(crate) fn types_a_file(&self) -> bool {
        matches!(self.log, Some(LogAddress::Sqlite(_)))
    }

    /// Where the log is, if somebody has typed it.
    pub(crate) fn log_typed(&self, config: &Config) -> Option<LogAddress> {
        self.log.clone().map(|typed| self.with_key(typed, config))
    }

    fn with_key(&self, address: LogAddress, config: &Config) -> LogAddress {
        match (address, self.operator_key(config)) {
            (LogAddress::Sqlite(files), Some((operator_key, _))) => {
                LogAddress::Sqlite(SqliteFiles { operator_key, ..files })
            }
            (address, _) => address,
        }
    }
}
