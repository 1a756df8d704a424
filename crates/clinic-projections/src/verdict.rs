//! What the ledger says of a log: the balance, and every law that did not hold.

use std::collections::BTreeMap;
use std::fmt;

use clinic_domain::ids::{MemberId, Position, RoomId, VisitId};
use clinic_domain::visit::VisitEvent;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::ending::Ending;
use crate::ledger::count;

/// What the ledger says of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Up to which position.
    pub position: Position,
    /// Everybody who ever checked in.
    pub check_ins: u64,
    /// Visits that are open.
    pub open: u64,
    /// Visits that are closed, by reason.
    pub closed: BTreeMap<Ending, u64>,
    /// Members in a call.
    pub in_call: u64,
    /// The first breaches.
    pub breaches: Vec<Breach>,
    /// How many more there are.
    pub unlisted: u64,
}

/// A law that does not hold, and after which event it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Of this position.
    pub position: Position,
    /// What is wrong.
    pub fault: Fault,
}

/// The name of an event of a visit.
pub type EventName = &'static str;

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Check-ins are not open plus closed.
    Unbalanced {
        /// Everybody who ever checked in.
        check_ins: u64,
        /// Visits that are open.
        open: u64,
        /// Visits that are closed.
        closed: u64,
    },
    /// Events are missing before this one.
    Gap {
        /// The last position before the gap.
        after: Position,
    },
    /// A second check-in under one id.
    CheckedInTwice {
        /// Which visit.
        visit: VisitId,
    },
    /// Something happened to a visit that is not open.
    NotOpen {
        /// Which visit.
        visit: VisitId,
        /// What happened.
        #[serde(deserialize_with = "event_name")]
        event: EventName,
    },
    /// A visit was moved out of a room that it was not in.
    Elsewhere {
        /// Which visit.
        visit: VisitId,
        /// Where the event takes it from.
        said: RoomId,
        /// Where it was.
        found: RoomId,
    },
    /// A visit was placed in a room that is not in use.
    NoRoom {
        /// Which visit.
        visit: VisitId,
        /// Where.
        room: RoomId,
    },
    /// A room was archived around visits.
    Archived {
        /// Which room.
        room: RoomId,
        /// Who is inside.
        inside: Vec<VisitId>,
    },
    /// An event that does not fit what the visit was doing.
    OutOfTurn {
        /// Which visit.
        visit: VisitId,
        /// What happened.
        #[serde(deserialize_with = "event_name")]
        event: EventName,
    },
    /// A member is in two calls.
    TwoCalls {
        /// Who.
        member: MemberId,
        /// With this visit.
        first: VisitId,
        /// And with this one.
        second: VisitId,
    },
    /// A visit was reopened that could not be.
    NotReopenable {
        /// Which visit.
        visit: VisitId,
    },
}

impl Verdict {
    /// Whether every law has held after every event.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.breaches.is_empty()
    }
}

/// The balance in a sentence.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = self.closed.values().fold(0, |sum: u64, closed| sum.saturating_add(*closed));
        write!(f, "{} check-ins = {} open + {closed} closed", self.check_ins, self.open)?;
        let breaches = count(self.breaches.len()).saturating_add(self.unlisted);
        match breaches {
            0 => f.write_str("; nobody was lost"),
            _ => write!(f, "; {breaches} breaches"),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {}: {}", self.position, self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced { check_ins, open, closed } => {
                write!(f, "{check_ins} check-ins are not {open} open + {closed} closed")
            }
            Self::Gap { after } => write!(f, "events are missing after position {after}"),
            Self::CheckedInTwice { visit } => write!(f, "visit {visit} checked in twice"),
            Self::NotOpen { visit, event } => write!(f, "{event} of visit {visit}, not open"),
            Self::Elsewhere { visit, said, found } => {
                write!(f, "visit {visit} was moved out of room {said}, but was in {found}")
            }
            Self::NoRoom { visit, room } => {
                write!(f, "visit {visit} was placed in room {room}, not in use")
            }
            Self::Archived { room, inside } => {
                write!(f, "room {room} was archived around {} visits", inside.len())
            }
            Self::OutOfTurn { visit, event } => write!(f, "{event} of visit {visit}, out of turn"),
            Self::TwoCalls { member, first, second } => {
                write!(f, "member {member} is in call with {first} and with {second}")
            }
            Self::NotReopenable { visit } => {
                write!(f, "visit {visit} was reopened, but was not closed within its time")
            }
        }
    }
}

fn event_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventName, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = VisitEvent::NAMES.iter().find(|known| **known == name);
    known.copied().ok_or_else(|| D::Error::custom(format_args!("no event is called {name:?}")))
}
