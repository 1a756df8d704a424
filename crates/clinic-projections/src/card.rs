//! A visit's card: what people want to know of a visit and no rule asks for.

use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Clinic;
use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, Room, Warning};
use clinic_domain::text::{ExternalRef, Note, PersonName, PhoneTail, Reason, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::{Outcome, TransferEvent};
use clinic_domain::visit::{Arrival, Reversal, VisitEvent};
use serde::{Deserialize, Serialize};

use crate::who::Who;

/// What a visit brought with it and gathered on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The patient's name.
    pub name: Personal<PersonName>,
    /// Why the patient comes.
    pub reason: Option<Personal<Reason>>,
    /// Last digits of a phone, which tell two of one name apart.
    pub phone: Option<Personal<PhoneTail>>,
    /// Booked or drop-in.
    pub arrival: Arrival,
    /// Accepted consent version.
    pub consent: Option<u32>,
    /// Where the patient checked in.
    pub door: RoomId,
    /// Version of that room's texts, as shown at the check-in.
    pub texts: u32,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
    /// What members wrote, oldest first. The rules bound their number.
    pub notes: Vec<Written>,
    /// Who put the visit on hold, the last time that it was.
    pub held_by: Option<Who>,
    /// The transfer that brought the visit to where it is.
    pub came_by: Option<Sending>,
    /// The transfer that took the visit away from here and failed, if that was the last move.
    pub came_back: Option<Return>,
    /// Duplicates that were closed in favour of this visit.
    pub merged: Vec<VisitId>,

    /// The transfer before `came_by`, which a reversal brings back.
    pub(crate) before: Option<Sending>,
    /// Members in whose lists of sent visits this one may stand.
    pub(crate) senders: BTreeSet<MemberId>,
}

/// A note on a visit. For members only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// What it says.
    pub note: Personal<Note>,
    /// Who wrote it.
    pub by: Who,
    /// When.
    pub at: Timestamp,
}

/// A transfer as the target's members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The leg.
    pub transfer: TransferId,
    /// The source room.
    pub from: RoomId,
    /// The source room's name then.
    pub from_name: Option<Title>,
    /// The target room.
    pub to: RoomId,
    /// The target room's name then.
    pub to_name: Option<Title>,
    /// Who sent it.
    pub by: Who,
    /// When.
    pub at: Timestamp,
    /// For the members of the target.
    pub note: Option<Personal<Note>>,
    /// The target's policy, as applied.
    pub order: ArrivalOrder,
    /// Until when the target may accept or decline, if it asks for that.
    pub answer_by: Option<Timestamp>,
    /// Until when it may be undone.
    pub undo_until: Timestamp,
    /// How often the visit had been in the target before.
    pub returns: u32,
    /// What the sender was warned of.
    pub warnings: Vec<Warning>,
    /// What became of it; nothing yet, while an answer is awaited.
    pub outcome: Option<Outcome>,
}

/// A transfer that failed, as the source's members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// What was sent.
    pub sending: Sending,
    /// Why it came back.
    pub why: Reversal,
    /// Who decided that.
    pub by: Who,
    /// When.
    pub at: Timestamp,
    /// Why it was declined, in words.
    pub note: Option<Personal<Note>>,
}

impl Sending {
    /// Until when an answer is awaited; none once there is one, or if none is asked for.
    #[must_use]
    pub fn awaits_answer(&self) -> Option<Timestamp> {
        self.answer_by.filter(|_| self.outcome.is_none())
    }

    pub(crate) fn marked(&self, clinic: &Clinic) -> Self {
        Self { by: self.by.marked(clinic), ..self.clone() }
    }
}

impl Return {
    pub(crate) fn marked(&self, clinic: &Clinic) -> Self {
        let (sending, by) = (self.sending.marked(clinic), self.by.marked(clinic));
        Self { sending, by, ..self.clone() }
    }
}

/// The legs that a card speaks of.
pub(crate) type Legs = [Option<TransferId>; 3];

/// What a card must know of its clinic to fold an event: names, as they are at that instant.
pub(crate) struct Names<'a> {
    pub(crate) by: &'a Actor,
    pub(crate) at: Timestamp,
    pub(crate) clinic: &'a Clinic,
    pub(crate) rooms: &'a BTreeMap<RoomId, Room>,
}

impl Names<'_> {
    fn who(&self) -> Who {
        Who::now(self.by, self.clinic)
    }

    fn room(&self, id: RoomId) -> Option<Title> {
        Some(self.rooms.get(&id)?.last()?.name.clone())
    }
}

