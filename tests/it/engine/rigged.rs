//! A log that several engines share, and that can be told what to say.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};
use clinic_engine::stored::LEVEL;
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Rigged {
    pub(crate) inner: Arc<MemoryLog>,
    /// Whose events a newer version has written.
    pub(crate) newer: Mutex<Option<ClinicId>>,
    /// How often a head was locked.
    pub(crate) locks: AtomicUsize,
    /// How often it was asked what has moved, or where a clinic ends, or what it holds.
    pub(crate) asked: AtomicUsize,
    /// Whose clocks are apart.
    pub(crate) apart: AtomicBool,
    /// Whether it can tell what has moved.
    pub(crate) deaf: AtomicBool,
    /// What all nodes have agreed on.
    pub(crate) level: AtomicU32,
    pub(crate) news: Mutex<Vec<(ClinicId, Position)>>,
    pub(crate) bell: Notify,
}

impl Default for Rigged {
    fn default() -> Self {
        Self {
            inner: Arc::new(MemoryLog::shared()),
            newer: Mutex::default(),
            locks: AtomicUsize::default(),
            asked: AtomicUsize::default(),
            apart: AtomicBool::default(),
            deaf: AtomicBool::default(),
            level: AtomicU32::new(LEVEL),
            news: Mutex::default(),
            bell: Notify::new(),
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

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        self.readable(clinic)?;
        self.locks.fetch_add(1, Ordering::SeqCst);
        self.inner.lock(clinic, after).await
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.readable(clinic)?;
        self.asked.fetch_add(1, Ordering::SeqCst);
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
        self.asked.fetch_add(1, Ordering::SeqCst);
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

    async fn moved(&self, known: &[(ClinicId, Position)]) -> Result<Vec<ClinicId>, LogError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.deaf.load(Ordering::SeqCst) {
            return Err(LogError::Failed("not reachable".to_owned()));
        }
        self.inner.moved(known).await
    }

    async fn told(&self) -> Vec<(ClinicId, Position)> {
        self.bell.notified().await;
        std::mem::take(&mut *self.news.lock().unwrap())
    }

    async fn set_due(
        &self,
        clinic: ClinicId,
        at: Position,
        next_due: Option<Timestamp>,
    ) -> Result<(), LogError> {
        self.inner.set_due(clinic, at, next_due).await
    }

    fn level(&self) -> u32 {
        self.level.load(Ordering::SeqCst)
    }

    fn keeps_time(&self) -> Result<(), LogError> {
        if self.apart.load(Ordering::SeqCst) {
            return Err(LogError::Failed("2 s apart".to_owned()));
        }
        Ok(())
    }
}
