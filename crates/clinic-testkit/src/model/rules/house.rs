//! Rooms and members, as far as they meet visits.

use std::collections::BTreeSet;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::{Capability, Role, Status};
use clinic_domain::ids::{MemberId, PasscodeId, RoomId};
use clinic_domain::limits;
use clinic_domain::time::Timestamp;

use super::super::{Model, Room};
use super::{ALREADY, GRANTED, Rule, must};

/// Rooms, as far as they meet visits (sections 2 and 3).
impl Model {
    fn administered(&self, by: &Actor, room: RoomId) -> Result<&Room, &'static str> {
        let found = self.rooms.get(&room).ok_or("there is no such room")?;
        must(self.administers(by), "not entitled to administer")?;
        Ok(found)
    }

    pub(in crate::model) fn may_assign(&self, by: &Actor, room: RoomId, member: MemberId) -> Rule {
        self.administered(by, room)?;
        let room = self.room_in_use(room)?;
        must(self.is_active(member), "the member may not act")?;
        Ok(!room.assigned.contains(&member))
    }

    /// The last who could serve stays while visits are inside; who is disabled counts as the last one.
    pub(in crate::model) fn may_unassign(&self, by: &Actor, id: RoomId, member: MemberId) -> Rule {
        self.administered(by, id)?;
        let room = self.room_in_use(id)?;
        if !room.assigned.contains(&member) {
            return ALREADY;
        }
        let mut others = room.assigned.iter().filter(|other| **other != member);
        let last = !others.any(|other| self.is_active(*other));
        must(!last || self.inside(id).next().is_none(), "the last one stays with the visits")?;
        GRANTED
    }

    /// Nobody is inside, and nobody may come back from a transfer that waits for its answer.
    pub(in crate::model) fn may_archive(&self, by: &Actor, id: RoomId) -> Rule {
        if self.administered(by, id)?.archived {
            return ALREADY;
        }
        must(self.inside(id).next().is_none(), "visits are inside")?;
        must(!self.may_come_back(id), "a visit may still come back")?;
        GRANTED
    }

    pub(in crate::model) fn may_suspend(&self, by: &Actor, room: RoomId) -> Rule {
        self.administered(by, room)?;
        self.room_in_use(room)?;
        GRANTED
    }

    pub(in crate::model) fn may_lift(&self, by: &Actor, room: RoomId) -> Rule {
        self.administered(by, room)?;
        Ok(self.room_in_use(room)?.suspended)
    }

    /// Closing time is noted while somebody is inside, by a policy, and sends nobody home.
    pub(in crate::model) fn may_end_day(&self, by: &Actor, id: RoomId, at: Timestamp) -> Rule {
        must(self.rooms.contains_key(&id), "there is no such room")?;
        must(Self::is_policy(by), "only a policy notes closing time")?;
        let room = self.room_in_use(id)?;
        let noted = room.day_ended_at.is_some_and(|ended| ended >= at);
        Ok(!noted && self.inside(id).next().is_some() && self.closing_time_passed(id, at))
    }

    /// Whether the hours have ended since the first of those inside arrived, and since it was last noted.
    fn closing_time_passed(&self, id: RoomId, at: Timestamp) -> bool {
        let Some(room) = self.rooms.get(&id) else { return false };
        let first = self.inside(id).map(|(_, visit)| visit.arrived_at).min();
        let after = first.map(|first| room.day_ended_at.map_or(first, |ended| ended.max(first)));
        let ends =
            room.hours.as_ref().zip(after).and_then(|(hours, after)| hours.shuts_after(after));
        ends.is_some_and(|ends| ends <= at)
    }
}

/// Members, for their calls depend on them (section 2).
impl Model {
    /// Only an Owner, or the host, makes an Owner or changes one.
    fn may_touch(&self, by: &Actor, role: Role) -> Result<(), &'static str> {
        must(self.administers(by), "not entitled to administer")?;
        let owns = Self::acting(by).is_some_and(|member| self.is_owner(member));
        must(role != Role::Owner || owns || *by == Actor::Host, "only an Owner changes an Owner")
    }

    fn is_owner(&self, id: MemberId) -> bool {
        self.is_active(id) && self.members.get(&id).is_some_and(|m| m.role == Role::Owner)
    }

    fn is_last_owner(&self, id: MemberId) -> bool {
        let others = self.members.keys().any(|other| *other != id && self.is_owner(*other));
        self.is_owner(id) && !others
    }

    pub(in crate::model) fn may_add(&self, by: &Actor, role: Role) -> Rule {
        self.may_touch(by, role)?;
        must(self.members.len() < limits::MEMBERS, "the clinic has too many members")?;
        GRANTED
    }

    pub(in crate::model) fn may_change_role(&self, by: &Actor, id: MemberId, role: Role) -> Rule {
        let member = self.present(id)?;
        self.may_touch(by, role)?;
        self.may_touch(by, member.role)?;
        must(role == Role::Owner || !self.is_last_owner(id), "she is the last Owner")?;
        Ok(member.role != role)
    }

    /// Never refused, but for the last Owner: in a call as well.
    pub(in crate::model) fn may_disable(&self, by: &Actor, id: MemberId) -> Rule {
        let member = self.present(id)?;
        self.may_touch(by, member.role)?;
        must(!self.is_last_owner(id), "she is the last Owner")?;
        Ok(member.status == Status::Active)
    }

    pub(in crate::model) fn may_enable(&self, by: &Actor, id: MemberId) -> Rule {
        let member = self.present(id)?;
        self.may_touch(by, member.role)?;
        Ok(member.status == Status::Disabled)
    }

    pub(in crate::model) fn may_remove(&self, by: &Actor, id: MemberId) -> Rule {
        let member = self.members.get(&id).ok_or("there is no such member")?;
        let present = member.status != Status::Removed;
        self.may_touch(by, if present { member.role } else { Role::Member })?;
        must(!self.is_last_owner(id), "she is the last Owner")?;
        Ok(present)
    }

    /// What a clinic may use is the host's to decide.
    pub(in crate::model) fn may_set(
        &self,
        by: &Actor,
        capabilities: &BTreeSet<Capability>,
    ) -> Rule {
        must(*by == Actor::Host, "only the host decides what a clinic may use")?;
        Ok(self.capabilities != *capabilities)
    }

    pub(in crate::model) fn may_lock(
        &self,
        by: &Actor,
        room: RoomId,
        passcode: Option<PasscodeId>,
    ) -> Rule {
        self.administered(by, room)?;
        Ok(self.room_in_use(room)?.passcode != passcode)
    }
}
