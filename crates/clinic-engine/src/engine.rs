//! The engine: what a host holds. It takes wishes, has them decided, and shows what is committed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clinic_domain::actor::{Actor, Right};
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::command::{Action, CheckInForm, Person, Vouched};
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, CommandId, PasscodeId, Position, RoomId, VisitId};
use clinic_domain::personal::HoldsPersonal;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::Room;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::Place;
use clinic_projections::views::{Boards, Views};
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::audit::{self, Saved};
use crate::beats;
use crate::decider::Decider;
use crate::desk::{self, Desk, Job, Reply, Wish};
use crate::door::Door;
use crate::error::{Broken, EngineError};
use crate::feed::Feed;
use crate::limits;
use crate::memory_log::MemoryLog;
use crate::news::{self, Desks};
use crate::ports::{
    CallProvider, Clock, Credentials, EventLog, Ids, Join, KeptPasscode, KeyStore, LastSeen,
    LinkCalls, MemoryCredentials, MemoryKeys, NoOthers, NoStates, RandomIds, SavedStates,
    SystemClock,
};
use crate::presence::{Sign, Signs};
use crate::request::{Evidence, Receipt, Request};
use crate::sealing;
use crate::sync::lock;
use crate::timekeeper::Timekeeper;
use crate::travel::{self, AsOf};

/// What the engine works with. Replace any of them.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Where events are kept.
    pub log: Arc<dyn EventLog>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// What mints ids.
    pub ids: Arc<dyn Ids>,
    /// What keeps passcodes.
    pub credentials: Arc<dyn Credentials>,
    /// What keeps the keys of visits.
    pub keys: Arc<dyn KeyStore>,
    /// What keeps states of folds.
    pub states: Arc<dyn SavedStates>,
    /// What nodes tell each other of whom they hear.
    pub seen: Arc<dyn LastSeen>,
    /// What says where calls meet.
    pub calls: Arc<dyn CallProvider>,
}

impl Ports {
    /// Everything in this process's memory, by the machine's clock: gone when the process ends.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            log: Arc::new(MemoryLog::new()),
            clock: Arc::new(SystemClock::new()),
            ids: Arc::new(RandomIds),
            credentials: Arc::new(MemoryCredentials::default()),
            keys: Arc::new(MemoryKeys::default()),
            states: Arc::new(NoStates),
            seen: Arc::new(NoOthers),
            calls: Arc::new(LinkCalls),
        }
    }
}

/// One process's engine over one log.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) ports: Ports,
    pub(crate) timekeeper: Timekeeper,
    pub(crate) signs: Signs,
    /// Clinics with a commit in doubt that is not settled yet. It outlives its decider: whoever decides next
    /// settles it first.
    pub(crate) doubts: Mutex<BTreeSet<ClinicId>>,
    door: Door,
}

/// The engine. Clones share one.
///
/// It runs its deciders as `tokio` tasks, so it is used within a `tokio` runtime.
#[derive(Clone, Debug)]
pub struct Engine {
    node: Arc<Node>,
    desks: Desks,
    /// What this engine does beside deciding; it ends with the last clone.
    aside: Arc<Mutex<JoinSet<()>>>,
}

