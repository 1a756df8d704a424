//! Who is where, found without searching: whoever folds visits - the live state, the census - keeps
//! this beside them, in one step with them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::actor::TokenHash;
use crate::ids::{MemberId, RoomId, VisitId};
use crate::visit::{OpenVisit, Rank};

/// No visit's id is less.
const FIRST: VisitId = VisitId(Uuid::nil());

/// Which open visits are in which room, in call with whom, and of which token.
#[derive(Clone, Debug, Default)]
pub struct Occupancy {
    /// A room that was left by its last visit stays: the next one is on its way.
    rooms: BTreeMap<RoomId, Inside>,
    // Whoever enters first or last, the same visit is found: of two calls of one member, which only
    // a log has that others wrote, the earlier; and of two visits with one token the one with more
    // tokens, for it has taken the other's.
    calls: BTreeSet<(MemberId, VisitId)>,
    tokens: BTreeSet<(TokenHash, Reverse<usize>, VisitId)>,
}

/// Who is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Inside {
    /// Those with a rank: waiting or on hold, in order.
    queue: BTreeSet<Rank>,
    /// Those in call.
    in_call: BTreeSet<VisitId>,
}

/// Rooms in which nobody is are no difference.
impl PartialEq for Occupancy {
    fn eq(&self, other: &Self) -> bool {
        (&self.calls, &self.tokens) == (&other.calls, &other.tokens)
            && self.occupied().eq(other.occupied())
    }
}

impl Eq for Occupancy {}

/// Where an open visit is found: what has to change when it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    room: RoomId,
    in_call_with: Option<MemberId>,
    rank: Rank,
    tokens: usize,
}

impl Seat {
    /// The seat of a visit as it is now, `id` being its own.
    #[must_use]
    pub fn of(id: VisitId, visit: &OpenVisit) -> Self {
        Self {
            room: visit.room,
            in_call_with: visit.in_call_with(),
            rank: visit.rank(id),
            tokens: visit.tokens.len(),
        }
    }
}

impl Occupancy {
    /// Takes a visit in as it is now.
    pub fn enter(&mut self, id: VisitId, visit: &OpenVisit) {
        let seat = Seat::of(id, visit);
        self.tokens.extend(visit.tokens.iter().map(|token| (*token, Reverse(seat.tokens), id)));
        self.sit(id, &seat);
    }

    /// Takes a visit out; `visit` is as it was when it entered.
    pub fn leave(&mut self, id: VisitId, visit: &OpenVisit) {
        let seat = Seat::of(id, visit);
        for token in &visit.tokens {
            self.tokens.remove(&(*token, Reverse(seat.tokens), id));
        }
        self.rise(id, &seat);
    }

    /// Keeps up with a visit that is inside and had the seat `was` before: the same as leaving and
    /// entering, for less. An open visit never loses a token.
    pub fn follow(&mut self, id: VisitId, was: &Seat, visit: &OpenVisit) {
        let seat = Seat::of(id, visit);
        if seat == *was {
            return;
        }
        self.rise(id, was);
        self.sit(id, &seat);
        if seat.tokens != was.tokens {
            for token in visit.tokens.iter().take(was.tokens) {
                self.tokens.remove(&(*token, Reverse(was.tokens), id));
            }
            self.tokens.extend(visit.tokens.iter().map(|token| (*token, Reverse(seat.tokens), id)));
        }
    }

    fn sit(&mut self, id: VisitId, seat: &Seat) {
        let inside = self.rooms.entry(seat.room).or_default();
        if let Some(member) = seat.in_call_with {
            inside.in_call.insert(id);
            self.calls.insert((member, id));
        } else {
            inside.queue.insert(seat.rank);
        }
    }

    fn rise(&mut self, id: VisitId, seat: &Seat) {
        if let Some(inside) = self.rooms.get_mut(&seat.room) {
            match seat.in_call_with {
                Some(_) => inside.in_call.remove(&id),
                None => inside.queue.remove(&seat.rank),
            };
        }
        if let Some(member) = seat.in_call_with {
            self.calls.remove(&(member, id));
        }
    }

    /// Rooms with somebody inside.
    pub fn rooms(&self) -> impl Iterator<Item = RoomId> {
        self.occupied().map(|(room, _)| *room)
    }

    fn occupied(&self) -> impl Iterator<Item = (&RoomId, &Inside)> {
        self.rooms
            .iter()
            .filter(|(_, inside)| !inside.queue.is_empty() || !inside.in_call.is_empty())
    }

    /// Those with a rank in a room, first to be served first.
    pub fn queue(&self, room: RoomId) -> impl Iterator<Item = VisitId> {
        self.rooms.get(&room).into_iter().flat_map(|inside| inside.queue.iter().map(|r| r.visit))
    }

    /// How many have a rank in a room.
    #[must_use]
    pub fn queue_len(&self, room: RoomId) -> usize {
        self.rooms.get(&room).map_or(0, |inside| inside.queue.len())
    }

    /// Those in call in a room, by id.
    pub fn in_call(&self, room: RoomId) -> impl Iterator<Item = VisitId> {
        self.rooms.get(&room).into_iter().flat_map(|inside| inside.in_call.iter().copied())
    }

    /// Members in a call, each once, and with which visit.
    pub fn calls(&self) -> impl Iterator<Item = (MemberId, VisitId)> {
        let mut before = None;
        self.calls
            .iter()
            .copied()
            .filter(move |(member, _)| before.replace(*member) != Some(*member))
    }

    /// The visit that a member is in call with.
    #[must_use]
    pub fn call_of(&self, member: MemberId) -> Option<VisitId> {
        let (of, visit) = *self.calls.range((member, FIRST)..).next()?;
        (of == member).then_some(visit)
    }

    /// The open visit that a token leads to.
    #[must_use]
    pub fn visit_of(&self, token: &TokenHash) -> Option<VisitId> {
        let (of, _, visit) = self.tokens.range((*token, Reverse(usize::MAX), FIRST)..).next()?;
        (of == token).then_some(*visit)
    }
}
