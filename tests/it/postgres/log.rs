//! The log's promises, in both ways in which its tables may lie, and those that only a shared log makes.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{
    AppendError, Batch, Clock as _, EventLog, LastSeen, ManualClock, SystemClock,
};
use clinic_postgres::{Database, Layout, OpenError, PgLog, PgSeen};
use clinic_testkit::conformance::Writer;
use clinic_testkit::postgres::{Lent, Proxy, Server};
use tokio::time::timeout;

use super::fixture::{
    alone, apart, database, distributable, hold_second, lent, log, somebody_sleeps,
    somebody_waits_for_a_lock,
};

mod together {
    clinic_testkit::log_conformance!(async super::alone);
}

mod seen {
    clinic_testkit::seen_conformance!(super::seen_alone);
}

async fn seen_alone() -> (Arc<dyn LastSeen>, Lent) {
    let lent = lent();
    (Arc::new(PgSeen::open(&database(&lent.url()).await)), lent)
}

mod apart_by_clinic {
    clinic_testkit::log_conformance!(async super::apart);
}

/// Far more than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

fn failed(answer: Result<(), AppendError>) -> String {
    match answer {
        Err(AppendError::Failed(error)) => error.to_string(),
        other => panic!("it did not fail but came to {other:?}"),
    }
}

fn number(lent: &Lent, sql: &str) -> i64 {
    lent.sql(sql).expect("it can be asked").parse().expect("a number")
}

async fn positions(log: &dyn EventLog, clinic: ClinicId) -> Vec<u64> {
    let all = log.read(clinic, Position::START, 100_000).await.expect("it can be read");
    all.iter().map(|event| event.position.0).collect()
}

#[tokio::test]
async fn clinics_that_wait_share_one_commit() {
    let (log, lent) = alone().await;
    let mut writers: Vec<Writer> = (1..=40).map(Writer::new).collect();
    let founded: Vec<_> = writers.iter_mut().map(|writer| log.append(writer.batch(0))).collect();
    for founding in founded {
        founding.await.expect("founded");
    }
    let appends = writers.iter_mut().map(|writer| {
        let (log, batch) = (Arc::clone(&log), writer.batch(1));
        tokio::spawn(async move { log.append(batch).await })
    });
    for append in appends.collect::<Vec<_>>() {
        assert_eq!(append.await.expect("it ends"), Ok(()));
    }
    let commits = number(&lent, "SELECT count(DISTINCT xmin::text) FROM events WHERE position = 2");
    assert!(commits <= 5, "40 clinics took {commits} commits");
}

