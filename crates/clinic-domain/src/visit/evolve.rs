//! How events make a visit. Total: an event that fits no state leaves it as it is.

use std::collections::BTreeMap;

use super::{
    ClosedVisit, Entry, Leg, OpenVisit, PatientVisit, Place, Presence, Priority, VisitEvent,
};
use crate::ids::PlaceVersion;
use crate::room::ArrivalOrder;

impl PatientVisit {
    pub(super) fn fold(&mut self, event: &VisitEvent) {
        match event {
            VisitEvent::CheckedIn { .. } => self.begin(event),
            VisitEvent::VisitClosed { .. } => self.finish(event),
            VisitEvent::VisitReopened { .. } => self.resume(event),
            VisitEvent::CallStarted { .. }
            | VisitEvent::CallResumed { .. }
            | VisitEvent::CallPaused { .. }
            | VisitEvent::CallEnded { .. }
            | VisitEvent::Transferred { .. }
            | VisitEvent::TransferReversed { .. }
            | VisitEvent::PriorityChanged { .. }
            | VisitEvent::NoteAdded { .. }
            | VisitEvent::ChecklistTicked { .. }
            | VisitEvent::PatientWentOffline { .. }
            | VisitEvent::PatientCameOnline { .. }
            | VisitEvent::CarriedOver { .. }
            | VisitEvent::VisitsMerged { .. } => {
                if let Self::Open(visit) = self {
                    visit.fold(event);
                }
            }
        }
    }

    fn begin(&mut self, event: &VisitEvent) {
        let VisitEvent::CheckedIn { room, token, at, .. } = event else { return };
        if *self != Self::Unknown {
            return;
        }
        let entry = Entry::at(*at);
        *self = Self::Open(OpenVisit {
            tokens: vec![*token],
            room: *room,
            place: Place::Waiting { since: *at },
            version: PlaceVersion(1),
            arrived_at: *at,
            check_in: entry,
            entry,
            priority: Priority::Routine,
            presence: Presence::Online,
            leg: None,
            arrivals: BTreeMap::from([(*room, 1)]),
            legs: 0,
            calls: 0,
            notes: 0,
            ticked: vec![],
            carried_over_at: None,
        });
    }

    fn finish(&mut self, event: &VisitEvent) {
        let VisitEvent::VisitClosed { reason, reopen_until, at, .. } = event else { return };
        *self = match std::mem::take(self) {
            Self::Open(last) => Self::Closed(ClosedVisit {
                last,
                reason: reason.clone(),
                at: *at,
                reopen_until: *reopen_until,
            }),
            same @ (Self::Unknown | Self::Closed(_)) => same,
        };
    }

    /// As it was, but for a call, which ended with the visit.
    fn resume(&mut self, event: &VisitEvent) {
        let VisitEvent::VisitReopened { at, .. } = event else { return };
        if let Self::Closed(closed) = self {
            let mut visit = closed.last.clone();
            let place = match visit.place {
                Place::OnHold { .. } => visit.place.clone(),
                Place::Waiting { .. } | Place::InCall { .. } => Place::Waiting { since: *at },
            };
            // Closing counted as a change of place, although a closed visit no longer counts.
            visit.version = visit.version.next();
            visit.moved(place);
            *self = Self::Open(visit);
        }
    }
}

impl OpenVisit {
    fn fold(&mut self, event: &VisitEvent) {
        match event {
            VisitEvent::CallStarted { call, member, at, .. }
            | VisitEvent::CallResumed { call, member, at, .. } => {
                if let VisitEvent::CallStarted { .. } = event {
                    self.calls = self.calls.saturating_add(1);
                }
                if let Some(leg) = &mut self.leg {
                    leg.started = true;
                }
                self.moved(Place::InCall { call: *call, member: *member, since: *at });
            }
            VisitEvent::CallPaused { by, reason, at } => {
                if let Place::InCall { call, .. } = self.place {
                    let (by, reason, since) = (by.clone(), *reason, *at);
                    self.moved(Place::OnHold { call, by, reason, since });
                }
            }
            VisitEvent::CallEnded { at, .. } => self.moved(Place::Waiting { since: *at }),
            VisitEvent::Transferred { .. } => self.go(event),
            VisitEvent::TransferReversed { to, at, .. } => {
                if let Some(leg) = self.leg.take() {
                    self.entry = leg.entry;
                }
                self.room = *to;
                self.arrived_at = *at;
                self.moved(Place::Waiting { since: *at });
            }
            VisitEvent::PriorityChanged { priority, .. } => self.priority = *priority,
            VisitEvent::NoteAdded { .. } => self.notes = self.notes.saturating_add(1),
            VisitEvent::ChecklistTicked { label, done, .. } => {
                self.ticked.retain(|ticked| ticked != label);
                if *done {
                    self.ticked.push(label.clone());
                }
            }
            VisitEvent::PatientWentOffline { at, .. } => {
                self.presence = Presence::OfflineSince(*at);
            }
            VisitEvent::PatientCameOnline { .. } => self.presence = Presence::Online,
            VisitEvent::CarriedOver { at, .. } => self.carried_over_at = Some(*at),
            VisitEvent::VisitsMerged { tokens, entry, check_in, leg_entry, .. } => {
                self.tokens.extend(tokens);
                self.entry = *entry;
                self.check_in = *check_in;
                if let (Some(leg), Some(entry)) = (&mut self.leg, leg_entry) {
                    leg.entry = *entry;
                }
            }
            // The whole visit's, not an open one's.
            VisitEvent::CheckedIn { .. }
            | VisitEvent::VisitClosed { .. }
            | VisitEvent::VisitReopened { .. } => {}
        }
    }

    fn go(&mut self, event: &VisitEvent) {
        let VisitEvent::Transferred { transfer, from, to, by, order, undo_until, at, .. } = event
        else {
            return;
        };
        self.leg = Some(Leg {
            transfer: *transfer,
            from: *from,
            by: by.clone(),
            entry: self.entry,
            undo_until: *undo_until,
            started: false,
        });
        self.entry = match order {
            ArrivalOrder::OriginalCheckIn => self.check_in,
            ArrivalOrder::BackOfQueue => Entry::at(*at),
        };
        self.room = *to;
        self.arrived_at = *at;
        let arrivals = self.arrivals.entry(*to).or_default();
        *arrivals = arrivals.saturating_add(1);
        self.legs = self.legs.saturating_add(1);
        self.moved(Place::Waiting { since: *at });
    }
}
