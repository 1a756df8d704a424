//! The import itself: read, sort, decide, store.

use std::io::{self, Read};

use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::text::Title;
use clinic_engine::ports::{AppendError, Clock, Ids};

use super::columns::Columns;
use super::history::History;
use super::kinds::Kinds;
use super::problem::{Cause, ImportError, Left};
use super::refusals::{Refusals, Refused};
use super::sink::{ImportSink, Nowhere};
use super::writer::{Writer, Written};

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which column says what.
    pub columns: Columns,
    /// What the words for events mean.
    pub kinds: Kinds,
    /// Open the rooms that the file names. A new clinic has no others.
    pub create_rooms: bool,
    /// Store nothing if any row is refused.
    pub strict: bool,
    /// Do everything but store.
    pub dry_run: bool,
    /// The name of the new clinic.
    pub clinic_name: Title,
    /// Its zone, in which times without an offset are read.
    pub zone: Zone,
}

/// What an import needs from outside.
pub struct Ports<'p> {
    /// Where it is stored.
    pub sink: Box<dyn ImportSink>,
    /// Tells when it is recorded.
    pub clock: &'p dyn Clock,
    /// Mints ids.
    pub ids: &'p dyn Ids,
}

impl std::fmt::Debug for Ports<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports")
            .field("clock", &self.clock)
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

/// What is heard of an import while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The file is being read.
    Reading {
        /// Rows so far.
        rows: u64,
        /// Bytes so far.
        bytes: u64,
    },
    /// The rows of each visit are looked at together.
    Sorting {
        /// Rows so far.
        rows: u64,
        /// Rows in all.
        of: u64,
    },
    /// The rows are decided without being stored: a dry run, or a strict import before it stores.
    Deciding {
        /// Rows so far.
        rows: u64,
        /// Rows in all.
        of: u64,
    },
    /// The rows are decided and stored.
    Writing {
        /// Rows so far.
        rows: u64,
        /// Rows in all.
        of: u64,
    },
    /// A row was refused. All of them are told at the end, by line.
    Refused(Refused),
}

/// What came of an import. `rows` is `granted`, `refused` and `ignored` together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The new clinic; none if nothing is stored.
    pub clinic: Option<ClinicId>,
    /// Its last position; in a dry run, what that would be.
    pub position: Position,
    /// Rows of the file, without the header.
    pub rows: u64,
    /// Rows that are history now.
    pub granted: u64,
    /// Rows that were refused and listed.
    pub refused: u64,
    /// Rows whose event was to be ignored.
    pub ignored: u64,
    /// Visits that checked in.
    pub visits: u64,
    /// Rooms that were opened.
    pub rooms: u64,
}

/// Imports a file into a new clinic. It reads `source` once, blocking the thread that polls it.
///
/// # Errors
/// [`ImportError`]. Nothing is stored then, unless [`ImportError::Broken`] says what is left behind.
pub async fn import<R: Read>(
    source: R,
    options: &Options,
    ports: Ports<'_>,
    news: &mut dyn FnMut(News),
) -> Result<Report, ImportError> {
    let Ports { mut sink, clock, ids } = ports;
    let mut history = History::read(source, options, news)?;
    let clinic = ClinicId(ids.mint(clock.now()));
    if options.strict || options.dry_run {
        let writer = Writer { options, clock, ids, sink: &mut Nowhere };
        let deciding = |rows, of| news(News::Deciding { rows, of });
        let written = writer.write(clinic, &mut history, deciding).await;
        let written = written.map_err(ImportError::early)?;
        let report = Report { clinic: None, ..report(clinic, &history, written) };
        let refused = options.strict && report.refused > 0;
        if refused || options.dry_run {
            tell(history.refusals, news).map_err(ImportError::early)?;
            return if refused { Err(ImportError::Refused(report)) } else { Ok(report) };
        }
    }
    let writer = Writer { options, clock, ids, sink: sink.as_mut() };
    let writing = |rows, of| news(News::Writing { rows, of });
    let written = match writer.write(clinic, &mut history, writing).await {
        Ok(written) => {
            let report = report(clinic, &history, written);
            // Before the commit: what cannot be accounted for is not stored.
            tell(history.refusals, news).map(|()| report).map_err(Cause::from)
        }
        Err(cause) => Err(cause),
    };
    match written {
        Ok(report) => {
            let finished = sink.finish().await;
            finished.map(|()| report).map_err(|error| broken(clinic, error.into(), Position::START))
        }
        Err(cause) => Err(broken(clinic, cause, sink.abandon().await)),
    }
}

fn tell(refusals: Refusals, news: &mut dyn FnMut(News)) -> io::Result<()> {
    refusals.tell(|refused| news(News::Refused(refused)))
}

/// An import that failed while it was stored; events up to `kept` stay.
fn broken(clinic: ClinicId, cause: Cause, kept: Position) -> ImportError {
    let left = match (&cause, kept) {
        (Cause::Log(AppendError::InDoubt(_)), _) => Left::Unknown { clinic },
        (Cause::Log(_) | Cause::Temporary(_) | Cause::Founding(_), Position::START) => {
            Left::Nothing
        }
        (Cause::Log(_) | Cause::Temporary(_) | Cause::Founding(_), position) => {
            Left::Beginning { clinic, position }
        }
    };
    ImportError::Broken { cause, left }
}

fn report(clinic: ClinicId, history: &History, written: Written) -> Report {
    let Written { granted, visits, rooms, position } = written;
    Report {
        clinic: (granted > 0).then_some(clinic),
        position,
        rows: history.read,
        granted,
        refused: history.refusals.count(),
        ignored: history.ignored,
        visits,
        rooms,
    }
}
