//! No reader passes a position that somebody may still commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::EventLog;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::fixture::{lent, log};
use super::load::{Beside, Load, Node, Place, nothing_is_lost};

/// How often a position is taken and held.
const ROUNDS: u32 = 10;
/// How long it is held: other nodes decide and readers read many times meanwhile.
const HELD: Duration = Duration::from_millis(150);
/// Far more than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// Reads a clinic's log all the while, in pages of another size each time, and keeps what it has seen.
fn reader(
    log: Arc<dyn EventLog>,
    clinic: ClinicId,
    stop: Arc<AtomicBool>,
) -> JoinHandle<Vec<Position>> {
    tokio::spawn(async move {
        let (mut seen, mut limit) = (vec![], 1);
        loop {
            // Asked before the page: what is committed until then is on the last one.
            let stopping = stop.load(Ordering::Acquire);
            let after = seen.last().copied().unwrap_or(Position::START);
            let page = log.read(clinic, after, limit).await.expect("a page");
            if stopping && page.is_empty() {
                return seen;
            }
            seen.extend(page.iter().map(|recorded| recorded.position));
            limit = limit % 7 + 1;
        }
    })
}

/// Begins to rename a room as a stock writer does, and says which position that got. It is not committed.
async fn taken(db: &mut PgConnection, place: &Place) -> i64 {
    let insert = format!(
        "INSERT INTO events (
             aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
         )
         SELECT 'Room', '{office}', max(sequence) + 1, 'RoomRenamed', '1',
             '{{\"RoomRenamed\": {{\"name\": \"Elsewhere\"}}}}', '{{}}'
         FROM events WHERE aggregate_type = 'Room' AND aggregate_id = '{office}'
         RETURNING position",
        office = place.office
    );
    db.execute("BEGIN").await.expect("begun");
    sqlx::query_scalar(&insert).fetch_one(db).await.expect("a position")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_that_is_taken_but_not_committed_is_skipped_by_no_reader() {
    let lent = lent();
    let beside = Beside::default();
    let mut nodes = vec![];
    for _ in 0..2 {
        nodes.push(Node::on(&lent.url(), &beside).await);
    }
    let places = [Place::found(&nodes[0].engine).await, Place::found(&nodes[0].engine).await];
    let stop = Arc::<AtomicBool>::default();
    let (mut readers, mut feeds) = (vec![], vec![]);
    for place in &places {
        let log = Arc::new(log(&lent.url()).await);
        readers.push(reader(log, place.clinic, Arc::clone(&stop)));
        let feed = nodes[1].engine.subscribe(place.clinic, Position::START).await;
        feeds.push(feed.expect("a feed"));
    }
    let load = Load::on(&nodes, &places, 4);
    let mut db = PgConnection::connect(&lent.url()).await.expect("connected");
    let mut kept = vec![];
    for round in 0..ROUNDS {
        load.goes_on(10).await;
        let position = taken(&mut db, &places[0]).await;
        sleep(HELD).await;
        let head = nodes[1].engine.read(places[0].clinic, None, |views| views.census.position());
        let head = head.await.expect("read").0.cast_signed();
        assert!(head < position, "{head} was seen, and {position} is not committed");
        // The other clinic does not wait for this one.
        load.goes_on(10).await;
        let commit = round % 3 != 0;
        db.execute(if commit { "COMMIT" } else { "ROLLBACK" }).await.expect("ended");
        kept.extend(commit.then_some(position));
    }
    let acks = load.end().await;
    stop.store(true, Ordering::Release);
    for (place, (reader, mut feed)) in places.iter().zip(readers.into_iter().zip(feeds)) {
        let seen = timeout(LONG, reader).await.expect("in time").expect("it reads");
        let head = u64::try_from(seen.len()).expect("a number");
        assert_eq!(seen, (1..=head).map(Position).collect::<Vec<_>>());
        for position in &seen {
            let told = timeout(LONG, feed.next()).await.expect("in time").expect("it is told");
            assert_eq!(told.position, *position);
        }
        let renamed = "SELECT coalesce(string_agg(position::text, ' ' ORDER BY position), '')
            FROM events WHERE event_type = 'RoomRenamed'";
        if place == &places[0] {
            let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
            assert_eq!(lent.sql(renamed).expect("told"), kept.join(" "));
        }
    }
    nothing_is_lost(&lent.url(), &nodes, &places, &acks).await;
}
