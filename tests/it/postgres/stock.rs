//! What the trigger takes of a stock writer, and what it refuses: inserts as postgres-es makes them.

use clinic_domain::ids::ClinicId;
use clinic_engine::ports::EventLog as _;
use clinic_postgres::limits::{STOCK_METADATA, STOCK_PAYLOAD};
use clinic_testkit::conformance::Writer;
use clinic_testkit::postgres::Lent;
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::fixture::{lent, log};

/// A clinic whose log ends at position 1, on a database that stock writers reach.
struct Table {
    lent: Lent,
    clinic: ClinicId,
}

impl Table {
    async fn new() -> Self {
        let lent = lent();
        let mut founder = Writer::new(1);
        let appended = log(&lent.url()).await.append(founder.batch(0)).await;
        appended.expect("founded");
        Self { lent, clinic: founder.state.id() }
    }

    /// The insert of a note on a visit that begins, whose writer went by the founding.
    fn note(&self, visit: u128) -> String {
        let metadata = format!(r#"{{"clinic":"{}","at_position":"1"}}"#, self.clinic);
        insert(("PatientVisit", visit, 1), "NoteAdded", r#"{"NoteAdded":{"at":5}}"#, &metadata)
    }

    /// Why an event of a visit that begins is refused.
    fn refused(&self, payload: &str, metadata: &str) -> String {
        let asked = insert(("PatientVisit", 1, 1), "NoteAdded", payload, metadata);
        self.lent.sql(&asked).expect_err("it cannot be read")
    }

    fn positions(&self) -> String {
        self.lent
            .sql("SELECT string_agg(position::text, ' ' ORDER BY position) FROM events")
            .expect("told")
    }
}

fn insert(stream: (&str, u128, u32), event: &str, payload: &str, metadata: &str) -> String {
    let (of, id, sequence) = stream;
    let id = Uuid::from_u128(id);
    format!(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         VALUES ('{of}', '{id}', {sequence}, '{event}', '1', '{payload}', '{metadata}')"
    )
}

#[tokio::test]
async fn an_event_that_is_not_in_the_stored_form_is_refused() {
    let table = Table::new().await;
    let good = format!(r#"{{"clinic":"{}"}}"#, table.clinic);
    let note = r#"{"NoteAdded":{}}"#;
    for payload in [
        "1",
        "null",
        "[]",
        "{}",
        r#""NoteAdded""#,
        r#"{"NoteAdded":1}"#,
        r#"{"NoteAdded":null}"#,
        r#"{"CheckedIn":{}}"#,
        r#"{"NoteAdded":{},"CheckedIn":{}}"#,
        r#"{"NoteAdded":{},"NoteAdded":{}}"#,
    ] {
        let why = table.refused(payload, &good);
        let said = "the payload of a NoteAdded has to be an object with that name as its only key";
        assert!(why.contains(said), "{payload}: {why}");
    }
    let number = good.replace('}', r#","by":1}"#);
    for metadata in ["1", "null", "[]", number.as_str()] {
        let why = table.refused(note, metadata);
        assert!(why.contains("the metadata have to be a map of strings"), "{metadata}: {why}");
    }
    assert!(table.refused(note, &number).contains(r#""by" is none"#));
    assert_eq!(table.positions(), "1");
    table.lent.sql(&table.note(1)).expect("one that is in it is stored");
    assert_eq!(table.positions(), "1 2");
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused_by_the_name_of_what_is() {
    let table = Table::new().await;
    let mut db = PgConnection::connect(&table.lent.url()).await.expect("connected");
    let clinic = table.clinic;
    let payload = |bytes: usize| {
        let rest = r#"{"NoteAdded":{"at":5,"by":""}}"#.len();
        format!(r#"{{"NoteAdded":{{"at":5,"by":"{}"}}}}"#, "x".repeat(bytes - rest))
    };
    let metadata = |bytes: usize| {
        let rest = format!(r#"{{"clinic":"{clinic}","by":""}}"#).len();
        format!(r#"{{"clinic":"{clinic}","by":"{}"}}"#, "x".repeat(bytes - rest))
    };
    let note = |payload: &str, metadata: &str| {
        insert(("PatientVisit", 1, 1), "NoteAdded", payload, metadata)
    };
    let large = note(&payload(STOCK_PAYLOAD + 1), &metadata(STOCK_METADATA));
    let why = db.execute(large.as_str()).await.expect_err("too large").to_string();
    assert!(
        why.contains("the payload of an event has 1048577 bytes, and at most 1048576"),
        "{why}"
    );
    let large = note(&payload(STOCK_PAYLOAD), &metadata(STOCK_METADATA + 1));
    let why = db.execute(large.as_str()).await.expect_err("too large").to_string();
    assert!(why.contains("the metadata of an event have 16385 bytes, and at most 16384"), "{why}");
    let fits = note(&payload(STOCK_PAYLOAD), &metadata(STOCK_METADATA));
    db.execute(fits.as_str()).await.expect("stored");
}

#[tokio::test]
async fn a_clinic_is_founded_once() {
    let table = Table::new().await;
    let (own, founding) = (table.clinic.0.as_u128(), r#"{"ClinicFounded":{"at":5}}"#);
    let named = format!(r#"{{"clinic":"{}"}}"#, table.clinic);
    for stream in [("Clinic", own, 2), ("Room", 7, 1)] {
        let why = table.lent.sql(&insert(stream, "ClinicFounded", founding, &named));
        let why = why.expect_err("it is there");
        assert!(why.contains("a clinic is founded once"), "{why}");
    }
    // Whoever founds it at the same time has lost a race, as cqrs-es knows one.
    let why = table.lent.sql(&insert(("Clinic", own, 1), "ClinicFounded", founding, "{}"));
    assert!(why.expect_err("it is there").contains("events_pkey"));
    assert_eq!(table.positions(), "1");
}

/// One transaction that writes to several streams by one evidence, each insert in a savepoint of its own.
#[tokio::test]
async fn what_a_transaction_wrote_in_a_savepoint_is_its_own() {
    let table = Table::new().await;
    let (one, two, three) = (table.note(1), table.note(2), table.note(3));
    let sql = format!(
        "BEGIN; SAVEPOINT a; {one}; RELEASE a; SAVEPOINT b; {two}; RELEASE b; {three}; COMMIT"
    );
    table.lent.sql(&sql).expect("nobody else has written");
    assert_eq!(table.positions(), "1 2 3 4");
    let why = table.lent.sql(&table.note(4)).expect_err("another transaction");
    assert!(why.contains("has moved from 1 to 4"), "{why}");
}

/// With a savepoint that is undone, the lock of the head goes, and whatever the transaction knew of it.
#[tokio::test]
async fn what_others_wrote_after_an_undone_savepoint_is_not_its_own() {
    let table = Table::new().await;
    let mut db = PgConnection::connect(&table.lent.url()).await.expect("connected");
    let undone = format!("BEGIN; SAVEPOINT a; {}; ROLLBACK TO a", table.note(1));
    db.execute(undone.as_str()).await.expect("undone");
    table.lent.sql(&table.note(2)).expect("the head is free");
    let late = db.execute(table.note(3).as_str()).await.expect_err("the head has moved");
    let late = late.into_database_error().expect("of the database");
    assert_eq!(late.code().as_deref(), Some("23505"), "{late}");
}
