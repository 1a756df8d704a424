//! A log that several engines share, and that can be told what to say.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};

#[derive(Debug)]
pub(crate) struct Rigged {
    pub(crate) inner: Arc<MemoryLog>,
    /// Whose events a newer version has written.
    pub(crate) newer: Mutex<Option<ClinicId>>,
    pub(crate) locks: AtomicUsize,
}

impl Default for Rigged {
    fn default() -> Self {
        Self {
            inner: Arc::new(MemoryLog::shared()),
            newer: Mutex::default(),
            locks: AtomicUsize::new(0),
        }
    }
}

impl Rigged {
    fn readable(&self, clinic: ClinicId) -> Result<(), LogError> {
        if *self.newer.lock().unwrap() == Some(clinic) {
            return Err(LogError::Newer("the event Teleported in form 1".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl EventLog for Rigged {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        self.inner.append(batch).await
    }

    async fn lock(&self, clinic: ClinicId) -> Result<Box<dyn LockedHead>, LogError> {
        self.readable(clinic)?;
        self.locks.fetch_add(1, Ordering::SeqCst);
        self.inner.lock(clinic).await
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.readable(clinic)?;
        self.inner.read(clinic, after, limit).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.readable(clinic)?;
        self.inner.read_stream(clinic, stream).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        self.inner.head(clinic).await
    }

    async fn position_at(&self, clinic: ClinicId, at: Timestamp) -> Result<Position, LogError> {
        self.inner.position_at(clinic, at).await
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        self.inner.clinics().await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        self.inner.due(now, limit).await
    }

    fn shared(&self) -> bool {
        true
    }
}
