//! Who causes facts, and what each may do in a room.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::MemberId;

mod text;
mod token;

pub use text::NotAnActor;
pub use token::TokenHash;

/// Who caused a fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// An account of the clinic.
    Member(MemberId),
    /// The patient who holds the token.
    Patient(TokenHash),
    /// A named rule that acts on its own; its version says which text of the rule it was.
    Policy {
        /// The rule.
        name: PolicyName,
        /// Its version, from 1.
        version: u16,
    },
    /// History from another system.
    Import,
    /// The product that embeds the clinic.
    Host,
}

impl Actor {
    /// A policy in its present version.
    #[must_use]
    pub const fn policy(name: PolicyName) -> Self {
        Self::Policy { name, version: name.version() }
    }
}

/// The policies that act by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// Notes who is connected and who is not.
    Presence,
    /// Puts a visit on hold whose member was lost in the call.
    MemberLost,
    /// Ends an accept window that nobody answered.
    AcceptWindow,
    /// Lists who is still inside at closing time.
    ClosingTime,
    /// Closes a visit whose patient was offline too long, where a room asks for it.
    NoShow,
}

impl PolicyName {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::Presence, Self::MemberLost, Self::AcceptWindow, Self::ClosingTime, Self::NoShow];

    /// The version of the rule as this code applies it.
    #[must_use]
    pub const fn version(self) -> u16 {
        match self {
            Self::Presence
            | Self::MemberLost
            | Self::AcceptWindow
            | Self::ClosingTime
            | Self::NoShow => 1,
        }
    }

    /// The rule's name, as stored and as people read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::MemberLost => "member-lost",
            Self::AcceptWindow => "accept-window",
            Self::ClosingTime => "closing-time",
            Self::NoShow => "no-show",
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an actor is to one room at one instant: the evidence on which rights are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The embedding product.
    Host,
    /// History from another system: rights, assignment, capabilities and what a door or a target asks
    /// for are not asked. What there was and where is.
    Import,
    /// A policy.
    Policy,
    /// An active member of the clinic.
    Member {
        /// Owner or Admin.
        admin: bool,
        /// Assigned to the room.
        assigned: bool,
    },
    /// A patient, as the holder of some token.
    Patient,
    /// Disabled, removed or never a member.
    Nobody,
}

/// What somebody may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Start, pause, resume and end calls; write notes and tick the checklist.
    Serve,
    /// Transfer, prioritise and close.
    Steer,
    /// Rooms, texts, hours, policies and members.
    Administer,
    /// What only the embedding product decides: capabilities.
    Own,
    /// What only policies note.
    Observe,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serve => "serve patients in this room",
            Self::Steer => "move or close visits in this room",
            Self::Administer => "administer the clinic",
            Self::Own => "decide what the clinic may use",
            Self::Observe => "note presence and time",
        })
    }
}

impl Standing {
    /// Whether this standing carries `right` (WORKFLOW 2).
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        match self {
            Self::Import => true,
            Self::Host => match right {
                Right::Steer | Right::Administer | Right::Own => true,
                Right::Serve | Right::Observe => false,
            },
            Self::Policy => match right {
                Right::Observe => true,
                Right::Serve | Right::Steer | Right::Administer | Right::Own => false,
            },
            Self::Member { admin, assigned } => match right {
                Right::Serve => assigned,
                Right::Steer => assigned || admin,
                Right::Administer => admin,
                Right::Own | Right::Observe => false,
            },
            Self::Patient | Self::Nobody => false,
        }
    }
}
