//! What is allowed: who may do what, and when.
//!
//! Every rule answers alike: `Ok(true)`, it may be and something happens; `Ok(false)`, it is so
//! already; or why not.

use clinic_domain::actor::{Actor, PolicyName, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::ids::{MemberId, PlaceVersion, RoomId, TransferId, VisitId};
use clinic_domain::limits;
use clinic_domain::room::RoomKind;
use clinic_domain::text::Label;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::{CloseReason, Place, Presence, Priority};

use super::{Leg, Model, Room, Visit};

pub(super) type Rule = Result<bool, &'static str>;

const GRANTED: Rule = Ok(true);
const ALREADY: Rule = Ok(false);

fn must(holds: bool, else_why: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(else_why) }
}

/// Who may (section 2).
impl Model {
    /// An actor who is a member and may act.
    fn acting(by: &Actor) -> Option<MemberId> {
        match by {
            Actor::Member(member) => Some(*member),
            Actor::Patient(_) | Actor::Policy { .. } | Actor::Import | Actor::Host => None,
        }
    }

    fn is_admin(&self, by: &Actor) -> bool {
        let admin = |member| self.members.get(&member).is_some_and(|m| m.role != Role::Member);
        Self::acting(by).is_some_and(|member| self.is_active(member) && admin(member))
    }

    /// May start, pause, end, note and tick in a room: who is assigned there.
    pub(super) fn serves(&self, by: &Actor, room: RoomId) -> bool {
        let assigned = |member| self.rooms.get(&room).is_some_and(|r| r.assigned.contains(&member));
        Self::acting(by).is_some_and(|member| self.is_active(member) && assigned(member))
    }

    /// May transfer, prioritise and close: who is assigned there, Owners and Admins anywhere, the host.
    pub(super) fn steers(&self, by: &Actor, room: RoomId) -> bool {
        self.serves(by, room) || self.administers(by)
    }

    pub(super) fn administers(&self, by: &Actor) -> bool {
        *by == Actor::Host || self.is_admin(by)
    }

    pub(super) fn is_policy(by: &Actor) -> bool {
        matches!(by, Actor::Policy { .. })
    }

    /// Who is in the call may end, pause, transfer and complete it, assigned or no longer (case 7).
    fn is_in_call(&self, by: &Actor, visit: &Visit) -> bool {
        let member = Self::acting(by).filter(|member| self.is_active(*member));
        member.is_some() && member == visit.in_call_with()
    }

    /// A visit that there is, open or closed.
    pub(super) fn known(&self, visit: VisitId) -> Result<&Visit, &'static str> {
        self.visits.get(&visit).ok_or("there is no such visit")
    }

    fn must_be_open(visit: &Visit) -> Result<(), &'static str> {
        must(visit.closed.is_none(), "the visit is closed")
    }

    fn room_in_use(&self, room: RoomId) -> Result<&Room, &'static str> {
        let room = self.rooms.get(&room).ok_or("there is no such room")?;
        must(!room.archived, "the room is archived")?;
        Ok(room)
    }

    /// A click is stale if the visit has changed its place since the screen was drawn (section 9).
    pub(super) fn on_screen(&self, visit: VisitId, seen: Option<PlaceVersion>) -> Rule {
        let stale = |seen| self.open(visit).is_some_and(|visit| visit.version != seen);
        must(!seen.is_some_and(stale), "the screen showed an older place")?;
        GRANTED
    }

    fn may_still_move(visit: &Visit) -> Result<(), &'static str> {
        must(visit.version.0 < limits::PLACE_CHANGES, "it has changed its place too often")
    }
}

