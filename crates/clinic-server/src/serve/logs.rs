//! What a server tells of its work, on standard error.

use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::failure::Failure;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs: a JSON document a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }
}

/// How much is told: one level for all, or some for parts of the program by name.
#[derive(Clone, Debug)]
pub(crate) struct LogLevel(Targets);

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "must be error, warn, info, debug, trace or off, or with a part of the program, such as \
             info,clinic::tls=debug"
                .to_owned()
        };
        // A word alone would name a part of the program, and most likely a level was meant.
        let known = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
        if !text.split(',').map(str::trim).all(known) {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

/// The driver of the database, by the beginning of the names of its parts.
const DRIVER: &str = "sqlx";

/// Begins to tell.
pub(crate) fn begin(format: LogFormat, LogLevel(level): LogLevel) -> Result<(), Failure> {
    // The driver of the database warns of each connection in an outage, and the log tells of an outage itself.
    let named = level.iter().any(|(part, _)| part.starts_with(DRIVER));
    let level = if named { level } else { level.with_target(DRIVER, LevelFilter::OFF) };
    let told = tracing_subscriber::registry().with(level);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let begun = match format {
        LogFormat::Text => told.with(lines.with_ansi(false)).try_init(),
        LogFormat::Json => told.with(lines.json().flatten_event(true)).try_init(),
    };
    begun.map_err(|why| Failure::Broken(format!("no log: {why}")))
}
