//! A stock `CqrsFramework` with postgres-es's own repository, and our engine: at the same time, on the same visits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::ids::{CommandId, Position, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::state::Step;
use clinic_domain::text::{Note, PersonName};
use clinic_domain::visit::{PatientVisit, VisitAct, VisitCommand, VisitEvent};
use clinic_engine::ports::EventLog as _;
use clinic_engine::sealing::clear_fields;
use clinic_engine::{Engine, Request};
use clinic_projections::views::Views;
use clinic_testkit::laws;
use clinic_testkit::postgres::Lent;
use cqrs_es::persist::{PersistedEventRepository as _, PersistedEventStore};
use cqrs_es::{AggregateError, CqrsFramework};
use postgres_es::PostgresEventRepository;
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::fixture::{lent, log};
use super::load::{Beside, Node, Place, all};

type Stock =
    CqrsFramework<PatientVisit, PersistedEventStore<PostgresEventRepository, PatientVisit>>;

/// Visits that everybody writes to.
const VISITS: usize = 4;
/// How many commands each writer asks on each visit.
const EACH: usize = 5;

/// A clinic on two nodes, and a pool that knows nothing of it.
struct Both {
    lent: Lent,
    nodes: Vec<Node>,
    place: Place,
    pool: PgPool,
}

impl Both {
    async fn new() -> Self {
        let lent = lent();
        let beside = Beside::default();
        let nodes =
            vec![Node::on(&lent.url(), &beside).await, Node::on(&lent.url(), &beside).await];
        let place = Place::found(&nodes[0].engine).await;
        let pool = PgPool::connect(&lent.url()).await.expect("a pool");
        Self { lent, nodes, place, pool }
    }

    fn engine(&self) -> &Engine {
        &self.nodes[0].engine
    }

    fn stock(&self) -> Stock {
        let repository = PostgresEventRepository::new(self.pool.clone());
        CqrsFramework::new(PersistedEventStore::new_event_store(repository), vec![], ())
    }

    fn arrival(&self, n: u8) -> Request {
        let (token, name) = (TokenHash([n; 32]), PersonName::parse("Maria Okoye").expect("a name"));
        let form = Box::new(CheckInForm::new(self.place.reception, token, name));
        self.engine().request(Actor::Patient(token), Action::CheckIn(form))
    }

    async fn check_in(&self, n: u8) -> VisitId {
        let arrived = self.engine().execute(self.place.clinic, self.arrival(n)).await;
        arrived.expect("granted").visit().expect("a visit")
    }

    async fn log(&self) -> Vec<Recorded> {
        all(&log(&self.lent.url()).await, self.place.clinic).await
    }
}

fn note(engine: &Engine, place: &Place, visit: VisitId, text: &str) -> Request {
    let note = Personal::Clear(Note::parse(text).expect("a note"));
    engine.request(Actor::Member(place.rita), Action::AddNote(visit, note))
}

/// What the aggregate is asked, sealed, and what it goes by.
async fn evidence(engine: &Engine, place: &Place, wish: &Request) -> (VisitCommand, Position) {
    let evidence = engine.evidence(place.clinic, wish.clone()).await.expect("it can be asked");
    let Some(Step::Visit(_, command)) = evidence.steps.first() else { panic!("{evidence:?}") };
    ((**command).clone(), evidence.position)
}

/// What a stock writer says of a command at the least.
fn metadata(wish: &Request) -> HashMap<String, String> {
    HashMap::from([
        ("actor".to_owned(), wish.actor.to_string()),
        ("command_id".to_owned(), wish.id.0.to_string()),
    ])
}

