//! A deterministic simulator: several engine nodes on one faulty log, one thread, one seed.
//!
//! A day at random is played command by command. Each goes to some node; appends lose races, replies
//! and nodes, and whoever asked asks again under the same id, on another node, until she knows. After
//! each command the log is held to the laws, and what was acknowledged has to be in it exactly once.
//! The clock is virtual, for the rules and for `tokio` alike, so one seed is one story.

mod faults;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clinic_domain::command::Command;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::limits;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Clock as _, CountedIds, EventLog, KeyStore, ManualClock, MemoryKeys};
use clinic_engine::{Engine, EngineError, MemoryLog, Ports, Receipt, Request};
use clinic_projections::views::Views;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use self::faults::Fault;
use self::faults::{Dice, FaultyLog};
use crate::day::{Day, Origin, days};
use crate::laws::{self, Ledger, Violation};
use crate::model::Model;
use crate::world::{Answer, World};

/// How often a command is asked before the simulation is stuck.
const ATTEMPTS: usize = 100;

/// Longer than anything takes that a node does by itself.
const SETTLED: Duration = Duration::from_secs(3);

/// What a simulation is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which story.
    pub seed: u64,
    /// Nodes on the one log.
    pub nodes: usize,
    /// What may go wrong.
    pub faults: Vec<Fault>,
}

/// What a simulated day came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Commands that were answered.
    pub commands: usize,
    /// Events in the log.
    pub events: usize,
    /// How often each fault struck.
    pub faults: BTreeMap<Fault, usize>,
    /// One line for each command: who answered what.
    pub trace: Vec<String>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// With which seed it comes again.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

impl std::error::Error for Found {}

impl Plan {
    /// The day of this seed.
    ///
    /// # Panics
    /// Never: a day is made without rejecting any.
    #[must_use]
    pub fn day(&self) -> Day {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.seed.to_be_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let tree = days(20..80).new_tree(&mut runner);
        let mut day = tree.expect("a day can always be made").current();
        // A crowd is history that the world makes up, and no engine records it.
        day.setup.crowded = false;
        day
    }

    /// Plays the day of this seed.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn run(&self) -> Result<Ran, Found> {
        self.play(&self.day())
    }

    /// Plays some day under this plan's faults.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn play(&self, day: &Day) -> Result<Ran, Found> {
        let found = |what: String| Found { seed: self.seed, what };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| found(format!("no runtime: {error}")))?;
        let _entered = runtime.enter();
        let mut sim: Option<Sim> = None;
        let world = day.play(|world, command, origin| {
            let sim = sim.get_or_insert_with(|| Sim::new(self, world));
            runtime.block_on(sim.ask(world, command, origin))
        });
        let ran = world.and_then(|world| match sim {
            Some(sim) => runtime.block_on(sim.finish(&world)),
            None => Ok(Ran::default()),
        });
        ran.map_err(found)
    }
}

/// What somebody was told of a command: when, and where its events are.
struct Told {
    at: Timestamp,
    events: Vec<Position>,
}

/// An engine and what it takes the time to be.
struct Node {
    engine: Engine,
    clock: Arc<ManualClock>,
    dead: Arc<AtomicBool>,
}

/// A simulation as it goes on.
struct Sim {
    clinic: ClinicId,
    log: Arc<MemoryLog>,
    keys: Arc<dyn KeyStore>,
    dice: Arc<Dice>,
    nodes: Vec<Node>,
    /// When somebody asked last.
    asked_at: Timestamp,
    /// How many nodes were ever started: each mints ids of its own.
    started: u64,
    ledger: Ledger,
    model: Model,
    /// What was acknowledged.
    told: BTreeMap<CommandId, Vec<Told>>,
    ran: Ran,
}

