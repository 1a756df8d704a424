//! One engine, and several on one log: every command finishes, each happens once.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::refusal::Refusal;
use clinic_domain::visit::VisitRefusal;
use clinic_engine::ports::EventLog;
use clinic_engine::{EngineError, MemoryLog, Request};
use uuid::Uuid;

use super::fixture::{House, engine_on, form, names, start, token, transfer};

#[tokio::test]
async fn a_granted_command_is_committed_when_it_is_answered() {
    let log = Arc::new(MemoryLog::new());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let visit = house.check_in(1).await;
    let receipt = house.as_rita(start(visit)).await.unwrap();
    assert_eq!(names(&receipt), ["CallStarted"]);
    let stored = log.read(house.clinic, Position::START, 100).await.unwrap();
    assert_eq!(stored.last().unwrap(), receipt.events[0].as_ref());
    assert_eq!(log.head(house.clinic).await.unwrap().position, receipt.position);
}

#[tokio::test]
async fn commands_that_wait_together_are_decided_one_after_another() {
    let house = House::new().await;
    let visits = [house.check_in(1).await, house.check_in(2).await];
    let (first, second) = tokio::join!(
        house.as_rita(start(visits[0])),
        house.as_rita(start(visits[1])), // she is in the first call by then
    );
    assert_eq!(names(&first.unwrap()), ["CallStarted"]);
    let busy = VisitRefusal::MemberBusy { visit: visits[0] };
    assert_eq!(second, Err(EngineError::Refused(Refusal::Visit(busy))));
}

#[tokio::test]
async fn case_24_a_retry_after_a_lost_reply_gets_the_first_answer() {
    let log = Arc::new(MemoryLog::shared());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let visit = house.check_in(1).await;
    let id = CommandId(Uuid::from_u128(99));
    let wish = Request::new(id, Actor::Member(house.rita), transfer(visit, house.office));
    let first = house.engine.execute(house.clinic, wish.clone()).await.unwrap();
    let head = house.head().await;

    let again = house.engine.execute(house.clinic, wish.clone()).await.unwrap();
    assert_eq!(again, first);
    let other_node = engine_on(log, &house.clock, 2);
    assert_eq!(other_node.execute(house.clinic, wish.clone()).await.unwrap(), first);
    assert_eq!(house.head().await, head, "a retry recorded something");

    let other_body = Request::new(id, wish.actor.clone(), transfer(visit, house.reception));
    let refused = other_node.execute(house.clinic, other_body).await;
    assert_eq!(refused, Err(EngineError::Refused(Refusal::CommandReused { id })));
    let stolen = Request::new(id, Actor::Member(house.dana), wish.action);
    let refused = house.engine.execute(house.clinic, stolen).await;
    assert_eq!(refused, Err(EngineError::Refused(Refusal::CommandReused { id })));
}

#[tokio::test]
async fn a_retry_in_the_same_batch_gets_the_first_answer() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let wish = house.engine.request(Actor::Member(house.rita), start(visit));
    let (one, two) = tokio::join!(
        house.engine.execute(house.clinic, wish.clone()),
        house.engine.execute(house.clinic, wish.clone()),
    );
    let one = one.unwrap();
    assert_eq!(names(&one), ["CallStarted"]);
    assert_eq!(two.unwrap(), one);
}

#[tokio::test]
async fn case_12_a_token_in_two_tabs_is_one_visit() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let twice = Action::CheckIn(Box::new(form(house.reception, 1)));
    let receipt = house.ask(Actor::Patient(token(1)), twice).await.unwrap();
    assert_eq!(names(&receipt), Vec::<&str>::new());
    let found = house
        .engine
        .read(house.clinic, Some(receipt.position), |views| views.census.visit_of(&token(1)));
    assert_eq!(found.await.unwrap(), Some(visit));
}

#[tokio::test]
async fn on_many_nodes_every_command_finishes_and_happens_once() {
    const NODES: u64 = 4;
    const EACH: u8 = 12;
    let log = Arc::new(MemoryLog::shared());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let mut tasks = vec![];
    for node in 0..NODES {
        let engine = engine_on(Arc::clone(&log) as Arc<_>, &house.clock, node + 1);
        for n in 0..EACH {
            let (engine, clinic, room) = (engine.clone(), house.clinic, house.reception);
            let who = u8::try_from(node).unwrap() * EACH + n;
            tasks.push(tokio::spawn(async move {
                let check_in = Action::CheckIn(Box::new(form(room, who)));
                let wish = engine.request(Actor::Patient(token(who)), check_in);
                let id = wish.id;
                (id, engine.execute(clinic, wish).await)
            }));
        }
    }
    let mut granted = vec![];
    for task in tasks {
        let (id, receipt) = task.await.unwrap();
        assert_eq!(names(&receipt.unwrap()), ["CheckedIn"]);
        granted.push(id);
    }
    let all = log.read(house.clinic, Position::START, 10_000).await.unwrap();
    for id in granted {
        let of_this = all.iter().filter(|recorded| recorded.cause.command_id == id);
        assert_eq!(of_this.count(), 1);
    }
    assert!(all.iter().map(|recorded| recorded.position.0).eq(1..=all.len() as u64));
    assert!(all.is_sorted_by_key(|recorded| recorded.occurred_at));
}