/// Notes on each visit in turn, by a stock writer who asks again where she lost a race. She says where her
/// evidence was true, or leaves that out.
async fn stock_writer(
    stock: Stock,
    engine: Engine,
    place: Place,
    visits: Vec<VisitId>,
    says_where: bool,
) -> (Vec<CommandId>, usize) {
    let (mut done, mut lost) = (vec![], 0);
    for number in 0..EACH {
        for visit in &visits {
            let wish = note(&engine, &place, *visit, &format!("stock {number}"));
            loop {
                let (command, position) = evidence(&engine, &place, &wish).await;
                let mut told = metadata(&wish);
                if says_where {
                    told.insert("at_position".to_owned(), position.to_string());
                }
                match stock.execute_with_metadata(&visit.to_string(), command, told).await {
                    Ok(()) => break done.push(wish.id),
                    Err(AggregateError::AggregateConflict) => lost += 1,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
    (done, lost)
}

async fn our_writer(engine: Engine, place: Place, visits: Vec<VisitId>) -> (Vec<CommandId>, usize) {
    let mut done = vec![];
    for number in 0..EACH {
        for visit in &visits {
            let wish = note(&engine, &place, *visit, &format!("ours {number}"));
            let granted = engine.execute(place.clinic, wish.clone()).await.expect("granted");
            assert_eq!(granted.events.len(), 1);
            done.push(wish.id);
        }
    }
    (done, 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_writers_and_nodes_write_to_the_same_visits() {
    let both = Both::new().await;
    let mut visits = vec![];
    for n in 1..=VISITS {
        visits.push(both.check_in(n.try_into().expect("few")).await);
    }
    let mut writers = JoinSet::new();
    for node in &both.nodes {
        let engine = node.engine.clone();
        writers.spawn(our_writer(engine.clone(), both.place, visits.clone()));
        for says_where in [false, true] {
            let stock = both.stock();
            let (engine, visits) = (engine.clone(), visits.clone());
            writers.spawn(stock_writer(stock, engine, both.place, visits, says_where));
        }
    }
    let (mut granted, mut lost) = (BTreeSet::new(), 0);
    while let Some(written) = writers.join_next().await {
        let (done, races) = written.expect("no writer failed");
        granted.extend(done);
        lost += races;
    }
    println!("{} notes; stock writers lost {lost} races and asked again", granted.len());
    assert_eq!(granted.len(), both.nodes.len() * 3 * EACH * VISITS);
    assert!(lost > 0, "nobody met anybody");

    let events = both.log().await;
    laws::hold(both.place.clinic, &events).expect("the laws hold");
    let mut times: BTreeMap<CommandId, usize> = BTreeMap::new();
    for recorded in &events {
        assert_eq!(clear_fields(&recorded.event), [""; 0], "{recorded:?}");
        if let Event::Visit(_, VisitEvent::NoteAdded { .. }) = recorded.event {
            *times.entry(recorded.cause.command_id).or_default() += 1;
        }
    }
    assert_eq!(times, granted.iter().map(|id| (*id, 1)).collect());

    let head = Position(events.len().try_into().expect("a position"));
    for node in &both.nodes {
        let views = node.engine.read(both.place.clinic, Some(head), Views::clone).await;
        assert!(views.expect("it reads") == Views::rebuilt(&events), "a node shows something else");
    }
    let repository = PostgresEventRepository::new(both.pool.clone());
    for visit in visits {
        let theirs = repository.get_events::<PatientVisit>(&visit.to_string()).await;
        let theirs = theirs.expect("they read").into_iter().map(|event| event.payload);
        let ours = events.iter().filter_map(|recorded| match &recorded.event {
            Event::Visit(of, event) if *of == visit => serde_json::to_value(event).ok(),
            Event::Visit(..) | Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => None,
        });
        assert_eq!(theirs.collect::<Vec<_>>(), ours.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_stock_writer_whose_evidence_is_out_of_date_has_a_conflict() {
    let both = Both::new().await;
    let (visit, other) = (both.check_in(1).await, both.check_in(2).await);
    let wish = note(both.engine(), &both.place, visit, "late");
    let (command, position) = evidence(both.engine(), &both.place, &wish).await;
    let mut told = metadata(&wish);
    told.insert("at_position".to_owned(), position.to_string());
    // Another stream of the same clinic.
    let elsewhere = note(both.engine(), &both.place, other, "in between");
    both.engine().execute(both.place.clinic, elsewhere).await.expect("granted");
    let stock = both.stock();
    let late = stock.execute_with_metadata(&visit.to_string(), command.clone(), told).await;
    assert!(matches!(late, Err(AggregateError::AggregateConflict)), "{late:?}");
    // Without a word on her evidence, only its own stream is asked, and the stream knows its clinic.
    let told = metadata(&wish);
    stock.execute_with_metadata(&visit.to_string(), command, told).await.expect("it is stored");
    let last = both.log().await.pop().expect("events");
    assert_eq!((last.position.0, last.cause.command_id), (position.0 + 2, wish.id));
}

#[tokio::test]
async fn a_stock_writer_names_the_clinic_of_a_visit_that_begins() {
    let both = Both::new().await;
    let wish = both.arrival(1);
    let evidence = both.engine().evidence(both.place.clinic, wish.clone()).await;
    let evidence = evidence.expect("it can be asked");
    let Some(Step::Visit(visit, command)) = evidence.steps.first() else { panic!("{evidence:?}") };
    let mut told = metadata(&wish);
    let begin = |told: HashMap<String, String>| {
        let (stock, id, command) = (both.stock(), visit.to_string(), (**command).clone());
        async move { stock.execute_with_metadata(&id, command, told).await }
    };
    let refused = begin(told.clone()).await.expect_err("whose visit is it?").to_string();
    assert!(refused.contains("has to name its clinic in the metadata"), "{refused}");
    told.insert("clinic".to_owned(), both.place.clinic.to_string());
    begin(told).await.expect("it is stored");
    let head = Position(evidence.position.0 + 1);
    let there = both.engine().read(both.place.clinic, Some(head), Views::clone).await;
    let board = there.expect("it reads").census.board(both.place.reception, both.engine().now());
    assert_eq!(board.expect("a board").rows.len(), 1);
}

/// A stock writer who does not seal: what she wrote is found.
#[tokio::test]
async fn what_a_stock_writer_left_in_the_clear_is_found() {
    let both = Both::new().await;
    let visit = both.check_in(1).await;
    let wish = note(both.engine(), &both.place, visit, "seen by all");
    let (sealed, _) = evidence(both.engine(), &both.place, &wish).await;
    let Action::AddNote(_, text) = wish.action.clone() else { panic!("{wish:?}") };
    let clear = VisitCommand { act: VisitAct::AddNote(text), ..sealed };
    let (stock, told) = (both.stock(), metadata(&wish));
    let stored = stock.execute_with_metadata(&visit.to_string(), clear, told).await;
    stored.expect("it is stored");
    let log = log(&both.lent.url()).await;
    let stream = log.read_stream(both.place.clinic, StreamId::Visit(visit)).await.expect("read");
    let found: Vec<_> = stream.iter().map(|recorded| clear_fields(&recorded.event)).collect();
    assert_eq!(found, [vec![], vec!["note"]]);
}
