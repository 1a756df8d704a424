//! The whole clinic as one deterministic state machine over its log.
//!
//! [`ClinicState`] folds every event of the log in order and decides every command. It keeps what
//! the rules may need: the clinic, its rooms, its open visits, and closed ones for as long as they
//! may be reopened. An older visit is loaded from its stream when a command names it
//! ([`ClinicState::needs`]), and the decision is the same as if it had never left.

mod agenda;
mod answered;
mod decide;
mod due;
mod evidence;
mod fold;
mod journal;
mod record;
mod route;
mod saved;

use std::collections::{BTreeMap, BTreeSet};

pub use answered::Answered;
pub use due::Due;
pub use journal::Journal;
pub use record::Stamp;
pub use route::Step;

use serde::{Deserialize, Serialize};

use crate::actor::TokenHash;
use crate::clinic::Clinic;
use crate::ids::{ClinicId, MemberId, Position, RoomId, TransferId, VisitId};
use crate::occupancy::Occupancy;
use crate::room::Room;
use crate::text::Slug;
use crate::time::Timestamp;
use crate::transfer::Transfer;
use crate::visit::{OpenVisit, PatientVisit};

/// An aggregate and how many events its stream has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot<A> {
    /// The aggregate.
    pub state: A,
    /// Number of its last event.
    pub sequence: u64,
}

/// The state of a clinic after some position of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicState {
    clinic_id: ClinicId,
    /// The position of the last event folded in.
    head: Position,
    /// Its instant.
    now: Timestamp,
    clinic: Slot<Clinic>,
    rooms: BTreeMap<RoomId, Slot<Room>>,
    visits: BTreeMap<VisitId, Slot<PatientVisit>>,
    transfers: BTreeMap<TransferId, Slot<Transfer>>,
    answered: answered::Memory,
    /// Keeps closed visits for ever, for laws that compare.
    keeps_all: bool,

    // What follows from the above, kept beside it so that no decision has to search.
    slugs: BTreeMap<Slug, RoomId>,
    personal: BTreeMap<MemberId, RoomId>,
    occupancy: Occupancy,
    pending: BTreeSet<TransferId>,
    leaving: BTreeSet<(Timestamp, Leaving)>,
    agenda: agenda::Agenda,
}

/// What leaves the live state once its windows have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Leaving {
    Visit(VisitId),
    Transfer(TransferId),
}

impl ClinicState {
    /// The state of a clinic before its first event.
    #[must_use]
    pub fn new(clinic: ClinicId) -> Self {
        Self {
            clinic_id: clinic,
            head: Position::START,
            now: Timestamp::default(),
            clinic: Slot::default(),
            rooms: BTreeMap::new(),
            visits: BTreeMap::new(),
            transfers: BTreeMap::new(),
            answered: answered::Memory::default(),
            keeps_all: false,
            slugs: BTreeMap::new(),
            personal: BTreeMap::new(),
            occupancy: Occupancy::default(),
            pending: BTreeSet::new(),
            leaving: BTreeSet::new(),
            agenda: agenda::Agenda::default(),
        }
    }

    /// Never forgets a closed visit. It grows without bound: for laws, not for service.
    #[must_use]
    pub fn keeping_all(self) -> Self {
        Self { keeps_all: true, ..self }
    }

    /// Which clinic it is.
    #[must_use]
    pub fn id(&self) -> ClinicId {
        self.clinic_id
    }

    /// The position of the last event folded in.
    #[must_use]
    pub fn head(&self) -> Position {
        self.head
    }

    /// The instant of the last event folded in.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The clinic.
    #[must_use]
    pub fn clinic(&self) -> &Clinic {
        &self.clinic.state
    }

    /// Whether the clinic is history: imported, closed to commands of today, and with nothing to do.
    #[must_use]
    pub fn is_history(&self) -> bool {
        self.clinic().is_history()
    }

    /// A room.
    #[must_use]
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(&id).map(|slot| &slot.state)
    }

    /// A visit: open, or closed not long ago, or loaded.
    #[must_use]
    pub fn visit(&self, id: VisitId) -> Option<&PatientVisit> {
        self.visits.get(&id).map(|slot| &slot.state)
    }

    /// A transfer: pending, or settled not long ago, or loaded.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        self.transfers.get(&id).map(|slot| &slot.state)
    }

    /// All rooms.
    pub fn rooms(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.rooms.iter().map(|(id, slot)| (*id, &slot.state))
    }

    /// All visits held: open ones, and closed ones whose windows have not ended.
    pub fn visits(&self) -> impl Iterator<Item = (VisitId, &PatientVisit)> {
        self.visits.iter().map(|(id, slot)| (*id, &slot.state))
    }

    /// All transfers held.
    pub fn transfers(&self) -> impl Iterator<Item = (TransferId, &Transfer)> {
        self.transfers.iter().map(|(id, slot)| (*id, &slot.state))
    }

    /// Those with a rank in a room, first to be served first.
    pub fn queue(&self, room: RoomId) -> impl Iterator<Item = VisitId> {
        self.occupancy.queue(room)
    }

    /// Everybody in a room: the queue in order, then those in call.
    #[must_use]
    pub fn inside(&self, room: RoomId) -> Vec<VisitId> {
        self.queue(room).chain(self.occupancy.in_call(room)).collect()
    }

    /// The open visit that a token leads to.
    #[must_use]
    pub fn visit_of(&self, token: &TokenHash) -> Option<VisitId> {
        self.occupancy.visit_of(token)
    }

    /// The visit that a member is in call with.
    #[must_use]
    pub fn call_of(&self, member: MemberId) -> Option<VisitId> {
        self.occupancy.call_of(member)
    }

    /// The room that a slug leads to, or led to before it was retired.
    #[must_use]
    pub fn room_at(&self, slug: &Slug) -> Option<RoomId> {
        self.slugs.get(slug).copied()
    }

    fn open_visit(&self, id: VisitId) -> Option<&OpenVisit> {
        self.visit(id).and_then(PatientVisit::open)
    }

    fn queue_len(&self, room: RoomId) -> usize {
        self.occupancy.queue_len(room)
    }
}
