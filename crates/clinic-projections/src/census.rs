//! The census: who is in the clinic, where, since when and in which order. One live fold, of which
//! the board, the picker and the waiting room are questions.
//!
//! It keeps the clinic, its rooms and its open visits, each with its [`Card`]. A closed visit stays
//! as long as it may be reopened, and then leaves: the census is bounded by what is open. What a
//! member has sent stays in her own list, which is bounded by itself.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use clinic_domain::actor::TokenHash;
use clinic_domain::clinic::Clinic;
use clinic_domain::decider::Decider;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, Position, RoomId, TransferId, VisitId};
use clinic_domain::room::{OpenRoom, Room};
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::{OpenVisit, PatientVisit, Place, VisitEvent};
use serde::{Deserialize, Serialize};

use crate::attendance::{Attendance, Index};
use crate::card::{self, Card, Names};
use crate::checkpoint::Checkpoint;
use crate::sent::{Sent, SentLists, Whereabouts};

/// Who is in the clinic, where, since when and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Saved")]
pub struct Census {
    checkpoint: Checkpoint,
    clinic: Clinic,
    rooms: BTreeMap<RoomId, Room>,
    visits: BTreeMap<VisitId, Box<Attendance>>,
    sent: SentLists,
    /// What follows from the visits.
    #[serde(skip)]
    index: Index,
}

/// The census as it is read back.
#[derive(Deserialize)]
struct Saved {
    checkpoint: Checkpoint,
    clinic: Clinic,
    rooms: BTreeMap<RoomId, Room>,
    visits: BTreeMap<VisitId, Box<Attendance>>,
    sent: SentLists,
}

impl From<Saved> for Census {
    fn from(saved: Saved) -> Self {
        let Saved { checkpoint, clinic, rooms, visits, sent } = saved;
        let mut index = Index::default();
        for (id, held) in &visits {
            index.note(*id, held);
        }
        Self { checkpoint, clinic, rooms, visits, sent, index }
    }
}

impl Census {
    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        if !self.checkpoint.takes(recorded) {
            return;
        }
        match &recorded.event {
            Event::Clinic(_, event) => self.clinic.evolve(event),
            Event::Room(id, event) => self.rooms.entry(*id).or_default().evolve(event),
            Event::Visit(id, event) => self.visit_event(*id, event, recorded),
            Event::Transfer(id, event) => self.transfer_event(*id, event),
        }
        self.let_go();
    }

    /// How far the fold has come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }
}

/// What anybody may ask who has the census.
impl Census {
    /// The position of the last event folded in.
    #[must_use]
    pub fn position(&self) -> Position {
        self.checkpoint.position
    }

    /// The clinic.
    #[must_use]
    pub fn clinic(&self) -> &Clinic {
        &self.clinic
    }

    /// A room.
    #[must_use]
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(&id)
    }

    /// All rooms.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.rooms.iter().map(|(id, room)| (*id, room))
    }

    /// A visit: open, or closed and not yet past its reopening.
    #[must_use]
    pub fn visit(&self, id: VisitId) -> Option<&PatientVisit> {
        self.visits.get(&id).map(|attendance| &attendance.visit)
    }

    /// A visit's card, as long as the visit is held.
    #[must_use]
    pub fn card(&self, id: VisitId) -> Option<&Card> {
        self.visits.get(&id).map(|attendance| &attendance.card)
    }

    /// All visits held, with their cards: open ones, and closed ones that may still be reopened.
    pub fn visits(&self) -> impl Iterator<Item = (VisitId, &PatientVisit, &Card)> {
        self.visits.iter().map(|(id, held)| (*id, &held.visit, &held.card))
    }

    /// The open visit that a token leads to.
    #[must_use]
    pub fn visit_of(&self, token: &TokenHash) -> Option<VisitId> {
        self.index.occupancy.visit_of(token)
    }

    /// The visit that a member is in call with.
    #[must_use]
    pub fn call_of(&self, member: MemberId) -> Option<VisitId> {
        self.index.occupancy.call_of(member)
    }

    /// Those with a rank in a room, first to be served first.
    pub fn queue(&self, room: RoomId) -> impl Iterator<Item = VisitId> {
        self.index.occupancy.queue(room)
    }

    /// How many have a rank in a room.
    #[must_use]
    pub fn queue_len(&self, room: RoomId) -> usize {
        self.index.occupancy.queue_len(room)
    }

    /// Those in call in a room, the longest call first.
    #[must_use]
    pub fn in_call(&self, room: RoomId) -> Vec<VisitId> {
        let since = |id| self.open_visit(id).map(|visit| visit.place.since());
        let mut calls: Vec<VisitId> = self.index.occupancy.in_call(room).collect();
        calls.sort_by_key(|id| (since(*id), *id));
        calls
    }

    /// What a member has sent and where it is now, latest first.
    #[must_use]
    pub fn sent_by(&self, member: MemberId) -> Vec<Sent> {
        let now = |sent: &Sent| sent.now.clone().or_else(|| self.whereabouts(sent.visit));
        self.sent.of(member).map(|sent| Sent { now: now(sent), ..sent.clone() }).collect()
    }

    /// The zone of the clinic's clock on the wall. All times on boards are shown in it; a room's hours
    /// are judged in their own.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.clinic.founded().map(|clinic| &clinic.zone)
    }

    pub(crate) fn last_room(&self, id: RoomId) -> Option<&OpenRoom> {
        self.rooms.get(&id)?.last()
    }

    pub(crate) fn open_visit(&self, id: VisitId) -> Option<&OpenVisit> {
        self.visit(id)?.open()
    }

    fn whereabouts(&self, id: VisitId) -> Option<Whereabouts> {
        let visit = self.open_visit(id)?;
        let room = visit.room;
        let name = self.last_room(room).map(|room| room.name.clone());
        Some(match visit.place {
            Place::Waiting { .. } => Whereabouts::Waiting { room, name },
            Place::InCall { .. } => Whereabouts::InCall { room, name },
            Place::OnHold { .. } => Whereabouts::OnHold { room, name },
        })
    }
}

/// Folding events of visits and transfers in.
impl Census {
    fn visit_event(&mut self, id: VisitId, event: &VisitEvent, recorded: &Recorded) {
        let held = match self.visits.entry(id) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(place) => {
                let Some(card) = Card::begun(event) else { return };
                place.insert(Box::new(Attendance { visit: PatientVisit::Unknown, card }))
            }
        };
        let names = Names {
            by: &recorded.cause.actor,
            at: recorded.occurred_at,
            clinic: &self.clinic,
            rooms: &self.rooms,
        };
        self.index.follow(id, held, event, |held| {
            held.visit.evolve(event);
            held.visit.stamp(recorded.position);
            held.card.fold(event, &names);
        });
        self.sent.follow(id, event, held);
    }

    fn transfer_event(&mut self, id: TransferId, event: &TransferEvent) {
        let Some(outcome) = card::outcome(event) else { return };
        let held = self.index.visit_by(id).and_then(|visit| self.visits.get_mut(&visit));
        let Some(held) = held else { return };
        if let Some(sender) = held.card.settle(id, event, outcome) {
            self.sent.settle(sender, id, outcome);
        }
    }

    /// Lets go of closed visits that can no longer be reopened.
    fn let_go(&mut self) {
        while let Some(id) = self.index.leaving.gone_by(self.checkpoint.at) {
            if let Some(held) = self.visits.remove(&id) {
                self.index.forget(id, &held);
            }
        }
    }
}
