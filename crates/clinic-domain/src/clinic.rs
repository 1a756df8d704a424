//! The clinic itself: its members, their roles, what it may use, and its time zone.
//!
//! The embedding product founds a clinic with its first Owner and decides its capabilities. Owners
//! and Admins add members, change roles, disable and remove. One active Owner always remains.
//! A removed member is kept by name, for history shows who it was; she can never act again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Right, Standing};
use crate::decider::{Decider, names};
use crate::hours::Zone;
use crate::ids::MemberId;
use crate::limits;
use crate::text::{ExternalRef, Title};
use crate::time::Timestamp;
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

/// A command to the clinic, with the evidence that its rules need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicCommand {
    /// The instant of the decision.
    pub at: Timestamp,
    /// Who asks.
    pub by: Actor,
    /// What is asked.
    pub act: ClinicAct,
}

/// What may be asked of a clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClinicAct {
    /// Found it.
    Found {
        /// Its name.
        name: Title,
        /// Its zone.
        zone: Zone,
        /// The first Owner's id.
        owner: MemberId,
        /// The first Owner's name.
        owner_name: Title,
        /// What it may use.
        capabilities: BTreeSet<Capability>,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change the zone.
    SetZone(Zone),
    /// Change what it may use.
    SetCapabilities(BTreeSet<Capability>),
    /// Add a member.
    Add {
        /// The id.
        member: MemberId,
        /// The name.
        name: Title,
        /// The role.
        role: Role,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change a name; history keeps the old one.
    Rename {
        /// Whose.
        member: MemberId,
        /// The new one.
        name: Title,
    },
    /// Change a role.
    ChangeRole {
        /// Whose.
        member: MemberId,
        /// The new one.
        role: Role,
    },
    /// Let her not act for now.
    Disable(MemberId),
    /// Let her act again.
    Enable(MemberId),
    /// Let her never act again.
    Remove(MemberId),
    /// Note that a page of hers is connected, or that none was since `last_seen`.
    NotePresence {
        /// Whose.
        member: MemberId,
        /// Connected or not.
        online: bool,
        /// The last sign of life.
        last_seen: Timestamp,
    },
}

/// What happened to a clinic. These names and fields are the stored form: add, never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClinicEvent {
    /// The clinic exists, with one Owner.
    ClinicFounded {
        /// Its name.
        name: Title,
        /// Its zone.
        zone: Zone,
        /// The first Owner.
        owner: MemberId,
        /// The first Owner's name.
        owner_name: Title,
        /// What it may use.
        capabilities: BTreeSet<Capability>,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
        /// When.
        at: Timestamp,
    },
    /// Its clock on the wall hangs elsewhere.
    ZoneChanged {
        /// The new zone.
        zone: Zone,
    },
    /// It may use something more, or less.
    CapabilitiesChanged {
        /// All that it may use now.
        capabilities: BTreeSet<Capability>,
    },
    /// Somebody joined.
    MemberAdded {
        /// The id.
        member: MemberId,
        /// The name.
        name: Title,
        /// The role.
        role: Role,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
        /// When.
        at: Timestamp,
    },
    /// She goes by another name.
    MemberRenamed {
        /// Who.
        member: MemberId,
        /// The new name.
        name: Title,
    },
    /// She is something else now.
    RoleChanged {
        /// Who.
        member: MemberId,
        /// What.
        role: Role,
    },
    /// She may not act for now.
    MemberDisabled {
        /// Who.
        member: MemberId,
    },
    /// She may act again.
    MemberEnabled {
        /// Who.
        member: MemberId,
    },
    /// She will never act again.
    MemberRemoved {
        /// Who.
        member: MemberId,
    },
    /// A page of hers is connected.
    MemberCameOnline {
        /// Who.
        member: MemberId,
        /// When.
        at: Timestamp,
    },
    /// No page of hers is connected.
    MemberWentOffline {
        /// Who.
        member: MemberId,
        /// The last sign of life.
        last_seen: Timestamp,
        /// When this was noted; presence counts from here.
        at: Timestamp,
    },
}

names!(ClinicEvent {
    ClinicFounded,
    ZoneChanged,
    CapabilitiesChanged,
    MemberAdded,
    MemberRenamed,
    RoleChanged,
    MemberDisabled,
    MemberEnabled,
    MemberRemoved,
    MemberCameOnline,
    MemberWentOffline,
});

/// Why a clinic said no, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClinicRefusal {
    /// Nobody has founded it.
    #[error("no such clinic")]
    NotFounded,
    /// Somebody else has founded it.
    #[error("the clinic exists already")]
    AlreadyFounded,
    /// The asker may not.
    #[error("not entitled to {right}")]
    NotEntitled {
        /// What it would have taken.
        right: Right,
    },
    /// Only Owners make and unmake Owners.
    #[error("only an owner may do this to an owner")]
    OwnersOnly,
    /// The id is nobody's, or a removed member's.
    #[error("no such member")]
    NoSuchMember {
        /// The id.
        member: MemberId,
    },
    /// A clinic needs an active Owner.
    #[error("the last active owner")]
    LastOwner {
        /// Who.
        member: MemberId,
    },
    /// A limit is reached.
    #[error("{what}: at most {limit}")]
    LimitReached {
        /// What was counted.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
}

