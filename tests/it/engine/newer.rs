//! A node that is older than what the log holds: it serves that clinic no more, and says so.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::ids::Position;
use clinic_domain::visit::CloseReason;
use clinic_engine::{Broken, EngineError};

use super::fixture::{House, engine_on, start};
use super::rigged::Rigged;

fn is_newer<T: std::fmt::Debug>(said: Result<T, EngineError>) {
    let error = said.unwrap_err();
    assert!(matches!(error, EngineError::Broken(Broken::Newer(_))), "{error}");
    let words = error.to_string();
    assert!(words.contains("Teleported") && words.contains("no longer serves"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_meets_what_it_does_not_know_stops_serving_that_clinic_and_no_other() {
    let log = Arc::new(Rigged::default());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let second = House::with(house.engine.clone(), Arc::clone(&house.clock)).await;
    let visit = house.check_in(1).await;
    let end = house.head().await;
    let mut live = house.engine.subscribe(house.clinic, end).await.unwrap();
    let reading = tokio::spawn(async move { live.next().await });

    // A node that is newer writes on, and this one follows it.
    *log.newer.lock().unwrap() = Some(house.clinic);
    let other = engine_on(Arc::clone(&log.inner) as Arc<_>, &house.clock, 7);
    let wish = other.request(Actor::Member(house.rita), start(visit));
    other.execute(house.clinic, wish).await.unwrap();
    is_newer(reading.await.unwrap());

    // It stays so, whatever can be read by now: what came in between is not in its state.
    *log.newer.lock().unwrap() = None;
    let look = house.engine.read(house.clinic, None, |_| ());
    is_newer(look.await);
    let reason = CloseReason::Left;
    is_newer(house.as_rita(Action::CloseVisit { visit, reason, seen: None }).await);
    is_newer(house.engine.subscribe(house.clinic, Position::START).await);

    second.check_in(3).await;
    house.engine.tick().await.unwrap();
}