impl Engine {
    /// An engine over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        let timekeeper = Timekeeper::new(ports.clock.as_ref());
        let (signs, door) = (Signs::new(ports.seen.shared()), Door::default());
        let node = Node { ports, timekeeper, signs, doubts: Mutex::default(), door };
        Self { node: Arc::new(node), desks: Arc::default(), aside: Arc::default() }
    }

    /// A new id for a clinic, a command or a connection.
    #[must_use]
    pub fn mint(&self) -> Uuid {
        self.node.ports.ids.mint(self.node.ports.clock.now())
    }

    /// What time it is here: what reads measure durations by.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.node.ports.clock.now()
    }

    /// Time since some fixed instant, by a clock that never jumps: what limits are counted by.
    #[must_use]
    pub fn steady(&self) -> Millis {
        self.node.ports.clock.monotonic()
    }

    /// What `actor` wishes, under a new id.
    #[must_use]
    pub fn request(&self, actor: Actor, action: Action) -> Request {
        Request::new(CommandId(self.mint()), actor, action)
    }

    /// Has a wish decided. The answer comes after its events are committed; the same request again
    /// gets the same answer. `Action::FoundClinic` makes the clinic.
    ///
    /// # Errors
    /// [`EngineError::Refused`] if the clinic says no, [`EngineError::Broken`] if nobody can say.
    pub async fn execute(
        &self,
        clinic: ClinicId,
        request: Request,
    ) -> Result<Receipt, EngineError> {
        let handed_in = Some(self.node.ports.clock.monotonic());
        // Only whoever may found a clinic makes this engine take up one that is not there yet.
        let founding = matches!(request.action, Action::FoundClinic { .. });
        let may = matches!(request.actor, Actor::Host | Actor::Import);
        let desk = match self.desk(clinic, founding && may).await {
            Err(EngineError::NoSuchClinic(_)) if founding => {
                let right = Right::Own;
                return Err(Refusal::from(ClinicRefusal::NotEntitled { right }).into());
            }
            desk => desk?,
        };
        let wish = Box::new(Wish { request, handed_in });
        ask(&desk, |reply| Job::Decide { wish, reply }).await
    }

    /// What a wish asks of each aggregate, with the evidence and the position it was true at. What is personal
    /// in it is sealed, as it has to be stored.
    ///
    /// # Errors
    /// As for [`Engine::execute`]; nothing is recorded in any case.
    pub async fn evidence(
        &self,
        clinic: ClinicId,
        request: Request,
    ) -> Result<Evidence, EngineError> {
        let desk = self.desk(clinic, false).await?;
        let request = Box::new(request);
        ask(&desk, |reply| Job::Evidence { request, reply }).await
    }

    /// Checks a patient in through a room's door: counts the knock, recognises the passcode, decides.
    /// `source` is whatever tells one place of origin from another, such as an address; it is
    /// counted and never stored. Without one, only the room's own limits hold.
    ///
    /// # Errors
    /// [`EngineError::Throttled`] if too many came, else as for [`Engine::execute`].
    pub async fn check_in(
        &self,
        clinic: ClinicId,
        id: CommandId,
        mut form: CheckInForm,
        passcode: Option<&str>,
        source: Option<&str>,
    ) -> Result<Receipt, EngineError> {
        let actor = Actor::Patient(form.token);
        let desk = self.desk(clinic, false).await?;
        if ask(&desk, |reply| Job::Known(id, reply)).await? {
            // A retry knocks at no door: it gets its first answer.
            let retry = Request::new(id, actor, Action::CheckIn(Box::new(form)));
            return self.execute(clinic, retry).await;
        }
        let room = form.room;
        let steady = self.node.ports.clock.monotonic();
        self.node.door.knock(clinic, room, source, steady)?;
        if let Some(typed) = passcode {
            if self.node.ports.log.shared() {
                // Another node may just have changed it.
                ask(&desk, |reply| Job::Follow(Some(reply))).await?;
            }
            let asked = self.read(clinic, None, |views| {
                views.census.room(room).and_then(Room::open).and_then(|room| room.passcode)
            });
            if let Some(asked) = asked.await? {
                let credentials = &self.node.ports.credentials;
                if credentials.knows_passcode(clinic, room, asked, typed).await? {
                    form.passcode = Vouched(Some(asked));
                } else {
                    self.node.door.wrong(clinic, room, source, steady);
                }
            }
        }
        self.execute(clinic, Request::new(id, actor, Action::CheckIn(Box::new(form)))).await
    }

    /// Sets a room's passcode: its verifier goes to the credentials port, its id into the log. The same
    /// command again gets the same answer.
    ///
    /// The rules are asked first, for hashing is costly and whoever may not shall cost nothing. The verifier
    /// is then kept before the command is decided, under an id that only a granted command puts into the
    /// log; until then it opens no door, and after a refusal it is forgotten.
    ///
    /// # Errors
    /// As for [`Engine::execute`].
    pub async fn set_passcode(
        &self,
        clinic: ClinicId,
        id: CommandId,
        actor: Actor,
        room: RoomId,
        passcode: Option<&str>,
    ) -> Result<Receipt, EngineError> {
        let desk = self.desk(clinic, false).await?;
        let Some(passcode) = passcode else {
            return self
                .execute(clinic, Request::new(id, actor, Action::SetPasscode(room, None)))
                .await;
        };
        let named = passcode_id(clinic, id, &actor, room);
        let request = Request::new(id, actor, Action::SetPasscode(room, Some(named)));
        let asked = Box::new(request.clone());
        ask(&desk, |reply| Job::Judge { request: asked, reply }).await?;
        let credentials = &self.node.ports.credentials;
        let kept = credentials.keep_passcode(clinic, room, named, passcode).await?;
        if kept == KeptPasscode::Other {
            return Err(Refusal::CommandReused { id }.into());
        }
        let done = self.execute(clinic, request).await;
        if kept == KeptPasscode::New && matches!(done, Err(EngineError::Refused(_))) {
            // Somebody may have retried meanwhile and been granted it.
            let asked = self.read(clinic, None, |views| {
                views.census.room(room).and_then(Room::open).and_then(|room| room.passcode)
            });
            if asked.await? != Some(named) {
                credentials.forget_passcode(clinic, room, named).await?;
            }
        }
        done
    }

    /// How to join the call that a visit is in; `None` if it is in none.
    ///
    /// # Errors
    /// If the clinic or the provider cannot be asked.
    pub async fn join(
        &self,
        clinic: ClinicId,
        visit: VisitId,
    ) -> Result<Option<Join>, EngineError> {
        let found = self.read(clinic, None, |views| {
            let open = views.census.visit(visit).and_then(|visit| visit.open())?;
            let Place::InCall { call, .. } = open.place else { return None };
            Some((call, views.census.room(open.room)?.last()?.clone()))
        });
        match found.await? {
            None => Ok(None),
            Some((call, room)) => Ok(Some(self.node.ports.calls.join(call, &room).await?)),
        }
    }
}

