//! Visits that go on while the world is bad, and the one check after each kind of fault: every command that was
//! acknowledged is there exactly once, no position is missing, every law holds, and all nodes show the same.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, CommandId, MemberId, Position, RoomId};
use clinic_domain::text::PersonName;
use clinic_domain::visit::CloseReason;
use clinic_engine::ports::{
    EventLog, LastSeen, ManualClock, MemoryCredentials, MemoryKeys, NoOthers,
};
use clinic_engine::{Engine, EngineError, Ports, Receipt};
use clinic_postgres::{PgLog, PgSeen};
use clinic_projections::views::Views;
use clinic_testkit::laws;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::fixture::{database, log};
use crate::engine::fixture::{House, NINE, transfer};

/// How long one who is told to come back goes on asking before a node counts as gone for good.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long one waits before she asks again.
const AGAIN: Duration = Duration::from_millis(50);

/// What all nodes of a test share besides the log, when those stores are not what it is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    keys: Arc<MemoryKeys>,
    credentials: Arc<MemoryCredentials>,
}

/// An engine on the shared log, keeping time. Dropped, it does nothing more.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) engine: Engine,
    running: AbortHandle,
}

impl Node {
    pub(crate) async fn on(url: &str, beside: &Beside) -> Self {
        Self::over(log(url).await, Arc::new(NoOthers), beside)
    }

    /// One that tells others whom it hears, by the table in the same database.
    pub(crate) async fn that_tells(url: &str, beside: &Beside) -> Self {
        let database = database(url).await;
        Self::over(PgLog::open(&database), Arc::new(PgSeen::open(&database)), beside)
    }

    fn over(log: PgLog, seen: Arc<dyn LastSeen>, beside: &Beside) -> Self {
        let Beside { keys, credentials } = beside.clone();
        let log = Arc::new(log);
        let engine = Engine::new(Ports { log, keys, credentials, seen, ..Ports::in_memory() });
        let timed = engine.clone();
        let running = tokio::spawn(async move { timed.run().await }).abort_handle();
        Self { engine, running }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// A clinic where visits go on, in words that another process can be started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) clinic: ClinicId,
    pub(crate) rita: MemberId,
    pub(crate) dana: MemberId,
    pub(crate) reception: RoomId,
    pub(crate) office: RoomId,
}

impl Place {
    /// Founds a clinic on a node.
    pub(crate) async fn found(engine: &Engine) -> Self {
        // The engine goes by its own clock; this one is asked for nothing.
        let clock = Arc::new(ManualClock::at(NINE));
        let House { clinic, rita, dana, reception, office, .. } =
            House::with(engine.clone(), clock).await;
        Self { clinic, rita, dana, reception, office }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clinic, rita, dana, reception, office } = self;
        write!(f, "{clinic} {rita} {dana} {reception} {office}")
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ids: Vec<Uuid> = text.split(' ').filter_map(|id| id.parse().ok()).collect();
        let [clinic, rita, dana, reception, office] = ids[..] else { return Err(text.to_owned()) };
        Ok(Self {
            clinic: ClinicId(clinic),
            rita: MemberId(rita),
            dana: MemberId(dana),
            reception: RoomId(reception),
            office: RoomId(office),
        })
    }
}

/// A command that was acknowledged, and the last of its events' positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ack {
    clinic: ClinicId,
    command: CommandId,
    last: u64,
    events: usize,
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clinic, command, last, events } = self;
        write!(f, "{clinic} {command} {last} {events}")
    }
}

impl FromStr for Ack {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let told = || {
            let mut words = text.split(' ');
            let ack = Self {
                clinic: ClinicId(words.next()?.parse().ok()?),
                command: CommandId(words.next()?.parse().ok()?),
                last: words.next()?.parse().ok()?,
                events: words.next()?.parse().ok()?,
            };
            words.next().is_none().then_some(ack)
        };
        told().ok_or_else(|| text.to_owned())
    }
}

/// What was acknowledged to clients, and what they were told to ask again.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) acks: Mutex<Vec<Ack>>,
    again: AtomicUsize,
}

impl Told {
    pub(crate) fn count(&self) -> usize {
        self.acks.lock().expect("nobody panicked").len()
    }

    /// How often somebody was told to ask again.
    pub(crate) fn again(&self) -> usize {
        self.again.load(Ordering::Relaxed)
    }