impl Sim {
    fn new(plan: &Plan, world: &World) -> Self {
        let mut sim = Self {
            clinic: world.state().id(),
            log: Arc::new(MemoryLog::shared()),
            keys: Arc::new(MemoryKeys::counted()),
            dice: Arc::new(Dice::new(plan.seed, &plan.faults)),
            nodes: vec![],
            asked_at: world.now(),
            started: 0,
            ledger: Ledger::default(),
            model: Model::default(),
            told: BTreeMap::new(),
            ran: Ran::default(),
        };
        for _ in 0..plan.nodes.max(1) {
            let node = sim.start(world.now());
            sim.nodes.push(node);
        }
        sim
    }

    fn start(&mut self, now: Timestamp) -> Node {
        self.started += 1;
        let (clock, dead) = (Arc::new(ManualClock::at(now)), Arc::<AtomicBool>::default());
        let log = FaultyLog::new(Arc::clone(&self.log), Arc::clone(&self.dice), Arc::clone(&dead));
        let engine = Engine::new(Ports {
            log: Arc::new(log),
            keys: Arc::clone(&self.keys),
            clock: Arc::<ManualClock>::clone(&clock),
            ids: Arc::new(CountedIds::starting_at(self.started << 32)),
            ..Ports::in_memory()
        });
        Node { engine, clock, dead }
    }

    /// Starts nodes in the place of those that have died.
    fn restart(&mut self, now: Timestamp) {
        for n in 0..self.nodes.len() {
            if self.nodes[n].dead.load(Ordering::SeqCst) {
                self.nodes[n] = self.start(now);
            }
        }
    }

    /// Some node, to whose clock it is `now`, or nearly.
    fn node(&self, now: Timestamp) -> usize {
        let n = self.dice.pick(self.nodes.len());
        let clock = &self.nodes[n].clock;
        clock.advance_to(now);
        if let Some(step) = self.dice.clock_step() {
            let stepped = Timestamp(clock.now().0.saturating_add(step));
            clock.jump_to(stepped);
        }
        n
    }

    async fn ask(
        &mut self,
        world: &mut World,
        command: &Command,
        origin: Origin,
    ) -> Result<Answer, String> {
        let now = command.at.max(self.asked_at).max(world.now());
        if now > self.asked_at {
            // What a node still does on its own is done before the next clock shows later.
            tokio::time::sleep(SETTLED).await;
            self.follow(world).await.map_err(|error| error.to_string())?;
            self.asked_at = now;
        }
        let answer = if origin == Origin::Timer {
            self.tick(now).await;
            Ok(vec![])
        } else {
            self.answer(command, now).await?
        };
        self.follow(world).await.map_err(|error| error.to_string())?;
        self.ran.commands += 1;
        let said = match &answer {
            Ok(recorded) => format!("{} events", recorded.len()),
            Err(refusal) => refusal.to_string(),
        };
        self.ran.trace.push(format!("{} {}: {said}", world.head(), command.action.name()));
        Ok(answer)
    }

    /// What is due is done by some node; one that dies of it has left the work to the others.
    async fn tick(&mut self, now: Timestamp) {
        let n = self.node(now);
        let node = self.nodes[n].engine.clone();
        let ticked = tokio::select! {
            biased;
            () = self.dice.crashed() => None,
            ticked = node.tick() => Some(ticked),
        };
        if ticked.is_none() {
            self.restart(now);
        }
    }

