//! Holding the folds to the model: boards and waiting rooms of the census, visits and legs of the state.

use std::collections::BTreeMap;
use std::fmt::Debug;

use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::room::Room as Folded;
use clinic_domain::state::ClinicState;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Transfer;
use clinic_domain::visit::{ClosedVisit, Leg as FoldedLeg, OpenVisit, PatientVisit, Place};
use clinic_projections::availability::Headcount;
use clinic_projections::board::DoorState;
use clinic_projections::census::Census;
use clinic_projections::waiting_room::Spot;

use super::facts::stated;
use super::{Board, Difference, Model, Room, Visit};

type Compared = Result<(), Difference>;

/// What a patient sees.
#[derive(Debug, PartialEq)]
struct Seen {
    visit: VisitId,
    room: RoomId,
    moved: bool,
    spot: Spot,
    rank: Option<u32>,
    since_check_in: Timestamp,
    in_room: Timestamp,
    headcount: Headcount,
    /// Version of the texts on display.
    texts: u32,
    /// Where she checked in, and which texts were shown to her.
    door: (RoomId, u32),
}

impl Model {
    /// Holds the census to the model: every board at `now`, every door, and every waiting room.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, census: &Census, now: Timestamp) -> Compared {
        self.same("rooms", &census.rooms().count(), &self.rooms.len())?;
        for (id, room) in &self.rooms {
            let shown = census.board(*id, now);
            let door = shown.as_ref().map(|board| door(&board.door));
            self.same(&format!("the door of {id}"), &door, &Some(room.door(now)))?;
            let (shown, ours) = (shown.as_ref().map(Board::from), self.board(*id, now));
            self.same(&format!("the board of {id}"), &shown, &ours)?;
        }
        for (id, visit) in &self.visits {
            self.compare_waiting_room(census, *id, visit, now)?;
        }
        self.compare_visits(census.visits().map(|(id, visit, _)| (id, visit)))
    }

    /// A patient sees her own rank and place, from the same order, and nothing once she has closed.
    fn compare_waiting_room(
        &self,
        census: &Census,
        id: VisitId,
        visit: &Visit,
        now: Timestamp,
    ) -> Compared {
        let shown = census.waiting_room(id, now).map(|shown| Seen {
            visit: shown.visit,
            room: shown.room,
            moved: shown.moved,
            spot: shown.spot,
            rank: shown.rank,
            since_check_in: shown.since_check_in.since,
            in_room: shown.in_room.since,
            headcount: shown.headcount,
            texts: shown.texts_version,
            door: (shown.shown.room, shown.shown.version),
        });
        let spot = match &visit.place {
            Place::Waiting { .. } => Spot::Waiting,
            Place::OnHold { .. } => Spot::OnHold,
            Place::InCall { call, .. } => Spot::InCall { call: *call },
        };
        let ours = visit.closed.is_none().then(|| Seen {
            visit: id,
            room: visit.room,
            moved: !visit.path.is_empty() || visit.came_back.is_some(),
            spot,
            rank: self.rank(id),
            since_check_in: visit.check_in.0,
            in_room: visit.arrived_at,
            headcount: self.headcount(visit.room),
            texts: self.rooms.get(&visit.room).map_or(0, |room| room.texts),
            door: visit.door,
        });
        self.same(&format!("the waiting room of {id}"), &shown, &ours)
    }

    /// Holds the state to the model: every visit and every leg that it holds, every queue, every call
    /// and every token.
    ///
    /// # Errors
    /// The first difference.
    pub fn agrees(&self, state: &ClinicState) -> Compared {
        self.compare_visits(state.visits())?;
        for (id, room) in &self.rooms {
            let folded: Vec<VisitId> = state.queue(*id).collect();
            let ours: Vec<VisitId> = self.queue(*id).into_iter().map(|(visit, _)| visit).collect();
            self.same(&format!("the queue of {id}"), &folded, &ours)?;
            let archived = matches!(state.room(*id), Some(Folded::Archived(_)));
            self.same(&format!("whether {id} is archived"), &archived, &room.archived)?;
        }
        for (id, visit) in self.visits.iter().filter(|(_, visit)| visit.closed.is_none()) {
            for token in &visit.tokens {
                self.same("whose a token is", &state.visit_of(token), &Some(*id))?;
            }
            if let Some(member) = visit.in_call_with() {
                self.same("a member's call", &state.call_of(member), &Some(*id))?;
            }
        }
        for (id, folded) in state.transfers() {
            let leg = self.legs.get(&id);
            let outcome = match folded {
                Transfer::Unrequested | Transfer::Pending(_) => None,
                Transfer::Settled { outcome, .. } => Some(*outcome),
            };
            let ours = leg.map(|leg| leg.told);
            self.same(&format!("what became of {id}"), &Some(outcome), &ours)?;
        }
        Ok(())
    }

    /// A fold may have let go of closed visits, and of no other.
    fn compare_visits<'a>(
        &self,
        folded: impl Iterator<Item = (VisitId, &'a PatientVisit)>,
    ) -> Compared {
        let mut open = 0_usize;
        for (id, folded) in folded {
            let Some(visit) = self.visits.get(&id) else {
                self.same(&format!("whether {id} is known"), folded, &PatientVisit::Unknown)?;
                continue;
            };
            open += usize::from(visit.closed.is_none());
            self.same(&format!("visit {id}"), folded, &self.folded(visit))?;
        }
        let ours = self.visits.values().filter(|visit| visit.closed.is_none()).count();
        self.same("how many visits are open", &open, &ours)
    }

    /// A visit as the folds write it.
    fn folded(&self, visit: &Visit) -> PatientVisit {
        let mut arrivals = BTreeMap::new();
        for room in &visit.arrivals {
            *arrivals.entry(*room).or_insert(0) += 1;
        }
        let leg = visit.latest.and_then(|id| Some((id, self.legs.get(&id)?)));
        let last = OpenVisit {
            tokens: visit.tokens.clone(),
            room: visit.room,
            place: visit.place.clone(),
            version: visit.version,
            arrived_at: visit.arrived_at,
            check_in: stated(visit.check_in),
            entry: stated(visit.entry),
            priority: visit.priority,
            presence: visit.presence,
            leg: leg.map(|(transfer, leg)| FoldedLeg {
                transfer,
                from: leg.from,
                by: leg.by.clone(),
                entry: stated(leg.entry),
                undo_until: leg.undo_until,
                started: leg.started,
            }),
            arrivals,
            legs: visit.legs,
            calls: visit.calls,
            notes: visit.notes,
            ticked: visit.ticked.clone(),
            carried_over_at: visit.carried_over_at,
        };
        match &visit.closed {
            None => PatientVisit::Open(last),
            Some(closed) => PatientVisit::Closed(ClosedVisit {
                last,
                reason: closed.reason.clone(),
                at: closed.at,
                reopen_until: closed.until,
            }),
        }
    }

    fn same<T: PartialEq + Debug>(&self, what: &str, found: &T, ours: &T) -> Compared {
        if found == ours {
            return Ok(());
        }
        Err(self.differs(format!("{what}: {}", contrast(found, ours))))
    }
}

/// The first lines in which two things differ.
fn contrast<T: Debug>(found: &T, ours: &T) -> String {
    let (found, ours) = (format!("{found:#?}"), format!("{ours:#?}"));
    let lines = found.lines().zip(ours.lines()).filter(|(found, ours)| found != ours);
    let lines = lines.take(6).map(|(found, ours)| {
        let (found, ours) = (found.trim(), ours.trim());
        format!("found {found} expected {ours}")
    });
    lines.collect::<Vec<_>>().join("; ")
}

impl Room {
    fn door(&self, now: Timestamp) -> &'static str {
        match (self.archived, self.suspended, self.in_hours(now)) {
            (true, _, _) => "archived",
            (false, true, _) => "suspended",
            (false, false, true) => "open",
            (false, false, false) => "shut",
        }
    }
}

fn door(state: &DoorState) -> &'static str {
    match state {
        DoorState::Open { .. } => "open",
        DoorState::Shut { .. } => "shut",
        DoorState::Suspended { .. } => "suspended",
        DoorState::Archived => "archived",
    }
}