    fn ack(&self, clinic: ClinicId, receipt: &Receipt) {
        let Some(first) = receipt.events.first() else { return };
        let (command, last) = (first.cause.command_id, receipt.position.0);
        let ack = Ack { clinic, command, last, events: receipt.events.len() };
        self.acks.lock().expect("nobody panicked").push(ack);
    }
}

/// Clients who ask, each its commands one after another, until they are told to stop.
pub(crate) struct Load {
    pub(crate) told: Arc<Told>,
    stop: Arc<AtomicBool>,
    clients: JoinSet<()>,
}

impl Load {
    /// So many clients of each node, spread over the clinics.
    pub(crate) fn on(nodes: &[Node], places: &[Place], clients: usize) -> Self {
        let (told, stop) = (Arc::default(), Arc::default());
        let mut load = Self { told, stop, clients: JoinSet::new() };
        for node in nodes {
            for place in places.iter().cycle().take(clients) {
                let (told, stop) = (Arc::clone(&load.told), Arc::clone(&load.stop));
                load.clients.spawn(client(node.engine.clone(), *place, told, stop));
            }
        }
        load
    }

    /// Waits until so many more commands were acknowledged, and says how long that took.
    pub(crate) async fn goes_on(&self, more: usize) -> Duration {
        let (begun, wanted) = (Instant::now(), self.told.count() + more);
        let soon = async {
            while self.told.count() < wanted {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let went_on = timeout(PATIENCE, soon).await.is_ok();
        assert!(went_on, "nothing is acknowledged any more, after {}", self.told.count());
        begun.elapsed()
    }

    /// Lets each client finish its visit, and gives all that was acknowledged.
    #[expect(clippy::print_stdout, reason = "a run tells how much it has seen")]
    pub(crate) async fn end(mut self) -> Vec<Ack> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("a client was refused");
        }
        let acks = std::mem::take(&mut *self.told.acks.lock().expect("nobody panicked"));
        println!("{} acknowledged, {} asked again", acks.len(), self.told.again());
        acks
    }
}

/// Somebody who follows a clinic on a node, and comes back behind what she has seen when she is cut off.
pub(crate) struct Follower {
    clinic: ClinicId,
    seen: Arc<Mutex<Vec<Position>>>,
    following: JoinHandle<()>,
}

impl Follower {
    pub(crate) fn of(node: &Node, clinic: ClinicId) -> Self {
        let seen = Arc::<Mutex<Vec<Position>>>::default();
        let (engine, told) = (node.engine.clone(), Arc::clone(&seen));
        let following = tokio::spawn(async move {
            loop {
                let last = told.lock().expect("nobody panicked").last().copied();
                let feed = engine.subscribe(clinic, last.unwrap_or(Position::START)).await;
                let Ok(mut feed) = feed else {
                    sleep(AGAIN).await;
                    continue;
                };
                while let Ok(recorded) = feed.next().await {
                    told.lock().expect("nobody panicked").push(recorded.position);
                }
            }
        });
        Self { clinic, seen, following }
    }

    /// She has been told every position up to the end, once and in order.
    pub(crate) async fn has_seen_all(self, url: &str) {
        let head = log(url).await.head(self.clinic).await.expect("read").position;
        let last = || self.seen.lock().expect("nobody panicked").last().copied();
        let soon = async {
            while last() < Some(head) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(
            timeout(PATIENCE, soon).await.is_ok(),
            "{head} is there, and {:?} was told",
            last()
        );
        self.following.abort();
        let seen = self.seen.lock().expect("nobody panicked").clone();
        assert_eq!(seen, (1..).map(Position).take(seen.len()).collect::<Vec<_>>());
    }
}

/// One visit after another: in, sent on, sent back, gone.
async fn client(engine: Engine, place: Place, told: Arc<Told>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let mut token = [0; 32];
        token[..16].copy_from_slice(engine.mint().as_bytes());
        let token = TokenHash(token);
        let patient = Actor::Patient(token);
        let (rita, dana) = (Actor::Member(place.rita), Actor::Member(place.dana));
        let name = PersonName::parse("Maria Okoye").expect("a name");
        let form = Box::new(CheckInForm::new(place.reception, token, name));
        let asked = ask(&engine, place.clinic, patient.clone(), Action::CheckIn(form), &told).await;
        let visit = asked.visit().expect("a visit");
        let leave = Action::CloseVisit { visit, reason: CloseReason::Left, seen: None };
        let (there, back) = (transfer(visit, place.office), transfer(visit, place.reception));
        ask(&engine, place.clinic, rita, there, &told).await;
        ask(&engine, place.clinic, dana, back, &told).await;
        ask(&engine, place.clinic, patient, leave, &told).await;
    }
}

