//! Mistakes in folds: an event is passed over, taken for another, or counted twice.

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::Position;
use clinic_domain::room::ArrivalOrder;
use clinic_domain::visit::{HoldReason, VisitEvent};
use clinic_projections::views::{Boards, Views};
use clinic_testkit::laws::discreet;
use clinic_testkit::model::Model;
use clinic_testkit::sim::Plan;

use super::eyes::{fold_state, fold_views};
use super::hunt;

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
    fold_state(fault, "nobody is lost", |event| without("Transferred", event));
    let fault = "a transfer that forgets to leave the source (boards)";
    fold_views(fault, "model", |event| without("Transferred", event));
}

#[test]
fn an_undo_that_the_fold_forgets() {
    let fault = "an undo that the fold forgets (state)";
    fold_state(fault, "law", |event| without("TransferReversed", event));
    let fault = "an undo that the fold forgets (boards)";
    fold_views(fault, "model", |event| without("TransferReversed", event));
}

#[test]
fn a_pause_taken_for_an_end() {
    fn end(event: &VisitEvent) -> Option<VisitEvent> {
        let VisitEvent::CallPaused { by, at, .. } = event else { return None };
        Some(VisitEvent::CallEnded { by: by.clone(), at: *at })
    }
    let fault = "a pause taken for an end (state)";
    fold_state(fault, "nobody is lost", |event| taken_for(event, end));
    fold_views("a pause taken for an end (boards)", "model", |event| taken_for(event, end));
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
    fold_state(fault, "law", |event| taken_for(event, swapped));
    let fault = "a queue that ignores the target's order (boards)";
    fold_views(fault, "model", |event| taken_for(event, swapped));
}

#[test]
fn a_presence_edge_that_moves_a_place() {
    fold_state("a presence edge that moves a place", "nobody is lost", |recorded| {
        let mut events = vec![recorded.clone()];
        if let Event::Visit(id, VisitEvent::PatientWentOffline { at, .. }) = recorded.event {
            let by = Actor::policy(PolicyName::Presence);
            let held = VisitEvent::CallPaused { by, reason: HoldReason::Paused, at };
            events.push(Recorded { event: Event::Visit(id, held), ..recorded.clone() });
        }
        events
    });
}

#[test]
fn a_board_that_ignores_priority() {
    fold_views("a board that ignores priority", "model", |event| without("PriorityChanged", event));
}

#[test]
fn a_reopening_that_the_fold_forgets() {
    fold_state("a reopening that the fold forgets (state)", "nobody is lost", |event| {
        without("VisitReopened", event)
    });
}

/// The checkpoint is saved one event behind what was folded.
#[test]
fn a_redelivery_counted_twice() {
    hunt("a redelivery counted twice", "model: ", |seed| {
        let world = Plan::new(seed).day().run();
        let (mut boards, mut model) = (Boards::default(), Model::default());
        for recorded in world.log() {
            boards.apply(recorded);
            if recorded.position.0.is_multiple_of(3) {
                boards = behind(&boards, recorded.position);
                boards.apply(recorded);
            }
            let told = model.follow(recorded);
            let told = told.and_then(|()| model.compare(&boards.census, recorded.occurred_at));
            told.map_err(|found| format!("model: {found}"))?;
        }
        Ok(())
    });
}

/// The same boards, with checkpoints of one event before.
fn behind(boards: &Boards, position: Position) -> Boards {
    let saved = serde_json::to_string(boards).expect("boards can be saved");
    let [now, before] = [position.0, position.0 - 1].map(|n| format!("{{\"position\":{n},"));
    serde_json::from_str(&saved.replace(&now, &before)).expect("and loaded")
}

#[test]
fn a_page_whose_last_event_is_left_out() {
    fold_views("a page whose last event is left out", "model", |recorded| {
        if recorded.position.0.is_multiple_of(50) { vec![] } else { vec![recorded.clone()] }
    });
}

/// What a patient is shown carries the id of whoever stands behind her.
#[test]
fn a_waiting_room_that_names_a_neighbour() {
    hunt("a waiting room that names a neighbour", "is shown", |seed| {
        let world = Plan::new(seed).day().run();
        let mut views = Views::default();
        for recorded in world.log() {
            views.apply(recorded);
            let census = &views.census;
            for (visit, ..) in census.visits() {
                let Some(mut shown) = census.waiting_room(visit, recorded.occurred_at) else {
                    continue;
                };
                let behind = census.queue(shown.room).skip_while(|other| *other != visit).nth(1);
                if let Some(behind) = behind {
                    shown.visit = behind;
                }
                discreet(census, visit, &shown).map_err(|law| format!("law: {law}"))?;
            }
        }
        Ok(())
    });
}
