//! The one decider of a clinic: it takes all commands that wait, decides one after another - each
//! sees the one before it - appends their events in one batch at the expected head, and answers
//! after the commit.
//!
//! A batch that lost its race is undone, the tail is folded in, and it is decided again, under the
//! head's lock this time, so that every command finishes. A commit in doubt is settled the same way:
//! whatever was committed is found as already answered. Nobody is answered before.

mod deciding;
pub(crate) mod saving;

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::Person;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::state::ClinicState;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::VisitEvent;
use tokio::sync::mpsc;

use self::deciding::{DueWork, Outcome, Trial, due_id};
use self::saving::Saves;
use crate::desk::{Job, Live, Reply, Wish};
use crate::engine::Node;
use crate::error::{Broken, EngineError};
use crate::limits;
use crate::ports::{AppendError, Batch, LockedHead, LogError};
use crate::request::Receipt;
use crate::sync::lock;

/// The decider of one clinic: its live state, and the way to its log.
pub(crate) struct Decider {
    node: Arc<Node>,
    live: Live,
    state: ClinicState,
    contest: Contest,
    /// Whether others have written to the clinic since the last round.
    others_wrote: bool,
    /// Whether the state has everything that the log held when it was last read.
    caught_up: bool,
    /// How often the way to the log had been lost when this state was last found to be its beginning.
    era: u64,
    /// When it first had: whoever is not heard of since then gets time to come back.
    opened_at: Option<Timestamp>,
    next_due: Option<Timestamp>,
    /// When the clinic is due as far as the log was told; others look after it then.
    logged_due: Option<Timestamp>,
    saves: Saves,
    /// When the state last took in a stream that it had let go of; it lets go of it with the next
    /// event that is later.
    loaded_at: Option<Timestamp>,
    /// A commit stays in doubt, or the log went back behind this state: nothing more can be decided on it.
    lost: bool,
}

/// Whether the next attempt needs the head's lock, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contest {
    /// It does not.
    None,
    /// An attempt lost a race, and others have gone on writing since.
    Contested,
    /// Nobody knows whether the last attempt was committed.
    InDoubt,
}

type Answer = Result<Receipt, EngineError>;

impl Decider {
    pub(crate) fn new(node: Arc<Node>, clinic: ClinicId, live: Live) -> Self {
        // What another decider left in doubt may still be committed behind a no that rests on its absence.
        let doubted = lock(&node.doubts).contains(&clinic);
        let contest = if doubted { Contest::InDoubt } else { Contest::None };
        Self {
            node,
            live,
            state: ClinicState::new(clinic),
            contest,
            others_wrote: false,
            caught_up: false,
            era: 0,
            opened_at: None,
            next_due: None,
            logged_due: None,
            saves: Saves::default(),
            loaded_at: None,
            lost: false,
        }
    }