impl Card {
    /// The card that a check-in begins.
    pub(crate) fn begun(event: &VisitEvent) -> Option<Self> {
        let VisitEvent::CheckedIn {
            room,
            name,
            reason,
            phone,
            arrival,
            consent,
            texts,
            external_ref,
            ..
        } = event
        else {
            return None;
        };
        Some(Self {
            name: name.clone(),
            reason: reason.clone(),
            phone: phone.clone(),
            arrival: arrival.clone(),
            consent: *consent,
            door: *room,
            texts: *texts,
            external_ref: external_ref.clone(),
            notes: vec![],
            held_by: None,
            came_by: None,
            came_back: None,
            merged: vec![],
            before: None,
            senders: BTreeSet::new(),
        })
    }

    pub(crate) fn fold(&mut self, event: &VisitEvent, names: &Names<'_>) {
        match event {
            VisitEvent::NoteAdded { note, .. } => {
                self.notes.push(Written { note: note.clone(), by: names.who(), at: names.at });
            }
            VisitEvent::CallPaused { .. } => self.held_by = Some(names.who()),
            VisitEvent::Transferred { .. } => self.sent(event, names),
            VisitEvent::TransferReversed { transfer, why, .. } => {
                self.reversed(*transfer, *why, names);
            }
            VisitEvent::VisitsMerged { duplicate, .. } => self.merged.push(*duplicate),
            VisitEvent::CheckedIn { .. }
            | VisitEvent::CallStarted { .. }
            | VisitEvent::CallResumed { .. }
            | VisitEvent::CallEnded { .. }
            | VisitEvent::PriorityChanged { .. }
            | VisitEvent::ChecklistTicked { .. }
            | VisitEvent::PatientWentOffline { .. }
            | VisitEvent::PatientCameOnline { .. }
            | VisitEvent::CarriedOver { .. }
            | VisitEvent::VisitClosed { .. }
            | VisitEvent::VisitReopened { .. } => {}
        }
    }

    fn sent(&mut self, event: &VisitEvent, names: &Names<'_>) {
        let VisitEvent::Transferred {
            transfer,
            from,
            to,
            note,
            order,
            answer_by,
            undo_until,
            returns,
            warnings,
            ..
        } = event
        else {
            return;
        };
        if let Actor::Member(id) = names.by {
            self.senders.insert(*id);
        }
        let sending = Sending {
            transfer: *transfer,
            from: *from,
            from_name: names.room(*from),
            to: *to,
            to_name: names.room(*to),
            by: names.who(),
            at: names.at,
            note: note.clone(),
            order: *order,
            answer_by: *answer_by,
            undo_until: *undo_until,
            returns: *returns,
            warnings: warnings.clone(),
            outcome: None,
        };
        self.before = self.came_by.replace(sending);
        self.came_back = None;
    }

    fn reversed(&mut self, transfer: TransferId, why: Reversal, names: &Names<'_>) {
        if let Some(sending) = self.came_by.take_if(|leg| leg.transfer == transfer) {
            self.came_by = self.before.take();
            self.came_back =
                Some(Return { sending, why, by: names.who(), at: names.at, note: None });
        }
    }

    /// Notes what became of one of the latest legs. Returns in whose list that belongs.
    pub(crate) fn settle(
        &mut self,
        transfer: TransferId,
        event: &TransferEvent,
        outcome: Outcome,
    ) -> Option<MemberId> {
        if let TransferEvent::TransferDeclined { note, .. } = event
            && let Some(back) = &mut self.came_back
            && back.sending.transfer == transfer
        {
            back.note.clone_from(note);
        }
        let mut sender = None;
        for leg in self.legs_mut().filter(|leg| leg.transfer == transfer) {
            leg.outcome = Some(outcome);
            sender = leg.by.member_id();
        }
        sender
    }

    /// The legs that the card still speaks of.
    pub(crate) fn legs(&self) -> Legs {
        let back = self.came_back.as_ref().map(|back| &back.sending);
        [self.came_by.as_ref(), self.before.as_ref(), back].map(|leg| Some(leg?.transfer))
    }

    fn legs_mut(&mut self) -> impl Iterator<Item = &mut Sending> {
        let back = self.came_back.as_mut().map(|back| &mut back.sending);
        [self.came_by.as_mut(), self.before.as_mut(), back].into_iter().flatten()
    }
}

/// What an event of a transfer says that became of it.
pub(crate) fn outcome(event: &TransferEvent) -> Option<Outcome> {
    match event {
        TransferEvent::TransferRequested { .. } => None,
        TransferEvent::TransferCompleted {} => Some(Outcome::Completed),
        TransferEvent::TransferAccepted { .. } => Some(Outcome::Accepted),
        TransferEvent::TransferDeclined { .. } => Some(Outcome::Declined),
        TransferEvent::TransferExpired { .. } => Some(Outcome::Expired),
        TransferEvent::TransferWithdrawn { .. } => Some(Outcome::Withdrawn),
        TransferEvent::TransferUndone { .. } => Some(Outcome::Undone),
    }
}
