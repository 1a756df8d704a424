//! Why nothing, or not everything, was imported.

use std::fmt;
use std::io;

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::refusal::Refusal;
use clinic_engine::ports::AppendError;

use super::run::Report;
use crate::limits;

/// Why a mapping of columns or events cannot be used. A mistake of the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Not of the form `KEY=VALUE`.
    #[error("{found} must be a pair, such as {example}")]
    NotAPair {
        /// What was found.
        found: String,
        /// What it could be.
        example: &'static str,
    },
    /// Something that nobody knows.
    #[error("unknown {what} {found}; known are: {known}")]
    Unknown {
        /// A key, or an event.
        what: &'static str,
        /// What was found.
        found: String,
        /// What there is.
        known: &'static str,
    },
    /// The same twice.
    #[error("{what} is given twice")]
    Twice {
        /// What.
        what: String,
    },
    /// A column that every import needs.
    #[error("{key}=COLUMN is missing; needed are: visit, event, to, at")]
    Missing {
        /// Which.
        key: &'static str,
    },
}

/// Why a file cannot be read. Nothing is stored of it.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The machine could not.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("the file is empty; a header and rows are needed")]
    Empty,
    /// There is a header in it.
    #[error("the file has a header and no rows")]
    NoRows,
    /// Its first bytes name another encoding.
    #[error("the file is in {encoding}; it must be in UTF-8")]
    Encoding {
        /// Which.
        encoding: &'static str,
    },
    /// A column that is to be read is not there.
    #[error("{key}={column}: there is no such column; the header has: {header}")]
    NoColumn {
        /// What it would have said.
        key: &'static str,
        /// Its name.
        column: String,
        /// All names.
        header: String,
    },
    /// Two columns of one name.
    #[error("{key}={column}: the header has two such columns")]
    ColumnTwice {
        /// What they would have said.
        key: &'static str,
        /// Their name.
        column: String,
    },
    /// A record that does not end in time.
    #[error("line {line}, {column}: the row is longer than {} bytes", limits::RECORD_BYTES)]
    TooLong {
        /// Where it begins.
        line: u64,
        /// In which column the limit was met.
        column: Column,
    },
    /// A record with too many fields.
    #[error("line {line}: the row has more than {} columns", limits::COLUMNS)]
    TooWide {
        /// Where it begins.
        line: u64,
    },
    /// A quote that is never closed, or stands alone.
    #[error("line {line}: a quote (\") is never closed; within quotes it is doubled")]
    Quote {
        /// Where the row begins.
        line: u64,
    },
    /// A record with other fields than the header.
    #[error("line {line}: the row has {found} fields, the header has {columns}")]
    Ragged {
        /// Where it begins.
        line: u64,
        /// Its fields.
        found: usize,
        /// Those of the header.
        columns: usize,
    },
    /// A byte that no text has.
    #[error("line {line}, {column}: a NUL byte; the file must be text in UTF-8")]
    Nul {
        /// Where the row begins.
        line: u64,
        /// In which column.
        column: Column,
    },
    /// Bytes of another encoding.
    #[error("line {line}, {column}: bytes that are not UTF-8; the file must be in UTF-8")]
    NotUtf8 {
        /// Where the row begins.
        line: u64,
        /// In which column.
        column: Column,
    },
    /// A time that nobody can read, or that lies beyond the limits.
    #[error("line {line}, {column}: {error}")]
    Time {
        /// Where the row begins.
        line: u64,
        /// In which column.
        column: Column,
        /// What is wrong with it.
        error: TimeError,
    },
}

/// A column, as a message names it: by its name in the header, or before that is known by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column(pub(super) String);

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}", self.0)
    }
}

/// Why a time cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Of no known form.
    #[error(
        "{found} is no time; known are 2031-05-04T08:30:00Z and 2031-05-04 08:30:00, \
         with a fraction or without, with an offset or without"
    )]
    Form {
        /// What was found.
        found: String,
    },
    /// Too early or too late.
    #[error("{found} is not in the years {} to {}", limits::FIRST_YEAR, limits::LAST_YEAR)]
    Years {
        /// What was found.
        found: String,
    },
}

/// Why nothing, or not everything, was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read. Nothing is stored.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Rows were refused, and a strict import has none. Nothing is stored.
    #[error("{} of {} rows are refused, so nothing is stored", .0.refused, .0.rows)]
    Refused(Report),
    /// The machine or the log failed.
    #[error("{cause}; {left}")]
    Broken {
        /// What failed.
        cause: Cause,
        /// What it leaves behind.
        left: Left,
    },
}

/// What failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// A temporary file, in which rows are sorted.
    #[error("a temporary file failed: {0}")]
    Temporary(#[from] io::Error),
    /// The log.
    #[error(transparent)]
    Log(#[from] AppendError),
    /// The rules do not let an import found a clinic.
    #[error("the clinic could not be founded: {0}")]
    Founding(#[from] Refusal),
}

/// What an import that failed leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Left {
    /// Nothing.
    #[error("nothing is stored")]
    Nothing,
    /// The beginning of a clinic, which the sink could not take back.
    #[error("clinic {clinic} is incomplete: it ends at position {position}; do not use it")]
    Beginning {
        /// Which.
        clinic: ClinicId,
        /// Its last position.
        position: Position,
    },
    /// Nobody knows: the commit is in doubt.
    #[error("it is not known whether clinic {clinic} is stored; look before importing again")]
    Unknown {
        /// Which.
        clinic: ClinicId,
    },
}

impl ImportError {
    /// A failure before anything could have been stored.
    pub(super) fn early(cause: impl Into<Cause>) -> Self {
        Self::Broken { cause: cause.into(), left: Left::Nothing }
    }
}