/// The door (sections 3 and 4).
impl Model {
    /// What a door asks, but for the passcode.
    pub(super) fn may_check_in(
        &self,
        room: RoomId,
        token: TokenHash,
        consent: Option<u32>,
        at: Timestamp,
    ) -> Rule {
        let inside = self.visit_of(token).and_then(|visit| self.open(visit));
        if inside.is_some_and(|visit| visit.room == room) {
            return ALREADY;
        }
        let (id, room) = (room, self.room_in_use(room)?);
        let shared = room.kind == RoomKind::Shared;
        must(!shared || self.can(Capability::SharedRooms), "the clinic has no shared rooms")?;
        must(inside.is_none(), "the token has an open visit in another room")?;
        must(!room.suspended, "the door is suspended")?;
        must(room.in_hours(at), "the door is shut by its hours")?;
        let asked = room.policy.consent;
        must(asked.is_none() || asked == consent, "the door asks for consent")?;
        self.must_have_space(id, room)?;
        GRANTED
    }

    /// The queue limit counts those who have a rank.
    fn must_have_space(&self, id: RoomId, room: &Room) -> Result<(), &'static str> {
        let queue = u32::try_from(self.queue(id).len()).unwrap_or(u32::MAX);
        must(queue < room.policy.queue_limit, "the room is full")
    }

    pub(super) fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

impl Room {
    pub(super) fn in_hours(&self, at: Timestamp) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.open_at(at))
    }
}

/// Calls (section 6).
impl Model {
    /// One wins; a member is in one call at most. `pausing` her own call makes room for another.
    pub(super) fn may_start(&self, by: &Actor, id: VisitId, pausing: bool) -> Rule {
        let visit = self.known(id)?;
        must(self.serves(by, visit.room), "only who is assigned may start")?;
        Self::must_be_open(visit)?;
        let Some(member) = Self::acting(by) else { return Err("only a member may start") };
        match visit.in_call_with() {
            Some(other) if other == member => return ALREADY,
            Some(_) => return Err("it is in call with somebody else"),
            None => {}
        }
        if let Some(other) = self.call_of(member) {
            must(pausing, "the member is in another call")?;
            self.may_pause(by, other)?;
        }
        Self::may_still_move(visit)?;
        GRANTED
    }

    /// *Call next*: the first in order who is neither on hold nor offline.
    pub(super) fn next_to_call(&self, by: &Actor, room: RoomId) -> Result<VisitId, &'static str> {
        must(self.rooms.contains_key(&room), "there is no such room")?;
        must(self.serves(by, room), "only who is assigned may call")?;
        let can = |visit: &Visit| {
            matches!(visit.place, Place::Waiting { .. }) && visit.presence == Presence::Online
        };
        let next = self.queue(room).into_iter().find(|(_, visit)| can(visit));
        next.map(|(id, _)| id).ok_or("there is nobody to call")
    }

    pub(super) fn may_pause(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.known(id)?;
        let may = self.serves(by, visit.room) || self.is_in_call(by, visit);
        must(may, "only who is assigned or in the call may pause it")?;
        Self::must_be_open(visit)?;
        match visit.place {
            Place::OnHold { .. } => ALREADY,
            Place::Waiting { .. } => Err("there is no call to pause"),
            Place::InCall { .. } => {
                must(self.can(Capability::Pause), "the clinic may not pause")?;
                GRANTED
            }
        }
    }

    /// The call of a member who may no longer act goes on hold (section 2).
    pub(super) fn may_hold_disabled(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.known(id)?;
        Self::must_be_open(visit)?;
        let Some(member) = visit.in_call_with() else { return Err("it is in no call") };
        // Whoever disables herself was an administrator an event ago.
        let herself = Self::acting(by) == Some(member);
        must(self.administers(by) || herself, "only an administrator disables a member")?;
        must(!self.is_active(member), "its member may still act")?;
        GRANTED
    }

    /// A member lost in a call: on hold after 60 s in which both are true (section 5).
    pub(super) fn may_hold_lost(
        &self,
        by: &Actor,
        id: VisitId,
        member: MemberId,
        at: Timestamp,
    ) -> Rule {
        let visit = self.known(id)?;
        must(Self::is_policy(by), "only a policy notes that a member is lost")?;
        Self::must_be_open(visit)?;
        let gone = self.members.get(&member).map(|member| member.presence);
        match (&visit.place, gone) {
            (Place::InCall { member: with, since, .. }, Some(Presence::OfflineSince(gone)))
                if *with == member && at >= gone.max(*since).plus(limits::MEMBER_LOST_GRACE) =>
            {
                GRANTED
            }
            (Place::InCall { .. } | Place::Waiting { .. } | Place::OnHold { .. }, _) => ALREADY,
        }
    }

    /// Ends a call, on hold or not, without closing.
    pub(super) fn may_end(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.known(id)?;
        let may = self.serves(by, visit.room) || self.is_in_call(by, visit);
        must(may, "only who is assigned or in the call may end it")?;
        Self::must_be_open(visit)?;
        match visit.place {
            Place::Waiting { .. } => ALREADY,
            Place::InCall { .. } | Place::OnHold { .. } => GRANTED,
        }
    }
}

