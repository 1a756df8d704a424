//! What an import is told on the command line.

use std::path::PathBuf;

use clap::Args;
use clinic_domain::hours::Zone;
use clinic_domain::text::Title;
use clinic_interop::import::{Columns, Kinds};

use super::Format;
/// What is imported, and how.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The history, as CSV with a header; `-` reads standard input
    pub(crate) file: PathBuf,
    /// Which column says what: KEY=COLUMN, separated by commas; visit, event, to and at are needed
    #[arg(long, value_name = "KEY=COLUMN,...")]
    pub(crate) columns: Columns,
    /// What the words of the event column mean: WORD=MEANING, separated by commas
    #[arg(long, value_name = "WORD=MEANING,...")]
    pub(crate) events: Kinds,
    /// The new clinic's name; by default the file's
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) name: Option<Title>,
    /// The IANA time zone of the clinic, and of times without an offset
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub(crate) zone: Zone,
    /// Open the rooms that the file names
    #[arg(long)]
    pub(crate) create_rooms: bool,
    /// Store nothing if any row is refused
    #[arg(long)]
    pub(crate) strict: bool,
    /// Do everything but store
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to show what came of it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

pub(super) fn name(text: &str) -> Result<Title, String> {
    Title::parse(text).map_err(|error| error.to_string())
}

pub(super) fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text)
        .ok_or_else(|| "must be an IANA time zone, such as Europe/Berlin or UTC".to_owned())
}