    /// Asks one node after another until one knows; now and then, two at once.
    async fn answer(&mut self, command: &Command, now: Timestamp) -> Result<Answer, String> {
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let (n, other) = (self.node(now), self.node(now));
            let twice = self.dice.pick(6) == 0 && n != other;
            let ask = |n: usize| {
                let (actor, action) = (command.actor.clone(), command.action.clone());
                let (node, clinic) = (self.nodes[n].engine.clone(), self.clinic);
                let request = Request::new(command.id, actor, action);
                async move { node.execute(clinic, request).await }
            };
            let both = async {
                if twice {
                    let (one, two) = tokio::join!(ask(n), ask(other));
                    vec![one, two]
                } else {
                    vec![ask(n).await]
                }
            };
            let asked = tokio::select! {
                biased;
                () = self.dice.crashed() => None,
                asked = both => Some(asked),
            };
            let Some(asked) = asked else {
                self.restart(now);
                why = String::from("the node crashed");
                continue;
            };
            let mut answers = vec![];
            for answer in asked {
                match answer {
                    Ok(receipt) => answers.push(Ok(self.acknowledged(command, &receipt)?)),
                    Err(EngineError::Refused(refusal)) => answers.push(Err(refusal)),
                    // Who asks for what nobody has founded is refused by every node.
                    Err(EngineError::NoSuchClinic(_)) => answers.push(Ok(vec![])),
                    Err(error) => why = error.to_string(),
                }
            }
            if let [one, two] = &answers[..]
                && one.is_ok() != two.is_ok()
            {
                return Err(format!("{:?}: one node says {one:?}, another {two:?}", command.id));
            }
            if let Some(answer) = answers.pop() {
                return Ok(answer);
            }
        }
        Err(format!("{} is not answered after {ATTEMPTS} times: {why}", command.action.name()))
    }

    fn acknowledged(
        &mut self,
        command: &Command,
        receipt: &Receipt,
    ) -> Result<Vec<Recorded>, String> {
        let events: Vec<_> = receipt.events.iter().map(|event| event.position).collect();
        let told = self.told.entry(command.id).or_default();
        match told.last() {
            _ if events.is_empty() => {}
            Some(before) if before.events == events => {}
            // An id is remembered for a day; after that, the same command may be a new one.
            Some(Told { at, events: before }) if command.at.since(*at) <= limits::ANSWERED_FOR => {
                return Err(format!("{:?} was answered by {before:?} and {events:?}", command.id));
            }
            Some(_) | None => told.push(Told { at: command.at, events }),
        }
        Ok(receipt.events.iter().map(|event| (**event).clone()).collect())
    }

    /// Shows the world what has been committed, under the eyes of the ledger and of the model.
    async fn follow(&mut self, world: &mut World) -> Result<(), Box<dyn std::error::Error>> {
        loop {
            let page = self.log.read(self.clinic, world.head(), 1_000).await?;
            if page.is_empty() {
                return Ok(());
            }
            for recorded in page {
                self.ledger.enter(&recorded)?;
                self.model.follow(&recorded)?;
                world.follow(recorded);
                self.ledger.agrees(world.state())?;
            }
        }
    }

    /// The laws of the whole log, of what was acknowledged, and of what each node shows.
    async fn finish(mut self, world: &World) -> Result<Ran, String> {
        laws::hold(self.clinic, world.log()).map_err(|broken: Violation| broken.to_string())?;
        let mut by_command: BTreeMap<CommandId, Vec<Position>> = BTreeMap::new();
        for recorded in world.log() {
            by_command.entry(recorded.cause.command_id).or_default().push(recorded.position);
        }
        for (id, told) in &self.told {
            let told: Vec<_> = told.iter().flat_map(|told| &told.events).copied().collect();
            let found = by_command.get(id).cloned().unwrap_or_default();
            if found != told {
                return Err(format!("{id:?} was acknowledged at {told:?} and is at {found:?}"));
            }
        }
        let mut views = Views::default();
        world.log().iter().for_each(|recorded| views.apply(recorded));
        self.model.settled().map_err(|differs| differs.to_string())?;
        let boards = self.model.compare(&views.census, world.now());
        boards.map_err(|differs| differs.to_string())?;
        for (n, node) in self.nodes.iter().enumerate() {
            let live = node.engine.read(self.clinic, Some(world.head()), Views::clone).await;
            match live {
                Ok(live) if live == views => {}
                Ok(_) => return Err(format!("node {n} does not show what the log makes")),
                Err(EngineError::NoSuchClinic(_)) if world.log().is_empty() => {}
                Err(error) => return Err(format!("node {n}: {error}")),
            }
        }
        self.ran.events = world.log().len();
        self.ran.faults = self.dice.struck();
        Ok(self.ran)
    }
}
