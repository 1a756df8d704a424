//! Heads that others write to as well: an append waits for none of them, and nodes lock many at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{AppendError, EventLog, LockedHead};
use clinic_postgres::PgLog;
use clinic_testkit::conformance::Writer;
use clinic_testkit::postgres::Lent;
use tokio::time::timeout;

use super::fixture::{held, hold_head, lent, log, somebody_sleeps};

/// Far more than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// Clinics that have been founded, and a node's log.
async fn founded(clinics: u128) -> (Arc<PgLog>, Vec<Writer>, Lent) {
    let lent = lent();
    let log = Arc::new(log(&lent.url()).await);
    let mut writers: Vec<Writer> = (1..=clinics).map(Writer::new).collect();
    for writer in &mut writers {
        log.append(writer.batch(0)).await.expect("founded");
    }
    (log, writers, lent)
}

type Locked = (Box<dyn LockedHead>, Vec<Recorded>);

/// Locks the heads of clinics at once, each for somebody else.
async fn lock_all(log: &Arc<PgLog>, clinics: impl Iterator<Item = ClinicId>) -> Vec<Locked> {
    let locking = clinics.map(|clinic| {
        let log = Arc::clone(log);
        tokio::spawn(async move { log.lock(clinic, Position::START).await })
    });
    let mut locked = vec![];
    for one in locking.collect::<Vec<_>>() {
        let one = timeout(LONG, one).await.expect("in time").expect("no panic");
        locked.push(one.expect("locked"));
    }
    locked
}

fn commits(lent: &Lent, from: u64) -> u64 {
    let sql = format!("SELECT count(DISTINCT xmin::text) FROM events WHERE position >= {from}");
    lent.sql(&sql).expect("it can be asked").parse().expect("a number")
}

#[tokio::test]
async fn who_finds_a_head_held_has_lost_the_race_and_holds_up_nobody() {
    let (log, mut writers, lent) = founded(3).await;
    let held = hold_head(&lent, writers[0].state.id(), 3);
    somebody_sleeps(&lent).await;
    let start = Instant::now();
    let asked = writers.iter_mut().map(|writer| {
        let (log, batch) = (Arc::clone(&log), writer.batch(1));
        tokio::spawn(async move { log.append(batch).await })
    });
    let mut answers = vec![];
    for asked in asked.collect::<Vec<_>>() {
        answers.push(asked.await.expect("no panic"));
    }
    assert!(start.elapsed() < Duration::from_secs(2), "they waited {:?}", start.elapsed());
    assert_eq!(answers, [Err(AppendError::Conflict), Ok(()), Ok(())]);
    held.join().expect("no panic");
}

#[tokio::test]
async fn those_who_wait_for_heads_share_a_turn_and_its_commit() {
    let (log, mut writers, lent) = founded(20).await;
    // Somebody has the first turn, so that all others wait for the next.
    let (mut first, rest) = (writers.remove(0), writers);
    let (turn, _) = log.lock(first.state.id(), Position::START).await.expect("locked");
    let waiting = tokio::spawn({
        let (log, ids) =
            (Arc::clone(&log), rest.iter().map(|one| one.state.id()).collect::<Vec<_>>());
        async move { lock_all(&log, ids.into_iter()).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    turn.append(first.batch(1)).await.expect("appended");
    let mut appends = vec![];
    for (mut writer, (head, tail)) in rest.into_iter().zip(waiting.await.expect("no panic")) {
        assert_eq!(tail.iter().map(|event| event.position.0).collect::<Vec<_>>(), [1]);
        let batch = writer.batch(2);
        appends.push(tokio::spawn(async move { head.append(batch).await }));
    }
    for append in appends {
        assert_eq!(append.await.expect("no panic"), Ok(()));
    }
    assert!(commits(&lent, 2) <= 3, "20 clinics took {} commits", commits(&lent, 2));
}

#[tokio::test]
async fn a_head_that_somebody_holds_for_long_keeps_no_other_from_its_turn() {
    let (log, mut writers, lent) = founded(4).await;
    let ids: Vec<ClinicId> = writers.iter().map(|writer| writer.state.id()).collect();
    let held = hold_head(&lent, ids[0], 4);
    somebody_sleeps(&lent).await;
    let start = Instant::now();
    let slow = tokio::spawn({
        let (log, id) = (Arc::clone(&log), ids[0]);
        async move { log.lock(id, Position::START).await.map(|_| ()) }
    });
    for ((head, _), writer) in
        lock_all(&log, ids[1..].iter().copied()).await.into_iter().zip(&mut writers[1..])
    {
        head.append(writer.batch(1)).await.expect("appended");
    }
    assert!(start.elapsed() < Duration::from_secs(3), "they waited {:?}", start.elapsed());
    assert_eq!(timeout(LONG, slow).await.expect("in time").expect("no panic"), Ok(()));
    held.join().expect("no panic");
}

#[tokio::test]
async fn in_a_turn_too_an_error_is_that_of_the_clinic_that_made_it() {
    let (log, mut writers, lent) = founded(3).await;
    let (first, bad) = (writers[0].state.id(), writers[1].state.id().0);
    let rule = format!("ALTER TABLE events ADD CHECK (clinic <> '{bad}' OR position < 2)");
    lent.sql(&rule).expect("made");
    let (turn, _) = log.lock(first, Position::START).await.expect("locked");
    let waiting = tokio::spawn({
        let (log, ids) = (Arc::clone(&log), [writers[1].state.id(), writers[2].state.id()]);
        async move { lock_all(&log, ids.into_iter()).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    turn.append(writers[0].batch(1)).await.expect("appended");
    let mut locked = waiting.await.expect("no panic").into_iter();
    let (one, other) = (locked.next().expect("locked").0, locked.next().expect("locked").0);
    let (refused, appended) =
        tokio::join!(one.append(writers[1].batch(1)), other.append(writers[2].batch(1)));
    assert!(matches!(&refused, Err(AppendError::Failed(why)) if why.to_string().contains("23514")));
    assert_eq!(appended, Ok(()));
}

#[tokio::test]
async fn whoever_lets_go_of_her_place_holds_up_nobody() {
    let (log, mut writers, _lent) = founded(2).await;
    let start = Instant::now();
    let ids = [writers[0].state.id(), writers[1].state.id()];
    for _ in 0..5 {
        let lets_go = async { log.lock(ids[0], Position::START).await.map(drop) };
        let appends = async {
            let (head, _) = log.lock(ids[1], Position::START).await.expect("locked");
            head.append(writers[1].batch(1)).await
        };
        assert_eq!(tokio::join!(lets_go, appends), (Ok(()), Ok(())));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
    log.append(writers[0].batch(1)).await.expect("its head is free");
}

/// Whoever decides for longer than a turn may take is told so, and the others go on without her.
#[tokio::test]
async fn a_turn_ends_without_those_who_take_too_long() {
    let (log, mut writers, lent) = founded(1).await;
    let (slow, _) = log.lock(writers[0].state.id(), Position::START).await.expect("locked");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let late = slow.append(writers[0].clone().batch(1)).await;
    assert!(matches!(&late, Err(AppendError::Failed(_))), "{late:?}");
    log.append(writers[0].batch(1)).await.expect("its head is free");
    // A lock of the whole table is another matter: whoever meets it waits as long as statements do.
    let held = held(&lent, "LOCK TABLE clinic_heads IN EXCLUSIVE MODE", 1);
    somebody_sleeps(&lent).await;
    log.append(writers[0].batch(1)).await.expect("appended when it was over");
    held.join().expect("no panic");
}
