//! A deterministic simulator: several engine nodes on one faulty log, one thread, one seed.
//!
//! A day at random is played by clients who ask at the same time, some at nodes that die, and ask
//! again elsewhere under the same id, until they know. Appends lose races, replies and nodes; news of
//! the log comes late, live readers are given it twice and in the wrong order, clocks step and jump,
//! pages fall silent. The clock is virtual, for the rules and for `tokio` alike: one seed, one story.
//!
//! After every event the log is held to the laws and to the reference model, and no patient is shown
//! anybody else. What was acknowledged has to be in the log, exactly once; what was refused has to be
//! refused by some state that the asker may have met. Now and then, and at the end: what nodes and live
//! readers show has to be what the log makes.

mod client;
mod faults;
mod log;
mod many;
mod nodes;
mod screens;
mod signal;
mod witness;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use clinic_domain::actor::Actor;
use clinic_domain::command::{Command, Person};
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::EventLog;
use clinic_engine::{MemoryLog, Ports};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::task::JoinHandle;
use uuid::Uuid;

use self::client::{Said, Told};
pub use self::faults::Fault;
use self::faults::Note;
pub use self::many::{Days, run_days};
use self::nodes::{Node, Nodes};
use self::screens::Screen;
use self::witness::Witness;
use crate::day::{Day, Origin, answered, asked, days};
use crate::world::{Answer, World};

/// Longer than anything takes that a node does by itself.
const SETTLED: Duration = Duration::from_secs(3);

/// Longer than any node lies still.
const STALLED: Millis = Millis::minutes(50 * 60);

/// Commands that are under way at once.
const FLIGHTS: usize = 6;

/// How often a node may be found further than the log was read.
const FURTHER: usize = 10;

/// Live readers.
const SCREENS: usize = 3;

/// What a simulation is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which story.
    pub seed: u64,
    /// Nodes on the one log.
    pub nodes: usize,
    /// What may go wrong.
    pub faults: Vec<Fault>,
    /// Makes the log: memory, unless another is to be tried. It has to work in the one thread, by the
    /// virtual clock.
    pub log: Source,
    /// What a node works with: what it is given, unless something else is to be tried.
    pub ports: Plug,
}

/// Makes a log.
#[derive(Clone)]
pub struct Source(pub Arc<dyn Fn() -> Arc<dyn EventLog> + Send + Sync>);

/// Changes what a node works with.
#[derive(Clone)]
pub struct Plug(pub Arc<dyn Fn(Ports) -> Ports + Send + Sync>);

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

impl fmt::Debug for Plug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plug")
    }
}

/// What a simulated day came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Commands that were answered.
    pub commands: usize,
    /// Those of them that were granted, and did something.
    pub granted: usize,
    /// Events in the log.
    pub events: usize,
    /// Appends that lost a race to another node.
    pub raced: usize,
    /// Batches of several commands.
    pub together: usize,
    /// How often each fault struck.
    pub faults: BTreeMap<Fault, usize>,
    /// The day, line by line: who asked for what at which nodes, and what came of it.
    pub story: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// With which seed it comes again.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
    /// The day until then, made as short as it could be.
    pub story: Vec<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.what)?;
        self.story.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Found {}

impl Found {
    /// Which eye saw it: a law, the model, or what the log says of answers and of what is shown.
    #[must_use]
    pub fn eye(&self) -> &str {
        self.what.split(':').next().unwrap_or_default()
    }
}

impl Plan {
    /// Three nodes on a log in memory, with every fault.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            nodes: 3,
            faults: Fault::ALL.to_vec(),
            log: Source(Arc::new(|| Arc::new(MemoryLog::shared()))),
            ports: Plug(Arc::new(|ports| ports)),
        }
    }

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
    /// The first law that does not hold, with the shortest story that breaks one.
    pub fn run(&self) -> Result<Ran, Found> {
        let day = self.day();
        self.play(&day).map_err(|found| {
            let same = |plan: &Self, day: &Day| {
                plan.play(day).err().is_some_and(|other| other.eye() == found.eye())
            };
            let mut plan = self.clone();
            for fault in Fault::ALL {
                let mut fewer = plan.clone();
                fewer.faults.retain(|other| *other != fault);
                if same(&fewer, &day) {
                    plan = fewer;
                }
            }
            let day = day.shrunk(|day| same(&plan, day));
            plan.play(&day).err().unwrap_or(found)
        })
    }

    /// Plays some day under this plan's faults.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn play(&self, day: &Day) -> Result<Ran, Found> {
        let mut sim: Option<Sim> = None;
        let played = catch_unwind(AssertUnwindSafe(|| self.try_play(day, &mut sim)));
        let played = played.unwrap_or_else(|panic| Err(format!("panic: {}", message(&*panic))));
        let ran = sim.map(|sim| sim.ran).unwrap_or_default();
        match played {
            Ok(()) => Ok(ran),
            Err(what) => {
                // Of setting the clinic up, what came last may matter.
                let last = ran.story.len().saturating_sub(3);
                let story = ran.story.into_iter().enumerate();
                let story = story.filter(|(n, line)| *n >= last || !line.starts_with(SETUP));
                Err(Found { seed: self.seed, what, story: story.map(|(_, line)| line).collect() })
            }
        }
    }

    fn try_play(&self, day: &Day, sim: &mut Option<Sim>) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| format!("no runtime: {error}"))?;
        let _entered = runtime.enter();
        let mut world = day.play(|world, command, origin| {
            let sim = sim.get_or_insert_with(|| Sim::new(self, world));
            runtime.block_on(sim.ask(world, command, origin))
        })?;
        match sim {
            Some(sim) => runtime.block_on(sim.finish(&mut world)),
            None => Ok(()),
        }
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}

