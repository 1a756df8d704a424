//! Time: cut once, never backwards, never by a broken clock; and what falls due by itself.

use std::sync::Arc;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::command::{Action, Person};
use clinic_domain::ids::Position;
use clinic_domain::refusal::Refusal;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::transfer::{Outcome, TransferRefusal};
use clinic_domain::visit::{HoldReason, Place, Presence};
use clinic_engine::ports::{Clock, EventLog as _, ManualClock};
use clinic_engine::{Broken, EngineError};
use clinic_sqlite::SqliteLog;

use super::fixture::{House, NINE, names, start, transfer};

#[tokio::test]
async fn case_26_a_clock_that_steps_back_is_clamped_and_marked() {
    let house = House::new().await;
    house.clock.advance(Millis::minutes(10));
    let visit = house.check_in(1).await;
    house.clock.jump_to(NINE);
    let receipt = house.as_rita(start(visit)).await.unwrap();
    let event = &receipt.events[0];
    assert_eq!(event.occurred_at, NINE.plus(Millis::minutes(10)));
    assert_eq!(event.cause.clamped, Some(Millis::minutes(10)));
    assert_eq!(event.recorded_at, NINE, "what the clock showed is kept beside it");
    house.clock.advance(Millis::minutes(11));
    let receipt = house.as_rita(Action::EndCall { visit, seen: None }).await.unwrap();
    assert_eq!(receipt.events[0].cause.clamped, None);
}

#[tokio::test]
async fn a_log_that_is_opened_again_by_a_clock_that_stands_behind_goes_on_in_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clinic.db");
    let log = Arc::new(SqliteLog::open(&file).unwrap());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    house.clock.advance(Millis::minutes(10));
    let visit = house.check_in(1).await;
    let end = house.clock.now();
    log.close().await.unwrap();

    let log = Arc::new(SqliteLog::open(&file).unwrap());
    let slow = Arc::new(ManualClock::at(NINE));
    let engine = super::fixture::engine_on(Arc::clone(&log) as Arc<_>, &slow, 1);
    let house = House { engine, clock: slow, ..house };
    let started = house.as_rita(start(visit)).await.unwrap();
    assert_eq!(started.events[0].occurred_at, end);
    assert_eq!(started.events[0].cause.clamped, Some(Millis::minutes(10)));
    house.clock.advance(Millis::minutes(11));
    house.as_rita(Action::EndCall { visit, seen: None }).await.unwrap();
    let events = log.read(house.clinic, Position::START, 100).await.unwrap();
    assert!(events.is_sorted_by_key(|recorded| recorded.occurred_at));
    let last = events.last().unwrap();
    assert_eq!((last.occurred_at, last.cause.clamped), (end.plus(Millis::minutes(1)), None));
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_is_refused_as_broken_until_it_is_right_again() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let before = house.head().await;
    let right = house.clock.now();
    house.clock.jump_to(right.plus(Millis::minutes(5)).plus(Millis(1)));
    let refused = house.as_rita(start(visit)).await;
    let by = Millis(Millis::minutes(5).0 + 1);
    assert_eq!(refused, Err(EngineError::Broken(Broken::ClockJumped { by })));
    assert_eq!(house.head().await, before);
    house.clock.jump_to(right.plus(Millis::minutes(5)));
    house.as_rita(start(visit)).await.unwrap(); // a correction within the bound is believed
}

#[tokio::test]
async fn case_25_no_time_of_a_caller_is_ever_used() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    // The only instant a caller can send is payload: a last sign of life.
    let last_seen = Timestamp(5);
    let who = Person::Patient(visit);
    let policy = Actor::policy(PolicyName::Presence);
    let note = Action::NotePresence { who, online: false, last_seen };
    let receipt = house.ask(policy, note).await.unwrap();
    assert_eq!(receipt.events[0].occurred_at, house.clock.now());
}

