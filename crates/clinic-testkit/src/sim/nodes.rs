//! The nodes: engines on one log, each with a clock of its own, that die and are started again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clinic_domain::ids::ClinicId;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Clock as _, CountedIds, EventLog, KeyStore, ManualClock, MemoryKeys};
use clinic_engine::{Engine, Ports};
use tokio::sync::watch;

use super::Plan;
use super::faults::{Dice, Fault};
use super::log::FaultyLog;

/// All nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) clinic: ClinicId,
    pub(super) log: Arc<dyn EventLog>,
    pub(super) dice: Arc<Dice>,
    keys: Arc<dyn KeyStore>,
    ports: fn(Ports) -> Ports,
    started: Mutex<Started>,
}

#[derive(Debug)]
struct Started {
    nodes: Vec<Arc<Node>>,
    /// How many there ever were: each mints ids of its own.
    ever: u64,
    /// What time it is.
    now: Timestamp,
}

/// An engine, and what it takes the time to be.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) number: u64,
    pub(super) engine: Engine,
    clock: Arc<ManualClock>,
    /// Whatever the clock has shown since time last passed.
    shown: Mutex<Vec<Timestamp>>,
    dead: watch::Sender<bool>,
}

impl Node {
    fn start(nodes: &Nodes, number: u64, now: Timestamp) -> Self {
        let (clock, dead) = (Arc::new(ManualClock::at(now)), watch::Sender::new(false));
        let log = FaultyLog::new(Arc::clone(&nodes.log), Arc::clone(&nodes.dice), dead.clone());
        let engine = Engine::new((nodes.ports)(Ports {
            log: Arc::new(log),
            keys: Arc::clone(&nodes.keys),
            clock: Arc::<ManualClock>::clone(&clock),
            ids: Arc::new(CountedIds::starting_at(number << 32)),
            ..Ports::in_memory()
        }));
        Self { number, engine, clock, shown: Mutex::new(vec![now]), dead }
    }

    /// Waits until it has died.
    pub(super) async fn died(&self) {
        // It cannot fail: the sender is here.
        let mut dead = self.dead.subscribe();
        let _died = dead.wait_for(|dead| *dead).await;
    }

    fn sets_clock(&self, instant: Timestamp) {
        self.clock.jump_to(instant);
        lock(&self.shown).push(instant);
    }

    /// Whatever its clock has shown since time last passed.
    pub(super) fn shown(&self) -> Vec<Timestamp> {
        lock(&self.shown).clone()
    }
}

impl Nodes {
    pub(super) fn new(plan: &Plan, clinic: ClinicId, now: Timestamp) -> Self {
        let nodes = Self {
            clinic,
            log: (plan.log)(),
            dice: Arc::new(Dice::new(plan.seed, &plan.faults)),
            keys: Arc::new(MemoryKeys::counted()),
            ports: plan.ports,
            started: Mutex::new(Started { nodes: vec![], ever: 0, now }),
        };
        for _ in 0..plan.nodes.max(1) {
            nodes.one_more(lock(&nodes.started), None);
        }
        nodes
    }

    /// Starts a node, in the place of another.
    fn one_more(&self, mut started: MutexGuard<'_, Started>, place: Option<usize>) -> Arc<Node> {
        started.ever += 1;
        let node = Arc::new(Node::start(self, started.ever, started.now));
        match place.and_then(|place| started.nodes.get_mut(place)) {
            Some(dead) => *dead = Arc::clone(&node),
            None => started.nodes.push(Arc::clone(&node)),
        }
        node
    }

    /// Some node that works. What has died is started again when it is next called upon.
    pub(super) fn any(&self) -> Arc<Node> {
        let started = lock(&self.started);
        let place = self.dice.index(started.nodes.len());
        let node = Arc::clone(&started.nodes[place]);
        let dead = *node.dead.borrow();
        let node = if dead { self.one_more(started, Some(place)) } else { node };
        if self.dice.strikes(Fault::ClockStep, 20) {
            let step = i64::try_from(self.dice.pick(11 * 60_000)).unwrap_or_default() - 10 * 60_000;
            node.sets_clock(Timestamp(node.clock.now().0.saturating_add(step)));
        }
        if self.dice.strikes(Fault::ClockJump, 60) {
            let minutes = i64::try_from(6 + self.dice.pick(3_000)).unwrap_or_default();
            node.sets_clock(Timestamp(node.clock.now().0.saturating_add(minutes * 60_000)));
        }
        node
    }

    /// All nodes that work, and those that are started in the place of the others.
    pub(super) fn all(&self) -> Vec<Arc<Node>> {
        let count = lock(&self.started).nodes.len();
        let alive = |place: usize| {
            let started = lock(&self.started);
            let node = Arc::clone(&started.nodes[place]);
            let dead = *node.dead.borrow();
            if dead { self.one_more(started, Some(place)) } else { node }
        };
        (0..count).map(alive).collect()
    }

    /// Time passes, for every clock. Half of those that are wrong are set right.
    pub(super) fn pass(&self, now: Timestamp) {
        let mut started = lock(&self.started);
        let passed = now.since(started.now);
        started.now = now;
        for node in &started.nodes {
            node.clock.advance(passed);
            lock(&node.shown).clear();
            let right = node.clock.now() == now || self.dice.pick(2) == 0;
            node.sets_clock(if right { now } else { node.clock.now() });
        }
    }

    /// Somebody sees that a node's clock is wrong, and sets it right.
    pub(super) fn corrects_clock(&self, node: &Node) {
        node.sets_clock(lock(&self.started).now);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
