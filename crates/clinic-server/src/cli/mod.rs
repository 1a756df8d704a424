//! The command line as it is typed.

mod adopt;
mod bench;
mod copying;
mod import;
pub(crate) mod log;
mod serve;
mod simulate;
mod url;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clinic_domain::ids::Position;
use clinic_domain::time::Timestamp;
use clinic_engine::AsOf;

pub(crate) use adopt::Adopt;
pub(crate) use bench::Bench;
pub(crate) use copying::{Copy, Copying};
pub(crate) use import::Import;
pub(crate) use log::{LogAddress, PostgresLog, SqliteFiles};
pub(crate) use serve::{ConfigTask, Init, ResetPassword, ServeFlags};
pub(crate) use simulate::Simulate;
pub(crate) use url::Url;

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
    #[arg(long, global = true, value_name = "LOG", value_parser = LogAddress::parser(), help = help::LOG_AT)]
    log: Option<LogAddress>,
    #[arg(long, global = true, value_name = "FILE", help = help::OPERATOR_KEY)]
    operator_key: Option<PathBuf>,
    #[arg(long, global = true, value_name = "URL", value_parser = Url::parser(), help = help::KEYS)]
    keys: Option<Url>,
    #[arg(long, global = true, value_name = "FILE", help = help::CONFIG_FILE)]
    pub(crate) config: Option<PathBuf>,
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

impl Cli {
    /// Refuses what a server would have to ignore.
    pub(crate) fn serves_all(&self) -> Result<(), Failure> {
        let useless = |what: &str| Err(Failure::Usage(what.to_owned()));
        if self.clinic.is_some() {
            return useless(
                "--clinic means nothing to a server: it serves every clinic of its log",
            );
        }
        if self.width.is_some() {
            return useless("--width means nothing to a server: it prints no tables");
        }
        Ok(())
    }
}

/// What to do. Without one, the clinic is served.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the clinics of the log over HTTP, until it is interrupted
    #[command(after_help = help::SERVE)]
    Serve(ServeFlags),
    /// Found a clinic with its first Owner, who can sign in
    #[command(after_help = help::INIT)]
    Init(Init),
    /// Give somebody who signs in a new password
    #[command(after_help = help::RESET_PASSWORD)]
    ResetPassword(ResetPassword),
    /// Show the settings, and where each was said
    #[command(after_help = help::CONFIG)]
    Config {
        #[command(subcommand)]
        task: ConfigTask,
    },
    /// Play the demo: one morning at a reception, told step by step
    #[command(after_help = help::DEMO)]
    Demo,
    /// Play a day that you have written, and show who is where at its end
    #[command(after_help = help::RUN)]
    Run {
        /// The day, as JSON Lines; `-` reads standard input
        file: PathBuf,
    },
    /// Import the movement history of another system, from CSV, into a new clinic
    #[command(after_help = help::IMPORT)]
    Import(Import),
    /// Show the board of a room, or of every room: who is in it, in which order, and why
    #[command(after_help = help::BOARD)]
    Board {
        /// The room, by link, handle, name or id; none: all rooms
        room: Option<String>,
        #[command(flatten)]
        moment: Moment,
        #[command(flatten)]
        reading: Reading,
    },
    /// List the rooms: their links, doors and members, and who is inside
    #[command(after_help = help::ROOMS)]
    Rooms {
        #[command(flatten)]
        moment: Moment,
        #[command(flatten)]
        reading: Reading,
    },
    /// List the visits that are open: where they are, doing what, since when
    #[command(after_help = help::VISITS)]
    Visits {
        /// Those that are over, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        moment: Moment,
        #[command(flatten)]
        reading: Reading,
    },
    /// Tell the story of one visit across all rooms, and how long it did what
    #[command(after_help = help::TIMELINE)]
    Timeline {
        /// The visit, by the patient's name, an id of it or the end of one, or a day's handle
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
        /// Go on with every event as it comes; JSON is then one document a line
        #[arg(long)]
        follow: bool,
        #[command(flatten)]
        reading: Reading,
    },
    /// Replay the log and check it: order, time, views, and that no patient was lost
    #[command(after_help = help::VERIFY)]
    Verify {
        #[command(flatten)]
        reading: Reading,
    },
    /// Copy the log to another file, also while it is in use
    #[command(after_help = help::BACKUP)]
    Backup {
        /// The file to make; it must not be there
        to: PathBuf,
    },
    /// Put a copy back where there is no log
    #[command(after_help = help::RESTORE)]
    Restore {
        /// The copy
        from: PathBuf,
    },
    /// Copy a clinic, or all, into another log, and prove that the copy is equal
    #[command(after_help = help::COPY)]
    Copy(Copy),
    /// Make the tables of a log in Postgres, or bring them to the form of this version
    #[command(after_help = help::MIGRATE)]
    Migrate,
    /// Take over a table of postgres-es as the log of the clinic that --clinic names
    #[command(after_help = help::ADOPT)]
    Adopt(Adopt),
    /// Show which form of events the nodes of a log in Postgres can read, and agree on the newest
    #[command(after_help = help::UPGRADE)]
    Upgrade {
        /// Let all nodes write what only this version and later ones can read
        #[arg(long)]
        finalize: bool,
    },
    /// Look after the operator key
    #[command(after_help = help::SEAL_KEY)]
    SealKey {
        #[command(subcommand)]
        what: SealKey,
    },
    /// Measure how fast visits go through the engine on a log, beside what that log can do at best
    #[command(after_help = help::BENCH)]
    Bench(Bench),
    /// Simulate days at random on several nodes over a log that fails, and hold them to every law
    #[command(after_help = help::SIMULATE)]
    Simulate(Simulate),
}

/// What is done with the operator key.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum SealKey {
    /// Make a new operator key, and wrap the keys of all patients with it
    Rotate,
    /// Make a new key store where that of a log is lost for good
    New,
    /// Say where the operator key and the key store are
    Path,
}

/// What is read, and how it is shown.
#[derive(Args, Debug)]
pub(crate) struct Reading {
    /// A day to play in memory and read instead of the log; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) day: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// Which moment of the past is shown; without one, the present.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// As it was at this instant, such as 2026-03-02T09:10:00+01:00
    #[arg(long, value_name = "INSTANT", conflicts_with = "position", value_parser = instant)]
    at: Option<Timestamp>,
    /// As it was right after this position of the log
    #[arg(long, value_name = "N")]
    position: Option<u64>,
}

impl Moment {
    /// The moment, if one is asked for.
    pub(crate) fn asked(self) -> Option<AsOf> {
        let at = self.at.map(AsOf::Instant);
        at.or_else(|| self.position.map(|n| AsOf::Position(Position(n))))
    }
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

fn instant(text: &str) -> Result<Timestamp, String> {
    let at = Timestamp::parse(text).filter(|_| !says_leap_second(text));
    at.ok_or_else(|| "must be an RFC 3339 instant, such as 2026-03-02T09:10:00+01:00".to_owned())
}
