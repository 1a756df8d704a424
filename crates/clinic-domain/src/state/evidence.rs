//! The evidence behind each step: who asks is what to which room, who is inside, who is busy.

use super::ClinicState;
use super::route::{Step, Steps};
use crate::actor::{Actor, Right, Standing};
use crate::clinic::{Capability, ClinicAct, ClinicCommand, Member};
use crate::command::{CheckInForm, Command, Person};
use crate::ids::{CallId, MemberId, PlaceVersion, RoomId, TransferId, VisitId};
use crate::limits;
use crate::personal::Personal;
use crate::refusal::Refusal;
use crate::room::{Door, Room, RoomAct, RoomCommand, RoomKind, RoomPolicy, RoomRefusal, Target};
use crate::text::{ExternalRef, Label, Note, Slug, Title};
use crate::time::{Millis, Timestamp};
use crate::transfer::{Outcome, Request, Transfer, TransferAct, TransferCommand, TransferRefusal};
use crate::visit::{
    CheckIn, CloseReason, Entry, HoldReason, Place, Presence, Reversal, VisitAct, VisitCommand,
    VisitRefusal,
};

/// A command before the state that it is decided on.
pub(super) struct Asked<'a> {
    pub(super) state: &'a ClinicState,
    pub(super) command: &'a Command,
}

/// Which of the things that one command opens.
#[derive(Clone, Copy)]
pub(super) struct Nth(pub(super) u64);

/// Steps to one aggregate.
impl Asked<'_> {
    pub(super) fn standing(&self, room: Option<RoomId>) -> Standing {
        let room = room.and_then(|room| self.state.room(room)).and_then(Room::last);
        self.state.clinic().standing(&self.command.actor, room.map(|room| &room.assigned))
    }

    pub(super) fn clinic(&self, act: ClinicAct) -> Step {
        let (at, by) = (self.command.at, self.command.actor.clone());
        Step::Clinic(self.state.clinic_id, ClinicCommand { at, by, act })
    }

    pub(super) fn room(&self, room: RoomId, act: RoomAct) -> Step {
        let (at, by) = (self.command.at, self.command.actor.clone());
        let standing = self.standing(Some(room));
        Step::Room(room, RoomCommand { at, by, standing, act })
    }

    /// To a visit, with the asker's standing in its room.
    pub(super) fn visit(&self, visit: VisitId, seen: Option<PlaceVersion>, act: VisitAct) -> Step {
        let room = self.state.visit(visit).and_then(|visit| visit.last()).map(|visit| visit.room);
        self.visit_from(room, visit, seen, act)
    }

    /// To a visit, with the asker's standing in some room.
    pub(super) fn visit_from(
        &self,
        room: Option<RoomId>,
        visit: VisitId,
        seen: Option<PlaceVersion>,
        act: VisitAct,
    ) -> Step {
        let (at, by) = (self.command.at, self.command.actor.clone());
        let standing = self.standing(room);
        Step::Visit(visit, Box::new(VisitCommand { at, by, standing, seen, act }))
    }

    pub(super) fn leg(&self, transfer: TransferId, act: TransferAct) -> Step {
        let (at, by) = (self.command.at, self.command.actor.clone());
        let target = self.state.transfer(transfer).and_then(Transfer::request).map(|r| r.to);
        let standing = self.standing(target);
        Step::Transfer(transfer, TransferCommand { at, by, standing, act })
    }

    /// What becomes of a pending transfer when its visit goes on without an answer.
    pub(super) fn unanswered(&self, visit: VisitId, act: TransferAct) -> Option<Step> {
        let leg = self.state.open_visit(visit)?.leg.as_ref()?;
        self.state.transfer(leg.transfer)?.pending()?;
        Some(self.leg(leg.transfer, act))
    }
}

