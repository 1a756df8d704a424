//! A log with one thing bent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};

/// What is bent; whatever is not said is straight.
#[derive(Clone, Copy)]
pub(super) struct Bend {
    /// What becomes of a batch on its way, and whether it is acknowledged at once.
    pub(super) batch: fn(Batch) -> (Batch, Ack),
    /// What becomes of the answer to it.
    pub(super) answer: fn(Result<(), AppendError>) -> Result<(), AppendError>,
    /// What becomes of a page of events.
    pub(super) page: fn(Vec<Recorded>) -> Vec<Recorded>,
    /// What becomes of one that is read under the head's lock.
    pub(super) tail: fn(Vec<Recorded>) -> Vec<Recorded>,
    /// What becomes of a head.
    pub(super) head: Heads,
}

/// Where the log is said to end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heads {
    /// Where it does.
    True,
    /// Where the last page ended.
    Stale,
    /// One time of three, before its first event.
    Lost,
}

/// When a batch is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ack {
    /// When it is stored.
    Stored,
    /// When it has been taken, and will be stored.
    Taken,
}

impl Bend {
    pub(super) const NOTHING: Self = Self {
        batch: |batch| (batch, Ack::Stored),
        answer: |answer| answer,
        page: |page| page,
        tail: |page| page,
        head: Heads::True,
    };
}

impl fmt::Debug for Bend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bend").finish_non_exhaustive()
    }
}

/// A log, bent.
#[derive(Debug)]
pub(super) struct Bent {
    log: Arc<dyn EventLog>,
    bend: Bend,
    /// Where the last page ended.
    read: AtomicU64,
    /// How often its end was asked for.
    asked: AtomicU64,
}

impl Bent {
    pub(super) fn new(log: Arc<dyn EventLog>, bend: Bend) -> Self {
        Self { log, bend, read: AtomicU64::new(0), asked: AtomicU64::new(0) }
    }
}

#[async_trait]
impl EventLog for Bent {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let (batch, ack) = (self.bend.batch)(batch);
        if ack == Ack::Taken {
            let log = Arc::clone(&self.log);
            tokio::spawn(async move { log.append(batch).await });
            return Ok(());
        }
        (self.bend.answer)(self.log.append(batch).await)
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        let (head, tail) = self.log.lock(clinic, after).await?;
        Ok((Box::new(BentHead { head, bend: self.bend }), (self.bend.tail)(tail)))
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        let page = self.log.read(clinic, after, limit).await?;
        let last = page.last().map_or(after, |last| last.position);
        self.read.store(last.0, Ordering::SeqCst);
        Ok((self.bend.page)(page))
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.log.read_stream(clinic, stream).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        let head = self.log.head(clinic).await?;
        Ok(match self.bend.head {
            Heads::Lost if self.asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) => {
                Head::default()
            }
            Heads::Stale => {
                let read = Position(self.read.load(Ordering::SeqCst));
                if read > Position::START { Head { position: read, ..head } } else { head }
            }
            Heads::True | Heads::Lost => head,
        })
    }

    async fn position_at(&self, clinic: ClinicId, at: Timestamp) -> Result<Position, LogError> {
        self.log.position_at(clinic, at).await
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        self.log.clinics().await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        self.log.due(now, limit).await
    }

    fn shared(&self) -> bool {
        self.log.shared()
    }
}

struct BentHead {
    head: Box<dyn LockedHead>,
    bend: Bend,
}

#[async_trait]
impl LockedHead for BentHead {
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        Ok((self.bend.tail)(self.head.read(after, limit).await?))
    }

    async fn append(self: Box<Self>, batch: Batch) -> Result<(), AppendError> {
        let (batch, _) = (self.bend.batch)(batch);
        (self.bend.answer)(self.head.append(batch).await)
    }
}