/// Reading.
impl Engine {
    /// Looks at a clinic's committed views; at least at `at_least`, a receipt's position, if given.
    /// The clinic's next commit waits while `look` looks: take out what is needed, render it later.
    ///
    /// # Errors
    /// [`EngineError::NotYet`] if that position does not come within a few seconds.
    pub async fn read<R>(
        &self,
        clinic: ClinicId,
        at_least: Option<Position>,
        look: impl FnOnce(&Views) -> R,
    ) -> Result<R, EngineError> {
        let mut desk = self.desk(clinic, false).await?;
        if let Some(wanted) = at_least {
            let there = desk.head.wait_for(|head| *head >= wanted);
            let wait = Duration::from_millis(limits::READ_WAIT.0);
            let arrived = tokio::time::timeout(wait, there).await.map(|found| found.is_ok());
            match arrived {
                Ok(true) => {}
                Ok(false) => return Err(desk.gone().into()),
                Err(_) => {
                    let head = *desk.head.borrow();
                    return Err(EngineError::NotYet { wanted, head });
                }
            }
        }
        Ok(desk.committed.with(look))
    }

    /// The boards of a clinic as they were at a past moment.
    ///
    /// # Errors
    /// If the log does not reach that far, or fails.
    pub async fn as_of(&self, clinic: ClinicId, moment: AsOf) -> Result<Boards, EngineError> {
        self.serves(clinic)?;
        travel::as_of(&self.node.ports, clinic, moment).await
    }

    /// The latest position at `until` or before at which states were saved.
    pub async fn saved_until(&self, clinic: ClinicId, until: Position) -> Option<Position> {
        audit::latest(&self.node.ports, clinic, until).await
    }

    /// The states that were saved at a position, for whoever checks them against the log. What does
    /// not belong to this log, and is no use, is left out.
    pub async fn saved_at(&self, clinic: ClinicId, position: Position) -> Saved {
        audit::at(&self.node.ports, clinic, position).await
    }

