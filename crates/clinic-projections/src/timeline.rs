//! The timeline of a visit: one story of it across all its rooms, each line with who did it, by the
//! name held then, and when; and its stays, whose parts sum to the whole.
//!
//! It is folded on demand from the visit's stream and those of its transfers. What a transfer's own
//! stream repeats stands on the line of the fact that moved the visit, so nothing is told twice and
//! no position is left out. What people wrote is no part of a sentence: it stands beside it, in
//! whatever form the log holds it.

use std::collections::BTreeSet;

use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{Position, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Note, PersonName, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::{CloseReason, VisitEvent};
use serde::Serialize;

use crate::checkpoint::Checkpoint;
use crate::directory::Directory;
use crate::stay::{Parts, Stay, Track};
use crate::story;
use crate::who::Who;

/// What happened to a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The visit.
    pub visit: VisitId,
    /// The last event that it tells of.
    pub checkpoint: Checkpoint,
    /// The patient's name.
    pub name: Option<Personal<PersonName>>,
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// The rooms that it was in, in order.
    pub stays: Vec<Stay>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Where it stands in the clinic's log.
    pub position: Position,
    /// Events of a transfer's own stream that say the same.
    pub followed_by: Vec<Position>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub who: Who,
    /// The event's name.
    pub event: &'static str,
    /// What happened, as a sentence without a full stop.
    pub sentence: String,
    /// Where the visit was when it had happened.
    pub room: Option<RoomId>,
    /// That room's name then.
    pub room_name: Option<Title>,
    /// The leg, if it is about one.
    pub transfer: Option<TransferId>,
    /// What a member wrote, for members.
    pub note: Option<Personal<Note>>,
}

impl Timeline {
    /// The story of `visit`, from its stream and those of its transfers, in any order. Events of
    /// other streams are passed over.
    #[must_use]
    pub fn of(visit: VisitId, directory: &Directory, events: &[Recorded]) -> Self {
        let mut events: Vec<&Recorded> = events.iter().collect();
        events.sort_by_key(|recorded| recorded.position);
        let mut teller = Teller {
            directory,
            track: Track::default(),
            legs: BTreeSet::new(),
            timeline: Self {
                visit,
                checkpoint: Checkpoint::default(),
                name: None,
                lines: vec![],
                stays: vec![],
            },
        };
        for recorded in events {
            teller.take(recorded);
        }
        teller.timeline.stays.extend(teller.track.stay().cloned());
        teller.timeline
    }

    /// What the visit did, in all its rooms, until `now` or until its end.
    #[must_use]
    pub fn parts(&self, now: Timestamp) -> Parts {
        self.stays.iter().fold(Parts::default(), |sum, stay| sum.plus(&stay.parts(now)))
    }
}

struct Teller<'a> {
    directory: &'a Directory,
    track: Track,
    legs: BTreeSet<TransferId>,
    timeline: Timeline,
}

impl Teller<'_> {
    fn take(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Visit(id, event) if *id == self.timeline.visit => {
                if self.timeline.checkpoint.takes(recorded) {
                    self.visit_event(event, recorded);
                }
            }
            Event::Transfer(id, event) if self.legs.contains(id) => {
                if self.timeline.checkpoint.takes(recorded) {
                    self.transfer_event(*id, event, recorded);
                }
            }
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => {}
        }
    }

    fn visit_event(&mut self, event: &VisitEvent, recorded: &Recorded) {
        let ended = self.track.step(event, recorded);
        self.timeline.stays.extend(ended.stay);
        let mut line = self.line(recorded, |who| {
            story::of_visit(event, who, self.directory, recorded.position, recorded.occurred_at)
        });
        match event {
            VisitEvent::CheckedIn { name, .. } => {
                self.timeline.name.get_or_insert_with(|| name.clone());
            }
            VisitEvent::Transferred { transfer, note, .. } => {
                self.legs.insert(*transfer);
                line.transfer = Some(*transfer);
                line.note.clone_from(note);
            }
            VisitEvent::TransferReversed { transfer, .. } => line.transfer = Some(*transfer),
            VisitEvent::NoteAdded { note, .. } => line.note = Some(note.clone()),
            VisitEvent::VisitClosed { reason: CloseReason::Removed { why }, .. } => {
                line.note = Some(why.clone());
            }
            VisitEvent::CallStarted { .. }
            | VisitEvent::CallResumed { .. }
            | VisitEvent::CallPaused { .. }
            | VisitEvent::CallEnded { .. }
            | VisitEvent::PriorityChanged { .. }
            | VisitEvent::ChecklistTicked { .. }
            | VisitEvent::PatientWentOffline { .. }
            | VisitEvent::PatientCameOnline { .. }
            | VisitEvent::CarriedOver { .. }
            | VisitEvent::VisitsMerged { .. }
            | VisitEvent::VisitClosed { .. }
            | VisitEvent::VisitReopened { .. } => {}
        }
        self.timeline.lines.push(line);
    }

    fn transfer_event(&mut self, id: TransferId, event: &TransferEvent, recorded: &Recorded) {
        let repeated = match event {
            TransferEvent::TransferRequested { .. } | TransferEvent::TransferCompleted {} => {
                Some("Transferred")
            }
            TransferEvent::TransferDeclined { .. }
            | TransferEvent::TransferExpired { .. }
            | TransferEvent::TransferUndone { .. } => Some("TransferReversed"),
            TransferEvent::TransferAccepted { .. } | TransferEvent::TransferWithdrawn { .. } => {
                None
            }
        };
        let note = match event {
            TransferEvent::TransferDeclined { note, .. } => note.clone(),
            TransferEvent::TransferRequested { .. }
            | TransferEvent::TransferCompleted {}
            | TransferEvent::TransferAccepted { .. }
            | TransferEvent::TransferExpired { .. }
            | TransferEvent::TransferWithdrawn { .. }
            | TransferEvent::TransferUndone { .. } => None,
        };
        let told = |line: &&mut Line| line.transfer == Some(id) && Some(line.event) == repeated;
        if let Some(line) = self.timeline.lines.iter_mut().rev().find(told) {
            line.followed_by.push(recorded.position);
            line.note = line.note.take().or(note);
            return;
        }
        let line = self.line(recorded, |who| story::of_transfer(event, who));
        self.timeline.lines.push(Line { transfer: Some(id), note, ..line });
    }

    fn line(&self, recorded: &Recorded, tell: impl FnOnce(&Who) -> String) -> Line {
        let position = recorded.position;
        let who = self.directory.who_at(&recorded.cause.actor, position);
        let room = self.track.visit().last().map(|visit| visit.room);
        let named = room.and_then(|room| self.directory.room_at(room, position));
        Line {
            position,
            followed_by: vec![],
            at: recorded.occurred_at,
            sentence: tell(&who),
            who,
            event: recorded.event.name(),
            room,
            room_name: named.map(|named| named.name),
            transfer: None,
            note: None,
        }
    }
}