    /// Works until nobody can hand in jobs any more, or its state is no use any more. Whoever asks next has
    /// the clinic read anew.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while !self.lost && !self.live.left() {
            let mut batch = Vec::with_capacity(16);
            if jobs.recv_many(&mut batch, limits::BATCH).await == 0 {
                return;
            }
            self.work(batch).await;
        }
    }

    /// One batch: follow the log, decide what is asked, then what is due and asked for besides.
    async fn work(&mut self, batch: Vec<Job>) {
        let way_was_lost = self.node.ports.log.era() != self.era;
        let told = batch.iter().any(|job| matches!(job, Job::Follow(None)));
        let asked = batch.iter().any(|job| matches!(job, Job::Follow(Some(_))));
        let decides = batch.iter().any(|job| matches!(job, Job::Decide { .. }));
        // Who is about to lock the head reads then what stands behind this state.
        let will_lock = decides && self.contest != Contest::None;
        let behind = !self.caught_up || way_was_lost || asked || (told && !will_lock);
        let followed = if behind { self.follow().await } else { Ok(()) };
        let (mut wishes, mut replies, mut looks, mut proofs) = (vec![], vec![], vec![], vec![]);
        for job in batch {
            match job {
                Job::Decide { wish, reply } => {
                    wishes.push(*wish);
                    replies.push(Some(reply));
                }
                Job::Seen { who, connection, sign, at } => {
                    // By the log's time, which no step back of the clock turns back.
                    let at = at.max(self.state.now());
                    self.node.signs.note(self.state.id(), who, connection, sign, at);
                    let seen = self.back(who);
                    replies.extend(seen.as_ref().map(|_| None));
                    wishes.extend(seen);
                }
                Job::Follow(reply) => {
                    let followed = followed.clone().map_err(EngineError::from);
                    let _gone = reply.map(|reply| reply.send(followed));
                }
                Job::Due(at) => self.logged_due = Some(at),
                Job::Look(reply) => looks.push(reply),
                Job::Known(id, reply) => {
                    let known = self.state.answered(id).is_some();
                    let _gone = reply.send(Ok(known));
                }
                Job::Judge { request, reply } => {
                    let _gone = reply.send(self.judge(&request).await);
                }
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

    /// An error of a batch is nobody's answer: it is split until the offender stands alone. Due
    /// work is tried piece by piece then, and one that cannot be stored holds no command up.
    async fn answer_all(&mut self, wishes: &[Wish]) -> Vec<Answer> {
        let now = self.node.ports.clock.now().max(self.state.now());
        let alone = wishes.len() == 1 && self.next_due.is_none_or(|due| due > now);
        match self.attempt(wishes, DueWork::Fallen).await {
            Ok(answers) => return answers,
            Err(broken) if alone => return vec![Err(broken.into())],
            Err(broken) if self.lost => return vec![Err(broken.into()); wishes.len()],
            Err(_) => {}
        }
        self.do_due_alone().await;
        let mut answers = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let alone = self.attempt(std::slice::from_ref(wish), DueWork::Skipped).await;
            answers.extend(alone.unwrap_or_else(|broken| vec![Err(broken.into())]));
        }
        answers
    }

    /// Tries each piece of work that is due by itself.
    async fn do_due_alone(&mut self) {
        let now = self.node.ports.clock.now().max(self.state.now());
        for due in self.due_work(DueWork::All, now) {
            // What fails stays due, and is tried again when the engine next looks.
            let _stays_due = self.attempt(&[], DueWork::Only(due_id(&due))).await;
        }
    }

    async fn attempt(&mut self, wishes: &[Wish], work: DueWork) -> Result<Vec<Answer>, Broken> {
        for _ in 0..limits::ATTEMPTS {
            if self.lost {
                return Err(Broken::Stopped);
            }
            let locked = match self.contest {
                Contest::None => None,
                Contest::Contested => Some(self.lock_and_follow().await?),
                Contest::InDoubt => Some(self.settle().await?),
            };
            let mut trial = Trial { base: self.state.head(), ..Trial::default() };
            if let Err(broken) = self.decide(&mut trial, wishes, work).await {
                self.state.roll_back(trial.journal);
                return Err(broken);
            }
            if trial.events.is_empty() {
                // A refusal may rest on a state that another node has changed since.
                let certain = locked.as_ref().is_some_and(|locked| locked.holds());
                if !certain && !wishes.is_empty() && self.has_moved().await? {
                    self.follow().await?;
                    continue;
                }
                self.ends_round();
                return Ok(self.answers(trial).await);
            }
            // Without a lock nobody has looked whether the log still goes on from here since its way was lost.
            let way_was_lost = locked.is_none() && self.node.ports.log.era() != self.era;
            let appended = if way_was_lost {
                Err(AppendError::Conflict)
            } else {
                self.append(locked, &trial).await
            };
            let Err(error) = appended else {
                self.ends_round();
                return Ok(self.answers(trial).await);
            };
            self.state.roll_back(trial.journal);
            match error {
                // Also under a lock: it may have run out.
                AppendError::Conflict => self.contest = Contest::Contested,
                AppendError::InDoubt(_) => {
                    self.contest = Contest::InDoubt;
                    lock(&self.node.doubts).insert(self.state.id());
                }
                AppendError::Failed(error) => return Err(error.into()),
            }
        }
        let why = "others were always faster, also under the lock";
        Err(LogError::Failed(why.to_owned()).into())
    }

    /// Who once lost a race goes on under the lock for as long as each round finds that others write too:
    /// it would lose most others.
    fn ends_round(&mut self) {
        let others_wrote = std::mem::take(&mut self.others_wrote);
        self.contest = match self.contest {
            Contest::Contested if others_wrote => Contest::Contested,
            Contest::None | Contest::Contested | Contest::InDoubt => Contest::None,
        };
    }

    /// Goes on trying to lock the head: while a commit is in doubt, nobody may be told yes or no.
    async fn settle(&mut self) -> Result<Box<dyn LockedHead>, Broken> {
        let (mut waited, mut pause) = (Millis::ZERO, limits::SETTLE_PAUSE);
        loop {
            let given_up = match self.lock_and_follow().await {
                Ok(locked) => {
                    lock(&self.node.doubts).remove(&self.state.id());
                    return Ok(locked);
                }
                Err(broken) if self.lost => return Err(broken),
                Err(Broken::Log(error)) if waited >= limits::SETTLE_FOR => Some(error),
                Err(Broken::Newer(what)) => Some(LogError::Newer(what)),
                Err(_) => self.node.ports.log.goes_on().err(),
            };
            if let Some(error) = given_up {
                self.lost = true;
                return Err(Broken::InDoubt(error));
            }
            tokio::time::sleep(Duration::from_millis(pause.0)).await;
            waited = waited.plus(pause);
            pause = pause.plus(pause).min(limits::SETTLE_PAUSE_MAX);
        }
    }

    /// Locks the head and folds in whatever has been committed behind this state.
    async fn lock_and_follow(&mut self) -> Result<Box<dyn LockedHead>, Broken> {
        let log = Arc::clone(&self.node.ports.log);
        let era = log.era();
        let (mut locked, page) = self.noted(log.lock(self.state.id(), self.own_last()).await)?;
        let mut last = page.len() < limits::PAGE;
        let mut page = self.behind_own(page)?;
        self.era = era;
        loop {
            self.fold(page);
            if last {
                return Ok(locked);
            }
            page = self.noted(locked.read(self.state.head(), limits::PAGE).await)?;
            last = page.len() < limits::PAGE;
        }
    }

    /// Folds in what the log holds behind this state.
    async fn follow(&mut self) -> Result<(), Broken> {
        self.caught_up = false;
        if self.state.head() == Position::START {
            self.restore().await;
        }
        let log = Arc::clone(&self.node.ports.log);
        let era = log.era();
        let page = log.read(self.state.id(), self.own_last(), limits::PAGE).await;
        let page = self.noted(page)?;
        let mut last = page.len() < limits::PAGE;
        let mut page = self.behind_own(page)?;
        loop {
            self.fold(page);
            if last {
                break;
            }
            let next = log.read(self.state.id(), self.state.head(), limits::PAGE).await;
            page = self.noted(next)?;
            last = page.len() < limits::PAGE;
        }
        self.era = era;
        self.caught_up = true;
        self.opened_at.get_or_insert(self.node.ports.clock.now().max(self.state.now()));
        self.live.caught_up();
        Ok(())
    }

    /// A clinic whose log holds what this version cannot read is served no more, until this process is
    /// another.
    fn noted<T>(&self, read: Result<T, LogError>) -> Result<T, Broken> {
        read.map_err(|error| {
            let broken = Broken::from(error);
            if matches!(broken, Broken::Newer(_)) {
                self.live.leave(broken.clone());
                self.node.signs.leave(self.state.id(), self.node.ports.clock.now());
            }
            broken
        })
    }

    fn fold(&mut self, page: Vec<Recorded>) {
        if page.is_empty() {
            return;
        }
        self.others_wrote = true;
        for recorded in &page {
            self.state.evolve(recorded);
            if let Some(who) = back(&recorded.event).filter(|_| self.opened_at.is_some()) {
                self.node.signs.is_back(self.state.id(), who, recorded.occurred_at);
            }
        }
        self.next_due = self.state.next_due();
        self.logged_due = self.due_after(self.state.now());
        self.publish(page.into_iter().map(Arc::new).collect());
    }

    /// Shows what is committed.
    fn publish(&mut self, events: Vec<Arc<Recorded>>) {
        let Some(last) = events.last().cloned() else { return };
        self.live.publish(events);
        self.save_now_and_then(&last);
    }

    async fn has_moved(&mut self) -> Result<bool, Broken> {
        let log = &self.node.ports.log;
        if !log.shared() {
            return Ok(false);
        }
        let head = log.head(self.state.id()).await?.position;
        self.still_reaches(head)?;
        Ok(head != self.state.head())
    }

    /// What the log is read behind, so that the last event of this state comes with it.
    fn own_last(&self) -> Position {
        Position(self.state.head().0.saturating_sub(1))
    }

    /// What was read behind [`Self::own_last`], without the last event of this state; which has to be there, for
    /// a log that went back may have grown again.
    fn behind_own(&mut self, mut page: Vec<Recorded>) -> Result<Vec<Recorded>, Broken> {
        let head = self.state.head();
        if head == Position::START {
            return Ok(page);
        }
        let own = page.drain(..page.len().min(1)).next();
        self.still_reaches(own.as_ref().map_or(Position::START, |own| own.position))?;
        let shown = self.live.last().filter(|last| last.position == head);
        let same = own.is_some_and(|own| match shown {
            Some(shown) => shown.event == own.event && shown.recorded_at == own.recorded_at,
            None => own.occurred_at == self.state.now(), // a restored state has no more of it
        });
        if same { Ok(page) } else { Err(self.went_back(&format!("{head} is another event now"))) }
    }

    /// Whether the log goes as far as this state.
    fn still_reaches(&mut self, head: Position) -> Result<(), Broken> {
        let read = self.state.head();
        if head >= read {
            return Ok(());
        }
        Err(self.went_back(&format!("it went to {read}, and does no more")))
    }

    /// A database that failed over without the last commits, or was restored, parts from this state. What was
    /// folded in from there on is not so.
    fn went_back(&mut self, how: &str) -> Broken {
        self.lost = true;
        let why = format!(
            "it went back behind what this node had read: {how}; the clinic is read anew, ask again"
        );
        LogError::Failed(why).into()
    }

    async fn append(
        &mut self,
        locked: Option<Box<dyn LockedHead>>,
        trial: &Trial,
    ) -> Result<(), AppendError> {
        let (next_due, logged_due) = (self.state.next_due(), self.due_after(self.state.now()));
        let batch = Batch {
            clinic: self.state.id(),
            expected: trial.base,
            events: trial.events.clone(),
            next_due: logged_due,
        };
        match locked {
            Some(locked) => locked.append(batch).await?,
            None => self.node.ports.log.append(batch).await?,
        }
        (self.next_due, self.logged_due) = (next_due, logged_due);
        Ok(())
    }

    /// When somebody has to look after the clinic, if nothing happens after `at`. Where anybody is online,
    /// someone has to notice when she no longer is, whatever becomes of this process.
    fn due_after(&self, at: Timestamp) -> Option<Timestamp> {
        let silence = at.plus(limits::SILENCE_AFTER_START);
        let silence = self.state.anybody_online().then_some(silence);
        self.state.next_due().into_iter().chain(silence).min()
    }

    /// Tells the log when the clinic is due next, where it was due and nothing had to be done: every node
    /// would take it up each second otherwise.
    async fn put_off(&mut self) -> Result<(), Broken> {
        let now = self.node.ports.clock.now().max(self.state.now());
        let past = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
        let next_due = self.due_after(now);
        if past(self.logged_due) && !past(next_due) {
            let log = &self.node.ports.log;
            log.set_due(self.state.id(), self.state.head(), next_due).await?;
            self.logged_due = next_due;
        }
        Ok(())
    }

    /// The answers of a batch that is committed, or that recorded nothing at a current head.
    async fn answers(&mut self, trial: Trial) -> Vec<Answer> {
        let events = trial.events;
        self.publish(events.clone());
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
                Outcome::Failed(broken) => Err(broken.into()),
            });
        }
        answers
    }

    /// The first answer once more, from the log.
    async fn repeat(&self, id: CommandId, first: Position, last: Position) -> Answer {
        let before = Position(first.0.saturating_sub(1));
        let span = usize::try_from(last.0.saturating_sub(before.0)).unwrap_or(usize::MAX);
        let page = self.noted(self.node.ports.log.read(self.state.id(), before, span).await)?;
        let own = page.into_iter().filter(|recorded| recorded.cause.command_id == id);
        Ok(Receipt { position: last, events: own.map(Arc::new).collect() })
    }

    /// Does what is due and tells when something is due next, if nothing else happens.
    async fn look(&mut self) -> Result<Option<Timestamp>, EngineError> {
        if !self.caught_up {
            self.follow().await?;
        }
        if let Err(broken) = self.attempt(&[], DueWork::All).await {
            self.do_due_alone().await;
            return Err(broken.into());
        }
        self.node.signs.sweep(&self.state);
        self.put_off().await?;
        let edges = self.edges();
        let next = edges.iter().map(|due| due.at).chain(self.next_due).min();
        Ok(next)
    }
}

/// Who is back, by an event.
fn back(event: &Event) -> Option<Person> {
    if let Event::Visit(visit, VisitEvent::PatientCameOnline { .. }) = event {
        return Some(Person::Patient(*visit));
    }
    if let Event::Clinic(_, ClinicEvent::MemberCameOnline { member, .. }) = event {
        return Some(Person::Member(*member));
    }
    None
}
