//! A stock `CqrsFramework` beside the engine, on the same streams.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Clinic, Role};
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, Position, RoomId, VisitId};
use clinic_domain::personal::{Origin, Personal, Sealable};
use clinic_domain::room::{Room, RoomCommand, RoomEvent, RoomKind, RoomPolicy};
use clinic_domain::state::Step;
use clinic_domain::text::{Note, PersonName, Reason, Slug, Title};
use clinic_domain::time::Millis;
use clinic_domain::transfer::Transfer;
use clinic_domain::visit::{CloseReason, PatientVisit};
use clinic_engine::ports::{EventLog, KeyStore as _, MemoryKeys};
use clinic_engine::{Engine, Evidence, Ports, Request, sealing};
use clinic_sqlite::{SqliteEventRepository, SqliteLog};
use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, SerializedEvent,
};
use cqrs_es::{Aggregate, AggregateError, CqrsFramework};
use serde_json::{Value, json};

use super::scratch::{append_all, events, meddle, morning, new_path, open, said};

type Stock<A> = CqrsFramework<A, PersistedEventStore<SqliteEventRepository, A>>;

/// A clinic of two rooms on an engine, and what a stock writer needs beside it.
struct Beside {
    log: Arc<SqliteLog>,
    engine: Engine,
    keys: Arc<MemoryKeys>,
    clinic: ClinicId,
    reception: RoomId,
    office: RoomId,
}

fn title(text: &str) -> Title {
    Title::parse(text).expect("it is a title")
}

impl Beside {
    async fn new() -> Self {
        let log = Arc::new(open(&new_path()));
        assert!(!log.shared());
        drop(log.repository());
        assert!(log.shared(), "from now on others may write");
        let keys = Arc::new(MemoryKeys::default());
        let (log_port, key_port) = (Arc::clone(&log) as Arc<_>, Arc::clone(&keys) as Arc<_>);
        let engine = Engine::new(Ports { log: log_port, keys: key_port, ..Ports::in_memory() });
        let clinic = ClinicId(engine.mint());
        let found = Action::FoundClinic {
            name: title("Harbour"),
            zone: Zone::parse("UTC").expect("it is a zone"),
            owner_name: title("Ada"),
            capabilities: Capability::ALL.into(),
            external_ref: None,
        };
        engine.execute(clinic, engine.request(Actor::Host, found)).await.expect("granted");
        let mut rooms = vec![];
        for name in ["reception", "office"] {
            let slug = Slug::parse(name).expect("it is a slug");
            let (kind, name) = (RoomKind::Shared, title(name));
            let open = Action::OpenRoom { kind, name, slug, external_ref: None };
            let receipt = engine.execute(clinic, engine.request(Actor::Host, open)).await;
            rooms.push(receipt.expect("granted").room().expect("it is open"));
        }
        Self { log, engine, keys, clinic, reception: rooms[0], office: rooms[1] }
    }

    fn stock<A: Aggregate<Services = ()>>(&self) -> Stock<A> {
        let store = PersistedEventStore::new_event_store(self.log.repository());
        CqrsFramework::new(store, vec![], ())
    }

    fn rename(&self, name: &str) -> Request {
        self.engine.request(Actor::Host, Action::RenameRoom(self.office, title(name)))
    }

    async fn evidence(&self, wish: &Request) -> Evidence {
        self.engine.evidence(self.clinic, wish.clone()).await.expect("it can be asked")
    }
}

impl Beside {
    /// Has stock frameworks decide and store what is wished. Gives what they have stored.
    async fn by_stock(&self, actor: Actor, action: Action) -> Vec<Recorded> {
        let wish = self.engine.request(actor, action);
        let evidence = self.evidence(&wish).await;
        let told = || {
            let clinic = ("clinic".to_owned(), self.clinic.0.to_string());
            metadata(&wish, &evidence).into_iter().chain([clinic]).collect()
        };
        for step in evidence.steps.clone() {
            match step {
                Step::Visit(id, command) => {
                    let visits = self.stock::<PatientVisit>();
                    let stored =
                        visits.execute_with_metadata(&id.0.to_string(), *command, told()).await;
                    stored.expect("it is stored");
                }
                Step::Transfer(id, command) => {
                    let transfers = self.stock::<Transfer>();
                    let stored =
                        transfers.execute_with_metadata(&id.0.to_string(), command, told()).await;
                    stored.expect("it is stored");
                }
                Step::Clinic(..) | Step::Room(..) => panic!("{step:?}"),
            }
        }
        self.log.read(self.clinic, evidence.position, 100).await.expect("it is read")
    }

