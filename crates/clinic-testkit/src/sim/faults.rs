//! What may go wrong, and how often.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A batch is told that it lost a race.
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
    /// The node lies still before the commit, for up to two days, and goes on as if nothing were.
    Stall,
    /// The disk is full: the batch is not stored, and the log says so.
    FullDisk,
    /// The log cannot be reached for a read or a lock.
    Unreachable,
    /// What a node reads of the log arrives late, and is old by then.
    LateNews,
    /// A live reader is given events that it has had.
    Redelivery,
    /// A live reader is given events in the wrong order.
    Reordering,
    /// The network delivers a command again, later, at another node.
    Duplicate,
    /// A node's clock steps: up to a minute forward, up to ten minutes back.
    ClockStep,
    /// A node's clock jumps ahead, by more than can be believed.
    ClockJump,
    /// Somebody's page falls silent.
    Silence,
}

impl Fault {
    /// All there are.
    pub const ALL: [Self; 16] = [
        Self::Conflict,
        Self::LostRequest,
        Self::LostReply,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::SlowDisk,
        Self::Stall,
        Self::FullDisk,
        Self::Unreachable,
        Self::LateNews,
        Self::Redelivery,
        Self::Reordering,
        Self::Duplicate,
        Self::ClockStep,
        Self::ClockJump,
        Self::Silence,
    ];

    /// Those of an append.
    pub(super) const APPEND: [Self; 8] = [
        Self::Conflict,
        Self::LostRequest,
        Self::LostReply,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::SlowDisk,
        Self::Stall,
        Self::FullDisk,
    ];

    /// Those of an append under the head's lock: nobody else moves that head, and no database lets a
    /// client hold it for hours.
    pub(super) const UNDER_LOCK: [Self; 6] = [
        Self::LostRequest,
        Self::LostReply,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::SlowDisk,
        Self::FullDisk,
    ];

    /// Its name, as it is typed and printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::LostRequest => "lost-request",
            Self::LostReply => "lost-reply",
            Self::CrashBefore => "crash-before",
            Self::CrashAfter => "crash-after",
            Self::SlowDisk => "slow-disk",
            Self::Stall => "stall",
            Self::FullDisk => "full-disk",
            Self::Unreachable => "unreachable",
            Self::LateNews => "late-news",
            Self::Redelivery => "redelivery",
            Self::Reordering => "reordering",
            Self::Duplicate => "duplicate",
            Self::ClockStep => "clock-step",
            Self::ClockJump => "clock-jump",
            Self::Silence => "silence",
        }
    }

    /// The fault of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happens without being a fault, and has to happen for the days to be worth anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Note {
    /// An append lost a race to another node.
    Raced,
    /// A batch had several commands.
    Together,
}

/// Chance, from a seed: `SplitMix64`.
#[derive(Debug)]
pub(super) struct Dice {
    state: Mutex<u64>,
    faults: Vec<Fault>,
    struck: Mutex<BTreeMap<Fault, usize>>,
    noted: Mutex<BTreeMap<Note, usize>>,
}

impl Dice {
    pub(super) fn new(seed: u64, faults: &[Fault]) -> Self {
        Self {
            state: Mutex::new(seed),
            faults: faults.to_vec(),
            struck: Mutex::default(),
            noted: Mutex::default(),
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
    pub(super) fn pick(&self, of: u64) -> u64 {
        self.next() % of.max(1)
    }

    /// One of so many things that are counted.
    pub(super) fn index(&self, of: usize) -> usize {
        let picked = self.pick(u64::try_from(of).unwrap_or(u64::MAX));
        usize::try_from(picked).unwrap_or_default()
    }

    /// Whether this fault strikes now, as it does one time of so many.
    pub(super) fn strikes(&self, fault: Fault, one_of: u64) -> bool {
        self.one_of(&[fault], one_of).is_some()
    }

    /// Which of these faults strikes now, as one does one time of so many.
    pub(super) fn one_of(&self, kinds: &[Fault], one_of: u64) -> Option<Fault> {
        let kinds: Vec<_> = kinds.iter().filter(|kind| self.faults.contains(kind)).collect();
        let (strikes, which) = (self.pick(one_of) == 0, self.index(kinds.len()));
        let fault = **kinds.get(which).filter(|_| strikes)?;
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        *struck.entry(fault).or_default() += 1;
        Some(fault)
    }

    pub(super) fn note(&self, what: Note) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        *noted.entry(what).or_default() += 1;
    }

    /// How often that happened.
    pub(super) fn noted(&self, what: Note) -> usize {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get(&what).copied().unwrap_or_default()
    }

    /// How often each struck.
    pub(super) fn struck(&self) -> BTreeMap<Fault, usize> {
        self.struck.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