names!(ClinicRefusal {
    NotFounded,
    AlreadyFounded,
    NotEntitled,
    OwnersOnly,
    NoSuchMember,
    LastOwner,
    LimitReached,
});

type Decision = Result<Vec<ClinicEvent>, ClinicRefusal>;

impl Decider for Clinic {
    type Command = ClinicCommand;
    type Event = ClinicEvent;
    type Refusal = ClinicRefusal;

    fn decide(&self, command: ClinicCommand) -> Decision {
        let ClinicCommand { at, by, act } = command;
        let standing = self.standing(&by, None);
        if let ClinicAct::Found { .. } = act {
            return self.found(standing, act, at);
        }
        let clinic = self.founded().ok_or(ClinicRefusal::NotFounded)?;
        let (right, member) = match &act {
            ClinicAct::Found { .. } | ClinicAct::SetZone(_) | ClinicAct::Add { .. } => {
                (Right::Administer, None)
            }
            ClinicAct::SetCapabilities(_) => (Right::Own, None),
            ClinicAct::Rename { member, .. }
            | ClinicAct::ChangeRole { member, .. }
            | ClinicAct::Disable(member)
            | ClinicAct::Enable(member)
            | ClinicAct::Remove(member) => (Right::Administer, Some(*member)),
            ClinicAct::NotePresence { member, .. } => (Right::Observe, Some(*member)),
        };
        require(standing, right)?;
        if right == Right::Administer {
            clinic.owners_only(&by, &act)?;
        }
        if let (Some(member), false) = (member, matches!(act, ClinicAct::Remove(_))) {
            clinic.present(member)?;
        }
        clinic.change(act, at)
    }

    fn evolve(&mut self, event: &ClinicEvent) {
        match self {
            Self::Unfounded => self.begin(event),
            Self::Founded(clinic) => clinic.fold(event),
        }
    }
}

fn require(standing: Standing, right: Right) -> Result<(), ClinicRefusal> {
    if standing.may(right) { Ok(()) } else { Err(ClinicRefusal::NotEntitled { right }) }
}

impl Clinic {
    fn found(&self, standing: Standing, act: ClinicAct, at: Timestamp) -> Decision {
        let ClinicAct::Found { name, zone, owner, owner_name, capabilities, external_ref } = act
        else {
            return Ok(vec![]);
        };
        if let Self::Founded(_) = self {
            return Err(ClinicRefusal::AlreadyFounded);
        }
        require(standing, Right::Own)?;
        Ok(vec![ClinicEvent::ClinicFounded {
            name,
            zone,
            owner,
            owner_name,
            capabilities,
            external_ref,
            at,
        }])
    }

    fn begin(&mut self, event: &ClinicEvent) {
        let ClinicEvent::ClinicFounded {
            name,
            zone,
            owner,
            owner_name,
            capabilities,
            external_ref,
            at,
        } = event
        else {
            return;
        };
        let owner_account = Member::new(owner_name.clone(), Role::Owner, None, *at);
        *self = Self::Founded(FoundedClinic {
            name: name.clone(),
            zone: zone.clone(),
            members: BTreeMap::from([(*owner, owner_account)]),
            capabilities: capabilities.clone(),
            external_ref: external_ref.clone(),
        });
    }
}

impl Member {
    /// A new member is offline until a page of hers connects.
    fn new(name: Title, role: Role, external_ref: Option<ExternalRef>, at: Timestamp) -> Self {
        let presence = Presence::OfflineSince(at);
        Self { name, role, status: Status::Active, presence, external_ref }
    }
}

impl FoundedClinic {
    fn present(&self, id: MemberId) -> Result<&Member, ClinicRefusal> {
        let member = self.members.get(&id).filter(|member| member.status != Status::Removed);
        member.ok_or(ClinicRefusal::NoSuchMember { member: id })
    }

    fn owns(&self, id: MemberId) -> bool {
        self.members.get(&id).is_some_and(|m| m.active() && m.role == Role::Owner)
    }

    /// Only an Owner - or the embedding product - makes an Owner or changes one.
    fn owners_only(&self, by: &Actor, act: &ClinicAct) -> Result<(), ClinicRefusal> {
        let touches_owner = match act {
            ClinicAct::Add { role, .. } => *role == Role::Owner,
            ClinicAct::ChangeRole { member, role } => *role == Role::Owner || self.owns(*member),
            ClinicAct::Disable(member) | ClinicAct::Remove(member) => self.owns(*member),
            ClinicAct::Enable(member) => {
                self.members.get(member).is_some_and(|m| m.role == Role::Owner)
            }
            ClinicAct::Found { .. }
            | ClinicAct::SetZone(_)
            | ClinicAct::SetCapabilities(_)
            | ClinicAct::Rename { .. }
            | ClinicAct::NotePresence { .. } => false,
        };
        let owner = match by {
            Actor::Member(member) => self.owns(*member),
            Actor::Host | Actor::Import => true,
            Actor::Patient(_) | Actor::Policy { .. } => false,
        };
        if touches_owner && !owner { Err(ClinicRefusal::OwnersOnly) } else { Ok(()) }
    }

