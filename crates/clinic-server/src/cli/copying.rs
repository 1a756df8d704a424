//! What a copy is told on the command line.

use std::path::PathBuf;

use clap::Args;
use clinic_engine::secrets::SignInName;

use super::{Cli, LogAddress, PostgresLog, SqliteFiles, Url};
use crate::config::Config;

/// Between which logs a clinic is copied, as it is typed.
#[derive(Args, Clone, Debug)]
pub(crate) struct Copy {
    /// The log to copy from
    #[arg(long, value_name = "LOG", value_parser = LogAddress::parser())]
    from: LogAddress,
    /// The log to copy into
    #[arg(long, value_name = "LOG", value_parser = LogAddress::parser())]
    to: LogAddress,
    /// The operator key of the log to copy from, where it is not the usual one
    #[arg(long, value_name = "FILE")]
    from_operator_key: Option<PathBuf>,
    /// The database of the keys of the log to copy from, where it is not the usual one
    #[arg(long, value_name = "URL", value_parser = Url::parser())]
    from_keys: Option<Url>,
    /// Let whoever signs in as OLD sign in as NEW there, where somebody else is OLD; as often as needed
    #[arg(long, value_name = "OLD=NEW", value_parser = renaming)]
    rename: Vec<(SignInName, SignInName)>,
}

fn renaming(text: &str) -> Result<(SignInName, SignInName), String> {
    let (old, new) = text.split_once('=').ok_or("must be two sign-in names, as in ada=ada-hill")?;
    let name = |typed| SignInName::parse(typed).map_err(|why| format!("the sign-in name {why}"));
    Ok((name(old)?, name(new)?))
}

/// The same, with the keys of both.
#[derive(Debug)]
pub(crate) struct Copying {
    /// From which log.
    pub(crate) from: LogAddress,
    /// Into which.
    pub(crate) to: LogAddress,
    /// Sign-in names of the one, and what they are in the other.
    pub(crate) rename: Vec<(SignInName, SignInName)>,
}

impl Cli {
    /// The logs of a copy. The operator key that is said once is that of a log in Postgres: a file's
    /// lies beside it.
    pub(crate) fn copying(&self, asked: &Copy, config: &Config) -> Copying {
        let keyed = |log: &LogAddress| match log {
            LogAddress::Postgres(_) => self.with_keys(log.clone(), config),
            LogAddress::Memory | LogAddress::Sqlite(_) => log.clone(),
        };
        let from = match keyed(&asked.from) {
            LogAddress::Postgres(log) => LogAddress::Postgres(PostgresLog {
                operator_key: asked.from_operator_key.clone().or(log.operator_key),
                keys: asked.from_keys.clone().or(log.keys),
                url: log.url,
            }),
            LogAddress::Sqlite(files) => {
                let operator_key = asked.from_operator_key.clone().unwrap_or(files.operator_key);
                LogAddress::Sqlite(SqliteFiles { operator_key, log: files.log })
            }
            LogAddress::Memory => LogAddress::Memory,
        };
        Copying { from, to: keyed(&asked.to), rename: asked.rename.clone() }
    }
}
