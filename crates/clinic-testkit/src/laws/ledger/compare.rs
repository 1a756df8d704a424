//! The ledger beside the clinic's state: they agree on everything that both know.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::room::Room;
use clinic_domain::state::ClinicState;
use clinic_domain::visit::{Entry as StateEntry, OpenVisit, PatientVisit, Place, Priority};

use super::super::{Law, Verdict, Violation};
use super::{Account, Doing, Entry, InUse, Ledger};

/// Who is in a room: the queue with what orders it, and those in call.
type Inside = (Vec<(Reverse<Priority>, Entry, VisitId)>, Vec<VisitId>);

impl Ledger {
    /// Compares everything with the clinic's state: who is open, where, with whom, in which order,
    /// and what each index of the state says of it.
    ///
    /// # Errors
    /// The first difference.
    pub fn agrees(&self, state: &ClinicState) -> Verdict {
        let gone = self.closings.saturating_sub(self.reopenings);
        if self.check_ins != self.open.len().saturating_add(gone) {
            let (open, all) = (self.open.len(), self.check_ins);
            return Err(self.lost(format!("{all} check-ins, {open} open, {gone} closed")));
        }
        self.same_visits(state)?;
        self.same_rooms(state)?;
        self.same_indexes(state)
    }

    fn same_visits(&self, state: &ClinicState) -> Verdict {
        let open = state.visits().filter(|(_, visit)| visit.open().is_some()).count();
        if open != self.open.len() {
            return Err(self.lost(format!("{open} open visits in the state, {}", self.open.len())));
        }
        for (id, account) in &self.open {
            let Some(visit) = state.visit(*id).and_then(PatientVisit::open) else {
                return Err(self.lost(format!("{id} is not open in the state")));
            };
            if !account.is_at(visit) {
                return Err(self.lost(format!("{id} is {account:?}, in the state {visit:?}")));
            }
            let entries = [visit.entry, visit.check_in].map(booked);
            if entries != [Some(account.entry), Some(account.check_in)] {
                let found = format!("{id} entered {:?}, in the state {entries:?}", account.entry);
                return Err(Violation::new(Law::Restoration, self.position, found));
            }
        }
        Ok(())
    }

    /// Every open visit is in exactly one room's list, at its rank.
    fn same_rooms(&self, state: &ClinicState) -> Verdict {
        let mut rooms: BTreeMap<RoomId, Inside> = BTreeMap::new();
        for (id, account) in &self.open {
            let (queue, in_call) = rooms.entry(account.room).or_default();
            if let Doing::InCall(..) = account.doing {
                in_call.push(*id);
            } else {
                queue.push((Reverse(account.priority), account.entry, *id));
            }
        }
        for (room, in_use) in &self.rooms {
            let (mut queue, in_call) = rooms.remove(room).unwrap_or_default();
            queue.sort_unstable();
            let queue: Vec<VisitId> = queue.into_iter().map(|(.., id)| id).collect();
            if !state.queue(*room).eq(queue.iter().copied()) {
                return Err(self.lost(format!("the queue of {room:?} is not {queue:?}")));
            }
            if !state.inside(*room).into_iter().eq(queue.into_iter().chain(in_call)) {
                return Err(self.lost(format!("others are inside {room:?}")));
            }
            let open = state.room(*room).is_some_and(|room| matches!(room, Room::Open(_)));
            if open != (*in_use == InUse::Yes) {
                return Err(self.lost(format!("{room:?} is not {in_use:?} in the state")));
            }
        }
        match rooms.into_keys().next() {
            None => Ok(()),
            Some(room) => Err(self.lost(format!("visits in {room:?}, which was never opened"))),
        }
    }

    fn same_indexes(&self, state: &ClinicState) -> Verdict {
        for (id, account) in &self.open {
            for token in &account.tokens {
                if state.visit_of(token) != Some(*id) {
                    return Err(self.lost(format!("a token of {id} that does not lead to it")));
                }
            }
            if let Doing::InCall(_, member) = account.doing
                && state.call_of(member) != Some(*id)
            {
                return Err(self.lost(format!("{id} in a call that {member:?} is not in")));
            }
        }
        if let Some(token) = self.spent.iter().find(|token| state.visit_of(token).is_some()) {
            return Err(self.lost(format!("{token:?} leads to a visit, its own is closed")));
        }
        for member in &self.served {
            if state.call_of(*member).is_some() && self.call_of(*member).is_none() {
                return Err(self.lost(format!("{member:?} is in a call with nobody")));
            }
        }
        Ok(())
    }
}

impl Account {
    /// Whether the state has the visit in the same place, under the same tokens.
    fn is_at(&self, visit: &OpenVisit) -> bool {
        let doing = match &visit.place {
            Place::Waiting { .. } => Doing::Waiting,
            Place::InCall { call, member, .. } => Doing::InCall(*call, *member),
            Place::OnHold { call, .. } => Doing::OnHold(*call),
        };
        self.room == visit.room
            && self.doing == doing
            && self.priority == visit.priority
            && self.tokens == visit.tokens
    }
}

/// An entry whose position is known.
fn booked(entry: StateEntry) -> Option<Entry> {
    Some((entry.at, entry.position?))
}
