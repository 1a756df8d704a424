//! Nodes, servers and the way between them are killed and cut while visits go on: nothing is lost.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use clinic_postgres::limits::{ANSWER, STATEMENT};
use clinic_testkit::postgres::{Proxy, Server};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use super::fixture::lent;
use super::load::{Ack, Beside, Follower, Load, Node, Place, nothing_is_lost};

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
    followers: Vec<Follower>,
    load: Load,
}

impl World {
    /// Two nodes that reach the log here, of which `direct` is the way past whatever is cut.
    async fn on(url: &str, direct: &str) -> Self {
        let beside = Beside::default();
        let nodes = vec![Node::on(url, &beside).await, Node::on(url, &beside).await];
        Self::over(nodes, direct).await
    }

    async fn over(nodes: Vec<Node>, direct: &str) -> Self {
        let mut places = vec![];
        for _ in 0..3 {
            places.push(Place::found(&nodes[0].engine).await);
        }
        let followers = nodes.iter().map(|node| Follower::of(node, places[0].clinic)).collect();
        let load = Load::on(&nodes, &places, 6);
        load.goes_on(BETWEEN).await;
        Self { url: direct.to_owned(), nodes, places, followers, load }
    }

    /// The check, with what else was acknowledged.
    async fn end(self, mut acks: Vec<Ack>) {
        let Self { url, nodes, places, followers, load } = self;
        acks.extend(load.end().await);
        nothing_is_lost(&url, &nodes, &places, &acks).await;
        for follower in followers {
            follower.has_seen_all(&url).await;
        }
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
    world.end(vec![]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_killed_and_a_standby_that_is_promoted() {
    let primary = Server::start().expect("a server");
    let standby = block_in_place(|| primary.standby()).expect("a standby");
    let (start, end) = (primary.url("postgres"), standby.url("postgres"));
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), standby.port());
    let both = start.replace(&format!("127.0.0.1:{}", primary.port()), &hosts);
    let world = World::on(&both, &end).await;
    let dead = Instant::now();
    block_in_place(|| primary.kill()).expect("killed");
    block_in_place(|| standby.promote()).expect("promoted");
    world.load.goes_on(BETWEEN).await;
    let moved = dead.elapsed();
    println!("moved over after {moved:?}");
    assert!(moved < MOVED_OVER, "moved over only after {moved:?}");
    world.end(vec![]).await;
}

/// Where nobody answers, no connection breaks: nodes have to give up waiting, also for the table of whom they hear.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_falls_silent_and_a_standby_that_is_promoted() {
    let primary = Server::start().expect("a server");
    let standby = block_in_place(|| primary.standby()).expect("a standby");
    let (start, end) = (primary.url("postgres"), standby.url("postgres"));
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), standby.port());
    let both = start.replace(&format!("127.0.0.1:{}", primary.port()), &hosts);
    let beside = Beside::default();
    let mut nodes = vec![];
    for _ in 0..2 {
        nodes.push(Node::that_tells(&both, &beside).await);
    }
    let world = World::over(nodes, &end).await;
    let silent = Instant::now();
    block_in_place(|| primary.pause()).expect("held");
    block_in_place(|| standby.promote()).expect("promoted");
    world.load.goes_on(BETWEEN).await;
    let moved = silent.elapsed();
    println!("moved over after {moved:?}");
    // What waits for an answer waits for as long as one may take, and then looks for another host.
    let longest = ANSWER + MOVED_OVER;
    assert!(moved < longest, "moved over only after {moved:?}");
    let alive = "SELECT count(*) FROM clinic_nodes
        WHERE alive_at > (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 3000";
    while block_in_place(|| standby.sql("postgres", alive)).expect("told") != "2" {
        assert!(silent.elapsed() < longest, "a node does not say that it is alive");
        sleep(Duration::from_millis(100)).await;
    }
    world.end(vec![]).await;
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
    world.end(vec![]).await;
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
    world.end(vec![]).await;
}

/// Connections are short, and somebody else takes all that are free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_of_connections_that_are_all_taken() {
    let server = Server::start().expect("a server");
    let url = server.url("postgres");
    let world = World::on(&url, &url).await;
    let options: PgConnectOptions = url.parse().expect("an address");
    let greedy = options.application_name("greedy");
    let mut taken = vec![];
    while let Ok(one) = PgConnection::connect_with(&greedy).await {
        taken.push(one);
    }
    assert!(taken.len() > 10, "only {} were free", taken.len());
    // What the nodes have is taken, too, so that they look for others and find none.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND application_name <> 'greedy'";
    let asking = world.load.told.again();
    let full = Instant::now();
    while full.elapsed() < Duration::from_secs(2) {
        taken[0].execute(end).await.expect("ended");
        while let Ok(one) = PgConnection::connect_with(&greedy).await {
            taken.push(one);
        }
    }
    assert!(world.load.told.again() > asking, "nobody missed a connection");
    drop(taken);
    let back = world.load.goes_on(BETWEEN).await;
    println!("slots are free: served again after {back:?}");
    world.end(vec![]).await;
}

