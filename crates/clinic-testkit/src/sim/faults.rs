//! What goes wrong, where, and how often.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};
use tokio::sync::Notify;

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The batch is told that it lost a race.
    Conflict,
    /// The connection is lost before the commit.
    LostRequest,
    /// The connection is lost after the commit.
    LostReply,
    /// The node dies before the commit.
    CrashBefore,
    /// The node dies after the commit.
    CrashAfter,
    /// The disk takes its time.
    SlowDisk,
    /// A node's clock steps forward or back.
    ClockStep,
}

impl Fault {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Conflict,
        Self::LostRequest,
        Self::LostReply,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::SlowDisk,
        Self::ClockStep,
    ];
}

/// Chance, from a seed: `SplitMix64`.
#[derive(Debug)]
pub(super) struct Dice {
    state: Mutex<u64>,
    faults: Vec<Fault>,
    struck: Mutex<BTreeMap<Fault, usize>>,
    crash: Notify,
}

impl Dice {
    pub(super) fn new(seed: u64, faults: &[Fault]) -> Self {
        Self {
            state: Mutex::new(seed),
            faults: faults.to_vec(),
            struck: Mutex::default(),
            crash: Notify::new(),
        }
    }

    fn next(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of so many.
    pub(super) fn pick(&self, of: usize) -> usize {
        let of = u64::try_from(of).unwrap_or(1).max(1);
        usize::try_from(self.next() % of).unwrap_or(0)
    }

    /// What goes wrong now: with one append of five, something.
    fn fault(&self) -> Option<Fault> {
        let (strikes, which) = (self.pick(5) == 0, self.pick(self.faults.len()));
        let fault = *self.faults.get(which).filter(|_| strikes)?;
        if fault == Fault::ClockStep {
            return None; // that is no append's
        }
        self.strike(fault);
        Some(fault)
    }

    /// By how many milliseconds a node's clock steps now: up to a minute, one time of twenty.
    pub(super) fn clock_step(&self) -> Option<i64> {
        let (strikes, step) = (self.pick(20) == 0, self.pick(120_000));
        if !strikes || !self.faults.contains(&Fault::ClockStep) {
            return None;
        }
        self.strike(Fault::ClockStep);
        Some(i64::try_from(step).unwrap_or(0) - 60_000)
    }

    fn strike(&self, fault: Fault) {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        *struck.entry(fault).or_default() += 1;
    }

    /// How often each struck.
    pub(super) fn struck(&self) -> BTreeMap<Fault, usize> {
        self.struck.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the node that works dies.
    pub(super) async fn crashed(&self) {
        self.crash.notified().await;
    }
}

/// One node's way to the log.
#[derive(Debug)]
pub(super) struct FaultyLog {
    log: Arc<MemoryLog>,
    dice: Arc<Dice>,
    dead: Arc<AtomicBool>,
}

impl FaultyLog {
    /// `dead` is set when the node dies.
    pub(super) fn new(log: Arc<MemoryLog>, dice: Arc<Dice>, dead: Arc<AtomicBool>) -> Self {
        Self { log, dice, dead }
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        match self.dice.fault() {
            None | Some(Fault::ClockStep) => self.log.append(batch).await,
            Some(Fault::Conflict) => Err(AppendError::Conflict),
            Some(Fault::LostRequest) => Err(AppendError::InDoubt("connection lost".into())),
            Some(Fault::LostReply) => {
                self.log.append(batch).await?;
                Err(AppendError::InDoubt("connection lost".into()))
            }
            Some(Fault::SlowDisk) => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                self.log.append(batch).await
            }
            Some(crash @ (Fault::CrashBefore | Fault::CrashAfter)) => {
                if crash == Fault::CrashAfter {
                    self.log.append(batch).await?;
                }
                self.dead.store(true, Ordering::SeqCst);
                self.dice.crash.notify_one();
                pending().await
            }
        }
    }

    async fn lock(&self, clinic: ClinicId) -> Result<Box<dyn LockedHead>, LogError> {
        self.log.lock(clinic).await
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.log.read(clinic, after, limit).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.log.read_stream(clinic, stream).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        self.log.head(clinic).await
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
        true
    }
}