/// Transfers (section 7).
impl Model {
    pub(super) fn may_transfer(&self, by: &Actor, id: VisitId, to: RoomId) -> Rule {
        let visit = self.known(id)?;
        let may = self.steers(by, visit.room) || self.is_in_call(by, visit);
        must(may, "not entitled to transfer")?;
        Self::must_be_open(visit)?;
        must(self.can(Capability::Transfer), "the clinic may not transfer")?;
        must(visit.room != to, "it is in that room")?;
        self.takes_in(to, 0)?;
        Self::may_still_move(visit)?;
        GRANTED
    }

    /// What a target refuses: archived, suspended, full, its member disabled. `ahead` are on their way.
    pub(super) fn takes_in(&self, to: RoomId, ahead: usize) -> Rule {
        let room = self.room_in_use(to)?;
        let lost = match room.kind {
            RoomKind::Personal(member) => !self.is_active(member),
            RoomKind::Shared => false,
        };
        must(!lost, "the target's member may not act")?;
        must(!room.suspended, "the target is suspended")?;
        let queue = u32::try_from(self.queue(to).len().saturating_add(ahead)).unwrap_or(u32::MAX);
        must(queue < room.policy.queue_limit, "the target is full")?;
        GRANTED
    }

    /// A leg, if it is the visit's.
    fn leg_of(&self, visit: VisitId, transfer: TransferId) -> Result<&Leg, &'static str> {
        let leg = self.legs.get(&transfer).ok_or("there is no such transfer")?;
        must(leg.visit == visit, "the transfer is another visit's")?;
        Ok(leg)
    }

    /// Accept or decline, as `wanted`: before the end of the window, by whom the target's visits are
    /// steered. The first outcome wins.
    pub(super) fn may_answer(
        &self,
        by: &Actor,
        visit: VisitId,
        transfer: TransferId,
        wanted: Outcome,
        at: Timestamp,
    ) -> Rule {
        let leg = self.leg_of(visit, transfer)?;
        must(self.steers(by, leg.to), "not entitled to answer")?;
        match leg.outcome {
            Some(outcome) if outcome == wanted => ALREADY,
            Some(_) => Err("the first outcome stands"),
            None => {
                must(leg.answer_by.is_some_and(|until| at < until), "the window is over")?;
                GRANTED
            }
        }
    }

    pub(super) fn may_expire(
        &self,
        by: &Actor,
        visit: VisitId,
        transfer: TransferId,
        at: Timestamp,
    ) -> Rule {
        let leg = self.leg_of(visit, transfer)?;
        must(Self::is_policy(by), "only a policy ends a window")?;
        match leg.outcome {
            Some(Outcome::Expired) => ALREADY,
            Some(_) => Err("the first outcome stands"),
            None => {
                must(leg.answer_by.is_some_and(|until| at >= until), "the window is not over")?;
                GRANTED
            }
        }
    }

    /// Only the latest leg, within its window, by the sender or a member of the source room, while no
    /// call has started. A full, shut or suspended source takes it back, an archived one does not.
    pub(super) fn may_undo(
        &self,
        by: &Actor,
        id: VisitId,
        transfer: TransferId,
        at: Timestamp,
    ) -> Rule {
        let (visit, leg) = (self.known(id)?, self.leg_of(id, transfer)?);
        let acting = Self::acting(by).is_none_or(|member| self.is_active(member));
        let may = self.steers(by, leg.from) || (leg.by == *by && acting);
        must(may, "only the sender or a member of the source may undo")?;
        match leg.outcome {
            Some(Outcome::Undone) => return ALREADY,
            Some(Outcome::Declined | Outcome::Expired | Outcome::Withdrawn) => {
                return Err("the first outcome stands");
            }
            Some(Outcome::Completed | Outcome::Accepted) | None => {}
        }
        Self::must_be_open(visit)?;
        must(visit.latest == Some(transfer), "it is not the latest leg")?;
        must(!leg.started, "a call has started")?;
        must(at < leg.undo_until, "it is too late to undo")?;
        self.room_in_use(leg.from)?;
        GRANTED
    }
}