/// A batch that stands still in its middle: the server gives it up, and meanwhile others wait for its heads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_that_take_too_long() {
    let lent = lent();
    let world = World::on(&lent.url(), &lent.url()).await;
    let slow = "CREATE TABLE slow (clinic uuid);
        CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT FROM slow WHERE clinic = NEW.clinic) THEN PERFORM pg_sleep(60); END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER slowly AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION slowly()";
    block_in_place(|| lent.sql(slow)).expect("made");
    for round in 0..if long() { 10 } else { 1 } {
        let asking = world.load.told.again();
        let place = &world.places[round % world.places.len()];
        let begin = format!("INSERT INTO slow VALUES ('{}')", place.clinic);
        block_in_place(|| lent.sql(&begin)).expect("slow from now on");
        sleep(STATEMENT + Duration::from_secs(1)).await;
        block_in_place(|| lent.sql("DELETE FROM slow")).expect("slow no more");
        let back = world.load.goes_on(BETWEEN).await;
        println!("round {round}: served again after {back:?}");
        assert!(world.load.told.again() > asking, "nobody met the limit");
    }
    world.end(vec![]).await;
}

/// Says to this test, started as a process of its own, to be a node: where, and in which clinics.
const BE_A_NODE: &str = "CLINIC_TEST_NODE";

/// A node in a process of its own: it is killed while it serves, every second time with the server. Two more
/// serve the same clinics meanwhile.
#[test]
fn a_node_that_is_killed_alone_and_with_its_server() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    if let Ok(told) = std::env::var(BE_A_NODE) {
        return runtime.block_on(be_a_node(&told));
    }
    runtime.block_on(async {
        let server = Server::start().expect("a server");
        let url = server.url("postgres");
        let world = World::on(&url, &url).await;
        let mut acks = vec![];
        for round in 0..2 * rounds() {
            let with_server = round % 2 == 1;
            let kill = || {
                if with_server {
                    server.kill().expect("killed");
                }
            };
            acks.extend(block_in_place(|| killed(&url, &world.places, round, kill)));
            if with_server {
                block_in_place(|| server.up()).expect("recovers");
            }
            world.load.goes_on(BETWEEN).await;
        }
        println!("{} acknowledged by nodes that were killed", acks.len());
        world.end(acks).await;
    });
}

/// Serves until it is killed, and prints what it acknowledges.
#[expect(clippy::print_stdout, reason = "it is a process that tells another what it did")]
async fn be_a_node(told: &str) {
    let mut lines = told.lines();
    let url = lines.next().expect("an address");
    let places: Vec<Place> = lines.map(|line| line.parse().expect("a place")).collect();
    let nodes = [Node::on(url, &Beside::default()).await];
    let load = Load::on(&nodes, &places, 6);
    println!();
    loop {
        let acks = std::mem::take(&mut *load.told.acks.lock().expect("nobody panicked"));
        for ack in acks {
            println!("{ACK}{ack}");
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// How a line begins that says what was acknowledged; a test's output has others.
const ACK: &str = "acknowledged ";

/// Starts a node, kills it some time after it has begun to serve, and gives what it acknowledged.
fn killed(url: &str, places: &[Place], round: u32, kill: impl FnOnce()) -> Vec<Ack> {
    let name = "postgres::faults::a_node_that_is_killed_alone_and_with_its_server";
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    let mut node = Command::new(std::env::current_exe().expect("this program"))
        .args([name, "--exact", "--nocapture"])
        .env(BE_A_NODE, format!("{url}\n{}", places.join("\n")))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(node.stdout.take().expect("a pipe"));
    let mut next = || loop {
        let mut line = String::new();
        output.read_line(&mut line).expect("it can be read");
        // Half a line at the end is none.
        let line = line.strip_suffix('\n')?;
        if let Some(ack) = line.strip_prefix(ACK) {
            return Some(ack.parse::<Ack>().expect("an acknowledgement"));
        }
    };
    let mut acks: Vec<Ack> = std::iter::from_fn(&mut next).take(BETWEEN).collect();
    assert_eq!(acks.len(), BETWEEN, "it ended by itself");
    std::thread::sleep(some_time(round));
    kill();
    node.kill().expect("killed");
    node.wait().expect("it ends");
    acks.extend(std::iter::from_fn(next));
    acks
}