    /// The personal texts of events, opened.
    async fn opened(&self, events: &[Recorded], visit: VisitId) -> Vec<String> {
        let mut texts = vec![];
        for (origin, sealed) in sealed(events, visit) {
            let id = sealing::key_id(&sealed).expect("it names its key");
            let key = self.keys.key(id).await.expect("keys can be read").expect("it is there");
            texts.push(sealing::open(self.clinic, origin, &key, &sealed).expect("it opens"));
        }
        texts
    }
}

/// The personal data of events, and where each was recorded.
fn sealed(events: &[Recorded], visit: VisitId) -> Vec<(Origin, String)> {
    let mut sealed = vec![];
    for recorded in events {
        let look = &mut |origin: Origin, datum: &mut dyn Sealable| {
            sealed.push((origin, datum.sealed().expect("it is sealed").to_owned()));
        };
        match recorded.event.clone() {
            Event::Visit(_, mut event) => event.each_personal(visit, look),
            Event::Transfer(_, mut event) => event.each_personal(visit, look),
            Event::Clinic(..) | Event::Room(..) => {}
        }
    }
    sealed
}

#[tokio::test]
async fn what_a_stock_writer_stores_on_our_evidence_is_sealed() {
    let beside = Beside::new().await;
    let note = |text: &str| Personal::Clear(Note::parse(text).expect("it is a note"));
    let window = RoomPolicy { accept_window: Some(Millis::minutes(5)), ..RoomPolicy::default() };
    let host = async |action| {
        let wish = beside.engine.request(Actor::Host, action);
        beside.engine.execute(beside.clinic, wish).await.expect("granted")
    };
    host(Action::SetPolicy(beside.office, Box::new(window))).await;
    let (name, role) = (title("Dana"), Role::Member);
    let added = host(Action::AddMember { name, role, external_ref: None }).await;
    let dana = added.member().expect("she was added");
    for room in [beside.reception, beside.office] {
        host(Action::AssignMember(room, dana)).await;
    }
    let by_her = || Actor::Member(dana);

    let name = PersonName::parse("Maria Okoye").expect("it is a name");
    let mut form = Box::new(CheckInForm::new(beside.reception, TokenHash([7; 32]), name));
    form.reason = Some(Personal::Clear(Reason::parse("a cough").expect("it is a reason")));
    let stored = beside.by_stock(Actor::Host, Action::CheckIn(form)).await;
    let Event::Visit(visit, _) = stored[0].event else { panic!("{stored:?}") };
    assert_eq!(beside.opened(&stored, visit).await, ["Maria Okoye", "a cough"]);

    let stored =
        beside.by_stock(by_her(), Action::AddNote(visit, note("fever since Monday"))).await;
    assert_eq!(beside.opened(&stored, visit).await, ["fever since Monday"]);
    let to = beside.office;
    let send = Action::Transfer { visit, to, note: Some(note("please look")), seen: None };
    let stored = beside.by_stock(by_her(), send).await;
    assert_eq!(beside.opened(&stored, visit).await, ["please look"]);
    let leg = stored.iter().find_map(|one| match one.event {
        Event::Transfer(leg, _) => Some(leg),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) => None,
    });
    let note_back = Some(note("not ours"));
    let decline = Action::DeclineTransfer { visit, transfer: leg.expect("a leg"), note: note_back };
    let stored = beside.by_stock(by_her(), decline).await;
    assert_eq!(beside.opened(&stored, visit).await, ["not ours"]);
    let reason = CloseReason::Removed { why: note("by mistake") };
    let stored = beside.by_stock(by_her(), Action::CloseVisit { visit, reason, seen: None }).await;
    assert_eq!(beside.opened(&stored, visit).await, ["by mistake"]);

    // All of it under one key, so that forgetting her is one deed.
    let all = beside.log.read(beside.clinic, Position::START, 100).await.expect("it is read");
    let keys: BTreeSet<_> =
        sealed(&all, visit).iter().map(|(_, sealed)| sealing::key_id(sealed)).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
}

/// What a careful stock writer says of a command.
fn metadata(wish: &Request, evidence: &Evidence) -> HashMap<String, String> {
    HashMap::from([
        ("actor".to_owned(), wish.actor.to_string()),
        ("command_id".to_owned(), wish.id.0.to_string()),
        ("at_position".to_owned(), evidence.position.to_string()),
    ])
}

