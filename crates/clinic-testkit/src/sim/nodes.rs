//! The nodes: engines on one log, each with a clock of its own, that die and are started again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clinic_domain::ids::ClinicId;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Clock as _, CountedIds, EventLog, KeyStore, ManualClock, MemoryKeys};
use clinic_engine::{Engine, Ports};

use super::faults::{Dice, Fault};
use super::log::{FaultyLog, Life};
use super::signal::Signal;
use super::{Plan, Plug};

/// All nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) clinic: ClinicId,
    pub(super) log: Arc<dyn EventLog>,
    pub(super) dice: Arc<Dice>,
    keys: Arc<dyn KeyStore>,
    ports: Plug,
    started: Mutex<Started>,
    /// What time it is.
    time: Arc<Signal<Timestamp>>,
}

#[derive(Debug)]
struct Started {
    /// Those that are asked.
    nodes: Vec<Arc<Node>>,
    /// Those in whose place another was started, and that may wake.
    replaced: Vec<Arc<Node>>,
    /// How many there ever were: each mints ids of its own.
    ever: u64,
}

/// An engine, and what it takes the time to be.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) number: u64,
    pub(super) engine: Engine,
    clock: Arc<ManualClock>,
    /// Whatever the clock has shown since time last passed.
    shown: Mutex<Vec<Timestamp>>,
    life: Arc<Signal<Life>>,
}

impl Node {
    fn start(nodes: &Nodes, number: u64, now: Timestamp) -> Self {
        let (clock, life) = (Arc::new(ManualClock::at(now)), Arc::new(Signal::new(Life::Works)));
        let (log, dice) = (Arc::clone(&nodes.log), Arc::clone(&nodes.dice));
        let log = FaultyLog::new(log, dice, Arc::clone(&life), Arc::clone(&nodes.time));
        let engine = Engine::new(nodes.ports.0(Ports {
            log: Arc::new(log),
            keys: Arc::clone(&nodes.keys),
            clock: Arc::<ManualClock>::clone(&clock),
            ids: Arc::new(CountedIds::starting_at(number << 32)),
            ..Ports::in_memory()
        }));
        Self { number, engine, clock, shown: Mutex::new(vec![now]), life }
    }

    /// Waits until it works no more, and says why.
    pub(super) async fn gone(&self) -> &'static str {
        match self.life.wait_for(|life| life != Life::Works).await {
            Life::LiesStill => "lies still",
            Life::Works | Life::Dead => "died",
        }
    }

    fn works(&self) -> bool {
        self.life.get() == Life::Works
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
            log: plan.log.0(),
            dice: Arc::new(Dice::new(plan.seed, &plan.faults)),
            keys: Arc::new(MemoryKeys::counted()),
            ports: plan.ports.clone(),
            started: Mutex::new(Started { nodes: vec![], replaced: vec![], ever: 0 }),
            time: Arc::new(Signal::new(now)),
        };
        for _ in 0..plan.nodes.max(1) {
            let mut started = lock(&nodes.started);
            let node = nodes.one_more(&mut started);
            started.nodes.push(node);
        }
        nodes
    }

    fn one_more(&self, started: &mut Started) -> Arc<Node> {
        started.ever += 1;
        Arc::new(Node::start(self, started.ever, self.time.get()))
    }

    /// The node at a place. What has died, or lies still, is replaced when it is called upon.
    fn at(&self, started: &mut Started, place: usize) -> Arc<Node> {
        if !started.nodes[place].works() {
            let node = self.one_more(started);
            let gone = std::mem::replace(&mut started.nodes[place], node);
            started.replaced.push(gone);
        }
        Arc::clone(&started.nodes[place])
    }

    /// Some node that works.
    pub(super) fn any(&self) -> Arc<Node> {
        let mut started = lock(&self.started);
        let place = self.dice.index(started.nodes.len());
        let node = self.at(&mut started, place);
        if self.dice.strikes(Fault::ClockStep, 20) {
            let step = i64::try_from(self.dice.pick(11 * 60_000)).unwrap_or_default() - 10 * 60_000;
            node.sets_clock(Timestamp(node.clock.now().0.saturating_add(step)));
        }
        if self.dice.strikes(Fault::ClockJump, 60) {
            let minutes = i64::try_from(6 + self.dice.pick(3_000)).unwrap_or_default();
            // It decides nothing by that clock, so nothing was shown by it.
            node.clock.jump_to(Timestamp(node.clock.now().0.saturating_add(minutes * 60_000)));
        }
        node
    }

    /// All nodes that work.
    pub(super) fn all(&self) -> Vec<Arc<Node>> {
        let mut started = lock(&self.started);
        (0..started.nodes.len()).map(|place| self.at(&mut started, place)).collect()
    }

    /// Those that lay still and have woken.
    pub(super) fn woken(&self) -> Vec<Arc<Node>> {
        let started = lock(&self.started);
        started.replaced.iter().filter(|node| node.works()).map(Arc::clone).collect()
    }

    /// Time passes, for every clock. Half of those that are wrong are set right.
    pub(super) fn pass(&self, now: Timestamp) {
        let started = lock(&self.started);
        let passed = now.since(self.time.get());
        self.time.set(now);
        for node in started.nodes.iter().chain(&started.replaced) {
            node.clock.advance(passed);
            lock(&node.shown).clear();
            let right = node.clock.now() == now || self.dice.pick(2) == 0;
            node.sets_clock(if right { now } else { node.clock.now() });
        }
    }

    /// Somebody sees that a node's clock is wrong, and sets it right.
    pub(super) fn corrects_clock(&self, node: &Node) {
        node.sets_clock(self.time.get());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
