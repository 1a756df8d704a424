//! Every law at once, while a day is played.

use clinic_domain::actor::Actor;
use clinic_domain::command::Command;
use clinic_domain::ids::{CommandId, Fresh};
use clinic_domain::state::{ClinicState, Journal};

use super::{
    Law, Ledger, Rules, Verdict, Violation, agenda, asked_twice, loaded, order, privacy, replay,
    retry, reuse, rights,
};
use crate::day::{Day, Origin};
use crate::world::{Answer, World};

/// Watches a world: every command goes through it.
///
/// After each event, the whole ledger is compared with the state. For each command: the decision from
/// loaded state against the one from full state, the rights of its asker, a repetition, a retry, both
/// misuses of its id, the agenda, and the public form of a refusal. Compared as a whole, which costs a
/// copy of the state: a batch of commands rolled back, after every eighth of them. At the end of a day: the laws of its log, and
/// the state that its log alone makes.
#[derive(Clone, Debug)]
pub struct Watch {
    ledger: Ledger,
    /// Folds the same log and forgets nothing.
    full: ClinicState,
    /// How much of the log both have seen.
    seen: usize,
    batch: Batch,
}

/// Commands decided but, as it were, not committed yet.
#[derive(Clone, Debug)]
struct Batch {
    /// The state at its beginning, and as it is now.
    before: ClinicState,
    now: ClinicState,
    journal: Journal,
    commands: usize,
    /// With how many commands it is rolled back.
    limit: usize,
}

/// How many commands are rolled back together, if nothing else is said.
const BATCH: usize = 8;

impl Batch {
    fn begin(state: &ClinicState, limit: usize) -> Self {
        let (before, now) = (state.clone(), state.clone());
        Self { before, now, journal: Journal::default(), commands: 0, limit }
    }
}

impl Watch {
    /// Begins to watch a world; what is in its log already is looked at with the first command.
    #[must_use]
    pub fn new(world: &World) -> Self {
        Self::in_batches(world, BATCH)
    }

    /// Watches a world in which so many commands are rolled back together.
    fn in_batches(world: &World, limit: usize) -> Self {
        let empty = ClinicState::new(world.state().id());
        Self {
            ledger: Ledger::default(),
            full: empty.clone().keeping_all(),
            seen: 0,
            batch: Batch::begin(&empty, limit),
        }
    }

    /// Plays a day and holds it to every law.
    ///
    /// # Errors
    /// The first violation.
    pub fn day(day: &Day) -> Result<World, Violation> {
        Self::day_with(day, |_, _, _| {})
    }

    /// Plays a day, holds it to every law, and tells of each command and its answer.
    ///
    /// # Errors
    /// The first violation.
    pub fn day_with(
        day: &Day,
        tell: impl FnMut(&Command, Origin, &Answer),
    ) -> Result<World, Violation> {
        Self::play(day, BATCH, tell)
    }

    /// How a day breaks a law, if it does. Which commands are rolled back together must not hide it,
    /// or a day could not be made shorter: so every size of a batch is tried.
    #[must_use]
    pub fn broken(day: &Day, law: Law) -> Option<Violation> {
        let sizes = if law == Law::RollBack { 1..=BATCH } else { BATCH..=BATCH };
        let found = sizes.filter_map(|size| Self::play(day, size, |_, _, _| {}).err());
        found.into_iter().find(|violation| violation.law == law)
    }

    fn play(
        day: &Day,
        batch: usize,
        mut tell: impl FnMut(&Command, Origin, &Answer),
    ) -> Result<World, Violation> {
        let mut watch: Option<Self> = None;
        let world = day.play(|world, command, origin| {
            let watch = watch.get_or_insert_with(|| Self::in_batches(world, batch));
            let answer = watch.ask(world, command)?;
            tell(command, origin, &answer);
            Ok(answer)
        })?;
        watch.map_or(Ok(()), |watch| watch.finish(&world))?;
        Ok(world)
    }

    /// Submits a command to the world, under every law.
    ///
    /// # Errors
    /// The first violation.
    pub fn ask(&mut self, world: &mut World, command: &Command) -> Result<Answer, Violation> {
        self.ask_by(world, command, &ClinicState::decide)
    }

    /// The same, where other rules than the clinic's decide.
    ///
    /// # Errors
    /// The first violation.
    pub fn ask_by(
        &mut self,
        world: &mut World,
        command: &Command,
        rules: Rules<'_>,
    ) -> Result<Answer, Violation> {
        self.catch_up(world)?;
        world.load(command);
        loaded(world.state(), &self.full, command)?;
        let head = world.head();
        let rights = rights(world.state(), command);
        let answer = world.submit_by(command, rules);
        match &answer {
            Ok(recorded) if recorded.is_empty() => {}
            Ok(_) => {
                rights?;
                self.granted(world, command, rules)?;
            }
            Err(refusal) => {
                privacy(world.state(), command, refusal)?;
                if world.head() != head || world.log().len() != self.seen {
                    return Err(Violation::new(Law::Refusal, head, "something was recorded"));
                }
            }
        }
        let policy = matches!(command.actor, Actor::Policy { .. });
        if policy && world.is_due(command.id) {
            let found = format!("{} is still due: {answer:?}", command.action.name());
            return Err(Violation::new(Law::Dues, head, found));
        }
        self.one_more()?;
        Ok(answer)
    }

    /// The laws of the whole log, and of the state that is left.
    ///
    /// # Errors
    /// The first violation.
    pub fn finish(mut self, world: &World) -> Verdict {
        self.catch_up(world)?;
        self.ledger.settled()?;
        order(world.state().id(), world.log())?;
        replay(world.state().id(), world.log())?;
        if world.replayed() != *world.state() {
            let found = "the state is not what its log makes";
            return Err(Violation::new(Law::Replay, world.head(), found));
        }
        Ok(())
    }

    fn granted(&mut self, world: &mut World, command: &Command, rules: Rules<'_>) -> Verdict {
        self.catch_up(world)?;
        agenda(world.state())?;
        // What the command names may have been let go with its last event.
        world.load(command);
        let (id, fresh) = (CommandId(world.mint()), Fresh(world.mint()));
        let again = Command { fresh, ..command.clone() };
        asked_twice(rules, world.state(), &again, id)?;
        retry(rules, world.state(), &again)?;
        reuse(rules, world.state(), command)
    }

    /// Folds in what is new, comparing after every single event.
    fn catch_up(&mut self, world: &World) -> Verdict {
        let new = world.log().get(self.seen..).unwrap_or_default();
        for recorded in new {
            self.full.evolve(recorded);
            self.batch.now.evolve_noting(recorded, &mut self.batch.journal);
            self.ledger.enter(recorded)?;
            self.ledger.agrees(&self.batch.now)?;
        }
        self.seen = world.log().len();
        Ok(())
    }

    /// Rolls a batch back once it is long enough, and begins the next.
    fn one_more(&mut self) -> Verdict {
        self.batch.commands = self.batch.commands.saturating_add(1);
        if self.batch.commands < self.batch.limit {
            return Ok(());
        }
        let next = Batch::begin(&self.batch.now, self.batch.limit);
        let Batch { before, mut now, journal, .. } = std::mem::replace(&mut self.batch, next);
        now.roll_back(journal);
        if now == before {
            return Ok(());
        }
        let found = "the state before the batch is not restored";
        Err(Violation::new(Law::RollBack, before.head(), found))
    }
}
