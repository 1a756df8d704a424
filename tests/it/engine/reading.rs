//! Readers: the feed, time travel, and reading what one has just written.

use clinic_domain::command::Action;
use clinic_domain::ids::Position;
use clinic_domain::time::Millis;
use clinic_engine::{AsOf, EngineError};
use clinic_projections::views::{Boards, Views};

use super::fixture::{House, NINE, start, transfer};

async fn a_short_day(house: &House) {
    let (one, two) = (house.check_in(1).await, house.check_in(2).await);
    house.clock.advance(Millis::minutes(3));
    house.as_rita(start(one)).await.unwrap();
    house.clock.advance(Millis::minutes(3));
    house.as_rita(transfer(one, house.office)).await.unwrap();
    house.as_rita(start(two)).await.unwrap();
    house.clock.advance(Millis::minutes(3));
    house.as_dana(start(one)).await.unwrap();
}

#[tokio::test]
async fn a_feed_catches_up_and_goes_on_live_without_gap_or_duplicate() {
    let house = House::new().await;
    a_short_day(&house).await;
    let head = house.head().await;
    for start in 0..=head.0 {
        let after = Position(start);
        let mut feed = house.engine.subscribe(house.clinic, after).await.unwrap();
        let mut position = after;
        while position < head {
            let recorded = feed.next().await.unwrap();
            assert_eq!(recorded.position, position.next());
            position = recorded.position;
        }
    }
    let mut feed = house.engine.subscribe(house.clinic, head).await.unwrap();
    let mut waiting = tokio::spawn(async move { feed.next().await.unwrap().position });
    assert!(
        tokio::time::timeout(std::time::Duration::from_millis(20), &mut waiting).await.is_err(),
        "it handed out an event that had not happened"
    );
    house.check_in(3).await;
    assert_eq!(waiting.await.unwrap(), head.next());
}

#[tokio::test]
async fn a_slow_reader_holds_nobody_up_and_misses_nothing() {
    let house = House::new().await;
    let mut slow = house.engine.subscribe(house.clinic, Position::START).await.unwrap();
    let first = slow.next().await.unwrap();
    let visit = house.check_in(1).await;
    for n in 0..1_500 {
        // More than the engine keeps in memory for live readers.
        let urgency = if n % 2 == 0 { "Urgent" } else { "Routine" };
        let priority = match urgency {
            "Urgent" => clinic_domain::visit::Priority::Urgent,
            _ => clinic_domain::visit::Priority::Routine,
        };
        house.as_rita(Action::SetPriority(visit, priority)).await.unwrap();
    }
    let head = house.head().await;
    let mut position = first.position;
    while position < head {
        let recorded = slow.next().await.unwrap();
        assert_eq!(recorded.position, position.next());
        position = recorded.position;
    }
}

#[tokio::test]
async fn the_past_is_what_a_live_viewer_saw_then() {
    let house = House::new().await;
    let mut feed = house.engine.subscribe(house.clinic, Position::START).await.unwrap();
    a_short_day(&house).await;
    let head = house.head().await;
    let mut live = Views::default();
    while feed.position() < head {
        let recorded = feed.next().await.unwrap();
        live.apply(&recorded);
        let moment = AsOf::Position(recorded.position);
        assert_eq!(house.engine.as_of(house.clinic, moment).await.unwrap(), live.boards());
    }
    let board = |boards: &Boards, minutes: u64| {
        boards.census.board(house.reception, NINE.plus(Millis::minutes(minutes)))
    };
    let at = AsOf::Instant(NINE.plus(Millis::minutes(3)));
    let then = house.engine.as_of(house.clinic, at).await.unwrap();
    assert_eq!(board(&then, 3).unwrap().rows.len(), 2);
    let now = house.engine.as_of(house.clinic, AsOf::Position(head)).await.unwrap();
    assert_eq!(board(&now, 9).unwrap().rows.len(), 1);
}

#[tokio::test]
async fn the_future_cannot_be_read() {
    let house = House::new().await;
    let head = house.head().await;
    let wanted = head.next();
    let answer = house.engine.as_of(house.clinic, AsOf::Position(wanted)).await;
    assert_eq!(answer.err(), Some(EngineError::NotYet { wanted, head }));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_names_a_position_sees_at_least_that_or_hears_that_it_is_not_there() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let receipt = house.as_rita(start(visit)).await.unwrap();
    let position = Some(receipt.position);
    let in_call =
        house.engine.read(house.clinic, position, |views| views.census.call_of(house.rita));
    assert_eq!(in_call.await.unwrap(), Some(visit));
    let (wanted, head) = (receipt.position.next(), receipt.position);
    let early = house.engine.read(house.clinic, Some(wanted), |_| ()).await;
    assert_eq!(early, Err(EngineError::NotYet { wanted, head }));
}
