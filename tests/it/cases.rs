//! Cases that a naive implementation misses, each by its number, and a tour of the requirements: all
//! through the state of a whole clinic, which finds the evidence itself.
//!
//! What a case asks of boards, reports and clocks is told where those are tested.

mod arrivals;
mod calls;
mod closing;
mod door;
mod imports;
mod instants;
mod members;
mod retries;
mod tour;
mod transfers;

use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::Event;
use clinic_domain::ids::{PlaceVersion, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::RoomRefusal;
use clinic_domain::text::{Note, Notice};
use clinic_domain::visit::{CloseReason, VisitRefusal};
use clinic_testkit::spec::Scene;

pub(crate) fn start(visit: VisitId) -> Action {
    Action::StartCall { visit, pausing: false, seen: None }
}

pub(crate) fn pause(visit: VisitId) -> Action {
    Action::PauseCall { visit, seen: None }
}

pub(crate) fn end(visit: VisitId) -> Action {
    Action::EndCall { visit, seen: None }
}

pub(crate) fn send(visit: VisitId, to: RoomId) -> Action {
    Action::Transfer { visit, to, note: None, seen: None }
}

pub(crate) fn close(visit: VisitId, reason: CloseReason) -> Action {
    Action::CloseVisit { visit, reason, seen: None }
}

pub(crate) fn complete(visit: VisitId) -> Action {
    close(visit, CloseReason::Completed)
}

pub(crate) fn leave(visit: VisitId) -> Action {
    close(visit, CloseReason::Left)
}

/// The same click, made on a screen that shows this place.
pub(crate) fn seeing(seen: Option<PlaceVersion>, action: Action) -> Action {
    let mut action = action;
    if let Action::StartCall { seen: place, .. }
    | Action::PauseCall { seen: place, .. }
    | Action::EndCall { seen: place, .. }
    | Action::Transfer { seen: place, .. }
    | Action::MergeVisits { seen: place, .. }
    | Action::CloseVisit { seen: place, .. } = &mut action
    {
        *place = seen;
    }
    action
}

pub(crate) fn remove(visit: VisitId) -> Action {
    close(visit, CloseReason::Removed { why: why() })
}

pub(crate) fn why() -> Personal<Note> {
    Personal::Clear(Note::parse("a test entry").expect("a note of a case is a note"))
}

pub(crate) fn notice(text: &str) -> Notice {
    Notice::parse(text).expect("a notice of a case is a notice")
}

pub(crate) fn check_in(form: &CheckInForm) -> Action {
    Action::CheckIn(Box::new(form.clone()))
}

/// Whoever fills in a form asks for herself.
pub(crate) fn patient(form: &CheckInForm) -> clinic_domain::actor::Actor {
    clinic_domain::actor::Actor::Patient(form.token)
}

/// What a door says to a check-in, as the visit passes it on.
pub(crate) fn door_says(refusal: RoomRefusal) -> VisitRefusal {
    VisitRefusal::Room(refusal)
}

/// The latest leg of a visit.
#[track_caller]
pub(crate) fn leg(scene: &Scene, visit: VisitId) -> TransferId {
    scene.visit(visit).leg.as_ref().expect("the visit was transferred").transfer
}

pub(crate) fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}