#[tokio::test]
async fn a_window_that_is_over_is_over_before_the_next_command() {
    let house = House::new().await;
    house.policy(house.office, |policy| policy.accept_window = Some(Millis::minutes(2))).await;
    let visit = house.check_in(1).await;
    let sent = house.as_rita(transfer(visit, house.office)).await.unwrap();
    let leg = sent.transfer().unwrap();
    house.clock.advance(Millis::minutes(2));
    let late = house.as_dana(Action::AcceptTransfer(visit, leg)).await;
    let settled = TransferRefusal::Settled { outcome: Outcome::Expired };
    assert_eq!(late, Err(EngineError::Refused(Refusal::Transfer(settled))));
    let room = house.engine.read(house.clinic, None, |views| {
        views.census.visit(visit).and_then(|visit| visit.open()).map(|open| open.room)
    });
    assert_eq!(room.await.unwrap(), Some(house.reception));
}

#[tokio::test]
async fn what_is_due_is_done_without_anybody_asking_and_once() {
    let house = House::new().await;
    house.policy(house.office, |policy| policy.accept_window = Some(Millis::minutes(2))).await;
    let visit = house.check_in(1).await;
    house.seen(Person::Patient(visit)).await;
    house.as_rita(transfer(visit, house.office)).await.unwrap();
    let due = house.engine.tick().await.unwrap().unwrap();
    assert!(due <= house.clock.now().plus(Millis::minutes(2)));
    house.clock.advance(Millis::minutes(2));
    house.engine.tick().await.unwrap();
    let head = house.head().await;
    house.engine.tick().await.unwrap();
    assert_eq!(house.head().await, head, "it was done twice");
    let mut feed = house.engine.subscribe(house.clinic, Position::START).await.unwrap();
    let mut expired = 0;
    while feed.position() < head {
        let recorded = feed.next().await.unwrap();
        if recorded.event.name() == "TransferExpired" {
            expired += 1;
            assert_eq!(recorded.cause.actor, Actor::policy(PolicyName::AcceptWindow));
        }
    }
    assert_eq!(expired, 1);
}

async fn presence_of(house: &House, visit: clinic_domain::ids::VisitId) -> Presence {
    let read = house.engine.read(house.clinic, None, |views| {
        views.census.visit(visit).and_then(|visit| visit.open()).map(|open| open.presence)
    });
    read.await.unwrap().unwrap()
}

#[tokio::test]
async fn silence_makes_offline_and_a_sign_of_life_makes_online() {
    let house = House::new().await;
    house.clock.advance(Millis::seconds(120)); // everybody has had time since the start
    let visit = house.check_in(1).await;
    house.seen(Person::Patient(visit)).await;
    house.clock.advance(Millis(19_999));
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
    house.clock.advance(Millis(1));
    house.engine.tick().await.unwrap();
    let gone = house.clock.now();
    assert_eq!(presence_of(&house, visit).await, Presence::OfflineSince(gone));
    house.clock.advance(Millis::seconds(5));
    house.seen(Person::Patient(visit)).await;
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
}

#[tokio::test]
async fn after_a_start_everybody_has_a_minute_to_come_back() {
    let log = std::sync::Arc::new(clinic_engine::MemoryLog::new());
    let house = House::on(std::sync::Arc::clone(&log) as std::sync::Arc<_>).await;
    let visit = house.check_in(1).await;
    house.seen(Person::Patient(visit)).await;
    let restarted = super::fixture::engine_on(log, &house.clock, 7);
    let house = House { engine: restarted, ..house };
    house.head().await;
    house.clock.advance(Millis::seconds(59));
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
    house.clock.advance(Millis::seconds(1));
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::OfflineSince(house.clock.now()));
}

