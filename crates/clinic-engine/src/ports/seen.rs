//! Who was last seen when, where several nodes serve the same people: each tells the others what it hears,
//! so that nobody who is connected to one of them counts as gone at another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;
use clinic_domain::command::Person;
use clinic_domain::ids::ClinicId;
use clinic_domain::time::Timestamp;
use uuid::Uuid;

use crate::ports::LogError;
use crate::sync::lock;

/// Names one run of one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// A stream is open, since then.
    Open(Timestamp),
    /// It was last heard of then.
    Heard(Timestamp),
}

impl Life {
    /// The instant of it.
    #[must_use]
    pub fn at(self) -> Timestamp {
        match self {
            Self::Open(at) | Self::Heard(at) => at,
        }
    }

    /// Of two, what says more.
    pub(crate) fn max_by_weight(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    /// Which of two says more: an open stream more than any that is not, else the later.
    pub(crate) fn weight(self) -> (bool, Timestamp) {
        (matches!(self, Self::Open(_)), self.at())
    }
}

/// The last sign of life on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// In which clinic.
    pub clinic: ClinicId,
    /// Whose.
    pub who: Person,
    /// On which of her connections.
    pub connection: Uuid,
    /// What is known of it.
    pub life: Life,
}

/// What another node has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which node.
    pub node: NodeId,
    /// When that node last said that it is alive.
    pub alive: Timestamp,
    /// What it has seen.
    pub seen: Seen,
}

/// What nodes tell each other of whom they hear. It is no part of the log: only that somebody went or came back
/// is an event.
#[async_trait]
pub trait LastSeen: Send + Sync + fmt::Debug {
    /// Whether there may be other nodes. Where there are none, nothing else is ever asked.
    fn shared(&self) -> bool;

    /// Notes that a node is alive at `at`, and what it has seen since it told last: each sign takes the place
    /// of what that node told of the same connection before.
    ///
    /// # Errors
    /// If nobody can be told; the node tells it again then.
    async fn beat(&self, node: NodeId, at: Timestamp, seen: Vec<Seen>) -> Result<(), LogError>;

    /// What every node but this has told of these clinics, those included that are alive no more. Of one
    /// person at one node it may leave out all but what says most: an open stream before any that is not,
    /// then the latest.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn others(&self, node: NodeId, clinics: &[ClinicId]) -> Result<Vec<Told>, LogError>;

    /// Forgets whoever was heard of before `before`, and everything of nodes that were last alive before.
    /// Open streams of other nodes stay.
    ///
    /// # Errors
    /// If it fails.
    async fn forget(&self, before: Timestamp) -> Result<(), LogError>;
}

/// There are no other nodes.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOthers;

#[async_trait]
impl LastSeen for NoOthers {
    fn shared(&self) -> bool {
        false
    }

    async fn beat(&self, _: NodeId, _: Timestamp, _: Vec<Seen>) -> Result<(), LogError> {
        Ok(())
    }

    async fn others(&self, _: NodeId, _: &[ClinicId]) -> Result<Vec<Told>, LogError> {
        Ok(vec![])
    }

    async fn forget(&self, _: Timestamp) -> Result<(), LogError> {
        Ok(())
    }
}

/// Several engines in one process.
#[derive(Debug, Default)]
pub struct MemorySeen {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    alive: BTreeMap<NodeId, Timestamp>,
    seen: BTreeMap<(ClinicId, Person, NodeId, Uuid), Life>,
}

#[async_trait]
impl LastSeen for MemorySeen {
    fn shared(&self) -> bool {
        true
    }

    async fn beat(&self, node: NodeId, at: Timestamp, seen: Vec<Seen>) -> Result<(), LogError> {
        let mut table = lock(&self.table);
        table.alive.insert(node, at);
        for Seen { clinic, who, connection, life } in seen {
            table.seen.insert((clinic, who, node, connection), life);
        }
        Ok(())
    }

    async fn others(&self, node: NodeId, clinics: &[ClinicId]) -> Result<Vec<Told>, LogError> {
        let clinics: BTreeSet<&ClinicId> = clinics.iter().collect();
        let Table { alive, seen } = &*lock(&self.table);
        let told = seen.iter().filter_map(|((clinic, who, of, connection), life)| {
            let alive = *alive.get(of)?;
            let seen = Seen { clinic: *clinic, who: *who, connection: *connection, life: *life };
            (*of != node && clinics.contains(clinic)).then_some(Told { node: *of, alive, seen })
        });
        Ok(told.collect())
    }

    async fn forget(&self, before: Timestamp) -> Result<(), LogError> {
        let Table { alive, seen } = &mut *lock(&self.table);
        alive.retain(|_, at| *at >= before);
        seen.retain(|(_, _, node, _), life| {
            alive.contains_key(node) && (matches!(life, Life::Open(_)) || life.at() >= before)
        });
        Ok(())
    }
}
