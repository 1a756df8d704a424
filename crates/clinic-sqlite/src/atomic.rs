//! Many batches of one clinic in one transaction: an import is stored as a whole or not at all.

use clinic_domain::ids::ClinicId;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Batch, LogError};
use clinic_engine::stored::RawRow;
use tokio::sync::{mpsc, oneshot};

use crate::limits;
use crate::log::SqliteLog;
use crate::readers::closed;
use crate::writer::batch::{Append, Moved};
use crate::writer::{Work, WriterThread};

/// Batches that are stored when [`AtomicAppend::finish`] returns, and not at all if this is dropped
/// before. As long as it is open, every other append to the log waits.
#[derive(Debug)]
pub struct AtomicAppend {
    clinic: ClinicId,
    steps: mpsc::Sender<Step>,
}

struct Step {
    what: What,
    answer: oneshot::Sender<Result<(), AppendError>>,
}

enum What {
    Write(Work),
    Finish,
}

impl SqliteLog {
    /// Begins an append of many batches of one clinic that is stored as a whole.
    ///
    /// # Errors
    /// If the log is closed, only read, or has failed.
    pub async fn begin_atomic(&self, clinic: ClinicId) -> Result<AtomicAppend, LogError> {
        let turn = self.inner.turn(clinic).await;
        let (steps, mut queue) = mpsc::channel(limits::ATOMIC_AHEAD);
        let (ready, begun) = oneshot::channel();
        self.inner.writer()?.submit(move |thread| {
            let begun = thread.begin();
            let open = begun.is_ok();
            drop(ready.send(begun));
            if open {
                thread.all_or_nothing(&mut queue);
            }
            drop(turn);
        })?;
        begun.await.map_err(|_| closed(&self.inner.path))??;
        Ok(AtomicAppend { clinic, steps })
    }
}

impl AtomicAppend {
    /// Adds a batch behind those before it. After an error nothing of all is stored.
    ///
    /// # Errors
    /// If it does not follow the log, or cannot be stored.
    pub async fn append(&mut self, batch: &Batch) -> Result<(), AppendError> {
        if batch.clinic != self.clinic {
            return Err(LogError::Failed("the batch is another clinic's".to_owned()).into());
        }
        self.step(What::Write(Work::Append(Append::of(batch)?))).await
    }

    /// Adds rows as another store has them, behind those before; and says when the clinic next has work.
    /// After an error nothing of all is stored.
    ///
    /// # Errors
    /// If they do not follow what came before, or cannot be stored.
    pub async fn append_rows(
        &mut self,
        rows: Vec<RawRow>,
        next_due: Option<Timestamp>,
    ) -> Result<(), AppendError> {
        let clinic = self.clinic;
        self.step(What::Write(Work::Moved(Moved { clinic, rows, next_due }))).await
    }

    /// Stores all of it.
    ///
    /// # Errors
    /// If the commit fails, or a batch failed before.
    pub async fn finish(self) -> Result<(), AppendError> {
        self.step(What::Finish).await
    }

    async fn step(&self, what: What) -> Result<(), AppendError> {
        let over = || {
            LogError::Failed("a batch of this append failed, so nothing of it is stored".to_owned())
        };
        let (answer, answered) = oneshot::channel();
        self.steps.send(Step { what, answer }).await.map_err(|_| over())?;
        answered.await.map_err(|_| over())?
    }
}

impl WriterThread<'_> {
    /// Fills the open transaction as long as somebody brings batches.
    fn all_or_nothing(&mut self, queue: &mut mpsc::Receiver<Step>) {
        let mut events = 0;
        while let Some(Step { what, answer }) = queue.blocking_recv() {
            let done = match what {
                What::Write(work) => self.take_one(&work),
                What::Finish => {
                    let stored = self.commit_open(events).map_err(|error| self.failed(error));
                    drop(answer.send(stored));
                    return;
                }
            };
            let failed = done.is_err();
            drop(answer.send(done.map(|brought| events += brought)));
            if failed {
                return;
            }
        }
        self.store.roll_back();
    }
}
