//! What an event must say: the facts in it that nobody chose, as they follow from what was before.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability;
use clinic_domain::ids::{CallId, RoomId, TransferId, VisitId};
use clinic_domain::limits;
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, Warning};
use clinic_domain::text::Note;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::{Entry, Place, Presence, VisitEvent};

use super::{Leg, Model};

/// What an event should say, but for what somebody chose.
impl Model {
    pub(super) fn expects(
        &self,
        id: VisitId,
        event: &VisitEvent,
        by: &Actor,
        at: Timestamp,
    ) -> Option<VisitEvent> {
        let (visit, by) = (self.visits.get(&id)?, by.clone());
        Some(match event {
            VisitEvent::CheckedIn { .. } => event.clone(),
            VisitEvent::CallStarted { call, skipped, .. }
            | VisitEvent::CallResumed { call, skipped, .. } => {
                self.call(id, *call, skipped, &by, at)?
            }
            VisitEvent::CallPaused { reason, .. } => {
                VisitEvent::CallPaused { by, reason: *reason, at }
            }
            VisitEvent::CallEnded { .. } => VisitEvent::CallEnded { by, at },
            VisitEvent::Transferred { transfer, to, note, .. } => {
                let leg = self.leg_begun(id, *to, &by, at)?;
                self.sent(*transfer, &leg, note.clone())
            }
            VisitEvent::TransferReversed { transfer, why, .. } => VisitEvent::TransferReversed {
                transfer: *transfer,
                from: visit.room,
                to: self.source_of(*transfer)?,
                why: *why,
                by,
                at,
            },
            VisitEvent::PriorityChanged { priority, .. } => {
                VisitEvent::PriorityChanged { priority: *priority, by }
            }
            VisitEvent::NoteAdded { note, .. } => VisitEvent::NoteAdded { note: note.clone(), by },
            VisitEvent::ChecklistTicked { label, done, .. } => {
                VisitEvent::ChecklistTicked { label: label.clone(), done: *done, by }
            }
            VisitEvent::PatientWentOffline { last_seen, .. } => {
                VisitEvent::PatientWentOffline { last_seen: *last_seen, at }
            }
            VisitEvent::PatientCameOnline { .. } => VisitEvent::PatientCameOnline { at },
            VisitEvent::CarriedOver { .. } => VisitEvent::CarriedOver { by, at },
            VisitEvent::VisitsMerged { duplicate, .. } => {
                let (entry, check_in, leg_entry) = self.merged_entries(id, *duplicate)?;
                let tokens = self.visits.get(duplicate)?.tokens.clone();
                let duplicate = *duplicate;
                VisitEvent::VisitsMerged { duplicate, tokens, entry, check_in, leg_entry, by }
            }
            VisitEvent::VisitClosed { reason, .. } => VisitEvent::VisitClosed {
                reason: reason.clone(),
                reopen_until: self.reopen_until(id, at),
                by,
                at,
            },
            VisitEvent::VisitReopened { .. } => VisitEvent::VisitReopened { by, at },
        })
    }
    /// The call that was on hold goes on; else a new one begins.
    fn call(
        &self,
        id: VisitId,
        call: CallId,
        skipped: &[VisitId],
        by: &Actor,
        at: Timestamp,
    ) -> Option<VisitEvent> {
        let Actor::Member(member) = *by else { return None };
        // Who was passed over tells that it was *call next*.
        let skipped = if skipped.is_empty() { vec![] } else { self.passed_over(id)? };
        Some(match self.visits.get(&id)?.place {
            Place::OnHold { call, .. } => VisitEvent::CallResumed { call, member, skipped, at },
            Place::Waiting { .. } | Place::InCall { .. } => {
                VisitEvent::CallStarted { call, member, skipped, at }
            }
        })
    }

    fn sent(&self, transfer: TransferId, leg: &Leg, note: Option<Personal<Note>>) -> VisitEvent {
        VisitEvent::Transferred {
            transfer,
            from: leg.from,
            to: leg.to,
            by: leg.by.clone(),
            note,
            order: leg.order,
            answer_by: leg.answer_by,
            undo_until: leg.undo_until,
            returns: leg.returns,
            warnings: self.warnings(leg.to, leg.at),
            at: leg.at,
        }
    }
}

/// Where the facts come from.
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
            outcome: answer_by.is_none().then_some(Outcome::Completed),
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
