//! The one decider of a clinic: it takes all commands that wait, decides one after another - each
//! sees the one before it - appends their events in one batch at the expected head, and answers
//! after the commit.
//!
//! A batch that lost its race is undone, the tail is folded in, and it is decided again, under the
//! head's lock this time, so that every command finishes. A commit in doubt is settled the same way:
//! whatever was committed is found as already answered. Nobody is answered before.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Command, Person};
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, CommandId, Fresh, Position};
use clinic_domain::refusal::Refusal;
use clinic_domain::state::{ClinicState, Due, Journal, Stamp};
use clinic_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::desk::{Job, Live, Reply};
use crate::engine::Node;
use crate::error::{Broken, EngineError};
use crate::limits;
use crate::ports::{AppendError, Batch, LockedHead};
use crate::request::{Evidence, Receipt, Request};
use crate::timekeeper::Cut;

/// The decider of one clinic: its live state, and the way to its log.
pub(crate) struct Decider {
    node: Arc<Node>,
    live: Live,
    state: ClinicState,
    contest: Contest,
    /// Whether the state has everything that the log held when it was last read.
    caught_up: bool,
    next_due: Option<Timestamp>,
}

/// Whether the next attempt needs the head's lock, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contest {
    /// It does not.
    None,
    /// The last attempt lost a race.
    LostRace,
    /// Nobody knows whether the last attempt was committed.
    InDoubt,
}

/// What became of one command, as long as nothing is committed.
enum Outcome {
    /// Granted: these of the trial's events.
    Granted(std::ops::Range<usize>),
    /// It is so already.
    Already,
    /// Granted before, under the same id.
    Repeat { first: Position, last: Position },
    /// Not granted.
    Refused(Refusal),
}

/// A batch that is decided and folded in, but not committed.
#[derive(Default)]
struct Trial {
    journal: Journal,
    events: Vec<Arc<Recorded>>,
    outcomes: Vec<(CommandId, Outcome)>,
}

type Answer = Result<Receipt, EngineError>;

impl Decider {
    pub(crate) fn new(node: Arc<Node>, clinic: ClinicId, live: Live) -> Self {
        Self {
            node,
            live,
            state: ClinicState::new(clinic),
            contest: Contest::None,
            caught_up: false,
            next_due: None,
        }
    }