/// The clinic, its members and rooms.
impl Asked<'_> {
    /// Whether it is history that is told, in which what a clinic may do today changes nothing.
    pub(super) fn imports(&self) -> bool {
        self.command.actor == Actor::Import
    }

    pub(super) fn may_use(&self, capability: Capability) -> bool {
        self.imports() || self.state.clinic().can(capability)
    }

    /// Whoever may no longer act leaves her patient on hold, not in a call with nobody.
    pub(super) fn member_goes(&self, member: MemberId, act: ClinicAct) -> Vec<Step> {
        let reason = HoldReason::MemberDisabled;
        let held = self.state.call_of(member);
        let held = held.map(|visit| self.visit(visit, None, VisitAct::HoldFor { member, reason }));
        std::iter::once(self.clinic(act)).chain(held).collect()
    }

    pub(super) fn presence(&self, who: Person, online: bool, last_seen: Timestamp) -> Step {
        match who {
            Person::Member(member) => {
                self.clinic(ClinicAct::NotePresence { member, online, last_seen })
            }
            Person::Patient(visit) => {
                self.visit(visit, None, VisitAct::NotePresence { online, last_seen })
            }
        }
    }

    pub(super) fn open_room(
        &self,
        kind: RoomKind,
        name: &Title,
        slug: &Slug,
        external_ref: Option<&ExternalRef>,
    ) -> Step {
        let (has, active) = match kind {
            RoomKind::Shared => (None, true),
            RoomKind::Personal(member) => {
                (self.state.personal.get(&member).copied(), self.active(member))
            }
        };
        let act = RoomAct::Open {
            kind,
            name: name.clone(),
            slug: slug.clone(),
            external_ref: external_ref.cloned(),
            holder: self.state.room_at(slug),
            has,
            active,
            capable: self.may_use(Capability::SharedRooms),
            rooms: self.state.rooms.len(),
        };
        self.room(RoomId(self.command.fresh.nth(0)), act)
    }

    pub(super) fn active(&self, member: MemberId) -> bool {
        self.state.clinic().member(member).is_some_and(Member::active)
    }

    /// Whether nobody but `member`, active or not, could serve in `room`.
    pub(super) fn last(&self, room: RoomId, member: MemberId) -> bool {
        let assigned = self.state.in_use(room).last().map(|room| &room.assigned);
        let others = assigned.into_iter().flatten().filter(|other| **other != member);
        !others.into_iter().any(|other| self.active(*other))
    }

    /// Visits that a decline or an expiry would bring back to `room`.
    pub(super) fn may_return(&self, room: RoomId) -> Vec<VisitId> {
        let pending = self.state.pending.iter().filter_map(|id| self.state.transfer(*id));
        let from = pending.filter_map(Transfer::pending).filter(|request| request.from == room);
        from.map(|request| request.visit).collect()
    }
}

