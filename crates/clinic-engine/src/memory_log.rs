//! A log in this process's memory: for tests, played days and first steps. It checks every conflict
//! that a durable log would, and several engines may share it as nodes share a database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use tokio::sync::OwnedMutexGuard;

use crate::limits;
use crate::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};
use crate::sync::lock;

/// A log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {
    clinics: Mutex<BTreeMap<ClinicId, Arc<ClinicLog>>>,
    shared: bool,
}

/// One clinic's events. Writers take turns by `head`; readers see what `events` holds.
#[derive(Debug, Default)]
struct ClinicLog {
    head: Arc<tokio::sync::Mutex<()>>,
    events: Mutex<Events>,
}

#[derive(Debug, Default)]
struct Events {
    all: Vec<Arc<Recorded>>,
    streams: BTreeMap<StreamId, Vec<usize>>,
    next_due: Option<Timestamp>,
}

impl MemoryLog {
    /// A log of one engine's own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A log that several engines write to.
    #[must_use]
    pub fn shared() -> Self {
        Self { shared: true, ..Self::default() }
    }

    fn clinic(&self, id: ClinicId) -> Arc<ClinicLog> {
        Arc::clone(lock(&self.clinics).entry(id).or_default())
    }

    /// A clinic that has a log already: reading must not make one.
    fn known(&self, id: ClinicId) -> Option<Arc<ClinicLog>> {
        lock(&self.clinics).get(&id).map(Arc::clone)
    }
}

impl Events {
    fn head(&self) -> Head {
        self.all.last().map_or_else(Head::default, |last| Head {
            position: last.position,
            occurred_at: last.occurred_at,
        })
    }

    fn page(&self, after: Position, limit: usize) -> Vec<Recorded> {
        let start = usize::try_from(after.0).unwrap_or(usize::MAX).min(self.all.len());
        self.all.iter().skip(start).take(limit).map(|event| Recorded::clone(event)).collect()
    }

    fn append(&mut self, batch: Batch) -> Result<(), AppendError> {
        let head = self.head();
        if head.position != batch.expected {
            return Err(AppendError::Conflict);
        }
        self.check(head, &batch)?;
        for event in batch.events {
            self.streams.entry(event.event.stream()).or_default().push(self.all.len());
            self.all.push(event);
        }
        self.next_due = batch.next_due;
        Ok(())
    }

    /// A batch that breaks the order is a bug of its writer; keeping it would spread it.
    fn check(&self, head: Head, batch: &Batch) -> Result<(), LogError> {
        let mut sequences = BTreeMap::new();
        let (mut position, mut time) = (head.position, head.occurred_at);
        for event in &batch.events {
            position = position.next();
            let stream = event.event.stream();
            let stored = || self.streams.get(&stream).map_or(0, Vec::len);
            let sequence = sequences.entry(stream).or_insert_with(stored);
            *sequence += 1;
            let in_order = event.clinic == batch.clinic
                && event.position == position
                && usize::try_from(event.sequence) == Ok(*sequence)
                && event.occurred_at >= time;
            if !in_order {
                return Err(LogError::Failed(format!(
                    "position {}, sequence {} of {stream} at {} does not follow the log",
                    event.position, event.sequence, event.occurred_at
                )));
            }
            time = event.occurred_at;
        }
        Ok(())
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let clinic = self.clinic(batch.clinic);
        let _turn = clinic.head.lock().await;
        lock(&clinic.events).append(batch)
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        let clinic = self.clinic(clinic);
        let turn = Arc::clone(&clinic.head).lock_owned().await;
        let tail = lock(&clinic.events).page(after, limits::PAGE);
        Ok((Box::new(Locked { clinic, _turn: turn }), tail))
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        Ok(self.known(clinic).map_or_else(Vec::new, |log| lock(&log.events).page(after, limit)))
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        let Some(log) = self.known(clinic) else { return Ok(vec![]) };
        let events = lock(&log.events);
        let places = events.streams.get(&stream).into_iter().flatten();
        Ok(places
            .filter_map(|place| events.all.get(*place))
            .map(|event| Recorded::clone(event))
            .collect())
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        Ok(self.known(clinic).map_or_else(Head::default, |log| lock(&log.events).head()))
    }

    async fn position_at(
        &self,
        clinic: ClinicId,
        instant: Timestamp,
    ) -> Result<Position, LogError> {
        let Some(log) = self.known(clinic) else { return Ok(Position::START) };
        let events = lock(&log.events);
        let until = events.all.partition_point(|event| event.occurred_at <= instant);
        Ok(Position(u64::try_from(until).unwrap_or(u64::MAX)))
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        let clinics = lock(&self.clinics);
        let written = |log: &ClinicLog| !lock(&log.events).all.is_empty();
        Ok(clinics.iter().filter(|(_, log)| written(log)).map(|(id, _)| *id).collect())
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        let clinics = lock(&self.clinics);
        let due = |log: &ClinicLog| lock(&log.events).next_due.is_some_and(|due| due <= now);
        Ok(clinics.iter().filter(|(_, log)| due(log)).map(|(id, _)| *id).take(limit).collect())
    }

    fn shared(&self) -> bool {
        self.shared
    }

    async fn set_due(
        &self,
        clinic: ClinicId,
        at: Position,
        next_due: Option<Timestamp>,
    ) -> Result<(), LogError> {
        if let Some(log) = self.known(clinic) {
            let mut events = lock(&log.events);
            if events.head().position == at {
                events.next_due = next_due;
            }
        }
        Ok(())
    }
}

struct Locked {
    clinic: Arc<ClinicLog>,
    _turn: OwnedMutexGuard<()>,
}

#[async_trait]
impl LockedHead for Locked {
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        Ok(lock(&self.clinic.events).page(after, limit))
    }

    async fn append(self: Box<Self>, batch: Batch) -> Result<(), AppendError> {
        lock(&self.clinic.events).append(batch)
    }
}
