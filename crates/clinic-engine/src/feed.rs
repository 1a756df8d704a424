//! The live feed: from any position, first what the log holds, then what happens. No gap and no
//! duplicate, for every step reads behind the last position; a slow reader only reads more of the
//! log later and never holds anybody up.

use std::collections::VecDeque;
use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};

use crate::desk::{Desk, Job};
use crate::error::EngineError;
use crate::limits;
use crate::ports::{EventLog, LogError};

/// A reader of one clinic's events.
#[derive(Debug)]
pub struct Feed {
    clinic: ClinicId,
    desk: Desk,
    log: Arc<dyn EventLog>,
    after: Position,
    page: VecDeque<Arc<Recorded>>,
}

impl Feed {
    pub(crate) fn new(
        clinic: ClinicId,
        desk: Desk,
        log: Arc<dyn EventLog>,
        after: Position,
    ) -> Self {
        Self { clinic, desk, log, after, page: VecDeque::new() }
    }

    /// The position of the last event handed out: subscribe behind it to go on from here.
    #[must_use]
    pub fn position(&self) -> Position {
        self.after
    }

    /// The next event; waits for one if there is none yet. Safe to cancel.
    ///
    /// # Errors
    /// If the log fails, or the engine has stopped; the position holds, so subscribing again resumes.
    pub async fn next(&mut self) -> Result<Arc<Recorded>, EngineError> {
        loop {
            self.desk.serves()?;
            if let Some(recorded) = self.page.pop_front() {
                self.after = recorded.position;
                return Ok(recorded);
            }
            let head = *self.desk.head.borrow_and_update();
            if head > self.after {
                self.page = self.turn().await?.into();
                if self.page.is_empty() {
                    return Err(self.ends_short(head).await);
                }
            } else if self.desk.head.changed().await.is_err() {
                return Err(self.desk.gone().into());
            }
        }
    }

    /// The log ends before what was shown as committed: it went back. The decider is told, so that it ends,
    /// and the clinic is read anew.
    async fn ends_short(&self, head: Position) -> EngineError {
        let _gone = self.desk.jobs.send(Job::Follow(None)).await;
        let after = self.after;
        LogError::Failed(format!("it ended at {head} and holds nothing behind {after} now")).into()
    }

    async fn turn(&self) -> Result<Vec<Arc<Recorded>>, EngineError> {
        if let Some(recent) = self.desk.committed.recent(self.after) {
            return Ok(recent);
        }
        let page = self.log.read(self.clinic, self.after, limits::PAGE).await?;
        Ok(page.into_iter().map(Arc::new).collect())
    }
}
