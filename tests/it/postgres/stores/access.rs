//! The access log that all nodes share.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Access, AccessLog as _, Reader, Subject};
use clinic_postgres::access::PgAccess;
use clinic_testkit::postgres::Lent;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::sleep;
use uuid::Uuid;

use super::{CLINIC, OTHER};
use crate::postgres::fixture::{database, lent};

async fn access_log(lent: &Lent) -> Arc<PgAccess> {
    Arc::new(PgAccess::open(&database(&lent.url()).await))
}

mod promises {
    use super::{access_log, lent};

    clinic_testkit::access_conformance!(async || {
        let lent = lent();
        (access_log(&lent).await, lent)
    });
}

fn access(clinic: ClinicId, n: i64, model: &'static str) -> Access {
    let who = Reader::Member(MemberId(Uuid::from_u128(2)));
    Access { at: Timestamp(n), clinic, who, model: model.into(), subject: Subject::Clinic }
}

/// All that a reader finds who pages on from where she was.
async fn go_on(log: &PgAccess, clinic: ClinicId, after: &mut u64) -> Vec<i64> {
    let found = log.read(clinic, *after, 100).await.unwrap();
    *after = found.last().map_or(*after, |last| last.number);
    found.into_iter().map(|one| one.access.at.0).collect()
}

/// Holds up every record of this model between its number and its commit.
const STALL: &str = "CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF NEW.model = 'slow' THEN PERFORM pg_advisory_xact_lock(4711); END IF; RETURN NEW; END $$; \
     CREATE TRIGGER stall AFTER INSERT ON clinic_accesses FOR EACH ROW EXECUTE FUNCTION stall()";

#[tokio::test]
async fn whoever_pages_on_skips_no_record_of_a_node_that_commits_later() {
    let lent = lent();
    let (here, there) = (access_log(&lent).await, access_log(&lent).await);
    lent.sql(STALL).unwrap();
    let mut gate = PgConnection::connect(&lent.url()).await.unwrap();
    gate.execute("SELECT pg_advisory_lock(4711)").await.unwrap();
    // One node has taken its number and stands before its commit ...
    let slow = tokio::spawn({
        let here = Arc::clone(&here);
        async move { here.record(access(CLINIC, 1, "slow")).await }
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted";
    while lent.sql(waits).unwrap() != "1" {
        sleep(Duration::from_millis(10)).await;
    }
    // ... while another records in the same clinic, and in one more.
    let quick = tokio::spawn({
        let there = Arc::clone(&there);
        async move { there.record(access(CLINIC, 2, "quick")).await }
    });
    let third = access_log(&lent).await;
    third.record(access(OTHER, 3, "quick")).await.unwrap();
    let (mut after, mut read) = (0, vec![]);
    read.extend(go_on(&third, CLINIC, &mut after).await);
    assert_eq!(go_on(&third, OTHER, &mut 0).await, [3], "other clinics wait for nobody");
    sleep(Duration::from_millis(100)).await;
    read.extend(go_on(&third, CLINIC, &mut after).await);
    gate.execute("SELECT pg_advisory_unlock(4711)").await.unwrap();
    slow.await.unwrap().unwrap();
    quick.await.unwrap().unwrap();
    read.extend(go_on(&third, CLINIC, &mut after).await);
    assert_eq!(read, [1, 2], "each record, once, in the order of its number");
}

#[tokio::test]
async fn many_nodes_record_at_once_in_many_clinics_and_readers_miss_nothing() {
    let lent = lent();
    let clinics: Vec<ClinicId> = (0..8).map(|n| ClinicId(Uuid::from_u128(100 + n))).collect();
    let nodes = [access_log(&lent).await, access_log(&lent).await];
    let mut crowd = vec![];
    for (node, log) in nodes.iter().enumerate() {
        for n in 0..200_i64 {
            let (log, clinic) = (Arc::clone(log), clinics[usize::try_from(n).unwrap() % 8]);
            let at = n + 1_000 * i64::try_from(node).unwrap();
            crowd.push(tokio::spawn(async move { log.record(access(clinic, at, "visits")).await }));
        }
    }
    let (reader, mut after, mut read) = (access_log(&lent).await, vec![0; 8], vec![]);
    while read.len() < 400 {
        for (clinic, after) in clinics.iter().zip(&mut after) {
            read.extend(go_on(&reader, *clinic, after).await);
        }
        if crowd.iter().all(tokio::task::JoinHandle::is_finished) && !crowd.is_empty() {
            for one in crowd.drain(..) {
                one.await.unwrap().unwrap();
            }
            for (clinic, after) in clinics.iter().zip(&mut after) {
                read.extend(go_on(&reader, *clinic, after).await);
            }
            break;
        }
    }
    read.sort_unstable();
    let wanted: Vec<i64> = (0..200).chain(1_000..1_200).collect();
    assert_eq!(read, wanted);
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_to_whoever_waits_and_the_next_is_kept_again() {
    let lent = lent();
    let log = access_log(&lent).await;
    lent.sql("ALTER TABLE clinic_accesses ADD CHECK (at <> 13)").unwrap();
    let error = log.record(access(CLINIC, 13, "visits")).await.unwrap_err().to_string();
    assert!(error.contains("a reading cannot be recorded"), "{error}");
    log.record(access(CLINIC, 14, "visits")).await.unwrap();
    assert_eq!(go_on(&log, CLINIC, &mut 0).await, [14]);
}
