//! What an event must say: the facts in it that nobody chose, as they follow from what was before.

use clinic_domain::actor::Actor;
use clinic_domain::ids::{RoomId, TransferId, VisitId};
use clinic_domain::limits;
use clinic_domain::room::{ArrivalOrder, Warning};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Entry, Place, Presence};

use super::{Leg, Model};
use clinic_domain::clinic::Capability;

impl Model {
    /// A leg that begins now: order and window are the target's policy, the undo window the source's
    /// (sections 5 and 7).
    pub(super) fn leg_begun(
        &self,
        id: VisitId,
        to: RoomId,
        by: &Actor,
        at: Timestamp,
    ) -> Option<Leg> {
        let visit = self.open(id)?;
        let (source, target) = (self.rooms.get(&visit.room)?, self.rooms.get(&to)?);
        let window = target.policy.accept_window.filter(|_| self.can(Capability::AcceptWindow));
        let answer_by = window.map(|window| at.plus(window));
        let before = visit.arrivals.iter().filter(|room| **room == to).count();
        Some(Leg {
            visit: id,
            from: visit.room,
            to,
            by: by.clone(),
            at,
            order: target.policy.arrivals,
            answer_by,
            undo_until: at.plus(source.policy.undo_window),
            returns: u32::try_from(before).unwrap_or(u32::MAX),
            entry: visit.entry,
            started: false,
            outcome: answer_by.is_none().then_some(clinic_domain::transfer::Outcome::Completed),
            requested: false,
            told: None,
        })
    }

    /// Out of hours or with nobody online, a target takes in, and the sender is warned.
    pub(super) fn warnings(&self, to: RoomId, at: Timestamp) -> Vec<Warning> {
        let Some(room) = self.rooms.get(&to) else { return vec![] };
        let mut warnings = vec![];
        if !room.in_hours(at) {
            warnings.push(Warning::OutOfHours);
        }
        if !room.assigned.iter().any(|member| self.is_online(*member)) {
            warnings.push(Warning::NobodyOnline);
        }
        warnings
    }

    /// Until when a visit that closes now may be reopened: its room's policy.
    pub(super) fn reopen_until(&self, id: VisitId, at: Timestamp) -> Timestamp {
        let room = self.open(id).and_then(|visit| self.rooms.get(&visit.room));
        at.plus(room.map_or(limits::REOPEN_WINDOW, |room| room.policy.reopen_window))
    }

    /// Whom *call next* passed over to reach a visit: those before it, on hold or offline. Whoever the
    /// same command put on hold had no rank when it was decided.
    pub(super) fn passed_over(&self, id: VisitId) -> Option<Vec<VisitId>> {
        let queue = self.queue(self.open(id)?.room);
        let before = queue.into_iter().take_while(|(other, _)| *other != id);
        let mut passed = vec![];
        for (other, visit) in before.filter(|(_, visit)| self.command != Some(visit.moved_by)) {
            let waits = matches!(visit.place, Place::Waiting { .. });
            if waits && visit.presence == Presence::Online {
                return None;
            }
            passed.push(other);
        }
        Some(passed)
    }

    /// Where a reversal takes a visit.
    pub(super) fn source_of(&self, transfer: TransferId) -> Option<RoomId> {
        self.legs.get(&transfer).map(|leg| leg.from)
    }

    /// The entries of a survivor: the earlier of its own and the duplicate's, each by itself - of the
    /// entry, of the check-in, and of the entry that taking back its latest leg would restore.
    pub(super) fn merged_entries(
        &self,
        survivor: VisitId,
        duplicate: VisitId,
    ) -> Option<(Entry, Entry, Option<Entry>)> {
        let (ours, theirs) = (self.visits.get(&survivor)?, self.visits.get(&duplicate)?);
        let leg = ours.latest.and_then(|leg| self.legs.get(&leg));
        Some((
            stated(ours.entry.min(theirs.entry)),
            stated(ours.check_in.min(theirs.check_in)),
            leg.map(|leg| stated(leg.entry.min(theirs.entry))),
        ))
    }
}

impl Leg {
    /// The entry in the target's queue, of a visit that checked in at `check_in`.
    pub(super) fn new_entry(&self, check_in: super::Entry, now: super::Entry) -> super::Entry {
        match self.order {
            ArrivalOrder::OriginalCheckIn => check_in,
            ArrivalOrder::BackOfQueue => now,
        }
    }
}

/// An entry as events and folds write it.
pub(super) fn stated((at, position): super::Entry) -> Entry {
    Entry { at, position: Some(position) }
}
