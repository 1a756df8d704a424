//! What is allowed: who may do what, and when.
//!
//! Here: who may, the door, calls. Every rule answers alike: `Ok(true)`, it may be and something happens; `Ok(false)`, it is so
//! already; or why not.

mod house;
mod marks;
mod transfers;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::ids::{MemberId, PlaceVersion, RoomId, VisitId};
use clinic_domain::limits;
use clinic_domain::room::RoomKind;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Place, Presence};

use super::{Model, Room, Visit};

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