    /// All events behind `after`, and then every event as it is committed.
    ///
    /// # Errors
    /// If the log has no such clinic, or fails.
    pub async fn subscribe(&self, clinic: ClinicId, after: Position) -> Result<Feed, EngineError> {
        let desk = self.desk(clinic, false).await?;
        Ok(Feed::new(clinic, desk, Arc::clone(&self.node.ports.log), after))
    }

    /// All events of one stream: a visit's story, a transfer's.
    ///
    /// # Errors
    /// If the log fails.
    pub async fn stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, EngineError> {
        self.serves(clinic)?;
        Ok(self.node.ports.log.read_stream(clinic, stream).await?)
    }

    /// Opens the personal data in a read model, for somebody who may read it. What belongs to a
    /// person who was erased reads as such.
    ///
    /// # Errors
    /// If the keys cannot be read, or something was changed since it was sealed.
    pub async fn open<M: HoldsPersonal>(
        &self,
        clinic: ClinicId,
        mut model: M,
    ) -> Result<M, EngineError> {
        sealing::open_all(self.node.ports.keys.as_ref(), clinic, &mut model).await?;
        Ok(model)
    }

    /// Whether the log answers: a look at an end costs least.
    ///
    /// # Errors
    /// If it fails.
    pub async fn answers(&self) -> Result<(), EngineError> {
        self.node.ports.log.head(ClinicId(Uuid::nil())).await?;
        Ok(())
    }

    /// All clinics of the log.
    ///
    /// # Errors
    /// If the log fails.
    pub async fn clinics(&self) -> Result<Vec<ClinicId>, EngineError> {
        Ok(self.node.ports.log.clinics().await?)
    }
}

/// Time passing.
impl Engine {
    /// Notes a heartbeat of somebody's page. Silence for [`limits::SILENCE`] makes her offline.
    ///
    /// # Errors
    /// If the log has no such clinic.
    pub async fn seen(
        &self,
        clinic: ClinicId,
        who: Person,
        connection: Uuid,
    ) -> Result<(), EngineError> {
        self.sign(clinic, who, connection, Sign::Beat).await
    }

    /// Notes that somebody's page has opened a stream: she is there until it is
    /// [closed](Engine::disconnected), heartbeats or not.
    ///
    /// # Errors
    /// If the log has no such clinic.
    pub async fn connected(
        &self,
        clinic: ClinicId,
        who: Person,
        connection: Uuid,
    ) -> Result<(), EngineError> {
        self.sign(clinic, who, connection, Sign::Opened).await
    }

    /// Notes that a stream of somebody's page was closed: from now on silence counts.
    ///
    /// # Errors
    /// If the log has no such clinic.
    pub async fn disconnected(
        &self,
        clinic: ClinicId,
        who: Person,
        connection: Uuid,
    ) -> Result<(), EngineError> {
        self.sign(clinic, who, connection, Sign::Closed).await
    }

    async fn sign(
        &self,
        clinic: ClinicId,
        who: Person,
        connection: Uuid,
        sign: Sign,
    ) -> Result<(), EngineError> {
        let at = self.node.ports.clock.now();
        let desk = self.desk(clinic, false).await?;
        let job = Job::Seen { who, connection, sign, at };
        desk.jobs.send(job).await.map_err(|_| desk.gone().into())
    }

