//! Who is connected to one of several nodes is gone for none of them, and whose node died is gone once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use clinic_domain::command::Person;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position, VisitId};
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::{
    CountedIds, EventLog, LastSeen, LogError, ManualClock, MemorySeen, NodeId, Seen, Told,
};
use clinic_engine::{Engine, MemoryLog, Ports};
use uuid::Uuid;

use super::fixture::{House, NINE};

/// What nodes tell each other by; it may be out of reach.
#[derive(Debug, Default)]
struct Rumour {
    inner: MemorySeen,
    out_of_reach: AtomicBool,
}

impl Rumour {
    fn reached(&self) -> Result<(), LogError> {
        let lost = || LogError::Failed("not reachable".to_owned());
        if self.out_of_reach.load(Ordering::SeqCst) { Err(lost()) } else { Ok(()) }
    }
}

#[async_trait]
impl LastSeen for Rumour {
    fn shared(&self) -> bool {
        true
    }

    async fn beat(&self, node: NodeId, at: Timestamp, seen: Vec<Seen>) -> Result<(), LogError> {
        self.reached()?;
        self.inner.beat(node, at, seen).await
    }

    async fn others(&self, node: NodeId, clinics: &[ClinicId]) -> Result<Vec<Told>, LogError> {
        self.reached()?;
        self.inner.others(node, clinics).await
    }

    async fn forget(&self, before: Timestamp) -> Result<(), LogError> {
        self.inner.forget(before).await
    }
}

/// Nodes of one clinic, in which one patient waits.
struct Street {
    log: Arc<MemoryLog>,
    seen: Arc<Rumour>,
    clock: Arc<ManualClock>,
    house: House,
    visit: VisitId,
}

const TAB: Uuid = Uuid::from_u128(77);

impl Street {
    /// She has checked in, and everybody has had time to connect since the start.
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NINE));
        let (log, seen) = (Arc::new(MemoryLog::shared()), Arc::new(Rumour::default()));
        let first = node(&log, &seen, &clock, 1);
        let house = House::with(first, Arc::clone(&clock)).await;
        let visit = house.check_in(1).await;
        Self { log, seen, clock, house, visit }
    }

    /// Another node, that has the clinic in memory.
    async fn node(&self, number: u64) -> Engine {
        let node = node(&self.log, &self.seen, &self.clock, number);
        node.read(self.house.clinic, None, |_| ()).await.unwrap();
        node
    }

    /// Time passes, and each second these nodes do what is due.
    async fn pass(&self, seconds: u64, nodes: &[&Engine]) {
        for _ in 0..seconds {
            self.clock.advance(Millis::seconds(1));
            tokio::time::sleep(Duration::from_secs(1)).await;
            for node in nodes {
                node.tick().await.unwrap();
            }
        }
    }

    async fn connect(&self, node: &Engine) {
        node.connected(self.house.clinic, Person::Patient(self.visit), TAB).await.unwrap();
    }

    async fn disconnect(&self, node: &Engine) {
        node.disconnected(self.house.clinic, Person::Patient(self.visit), TAB).await.unwrap();
    }

    /// When she went offline and came back, as the log has it.
    async fn edges(&self) -> Vec<(&'static str, u64)> {
        let all = self.log.read(self.house.clinic, Position::START, 10_000).await.unwrap();
        let edge = |recorded: &Recorded| {
            let name = recorded.event.name();
            let of_her = name == "PatientWentOffline" || name == "PatientCameOnline";
            of_her.then(|| (name, recorded.occurred_at.since(NINE).0 / 1_000))
        };
        all.iter().filter_map(edge).collect()
    }
}

fn node(log: &Arc<MemoryLog>, seen: &Arc<Rumour>, clock: &Arc<ManualClock>, number: u64) -> Engine {
    Engine::new(Ports {
        log: Arc::clone(log) as Arc<_>,
        seen: Arc::clone(seen) as Arc<_>,
        clock: Arc::clone(clock) as Arc<_>,
        ids: Arc::new(CountedIds::starting_at(number << 32)),
        ..Ports::in_memory()
    })
}

