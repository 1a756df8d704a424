//! Deciding one batch, on a state that nobody else sees until it is committed.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Command, Person};
use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::ids::{CommandId, Fresh, Position, VisitId};
use clinic_domain::refusal::Refusal;
use clinic_domain::state::{Due, Journal, Stamp};
use clinic_domain::time::{Millis, Timestamp};
use sha2::{Digest, Sha256};

use super::Decider;
use crate::desk::Wish;
use crate::engine::Node;
use crate::error::{Broken, EngineError};
use crate::limits;
use crate::ports::{KeyId, LogError, VisitKey};
use crate::request::{Evidence, Request};
use crate::sealing;
use crate::stored::level_of;
use crate::timekeeper::Cut;

/// What became of one command, as long as nothing is committed.
pub(super) enum Outcome {
    /// Granted: these of the trial's events.
    Granted(std::ops::Range<usize>),
    /// It is so already.
    Already,
    /// Granted before, under the same id.
    Repeat { first: Position, last: Position },
    /// Not granted.
    Refused(Refusal),
    /// Nobody could decide it.
    Failed(Broken),
}

/// Which work that has fallen due a batch does before what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DueWork {
    /// None of it.
    Skipped,
    /// What the log alone makes due.
    Fallen,
    /// That, and what the signs of life make due.
    All,
    /// One piece, by itself.
    Only(CommandId),
}

/// A batch that is decided and folded in, but not committed.
#[derive(Default)]
pub(super) struct Trial {
    /// The committed head that it stands on.
    pub(super) base: Position,
    pub(super) journal: Journal,
    pub(super) events: Vec<Arc<Recorded>>,
    pub(super) outcomes: Vec<(CommandId, Outcome)>,
}

impl Decider {
    pub(super) async fn decide(
        &mut self,
        trial: &mut Trial,
        wishes: &[Wish],
        work: DueWork,
    ) -> Result<(), Broken> {
        let cut = match self.cut() {
            Ok(cut) => cut,
            Err(broken) if wishes.is_empty() => return Err(broken),
            Err(broken) => {
                // What was committed before the clock failed is answered all the same.
                let outcomes = wishes.iter().map(|wish| self.without_time(wish, &broken));
                trial.outcomes = outcomes.collect();
                return Ok(());
            }
        };
        self.decide_due(trial, &cut, work).await?;
        for wish in wishes {
            let outcome = self.decide_one(trial, &cut, wish).await?;
            trial.outcomes.push((wish.request.id, outcome));
        }
        Ok(())
    }

    /// The instant of a decision; none by a clock that cannot be believed.
    fn cut(&self) -> Result<Cut, Broken> {
        let Node { ports, timekeeper, .. } = &*self.node;
        let cut = timekeeper.cut(ports.clock.as_ref(), self.state.now())?;
        let apart = |error: LogError| Broken::ClockApart(error.why().to_owned());
        ports.log.keeps_time().map_err(apart)?;
        Ok(cut)
    }

    fn without_time(&self, wish: &Wish, broken: &Broken) -> (CommandId, Outcome) {
        let now = self.state.now();
        let cut = Cut { at: now, shown: now, clamped: None };
        let repeat = self.repeats(&self.command(&cut, &wish.request));
        (wish.request.id, repeat.unwrap_or_else(|| Outcome::Failed(broken.clone())))
    }

    /// What has fallen due comes first: a window that is over is over before the next command.
    async fn decide_due(
        &mut self,
        trial: &mut Trial,
        cut: &Cut,
        work: DueWork,
    ) -> Result<(), Broken> {
        let fallen = self.next_due.is_some_and(|due| due <= cut.at);
        if work == DueWork::Skipped || (work == DueWork::Fallen && !fallen) {
            return Ok(());
        }
        for due in self.due_work(work, cut.at) {
            // A policy that is refused has nothing to do; it is asked again when it is due again.
            self.decide_one(trial, cut, &wish_of(due)).await?;
        }
        Ok(())
    }