    /// Does everything that is due in every clinic, and tells when something is due next in a clinic
    /// that this engine has in memory. [`Engine::run`] calls it each second.
    ///
    /// # Errors
    /// If a clinic's log fails: the first such error, after every other clinic has been served.
    /// What is due stays due.
    pub async fn tick(&self) -> Result<Option<Timestamp>, EngineError> {
        // A node that serves no clinic yet counts among the others too.
        self.start_aside();
        let now = self.node.ports.clock.now();
        let mut clinics: BTreeSet<ClinicId> = lock(&self.desks).keys().copied().collect();
        let due = self.node.ports.log.due(now, limits::DUE_CLINICS).await?;
        clinics.extend(&due);
        // What this node cannot read is done by those that can.
        clinics.retain(|clinic| self.serves(*clinic).is_ok());
        let mut looks = JoinSet::new();
        for clinic in clinics {
            let (engine, due) = (self.clone(), due.contains(&clinic));
            looks.spawn(async move {
                let desk = engine.desk(clinic, false).await?;
                if due {
                    desk.jobs.send(Job::Due(now)).await.map_err(|_| Broken::Stopped)?;
                }
                ask(&desk, Job::Look).await
            });
        }
        let mut next: Result<Option<Timestamp>, EngineError> = Ok(None);
        while let Some(look) = looks.join_next().await {
            let due = look.unwrap_or(Err(Broken::Stopped.into()));
            next = next.and_then(|next| Ok(next.into_iter().chain(due?).min()));
        }
        next
    }

    /// Keeps time until it is dropped: does what is due, each second. A log that fails for a while
    /// is asked again; what is due stays due.
    pub async fn run(&self) {
        let mut seconds = tokio::time::interval(Duration::from_millis(limits::TICK.0));
        loop {
            seconds.tick().await;
            let _due_again_next_time = self.tick().await;
        }
    }

    /// The desk of a clinic, its decider started and caught up.
    async fn desk(&self, clinic: ClinicId, founding: bool) -> Result<Desk, EngineError> {
        self.serves(clinic)?;
        let known = lock(&self.desks).get(&clinic).filter(|desk| !desk.jobs.is_closed()).cloned();
        let desk = if let Some(desk) = known {
            desk
        } else {
            // Asking for clinics that do not exist must not fill the memory with deciders.
            let head = self.node.ports.log.head(clinic).await?;
            if head.position == Position::START && !founding {
                return Err(EngineError::NoSuchClinic(clinic));
            }
            self.start(clinic)
        };
        if !desk.is_ready() {
            ask(&desk, Job::Look).await?;
        }
        Ok(desk)
    }

    /// Follows a log that others write to, and tells other nodes of whom it hears, from the first tick or clinic on.
    fn start_aside(&self) {
        let mut aside = lock(&self.aside);
        while aside.try_join_next().is_some() {} // a runtime that is gone took them with it
        if !aside.is_empty() {
            return;
        }
        if self.node.ports.log.shared() {
            aside.spawn(news::follow(Arc::clone(&self.node.ports.log), Arc::clone(&self.desks)));
        }
        if self.node.ports.seen.shared() {
            aside.spawn(beats::exchange(Arc::clone(&self.node), Arc::clone(&self.desks)));
        }
    }

    /// Whether this node serves a clinic; if not, why.
    fn serves(&self, clinic: ClinicId) -> Result<(), Broken> {
        lock(&self.desks).get(&clinic).map_or(Ok(()), Desk::serves)
    }

    fn start(&self, clinic: ClinicId) -> Desk {
        let mut desks = lock(&self.desks);
        if let Some(desk) = desks.get(&clinic)
            && !desk.jobs.is_closed()
        {
            return desk.clone();
        }
        let (desk, live, inbox) = desk::open();
        let decider = Decider::new(Arc::clone(&self.node), clinic, live);
        tokio::spawn(decider.run(inbox));
        self.start_aside();
        desks.insert(clinic, desk.clone());
        desk
    }
}

/// The id of the passcode that a command sets: the same for each retry. It tells nothing of the passcode,
/// for it stands in the log.
fn passcode_id(clinic: ClinicId, id: CommandId, actor: &Actor, room: RoomId) -> PasscodeId {
    let digest = Sha256::new()
        .chain_update(clinic.0.as_bytes())
        .chain_update(id.0.as_bytes())
        .chain_update(room.0.as_bytes())
        .chain_update(actor.to_string())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    PasscodeId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Hands a job in and waits for its answer.
async fn ask<T>(desk: &Desk, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, EngineError> {
    let (reply, answer) = oneshot::channel();
    desk.jobs.send(job(reply)).await.map_err(|_| desk.gone())?;
    answer.await.map_err(|_| desk.gone())?
}