    /// Works until nobody can hand in jobs any more.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let poll = Duration::from_millis(limits::POLL.0);
        loop {
            let mut batch = Vec::with_capacity(16);
            let waiting = jobs.recv_many(&mut batch, limits::BATCH);
            let taken = if self.node.ports.log.shared() {
                tokio::time::timeout(poll, waiting).await.unwrap_or(usize::MAX)
            } else {
                waiting.await
            };
            if taken == 0 {
                return;
            }
            self.work(batch).await;
        }
    }

    /// One batch: follow the log, decide what is asked, then what is due and asked for besides.
    async fn work(&mut self, batch: Vec<Job>) {
        let idle = batch.is_empty();
        let behind = idle || !self.caught_up;
        let followed = if behind { self.follow().await } else { Ok(()) };
        let (mut wishes, mut replies, mut looks, mut proofs) = (vec![], vec![], vec![], vec![]);
        for job in batch {
            match job {
                Job::Decide { request, reply } => {
                    wishes.push(*request);
                    replies.push(Some(reply));
                }
                Job::Seen(who) => {
                    let seen = self.presence_wish(who);
                    replies.extend(seen.as_ref().map(|_| None));
                    wishes.extend(seen);
                }
                Job::Look(reply) => looks.push(reply),
                Job::Evidence { request, reply } => proofs.push((request, reply)),
            }
        }
        let answers = match followed {
            Ok(()) if wishes.is_empty() => vec![],
            Ok(()) => self.answer_all(&wishes).await,
            Err(broken) => wishes.iter().map(|_| Err(broken.clone().into())).collect(),
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever has gone away needs no answer.
            let _gone = reply.map(|reply: Reply<Receipt>| reply.send(answer));
        }
        for (request, reply) in proofs {
            let _gone = reply.send(self.evidence(&request).await);
        }
        for reply in looks {
            let _gone = reply.send(self.look().await);
        }
    }

    /// An error of a batch is nobody's answer: it is split until the offender stands alone.
    async fn answer_all(&mut self, wishes: &[Request]) -> Vec<Answer> {
        match self.attempt(wishes, false).await {
            Ok(answers) => answers,
            Err(broken) if wishes.len() <= 1 => {
                wishes.iter().map(|_| Err(broken.clone().into())).collect()
            }
            Err(_) => {
                let mut answers = Vec::with_capacity(wishes.len());
                for wish in wishes {
                    let alone = self.attempt(std::slice::from_ref(wish), false).await;
                    answers.extend(alone.unwrap_or_else(|broken| vec![Err(broken.into())]));
                }
                answers
            }
        }
    }

    async fn attempt(&mut self, wishes: &[Request], looking: bool) -> Result<Vec<Answer>, Broken> {
        loop {
            let locked = match self.contest {
                Contest::None => None,
                Contest::LostRace => Some(self.lock_and_follow().await?),
                Contest::InDoubt => Some(self.settle().await),
            };
            let mut trial = Trial::default();
            if let Err(broken) = self.decide(&mut trial, wishes, looking).await {
                self.state.roll_back(trial.journal);
                return Err(broken);
            }
            if trial.events.is_empty() {
                // A refusal may rest on a state that another node has changed since.
                if locked.is_none() && self.has_moved().await? {
                    self.follow().await?;
                    continue;
                }
                self.contest = Contest::None;
                return Ok(self.answers(trial).await);
            }
            let appended = self.append(locked, &trial).await;
            let Err(error) = appended else {
                self.contest = Contest::None;
                return Ok(self.answers(trial).await);
            };
            self.state.roll_back(trial.journal);
            match error {
                AppendError::Conflict => self.contest = Contest::LostRace,
                AppendError::InDoubt(_) => self.contest = Contest::InDoubt,
                AppendError::Failed(error) => return Err(error.into()),
            }
        }
    }

    /// Goes on trying to lock the head: while a commit is in doubt, nobody may be answered.
    async fn settle(&mut self) -> Box<dyn LockedHead> {
        let mut pause = limits::SETTLE_PAUSE;
        loop {
            if let Ok(locked) = self.lock_and_follow().await {
                return locked;
            }
            tokio::time::sleep(Duration::from_millis(pause.0)).await;
            pause = pause.plus(pause).min(limits::SETTLE_PAUSE_MAX);
        }
    }

    /// Locks the head and folds in whatever has been committed behind this state.
    async fn lock_and_follow(&mut self) -> Result<Box<dyn LockedHead>, Broken> {
        let mut locked = self.node.ports.log.lock(self.state.id()).await?;
        loop {
            let page = locked.read(self.state.head(), limits::PAGE).await?;
            if page.is_empty() {
                return Ok(locked);
            }
            self.fold(page);
        }
    }

    /// Folds in what the log holds behind this state.
    async fn follow(&mut self) -> Result<(), Broken> {
        self.caught_up = false;
        loop {
            let log = &self.node.ports.log;
            let page = log.read(self.state.id(), self.state.head(), limits::PAGE).await?;
            if page.is_empty() {
                self.caught_up = true;
                return Ok(());
            }
            self.fold(page);
        }
    }

    fn fold(&mut self, page: Vec<Recorded>) {
        for recorded in &page {
            self.state.evolve(recorded);
        }
        self.next_due = self.state.dues().first().map(|due| due.at);
        self.live.publish(page.into_iter().map(Arc::new).collect());
    }

    async fn has_moved(&self) -> Result<bool, Broken> {
        let log = &self.node.ports.log;
        Ok(log.shared() && log.head(self.state.id()).await?.position != self.state.head())
    }

    async fn append(
        &mut self,
        locked: Option<Box<dyn LockedHead>>,
        trial: &Trial,
    ) -> Result<(), AppendError> {
        let expected = trial
            .events
            .first()
            .map_or(self.state.head(), |first| Position(first.position.0.saturating_sub(1)));
        let next_due = self.state.dues().first().map(|due| due.at);
        let (clinic, events) = (self.state.id(), trial.events.clone());
        let batch = Batch { clinic, expected, events, next_due };
        match locked {
            Some(locked) => locked.append(batch).await?,
            None => self.node.ports.log.append(batch).await?,
        }
        self.next_due = next_due;
        Ok(())
    }

    /// The answers of a batch that is committed, or that recorded nothing at a current head.
    async fn answers(&mut self, trial: Trial) -> Vec<Answer> {
        let events = trial.events;
        self.live.publish(events.clone());
        let head = self.state.head();
        let mut answers = Vec::with_capacity(trial.outcomes.len());
        for (id, outcome) in trial.outcomes {
            answers.push(match outcome {
                Outcome::Granted(range) => {
                    let events = events.get(range).unwrap_or_default().to_vec();
                    let position = events.last().map_or(head, |last| last.position);
                    Ok(Receipt { position, events })
                }
                Outcome::Already => Ok(Receipt { position: head, events: vec![] }),
                Outcome::Repeat { first, last } => self.repeat(id, first, last).await,
                Outcome::Refused(refusal) => Err(refusal.into()),
            });
        }
        answers
    }

    /// The first answer once more, from the log.
    async fn repeat(&self, id: CommandId, first: Position, last: Position) -> Answer {
        let before = Position(first.0.saturating_sub(1));
        let span = usize::try_from(last.0.saturating_sub(before.0)).unwrap_or(usize::MAX);
        let page = self.node.ports.log.read(self.state.id(), before, span).await?;
        let own = page.into_iter().filter(|recorded| recorded.cause.command_id == id);
        Ok(Receipt { position: last, events: own.map(Arc::new).collect() })
    }
}