#[tokio::test]
async fn nodes_that_write_to_the_same_clinics_never_deadlock() {
    let lent = lent();
    let nodes = [log(&lent.url()).await, log(&lent.url()).await].map(Arc::new);
    let mut founders: Vec<Writer> = (1..=6).map(Writer::new).collect();
    for founder in &mut founders {
        nodes[0].append(founder.batch(0)).await.expect("founded");
    }
    let mut writing = vec![];
    for (node, log) in (1..).zip(&nodes) {
        for founder in &founders {
            let (log, mut writer) = (Arc::clone(log), founder.clone());
            writer.commands += node * 100_000;
            writing.push(tokio::spawn(async move {
                let mut done = 0;
                while done < 20 {
                    let before = writer.clone();
                    match log.append(writer.batch(1)).await {
                        Ok(()) => done += 1,
                        Err(AppendError::Conflict) => {
                            writer = before;
                            let head = writer.state.head();
                            let tail = log.read(writer.state.id(), head, 1_000).await;
                            writer.follow(&tail.expect("it can be read"));
                            writer.commands += 1_000;
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
            }));
        }
    }
    for one in writing {
        timeout(LONG, one).await.expect("in time").expect("no error");
    }
    for founder in &founders {
        let all = positions(&*nodes[1], founder.state.id()).await;
        assert_eq!(all, (1..=41).collect::<Vec<_>>());
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(number(&lent, deadlocks), 0);
}

#[tokio::test]
async fn an_error_of_a_batch_is_that_of_the_clinic_that_made_it() {
    let lent = lent();
    let log = Arc::new(log(&lent.url()).await);
    let (mut good, mut bad) = (Writer::new(1), Writer::new(2));
    log.append(good.batch(0)).await.expect("founded");
    log.append(bad.batch(0)).await.expect("founded");
    // What no check of ours sees: a rule of the database that one clinic breaks.
    let id = bad.state.id().0;
    let rule = format!("ALTER TABLE events ADD CHECK (clinic <> '{id}' OR position < 2)");
    lent.sql(&rule).expect("made");
    let mut answers = vec![];
    for _ in 0..10 {
        let (one, other) = (log.append(good.batch(1)), log.append(bad.clone().batch(1)));
        answers.push(tokio::join!(one, other));
    }
    for (good, bad) in answers {
        assert_eq!(good, Ok(()));
        assert!(failed(bad).contains("23514"));
    }
    assert_eq!(positions(&*log, good.state.id()).await.len(), 11);
    assert_eq!(positions(&*log, bad.state.id()).await, [1]);
}

#[tokio::test]
async fn heads_are_updated_in_place() {
    let (log, lent) = alone().await;
    let mut writer = Writer::new(1);
    for _ in 0..200 {
        log.append(writer.batch(1)).await.expect("appended");
    }
    drop(log); // its connections tell their figures when they end
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let sql = "SELECT n_tup_hot_upd * 100 / n_tup_upd FROM pg_stat_user_tables WHERE relname = 'clinic_heads'";
    let hot = number(&lent, sql);
    assert!(hot >= 90, "{hot} % of the updates of heads were made in place");
}

/// A commit whose answer was lost: the node that asked finds it, and so does everybody.
#[tokio::test]
async fn a_commit_in_doubt_is_settled_under_the_lock_of_its_head() {
    let lent = lent();
    let proxy = Proxy::to(lent.port()).expect("a proxy");
    let log = Arc::new(log(&lent.url_at(proxy.port())).await);
    let mut writer = Writer::new(1);
    log.append(writer.batch(0)).await.expect("founded");
    let clinic = writer.state.id();
    let held = hold_second(&lent, clinic, 2);
    somebody_sleeps(&lent).await;
    let (node, batch) = (Arc::clone(&log), writer.batch(1));
    let asked = tokio::spawn(async move { node.append(batch).await });
    somebody_waits_for_a_lock(&lent).await;
    proxy.reset();
    let answer = timeout(LONG, asked).await.expect("in time").expect("it ends");
    assert!(matches!(answer, Err(AppendError::InDoubt(_))), "{answer:?}");
    // The backend that was asked still waits, has the head, and goes first.
    let found = timeout(LONG, log.lock(clinic, Position(1))).await.expect("in time");
    let (_locked, tail) = found.expect("it can be settled");
    assert_eq!(tail.iter().map(|event| event.position.0).collect::<Vec<_>>(), [2]);
    held.join().expect("no panic");
}

/// What was on its way when its commit was settled comes too late, even if the head is where it was.
#[tokio::test]
async fn what_arrives_after_its_commit_was_settled_is_not_appended() {
    let lent = lent();
    let other = log(&lent.url()).await;
    let mut writer = Writer::new(1);
    other.append(writer.batch(0)).await.expect("founded");
    let clinic = writer.state.id();
    let (late, in_time) = (writer.clone().batch(1), writer.clone().batch(1));
    let head = "SELECT position || ' ' || fence FROM clinic_heads";
    assert_eq!(lent.sql(head).expect("told"), "1 0");
    // Another node's fence: this node has never heard of it, so it loses the race, and learns of it.
    lent.sql("UPDATE clinic_heads SET fence = 1").expect("fenced");
    assert_eq!(other.append(late).await, Err(AppendError::Conflict));
    let (locked, tail) = other.lock(clinic, Position(1)).await.expect("locked");
    assert!(tail.is_empty());
    locked.append(in_time).await.expect("appended");
    writer.batch(1);
    other.append(writer.batch(1)).await.expect("it knows the fence now");
    assert_eq!(lent.sql(head).expect("told"), "3 1");
}

#[tokio::test]
async fn word_of_an_append_reaches_the_other_nodes_after_its_commit() {
    let lent = lent();
    let (here, there) = (log(&lent.url()).await, log(&lent.url()).await);
    tokio::time::sleep(Duration::from_millis(500)).await; // until both listen
    let mut writer = Writer::new(1);
    here.append(writer.batch(2)).await.expect("appended");
    let told = timeout(LONG, there.told()).await.expect("word comes");
    assert_eq!(told, [(writer.state.id(), Position(3))]);
    assert_eq!(positions(&there, writer.state.id()).await, [1, 2, 3]);
    let own = timeout(Duration::from_millis(300), here.told()).await;
    assert!(own.is_err(), "a node was told of its own append");
}

#[tokio::test]
async fn heads_that_moved_are_found_without_word() {
    let (log, _lent) = alone().await;
    let (mut one, mut two) = (Writer::new(1), Writer::new(2));
    log.append(one.batch(1)).await.expect("appended");
    log.append(two.batch(1)).await.expect("appended");
    let known = [(one.state.id(), Position(2)), (two.state.id(), Position(1))];
    assert_eq!(log.moved(&known).await.expect("told"), [two.state.id()]);
}

#[tokio::test]
async fn no_snapshot_outlives_a_page() {
    let lent = lent();
    let log = log(&lent.url()).await;
    let mut writer = Writer::new(1);
    log.append(writer.batch(20)).await.expect("appended");
    let clinic = writer.state.id();
    for after in 0..20 {
        log.read(clinic, Position(after), 1).await.expect("read");
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND (state LIKE 'idle in%' OR (state = 'idle' AND backend_xmin IS NOT NULL))";
        assert_eq!(number(&lent, open), 0, "behind position {after}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_sync_is_refused() {
    let server = Server::start().expect("a server");
    server.settings(&[("fsync", "off")]).expect("set");
    let clock = Arc::new(SystemClock::new());
    let refused = Database::open(&server.url("postgres"), clock).await.map(drop);
    assert!(matches!(refused, Err(OpenError::Unfit(why)) if why.contains("fsync=off")));
}

#[tokio::test]
async fn a_node_whose_clock_is_off_decides_nothing() {
    let lent = lent();
    let now = SystemClock::new().now();
    for (off, agrees) in [(0, true), (-5_000, false), (5_000, false), (-300, true), (300, true)] {
        let clock = Arc::new(ManualClock::at(Timestamp(now.0 + off)));
        let database = Database::open(&lent.url(), clock).await.expect("it can be opened");
        let kept = PgLog::open(&database).keeps_time();
        assert_eq!(kept.is_ok(), agrees, "{off} ms: {kept:?}");
    }
}

#[tokio::test]
async fn due_work_is_put_off_only_where_nothing_happened_since() {
    let (log, _lent) = alone().await;
    let mut writer = Writer::new(1);
    let batch = Batch { next_due: Some(Timestamp(5_000)), ..writer.batch(1) };
    log.append(batch).await.expect("appended");
    let clinic = writer.state.id();
    let due = |log: Arc<dyn EventLog>| async move { log.due(Timestamp(6_000), 10).await };
    log.set_due(clinic, Position(1), Some(Timestamp(9_000))).await.expect("asked");
    assert_eq!(due(Arc::clone(&log)).await, Ok(vec![clinic]));
    log.set_due(clinic, Position(2), Some(Timestamp(9_000))).await.expect("asked");
    assert_eq!(due(log).await, Ok(vec![]));
}

#[tokio::test]
async fn many_nodes_that_start_at_once_make_the_tables_once() {
    let lent = lent();
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let url = lent.url();
            tokio::spawn(async move { database(&url).await.layout() })
        })
        .collect();
    for one in opening {
        assert_eq!(one.await.expect("it opens"), Layout::Together);
    }
    assert_eq!(number(&lent, "SELECT count(*) FROM clinic_schema"), 1);
    lent.sql("INSERT INTO clinic_schema (form) VALUES (99)").expect("made newer");
    let refused = Database::open(&lent.url(), Arc::new(SystemClock::new())).await.map(drop);
    assert!(matches!(refused, Err(OpenError::Newer { found: 99, .. })));
}

#[tokio::test]
async fn the_tables_of_a_cluster_are_distributed_by_clinic() {
    let lent = lent();
    distributable(&lent);
    assert_eq!(database(&lent.url()).await.layout(), Layout::Apart);
    let tables = lent.sql("SELECT name || ' ' || by FROM distributed ORDER BY name").expect("told");
    assert_eq!(tables, "clinic_heads clinic\nevents clinic");
    let keys = "SELECT string_agg(attname, ' ' ORDER BY array_position(indkey::int2[], attnum))
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey::int2[])
        WHERE indrelid = 'events'::regclass GROUP BY indexrelid ORDER BY 1";
    let keys = lent.sql(keys).expect("told");
    assert_eq!(keys, "clinic aggregate_type aggregate_id sequence\nclinic position");
    assert_eq!(
        number(&lent, "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'events'::regclass"),
        0
    );
}

/// An operator who outgrows one Postgres: the tables are there, and the extension comes.
#[tokio::test]
async fn tables_that_are_there_are_distributed_when_that_is_asked_for() {
    let lent = lent();
    let mut writer = Writer::new(1);
    {
        let log = log(&lent.url()).await;
        log.append(writer.batch(3)).await.expect("appended");
    }
    distributable(&lent);
    assert_eq!(database(&lent.url()).await.layout(), Layout::Together);
    let clock = Arc::new(SystemClock::new());
    let (before, after) = Database::migrate(&lent.url(), clock).await.expect("migrated");
    assert_eq!((before.layout, after.layout), (Layout::Together, Layout::Apart));
    let log = log(&lent.url()).await;
    log.append(writer.batch(2)).await.expect("appended");
    assert_eq!(positions(&log, writer.state.id()).await, [1, 2, 3, 4, 5, 6]);
}
