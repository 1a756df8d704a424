//! Following the clinic, its members and its rooms. What an administrator sets is taken as it is told;
//! judged is only what meets visits.

use std::collections::BTreeSet;

use clinic_domain::clinic::{ClinicEvent, Role, Status};
use clinic_domain::event::Recorded;
use clinic_domain::ids::{MemberId, RoomId, VisitId};
use clinic_domain::room::{RoomEvent, RoomKind, RoomPolicy};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::Presence;

use super::{Difference, Member, Model, Room};

type Followed = Result<(), Difference>;

impl Model {
    pub(super) fn follow_clinic(&mut self, event: &ClinicEvent, recorded: &Recorded) -> Followed {
        let (by, at) = (&recorded.cause.actor, recorded.occurred_at);
        let nothing = (&(), &());
        match event {
            ClinicEvent::ClinicFounded { owner, capabilities, imported, .. } => {
                (self.clinic, self.history) = (Some(recorded.clinic), *imported);
                self.capabilities.clone_from(capabilities);
                self.members.insert(*owner, Member::new(Role::Owner, at));
            }
            ClinicEvent::ZoneChanged { .. } | ClinicEvent::MemberRenamed { .. } => {}
            ClinicEvent::CapabilitiesChanged { capabilities } => {
                let rule = self.may_set(by, capabilities);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.capabilities.clone_from(capabilities);
            }
            ClinicEvent::MemberAdded { member, role, .. } => {
                let rule = self.may_add(by, *role);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.members.insert(*member, Member::new(*role, at));
            }
            ClinicEvent::RoleChanged { member, role } => {
                let rule = self.may_change_role(by, *member, *role);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_member(*member, |member| member.role = *role);
            }
            ClinicEvent::MemberDisabled { member } => {
                let rule = self.may_disable(by, *member);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_member(*member, |member| member.status = Status::Disabled);
            }
            ClinicEvent::MemberEnabled { member } => {
                let rule = self.may_enable(by, *member);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_member(*member, |member| member.status = Status::Active);
            }
            ClinicEvent::MemberRemoved { member } => {
                let rule = self.may_remove(by, *member);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_member(*member, |member| member.status = Status::Removed);
            }
            ClinicEvent::MemberCameOnline { member, .. } => {
                let rule = self.may_note_member(by, *member, true);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_member(*member, |member| member.presence = Presence::Online);
            }
            ClinicEvent::MemberWentOffline { member, .. } => {
                let rule = self.may_note_member(by, *member, false);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_member(*member, |member| member.presence = Presence::OfflineSince(at));
            }
        }
        Ok(())
    }

    pub(super) fn follow_room(
        &mut self,
        id: RoomId,
        event: &RoomEvent,
        recorded: &Recorded,
    ) -> Followed {
        let (by, at) = (&recorded.cause.actor, recorded.occurred_at);
        let nothing = (&(), &());
        match event {
            RoomEvent::RoomOpened { kind, .. } => {
                self.rooms.insert(id, Room::new(*kind));
            }
            RoomEvent::RoomRenamed { .. } | RoomEvent::SlugChanged { .. } => {}
            RoomEvent::MemberAssigned { member } => {
                let rule = self.may_assign(by, id, *member);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_room(id, |room| room.assigned.insert(*member));
            }
            RoomEvent::MemberUnassigned { member } => {
                let rule = self.may_unassign(by, id, *member);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_room(id, |room| room.assigned.remove(member));
            }
            RoomEvent::TextsChanged { version, .. } => {
                let next = self.rooms.get(&id).map_or(0, |room| room.texts.saturating_add(1));
                self.judge(event.name(), recorded, Ok(true), (version, &next))?;
                self.with_room(id, |room| room.texts = *version);
            }
            RoomEvent::HoursChanged { hours } => {
                self.with_room(id, |room| room.hours.clone_from(hours));
            }
            RoomEvent::PolicyChanged { policy } => {
                self.with_room(id, |room| room.policy = policy.clone());
            }
            RoomEvent::ChecklistChanged { labels } => {
                self.with_room(id, |room| room.checklist.clone_from(labels));
            }
            RoomEvent::PasscodeChanged { passcode } => {
                let rule = self.may_lock(by, id, *passcode);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_room(id, |room| room.passcode = *passcode);
            }
            RoomEvent::RoomSuspended { .. } => {
                let rule = self.may_suspend(by, id);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_room(id, |room| room.suspended = true);
            }
            RoomEvent::SuspensionLifted => {
                let rule = self.may_lift(by, id);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_room(id, |room| room.suspended = false);
            }
            RoomEvent::DayEnded { inside, .. } => {
                let said: BTreeSet<VisitId> = inside.iter().copied().collect();
                let ours: BTreeSet<VisitId> = self.inside(id).map(|(visit, _)| visit).collect();
                let rule = self.may_end_day(by, id, at);
                self.judge(event.name(), recorded, rule, (&said, &ours))?;
                self.with_room(id, |room| room.day_ended_at = Some(at));
            }
            RoomEvent::RoomArchived => {
                let rule = self.may_archive(by, id);
                self.judge(event.name(), recorded, rule, nothing)?;
                self.with_room(id, |room| room.archived = true);
            }
        }
        Ok(())
    }

    /// A member who has not been removed.
    pub(super) fn present(&self, id: MemberId) -> Result<&Member, &'static str> {
        let member = self.members.get(&id).filter(|member| member.status != Status::Removed);
        member.ok_or("there is no such member")
    }

    fn with_member(&mut self, id: MemberId, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&id) {
            change(member);
        }
    }

    fn with_room<T>(&mut self, id: RoomId, change: impl FnOnce(&mut Room) -> T) {
        if let Some(room) = self.rooms.get_mut(&id) {
            change(room);
        }
    }
}

impl Member {
    /// Offline until a page of hers connects.
    fn new(role: Role, at: Timestamp) -> Self {
        Self { role, status: Status::Active, presence: Presence::OfflineSince(at) }
    }
}

impl Room {
    /// A personal room's member serves there from the start.
    fn new(kind: RoomKind) -> Self {
        let assigned = match kind {
            RoomKind::Shared => BTreeSet::new(),
            RoomKind::Personal(member) => BTreeSet::from([member]),
        };
        Self {
            kind,
            archived: false,
            suspended: false,
            assigned,
            policy: RoomPolicy::default(),
            hours: None,
            checklist: vec![],
            passcode: None,
            texts: 0,
            day_ended_at: None,
        }
    }
}
