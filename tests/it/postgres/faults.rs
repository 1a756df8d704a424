//! Nodes, servers and the way between them are killed and cut while visits go on: nothing is lost.

use std::time::Duration;

use clinic_testkit::postgres::{Proxy, Server};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use super::fixture::lent;
use super::load::{Ack, Beside, Load, Node, Place, nothing_is_lost};

/// How often something is killed; ten times as often where `CLINIC_LONG=1`.
const ROUNDS: u32 = 3;
/// Acknowledgements between two faults: a fault that nobody met shows nothing.
const BETWEEN: usize = 20;
/// How soon nodes have moved over to a standby that was promoted.
const MOVED_OVER: Duration = Duration::from_secs(10);

/// Whether the long form is asked for.
fn long() -> bool {
    std::env::var_os("CLINIC_LONG").is_some_and(|value| value == "1")
}

fn rounds() -> u32 {
    if long() { 10 * ROUNDS } else { ROUNDS }
}

/// Nodes, the clinics founded on the first of them, and visits that go on.
struct World {
    url: String,
    nodes: Vec<Node>,
    places: Vec<Place>,
    load: Load,
}

impl World {
    /// Two nodes that reach the log here, of which `direct` is the way past whatever is cut.
    async fn on(url: &str, direct: &str) -> Self {
        let beside = Beside::default();
        let nodes = vec![Node::on(url, &beside).await, Node::on(url, &beside).await];
        let mut places = vec![];
        for _ in 0..3 {
            places.push(Place::found(&nodes[0].engine).await);
        }
        let load = Load::on(&nodes, &places, 6);
        load.goes_on(BETWEEN).await;
        Self { url: direct.to_owned(), nodes, places, load }
    }

    async fn end(self) {
        let Self { url, nodes, places, load } = self;
        let acks: Vec<Ack> = load.end().await;
        nothing_is_lost(&url, &nodes, &places, &acks).await;
    }
}

/// Some time between two limits, another each round.
fn some_time(round: u32) -> Duration {
    Duration::from_millis(u64::from(round.wrapping_mul(7_919) % 300) + 20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_again_and_again() {
    let server = Server::start().expect("a server");
    let url = server.url("postgres");
    let world = World::on(&url, &url).await;
    for round in 0..rounds() {
        sleep(some_time(round)).await;
        block_in_place(|| server.kill()).expect("killed");
        sleep(some_time(round + 1)).await;
        block_in_place(|| server.up()).expect("recovers");
        let back = world.load.goes_on(BETWEEN).await;
        println!("round {round}: served again after {back:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_killed_and_a_standby_that_is_promoted() {
    let primary = Server::start().expect("a server");
    let standby = block_in_place(|| primary.standby()).expect("a standby");
    let (start, end) = (primary.url("postgres"), standby.url("postgres"));
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), standby.port());
    let both = start.replace(&format!("127.0.0.1:{}", primary.port()), &hosts);
    let world = World::on(&both, &end).await;
    block_in_place(|| primary.kill()).expect("killed");
    block_in_place(|| standby.promote()).expect("promoted");
    let moved = world.load.goes_on(BETWEEN).await;
    println!("moved over after {moved:?}");
    assert!(moved < MOVED_OVER, "moved over only after {moved:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_to_the_server_that_is_cut() {
    let lent = lent();
    let proxy = Proxy::to(lent.port()).expect("a proxy");
    let world = World::on(&lent.url_at(proxy.port()), &lent.url()).await;
    proxy.cut();
    sleep(Duration::from_secs(if long() { 10 } else { 3 })).await;
    proxy.mend();
    let back = world.load.goes_on(BETWEEN).await;
    println!("cut and mended: served again after {back:?}");
    proxy.cut();
    sleep(Duration::from_secs(1)).await;
    proxy.reset();
    proxy.mend();
    world.load.goes_on(BETWEEN).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backends_that_are_ended_each_second() {
    let lent = lent();
    let world = World::on(&lent.url(), &lent.url()).await;
    for _ in 0..if long() { 60 } else { 5 } {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let ended = block_in_place(|| lent.sql(end)).expect("ended");
        assert_ne!(ended, "0");
        sleep(Duration::from_secs(1)).await;
    }
    world.load.goes_on(BETWEEN).await;
    world.end().await;
}

/// Connections are short, and somebody else takes all that are free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_of_connections_that_are_all_taken() {
    let server = Server::start().expect("a server");
    let url = server.url("postgres");
    let world = World::on(&url, &url).await;
    let greedy = sqlx::postgres::PgPoolOptions::new().max_connections(200);
    let greedy = greedy.acquire_timeout(Duration::from_secs(2)).connect_lazy(&url).expect("a pool");
    let mut taken = vec![];
    while let Ok(Ok(one)) = tokio::time::timeout(Duration::from_secs(2), greedy.acquire()).await {
        taken.push(one);
    }
    assert!(taken.len() > 10, "only {} were free", taken.len());
    // What the nodes have is taken, too, so that they look for others and find none.
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND query NOT LIKE '' AND datname = 'postgres'";
    block_in_place(|| server.sql("postgres", others)).expect("ended");
    let full = Instant::now();
    while full.elapsed() < Duration::from_secs(2) {
        if let Ok(Ok(one)) = tokio::time::timeout(Duration::from_millis(50), greedy.acquire()).await
        {
            taken.push(one);
        }
    }
    drop(taken);
    greedy.close().await;
    let back = world.load.goes_on(BETWEEN).await;
    println!("slots are free: served again after {back:?}");
    world.end().await;
}

/// A batch that waits for a head and is given up in its middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_that_take_too_long() {
    let lent = lent();
    let world = World::on(&lent.url(), &lent.url()).await;
    // Nodes set their own limit, so it is the lock that is held for longer than any statement may wait.
    for _ in 0..if long() { 10 } else { 1 } {
        let hold = format!(
            "BEGIN; SELECT FROM clinic_heads WHERE clinic = '{}' FOR UPDATE; SELECT pg_sleep(6); COMMIT",
            world.places[0].clinic
        );
        block_in_place(|| lent.sql(&hold)).expect("held");
        world.load.goes_on(BETWEEN).await;
    }
    assert!(world.load.told.again() > 0, "nobody met the limit");
    world.end().await;
}