    /// What is due at an instant, edges of presence first.
    pub(super) fn due_work(&self, work: DueWork, at: Timestamp) -> Vec<Due> {
        let (signs, clinic) = (&self.node.signs, self.state.id());
        let certain = |due: &Due| due.at <= at && signs.certain(clinic, due);
        let edges = || self.edges().into_iter().filter(certain);
        let all = || edges().chain(self.state.dues_until(at));
        match work {
            DueWork::Skipped => vec![],
            DueWork::Fallen => self.state.dues_until(at),
            DueWork::All => all().collect(),
            DueWork::Only(id) => all().filter(|due| due_id(due) == id).collect(),
        }
    }

    pub(super) fn edges(&self) -> Vec<Due> {
        self.node.signs.edges(&self.state, self.opened_at.unwrap_or_default())
    }

    async fn decide_one(
        &mut self,
        trial: &mut Trial,
        cut: &Cut,
        wish: &Wish,
    ) -> Result<Outcome, Broken> {
        let Wish { request, handed_in } = wish;
        let command = self.command(cut, request);
        if let Some(repeat) = self.repeats(&command) {
            return Ok(repeat);
        }
        if let Some(waited) = self.too_late(*handed_in) {
            return Ok(Outcome::Failed(Broken::TooLate { waited }));
        }
        self.load(&command, trial.base).await?;
        let agreed = self.node.ports.log.level();
        Ok(match self.state.decide(&command) {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(events) if events.is_empty() => Outcome::Already,
            Ok(mut events) => {
                if let Some(new) = events.iter().find(|event| level_of(event) > agreed) {
                    return Ok(Outcome::Failed(Broken::NotAgreed { event: new.name() }));
                }
                self.seal(trial, &mut events).await?;
                let stamp = Stamp {
                    recorded_at: cut.shown,
                    correlation_id: request.correlation_id.unwrap_or(request.id.0),
                    causation_id: request.causation_id,
                    clamped: cut.clamped,
                };
                let recorded = self.state.record(&command, events, &stamp);
                let start = trial.events.len();
                for event in &recorded {
                    self.state.evolve_noting(event, &mut trial.journal);
                }
                trial.events.extend(recorded.into_iter().map(Arc::new));
                Outcome::Granted(start..trial.events.len())
            }
        })
    }

    /// Seals personal data: nothing clear goes further than this.
    async fn seal(&self, trial: &Trial, events: &mut [Event]) -> Result<(), Broken> {
        let mut taken: Option<(VisitId, (KeyId, VisitKey))> = None;
        for event in events {
            let Some(visit) = sealing::to_seal(&self.state, event) else { continue };
            let (id, key) = match taken.take() {
                Some((of, key)) if of == visit => key,
                _ => self.key_of(trial, visit).await?,
            };
            sealing::seal_event(self.state.id(), visit, event, (id, &key))?;
            taken = Some((visit, (id, key)));
        }
        Ok(())
    }

    /// The key that a visit was sealed with when it began; a fresh one for a visit that begins now,
    /// or whose key is gone.
    async fn key_of(&self, trial: &Trial, visit: VisitId) -> Result<(KeyId, VisitKey), Broken> {
        let keys = &self.node.ports.keys;
        let mut begun =
            trial.events.iter().find_map(|recorded| sealing::sealed_with(&recorded.event, visit));
        if begun.is_none() {
            begun = self.live.name_of(visit).as_deref().and_then(sealing::key_id);
        }
        if begun.is_none() && self.state.visit(visit).is_some() {
            let log = &self.node.ports.log;
            let story =
                self.noted(log.read_stream(self.state.id(), StreamId::Visit(visit)).await)?;
            begun = story.iter().find_map(|one| sealing::sealed_with(&one.event, visit));
        }
        let Some(id) = begun else { return Ok(keys.fresh().await?) };
        match keys.key(id).await.map_err(LogError::from)? {
            Some(key) => Ok((id, key)),
            None => Ok(keys.fresh().await?),
        }
    }

