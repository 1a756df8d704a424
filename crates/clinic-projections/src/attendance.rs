//! A visit as the census keeps it, and the index by which it is found.

use std::collections::BTreeMap;

use clinic_domain::ids::{TransferId, VisitId};
use clinic_domain::occupancy::{Occupancy, Seat};
use clinic_domain::visit::{PatientVisit, VisitEvent};
use serde::{Deserialize, Serialize};

use crate::card::{Card, Legs};
use crate::leaving::Leaving;

/// A visit, as the rules know it and as people do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attendance {
    pub(crate) visit: PatientVisit,
    pub(crate) card: Card,
}

/// What follows from the visits, kept beside them so that no question has to search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) occupancy: Occupancy,
    /// Visits by the legs that their cards still speak of.
    legs: BTreeMap<TransferId, VisitId>,
    pub(crate) leaving: Leaving,
}

impl Index {
    /// The visit that a leg belongs to.
    pub(crate) fn visit_by(&self, leg: TransferId) -> Option<VisitId> {
        self.legs.get(&leg).copied()
    }

    /// Takes a visit in.
    pub(crate) fn note(&mut self, id: VisitId, held: &Attendance) {
        self.legs_changed(id, [None; 3], held.card.legs());
        if let Some(visit) = held.visit.open() {
            self.occupancy.enter(id, visit);
        }
        self.leaving.with(id, &held.visit);
    }

    /// Takes out a visit that is closed.
    pub(crate) fn forget(&mut self, id: VisitId, held: &Attendance) {
        self.legs_changed(id, held.card.legs(), [None; 3]);
        self.leaving.without(id, &held.visit);
    }

    fn legs_changed(&mut self, id: VisitId, were: Legs, are: Legs) {
        for leg in were.iter().filter(|leg| !are.contains(leg)).flatten() {
            self.legs.remove(leg);
        }
        for leg in are.iter().filter(|leg| !were.contains(leg)).flatten() {
            self.legs.insert(*leg, id);
        }
    }

    /// Keeps up with a visit while `change` folds `event` into it.
    pub(crate) fn follow(
        &mut self,
        id: VisitId,
        held: &mut Attendance,
        event: &VisitEvent,
        change: impl FnOnce(&mut Attendance),
    ) {
        let was = held.visit.open().map(|visit| Seat::of(id, visit));
        let moves =
            matches!(event, VisitEvent::Transferred { .. } | VisitEvent::TransferReversed { .. });
        let legs = moves.then(|| held.card.legs());
        self.leaving.without(id, &held.visit);
        change(held);
        self.leaving.with(id, &held.visit);
        if let Some(legs) = legs {
            self.legs_changed(id, legs, held.card.legs());
        }
        match (was, held.visit.open(), held.visit.last()) {
            (Some(was), Some(visit), _) => self.occupancy.follow(id, &was, visit),
            (None, Some(visit), _) => self.occupancy.enter(id, visit),
            (Some(_), None, Some(last)) => self.occupancy.leave(id, last),
            (Some(_), None, None) | (None, None, _) => {}
        }
    }
}
