//! Folding events in, and keeping what follows from them.

use super::journal::{LeavingChange, Notes};
use super::{ClinicState, Journal, Leaving, Slot};
use crate::decider::Decider;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::{RoomId, TransferId, VisitId};
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
                    self.note_leaving(&slot.state, id, &mut Notes(None));
                    self.put_visit(id, Some(slot));
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
                    self.note_settled(&slot.state, id, &mut Notes(None));
                    self.put_transfer(id, Some(slot));
                }
            }
            StreamId::Clinic(_)
            | StreamId::Room(_)
            | StreamId::Visit(_)
            | StreamId::Transfer(_) => {}
        }
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
            }
            Event::Room(id, event) => {
                notes.room(*id, self.rooms.get(id));
                let mut slot = self.take_room(*id).unwrap_or_default();
                slot.state.evolve(event);
                slot.sequence = sequence;
                self.put_room(*id, Some(slot));
            }
            Event::Visit(id, event) => {
                notes.visit(*id, self.visits.get(id));
                let mut slot = self.take_visit(*id).unwrap_or_default();
                slot.state.evolve(event);
                slot.state.stamp(recorded.position);
                slot.sequence = sequence;
                self.note_leaving(&slot.state, *id, &mut notes);
                self.put_visit(*id, Some(slot));
            }
            Event::Transfer(id, event) => {
                notes.transfer(*id, self.transfers.get(id));
                let mut slot = self.take_transfer(*id).unwrap_or_default();
                slot.state.evolve(event);
                slot.sequence = sequence;
                self.note_settled(&slot.state, *id, &mut notes);
                self.put_transfer(*id, Some(slot));
            }
        }
        self.let_go(&mut notes);
    }

    fn note_leaving(&mut self, visit: &PatientVisit, id: VisitId, notes: &mut Notes<'_>) {
        if let PatientVisit::Closed(closed) = visit {
            self.will_leave(closed.reopen_until.max(self.now), Leaving::Visit(id), notes);
        }
    }

    fn note_settled(&mut self, transfer: &Transfer, id: TransferId, notes: &mut Notes<'_>) {
        if let Transfer::Settled { request, .. } = transfer {
            // Not before time has moved on: what is not committed yet cannot be loaded again.
            self.will_leave(request.undo_until.max(self.now), Leaving::Transfer(id), notes);
        }
    }

    fn will_leave(&mut self, at: Timestamp, what: Leaving, notes: &mut Notes<'_>) {
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
                        notes.visit(id, self.visits.get(&id));
                        self.put_visit(id, None);
                    }
                }
                Leaving::Transfer(id) => {
                    if let Some(Transfer::Settled { .. }) = self.transfer(id) {
                        notes.transfer(id, self.transfers.get(&id));
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
        self.rooms.insert(id, slot);
    }

    fn take_visit(&mut self, id: VisitId) -> Option<Slot<PatientVisit>> {
        let slot = self.visits.remove(&id)?;
        if let Some(visit) = slot.state.open() {
            self.occupancy.leave(id, visit);
        }
        Some(slot)
    }

    pub(super) fn put_visit(&mut self, id: VisitId, slot: Option<Slot<PatientVisit>>) {
        self.take_visit(id);
        let Some(slot) = slot else { return };
        if let Some(visit) = slot.state.open() {
            self.occupancy.enter(id, visit);
        }
        self.visits.insert(id, slot);
    }

    fn take_transfer(&mut self, id: TransferId) -> Option<Slot<Transfer>> {
        self.pending.remove(&id);
        self.transfers.remove(&id)
    }

    pub(super) fn put_transfer(&mut self, id: TransferId, slot: Option<Slot<Transfer>>) {
        self.take_transfer(id);
        let Some(slot) = slot else { return };
        if slot.state.pending().is_some() {
            self.pending.insert(id);
        }
        self.transfers.insert(id, slot);
    }
}
