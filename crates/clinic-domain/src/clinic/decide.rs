//! The rules of a clinic.

use super::{
    Clinic, ClinicAct, ClinicCommand, ClinicEvent, ClinicRefusal, FoundedClinic, Member, Role,
    Status,
};
use crate::actor::{Actor, Right, Standing};
use crate::decider::Decider;
use crate::ids::MemberId;
use crate::limits;
use crate::text::{ExternalRef, Title};
use crate::time::Timestamp;
use crate::visit::Presence;

type Decision = Result<Vec<ClinicEvent>, ClinicRefusal>;

impl Decider for Clinic {
    type Command = ClinicCommand;
    type Event = ClinicEvent;
    type Refusal = ClinicRefusal;

    fn decide(&self, command: ClinicCommand) -> Decision {
        let ClinicCommand { at, by, act } = command;
        self.listens_to(&by)?;
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
        self.fold(event);
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
        match self {
            Self::Unfounded => {}
            Self::Founded(clinic) if clinic.members.contains_key(&owner) => return Ok(vec![]),
            Self::Founded(_) => return Err(ClinicRefusal::AlreadyFounded),
        }
        require(standing, Right::Own)?;
        Ok(vec![ClinicEvent::ClinicFounded {
            name,
            zone,
            owner,
            owner_name,
            capabilities,
            external_ref,
            imported: standing == Standing::Import,
            at,
        }])
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

    /// Only an Owner - or the embedding product - makes an Owner or changes one, a disabled one too.
    fn owners_only(&self, by: &Actor, act: &ClinicAct) -> Result<(), ClinicRefusal> {
        let is_owner = |id| self.present(id).is_ok_and(|member| member.role == Role::Owner);
        let touches_owner = match act {
            ClinicAct::Add { role, .. } => *role == Role::Owner,
            ClinicAct::ChangeRole { member, role } => *role == Role::Owner || is_owner(*member),
            ClinicAct::Disable(member) | ClinicAct::Enable(member) | ClinicAct::Remove(member) => {
                is_owner(*member)
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
}

/// The event, if it changes anything: asked twice, it happened once.
fn changed(does: bool, event: ClinicEvent) -> Vec<ClinicEvent> {
    if does { vec![event] } else { vec![] }
}
