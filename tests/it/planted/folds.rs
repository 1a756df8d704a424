//! Mistakes in folds: an event is passed over, taken for another, or counted twice.

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::event::{Event, Recorded};
use clinic_domain::room::ArrivalOrder;
use clinic_domain::visit::{HoldReason, VisitEvent};

use super::eyes::{fold_state, fold_views};

/// The event, unless it is of that name.
fn without(name: &str, recorded: &Recorded) -> Vec<Recorded> {
    if recorded.event.name() == name { vec![] } else { vec![recorded.clone()] }
}

/// The event, and what a visit's event is taken for.
fn taken_for(recorded: &Recorded, other: fn(&VisitEvent) -> Option<VisitEvent>) -> Vec<Recorded> {
    let mut recorded = recorded.clone();
    if let Event::Visit(_, event) = &mut recorded.event
        && let Some(other) = other(event)
    {
        *event = other;
    }
    vec![recorded]
}

#[test]
fn a_transfer_that_forgets_to_leave_the_source() {
    let fault = "a transfer that forgets to leave the source (state)";
    fold_state(fault, &["nobody is lost"], |event| without("Transferred", event));
    let fault = "a transfer that forgets to leave the source (boards)";
    fold_views(fault, &["model"], |event| without("Transferred", event));
}

#[test]
fn an_undo_that_the_fold_forgets() {
    let fault = "an undo that the fold forgets (state)";
    fold_state(fault, &["law"], |event| without("TransferReversed", event));
    let fault = "an undo that the fold forgets (boards)";
    fold_views(fault, &["model"], |event| without("TransferReversed", event));
}

#[test]
fn a_pause_taken_for_an_end() {
    fn end(event: &VisitEvent) -> Option<VisitEvent> {
        let VisitEvent::CallPaused { by, at, .. } = event else { return None };
        Some(VisitEvent::CallEnded { by: by.clone(), at: *at })
    }
    let fault = "a pause taken for an end (state)";
    fold_state(fault, &["nobody is lost"], |event| taken_for(event, end));
    fold_views("a pause taken for an end (boards)", &["model"], |event| taken_for(event, end));
}

#[test]
fn a_queue_that_ignores_the_targets_order() {
    fn swapped(event: &VisitEvent) -> Option<VisitEvent> {
        let mut event = event.clone();
        let VisitEvent::Transferred { order, .. } = &mut event else { return None };
        *order = match order {
            ArrivalOrder::OriginalCheckIn => ArrivalOrder::BackOfQueue,
            ArrivalOrder::BackOfQueue => ArrivalOrder::OriginalCheckIn,
        };
        Some(event)
    }
    let fault = "a queue that ignores the target's order (state)";
    fold_state(fault, &["law"], |event| taken_for(event, swapped));
    let fault = "a queue that ignores the target's order (boards)";
    fold_views(fault, &["model"], |event| taken_for(event, swapped));
}

#[test]
fn a_presence_edge_that_moves_a_place() {
    fn held(event: &VisitEvent) -> Option<VisitEvent> {
        let VisitEvent::PatientWentOffline { at, .. } = event else { return None };
        let by = Actor::policy(PolicyName::Presence);
        Some(VisitEvent::CallPaused { by, reason: HoldReason::Paused, at: *at })
    }
    let fault = "a presence edge that moves a place (boards)";
    fold_views(fault, &["model"], |event| taken_for(event, held));
}

#[test]
fn a_board_that_ignores_priority() {
    fold_views("a board that ignores priority", &["model"], |event| {
        without("PriorityChanged", event)
    });
}

#[test]
fn a_reopening_that_the_fold_forgets() {
    fold_state("a reopening that the fold forgets (state)", &["nobody is lost"], |event| {
        without("VisitReopened", event)
    });
}

/// The fold goes on counting where it should see that it has had the event.
#[test]
fn a_redelivery_counted_twice() {
    fold_views("a redelivery counted twice", &["model"], |recorded| {
        let twice = recorded.position.0.is_multiple_of(7);
        let again = Recorded { position: recorded.position.next(), ..recorded.clone() };
        let again = twice.then_some(again);
        [Some(recorded.clone()), again].into_iter().flatten().collect()
    });
}

#[test]
fn a_page_whose_last_event_is_left_out() {
    fold_views("a page whose last event is left out", &["model"], |recorded| {
        if recorded.position.0.is_multiple_of(50) { vec![] } else { vec![recorded.clone()] }
    });
}