/// Marks that move nobody.
impl Model {
    fn steered(&self, by: &Actor, id: VisitId) -> Result<&Visit, &'static str> {
        let visit = self.known(id)?;
        must(self.steers(by, visit.room), "not entitled to steer")?;
        Self::must_be_open(visit)?;
        Ok(visit)
    }

    fn served(&self, by: &Actor, id: VisitId) -> Result<&Visit, &'static str> {
        let visit = self.known(id)?;
        must(self.serves(by, visit.room), "not entitled to serve")?;
        Self::must_be_open(visit)?;
        Ok(visit)
    }

    pub(super) fn may_prioritise(&self, by: &Actor, id: VisitId, priority: Priority) -> Rule {
        Ok(self.steered(by, id)?.priority != priority)
    }

    pub(super) fn may_note(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.served(by, id)?;
        must(visit.notes < limits::NOTES_PER_VISIT, "there are too many notes")?;
        GRANTED
    }

    /// What is done may always be unticked; only what is listed in the room may be ticked.
    pub(super) fn may_tick(&self, by: &Actor, id: VisitId, label: &Label, done: bool) -> Rule {
        let visit = self.served(by, id)?;
        if visit.ticked.contains(label) == done {
            return ALREADY;
        }
        let room = self.rooms.get(&visit.room);
        let listed = room.is_some_and(|room| room.checklist.contains(label));
        must(!done || listed, "it is not on the room's checklist")?;
        GRANTED
    }

    /// Each carry-over is for one evening (case 38).
    pub(super) fn may_carry_over(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.steered(by, id)?;
        let ended = self.rooms.get(&visit.room).and_then(|room| room.day_ended_at);
        let Some(decided) = visit.carried_over_at else { return GRANTED };
        Ok(ended.is_some_and(|ended| ended > decided))
    }

    /// Presence is noted by a policy, and each edge once (section 5).
    pub(super) fn may_note_patient(&self, by: &Actor, id: VisitId, online: bool) -> Rule {
        let visit = self.known(id)?;
        must(Self::is_policy(by), "only a policy notes presence")?;
        Self::must_be_open(visit)?;
        Ok((visit.presence == Presence::Online) != online)
    }

    pub(super) fn may_note_member(&self, by: &Actor, id: MemberId, online: bool) -> Rule {
        let member = self.present(id)?;
        must(Self::is_policy(by), "only a policy notes presence")?;
        Ok((member.presence == Presence::Online) != online)
    }
}

/// Closing, reopening and merging (section 8).
impl Model {
    pub(super) fn may_close(&self, by: &Actor, id: VisitId, reason: &CloseReason) -> Rule {
        let visit = self.known(id)?;
        if let CloseReason::Left = reason {
            let owns = matches!(by, Actor::Patient(token) if visit.tokens.contains(token));
            must(owns || *by == Actor::Host, "only the patient leaves")?;
        } else if *by != Actor::policy(PolicyName::NoShow) || *reason != CloseReason::NoShow {
            let may = self.steers(by, visit.room) || self.is_in_call(by, visit);
            must(may, "not entitled to close")?;
        }
        if let Some(closed) = &visit.closed {
            must(alike(&closed.reason, reason), "it is closed for another reason")?;
            return ALREADY;
        }
        if *reason == CloseReason::Completed {
            must(visit.calls > 0, "completing needs a call")?;
        }
        if let CloseReason::Merged { .. } = reason {
            must(visit.in_call_with().is_none(), "who is in call can only be the survivor")?;
        }
        GRANTED
    }

