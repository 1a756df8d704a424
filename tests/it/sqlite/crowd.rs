//! Many who append at once: each is stored exactly once and in order, and none pays for another.

use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_engine::ports::{AppendError, Batch, EventLog};
use clinic_sqlite::SqliteLog;

use super::scratch::{events, meddle, morning, new_path, open, read_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_appenders_each_event_is_stored_once_and_in_order() {
    let log = Arc::new(open(&new_path()));
    let appenders: Vec<_> = (1..=64)
        .map(|seed| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let batches = morning(seed, 25);
                for batch in &batches {
                    log.append(batch.clone()).await.expect("it is appended");
                    let head = log.head(batch.clinic).await.expect("it is read");
                    let last = batch.events.last().expect("it has events");
                    assert_eq!(head.position, last.position, "acknowledged and not there");
                }
                batches
            })
        })
        .collect();
    let mut mornings = vec![];
    for appender in appenders {
        mornings.push(appender.await.expect("it ends"));
    }
    let path = log.path().to_owned();
    log.close().await.expect("it is closed");
    let log = open(&path);
    for morning in mornings {
        assert_eq!(read_all(&log, morning[0].clinic).await, events(&morning));
    }
    let checked = log.check(true).await.expect("it is checked");
    assert_eq!((checked.findings, checked.clinics), (vec![], 64));
}

/// Has all these batches wait for one commit, and gives back what became of each.
async fn in_one_commit(log: &Arc<SqliteLog>, batches: Vec<Batch>) -> Vec<Result<(), AppendError>> {
    // As long as this is open, everybody waits; then all are taken together.
    let gate = log.begin_atomic(morning(999, 0)[0].clinic).await.expect("it begins");
    let waiting: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let log = Arc::clone(log);
            tokio::spawn(async move { log.append(batch).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    drop(gate);
    let mut outcomes = vec![];
    for waiting in waiting {
        outcomes.push(waiting.await.expect("it ends"));
    }
    outcomes
}

#[tokio::test]
async fn whoever_does_not_follow_the_log_is_refused_alone() {
    let log = Arc::new(open(&new_path()));
    let mornings: Vec<Vec<Batch>> = (1..=8).map(|seed| morning(seed, 1)).collect();
    let mut batches: Vec<Batch> = mornings.iter().map(|morning| morning[0].clone()).collect();
    batches[2].expected = clinic_domain::ids::Position(7);
    let mut second = Recorded::clone(&batches[5].events[0]);
    second.sequence = 3;
    batches[5].events[0] = Arc::new(second);
    let outcomes = in_one_commit(&log, batches).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match n {
            2 => assert_eq!(outcome, Err(AppendError::Conflict)),
            5 => {
                let Err(AppendError::Failed(error)) = outcome else { panic!("{outcome:?}") };
                assert!(error.why().contains("does not follow the log"), "{error}");
            }
            _ => assert_eq!(outcome, Ok(())),
        }
    }
    assert_eq!(log.clinics().await.expect("read").len(), 6);
}

#[tokio::test]
async fn whoever_cannot_be_stored_fails_alone() {
    let log = Arc::new(open(&new_path()));
    let mornings: Vec<Vec<Batch>> = (1..=8).map(|seed| morning(seed, 1)).collect();
    for morning in &mornings {
        log.append(morning[0].clone()).await.expect("it is appended");
    }
    // Somebody has written behind the log's back where clinic 5 goes on.
    let sql =
        "INSERT INTO events SELECT id + 1, aggregate_type, randomblob(16), sequence, event_type,
        event_version, payload, metadata, occurred_at, recorded_at, crc FROM events
        WHERE id = (SELECT max(id) FROM events WHERE id >> 40 = 5)";
    meddle(log.path(), sql);
    let next: Vec<Batch> = mornings.iter().map(|morning| morning[1].clone()).collect();
    let outcomes = in_one_commit(&log, next).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        if n == 4 {
            let Err(AppendError::Failed(error)) = outcome else { panic!("{outcome:?}") };
            assert!(error.why().contains("UNIQUE constraint failed: events.id"), "{error}");
        } else {
            assert_eq!(outcome, Ok(()), "clinic {n} paid for another");
        }
    }
    for (n, morning) in mornings.iter().enumerate().filter(|(n, _)| *n != 4) {
        assert_eq!(read_all(&log, morning[0].clinic).await, events(&morning[..2]), "clinic {n}");
    }
}

#[tokio::test]
async fn who_stops_waiting_is_stored_all_the_same_and_keeps_the_order() {
    let log = Arc::new(open(&new_path()));
    let batches = morning(1, 3);
    let gate = log.begin_atomic(morning(999, 0)[0].clinic).await.expect("it begins");
    let (other, batch) = (Arc::clone(&log), batches[0].clone());
    let appender = tokio::spawn(async move { other.append(batch).await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    appender.abort();
    assert!(appender.await.is_err(), "nobody waits for the answer any more");
    drop(gate);
    // The head is free only when the first is stored.
    let start = clinic_domain::ids::Position::START;
    let (locked, tail) = log.lock(batches[0].clinic, start).await.expect("it is locked");
    assert_eq!(tail, events(&batches[..1]));
    locked.append(batches[1].clone()).await.expect("it follows");
}
