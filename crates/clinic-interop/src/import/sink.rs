//! Where an import is stored.

use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::ids::Position;
use clinic_engine::ports::{AppendError, Batch, EventLog};

/// Takes the batches of one import and keeps all of them or none.
///
/// The importer calls [`append`](Self::append) any number of times, in order, and then either
/// [`finish`](Self::finish) or [`abandon`](Self::abandon). A store makes this whole by one
/// transaction around it; until `finish` no reader should see any of it.
#[async_trait]
pub trait ImportSink: Send {
    /// Takes a batch behind the one before.
    ///
    /// # Errors
    /// If it is not taken. The import is abandoned then.
    async fn append(&mut self, batch: Batch) -> Result<(), AppendError>;

    /// Keeps everything that was appended, as durably as the store keeps anything.
    ///
    /// # Errors
    /// If none of it is kept; or [`AppendError::InDoubt`] if nobody knows.
    async fn finish(self: Box<Self>) -> Result<(), AppendError>;

    /// Lets go of everything that was appended, as far as the store can.
    /// Returns the position up to which events of the clinic stay in the store all the same.
    async fn abandon(self: Box<Self>) -> Position;
}

/// A sink for any log: each batch is appended at once and stays. An import that fails in the middle
/// leaves its beginning behind, and says so. For the memory log, and for a log that has no sink of
/// its own.
#[derive(Debug)]
pub struct LogSink {
    log: Arc<dyn EventLog>,
    kept: Position,
}

impl LogSink {
    /// Into this log.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log, kept: Position::START }
    }
}

#[async_trait]
impl ImportSink for LogSink {
    async fn append(&mut self, batch: Batch) -> Result<(), AppendError> {
        let last = batch.events.last().map(|last| last.position);
        self.log.append(batch).await?;
        self.kept = last.unwrap_or(self.kept);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), AppendError> {
        Ok(())
    }

    async fn abandon(self: Box<Self>) -> Position {
        self.kept
    }
}

/// Keeps nothing: for a dry run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

#[async_trait]
impl ImportSink for Nowhere {
    async fn append(&mut self, _: Batch) -> Result<(), AppendError> {
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), AppendError> {
        Ok(())
    }

    async fn abandon(self: Box<Self>) -> Position {
        Position::START
    }
}