/// Arriving and serving.
impl Asked<'_> {
    pub(super) fn check_in(&self, form: &CheckInForm) -> Vec<Step> {
        let state = self.state;
        let room = form.room;
        let visit = state.visit_of(&form.token);
        let here = visit.and_then(|visit| state.open_visit(visit)).map(|visit| visit.room);
        // Whoever is here already has checked in: asked twice, happened once.
        let id = visit.filter(|_| here == Some(room));
        let id = id.unwrap_or(VisitId(self.command.fresh.nth(0)));
        let door = state.in_use(room).admit(
            &Door {
                passcode: form.passcode.0,
                consent: form.consent,
                elsewhere: visit.zip(here),
                queue: state.queue_len(room),
                capable: state.clinic().can(Capability::SharedRooms),
                imported: self.imports(),
            },
            self.command.at,
        );
        let CheckInForm {
            room, token, name, reason, phone, arrival, consent, external_ref, ..
        } = form.clone();
        let check_in =
            CheckIn { room, token, name, reason, phone, arrival, consent, external_ref, door };
        vec![self.visit_from(Some(room), id, None, VisitAct::CheckIn(Box::new(check_in)))]
    }

    pub(super) fn start(
        &self,
        visit: VisitId,
        pausing: bool,
        seen: Option<PlaceVersion>,
        skipped: Vec<VisitId>,
    ) -> Vec<Step> {
        let busy = match self.command.actor {
            Actor::Member(member) => self.state.call_of(member).filter(|busy| *busy != visit),
            Actor::Patient(_) | Actor::Policy { .. } | Actor::Import | Actor::Host => None,
        };
        let paused = busy.filter(|_| pausing);
        let capable = self.may_use(Capability::Pause);
        let pause = paused.map(|visit| self.visit(visit, None, VisitAct::Pause { capable }));
        let busy = busy.filter(|_| !pausing);
        let call = CallId(self.command.fresh.nth(0));
        let start = self.visit(visit, seen, VisitAct::Start { call, busy, skipped });
        let accepted = self.unanswered(visit, TransferAct::Proceed);
        pause.into_iter().chain([start]).chain(accepted).collect()
    }

    /// The first in the queue who waits and is there; it says whom it passed over.
    pub(super) fn call_next(&self, room: RoomId, pausing: bool) -> Steps {
        self.entitled_in(room, Right::Serve)?;
        let (mut on_hold, mut offline, mut skipped) = (0_usize, 0_usize, vec![]);
        for id in self.state.queue(room) {
            let Some(visit) = self.state.open_visit(id) else { continue };
            if let Place::OnHold { .. } = visit.place {
                on_hold = on_hold.saturating_add(1);
            } else if visit.presence == Presence::Online {
                return Ok(self.start(id, pausing, None, skipped));
            } else {
                offline = offline.saturating_add(1);
            }
            skipped.push(id);
        }
        Err(Refusal::NobodyToCall { on_hold, offline })
    }

    /// For actions on a room's visits that may find none.
    pub(super) fn entitled_in(&self, room: RoomId, right: Right) -> Result<(), Refusal> {
        self.state.in_use(room).last().ok_or(RoomRefusal::NoSuchRoom)?;
        if self.standing(Some(room)).may(right) {
            return Ok(());
        }
        Err(RoomRefusal::NotEntitled { right }.into())
    }
}

