//! What our connections are, whatever the server gives to others: their settings, and who can read along.

use std::sync::Arc;

use clinic_domain::command::Person;
use clinic_domain::ids::{ClinicId, MemberId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{EventLog as _, LastSeen as _, Life, NodeId, Seen, SystemClock};
use clinic_postgres::{Database, PgLog, PgSeen};
use clinic_testkit::conformance::Writer;
use clinic_testkit::postgres::{Lent, Server};
use uuid::Uuid;

use super::fixture::{database, lent};

/// Notes the settings of whoever writes an event, or whom she hears.
const NOTE: &str = "
    CREATE TABLE noted (by text, sync text, isolation text, read_only text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO noted SELECT TG_TABLE_NAME, current_setting('synchronous_commit'),
            current_setting('transaction_isolation'), current_setting('transaction_read_only');
        RETURN NULL;
    END $$;
    CREATE TRIGGER note AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION note();
    CREATE TRIGGER note AFTER INSERT ON clinic_seen FOR EACH ROW EXECUTE FUNCTION note();";

/// What all ways of writing work with, where the database gives these settings to everybody.
async fn noted(lent: &Lent, defaults: &[&str]) -> String {
    drop(database(&lent.url()).await); // the tables
    lent.sql(NOTE).expect("made");
    for default in defaults {
        let name = lent.sql("SELECT current_database()").expect("told");
        lent.sql(&default.replace("DATABASE", &format!("DATABASE {name}"))).expect("set");
    }
    let database = database(&lent.url()).await;
    let (log, mut writer) = (PgLog::open(&database), Writer::new(1));
    log.append(writer.batch(0)).await.expect("over a connection of the appender's");
    let (locked, _) = log.lock(writer.state.id(), Position(1)).await.expect("locked");
    locked.append(writer.batch(1)).await.expect("over one that locks a head");
    let who = Person::Member(MemberId(Uuid::from_u128(1)));
    let (clinic, connection) = (ClinicId(Uuid::from_u128(1)), Uuid::from_u128(2));
    let seen = Seen { clinic, who, connection, life: Life::Heard(Timestamp(1)) };
    let (table, node) = (PgSeen::open(&database), NodeId(Uuid::from_u128(3)));
    table.beat(node, Timestamp(1), vec![seen]).await.expect("over one of the pool");
    let all = "SELECT string_agg(concat_ws(' ', by, sync, isolation, read_only), ', ' ORDER BY by)
        FROM (SELECT DISTINCT * FROM noted) noted";
    lent.sql(all).expect("told")
}

#[tokio::test]
async fn what_the_server_gives_to_everybody_is_not_what_the_log_rests_on() {
    let lent = lent();
    let weak = [
        "ALTER DATABASE SET synchronous_commit = off",
        "ALTER DATABASE SET default_transaction_isolation = 'serializable'",
        "ALTER ROLE clinic IN DATABASE SET default_transaction_read_only = on",
    ];
    let sound = "clinic_seen on read committed off, events on read committed off";
    assert_eq!(noted(&lent, &weak).await, sound);
}

#[tokio::test]
async fn who_asks_for_more_durability_gets_it() {
    let lent = lent();
    let more = ["ALTER DATABASE SET synchronous_commit = 'remote_apply'"];
    let kept =
        "clinic_seen remote_apply read committed off, events remote_apply read committed off";
    assert_eq!(noted(&lent, &more).await, kept);
}

/// Why nothing is opened at an address.
async fn refused(url: &str) -> String {
    let opened = Database::open(url, Arc::new(SystemClock::new())).await.map(drop);
    opened.expect_err("it is to be refused").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_for_tls_has_it_on_every_connection() {
    let server = Server::start().expect("a server");
    let root = server.encrypt().expect("it speaks TLS");
    let url =
        format!("{}?sslmode=verify-full&sslrootcert={}", server.url("postgres"), root.display());
    let required = format!("{}?sslmode=require", server.url("postgres"));
    for url in [required, url] {
        let database = database(&url).await;
        let (log, mut writer) = (PgLog::open(&database), Writer::new(1));
        // A second log of the same clinic has to lose; what counts is which way it was asked.
        let _there_already = log.append(writer.batch(0)).await;
        log.read(writer.state.id(), Position::START, 1).await.expect("read");
        let ours = "SELECT count(*) FILTER (WHERE ssl) > 2 AND bool_and(ssl)
            FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'clinic'";
        assert_eq!(server.sql("postgres", ours).expect("told"), "t", "{url}");
        log.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let (server, other) = (Server::start().expect("a server"), Server::start().expect("another"));
    let (root, wrong) = (server.encrypt().expect("TLS"), other.encrypt().expect("TLS"));
    let url = server.url("postgres");
    let checked = |root: &std::path::Path| {
        format!("{url}?sslmode=verify-full&sslrootcert={}", root.display())
    };
    let why = refused(&checked(&wrong)).await;
    assert!(why.contains("certificate"), "{why}");
    // The certificate is for an address, and not for this name.
    let why = refused(&checked(&root).replace("127.0.0.1", "localhost")).await;
    assert!(why.contains("certificate"), "{why}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let lent = lent();
    let why = refused(&format!("{}?sslmode=require", lent.url())).await;
    assert!(why.contains("TLS"), "{why}");
}