/// How a line of the story begins that only sets the clinic up.
const SETUP: &str = "(";

/// A command under way.
struct Flight {
    command: Command,
    /// It in the clinic's words.
    words: String,
    client: JoinHandle<Result<Told, String>>,
}

/// A simulation as it goes on.
struct Sim {
    nodes: Arc<Nodes>,
    /// When somebody asked last.
    now: Timestamp,
    flights: Vec<Flight>,
    /// Commands that the network delivers again, behind so many others.
    echoes: Vec<(u64, Command, Origin)>,
    screens: Vec<Screen>,
    /// Whose pages are silent.
    silent: BTreeMap<Person, bool>,
    witness: Witness,
    ran: Ran,
}

impl Sim {
    fn new(plan: &Plan, world: &World) -> Self {
        let clinic: ClinicId = world.state().id();
        Self {
            nodes: Arc::new(Nodes::new(plan, clinic, world.now())),
            now: world.now(),
            flights: vec![],
            echoes: vec![],
            screens: (0..SCREENS).map(|_| Screen::default()).collect(),
            silent: BTreeMap::new(),
            witness: Witness::default(),
            ran: Ran::default(),
        }
    }

    /// Has a command asked. While it is under way it counts as one that changed nothing.
    async fn ask(
        &mut self,
        world: &mut World,
        command: &Command,
        origin: Origin,
    ) -> Result<Answer, String> {
        if command.at > self.now {
            self.settle(world).await?;
            self.pass(world, command.at).await?;
        }
        if origin == Origin::Timer {
            self.settle(world).await?;
            self.tick().await;
            self.follow(world, vec![]).await?;
            return Ok(Ok(vec![]));
        }
        self.launch(world, command, origin);
        if self.nodes.dice.strikes(Fault::Duplicate, 10) {
            self.echoes.push((self.nodes.dice.pick(12), command.clone(), origin));
        }
        let moves = matches!(origin, Origin::Move(_));
        if moves && self.flights.len() < FLIGHTS && self.nodes.dice.pick(3) > 0 {
            return Ok(Ok(vec![]));
        }
        Ok(self.settle(world).await?.unwrap_or(Ok(vec![])))
    }

    /// Sends a command on its way, and those that the network delivers again by now.
    fn launch(&mut self, world: &World, command: &Command, origin: Origin) {
        self.send(world, command, origin, "");
        for (behind, command, origin) in std::mem::take(&mut self.echoes) {
            if behind == 0 {
                self.send(world, &command, origin, ", delivered again");
            } else {
                self.echoes.push((behind - 1, command, origin));
            }
        }
    }

    fn send(&mut self, world: &World, command: &Command, origin: Origin, again: &str) {
        self.witness.asks(command, self.now);
        let now = Command { at: self.now, ..command.clone() };
        let words = format!("{}{again}", asked(world, &now));
        let words = if origin == Origin::Setup { format!("{SETUP}{words})") } else { words };
        let client = tokio::spawn(client::ask(Arc::clone(&self.nodes), command.clone()));
        self.flights.push(Flight { command: command.clone(), words, client });
    }

    /// Waits for everybody who asks, and holds all answers to what the log says. Answers what the
    /// first of them was told.
    async fn settle(&mut self, world: &mut World) -> Result<Option<Answer>, String> {
        let mut told = vec![];
        for Flight { command, words, client } in std::mem::take(&mut self.flights) {
            match client.await.map_err(|error| error.to_string()).flatten() {
                Ok(answer) => told.push((command, words, answer)),
                Err(why) => {
                    self.ran.story.push(words);
                    return Err(why);
                }
            }
        }
        self.follow(world, told).await
    }