    fn change(&self, act: ClinicAct, at: Timestamp) -> Decision {
        match act {
            ClinicAct::Found { .. } => Ok(vec![]), // taken before
            ClinicAct::SetZone(zone) => {
                Ok(changed(self.zone != zone, ClinicEvent::ZoneChanged { zone }))
            }
            ClinicAct::SetCapabilities(capabilities) => {
                let new = self.capabilities != capabilities;
                Ok(changed(new, ClinicEvent::CapabilitiesChanged { capabilities }))
            }
            ClinicAct::Add { member, name, role, external_ref } => {
                self.add(member, name, role, external_ref, at)
            }
            ClinicAct::Rename { member, name } => {
                let new = self.present(member)?.name != name;
                Ok(changed(new, ClinicEvent::MemberRenamed { member, name }))
            }
            ClinicAct::ChangeRole { member, role } => {
                if role != Role::Owner {
                    self.not_last_owner(member)?;
                }
                let new = self.present(member)?.role != role;
                Ok(changed(new, ClinicEvent::RoleChanged { member, role }))
            }
            ClinicAct::Disable(member) => {
                self.not_last_owner(member)?;
                let active = self.present(member)?.active();
                Ok(changed(active, ClinicEvent::MemberDisabled { member }))
            }
            ClinicAct::Enable(member) => {
                let disabled = self.present(member)?.status == Status::Disabled;
                Ok(changed(disabled, ClinicEvent::MemberEnabled { member }))
            }
            ClinicAct::Remove(member) => self.remove(member),
            ClinicAct::NotePresence { member, online, last_seen } => {
                let now = self.present(member)?.presence;
                Ok(match (now, online) {
                    (Presence::Online, true) | (Presence::OfflineSince(_), false) => vec![],
                    (Presence::Online, false) => {
                        vec![ClinicEvent::MemberWentOffline { member, last_seen, at }]
                    }
                    (Presence::OfflineSince(_), true) => {
                        vec![ClinicEvent::MemberCameOnline { member, at }]
                    }
                })
            }
        }
    }

    fn add(
        &self,
        member: MemberId,
        name: Title,
        role: Role,
        external_ref: Option<ExternalRef>,
        at: Timestamp,
    ) -> Decision {
        if self.members.contains_key(&member) {
            return Ok(vec![]); // asked twice
        }
        if self.members.len() >= limits::MEMBERS {
            let limit = u64::try_from(limits::MEMBERS).unwrap_or(u64::MAX);
            return Err(ClinicRefusal::LimitReached { what: "members of the clinic", limit });
        }
        Ok(vec![ClinicEvent::MemberAdded { member, name, role, external_ref, at }])
    }

    fn remove(&self, member: MemberId) -> Decision {
        let known = self.members.get(&member).ok_or(ClinicRefusal::NoSuchMember { member })?;
        self.not_last_owner(member)?;
        let new = known.status != Status::Removed;
        Ok(changed(new, ClinicEvent::MemberRemoved { member }))
    }

    fn not_last_owner(&self, member: MemberId) -> Result<(), ClinicRefusal> {
        let others = self.members.keys().any(|&other| other != member && self.owns(other));
        if self.owns(member) && !others {
            return Err(ClinicRefusal::LastOwner { member });
        }
        Ok(())
    }

    fn fold(&mut self, event: &ClinicEvent) {
        match event {
            ClinicEvent::ClinicFounded { .. } => {} // founded once
            ClinicEvent::ZoneChanged { zone } => self.zone = zone.clone(),
            ClinicEvent::CapabilitiesChanged { capabilities } => {
                self.capabilities = capabilities.clone();
            }
            ClinicEvent::MemberAdded { member, name, role, external_ref, at } => {
                let account = Member::new(name.clone(), *role, external_ref.clone(), *at);
                self.members.entry(*member).or_insert(account);
            }
            ClinicEvent::MemberRenamed { member, name } => {
                self.with(*member, |m| m.name = name.clone());
            }
            ClinicEvent::RoleChanged { member, role } => self.with(*member, |m| m.role = *role),
            ClinicEvent::MemberDisabled { member } => {
                self.with(*member, |m| m.status = Status::Disabled);
            }
            ClinicEvent::MemberEnabled { member } => {
                self.with(*member, |m| m.status = Status::Active);
            }
            ClinicEvent::MemberRemoved { member } => {
                self.with(*member, |m| m.status = Status::Removed);
            }
            ClinicEvent::MemberCameOnline { member, .. } => {
                self.with(*member, |m| m.presence = Presence::Online);
            }
            ClinicEvent::MemberWentOffline { member, at, .. } => {
                self.with(*member, |m| m.presence = Presence::OfflineSince(*at));
            }
        }
    }

    fn with(&mut self, member: MemberId, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&member) {
            change(member);
        }
    }
}

/// The event, if it changes anything: asked twice, it happened once.
fn changed(does: bool, event: ClinicEvent) -> Vec<ClinicEvent> {
    if does { vec![event] } else { vec![] }
}
