//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clinic_domain::time::Timestamp;

use crate::day::says_leap_second;
use crate::failure::Failure;
use crate::help;
use crate::limits;

/// A virtual clinic: patients check in, wait, are called and sent on, and everything that happens is
/// kept in one ordered log.
#[derive(Debug, Parser)]
#[command(name = "clinic", version, after_help = help::CLINIC, max_term_width = 100)]
pub(crate) struct Cli {
    /// As typed; clap would not let it win over an environment that is wrong.
    #[arg(long, global = true, value_name = "LOG", value_parser = log_address, help = help::LOG_AT)]
    log: Option<LogAddress>,
    /// Which clinic, by name, handle or id; needed only if the log has several
    #[arg(long, global = true, value_name = "CLINIC")]
    pub(crate) clinic: Option<String>,
    /// Columns to print into; by default those of the terminal, or 120
    #[arg(
        long,
        global = true,
        value_name = "COLUMNS",
        value_parser = clap::value_parser!(u16)
            .range(i64::from(limits::WIDTH_MIN)..=i64::from(limits::WIDTH_MAX))
    )]
    pub(crate) width: Option<u16>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do. Without one, the demo is played; a server will take that place.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play the demo: one morning at a reception, told step by step
    #[command(after_help = help::DEMO)]
    Demo,
    /// Play a day that you have written, and show who is where at its end
    #[command(after_help = help::RUN)]
    Run {
        /// The day, as JSON Lines; `-` reads standard input
        file: PathBuf,
    },
    /// Show the board of a room, or of every room: who is in it, in which order, and why
    #[command(after_help = help::BOARD)]
    Board {
        /// The room, by link, handle, name or id; none: all rooms
        room: Option<String>,
        /// As it was at this instant, such as 2026-03-02T09:10:00+01:00
        #[arg(long, value_name = "INSTANT", conflicts_with = "position", value_parser = instant)]
        at: Option<Timestamp>,
        /// As it was right after this position of the log
        #[arg(long, value_name = "N")]
        position: Option<u64>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Tell the story of one visit across all rooms, and how long it did what
    #[command(after_help = help::TIMELINE)]
    Timeline {
        /// The visit, by the day's handle, the patient's name or id
        visit: String,
        #[command(flatten)]
        reading: Reading,
    },
    /// Report how long people waited, room by room
    #[command(after_help = help::WAITS)]
    Waits {
        #[command(flatten)]
        reading: Reading,
    },
    /// List what is recorded: every event, in order
    #[command(after_help = help::LOG)]
    Log {
        /// Only events behind this position
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: u64,
        #[command(flatten)]
        reading: Reading,
    },
    /// Replay the log and check it: order, time, views, and that no patient was lost
    #[command(after_help = help::VERIFY)]
    Verify {
        #[command(flatten)]
        reading: Reading,
    },
}

/// What is read, and how it is shown.
#[derive(Args, Debug)]
pub(crate) struct Reading {
    /// The day to play and then read; `-` reads standard input; by default the demo's
    #[arg(long, value_name = "FILE")]
    pub(crate) day: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// How a result is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs: one JSON document
    Json,
    /// For spreadsheets: RFC 4180, every cell quoted
    Csv,
}

/// Where a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogAddress {
    /// In this process's memory.
    Memory,
}

impl Cli {
    /// Where the log is: as it is typed, or else as the environment says.
    pub(crate) fn log(&self) -> Result<LogAddress, Failure> {
        if let Some(typed) = self.log {
            return Ok(typed);
        }
        let said = std::env::var_os("CLINIC_LOG").filter(|said| !said.is_empty());
        let Some(said) = said else { return Ok(LogAddress::Memory) };
        let said = said.to_string_lossy();
        log_address(&said)
            .map_err(|why| Failure::Usage(format!("invalid value '{said}' of CLINIC_LOG: {why}")))
    }
}

fn log_address(text: &str) -> Result<LogAddress, String> {
    match text {
        "memory:" => Ok(LogAddress::Memory),
        _ => Err("this version supports only memory:".to_owned()),
    }
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let at = Timestamp::parse(text).filter(|_| !says_leap_second(text));
    at.ok_or_else(|| "must be an RFC 3339 instant, such as 2026-03-02T09:10:00+01:00".to_owned())
}
