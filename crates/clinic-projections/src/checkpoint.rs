//! How far a fold has come.
//!
//! Every fold of this crate takes one event at a time and is total, for history is never refused. An
//! event that it has applied already changes nothing; so batches may be cut anywhere and delivered
//! again, and rebuilding gives what living through it gave.

use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The last event that a fold has applied; before the first one, zero and zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its position.
    pub position: Position,
    /// Its time.
    pub at: Timestamp,
}

impl Checkpoint {
    /// Moves on to `recorded`, unless it has been applied before.
    pub(crate) fn takes(&mut self, recorded: &Recorded) -> bool {
        if recorded.position <= self.position {
            return false;
        }
        self.position = recorded.position;
        self.at = self.at.max(recorded.occurred_at);
        true
    }
}
