//! Whom an event concerns: which boards show it, and which patients' waiting rooms it may have changed.

use std::collections::BTreeMap;

use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::Place;
use clinic_projections::census::Census;

/// How an event concerns a room. The more telling one comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concern {
    /// Members who serve there can do something else than before.
    Members,
    /// The room itself, or all of the clinic.
    Room,
    /// A visit that is there, was there right before, or was sent from there.
    Visit(VisitId),
}

/// What an event touches.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The boards that show it, and how.
    pub(super) rooms: BTreeMap<RoomId, Concern>,
    /// The visit that it is about.
    pub(super) visit: Option<VisitId>,
}

impl Touched {
    /// Folds an event into the census and says what it touches.
    pub(super) fn by(census: &mut Census, recorded: &Recorded) -> Self {
        let visit = visit_of(census, &recorded.event);
        let mut touched = Self { rooms: BTreeMap::new(), visit };
        touched.about_visit(census);
        touched.about_clinic(census, &recorded.event);
        census.apply(recorded);
        touched.about_visit(census);
        touched.about_clinic(census, &recorded.event);
        touched
    }

    /// Where the visit is, and where the member serves who is in call with it: she is on another call
    /// there, or no longer.
    fn about_visit(&mut self, census: &Census) {
        let Some(id) = self.visit else { return };
        let Some(open) = census.visit(id).and_then(|visit| visit.open()) else { return };
        self.concern(open.room, Concern::Visit(id));
        if let Place::InCall { member, .. } = open.place {
            self.concern_those_with(census, member);
        }
    }

    fn about_clinic(&mut self, census: &Census, event: &Event) {
        match event {
            Event::Room(room, _) => self.concern(*room, Concern::Room),
            Event::Clinic(_, event) => {
                if let Some(member) = event.member() {
                    self.concern_those_with(census, member);
                } else {
                    for (room, _) in census.rooms() {
                        self.concern(room, Concern::Room);
                    }
                }
            }
            Event::Transfer(_, TransferEvent::TransferRequested { request }) => {
                self.concern(request.from, Concern::Visit(request.visit));
            }
            // What became of a transfer is the source's concern, too.
            Event::Transfer(id, _) => {
                if let Some((visit, from)) = leg(census, *id) {
                    self.concern(from, Concern::Visit(visit));
                }
            }
            Event::Visit(..) => {}
        }
    }

    fn concern_those_with(&mut self, census: &Census, member: MemberId) {
        for (room, held) in census.rooms() {
            if held.last().is_some_and(|room| room.assigned.contains(&member)) {
                self.concern(room, Concern::Members);
            }
        }
    }

    fn concern(&mut self, room: RoomId, how: Concern) {
        let known = self.rooms.entry(room).or_insert(how);
        *known = how.max(*known);
    }
}

fn visit_of(census: &Census, event: &Event) -> Option<VisitId> {
    match event {
        Event::Visit(id, _) => Some(*id),
        Event::Transfer(_, TransferEvent::TransferRequested { request }) => Some(request.visit),
        Event::Transfer(id, _) => leg(census, *id).map(|(visit, _)| visit),
        Event::Clinic(..) | Event::Room(..) => None,
    }
}

/// Whose leg a transfer is, and out of which room. Looked for among all: it is rare, and they are those
/// who are open.
fn leg(census: &Census, id: TransferId) -> Option<(VisitId, RoomId)> {
    census.visits().find_map(|(visit, _, card)| {
        let back = card.came_back.as_ref().map(|back| &back.sending);
        let legs = [card.came_by.as_ref(), back];
        let leg = legs.into_iter().flatten().find(|leg| leg.transfer == id)?;
        Some((visit, leg.from))
    })
}