    /// The duplicate closes, and the survivor takes its tokens and the earlier entry of the two.
    pub(super) fn may_merge(&self, by: &Actor, survivor: VisitId, duplicate: VisitId) -> Rule {
        let closes = self.may_close(by, duplicate, &CloseReason::Merged { into: survivor })?;
        self.steered(by, survivor)?;
        must(survivor != duplicate, "a visit is no duplicate of itself")?;
        Ok(closes)
    }

    /// Within the window; not while the token has another open visit, nor in an archived room.
    pub(super) fn may_reopen(&self, by: &Actor, id: VisitId, at: Timestamp) -> Rule {
        let visit = self.known(id)?;
        must(self.steers(by, visit.room), "not entitled to reopen")?;
        let Some(closed) = &visit.closed else { return ALREADY };
        self.room_in_use(visit.room)?;
        must(at < closed.until, "it is too late to reopen")?;
        let elsewhere = visit.tokens.iter().any(|token| self.visit_of(*token).is_some());
        must(!elsewhere, "the token has another open visit")?;
        Self::may_still_move(visit)?;
        GRANTED
    }

    /// Never in call, waiting and offline for as long as the room says: a no show (case 34).
    pub(super) fn is_no_show(&self, id: VisitId, at: Timestamp) -> bool {
        let Some(visit) = self.open(id) else { return false };
        let room = self.rooms.get(&visit.room).filter(|room| !room.archived);
        let after = room.and_then(|room| room.policy.no_show_after);
        match (&visit.place, visit.presence, after) {
            (Place::Waiting { since }, Presence::OfflineSince(gone), Some(after)) => {
                let missing = gone.max(*since);
                visit.calls == 0 && at >= missing.plus(after.max(Millis(1)))
            }
            (Place::Waiting { .. } | Place::InCall { .. } | Place::OnHold { .. }, _, _) => false,
        }
    }
}

/// Two removals are alike, whatever they say; two merges only into the same survivor.
fn alike(one: &CloseReason, other: &CloseReason) -> bool {
    match (one.survivor(), other.survivor()) {
        (Some(one), Some(other)) => one == other,
        (Some(_) | None, _) => one.label() == other.label(),
    }
}

/// Rooms, as far as they meet visits (sections 2 and 3).
impl Model {
    fn administered(&self, by: &Actor, room: RoomId) -> Result<&Room, &'static str> {
        let found = self.rooms.get(&room).ok_or("there is no such room")?;
        must(self.administers(by), "not entitled to administer")?;
        Ok(found)
    }

    pub(super) fn may_assign(&self, by: &Actor, room: RoomId, member: MemberId) -> Rule {
        self.administered(by, room)?;
        let room = self.room_in_use(room)?;
        must(self.is_active(member), "the member may not act")?;
        Ok(!room.assigned.contains(&member))
    }

    /// The last who could serve stays while visits are inside; who is disabled counts as the last one.
    pub(super) fn may_unassign(&self, by: &Actor, id: RoomId, member: MemberId) -> Rule {
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
    pub(super) fn may_archive(&self, by: &Actor, id: RoomId) -> Rule {
        if self.administered(by, id)?.archived {
            return ALREADY;
        }
        must(self.inside(id).next().is_none(), "visits are inside")?;
        must(!self.may_come_back(id), "a visit may still come back")?;
        GRANTED
    }

    pub(super) fn may_suspend(&self, by: &Actor, room: RoomId) -> Rule {
        self.administered(by, room)?;
        self.room_in_use(room)?;
        GRANTED
    }

    pub(super) fn may_lift(&self, by: &Actor, room: RoomId) -> Rule {
        self.administered(by, room)?;
        Ok(self.room_in_use(room)?.suspended)
    }

    /// Closing time is noted while somebody is inside, by a policy, and sends nobody home.
    pub(super) fn may_end_day(&self, by: &Actor, id: RoomId, at: Timestamp) -> Rule {
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
