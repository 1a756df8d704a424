//! Folding events in, and keeping what follows from them.

use super::agenda::{Matter, Outlook};
use super::journal::{LeavingChange, Notes};
use super::{ClinicState, Journal, Leaving, Slot};
use crate::decider::Decider;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::{RoomId, TransferId, VisitId};
use crate::occupancy::Seat;
use crate::room::{Room, RoomKind};
use crate::time::Timestamp;
use crate::transfer::Transfer;
use crate::visit::PatientVisit;

impl ClinicState {
    /// Folds a recorded event in. Total: history is never refused.
    pub fn evolve(&mut self, recorded: &Recorded) {
        self.fold(recorded, Notes(None));
    }

    /// Folds in an event that is not committed yet, keeping in `journal` what it takes to undo it.
    pub fn evolve_noting(&mut self, recorded: &Recorded, journal: &mut Journal) {
        self.fold(recorded, Notes(Some(journal)));
    }

    /// Takes in the stream of a visit or transfer that has left the live state, because a command
    /// needs it: its committed events up to the head that this state was last folded to, and none
    /// beyond, for those are folded in when their turn comes. A stream that is held already, or is
    /// another aggregate's, changes nothing.
    pub fn load(&mut self, stream: StreamId, events: &[Recorded]) {
        let mut notes = Notes(None);
        match stream {
            StreamId::Visit(id) if !self.visits.contains_key(&id) => {
                let mut slot = Slot::<PatientVisit>::default();
                for recorded in events {
                    if let Event::Visit(of, event) = &recorded.event
                        && *of == id
                    {
                        slot.state.evolve(event);
                        slot.state.stamp(recorded.position);
                        slot.sequence = recorded.sequence;
                    }
                }
                if slot.sequence > 0 {
                    let until = self.change_visit(id, |visit| *visit = slot);
                    self.note_leaving(until, Leaving::Visit(id), &mut notes);
                }
            }
            StreamId::Transfer(id) if !self.transfers.contains_key(&id) => {
                let mut slot = Slot::<Transfer>::default();
                for recorded in events {
                    if let Event::Transfer(of, event) = &recorded.event
                        && *of == id
                    {
                        slot.state.evolve(event);
                        slot.sequence = recorded.sequence;
                    }
                }
                if slot.sequence > 0 {
                    let until = self.change_transfer(id, |transfer| *transfer = slot);
                    self.note_leaving(until, Leaving::Transfer(id), &mut notes);
                }
            }
            StreamId::Clinic(_)
            | StreamId::Room(_)
            | StreamId::Visit(_)
            | StreamId::Transfer(_) => {}
        }
        self.look_ahead();
    }

    fn fold(&mut self, recorded: &Recorded, mut notes: Notes<'_>) {
        notes.begin(self.head, self.now);
        self.head = recorded.position;
        self.now = self.now.max(recorded.occurred_at);
        self.answered.remember(recorded, |change| notes.answered(change));
        let sequence = recorded.sequence;
        match &recorded.event {
            Event::Clinic(_, event) => {
                notes.clinic(&self.clinic);
                self.clinic.state.evolve(event);
                self.clinic.sequence = sequence;
                if let Some(member) = event.member() {
                    self.agenda.meet(member, self.clinic.state.member(member));
                }
            }
            Event::Room(id, event) => {
                notes.room(*id, &self.rooms);
                let mut slot = self.take_room(*id).unwrap_or_default();
                slot.state.evolve(event);
                slot.sequence = sequence;
                self.put_room(*id, Some(slot));
            }
            Event::Visit(id, event) => {
                notes.visit(*id, &self.visits);
                let reopen_until = self.change_visit(*id, |visit| {
                    visit.state.evolve(event);
                    visit.state.stamp(recorded.position);
                    visit.sequence = sequence;
                });
                self.note_leaving(reopen_until, Leaving::Visit(*id), &mut notes);
            }
            Event::Transfer(id, event) => {
                notes.transfer(*id, &self.transfers);
                let undo_until = self.change_transfer(*id, |transfer| {
                    transfer.state.evolve(event);
                    transfer.sequence = sequence;
                });
                self.note_leaving(undo_until, Leaving::Transfer(*id), &mut notes);
            }
        }
        self.let_go(&mut notes);
        self.look_ahead();
    }

    /// Notes until when something that is over is held, if it is over.
    fn note_leaving(&mut self, until: Option<Timestamp>, what: Leaving, notes: &mut Notes<'_>) {
        let Some(until) = until else { return };
        // Not before time has moved on: what is not committed yet cannot be loaded again.
        let at = until.max(self.now);
        if self.leaving.insert((at, what)) {
            notes.leaving(LeavingChange::Added(at, what));
        }
    }

