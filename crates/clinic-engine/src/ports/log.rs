//! The log: one order of events per clinic, appended to at an expected head.

use std::fmt;
use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;

use crate::limits;
use crate::stored;

/// Where a clinic's log ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The position of its last event; 0 if it has none.
    pub position: Position,
    /// That event's instant.
    pub occurred_at: Timestamp,
}

/// Events of one clinic, to be appended together or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The clinic.
    pub clinic: ClinicId,
    /// The head behind which the events were decided.
    pub expected: Position,
    /// The events: positions follow the expected head, sequences follow their streams.
    pub events: Vec<Arc<Recorded>>,
    /// When the clinic next has work that falls due.
    pub next_due: Option<Timestamp>,
}

/// A log could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// It failed.
    #[error("the log failed: {0}")]
    Failed(String),
    /// It holds what only a newer version of this software can read.
    #[error("{0}")]
    Newer(String),
}

impl LogError {
    /// Why, in words.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Failed(why) | Self::Newer(why) => why,
        }
    }
}

/// Why a batch was not appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Another writer has moved the head: fold the tail in and decide again.
    #[error("the head has moved")]
    Conflict,
    /// Nobody knows whether the batch was appended: settle it under the head's lock.
    #[error("the commit is in doubt: {0}")]
    InDoubt(String),
    /// It was not appended.
    #[error(transparent)]
    Failed(#[from] LogError),
}

/// Takes events, and answers whether it wants more.
pub type Take = Box<dyn FnMut(&Recorded) -> bool + Send>;

/// One order of events per clinic.
///
/// Whatever `append` acknowledged is there for every later read, on every node and after any crash.
/// Reads see whole batches only.
#[async_trait]
pub trait EventLog: Send + Sync + fmt::Debug {
    /// Appends a batch at its expected head.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] if the head is elsewhere; nothing was appended then.
    async fn append(&self, batch: Batch) -> Result<(), AppendError>;

    /// Locks a clinic's head: no other writer moves it until the lock is dropped. With it comes the first
    /// page of what stands behind `after`; if it has [`limits::PAGE`] events, there may be more.
    ///
    /// # Errors
    /// If the log fails.
    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError>;

    /// At most `limit` events of a clinic behind `after`, in order.
    ///
    /// # Errors
    /// If the log fails; never a silently short page.
    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError>;

    /// Shows the events of a clinic behind `after` up to and including `until`, one after another, on
    /// the thread that reads them, for as long as `take` answers that it wants more.
    ///
    /// # Errors
    /// If the log fails, or ends before `until`; what was shown until then was right.
    async fn each(
        &self,
        clinic: ClinicId,
        after: Position,
        until: Position,
        mut take: Take,
    ) -> Result<(), LogError> {
        let mut at = after;
        while at < until {
            let left = usize::try_from(until.0 - at.0).unwrap_or(usize::MAX);
            let page = self.read(clinic, at, left.min(limits::PAGE)).await?;
            let short = || LogError::Failed(format!("the log ends short behind position {at}"));
            at = page.last().ok_or_else(short)?.position;
            if !page.iter().all(&mut take) {
                break;
            }
        }
        Ok(())
    }

    /// All events of one stream, in order.
    ///
    /// # Errors
    /// If the log fails.
    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError>;

    /// Where a clinic's log ends.
    ///
    /// # Errors
    /// If the log fails.
    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError>;

    /// The last position whose instant is not after `instant`.
    ///
    /// # Errors
    /// If the log fails.
    async fn position_at(&self, clinic: ClinicId, instant: Timestamp)
    -> Result<Position, LogError>;

    /// All clinics that have a log, by id.
    ///
    /// # Errors
    /// If the log fails.
    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError>;

    /// At most `limit` clinics whose next due work is due at `now`.
    ///
    /// # Errors
    /// If the log fails.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError>;

    /// Whether anybody else may write to this log.
    fn shared(&self) -> bool;

    /// Which of these clinics stand elsewhere than at the position that is known of them. At most
    /// [`limits::MOVED_AT_ONCE`] are asked about at once.
    ///
    /// # Errors
    /// If the log fails.
    async fn moved(&self, known: &[(ClinicId, Position)]) -> Result<Vec<ClinicId>, LogError> {
        let mut moved = vec![];
        for (clinic, position) in known {
            if self.head(*clinic).await?.position != *position {
                moved.push(*clinic);
            }
        }
        Ok(moved)
    }

    /// Waits for word that others have written to some clinics, and up to where. It may be told too much, and of some
    /// never: whoever follows the log asks [`moved`](EventLog::moved) as well. Safe to cancel; one waits at a time.
    async fn told(&self) -> Vec<(ClinicId, Position)> {
        pending().await
    }

    /// Notes when a clinic next has work that falls due, where nothing was recorded that would say so, and
    /// only if its head is still at `at`. Where one process has the log to itself, nobody needs to know.
    ///
    /// # Errors
    /// If the log fails.
    async fn set_due(
        &self,
        _clinic: ClinicId,
        _at: Position,
        _next_due: Option<Timestamp>,
    ) -> Result<(), LogError> {
        Ok(())
    }

    /// Counts how often the way to the log was lost. What is found behind such a way may have lost its end, and
    /// have grown again since: whoever decides looks whether it still goes on from what she had read.
    fn era(&self) -> u64 {
        0
    }

    /// The level of forms that all nodes of this log have agreed on; nothing above it is written.
    fn level(&self) -> u32 {
        stored::LEVEL
    }

    /// Whether this machine's clock agrees with the log's, if it has one; asked at each decision.
    ///
    /// # Errors
    /// How far they are apart, in words.
    fn keeps_time(&self) -> Result<(), LogError> {
        Ok(())
    }

    /// Whether it still takes events. Nobody waits for one that has stopped.
    ///
    /// # Errors
    /// Why it has stopped for good.
    fn goes_on(&self) -> Result<(), LogError> {
        Ok(())
    }
}

/// A clinic's head, locked. Dropping it unlocks.
#[async_trait]
pub trait LockedHead: Send {
    /// Whether it still is locked: a log may let go of a head whose holder takes long. What is decided on it is in
    /// conflict then.
    fn holds(&self) -> bool {
        true
    }

    /// At most `limit` events behind `after`.
    ///
    /// # Errors
    /// If the log fails, or the head is no more locked.
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError>;

    /// Appends and unlocks. The head cannot have moved as long as it [holds](LockedHead::holds).
    ///
    /// # Errors
    /// [`AppendError::Conflict`] if the batch does not follow the locked head, or that is no more locked.
    async fn append(self: Box<Self>, batch: Batch) -> Result<(), AppendError>;
}
