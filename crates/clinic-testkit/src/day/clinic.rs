//! Deeds about the clinic and its members.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, Right};
use clinic_domain::clinic::{Capability, Member, Role, Status};
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::ids::MemberId;

use super::stage::Stage;
use super::{Aim, Deed};
use crate::words;

pub(super) const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"];
const NAMES: [&str; 8] = ["Ada", "Bea", "Cleo", "Dora", "Eva", "Fay", "Gro", "Hana"];

impl Stage<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other deeds are elsewhere")]
    pub(super) fn about_clinic(&self, deed: Deed) -> Option<(Actor, Action)> {
        let action = match deed {
            Deed::AddMember => self.add(),
            Deed::RenameMember => self.rename(),
            Deed::ChangeRole => self.change_role(),
            Deed::DisableMember => Action::DisableMember(self.active()),
            Deed::EnableMember => Action::EnableMember(
                self.member(self.step.what, |_, m| m.status == Status::Disabled),
            ),
            Deed::RemoveMember => Action::RemoveMember(self.active()),
            Deed::SetZone => Action::SetZone(self.zone()),
            Deed::SetCapabilities => {
                return Some((self.entitled(Right::Own, None), self.set_capabilities()));
            }
            Deed::FoundAgain => {
                return Some((self.entitled(Right::Own, None), found(self.zone())));
            }
            _ => return None,
        };
        Some((self.administrator(&action), action))
    }

    /// An Owner where only an Owner may, mostly.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others touch nobody's role")]
    fn administrator(&self, action: &Action) -> Actor {
        let owner = |id: &MemberId| {
            self.state().clinic().member(*id).is_some_and(|m| m.role == Role::Owner)
        };
        let touches = match action {
            Action::AddMember { role, .. } => *role == Role::Owner,
            Action::ChangeRole { member, role } => *role == Role::Owner || owner(member),
            Action::DisableMember(member)
            | Action::EnableMember(member)
            | Action::RemoveMember(member) => owner(member),
            _ => false,
        };
        let active = self.members().into_iter().filter(|(_, member)| member.active());
        let owners: Vec<_> = active.map(|(id, _)| id).filter(owner).collect();
        match (self.step.by, super::stage::pick(self.step.who, &owners)) {
            (Aim::Likely, Some(owner)) if touches && self.nuance(2) > 0 => Actor::Member(owner),
            (Aim::Likely | Aim::Any, _) => self.entitled(Right::Administer, None),
        }
    }

    fn add(&self) -> Action {
        let name = NAMES[usize::from(self.step.what) % NAMES.len()];
        let role = self.role();
        Action::AddMember { name: words::title(name), role, external_ref: None }
    }

    fn rename(&self) -> Action {
        let member = self.member(self.step.what, |_, member| member.status != Status::Removed);
        let name = NAMES[usize::from(self.step.other) % NAMES.len()];
        Action::RenameMember { member, name: words::title(&format!("{name} Doe")) }
    }

    fn change_role(&self) -> Action {
        Action::ChangeRole { member: self.active(), role: self.role() }
    }

    fn role(&self) -> Role {
        match self.manner(8) {
            0 => Role::Owner,
            1 | 2 => Role::Admin,
            _ => Role::Member,
        }
    }

    fn active(&self) -> MemberId {
        self.member(self.step.what, |_, member: &Member| member.active())
    }

    fn zone(&self) -> Zone {
        zone(self.step.other)
    }

    /// Mostly everything, so that a day goes on; else all but one, or nothing.
    fn set_capabilities(&self) -> Action {
        let all = BTreeSet::from(Capability::ALL);
        let left_out = Capability::ALL[usize::from(self.step.other) % Capability::ALL.len()];
        let without = all.iter().copied().filter(|capability| *capability != left_out).collect();
        Action::SetCapabilities(match self.manner(16) {
            0..=9 => all,
            10..=14 => without,
            _ => BTreeSet::new(),
        })
    }
}

pub(super) fn zone(n: u8) -> Zone {
    let name = ZONES[usize::from(n) % ZONES.len()];
    Zone::parse(name).expect("this build knows the kit's zones")
}

fn found(zone: Zone) -> Action {
    Action::FoundClinic {
        name: words::title("Another clinic"),
        zone,
        owner_name: words::title("Otto"),
        capabilities: BTreeSet::from(Capability::ALL),
        external_ref: None,
    }
}
