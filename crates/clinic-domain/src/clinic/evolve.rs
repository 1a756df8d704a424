//! How events make a clinic. Total: an event that fits no state leaves it as it is.

use std::collections::BTreeMap;

use super::{Clinic, ClinicEvent, FoundedClinic, Member, Role, Status};
use crate::ids::MemberId;
use crate::text::{ExternalRef, Title};
use crate::time::Timestamp;
use crate::visit::Presence;

impl Clinic {
    pub(super) fn fold(&mut self, event: &ClinicEvent) {
        match self {
            Self::Unfounded => self.begin(event),
            Self::Founded(clinic) => clinic.fold(event),
        }
    }

    fn begin(&mut self, event: &ClinicEvent) {
        let ClinicEvent::ClinicFounded {
            name,
            zone,
            owner,
            owner_name,
            capabilities,
            external_ref,
            imported,
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
            imported: *imported,
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
    fn fold(&mut self, event: &ClinicEvent) {
        match event {
            ClinicEvent::ClinicFounded { .. } => {} // founded once
            ClinicEvent::ZoneChanged { zone } => self.zone.clone_from(zone),
            ClinicEvent::CapabilitiesChanged { capabilities } => {
                self.capabilities.clone_from(capabilities);
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
