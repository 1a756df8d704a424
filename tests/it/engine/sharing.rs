//! Several nodes on one log: how they hear of each other, take turns, and agree on the time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, Person};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Millis;
use clinic_engine::ports::{Clock as _, EventLog};
use clinic_engine::{Broken, Engine, EngineError};

use super::fixture::{House, engine_on, names, start, title};
use super::rigged::Rigged;

async fn house() -> (Arc<Rigged>, House) {
    let log = Arc::new(Rigged::default());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    (log, house)
}

/// Another node, whose own way to the log is never rigged.
fn other(log: &Rigged, house: &House) -> Engine {
    engine_on(Arc::clone(&log.inner) as Arc<_>, &house.clock, 7)
}

/// Records something, at that node.
async fn write(engine: &Engine, house: &House) -> Position {
    let name = title("Nora");
    let added = Action::AddMember { name, role: Role::Member, external_ref: None };
    let receipt = engine.execute(house.clinic, engine.request(Actor::Host, added)).await.unwrap();
    assert_eq!(names(&receipt), ["MemberAdded"]);
    receipt.position
}

async fn position(engine: &Engine, clinic: ClinicId) -> Position {
    engine.read(clinic, None, |views| views.census.position()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn clinics_that_nothing_happens_in_cost_one_question_for_all() {
    let (log, house) = house().await;
    for _ in 0..20 {
        House::with(house.engine.clone(), Arc::clone(&house.clock)).await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    log.asked.store(0, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let asked = log.asked.load(Ordering::SeqCst);
    assert!((39..=41).contains(&asked), "{asked} questions in ten seconds");
    house.engine.tick().await.unwrap();
    assert_eq!(log.asked.load(Ordering::SeqCst), asked, "a look at what is due asked the log");
}

#[tokio::test(start_paused = true)]
async fn what_another_node_did_is_shown_by_the_next_look_at_the_latest() {
    let (log, house) = house().await;
    let there = write(&other(&log, &house), &house).await;
    let asked = tokio::time::Instant::now();
    house.engine.read(house.clinic, Some(there), |_| ()).await.unwrap();
    assert!(asked.elapsed() <= Duration::from_millis(250), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_is_told_follows_at_once_and_asks_nobody_what_has_moved() {
    let (log, house) = house().await;
    log.deaf.store(true, Ordering::SeqCst);
    let there = write(&other(&log, &house), &house).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(position(&house.engine, house.clinic).await < there, "it was heard of otherwise");
    let anywhere = Position(u64::MAX);
    let elsewhere = ClinicId(uuid::Uuid::from_u128(5));
    log.news.lock().unwrap().extend([(house.clinic, anywhere), (elsewhere, anywhere)]);
    log.bell.notify_one();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(position(&house.engine, house.clinic).await, there);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_gone_asks_nothing_any_more() {
    let (log, house) = house().await;
    let House { engine, .. } = house;
    drop(engine);
    tokio::time::sleep(Duration::from_millis(1)).await;
    log.asked.store(0, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(log.asked.load(Ordering::SeqCst), 0);
    assert_eq!(Arc::strong_count(&log), 1, "somebody still holds the log");
}

#[tokio::test(start_paused = true)]
async fn a_contested_clinic_is_decided_under_lock_until_the_others_rest() {
    let (log, house) = house().await;
    let other = other(&log, &house);
    write(&house.engine, &house).await;
    assert_eq!(log.locks.load(Ordering::SeqCst), 0);
    for round in 1..=5 {
        write(&other, &house).await;
        write(&house.engine, &house).await; // the first loses its race
        assert_eq!(log.locks.load(Ordering::SeqCst), round);
    }
    write(&house.engine, &house).await; // finds nobody
    assert_eq!(log.locks.load(Ordering::SeqCst), 6);
    write(&house.engine, &house).await;
    write(&house.engine, &house).await;
    assert_eq!(log.locks.load(Ordering::SeqCst), 6, "it locked though nobody else writes");
}

#[tokio::test]
async fn a_node_whose_clock_is_not_the_logs_decides_nothing_and_repeats_answers() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    let wish = house.engine.request(Actor::Member(house.rita), start(visit));
    let first = house.engine.execute(house.clinic, wish.clone()).await.unwrap();
    log.apart.store(true, Ordering::SeqCst);
    let end = || house.as_rita(Action::EndCall { visit, seen: None });
    let said = end().await.unwrap_err();
    assert!(matches!(said, EngineError::Broken(Broken::ClockApart(_))), "{said}");
    assert!(said.to_string().contains("2 s apart"), "{said}");
    assert_eq!(house.engine.execute(house.clinic, wish).await.unwrap(), first);
    assert_eq!(log.inner.head(house.clinic).await.unwrap().position, first.position);
    log.apart.store(false, Ordering::SeqCst);
    assert_eq!(names(&end().await.unwrap()), ["CallEnded"]);
}

#[tokio::test(start_paused = true)]
async fn a_clinic_in_which_nothing_is_to_be_done_is_not_due_for_ever() {
    let (log, house) = house().await;
    house
        .engine
        .connected(house.clinic, Person::Member(house.rita), uuid::Uuid::nil())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await; // she is noted
    let due = async || log.due(house.clock.now(), 10).await.unwrap();
    let before = house.head().await;
    for _ in 0..3 {
        house.clock.advance(Millis::minutes(2));
        assert_eq!(due().await, [house.clinic], "somebody is there, and has to be looked after");
        house.engine.tick().await.unwrap();
        assert_eq!(due().await, [], "it would be taken up by every node each second");
    }
    assert_eq!(house.head().await, before, "something was recorded");
}

#[tokio::test]
async fn what_older_nodes_cannot_read_is_not_written_before_all_agree() {
    let (log, house) = house().await;
    let before = house.head().await;
    log.level.store(0, Ordering::SeqCst); // as if even the first forms were new
    let name = title("Nora");
    let add = || Action::AddMember { name: name.clone(), role: Role::Member, external_ref: None };
    let said = house.ask(Actor::Host, add()).await.unwrap_err();
    assert_eq!(said, EngineError::Broken(Broken::NotAgreed { event: "MemberAdded" }));
    assert!(said.to_string().contains("clinic upgrade --finalize"), "{said}");
    assert_eq!(house.head().await, before);
    log.level.store(1, Ordering::SeqCst);
    assert_eq!(names(&house.host(add()).await), ["MemberAdded"]);
}
