//! Three nodes, one clinic: a patient who is checked in on the first, called on the second and sent on by the
//! third.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::ids::Position;
use clinic_domain::text::PersonName;
use clinic_domain::visit::CloseReason;
use clinic_engine::ports::SystemClock;
use clinic_postgres::Database;
use clinic_postgres::limits::LOCK_WAIT;
use clinic_projections::views::Views;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::Instant;

use super::fixture::{database, lent, log};
use super::load::{Beside, Node, Place, all};
use crate::engine::fixture::{start, transfer};

/// How many patients go round.
const ROUNDS: usize = 100;
/// How soon what one node has acknowledged stands on the boards of all, but for one time in a hundred.
const SOON: Duration = Duration::from_millis(250);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_in_on_one_node_called_on_another_and_sent_on_by_a_third() {
    let lent = lent();
    let beside = Beside::default();
    let mut nodes = vec![];
    for _ in 0..3 {
        nodes.push(Node::on(&lent.url(), &beside).await);
    }
    let place = Place::found(&nodes[0].engine).await;
    let mut late = vec![];
    for round in 0..ROUNDS {
        let mut token = [0; 32];
        token[..16].copy_from_slice(nodes[0].engine.mint().as_bytes());
        let token = TokenHash(token);
        let name = PersonName::parse("Maria Okoye").expect("a name");
        let form = Box::new(CheckInForm::new(place.reception, token, name));
        let patient = Actor::Patient(token);
        let (rita, dana) = (Actor::Member(place.rita), Actor::Member(place.dana));
        // Another node comes first each round.
        let [a, b, c] = [0, 1, 2].map(|number| (round + number) % 3);
        let visit = on(&nodes, a, &place, patient, Action::CheckIn(form), &mut late).await;
        let visit = visit.expect("a visit");
        on(&nodes, b, &place, rita.clone(), start(visit), &mut late).await;
        on(&nodes, c, &place, rita, transfer(visit, place.office), &mut late).await;
        let gone = Action::CloseVisit { visit, reason: CloseReason::NoShow, seen: None };
        on(&nodes, a, &place, dana, gone, &mut late).await;
    }
    late.sort_unstable();
    let at = |percent: usize| late[(late.len() * percent).div_ceil(100) - 1];
    println!("{} changes on three boards: p50 {:?}, p99 {:?}", late.len(), at(50), at(99));
    assert!(at(99) <= SOON, "p99 {:?}", at(99));
    let events = all(&log(&lent.url()).await, place.clinic).await;
    let head = Position(events.len().try_into().expect("a position"));
    for node in &nodes {
        let views = node.engine.read(place.clinic, Some(head), Views::clone).await;
        assert_eq!(views.expect("read"), Views::rebuilt(&events));
    }
}

/// A node that serves no clinic yet: it is counted, and told of by `clinic upgrade`, and others' people are its concern.
#[tokio::test]
async fn a_node_without_a_clinic_says_that_it_is_alive() {
    let lent = lent();
    let seen = database(&lent.url()).await;
    assert_eq!(seen.levels().await.expect("told").nodes, []);
    let _idle = Node::that_tells(&lent.url(), &Beside::default()).await;
    let begun = Instant::now();
    while seen.levels().await.expect("told").nodes.len() != 1 {
        assert!(begun.elapsed() < Duration::from_secs(10), "nobody hears of it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // And goes on saying so.
    let first = lent.sql("SELECT alive_at FROM clinic_nodes").expect("told");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_ne!(lent.sql("SELECT alive_at FROM clinic_nodes").expect("told"), first);
}

/// What an older node finds that starts while the level is raised: it waits, and refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_while_the_level_is_raised_finds_it_raised() {
    let lent = lent();
    drop(database(&lent.url()).await); // the tables
    let mut db = PgConnection::connect(&lent.url()).await.expect("connected");
    // A newer version raises it above what this one knows.
    let raising =
        "BEGIN; SELECT level FROM clinic_level FOR UPDATE; UPDATE clinic_level SET level = 2";
    db.execute(raising).await.expect("raised");
    let url = lent.url();
    let starting =
        tokio::spawn(
            async move { Database::open(&url, Arc::new(SystemClock::new())).await.map(drop) },
        );
    tokio::time::sleep(Duration::from_secs(1)).await;
    db.execute("COMMIT").await.expect("committed");
    let refused = starting.await.expect("it ends").expect_err("it is too old");
    assert!(refused.to_string().contains("upgrade this node"), "{refused}");
}

/// An older node had seen the old level, and says so for the first time while the level is raised.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_has_just_started_is_counted_before_the_level_is_raised() {
    let lent = lent();
    let newer = database(&lent.url()).await;
    lent.sql("UPDATE clinic_level SET level = 0").expect("set");
    let (raiser, begun) = (newer.clone(), Instant::now());
    let raising = tokio::spawn(async move { raiser.finalize().await.expect("told") });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let word = "INSERT INTO clinic_nodes (node, level, version, alive_at)
            VALUES (gen_random_uuid(), 0, '0.0.0', (extract(epoch FROM clock_timestamp()) * 1000)::bigint)";
    lent.sql(word).expect("it speaks");
    let found = raising.await.expect("it ends");
    assert!(begun.elapsed() < LOCK_WAIT, "those who start meanwhile would be sent away");
    assert_eq!(found.older().count(), 1);
    assert_eq!(lent.sql("SELECT level FROM clinic_level").expect("told"), "0");
    lent.sql("DELETE FROM clinic_nodes").expect("it is gone");
    assert_eq!(newer.finalize().await.expect("told").older().count(), 0);
    assert_eq!(lent.sql("SELECT level FROM clinic_level").expect("told"), "1");
}

/// Has one node do it at once, and notes how long it takes until all three show it. They then show the same.
async fn on(
    nodes: &[Node],
    number: usize,
    place: &Place,
    by: Actor,
    action: Action,
    late: &mut Vec<Duration>,
) -> Option<clinic_domain::ids::VisitId> {
    let engine = &nodes[number].engine;
    let done = engine.execute(place.clinic, engine.request(by, action)).await.expect("granted");
    let begun = Instant::now();
    let reads = nodes.iter().map(|node| {
        let engine = node.engine.clone();
        let (clinic, position) = (place.clinic, done.position);
        tokio::spawn(async move {
            let views = engine.read(clinic, Some(position), Views::clone).await;
            (views.expect("read"), begun.elapsed())
        })
    });
    let mut shown = vec![];
    for read in reads.collect::<Vec<_>>() {
        shown.push(read.await.expect("it reads"));
    }
    late.extend(shown.iter().map(|(_, after)| *after).max());
    assert!(shown.windows(2).all(|two| two[0].0 == two[1].0), "two boards differ");
    done.visit()
}