    /// Shows the world what has been committed, event by event, and what everybody was told.
    async fn follow(
        &mut self,
        world: &mut World,
        told: Vec<(Command, String, Told)>,
    ) -> Result<Option<Answer>, String> {
        let before = world.log().len();
        for (command, words, told) in &told {
            let (at, answer) = (told.asked.join(", "), told.answer());
            self.ran.commands += 1;
            self.ran.granted += usize::from(answer.as_ref().is_ok_and(|events| !events.is_empty()));
            let said = match told.said {
                Said::Granted(_) | Said::Refused(_) => answered(&answer),
                Said::Nowhere => "there is no such clinic".to_owned(),
            };
            self.ran.story.push(format!("{words} [{at}]: {said}"));
            self.witness.claim(command, told);
        }
        self.read_on(world).await?;
        let asked = |id| told.iter().any(|(command, ..)| command.id == id);
        for recorded in world.log().iter().skip(before) {
            if let Actor::Policy { name, .. } = &recorded.cause.actor
                && !asked(recorded.cause.command_id)
            {
                let (event, position) = (recorded.event.name(), recorded.position);
                self.ran.story.push(format!("policy {name}: {event} (position {position})"));
            }
        }
        self.witness.settle(world)?;
        let answer = told.first().map(|(_, _, told)| told.answer());
        if self.nodes.dice.pick(3) == 0 {
            let shown = self.nodes.dice.index(SCREENS);
            self.compare(world, shown).await?;
        }
        Ok(answer)
    }

    async fn read_on(&mut self, world: &mut World) -> Result<(), String> {
        let read = self.nodes.log.read(self.nodes.clinic, world.head(), 10_000).await;
        let read = read.map_err(|error| error.to_string())?;
        read.into_iter().try_for_each(|recorded| self.witness.enter(world, recorded))
    }

    /// What some live reader is shown, and some node.
    async fn compare(&mut self, world: &mut World, screen: usize) -> Result<(), String> {
        let views = self.witness.views();
        let screen = &mut self.screens[screen];
        screen.catch_up(&self.nodes, world.log(), views).await?;
        if self.nodes.dice.pick(6) == 0 {
            screen.reconnect();
        }
        let node = self.nodes.any();
        self.node_shows(world, &node).await
    }

    /// A node shows what the log makes. One that has gone further in the meantime is followed.
    async fn node_shows(&mut self, world: &mut World, node: &Node) -> Result<(), String> {
        for _ in 0..FURTHER {
            if self.witness.shown(&self.nodes, node, world).await? {
                return Ok(());
            }
            self.read_on(world).await?;
        }
        Err(format!("shown: node {} is further than the log", node.number))
    }

    /// What a node still does on its own is done before the next clock shows later.
    async fn pass(&mut self, world: &mut World, until: Timestamp) -> Result<(), String> {
        tokio::time::sleep(SETTLED).await;
        self.follow(world, vec![]).await?;
        self.now = until;
        self.nodes.pass(until);
        self.beat(world).await;
        if self.nodes.dice.pick(2) == 0 {
            self.tick().await;
        }
        Ok(())
    }

    /// Pages give signs of life, but for those that are silent.
    async fn beat(&mut self, world: &World) {
        let clinic = world.state().clinic().founded();
        let members = clinic.into_iter().flat_map(|clinic| clinic.members.keys());
        let members = members.map(|id: &MemberId| Person::Member(*id));
        let open = world.state().visits().filter(|(_, visit)| visit.open().is_some());
        let people: Vec<_> = members.chain(open.map(|(id, _)| Person::Patient(id))).collect();
        for who in people {
            let silent = self.silent.entry(who).or_default();
            if *silent {
                *silent = self.nodes.dice.pick(3) > 0;
            } else {
                *silent = self.nodes.dice.strikes(Fault::Silence, 12);
            }
            if *silent {
                continue;
            }
            // Nodes share no table of who was last seen yet: each has to hear it.
            for node in self.nodes.all() {
                tokio::select! {
                    biased;
                    _why = node.gone() => {}
                    _heard = node.engine.seen(self.nodes.clinic, who, Uuid::nil()) => {}
                }
            }
        }
    }

    /// What is due is done by some node; one that dies of it has left the work to the others.
    async fn tick(&mut self) {
        let node = self.nodes.any();
        tokio::select! {
            biased;
            _why = node.gone() => {}
            _stays_due = node.engine.tick() => {}
        }
    }

    /// The laws of the whole log, and what everybody shows of it.
    async fn finish(&mut self, world: &mut World) -> Result<(), String> {
        self.settle(world).await?;
        // Whoever lies still has woken by then.
        self.pass(world, self.now.plus(STALLED)).await?;
        tokio::time::sleep(SETTLED).await;
        self.follow(world, vec![]).await?;
        self.witness.finish(world)?;
        for screen in 0..SCREENS {
            self.compare(world, screen).await?;
        }
        for node in self.nodes.all().into_iter().chain(self.nodes.woken()) {
            self.node_shows(world, &node).await?;
        }
        self.ran.raced = self.nodes.dice.noted(Note::Raced);
        self.ran.together = self.nodes.dice.noted(Note::Together);
        self.ran.events = world.log().len();
        self.ran.faults = self.nodes.dice.struck();
        Ok(())
    }
}
