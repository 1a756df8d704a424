//! Deeds that move visits between rooms, and those that close them and open them again.

use clinic_domain::actor::{Actor, PolicyName, Right};
use clinic_domain::clinic::Member;
use clinic_domain::command::Action;
use clinic_domain::ids::{RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{OpenRoom, Room, RoomKind};
use clinic_domain::transfer::{Request, Transfer};
use clinic_domain::visit::{CloseReason, OpenVisit, PatientVisit, Presence};

use super::stage::{Stage, pick};
use super::{Aim, Deed};
use crate::words;

impl Stage<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other deeds are elsewhere")]
    pub(super) fn about_moves(&self, deed: Deed) -> Option<(Actor, Action)> {
        Some(match deed {
            Deed::Transfer => self.send(),
            Deed::TransferAll => self.send_all(),
            Deed::Accept | Deed::Decline | Deed::ExpireTransfer => self.answer(deed),
            Deed::Undo => self.undo(),
            Deed::CloseVisit => self.close(),
            Deed::Leave => self.leave(),
            Deed::CloseAll => self.close_all(),
            Deed::Reopen => self.reopen(),
            Deed::Merge => self.merge(),
            Deed::EndDay => {
                let room = self.room(self.step.what, |id, _| !self.state().inside(id).is_empty());
                (self.policy(PolicyName::ClosingTime), Action::EndDay(room))
            }
            Deed::CloseNoShow => {
                let gone = |_, visit: &OpenVisit| visit.presence != Presence::Online;
                let visit = self.visit(self.step.what, gone);
                (self.policy(PolicyName::NoShow), Action::CloseNoShow(visit))
            }
            _ => return None,
        })
    }

    /// A room that would take a visit in.
    fn target(&self, from: Option<RoomId>) -> RoomId {
        let active = |kind| match kind {
            RoomKind::Shared => true,
            RoomKind::Personal(member) => {
                self.state().clinic().member(member).is_some_and(Member::active)
            }
        };
        let takes = |id: RoomId, room: &OpenRoom| {
            let queue = u32::try_from(self.state().queue(id).count()).unwrap_or(u32::MAX);
            let space = queue < room.policy.queue_limit;
            from != Some(id) && room.suspended.is_none() && space && active(room.kind)
        };
        let asks = |id, room: &OpenRoom| takes(id, room) && room.policy.accept_window.is_some();
        let open = self.state().rooms().filter_map(|(id, room)| Some((id, room.open()?)));
        let any_asks = open.into_iter().any(|(id, room)| asks(id, room));
        // Now and then a room that says no, or the same one; often one that asks for an answer.
        match self.nuance(8) {
            0 => self.room(self.step.other, |_, _| true),
            1..=4 if any_asks => self.room(self.step.other, asks),
            _ => self.room(self.step.other, takes),
        }
    }

    fn send(&self) -> (Actor, Action) {
        let visit = self.visit(self.step.what, |_, _| true);
        let to = self.target(self.room_of(visit));
        let note = (self.manner(3) == 0).then(|| self.note());
        self.steering(visit, Action::Transfer { visit, to, note, seen: self.seen(visit) })
    }

    fn send_all(&self) -> (Actor, Action) {
        let from = self.room(self.step.what, |id, _| !self.state().inside(id).is_empty());
        let to = self.target(Some(from));
        (self.entitled(Right::Steer, Some(from)), Action::TransferAll { from, to })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the third of three answers")]
    fn answer(&self, deed: Deed) -> (Actor, Action) {
        let pending = |id, _| self.state().transfer(id).and_then(Transfer::pending).is_some();
        let overdue = |id, _| {
            let request = self.state().transfer(id).and_then(Transfer::pending);
            let until = request.and_then(|request| request.answer_by);
            until.is_some_and(|until| until <= self.world.now())
        };
        let kind = self.manner(8);
        if kind > 1 && self.step.about == Aim::Likely && !self.any_transfer(pending) {
            return self.send(); // so that there is something to answer
        }
        let (transfer, visit) = match kind {
            0 => self.transfer(self.step.what, |_, _| true),
            _ if self.any_transfer(overdue) => self.transfer(self.step.what, overdue),
            _ => self.transfer(self.step.what, pending),
        };
        let visit = self.mistaken(visit);
        let target = self.request(transfer).map(|request| request.to);
        match deed {
            Deed::Accept => {
                let by = self.entitled(Right::Steer, target);
                (by, Action::AcceptTransfer(visit, transfer))
            }
            Deed::Decline => {
                let note = (self.nuance(2) == 0).then(|| self.note());
                let by = self.entitled(Right::Steer, target);
                (by, Action::DeclineTransfer { visit, transfer, note })
            }
            _ => (self.policy(PolicyName::AcceptWindow), Action::ExpireTransfer(visit, transfer)),
        }
    }

    fn request(&self, transfer: TransferId) -> Option<&Request> {
        self.state().transfer(transfer).and_then(Transfer::request)
    }

    /// Now and then the wrong visit for a transfer.
    fn mistaken(&self, visit: VisitId) -> VisitId {
        match self.step.how {
            0..=7 => self.visit(self.step.other, |id, _| id != visit),
            _ => visit,
        }
    }

    fn undo(&self) -> (Actor, Action) {
        let leg = |id, visit| {
            let visit = self.state().visit(visit).and_then(PatientVisit::open);
            visit.and_then(|visit| visit.leg.as_ref()).filter(|leg| leg.transfer == id)
        };
        let unstarted = |id, visit| leg(id, visit).filter(|leg| !leg.started);
        let fresh =
            |id, visit| unstarted(id, visit).is_some_and(|leg| self.world.now() < leg.undo_until);
        let late = |id, visit| unstarted(id, visit).is_some() && !fresh(id, visit);
        let started = |id, visit| leg(id, visit).is_some_and(|leg| leg.started);
        let kind = self.manner(8);
        if kind > 2 && self.step.about == Aim::Likely && !self.any_transfer(fresh) {
            return self.send(); // so that there is something to undo
        }
        let (transfer, visit) = match kind {
            0 => self.transfer(self.step.what, started),
            1 => self.transfer(self.step.what, |_, _| true),
            2 => self.transfer(self.step.what, late),
            _ => self.transfer(self.step.what, fresh),
        };
        let sender = leg(transfer, visit).map(|leg| leg.by.clone());
        let source = self.request(transfer).map(|request| request.from);
        let by = match (self.step.by, sender) {
            (Aim::Likely, Some(sender)) if self.nuance(2) == 0 => sender,
            (Aim::Likely | Aim::Any, _) => self.entitled(Right::Steer, source),
        };
        (by, Action::UndoTransfer(self.mistaken(visit), transfer))
    }
}

/// Closing and opening again.
impl Stage<'_> {
    fn close(&self) -> (Actor, Action) {
        let served = |_, visit: &OpenVisit| visit.calls > 0;
        let (visit, reason) = match self.manner(8) {
            0..=3 => (self.visit(self.step.what, served), CloseReason::Completed),
            4 => (self.visit(self.step.what, |_, _| true), CloseReason::Completed),
            5 => (self.visit(self.step.what, |_, _| true), CloseReason::NoShow),
            6 => (self.visit(self.step.what, |_, _| true), CloseReason::EndOfDay),
            _ => {
                let why = self.note();
                (self.visit(self.step.what, |_, _| true), CloseReason::Removed { why })
            }
        };
        self.steering(visit, Action::CloseVisit { visit, reason, seen: self.seen(visit) })
    }

    /// By the patient herself, mostly.
    fn leave(&self) -> (Actor, Action) {
        let visit = self.visit(self.step.what, |_, _| true);
        let tokens = self.state().visit(visit).and_then(|visit| visit.last());
        let tokens = tokens.map(|visit| visit.tokens.clone()).unwrap_or_default();
        let by = match (self.step.by, pick(self.step.who, &tokens)) {
            (Aim::Likely, _) if self.state().is_history() => Actor::Import,
            (Aim::Likely, Some(token)) => Actor::Patient(token),
            (Aim::Likely | Aim::Any, _) => self.anybody(),
        };
        let seen = self.seen(visit);
        (by, Action::CloseVisit { visit, reason: CloseReason::Left, seen })
    }

    fn close_all(&self) -> (Actor, Action) {
        let room = self.room(self.step.what, |id, _| !self.state().inside(id).is_empty());
        let inside = self.state().inside(room);
        let other = self.visit(self.step.other, |_, _| true);
        let some = inside.iter().copied().step_by(2).chain([other]).collect();
        let reason = match self.nuance(8) {
            0 => CloseReason::Completed,
            1 => CloseReason::Merged { into: other },
            2 => CloseReason::Removed { why: Personal::Clear(words::note("a flood")) },
            _ => CloseReason::EndOfDay,
        };
        let only = (self.manner(2) == 0).then_some(some);
        (self.entitled(Right::Steer, Some(room)), Action::CloseAll { room, only, reason })
    }

    fn reopen(&self) -> (Actor, Action) {
        let recent = self.state().visits().filter_map(|(id, visit)| {
            let PatientVisit::Closed(closed) = visit else { return None };
            let in_use = self.state().room(closed.last.room).and_then(Room::open).is_some();
            (self.world.now() < closed.reopen_until && in_use).then_some(id)
        });
        let recent = pick(self.step.what, &recent.collect::<Vec<_>>());
        let any = pick(self.step.what, &self.any_visits());
        if self.manner(4) > 0 && self.step.about == Aim::Likely && recent.is_none() {
            return self.close(); // so that there is something to reopen
        }
        let visit = match (self.step.about, recent) {
            (Aim::Likely, Some(visit)) if self.manner(4) > 0 => visit,
            (Aim::Likely | Aim::Any, _) => any.unwrap_or(VisitId(super::stage::STRANGER)),
        };
        self.steering(visit, Action::ReopenVisit(visit))
    }

    /// Half of them in the words of a close.
    fn merge(&self) -> (Actor, Action) {
        let survivor = self.visit(self.step.what, |_, _| true);
        let other = |id, visit: &OpenVisit| id != survivor && visit.in_call_with().is_none();
        let in_call = |id, visit: &OpenVisit| id != survivor && visit.in_call_with().is_some();
        let duplicate = match self.manner(16) {
            0 => survivor,
            1 => self.visit(self.step.other, in_call),
            2 => pick(self.step.other, &self.any_visits()).unwrap_or(survivor),
            _ => self.visit(self.step.other, other),
        };
        let action = if self.nuance(3) == 0 {
            let reason = CloseReason::Merged { into: survivor };
            Action::CloseVisit { visit: duplicate, reason, seen: self.seen(duplicate) }
        } else {
            Action::MergeVisits { survivor, duplicate, seen: self.seen(duplicate) }
        };
        let both = |actor: &Actor| {
            [survivor, duplicate].iter().all(|id| self.may(actor, Right::Steer, self.room_of(*id)))
        };
        let members = self.members().into_iter().map(|(id, _)| Actor::Member(id));
        let fitting: Vec<_> = members.filter(both).collect();
        match (self.step.by, pick(self.step.who, &fitting)) {
            (Aim::Likely, Some(actor)) => (actor, action),
            (Aim::Likely | Aim::Any, _) => self.steering(duplicate, action),
        }
    }
}
