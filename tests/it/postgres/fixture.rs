//! A log on a database of the test's own.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::ids::ClinicId;
use clinic_engine::ports::{EventLog, SystemClock};
use clinic_postgres::{Database, PgLog};
use clinic_testkit::postgres::{Lent, Server};
use tokio::time::timeout;

/// A database, lent for a test.
pub(crate) fn lent() -> Lent {
    Server::shared().expect("a server can be started")
}

/// This node's way to a database.
pub(crate) async fn database(url: &str) -> Database {
    Database::open(url, Arc::new(SystemClock::new())).await.expect("the database can be opened")
}

/// A node's log.
pub(crate) async fn log(url: &str) -> PgLog {
    PgLog::open(&database(url).await)
}

/// A log on a database of its own, with what it needs to live.
pub(crate) async fn alone() -> (Arc<dyn EventLog>, Lent) {
    let lent = lent();
    (Arc::new(log(&lent.url()).await), lent)
}

/// The same, in the form for a cluster that is distributed by clinic.
pub(crate) async fn apart() -> (Arc<dyn EventLog>, Lent) {
    let lent = lent();
    distributable(&lent);
    (Arc::new(log(&lent.url()).await), lent)
}

/// Gives a database the function by which a cluster is known; it notes which tables were to be distributed.
pub(crate) fn distributable(lent: &Lent) {
    let made = lent.sql(
        "CREATE TABLE distributed (name text, by text, beside text);
         CREATE FUNCTION create_distributed_table(
             name regclass, by text, colocate_with text DEFAULT 'default'
         ) RETURNS void LANGUAGE sql AS
             $$ INSERT INTO distributed VALUES (name::text, by, colocate_with) $$",
    );
    made.expect("a stand-in can be made");
}

/// Holds what a statement locks for some seconds, as somebody would who is slow.
pub(crate) fn held(lent: &Lent, lock: &str, seconds: u32) -> std::thread::JoinHandle<()> {
    let url = lent.url();
    let sql = format!("BEGIN; {lock}; SELECT pg_sleep({seconds}); ROLLBACK");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            use sqlx::{Connection as _, Executor as _};
            let mut db = sqlx::PgConnection::connect(&url).await.expect("connected");
            db.execute(sql.as_str()).await.expect("held");
        });
    })
}

/// Holds a clinic's head.
pub(crate) fn hold_head(
    lent: &Lent,
    clinic: ClinicId,
    seconds: u32,
) -> std::thread::JoinHandle<()> {
    let id = clinic.0;
    held(lent, &format!("SELECT FROM clinic_heads WHERE clinic = '{id}' FOR UPDATE"), seconds)
}

/// Waits until it is held.
pub(crate) async fn somebody_sleeps(lent: &Lent) {
    let sleeping = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while lent.sql(sleeping).expect("it can be asked") == "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Holds the second position of a clinic: whoever appends there has moved the head, and waits.
pub(crate) fn hold_second(
    lent: &Lent,
    clinic: ClinicId,
    seconds: u32,
) -> std::thread::JoinHandle<()> {
    let insert = format!(
        "INSERT INTO events SELECT aggregate_type, aggregate_id, 99, event_type, event_version, payload,
            metadata, clinic, 2, occurred_at, recorded_at FROM events WHERE clinic = '{}'",
        clinic.0
    );
    held(lent, &insert, seconds)
}

/// Waits until some backend of a database waits for a lock.
pub(crate) async fn somebody_waits_for_a_lock(lent: &Lent) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let soon = async {
        while lent.sql(waiting).expect("it can be asked") == "0" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), soon).await.expect("somebody waits for a lock");
}
