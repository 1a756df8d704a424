//! Where a log is, as it is typed or as the environment says.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{TypedValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use clinic_sqlite::operator_key;

use super::{Cli, Url};
use crate::config::{Config, Origin};
use crate::failure::Failure;

/// Where a log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogAddress {
    /// In this process's memory.
    Memory,
    /// In a SQLite file.
    Sqlite(SqliteFiles),
    /// In a Postgres database, which other nodes may share.
    Postgres(PostgresLog),
}

/// A SQLite log, and the one file that need not stand beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqliteFiles {
    /// The log.
    pub(crate) log: PathBuf,
    /// What opens the keys of patients.
    pub(crate) operator_key: PathBuf,
}

/// A log in Postgres, and where the keys of patients are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresLog {
    /// The database.
    pub(crate) url: Url,
    /// What opens the keys of patients: a file that is the same on every node. Nobody can guess where.
    pub(crate) operator_key: Option<PathBuf>,
    /// The database of the keys, if they have one of their own.
    pub(crate) keys: Option<Url>,
}

impl PostgresLog {
    /// Where the keys of patients are.
    pub(crate) fn keys(&self) -> &Url {
        self.keys.as_ref().unwrap_or(&self.url)
    }

    /// The file of the operator key, which whoever writes names of patients needs.
    pub(crate) fn operator_key(&self) -> Result<&Path, Failure> {
        self.operator_key.as_deref().ok_or_else(|| {
            let said = "a log in Postgres needs --operator-key FILE (or CLINIC_OPERATOR_KEY): one file, the \
                        same on every node. The first `clinic init` or `clinic serve` makes it";
            Failure::Usage(said.to_owned())
        })
    }
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
            // Also what is misspelt: whoever opens it says so without showing the password.
            Some((_, rest)) if rest.starts_with("//") || rest.contains('@') => {
                let url = Url::new(text);
                Ok(Self::Postgres(PostgresLog { url, operator_key: None, keys: None }))
            }
            Some(_) | None => Err(format!(
                "must be sqlite:PATH, such as {DEFAULT}, or postgres://USER@HOST/DATABASE, or memory:"
            )),
        }
    }
}

impl LogAddress {
    /// Reads what an option says.
    pub(crate) fn parser() -> ValueParser {
        Unrepeated.into()
    }
}

/// Reads the address of a log, and does not repeat one that makes no sense: there may be a password in it.
#[derive(Clone, Debug)]
struct Unrepeated;

impl TypedValueParser for Unrepeated {
    type Value = LogAddress;

    fn parse_ref(
        &self,
        command: &Command,
        option: Option<&Arg>,
        typed: &OsStr,
    ) -> Result<LogAddress, clap::Error> {
        let text = typed.to_str().ok_or_else(|| "is no UTF-8".to_owned());
        text.and_then(str::parse).map_err(|why| {
            let option = option.map(ToString::to_string).unwrap_or_default();
            let said = format!("the value of '{option}' {why}\n");
            clap::Error::raw(ErrorKind::ValueValidation, said).with_cmd(command)
        })
    }
}

impl fmt::Display for LogAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(files) => write!(f, "sqlite:{}", files.log.display()),
            Self::Postgres(log) => fmt::Display::fmt(&log.url, f),
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
        Ok((self.with_keys(log, config), origin))
    }

    /// Where the operator key is, if somebody says so, and who.
    pub(crate) fn operator_key(&self, config: &Config) -> Option<(PathBuf, Origin)> {
        config.operator_key(self.operator_key.as_deref())
    }

    /// The database of the keys, if somebody says so, and who.
    pub(crate) fn keys(&self, config: &Config) -> Option<(Url, Origin)> {
        config.keys(self.keys.as_ref())
    }

    /// Whether somebody has typed a log that is kept.
    pub(crate) fn types_a_kept_log(&self) -> bool {
        matches!(self.log, Some(LogAddress::Sqlite(_) | LogAddress::Postgres(_)))
    }

    /// Where the log is, if somebody has typed it.
    pub(crate) fn log_typed(&self, config: &Config) -> Option<LogAddress> {
        self.log.clone().map(|typed| self.with_keys(typed, config))
    }

    /// The same log, with the keys of its patients where somebody says that they are.
    pub(crate) fn with_keys(&self, address: LogAddress, config: &Config) -> LogAddress {
        let operator_key = self.operator_key(config).map(|(operator_key, _)| operator_key);
        match (address, operator_key) {
            (LogAddress::Sqlite(files), Some(operator_key)) => {
                LogAddress::Sqlite(SqliteFiles { operator_key, ..files })
            }
            (LogAddress::Postgres(log), operator_key) => {
                let keys = self.keys(config).map(|(keys, _)| keys);
                LogAddress::Postgres(PostgresLog { operator_key, keys, ..log })
            }
            (address @ (LogAddress::Memory | LogAddress::Sqlite(_)), _) => address,
        }
    }
}