#[tokio::test]
async fn a_refusal_never_rests_on_a_state_that_another_node_has_changed() {
    let log = Arc::new(MemoryLog::shared());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let other = engine_on(log, &house.clock, 1);
    let visit = house.check_in(1).await;
    house.as_rita(start(visit)).await.unwrap();
    // The other node has seen the call, and does not hear that it ended.
    other.read(house.clinic, None, |_| ()).await.unwrap();
    house.as_rita(Action::EndCall { visit, seen: None }).await.unwrap();
    let wish = other.request(Actor::Member(house.rita), start(visit));
    let receipt = other.execute(house.clinic, wish).await.unwrap();
    assert_eq!(names(&receipt), ["CallStarted"]);
}

#[tokio::test]
async fn what_a_closed_visit_answers_does_not_depend_on_whether_it_is_in_memory() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    house.ask(Actor::Patient(token(1)), leave(visit)).await.unwrap();
    house.clock.advance(clinic_domain::time::Millis::minutes(60));
    house.check_in(2).await; // time passes in the log, and the closed visit leaves the live state
    let late = house.as_rita(Action::ReopenVisit(visit)).await;
    let Err(EngineError::Refused(Refusal::Visit(VisitRefusal::ReopenTooLate { .. }))) = late else {
        panic!("{late:?}");
    };
}

fn leave(visit: clinic_domain::ids::VisitId) -> Action {
    let reason = clinic_domain::visit::CloseReason::Left;
    Action::CloseVisit { visit, reason, seen: None }
}

#[tokio::test]
async fn a_clinic_that_nobody_founded_is_not_there() {
    let house = House::new().await;
    let nowhere = ClinicId(Uuid::from_u128(5));
    let wish = house.engine.request(Actor::Host, Action::LiftSuspension(house.reception));
    let answer = house.engine.execute(nowhere, wish).await;
    assert_eq!(answer, Err(EngineError::NoSuchClinic(nowhere)));
    assert_eq!(house.engine.clinics().await.unwrap(), [house.clinic]);
}

#[tokio::test]
async fn evidence_names_the_steps_and_the_position_they_were_true_at() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let head = house.head().await;
    let wish = house.engine.request(Actor::Member(house.rita), transfer(visit, house.office));
    let evidence = house.engine.evidence(house.clinic, wish).await.unwrap();
    assert_eq!(evidence.position, head);
    assert_eq!(evidence.steps.len(), 2, "the visit moves, the transfer follows");
    assert_eq!(house.head().await, head, "asking for evidence recorded something");
}

#[tokio::test]
async fn what_another_node_did_to_a_visit_is_folded_in_once() {
    let log = Arc::new(MemoryLog::shared());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let other = engine_on(log, &house.clock, 2);
    house.head().await;
    let form = Action::CheckIn(Box::new(form(house.reception, 1)));
    let there = |by, action| other.execute(house.clinic, other.request(by, action));
    let visit = there(Actor::Patient(token(1)), form).await.unwrap().visit().unwrap();
    there(Actor::Member(house.rita), start(visit)).await.unwrap();
    there(Actor::Member(house.rita), Action::EndCall { visit, seen: None }).await.unwrap();
    // This node has not heard of the visit when it is asked about it.
    house.as_rita(Action::CarryOver(visit)).await.unwrap();
    let seen = house.engine.read(house.clinic, None, |views| {
        views.census.visit(visit).and_then(|visit| visit.open()).map(|open| open.version)
    });
    let seen = seen.await.unwrap();
    let click = Action::StartCall { visit, pausing: false, seen };
    assert_eq!(names(&house.as_rita(click).await.unwrap()), ["CallStarted"]);
}

#[tokio::test]
async fn an_answer_after_both_windows_leaves_no_ghost_behind() {
    let house = House::new().await;
    let minutes = clinic_domain::time::Millis::minutes;
    house.policy(house.office, |policy| policy.accept_window = Some(minutes(10))).await;
    let visit = house.check_in(1).await;
    let sent = house.as_rita(transfer(visit, house.office)).await.unwrap();
    house.clock.advance(minutes(10)); // the undo window of five minutes has long ended
    let late = house.as_dana(Action::AcceptTransfer(visit, sent.transfer().unwrap())).await;
    let expired = clinic_domain::transfer::Outcome::Expired;
    let settled = clinic_domain::transfer::TransferRefusal::Settled { outcome: expired };
    assert_eq!(late, Err(EngineError::Refused(Refusal::Transfer(settled))));
    house.ask(Actor::Patient(token(1)), leave(visit)).await.unwrap();
    house.host(Action::ArchiveRoom(house.reception)).await;
}
