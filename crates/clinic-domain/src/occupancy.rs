//! Who is where, found without searching: whoever folds visits - the live state, the census - keeps
//! this beside them, in one step with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::actor::TokenHash;
use crate::ids::{MemberId, RoomId, VisitId};
use crate::visit::{OpenVisit, Rank};

/// Which open visits are in which room, in call with whom, and of which token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    rooms: BTreeMap<RoomId, Inside>,
    calls: BTreeMap<MemberId, VisitId>,
    tokens: BTreeMap<TokenHash, VisitId>,
}

/// Who is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Inside {
    /// Those with a rank: waiting or on hold, in order.
    queue: BTreeSet<Rank>,
    /// Those in call.
    in_call: BTreeSet<VisitId>,
}

impl Occupancy {
    /// Takes a visit in as it is now.
    pub fn enter(&mut self, id: VisitId, visit: &OpenVisit) {
        self.tokens.extend(visit.tokens.iter().map(|token| (*token, id)));
        let inside = self.rooms.entry(visit.room).or_default();
        if let Some(member) = visit.in_call_with() {
            inside.in_call.insert(id);
            self.calls.insert(member, id);
        } else {
            inside.queue.insert(visit.rank(id));
        }
    }

    /// Takes a visit out; `visit` is as it was when it entered.
    pub fn leave(&mut self, id: VisitId, visit: &OpenVisit) {
        for token in &visit.tokens {
            if self.tokens.get(token) == Some(&id) {
                self.tokens.remove(token);
            }
        }
        if let Some(inside) = self.rooms.get_mut(&visit.room) {
            inside.queue.remove(&visit.rank(id));
            inside.in_call.remove(&id);
            if inside.queue.is_empty() && inside.in_call.is_empty() {
                self.rooms.remove(&visit.room);
            }
        }
        if let Some(member) = visit.in_call_with()
            && self.calls.get(&member) == Some(&id)
        {
            self.calls.remove(&member);
        }
    }

    /// Rooms with somebody inside.
    pub fn rooms(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.keys().copied()
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

    /// Members in a call, and with which visit.
    pub fn calls(&self) -> impl Iterator<Item = (MemberId, VisitId)> {
        self.calls.iter().map(|(member, visit)| (*member, *visit))
    }

    /// The visit that a member is in call with.
    #[must_use]
    pub fn call_of(&self, member: MemberId) -> Option<VisitId> {
        self.calls.get(&member).copied()
    }

    /// The open visit that a token leads to.
    #[must_use]
    pub fn visit_of(&self, token: &TokenHash) -> Option<VisitId> {
        self.tokens.get(token).copied()
    }
}
