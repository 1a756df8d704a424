//! What may go wrong, in kinds that never mix: the clinic said no, the door is too busy, or
//! something is broken. A conflict is neither: the engine decides again by itself.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::refusal::Refusal;
use clinic_domain::time::Millis;

use crate::ports::LogError;

/// Why the engine did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The clinic said no; nothing was recorded. It was decided at the head of the log.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too much at the door in too short a time.
    #[error("too many {what}: at most {limit} within {window}; try again in {retry_after}")]
    Throttled {
        /// What was counted.
        what: &'static str,
        /// How many may be.
        limit: usize,
        /// Within how long.
        window: Millis,
        /// When to try again.
        retry_after: Millis,
    },
    /// The log has no such clinic.
    #[error("no clinic {0} in this log")]
    NoSuchClinic(ClinicId),
    /// The log does not reach that far.
    #[error("position {wanted} is not there yet: the log ends at {head}")]
    NotYet {
        /// What was asked for.
        wanted: Position,
        /// Where the log ends.
        head: Position,
    },
    /// Something outside the rules failed; nothing was acknowledged.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<LogError> for EngineError {
    fn from(error: LogError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<LogError> for Broken {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Failed(_) => Self::Log(error),
            LogError::Newer(what) => Self::Newer(what),
        }
    }
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The log, or another store.
    #[error(transparent)]
    Log(LogError),
    /// The clinic's log holds an event that this version cannot read. It would fold a clinic that is not so,
    /// and therefore serves it no more; a node that is upgraded does.
    #[error("this node no longer serves this clinic: {0}")]
    Newer(String),
    /// Nobody could find out in time whether a commit took place. Asked again under the same id, the
    /// engine answers as it is.
    #[error("it is in doubt whether this was recorded, ask again with the same id: {0}")]
    InDoubt(LogError),
    /// The clock ran ahead of the monotonic one: recording its time would freeze the clinic's.
    #[error("the clock jumped ahead by {by}; nothing is recorded until it is right again")]
    ClockJumped {
        /// By how much.
        by: Millis,
    },
    /// The machine's clock and the log's are apart: what this node records would be out of time.
    #[error("nothing is recorded by this clock: {0}")]
    ClockApart(String),
    /// What would be recorded is of a form that older nodes of the same log cannot read.
    #[error(
        "{event} is written only after `clinic upgrade --finalize`: older nodes cannot read it"
    )]
    NotAgreed {
        /// The event's name.
        event: &'static str,
    },
    /// The command waited longer than anybody waits for an answer, and is not decided any more. If it was
    /// granted in the meantime, elsewhere, its id is known for a day.
    #[error("this waited for {waited} and is not decided any more")]
    TooLate {
        /// How long it waited.
        waited: Millis,
    },
    /// The engine is shutting down, or its task failed.
    #[error("the engine has stopped")]
    Stopped,
}