fn to_room(evidence: &Evidence) -> (String, RoomCommand) {
    let Some(Step::Room(room, command)) = evidence.steps.first() else { panic!("{evidence:?}") };
    (room.0.to_string(), command.clone())
}

#[tokio::test]
async fn a_stock_framework_writes_beside_the_engine() {
    let beside = Beside::new().await;
    let wish = beside.rename("Dr Dana");
    let evidence = beside.evidence(&wish).await;
    let (room, command) = to_room(&evidence);
    let rooms = beside.stock::<Room>();
    let told = metadata(&wish, &evidence);
    rooms.execute_with_metadata(&room, command, told).await.expect("it is stored");

    let log = &beside.log;
    let stream = StreamId::Room(beside.office);
    let stored = log.read_stream(beside.clinic, stream).await.expect("it is read");
    let last = stored.last().expect("it has events");
    assert_eq!((last.position, last.sequence), (evidence.position.next(), 2));
    assert_eq!(last.cause.command_id, wish.id);
    assert_eq!(log.due(last.occurred_at, 9).await.expect("read"), [beside.clinic]);

    // The engine folds it in and goes on behind it.
    let next = beside.engine.execute(beside.clinic, beside.rename("Dana, again")).await;
    assert_eq!(next.expect("granted").position, last.position.next());
    assert!(log.check(true).await.expect("it is checked").findings.is_empty());
}

#[tokio::test]
async fn evidence_that_is_out_of_date_loses_its_race() {
    let beside = Beside::new().await;
    let wish = beside.rename("Dr Dana");
    let evidence = beside.evidence(&wish).await;
    let elsewhere = Action::RenameRoom(beside.reception, title("Front desk"));
    let elsewhere = beside.engine.request(Actor::Host, elsewhere);
    beside.engine.execute(beside.clinic, elsewhere).await.expect("granted");
    let (room, command) = to_room(&evidence);
    let rooms = beside.stock::<Room>();
    let lost =
        rooms.execute_with_metadata(&room, command.clone(), metadata(&wish, &evidence)).await;
    assert!(matches!(lost, Err(AggregateError::AggregateConflict)), "{lost:?}");
    // Without a word on its evidence, only its own stream is asked.
    let told = HashMap::from([("command_id".to_owned(), wish.id.0.to_string())]);
    rooms.execute_with_metadata(&room, command, told).await.expect("it is stored");
}

#[tokio::test]
async fn one_command_may_write_to_several_streams() {
    let beside = Beside::new().await;
    let name = PersonName::parse("Maria Okoye").expect("it is a name");
    let form = Box::new(CheckInForm::new(beside.reception, TokenHash([7; 32]), name));
    let arrive = beside.engine.request(Actor::Host, Action::CheckIn(form));
    let receipt = beside.engine.execute(beside.clinic, arrive).await.expect("granted");
    let visit = receipt.visit().expect("a visit has begun");
    let send = Action::Transfer { visit, to: beside.office, note: None, seen: None };
    let wish = beside.engine.request(Actor::Host, send);
    let evidence = beside.evidence(&wish).await;
    assert!(evidence.steps.len() > 1, "{evidence:?}");
    let told = || metadata(&wish, &evidence);
    for step in evidence.steps.clone() {
        match step {
            Step::Visit(id, command) => {
                let visits = beside.stock::<PatientVisit>();
                visits.execute_with_metadata(&id.0.to_string(), *command, told()).await.unwrap();
            }
            Step::Transfer(id, command) => {
                let mut told = told();
                told.insert("clinic".to_owned(), beside.clinic.0.to_string());
                let transfers = beside.stock::<Transfer>();
                transfers.execute_with_metadata(&id.0.to_string(), command, told).await.unwrap();
            }
            Step::Clinic(..) | Step::Room(..) => panic!("{step:?}"),
        }
    }
    let tail = beside.log.read(beside.clinic, evidence.position, 100).await.expect("it is read");
    assert!(tail.len() >= 3 && tail.iter().all(|one| one.cause.command_id == wish.id), "{tail:?}");
}

/// An event by hand, as a stock writer would hand it in.
fn renamed(room: RoomId, sequence: usize, metadata: Value) -> SerializedEvent {
    let event = RoomEvent::RoomRenamed { name: title("Elsewhere") };
    SerializedEvent {
        aggregate_id: room.0.to_string(),
        sequence,
        aggregate_type: Room::TYPE.to_owned(),
        event_type: event.name().to_owned(),
        event_version: "1".to_owned(),
        payload: serde_json::to_value(&event).expect("it is JSON"),
        metadata,
    }
}

