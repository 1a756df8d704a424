//! The ledger: the proof that no patient was lost, kept like a bookkeeper's.
//!
//! After every event, check-ins equal open visits plus closed ones, each open visit has one place,
//! and each member is in one call at most. The ledger believes nobody: it keeps its own few books
//! from the events alone and shares no code with the rules or with the census, so that an error
//! there shows here. It never stops at a breach, it lists it and goes on.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{MemberId, RoomId, VisitId};
use clinic_domain::room::RoomEvent;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::VisitEvent;
use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::ending::Ending;
use crate::limits;
use crate::verdict::{Breach, Fault, Verdict};

/// The books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    checkpoint: Checkpoint,
    check_ins: u64,
    open: BTreeMap<VisitId, Place>,
    closed: BTreeMap<Ending, u64>,
    /// Rooms that exist, and whether they are in use.
    rooms: BTreeMap<RoomId, bool>,
    calls: BTreeMap<MemberId, VisitId>,
    /// Closed visits that may still be reopened, with the place they would come back to.
    gone: BTreeMap<VisitId, Gone>,
    leaving: BTreeSet<(Timestamp, VisitId)>,
    /// Check-ins without a visit, and visits without a check-in, as last reported.
    off: (u64, u64),
    breaches: Vec<Breach>,
    unlisted: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    room: RoomId,
    doing: Doing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Doing {
    Waiting,
    InCall(MemberId),
    OnHold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    place: Place,
    reason: Ending,
    until: Timestamp,
}

impl Ledger {
    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        let after = self.checkpoint.position;
        if !self.checkpoint.takes(recorded) {
            return;
        }
        if recorded.position != after.next() {
            self.breach(Fault::Gap { after });
        }
        match &recorded.event {
            Event::Room(id, event) => self.room_event(*id, event),
            Event::Visit(id, event) => self.visit_event(*id, event, recorded.sequence),
            Event::Clinic(..) | Event::Transfer(..) => {}
        }
        self.let_go();
    }

    /// How far the fold has come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }
}

impl Ledger {
    /// What the books say.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict {
            position: self.checkpoint.position,
            check_ins: self.check_ins,
            open: count(self.open.len()),
            closed: self.closed.clone(),
            in_call: count(self.calls.len()),
            breaches: self.breaches.clone(),
            unlisted: self.unlisted,
        }
    }

    /// Whether every law has held after every event.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.breaches.is_empty()
    }

    fn room_event(&mut self, id: RoomId, event: &RoomEvent) {
        match event {
            RoomEvent::RoomOpened { .. } => {
                self.rooms.insert(id, true);
            }
            RoomEvent::RoomArchived => {
                self.rooms.insert(id, false);
                let inside = self.open.iter().filter(|(_, place)| place.room == id);
                let inside: Vec<VisitId> = inside.map(|(visit, _)| *visit).collect();
                if !inside.is_empty() {
                    self.breach(Fault::Archived { room: id, inside });
                }
            }
            RoomEvent::RoomRenamed { .. }
            | RoomEvent::SlugChanged { .. }
            | RoomEvent::MemberAssigned { .. }
            | RoomEvent::MemberUnassigned { .. }
            | RoomEvent::TextsChanged { .. }
            | RoomEvent::HoursChanged { .. }
            | RoomEvent::PolicyChanged { .. }
            | RoomEvent::ChecklistChanged { .. }
            | RoomEvent::PasscodeChanged { .. }
            | RoomEvent::RoomSuspended { .. }
            | RoomEvent::SuspensionLifted
            | RoomEvent::DayEnded { .. } => {}
        }
    }

    fn visit_event(&mut self, id: VisitId, event: &VisitEvent, sequence: u64) {
        match event {
            VisitEvent::CheckedIn { room, .. } => {
                self.checked_in(id, *room, sequence);
                self.balance();
            }
            VisitEvent::VisitReopened { .. } => {
                self.reopened(id);
                self.balance();
            }
            VisitEvent::VisitClosed { reason, reopen_until, .. } => {
                self.closed(id, Ending::from(reason), *reopen_until);
                self.balance();
            }
            VisitEvent::Transferred { from, to, .. }
            | VisitEvent::TransferReversed { from, to, .. } => self.moved(id, *from, *to, event),
            VisitEvent::CallStarted { member, .. } => {
                self.turns(id, event, Doing::InCall(*member), |doing| doing == Doing::Waiting);
            }
            VisitEvent::CallResumed { member, .. } => {
                self.turns(id, event, Doing::InCall(*member), |doing| doing == Doing::OnHold);
            }
            VisitEvent::CallPaused { .. } => {
                self.turns(id, event, Doing::OnHold, |doing| matches!(doing, Doing::InCall(_)));
            }
            VisitEvent::CallEnded { .. } => {
                self.turns(id, event, Doing::Waiting, |doing| doing != Doing::Waiting);
            }
            VisitEvent::PriorityChanged { .. }
            | VisitEvent::NoteAdded { .. }
            | VisitEvent::ChecklistTicked { .. }
            | VisitEvent::PatientWentOffline { .. }
            | VisitEvent::PatientCameOnline { .. }
            | VisitEvent::CarriedOver { .. }
            | VisitEvent::VisitsMerged { .. } => {
                if !self.open.contains_key(&id) {
                    self.breach(Fault::NotOpen { visit: id, event: event.name() });
                }
            }
        }
    }
}