/// Deciding, on a state that nobody else sees until it is committed.
impl Decider {
    async fn decide(
        &mut self,
        trial: &mut Trial,
        wishes: &[Request],
        looking: bool,
    ) -> Result<(), Broken> {
        let node = Arc::clone(&self.node);
        let cut = node.timekeeper.cut(node.ports.clock.as_ref(), self.state.now())?;
        self.decide_due(trial, &cut, looking).await?;
        for wish in wishes {
            let command = self.command(&cut, wish.id, wish.actor.clone(), wish.action.clone());
            let stamp = Stamp {
                recorded_at: cut.shown,
                correlation_id: wish.correlation_id.unwrap_or(wish.id.0),
                causation_id: wish.causation_id,
                clamped: cut.clamped,
            };
            let outcome = self.decide_one(trial, &command, &stamp).await?;
            trial.outcomes.push((wish.id, outcome));
        }
        Ok(())
    }

    /// What has fallen due comes first: a window that is over is over before the next command.
    async fn decide_due(
        &mut self,
        trial: &mut Trial,
        cut: &Cut,
        looking: bool,
    ) -> Result<(), Broken> {
        let mut dues: Vec<Due> = vec![];
        if looking {
            dues.extend(self.node.last_seen.edges(&self.state));
        }
        if looking || self.next_due.is_some_and(|due| due <= cut.at) {
            dues.extend(self.state.dues());
        }
        for due in dues.into_iter().filter(|due| due.at <= cut.at) {
            let id = due_id(&due);
            let command = self.command(cut, id, Actor::policy(due.policy), due.action);
            let stamp = Stamp {
                recorded_at: cut.shown,
                correlation_id: id.0,
                causation_id: None,
                clamped: cut.clamped,
            };
            // A policy that is refused has nothing to do; it is asked again when it is due again.
            self.decide_one(trial, &command, &stamp).await?;
        }
        Ok(())
    }

    async fn decide_one(
        &mut self,
        trial: &mut Trial,
        command: &Command,
        stamp: &Stamp,
    ) -> Result<Outcome, Broken> {
        self.load(command).await?;
        if let Some(answered) = self.state.answered(command.id)
            && answered.is_retry(command)
        {
            return Ok(Outcome::Repeat { first: answered.first, last: answered.last });
        }
        Ok(match self.state.decide(command) {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(events) if events.is_empty() => Outcome::Already,
            Ok(events) => {
                let recorded = self.state.record(command, events, stamp);
                let start = trial.events.len();
                for event in &recorded {
                    self.state.evolve_noting(event, &mut trial.journal);
                }
                trial.events.extend(recorded.into_iter().map(Arc::new));
                Outcome::Granted(start..trial.events.len())
            }
        })
    }

    /// Loads the streams that a command names and the live state has let go of.
    async fn load(&mut self, command: &Command) -> Result<(), Broken> {
        for stream in self.state.needs(command) {
            let events = self.node.ports.log.read_stream(self.state.id(), stream).await?;
            self.state.load(stream, &events);
        }
        Ok(())
    }

    fn command(&self, cut: &Cut, id: CommandId, actor: Actor, action: Action) -> Command {
        let fresh = Fresh(self.node.ports.ids.mint(cut.at));
        Command { id, actor, at: cut.at, fresh, action }
    }

    /// A sign of life of somebody who counts as offline.
    fn presence_wish(&self, who: Person) -> Option<Request> {
        let due = self.node.last_seen.edge(&self.state, who)?;
        let back = matches!(due.action, Action::NotePresence { online: true, .. });
        back.then(|| Request::new(due_id(&due), Actor::policy(due.policy), due.action.clone()))
    }

    async fn evidence(&mut self, request: &Request) -> Result<Evidence, EngineError> {
        self.follow().await?;
        let node = Arc::clone(&self.node);
        let cut = node.timekeeper.cut(node.ports.clock.as_ref(), self.state.now())?;
        let action = request.action.clone();
        let command = self.command(&cut, request.id, request.actor.clone(), action);
        self.load(&command).await?;
        let steps = self.state.steps(&command)?;
        Ok(Evidence { steps, position: self.state.head() })
    }

    /// Does what is due and tells when something is due next, if nothing else happens.
    async fn look(&mut self) -> Result<Option<Timestamp>, EngineError> {
        self.follow().await?;
        self.attempt(&[], true).await?;
        self.node.last_seen.sweep(&self.state);
        let edges = self.node.last_seen.edges(&self.state);
        let next = edges.iter().map(|due| due.at).chain(self.next_due).min();
        Ok(next)
    }
}

/// Work that falls due has one id wherever it is done, so that two nodes do it once.
fn due_id(due: &Due) -> CommandId {
    let digest = Sha256::new()
        .chain_update(due.policy.to_string())
        .chain_update(due.subject.as_bytes())
        .chain_update(due.at.0.to_be_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    CommandId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
