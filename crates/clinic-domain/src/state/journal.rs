//! What a batch touched, as it was before: a batch that is not committed is undone by this, at the
//! cost of what it touched and not of the whole clinic.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClinicState, Leaving, Slot, answered};
use crate::clinic::Clinic;
use crate::ids::{Position, RoomId, TransferId, VisitId};
use crate::room::Room;
use crate::time::Timestamp;
use crate::transfer::Transfer;
use crate::visit::PatientVisit;

/// The former values of what has been touched since the journal was begun.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    began: Option<(Position, Timestamp)>,
    clinic: Option<Slot<Clinic>>,
    rooms: BTreeMap<RoomId, Option<Slot<Room>>>,
    visits: BTreeMap<VisitId, Option<Slot<PatientVisit>>>,
    transfers: BTreeMap<TransferId, Option<Slot<Transfer>>>,
    leaving: Vec<LeavingChange>,
    answered: Vec<answered::Change>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum LeavingChange {
    Added(Timestamp, Leaving),
    Removed(Timestamp, Leaving),
}

/// Where former values go: into a journal, or nowhere when a committed log is folded.
pub(super) struct Notes<'j>(pub(super) Option<&'j mut Journal>);

impl Notes<'_> {
    pub(super) fn begin(&mut self, head: Position, now: Timestamp) {
        if let Some(journal) = &mut self.0 {
            journal.began.get_or_insert((head, now));
        }
    }

    pub(super) fn clinic(&mut self, before: &Slot<Clinic>) {
        if let Some(journal) = &mut self.0 {
            journal.clinic.get_or_insert_with(|| before.clone());
        }
    }

    pub(super) fn room(&mut self, id: RoomId, held: &BTreeMap<RoomId, Slot<Room>>) {
        if let Some(journal) = &mut self.0 {
            journal.rooms.entry(id).or_insert_with(|| held.get(&id).cloned());
        }
    }

    pub(super) fn visit(&mut self, id: VisitId, held: &BTreeMap<VisitId, Slot<PatientVisit>>) {
        if let Some(journal) = &mut self.0 {
            journal.visits.entry(id).or_insert_with(|| held.get(&id).cloned());
        }
    }

    pub(super) fn transfer(&mut self, id: TransferId, held: &BTreeMap<TransferId, Slot<Transfer>>) {
        if let Some(journal) = &mut self.0 {
            journal.transfers.entry(id).or_insert_with(|| held.get(&id).cloned());
        }
    }

    pub(super) fn leaving(&mut self, change: LeavingChange) {
        if let Some(journal) = &mut self.0 {
            journal.leaving.push(change);
        }
    }

    pub(super) fn answered(&mut self, change: answered::Change) {
        if let Some(journal) = &mut self.0 {
            journal.answered.push(change);
        }
    }
}

impl ClinicState {
    /// Undoes everything that was folded in since `journal` was begun.
    pub fn roll_back(&mut self, journal: Journal) {
        let Some((head, now)) = journal.began else { return };
        if let Some(clinic) = journal.clinic {
            self.clinic = clinic;
            self.meet_everybody();
        }
        for (id, before) in journal.rooms {
            self.put_room(id, before);
        }
        // Out first, then in: two visits may have swapped a token or a member.
        let ids: BTreeSet<VisitId> = journal.visits.keys().copied().collect();
        for id in ids {
            self.put_visit(id, None);
        }
        for (id, before) in journal.visits {
            self.put_visit(id, before);
        }
        for (id, before) in journal.transfers {
            self.put_transfer(id, before);
        }
        for change in journal.leaving.into_iter().rev() {
            match change {
                LeavingChange::Added(at, what) => self.leaving.remove(&(at, what)),
                LeavingChange::Removed(at, what) => self.leaving.insert((at, what)),
            };
        }
        for change in journal.answered.into_iter().rev() {
            self.answered.take_back(change);
        }
        (self.head, self.now) = (head, now);
        self.look_ahead();
    }
}
