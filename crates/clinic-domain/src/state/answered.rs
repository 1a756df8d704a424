//! The commands of the last day, so that a retry gets its first answer on any node, after any crash.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::command::Command;
use crate::event::Recorded;
use crate::ids::{CommandId, Position};
use crate::limits;
use crate::time::Timestamp;

/// Where the events of a granted command stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its first event.
    pub first: Position,
    /// Its last event.
    pub last: Position,
    /// Digest of its actor and body.
    pub digest: u64,
}

impl Answered {
    /// Whether `command`, which has the same id, asks the same for the same actor.
    #[must_use]
    pub fn is_retry(&self, command: &Command) -> bool {
        self.digest == command.digest()
    }
}

/// Commands granted within [`limits::ANSWERED_FOR`], at most [`limits::ANSWERED_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    by_id: BTreeMap<CommandId, Answered>,
    by_age: VecDeque<(Timestamp, CommandId)>,
}

/// An answer as it is saved: when, to which command, its first and last event, and its digest.
type Line = (Timestamp, CommandId, Position, Position, u64);

/// Saved as one list, the oldest first.
impl Serialize for Memory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.by_age.iter().filter_map(|(at, id)| {
            let Answered { first, last, digest } = self.get(*id)?;
            let line: Line = (*at, *id, first, last, digest);
            Some(line)
        }))
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut memory = Self::default();
        for (at, id, first, last, digest) in Vec::<Line>::deserialize(deserializer)? {
            memory.by_id.insert(id, Answered { first, last, digest });
            memory.by_age.push_back((at, id));
        }
        Ok(memory)
    }
}

/// What a step of the memory did, to take it back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A command's first event.
    Added(CommandId),
    /// One more event of the same command.
    Extended(CommandId, Answered),
    /// The oldest one, forgotten.
    Forgot(Timestamp, CommandId, Answered),
}

impl Memory {
    pub(super) fn get(&self, id: CommandId) -> Option<Answered> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn remember(&mut self, recorded: &Recorded, mut note: impl FnMut(Change)) {
        let id = recorded.cause.command_id;
        let (position, digest) = (recorded.position, recorded.cause.digest);
        match self.by_id.entry(id) {
            Entry::Occupied(mut known) => {
                note(Change::Extended(id, *known.get()));
                known.get_mut().last = position;
            }
            Entry::Vacant(new) => {
                new.insert(Answered { first: position, last: position, digest });
                self.by_age.push_back((recorded.occurred_at, id));
                note(Change::Added(id));
            }
        }
        while let Some(&(at, oldest)) = self.by_age.front() {
            let old = recorded.occurred_at.since(at) > limits::ANSWERED_FOR;
            if !old && self.by_age.len() <= limits::ANSWERED_MAX {
                break;
            }
            self.by_age.pop_front();
            if let Some(answered) = self.by_id.remove(&oldest) {
                note(Change::Forgot(at, oldest, answered));
            }
        }
    }

    pub(super) fn take_back(&mut self, change: Change) {
        match change {
            Change::Added(id) => {
                self.by_age.pop_back();
                self.by_id.remove(&id);
            }
            Change::Extended(id, before) => {
                self.by_id.insert(id, before);
            }
            Change::Forgot(at, id, answered) => {
                self.by_age.push_front((at, id));
                self.by_id.insert(id, answered);
            }
        }
    }
}