/// One entry in the books for each kind of fact.
impl Ledger {
    fn checked_in(&mut self, id: VisitId, room: RoomId, sequence: u64) {
        self.check_ins = self.check_ins.saturating_add(1);
        if sequence != 1 || self.open.contains_key(&id) || self.gone.contains_key(&id) {
            self.breach(Fault::CheckedInTwice { visit: id });
        }
        self.placed(id, Place { room, doing: Doing::Waiting });
    }

    fn closed(&mut self, id: VisitId, reason: Ending, until: Timestamp) {
        let closed = self.closed.entry(reason).or_default();
        *closed = closed.saturating_add(1);
        let Some(place) = self.open.remove(&id) else {
            return self.breach(Fault::NotOpen { visit: id, event: "VisitClosed" });
        };
        self.hang_up(id, place);
        self.gone.insert(id, Gone { place, reason, until });
        self.leaving.insert((until, id));
    }

    fn reopened(&mut self, id: VisitId) {
        let Some(Gone { place, reason, .. }) = self.gone.remove(&id) else {
            return self.breach(Fault::NotReopenable { visit: id });
        };
        let closed = self.closed.entry(reason).or_default();
        *closed = closed.saturating_sub(1);
        let doing = match place.doing {
            Doing::OnHold => Doing::OnHold,
            Doing::Waiting | Doing::InCall(_) => Doing::Waiting, // its call ended with the visit
        };
        self.placed(id, Place { doing, ..place });
    }

    fn moved(&mut self, id: VisitId, from: RoomId, to: RoomId, event: &VisitEvent) {
        let Some(held) = self.open.get_mut(&id) else {
            return self.breach(Fault::NotOpen { visit: id, event: event.name() });
        };
        let is = Place { room: to, doing: Doing::Waiting };
        let was = std::mem::replace(held, is);
        self.hang_up(id, was);
        if was.room != from {
            self.breach(Fault::Elsewhere { visit: id, said: from, found: was.room });
        }
        self.check(id, is);
    }

    fn turns(&mut self, id: VisitId, event: &VisitEvent, doing: Doing, turn: fn(Doing) -> bool) {
        let Some(held) = self.open.get_mut(&id) else {
            return self.breach(Fault::NotOpen { visit: id, event: event.name() });
        };
        let is = Place { doing, ..*held };
        let was = std::mem::replace(held, is);
        self.hang_up(id, was);
        if !turn(was.doing) {
            self.breach(Fault::OutOfTurn { visit: id, event: event.name() });
        }
        self.check(id, is);
    }

    /// Takes the member out of the call, if the visit is in one.
    fn hang_up(&mut self, id: VisitId, place: Place) {
        if let Doing::InCall(member) = place.doing
            && let Entry::Occupied(call) = self.calls.entry(member)
            && *call.get() == id
        {
            call.remove();
        }
    }

    fn placed(&mut self, id: VisitId, place: Place) {
        self.check(id, place);
        self.open.insert(id, place);
    }

    /// A visit is in a room in use, and its member in no second call.
    fn check(&mut self, id: VisitId, place: Place) {
        if self.rooms.get(&place.room) != Some(&true) {
            self.breach(Fault::NoRoom { visit: id, room: place.room });
        }
        if let Doing::InCall(member) = place.doing
            && let Some(first) = self.calls.insert(member, id)
        {
            self.breach(Fault::TwoCalls { member, first, second: id });
        }
    }

    fn balance(&mut self) {
        let (check_ins, open) = (self.check_ins, count(self.open.len()));
        let closed = self.closed.values().fold(0, |sum: u64, closed| sum.saturating_add(*closed));
        let known = open.saturating_add(closed);
        let off = (check_ins.saturating_sub(known), known.saturating_sub(check_ins));
        // What has been reported is not reported again after every later event.
        if std::mem::replace(&mut self.off, off) != off {
            self.breach(Fault::Unbalanced { check_ins, open, closed });
        }
    }

    fn let_go(&mut self) {
        while let Some(&(until, id)) = self.leaving.first() {
            if until >= self.checkpoint.at {
                break;
            }
            self.leaving.pop_first();
            if self.gone.get(&id).is_some_and(|gone| gone.until == until) {
                self.gone.remove(&id);
            }
        }
    }

    fn breach(&mut self, fault: Fault) {
        if self.breaches.len() < limits::BREACHES_LISTED {
            self.breaches.push(Breach { position: self.checkpoint.position, fault });
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }
}

pub(crate) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