#[tokio::test]
async fn case_10_a_member_lost_in_a_call_leaves_the_visit_on_hold_after_the_grace() {
    let house = House::new().await;
    house.clock.advance(Millis::seconds(120));
    let visit = house.check_in(1).await;
    house.seen(Person::Member(house.rita)).await;
    house.as_rita(start(visit)).await.unwrap();
    for _ in 0..8 {
        house.clock.advance(Millis::seconds(10));
        house.seen(Person::Patient(visit)).await;
        house.engine.tick().await.unwrap();
    }
    let place = |house: &House| {
        let engine = house.engine.clone();
        let clinic = house.clinic;
        async move {
            let read = engine.read(clinic, None, |views| {
                views.census.visit(visit).and_then(|v| v.open()).map(|open| open.place.clone())
            });
            read.await.unwrap().unwrap()
        }
    };
    let Place::OnHold { reason, since, .. } = place(&house).await else {
        panic!("{:?}", place(&house).await);
    };
    assert_eq!(reason, HoldReason::MemberLost);
    // Silent for 20 s, then a grace of 60 s.
    assert_eq!(since, NINE.plus(Millis::seconds(120 + 80)));
    house.seen(Person::Member(house.rita)).await;
    let resumed = house.as_rita(start(visit)).await.unwrap();
    assert_eq!(names(&resumed), ["CallResumed"]);
}

#[tokio::test]
async fn a_step_back_that_is_mended_is_no_jump_ahead() {
    let house = House::new().await;
    house.clock.advance(Millis::minutes(30));
    let visit = house.check_in(1).await;
    let right = house.clock.now();
    house.clock.jump_to(NINE);
    house.as_rita(start(visit)).await.unwrap();
    house.clock.jump_to(right);
    house.as_rita(Action::EndCall { visit, seen: None }).await.unwrap();
}

#[tokio::test]
async fn a_step_back_makes_nobody_offline() {
    let house = House::new().await;
    house.clock.advance(Millis::minutes(30));
    let visit = house.check_in(1).await;
    house.seen(Person::Patient(visit)).await;
    house.clock.jump_to(NINE);
    for _ in 0..30 {
        house.clock.advance(Millis::seconds(5));
        house.seen(Person::Patient(visit)).await;
        house.engine.tick().await.unwrap();
    }
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
}

#[tokio::test]
async fn who_leaves_and_comes_back_at_one_instant_is_back() {
    let house = House::new().await;
    house.clock.advance(Millis::seconds(120));
    let visit = house.check_in(1).await;
    house.seen(Person::Patient(visit)).await;
    house.clock.advance(Millis::seconds(20));
    house.engine.tick().await.unwrap();
    house.seen(Person::Patient(visit)).await;
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
}

#[tokio::test]
async fn a_sign_of_life_that_opens_the_clinic_notes_no_absence() {
    let log = std::sync::Arc::new(clinic_engine::MemoryLog::new());
    let house = House::on(std::sync::Arc::clone(&log) as std::sync::Arc<_>).await;
    let visit = house.check_in(1).await;
    let again = super::fixture::engine_on(log, &house.clock, 3);
    house.clock.advance(Millis::minutes(3));
    let house = House { engine: again, ..house };
    house.seen(Person::Patient(visit)).await;
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
}

#[tokio::test]
async fn after_a_restart_absence_is_noted_though_nobody_touches_the_clinic() {
    let log = std::sync::Arc::new(clinic_engine::MemoryLog::new());
    let house = House::on(std::sync::Arc::clone(&log) as std::sync::Arc<_>).await;
    let visit = house.check_in(1).await;
    let again = super::fixture::engine_on(log, &house.clock, 3);
    for _ in 0..13 {
        house.clock.advance(Millis::seconds(10));
        again.tick().await.unwrap();
    }
    let house = House { engine: again, ..house };
    assert!(matches!(presence_of(&house, visit).await, Presence::OfflineSince(_)));
}

#[tokio::test]
async fn an_open_stream_is_a_sign_of_life_until_it_is_closed() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let (who, tab) = (Person::Patient(visit), uuid::Uuid::from_u128(1));
    house.engine.connected(house.clinic, who, tab).await.unwrap();
    house.clock.advance(Millis::minutes(60));
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
    house.engine.disconnected(house.clinic, who, tab).await.unwrap();
    house.clock.advance(Millis::seconds(20));
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::OfflineSince(house.clock.now()));
    house.clock.advance(Millis::seconds(5));
    house.engine.connected(house.clinic, who, tab).await.unwrap();
    house.engine.tick().await.unwrap();
    assert_eq!(presence_of(&house, visit).await, Presence::Online);
}
