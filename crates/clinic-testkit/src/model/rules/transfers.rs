//! Transfers: sending, answering, taking back (section 7).

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability;
use clinic_domain::ids::{RoomId, TransferId, VisitId};
use clinic_domain::room::RoomKind;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Outcome;

use super::super::{Leg, Model};
use super::{ALREADY, GRANTED, Rule, must};

impl Model {
    pub(in crate::model) fn may_transfer(&self, by: &Actor, id: VisitId, to: RoomId) -> Rule {
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
    pub(in crate::model) fn takes_in(&self, to: RoomId, ahead: usize) -> Rule {
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
    pub(in crate::model) fn may_answer(
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

    pub(in crate::model) fn may_expire(
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
    pub(in crate::model) fn may_undo(
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
