//! A node's way to the log, and what goes wrong on it.

use std::collections::BTreeSet;
use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};

use super::faults::{Dice, Fault, Note};
use super::signal::Signal;

/// How long a slow disk takes; two of them are longer than a client waits.
const SLOW: Duration = Duration::from_millis(1_200);

/// How late news is, at most.
const LATE: u64 = 900;

/// One node's way to the log.
#[derive(Clone, Debug)]
pub(super) struct FaultyLog {
    log: Arc<dyn EventLog>,
    way: Way,
}

/// What goes wrong on the way, and for whom.
#[derive(Clone, Debug)]
struct Way {
    dice: Arc<Dice>,
    life: Arc<Signal<Life>>,
    /// What time it is, outside of any node.
    time: Arc<Signal<Timestamp>>,
}

/// How a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It works.
    Works,
    /// It does nothing, for now.
    LiesStill,
    /// It does nothing any more.
    Dead,
}

impl FaultyLog {
    pub(super) fn new(
        log: Arc<dyn EventLog>,
        dice: Arc<Dice>,
        life: Arc<Signal<Life>>,
        time: Arc<Signal<Timestamp>>,
    ) -> Self {
        Self { log, way: Way { dice, life, time } }
    }
}

impl Way {
    /// Sends a batch on its way: `append` stores it.
    async fn append<F>(
        &self,
        kinds: &[Fault],
        append: impl FnOnce() -> F,
    ) -> Result<(), AppendError>
    where
        F: Future<Output = Result<(), AppendError>>,
    {
        let lost = || AppendError::InDoubt("connection lost".to_owned());
        let append = || async {
            let done = append().await;
            if done == Err(AppendError::Conflict) {
                self.dice.note(Note::Raced);
            }
            done
        };
        let Some(fault) = self.dice.one_of(kinds, 5) else { return append().await };
        match fault {
            Fault::Conflict => Err(AppendError::Conflict),
            Fault::LostRequest => Err(lost()),
            Fault::LostReply => {
                append().await?;
                Err(lost())
            }
            Fault::FullDisk => Err(LogError::Failed("no space left on device".to_owned()).into()),
            Fault::CrashBefore => {
                drop(append); // and with it the head's lock
                self.die().await
            }
            Fault::CrashAfter => {
                append().await?;
                self.die().await
            }
            Fault::Stall => {
                self.lies_still().await;
                append().await
            }
            Fault::SlowDisk => {
                tokio::time::sleep(SLOW).await;
                append().await
            }
            // The others are no append's.
            Fault::Unreachable
            | Fault::LateNews
            | Fault::Redelivery
            | Fault::Reordering
            | Fault::Duplicate
            | Fault::ClockStep
            | Fault::ClockJump
            | Fault::Silence => append().await,
        }
    }

    /// Notes a batch of several commands.
    fn counts(&self, batch: &Batch) {
        let ids = batch.events.iter().map(|event| event.cause.command_id);
        if ids.collect::<BTreeSet<_>>().len() > 1 {
            self.dice.note(Note::Together);
        }
    }

    async fn die<T>(&self) -> T {
        self.life.set(Life::Dead);
        pending().await
    }

    /// Until somebody wakes it: hours pass, or days.
    async fn lies_still(&self) {
        self.life.set(Life::LiesStill);
        let hours = 1 + self.dice.pick(48);
        let until = self.time.get().plus(Millis::minutes(60 * hours));
        self.time.wait_for(|now| now >= until).await;
        self.life.set(Life::Works);
    }

    /// What is asked of the log now arrives, but perhaps late; or nobody can be asked.
    async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, LogError>>,
    ) -> Result<T, LogError> {
        if self.dice.strikes(Fault::Unreachable, 40) {
            return Err(LogError::Failed("not reachable".to_owned()));
        }
        let answer = asked.await;
        if self.dice.strikes(Fault::LateNews, 20) {
            tokio::time::sleep(Duration::from_millis(self.dice.pick(LATE))).await;
        }
        answer
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        self.way.counts(&batch);
        self.way.append(&Fault::APPEND, || self.log.append(batch)).await
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        let (head, tail) = self.way.ask(self.log.lock(clinic, after)).await?;
        Ok((Box::new(FaultyHead { head, way: self.way.clone() }), tail))
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.way.ask(self.log.read(clinic, after, limit)).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.way.ask(self.log.read_stream(clinic, stream)).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        self.way.ask(self.log.head(clinic)).await
    }

    async fn position_at(&self, clinic: ClinicId, at: Timestamp) -> Result<Position, LogError> {
        self.way.ask(self.log.position_at(clinic, at)).await
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        self.way.ask(self.log.clinics()).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        self.way.ask(self.log.due(now, limit)).await
    }

    fn shared(&self) -> bool {
        self.log.shared()
    }

    async fn moved(&self, known: &[(ClinicId, Position)]) -> Result<Vec<ClinicId>, LogError> {
        self.way.life.wait_for(|life| life == Life::Works).await;
        self.way.ask(self.log.moved(known)).await
    }

    async fn set_due(
        &self,
        clinic: ClinicId,
        at: Position,
        next_due: Option<Timestamp>,
    ) -> Result<(), LogError> {
        self.way.ask(self.log.set_due(clinic, at, next_due)).await
    }

    fn era(&self) -> u64 {
        self.log.era()
    }

    fn level(&self) -> u32 {
        self.log.level()
    }

    fn keeps_time(&self) -> Result<(), LogError> {
        self.log.keeps_time()
    }

    fn goes_on(&self) -> Result<(), LogError> {
        self.log.goes_on()
    }
}

/// A locked head at the far end of the same way. Whoever dies lets go of it.
struct FaultyHead {
    head: Box<dyn LockedHead>,
    way: Way,
}

impl fmt::Debug for FaultyHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyHead").finish_non_exhaustive()
    }
}

#[async_trait]
impl LockedHead for FaultyHead {
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.way.ask(self.head.read(after, limit)).await
    }

    async fn append(self: Box<Self>, batch: Batch) -> Result<(), AppendError> {
        let Self { head, way } = *self;
        way.counts(&batch);
        way.append(&Fault::UNDER_LOCK, move || head.append(batch)).await
    }
}