/// Asks until it is acknowledged, always under the same id, as one does who lost the answer.
async fn ask(engine: &Engine, clinic: ClinicId, by: Actor, action: Action, told: &Told) -> Receipt {
    let request = engine.request(by, action);
    let begun = Instant::now();
    loop {
        match engine.execute(clinic, request.clone()).await {
            Ok(receipt) => {
                told.ack(clinic, &receipt);
                return receipt;
            }
            Err(EngineError::Broken(why)) => {
                assert!(begun.elapsed() < PATIENCE, "asked for {PATIENCE:?}: {why}");
                told.again.fetch_add(1, Ordering::Relaxed);
                sleep(AGAIN).await;
            }
            Err(other) => panic!("{:?}: {other}", request.action),
        }
    }
}

/// The check after each fault: `acks` and nothing twice, a whole log, and the same on every node.
pub(crate) async fn nothing_is_lost(url: &str, nodes: &[Node], places: &[Place], acks: &[Ack]) {
    let fresh = log(url).await;
    let mut held = Held::new();
    for place in places {
        let clinic = place.clinic;
        let end = fresh.head(clinic).await.expect("read").position;
        let mut shown = vec![];
        for node in nodes {
            let views = node.engine.read(clinic, Some(end), Views::clone).await;
            shown.push(views.expect("the node reads"));
        }
        // Policies may have acted since, so each node is held against the log as far as it has come.
        let events = all(&fresh, clinic).await;
        laws::hold(clinic, &events).expect("the laws hold");
        for views in shown {
            let come = usize::try_from(views.census.position().0).expect("a number");
            let folded = Views::rebuilt(&events[..come]);
            assert!(views == folded, "at {come}, a node shows {views:?} and not {folded:?}");
        }
        for recorded in &events {
            let command = held.entry(recorded.cause.command_id);
            let (of, positions) = command.or_insert_with(|| (clinic, vec![]));
            assert_eq!(*of, clinic, "one command in two clinics");
            positions.push(recorded.position.0);
        }
    }
    assert_eq!(lost(&held, acks), Vec::<&Ack>::new());
}

/// Each command of the log: its clinic, and where its events stand.
type Held = BTreeMap<CommandId, (ClinicId, Vec<u64>)>;

/// What was acknowledged and is not there, or not once, whole and where it was said to be.
fn lost<'a>(held: &Held, acks: &'a [Ack]) -> Vec<&'a Ack> {
    let kept = |ack: &Ack| {
        let events = u64::try_from(ack.events).unwrap_or(u64::MAX);
        let first = (ack.last + 1).saturating_sub(events);
        held.get(&ack.command) == Some(&(ack.clinic, (first..=ack.last).collect()))
    };
    acks.iter().filter(|ack| !kept(ack)).collect()
}

#[test]
fn the_check_finds_what_is_missing_doubled_or_moved() {
    let [clinic, other] = [1, 2].map(|n| ClinicId(Uuid::from_u128(n)));
    let [one, two] = [3, 4].map(|n| CommandId(Uuid::from_u128(n)));
    let held = |positions| Held::from([(one, (clinic, positions))]);
    let told = Ack { clinic, command: one, last: 8, events: 2 };
    let found = |held: &Held, told: Ack| lost(held, &[told]).len();
    assert_eq!(found(&held(vec![7, 8]), told), 0);
    for wrong in [vec![], vec![8], vec![8, 9], vec![7, 8, 12], vec![7, 8, 7, 8]] {
        assert_eq!(found(&held(wrong), told), 1);
    }
    assert_eq!(found(&held(vec![7, 8]), Ack { command: two, ..told }), 1);
    assert_eq!(found(&held(vec![7, 8]), Ack { clinic: other, ..told }), 1);
}

/// The whole log of a clinic, page by page.
pub(crate) async fn all(log: &dyn EventLog, clinic: ClinicId) -> Vec<Recorded> {
    let mut events = vec![];
    loop {
        let end = Position(u64::try_from(events.len()).expect("a position"));
        let page = log.read(clinic, end, 1_000).await.expect("a page");
        if page.is_empty() {
            return events;
        }
        for recorded in page {
            events.push(recorded);
            let position = events.last().map(|last: &Recorded| last.position.0);
            assert_eq!(position, u64::try_from(events.len()).ok(), "a position is missing");
        }
    }
}
