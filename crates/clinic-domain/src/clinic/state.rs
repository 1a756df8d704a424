//! What a clinic is: its members, their roles, and what it may use.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ClinicRefusal;
use crate::actor::{Actor, Standing};
use crate::hours::Zone;
use crate::ids::MemberId;
use crate::text::{ExternalRef, Title};
use crate::visit::Presence;

/// A clinic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clinic {
    /// Nobody has founded it.
    #[default]
    Unfounded,
    /// It exists.
    Founded(FoundedClinic),
}

/// A clinic that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundedClinic {
    /// Its name.
    pub name: Title,
    /// The zone of its reports, and of rooms that set none.
    pub zone: Zone,
    /// Everybody who is or was a member.
    pub members: BTreeMap<MemberId, Member>,
    /// What it may use.
    pub capabilities: BTreeSet<Capability>,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
    /// Whether it is history.
    pub imported: bool,
}

/// An account of the clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name shown.
    pub name: Title,
    /// Owner, Admin or Member.
    pub role: Role,
    /// Whether she may act.
    pub status: Status,
    /// Whether a page of hers is connected.
    pub presence: Presence,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
}

/// What a member is in the clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Serves where she is assigned.
    Member,
    /// Also administers.
    Admin,
    /// Also makes and unmakes Owners.
    Owner,
}

/// Whether a member may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// She may.
    Active,
    /// Not for now.
    Disabled,
    /// Never again.
    Removed,
}

/// Something a clinic may use. Losing one lets people read and drain, and stops new uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Rooms that belong to the clinic.
    SharedRooms,
    /// Moving visits between rooms.
    Transfer,
    /// Pausing calls.
    Pause,
    /// Rooms that accept or decline arrivals.
    AcceptWindow,
}

impl Capability {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::SharedRooms, Self::Transfer, Self::Pause, Self::AcceptWindow];
}

impl Clinic {
    /// The clinic, if it exists.
    #[must_use]
    pub fn founded(&self) -> Option<&FoundedClinic> {
        match self {
            Self::Unfounded => None,
            Self::Founded(clinic) => Some(clinic),
        }
    }

    /// Whether the clinic is history: imported from another system, and nothing happens in it any
    /// more but what the import still brings.
    #[must_use]
    pub fn is_history(&self) -> bool {
        self.founded().is_some_and(|clinic| clinic.imported)
    }

    /// Whether anything may be asked here by `actor`; the rules then say whether this may.
    pub(crate) fn listens_to(&self, actor: &Actor) -> Result<(), ClinicRefusal> {
        if self.is_history() && *actor != Actor::Import {
            return Err(ClinicRefusal::History);
        }
        Ok(())
    }

    /// A member, of whatever status.
    #[must_use]
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.founded()?.members.get(&id)
    }

    /// Whether the clinic may use `capability`.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.founded().is_some_and(|clinic| clinic.capabilities.contains(&capability))
    }

    /// What an actor is to a room whose assigned members are `assigned`.
    #[must_use]
    pub fn standing(&self, actor: &Actor, assigned: Option<&BTreeSet<MemberId>>) -> Standing {
        match actor {
            Actor::Host => Standing::Host,
            Actor::Import => Standing::Import,
            Actor::Policy { .. } => Standing::Policy,
            Actor::Patient(_) => Standing::Patient,
            Actor::Member(id) => match self.member(*id) {
                Some(member) if member.status == Status::Active => Standing::Member {
                    admin: member.role >= Role::Admin,
                    assigned: assigned.is_some_and(|assigned| assigned.contains(id)),
                },
                Some(_) | None => Standing::Nobody,
            },
        }
    }
}

impl Member {
    /// Whether she may act.
    #[must_use]
    pub fn active(&self) -> bool {
        self.status == Status::Active
    }

    /// Whether she may act and a page of hers is connected.
    #[must_use]
    pub fn online(&self) -> bool {
        self.active() && self.presence == Presence::Online
    }
}