    fn repeats(&self, command: &Command) -> Option<Outcome> {
        let answered = self.state.answered(command.id).filter(|known| known.is_retry(command))?;
        Some(Outcome::Repeat { first: answered.first, last: answered.last })
    }

    /// Loads the streams that a command names and the live state has let go of, as they were at the
    /// committed head `base`; what another node has appended behind it is folded in with the rest.
    async fn load(&mut self, command: &Command, base: Position) -> Result<(), Broken> {
        for stream in self.state.needs(command) {
            let log = &self.node.ports.log;
            let mut events = self.noted(log.read_stream(self.state.id(), stream).await)?;
            events.retain(|recorded| recorded.position <= base);
            self.state.load(stream, &events);
            self.loaded_at = Some(command.at);
        }
        Ok(())
    }

    /// How long a wish has waited, if that is too long.
    fn too_late(&self, handed_in: Option<Millis>) -> Option<Millis> {
        let waited = Millis(self.node.ports.clock.monotonic().0.saturating_sub(handed_in?.0));
        (waited > limits::DECIDE_WITHIN).then_some(waited)
    }

    fn command(&self, cut: &Cut, wish: &Request) -> Command {
        let fresh = Fresh(self.node.ports.ids.mint(cut.at));
        let (actor, action) = (wish.actor.clone(), wish.action.clone());
        Command { id: wish.id, actor, at: cut.at, fresh, action }
    }

    /// The wish to note the return of somebody who counts as offline and has been heard of.
    pub(super) fn back(&self, who: Person) -> Option<Wish> {
        let due = self.node.signs.edge(&self.state, self.opened_at.unwrap_or_default(), who)?;
        let back = matches!(due.action, Action::NotePresence { online: true, .. });
        let handed_in = Some(self.node.ports.clock.monotonic());
        back.then(|| Wish { handed_in, ..wish_of(due) })
    }

    /// Whether a wish would be granted; a retry was. By the clinic's own time, and nothing is recorded, so
    /// that a clock that is wrong keeps no retry from its answer.
    pub(super) async fn judge(&mut self, request: &Request) -> Result<(), EngineError> {
        if !self.caught_up || self.node.ports.log.shared() {
            self.follow().await?;
        }
        let (actor, action) = (request.actor.clone(), request.action.clone());
        let fresh = Fresh(request.id.0); // of something that is never made
        let command = Command { id: request.id, actor, at: self.state.now(), fresh, action };
        self.load(&command, self.state.head()).await?;
        self.state.decide(&command)?;
        Ok(())
    }

    pub(super) async fn evidence(&mut self, request: &Request) -> Result<Evidence, EngineError> {
        self.follow().await?;
        let cut = self.cut()?;
        let command = self.command(&cut, request);
        self.load(&command, self.state.head()).await?;
        let mut steps = self.state.steps(&command)?;
        for step in &mut steps {
            let Some(visit) = sealing::step_to_seal(&self.state, step) else { continue };
            let (id, key) = self.key_of(&Trial::default(), visit).await?;
            sealing::seal_step(self.state.id(), visit, step, (id, &key)).map_err(Broken::from)?;
        }
        Ok(Evidence { steps, position: self.state.head() })
    }
}

fn wish_of(due: Due) -> Wish {
    let request = Request::new(due_id(&due), Actor::policy(due.policy), due.action);
    Wish { request, handed_in: None }
}

/// Work that falls due has one id wherever it is done, so that two nodes do it once.
pub(super) fn due_id(due: &Due) -> CommandId {
    let digest = Sha256::new()
        .chain_update(due.policy.to_string())
        .chain_update(due.subject.as_bytes())
        .chain_update(due.at.0.to_be_bytes())
        // Somebody may leave and come back at one instant.
        .chain_update([u8::from(matches!(due.action, Action::NotePresence { online: true, .. }))])
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    CommandId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