/// Moving between rooms.
impl Asked<'_> {
    pub(super) fn transfer(
        &self,
        visit: VisitId,
        to: RoomId,
        note: Option<&Personal<Note>>,
        seen: Option<PlaceVersion>,
        nth: Nth,
    ) -> Vec<Step> {
        let id = TransferId(self.command.fresh.nth(nth.0));
        let at = self.command.at;
        let capable = self.may_use(Capability::Transfer);
        let target = self.target(to, nth);
        let source = self.state.open_visit(visit).map(|visit| visit.room);
        let policy = source.and_then(|room| self.state.room(room)).and_then(Room::last);
        let undo_window = policy.map_or(limits::UNDO_WINDOW, |room| room.policy.undo_window);
        let window = target.as_ref().ok().and_then(|target| target.accept_window);
        let accepted = self.unanswered(visit, TransferAct::Proceed);
        let follow = source.map(|from| {
            let request = Request {
                visit,
                from,
                to,
                by: self.command.actor.clone(),
                answer_by: window.map(|window| at.plus(window)),
                undo_until: at.plus(undo_window),
            };
            self.leg(id, TransferAct::Request(request))
        });
        let note = note.cloned();
        let act = VisitAct::Transfer { transfer: id, to, note, target, undo_window, capable };
        [self.visit(visit, seen, act)].into_iter().chain(accepted).chain(follow).collect()
    }

    /// What the target says to the `nth` visit that one command sends it.
    pub(super) fn target(&self, to: RoomId, nth: Nth) -> Result<Target, RoomRefusal> {
        let room = self.state.in_use(to);
        if self.imports() {
            return room.receive_history();
        }
        let assigned = room.last().map(|room| &room.assigned).into_iter().flatten();
        let members = assigned.filter_map(|member| self.state.clinic().member(*member));
        let online = members.into_iter().any(Member::online);
        let owner_active = match room.last().map(|room| room.kind) {
            Some(RoomKind::Personal(member)) => self.active(member),
            Some(RoomKind::Shared) | None => true,
        };
        let ahead = usize::try_from(nth.0).unwrap_or(usize::MAX);
        let queue = self.state.queue_len(to).saturating_add(ahead);
        let windows = self.state.clinic().can(Capability::AcceptWindow);
        room.receive(self.command.at, queue, owner_active, online, windows)
    }

    pub(super) fn transfer_all(&self, from: RoomId, to: RoomId) -> Steps {
        self.entitled_in(from, Right::Steer)?;
        let visits = (0..).map(Nth).zip(self.state.inside(from));
        Ok(visits.flat_map(|(nth, visit)| self.transfer(visit, to, None, None, nth)).collect())
    }

    /// An answer to a transfer, or the end of its window. The transfer judges it; unless it is an
    /// acceptance, the visit goes back.
    pub(super) fn answer(&self, visit: VisitId, transfer: TransferId, act: TransferAct) -> Steps {
        let pending = self.leg_of(visit, transfer)?.pending().is_some();
        let why = match act {
            TransferAct::Decline { .. } => Some(Reversal::Declined),
            TransferAct::Expire => Some(Reversal::Expired),
            TransferAct::Accept
            | TransferAct::Request(_)
            | TransferAct::Proceed
            | TransferAct::Withdraw
            | TransferAct::Undo => None,
        };
        let back = why.filter(|_| pending).map(|why| {
            self.visit(visit, None, VisitAct::Reverse { transfer, why, archived: false })
        });
        Ok([self.leg(transfer, act)].into_iter().chain(back).collect())
    }

    /// The visit judges an undo, from the source room; the transfer follows.
    pub(super) fn undo(&self, visit: VisitId, transfer: TransferId) -> Steps {
        let leg = self.leg_of(visit, transfer)?;
        let source = leg.request().map(|request| request.from);
        let room = source.and_then(|room| self.state.room(room));
        let archived = matches!(room, Some(Room::Archived(_)));
        let undone = matches!(leg, Transfer::Settled { outcome: Outcome::Undone, .. });
        let standing = self.standing(source);
        let sent = self.sent(leg) && standing != Standing::Nobody;
        let asked_twice = undone && (standing.may(Right::Steer) || sent);
        let back = (!asked_twice).then(|| {
            let act = VisitAct::Reverse { transfer, why: Reversal::Undone, archived };
            self.visit_from(source, visit, None, act)
        });
        Ok(back.into_iter().chain([self.leg(transfer, TransferAct::Undo)]).collect())
    }

    fn sent(&self, leg: &Transfer) -> bool {
        leg.request().is_some_and(|request| request.by == self.command.actor)
    }

    pub(super) fn leg_of(
        &self,
        visit: VisitId,
        transfer: TransferId,
    ) -> Result<&Transfer, Refusal> {
        let leg = self.state.transfer(transfer).ok_or(TransferRefusal::NoSuchTransfer)?;
        match leg.request() {
            None => Err(TransferRefusal::NoSuchTransfer.into()),
            Some(request) if request.visit != visit => Err(TransferRefusal::OtherVisit.into()),
            Some(_) => Ok(leg),
        }
    }
}