    /// Lets go of closed visits and settled transfers whose windows have ended.
    fn let_go(&mut self, notes: &mut Notes<'_>) {
        if self.keeps_all {
            return;
        }
        while let Some(&(until, what)) = self.leaving.first() {
            if until >= self.now {
                break;
            }
            self.leaving.pop_first();
            notes.leaving(LeavingChange::Removed(until, what));
            match what {
                Leaving::Visit(id) => {
                    if let Some(PatientVisit::Closed(closed)) = self.visit(id)
                        && closed.reopen_until < self.now
                    {
                        notes.visit(id, &self.visits);
                        self.put_visit(id, None);
                    }
                }
                Leaving::Transfer(id) => {
                    if let Some(Transfer::Settled { .. }) = self.transfer(id) {
                        notes.transfer(id, &self.transfers);
                        self.put_transfer(id, None);
                    }
                }
            }
        }
    }
}

/// The only places where rooms, visits and transfers come and go, and their indexes with them.
impl ClinicState {
    fn take_room(&mut self, id: RoomId) -> Option<Slot<Room>> {
        let slot = self.rooms.remove(&id)?;
        if let Some(room) = slot.state.last() {
            for slug in room.retired.iter().chain([&room.slug]) {
                if self.slugs.get(slug) == Some(&id) {
                    self.slugs.remove(slug);
                }
            }
        }
        if let Some(RoomKind::Personal(member)) = slot.state.open().map(|room| room.kind)
            && self.personal.get(&member) == Some(&id)
        {
            self.personal.remove(&member);
        }
        self.touch_room(id, &slot.state);
        Some(slot)
    }

    pub(super) fn put_room(&mut self, id: RoomId, slot: Option<Slot<Room>>) {
        self.take_room(id);
        let Some(slot) = slot else { return };
        if let Some(room) = slot.state.last() {
            let slugs = room.retired.iter().chain([&room.slug]);
            self.slugs.extend(slugs.map(|slug| (slug.clone(), id)));
        }
        if let Some(RoomKind::Personal(member)) = slot.state.open().map(|room| room.kind) {
            self.personal.insert(member, id);
        }
        self.touch_room(id, &slot.state);
        self.rooms.insert(id, slot);
    }

    /// Most rooms close nobody as a no show, and then nobody in them has to be looked at.
    fn touch_room(&mut self, id: RoomId, room: &Room) {
        self.agenda.touch_hours(id);
        if room.open().is_some_and(|room| room.policy.no_show_after.is_some()) {
            let queue = self.occupancy.queue(id);
            queue.for_each(|visit| self.agenda.touch(Matter::NoShow(visit)));
        }
    }

    /// Has a visit changed where it is; answers until when it may be reopened, if it is closed now.
    fn change_visit(
        &mut self,
        id: VisitId,
        change: impl FnOnce(&mut Slot<PatientVisit>),
    ) -> Option<Timestamp> {
        let slot = self.visits.entry(id).or_default();
        let was = slot.state.open().map(|visit| (Seat::of(id, visit), Outlook::of(visit)));
        change(slot);
        let (seat, before) = was.unzip();
        match (seat, &slot.state) {
            (Some(seat), PatientVisit::Open(visit)) => self.occupancy.follow(id, &seat, visit),
            (None, PatientVisit::Open(visit)) => self.occupancy.enter(id, visit),
            (Some(_), PatientVisit::Closed(closed)) => self.occupancy.leave(id, &closed.last),
            (None, PatientVisit::Closed(_)) | (_, PatientVisit::Unknown) => {}
        }
        self.agenda.follow(id, before, slot.state.open().map(Outlook::of));
        match &slot.state {
            PatientVisit::Closed(closed) => Some(closed.reopen_until),
            PatientVisit::Open(_) | PatientVisit::Unknown => None,
        }
    }

    pub(super) fn put_visit(&mut self, id: VisitId, slot: Option<Slot<PatientVisit>>) {
        let was = self.visits.remove(&id);
        let before = was.as_ref().and_then(|slot| slot.state.open());
        let after = slot.as_ref().and_then(|slot| slot.state.open());
        if let Some(visit) = before {
            self.occupancy.leave(id, visit);
        }
        if let Some(visit) = after {
            self.occupancy.enter(id, visit);
        }
        self.agenda.follow(id, before.map(Outlook::of), after.map(Outlook::of));
        self.visits.extend(slot.map(|slot| (id, slot)));
    }

    /// Has a transfer changed where it is; answers until when it may be undone, if it is settled now.
    fn change_transfer(
        &mut self,
        id: TransferId,
        change: impl FnOnce(&mut Slot<Transfer>),
    ) -> Option<Timestamp> {
        let slot = self.transfers.entry(id).or_default();
        let was_pending = slot.state.pending().is_some();
        change(slot);
        if slot.state.pending().is_some() {
            self.pending.insert(id);
        } else if was_pending {
            self.pending.remove(&id);
        }
        self.agenda.touch(Matter::Window(id));
        match &slot.state {
            Transfer::Settled { request, .. } => Some(request.undo_until),
            Transfer::Pending(_) | Transfer::Unrequested => None,
        }
    }

    pub(super) fn put_transfer(&mut self, id: TransferId, slot: Option<Slot<Transfer>>) {
        self.transfers.remove(&id);
        if slot.as_ref().is_some_and(|slot| slot.state.pending().is_some()) {
            self.pending.insert(id);
        } else {
            self.pending.remove(&id);
        }
        self.agenda.touch(Matter::Window(id));
        self.transfers.extend(slot.map(|slot| (id, slot)));
    }
}