#[tokio::test(start_paused = true)]
async fn who_is_connected_to_one_node_is_gone_for_none() {
    let street = Street::new().await;
    let (one, two) = (&street.house.engine, &street.node(2).await);
    street.connect(one).await;
    street.pass(300, &[two, one]).await;
    assert_eq!(street.edges().await, []);
    // She goes from node to node, and is silent for less than twenty seconds in between.
    for (from, to) in [(one, two), (two, one)] {
        street.disconnect(from).await;
        street.pass(19, &[two, one]).await;
        street.connect(to).await;
        street.pass(60, &[two, one]).await;
    }
    assert_eq!(street.edges().await, []);
    // By heartbeats alone, at whichever node.
    street.disconnect(one).await;
    for n in 0..30 {
        let node = [one, two][n % 2];
        node.seen(street.house.clinic, Person::Patient(street.visit), TAB).await.unwrap();
        street.pass(10, &[two, one]).await;
    }
    assert_eq!(street.edges().await, []);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_is_gone_once_and_back_once_however_many_nodes_look() {
    let street = Street::new().await;
    let (one, two, three) = (&street.house.engine, &street.node(2).await, &street.node(3).await);
    street.connect(one).await;
    street.pass(100, &[three, two, one]).await;
    street.disconnect(one).await;
    street.pass(100, &[three, two, one]).await;
    let [("PatientWentOffline", gone)] = street.edges().await[..] else {
        panic!("{:?}", street.edges().await);
    };
    assert!((120..=124).contains(&gone), "gone after {gone} s");
    street.connect(two).await;
    // The others look before they are told that she is with the second.
    for node in [three, one, two] {
        node.tick().await.unwrap();
    }
    street.pass(100, &[three, one, two]).await;
    let edges = street.edges().await;
    let [_, ("PatientCameOnline", 200)] = edges[..] else { panic!("{edges:?}") };
}

#[tokio::test(start_paused = true)]
async fn whose_node_died_is_gone_once_after_the_silence() {
    let mut street = Street::new().await;
    let (two, three) = (street.node(2).await, street.node(3).await);
    let died = std::mem::replace(&mut street.house.engine, two.clone());
    street.connect(&died).await;
    street.pass(100, &[&three, &two, &died]).await;
    drop(died);
    street.pass(18, &[&three, &two]).await;
    assert_eq!(street.edges().await, []);
    street.pass(100, &[&three, &two]).await;
    let edges = street.edges().await;
    let [("PatientWentOffline", 119..=124)] = edges[..] else { panic!("{edges:?}") };
}

#[tokio::test(start_paused = true)]
async fn whose_node_died_is_gone_though_no_other_had_the_clinic_in_memory() {
    let mut street = Street::new().await;
    let other = node(&street.log, &street.seen, &street.clock, 2);
    let died = std::mem::replace(&mut street.house.engine, other.clone());
    street.connect(&died).await;
    street.pass(100, &[&died]).await;
    drop(died);
    street.pass(15, &[&other]).await;
    street.pass(100, &[&other]).await;
    let edges = street.edges().await;
    // The log says each minute at the latest that somebody has to look after her.
    let [("PatientWentOffline", 119..=184)] = edges[..] else { panic!("{edges:?}") };
}

#[tokio::test(start_paused = true)]
async fn while_others_cannot_be_asked_nobody_is_gone() {
    let street = Street::new().await;
    let (one, two) = (&street.house.engine, &street.node(2).await);
    street.connect(one).await;
    street.pass(100, &[two, one]).await;
    street.disconnect(one).await;
    street.seen.out_of_reach.store(true, Ordering::SeqCst);
    street.pass(10, &[two, one]).await;
    street.connect(two).await;
    street.pass(100, &[one, two]).await;
    assert_eq!(
        street.edges().await,
        [],
        "the first node has not heard that she is with the second"
    );
    street.seen.out_of_reach.store(false, Ordering::SeqCst);
    street.pass(100, &[one, two]).await;
    assert_eq!(street.edges().await, []);
}
