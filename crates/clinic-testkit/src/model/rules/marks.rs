//! Marks that move nobody; closing, reopening and merging.

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::ids::{MemberId, VisitId};
use clinic_domain::limits;
use clinic_domain::text::Label;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{CloseReason, Place, Presence, Priority};

use super::super::{Model, Visit};
use super::{ALREADY, GRANTED, Rule, must};

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

    pub(in crate::model) fn may_prioritise(
        &self,
        by: &Actor,
        id: VisitId,
        priority: Priority,
    ) -> Rule {
        Ok(self.steered(by, id)?.priority != priority)
    }

    pub(in crate::model) fn may_note(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.served(by, id)?;
        must(visit.notes < limits::NOTES_PER_VISIT, "there are too many notes")?;
        GRANTED
    }

    /// What is done may always be unticked; only what is listed in the room may be ticked.
    pub(in crate::model) fn may_tick(
        &self,
        by: &Actor,
        id: VisitId,
        label: &Label,
        done: bool,
    ) -> Rule {
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
    pub(in crate::model) fn may_carry_over(&self, by: &Actor, id: VisitId) -> Rule {
        let visit = self.steered(by, id)?;
        let ended = self.rooms.get(&visit.room).and_then(|room| room.day_ended_at);
        let Some(decided) = visit.carried_over_at else { return GRANTED };
        Ok(ended.is_some_and(|ended| ended > decided))
    }

    /// Presence is noted by a policy, and each edge once (section 5).
    pub(in crate::model) fn may_note_patient(&self, by: &Actor, id: VisitId, online: bool) -> Rule {
        let visit = self.known(id)?;
        must(Self::is_policy(by), "only a policy notes presence")?;
        Self::must_be_open(visit)?;
        Ok((visit.presence == Presence::Online) != online)
    }

    pub(in crate::model) fn may_note_member(&self, by: &Actor, id: MemberId, online: bool) -> Rule {
        let member = self.present(id)?;
        must(Self::is_policy(by), "only a policy notes presence")?;
        Ok((member.presence == Presence::Online) != online)
    }
}

/// Closing, reopening and merging (section 8).
impl Model {
    pub(in crate::model) fn may_close(
        &self,
        by: &Actor,
        id: VisitId,
        reason: &CloseReason,
    ) -> Rule {
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
    pub(in crate::model) fn may_merge(
        &self,
        by: &Actor,
        survivor: VisitId,
        duplicate: VisitId,
    ) -> Rule {
        let closes = self.may_close(by, duplicate, &CloseReason::Merged { into: survivor })?;
        self.steered(by, survivor)?;
        must(survivor != duplicate, "a visit is no duplicate of itself")?;
        Ok(closes)
    }

    /// Within the window; not while the token has another open visit, nor in an archived room.
    pub(in crate::model) fn may_reopen(&self, by: &Actor, id: VisitId, at: Timestamp) -> Rule {
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
    pub(in crate::model) fn is_no_show(&self, id: VisitId, at: Timestamp) -> bool {
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