/// Closing and opening again.
impl Asked<'_> {
    pub(super) fn lists(&self, visit: VisitId, label: &Label) -> bool {
        let room = self.state.open_visit(visit).map(|visit| self.state.in_use(visit.room));
        room.and_then(Room::last).is_some_and(|room| room.checklist.contains(label))
    }

    pub(super) fn carry_over(&self, visit: VisitId) -> Step {
        let room = self.state.open_visit(visit).map(|visit| self.state.in_use(visit.room));
        let day_ended_at = room.and_then(Room::last).and_then(|room| room.day_ended_at);
        self.visit(visit, None, VisitAct::CarryOver { day_ended_at })
    }

    pub(super) fn reopen_window(&self, visit: VisitId) -> Millis {
        let room = self.state.open_visit(visit).map(|visit| self.state.in_use(visit.room));
        let policy: Option<&RoomPolicy> = room.and_then(Room::last).map(|room| &room.policy);
        policy.map_or(limits::REOPEN_WINDOW, |policy| policy.reopen_window)
    }

    pub(super) fn close(
        &self,
        visit: VisitId,
        reason: &CloseReason,
        seen: Option<PlaceVersion>,
    ) -> Vec<Step> {
        let reopen_window = self.reopen_window(visit);
        let act = VisitAct::Close { reason: reason.clone(), reopen_window };
        let withdrawn = self.unanswered(visit, TransferAct::Withdraw);
        [self.visit(visit, seen, act)].into_iter().chain(withdrawn).collect()
    }

    pub(super) fn close_all(
        &self,
        room: RoomId,
        only: Option<&[VisitId]>,
        reason: &CloseReason,
    ) -> Steps {
        self.entitled_in(room, Right::Steer)?;
        let inside = self.state.inside(room);
        let chosen = |visit: &VisitId| only.is_none_or(|only| only.contains(visit));
        let visits: Vec<VisitId> = inside.into_iter().filter(chosen).collect();
        if let CloseReason::Merged { into } = reason {
            if visits.len() > limits::MERGED_AT_ONCE {
                let limit = u64::try_from(limits::MERGED_AT_ONCE).unwrap_or(u64::MAX);
                let what = "visits that one command merges into another";
                return Err(VisitRefusal::LimitReached { what, limit }.into());
            }
            return Ok(visits
                .into_iter()
                .flat_map(|visit| self.merge(*into, visit, None))
                .collect());
        }
        Ok(visits.into_iter().flat_map(|visit| self.close(visit, reason, None)).collect())
    }

    pub(super) fn reopen(&self, visit: VisitId) -> Step {
        let last = self.state.visit(visit).and_then(|visit| visit.last());
        let tokens = last.into_iter().flat_map(|last| &last.tokens);
        let other = tokens.into_iter().find_map(|token| self.state.visit_of(token));
        let room = last.and_then(|last| self.state.room(last.room));
        let archived = matches!(room, Some(Room::Archived(_)));
        let other = other.filter(|other| *other != visit);
        self.visit(visit, None, VisitAct::Reopen { other, archived })
    }

    /// The screen's place is the duplicate's, the one that closes.
    pub(super) fn merge(
        &self,
        survivor: VisitId,
        duplicate: VisitId,
        seen: Option<PlaceVersion>,
    ) -> Vec<Step> {
        let into = survivor;
        let close = self.close(duplicate, &CloseReason::Merged { into }, seen);
        let merged = self.state.open_visit(duplicate);
        let none = Entry { at: self.command.at, position: None };
        let absorb = VisitAct::Absorb {
            duplicate,
            tokens: merged.map(|visit| visit.tokens.clone()).unwrap_or_default(),
            entry: merged.map_or(none, |visit| visit.entry),
            check_in: merged.map_or(none, |visit| visit.check_in),
        };
        close.into_iter().chain([self.visit(survivor, None, absorb)]).collect()
    }
}

/// What policies ask when it falls due. A policy acts on what is true at its commit: if what was due
/// is no longer so by then - a member is back, a patient is back - nothing happens.
impl Asked<'_> {
    fn settled(&self, due: Option<Timestamp>) -> bool {
        let due = due.is_some_and(|at| at <= self.command.at);
        self.standing(None) == Standing::Policy && !due
    }

    pub(super) fn hold_lost(&self, visit: VisitId, member: MemberId) -> Vec<Step> {
        let open = self.state.open_visit(visit).is_some();
        if open && self.settled(self.state.lost_at(member, visit)) {
            return vec![];
        }
        let reason = HoldReason::MemberLost;
        vec![self.visit(visit, None, VisitAct::HoldFor { member, reason })]
    }

    pub(super) fn end_day(&self, room: RoomId) -> Vec<Step> {
        let in_use = self.state.in_use(room).open().is_some();
        if in_use && self.settled(self.state.closes_at(room)) {
            return vec![];
        }
        vec![self.room(room, RoomAct::EndDay { inside: self.state.inside(room) })]
    }

    pub(super) fn close_no_show(&self, visit: VisitId) -> Vec<Step> {
        let open = self.state.open_visit(visit).is_some();
        if open && self.settled(self.state.no_show_at(visit)) {
            return vec![];
        }
        self.close(visit, &CloseReason::NoShow, None)
    }
}