#[tokio::test]
async fn a_stream_takes_each_number_once() {
    let beside = Beside::new().await;
    let repository = beside.log.repository();
    let persist = |sequence| {
        let event = renamed(beside.office, sequence, json!({}));
        let repository = repository.clone();
        async move { repository.persist::<Room>(&[event], None).await }
    };
    let taken = persist(1).await;
    assert!(matches!(taken, Err(PersistenceError::OptimisticLockError)), "{taken:?}");
    let ahead = persist(3).await.expect_err("2 comes first");
    assert!(ahead.to_string().contains("sequence 3 of Room "), "{ahead}");
    persist(2).await.expect("it follows");
    let taken = persist(2).await;
    assert!(matches!(taken, Err(PersistenceError::OptimisticLockError)), "{taken:?}");
    let events = repository.get_events::<Room>(&beside.office.0.to_string()).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(events[1], renamed(beside.office, 2, json!({})));
    let last = repository.get_last_events::<Room>(&beside.office.0.to_string(), 1).await.unwrap();
    assert_eq!(last, events[1..]);
}

#[tokio::test]
async fn what_this_log_cannot_keep_is_refused() {
    let beside = Beside::new().await;
    let repository = beside.log.repository();
    let new = RoomId(beside.engine.mint());
    let refused = async |event: SerializedEvent, why: &str| {
        let error = repository.persist::<Room>(&[event], None).await.expect_err("it is refused");
        assert!(error.to_string().contains(why), "{error}");
    };
    refused(renamed(new, 1, json!({})), "is new: its first event has to name its clinic").await;
    let elsewhere = json!({ "clinic": beside.engine.mint().to_string() });
    refused(renamed(beside.office, 2, elsewhere), "not of").await;
    let unreadable = json!({ "at_position": "soon" });
    refused(renamed(beside.office, 2, unreadable), "\"at_position\" cannot be read").await;
    let foreign = renamed(beside.office, 2, json!({}));
    refused(SerializedEvent { aggregate_type: "Film".into(), ..foreign.clone() }, "no Film").await;
    refused(SerializedEvent { payload: json!({}), ..foreign.clone() }, "payload").await;
    refused(SerializedEvent { event_version: "2".into(), ..foreign.clone() }, "newer version")
        .await;
    refused(SerializedEvent { aggregate_id: "7".into(), ..foreign }, "has to be a UUID").await;
    let snapshot = Some((beside.office.0.to_string(), json!({}), 1));
    let event = renamed(beside.office, 2, json!({}));
    let error = repository.persist::<Room>(&[event], snapshot).await.expect_err("it is refused");
    assert!(error.to_string().contains("no snapshots"), "{error}");
    let none = repository.get_snapshot::<Room>(&beside.office.0.to_string()).await;
    assert_eq!(none.expect("it is asked"), None);
    let head = beside.log.head(beside.clinic).await.expect("it is read");
    let all = beside.log.read(beside.clinic, Position::START, 100).await.expect("it is read");
    assert_eq!(head.position, all.last().expect("it has events").position);
}

async fn replayed<A: Aggregate>(repository: &SqliteEventRepository) -> (usize, Option<String>) {
    let mut stream = repository.stream_all_events::<A>().await.expect("it begins");
    let mut count = 0;
    while let Some(event) = stream.next::<A>(&[]).await {
        match event {
            Ok(_) => count += 1,
            Err(error) => return (count, Some(said(&error))),
        }
    }
    (count, None)
}

#[tokio::test]
async fn a_replay_is_whole_or_says_that_it_is_not() {
    let log = open(&new_path());
    let (one, two) = (morning(1, 1_500), morning(2, 20));
    append_all(&log, &one).await;
    append_all(&log, &two).await;
    let all = [events(&one), events(&two)].concat();
    let of = |kind| all.iter().filter(|one| one.event.stream().aggregate_type() == kind).count();
    let repository = log.repository();
    assert_eq!(replayed::<PatientVisit>(&repository).await, (1_520, None));
    assert_eq!(replayed::<Room>(&repository).await, (of("Room"), None));
    assert_eq!(replayed::<Clinic>(&repository).await, (of("Clinic"), None));
    assert_eq!(1_520 + of("Room") + of("Clinic"), all.len());
    meddle(log.path(), "DELETE FROM events WHERE id = (1 << 40) + 1200");
    let (count, error) = replayed::<PatientVisit>(&repository).await;
    assert!(count < 1_520);
    assert!(error.expect("it says so").contains("position 1200 of clinic"));
}
