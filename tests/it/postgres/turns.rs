//! Heads that others write to as well: an append waits for none of them, and nodes lock many at once.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{AppendError, EventLog as _};
use clinic_postgres::PgLog;
use clinic_testkit::conformance::Writer;
use clinic_testkit::postgres::{Lent, Proxy};
use tokio::time::{Instant, timeout};

use super::fixture::{
    held, hold_head, hold_second, lent, log, somebody_sleeps, somebody_waits_for_a_lock,
};

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

/// Appends under the lock, as a decider does: if the turn was over, once more.
async fn append(log: Arc<PgLog>, mut writer: Writer, rooms: u128) -> Result<Writer, AppendError> {
    loop {
        let before = writer.clone();
        let locked = log.lock(writer.state.id(), writer.state.head()).await;
        let (head, tail) = locked.expect("locked");
        assert_eq!(tail, []);
        match head.append(writer.batch(rooms)).await {
            Ok(()) => return Ok(writer),
            Err(AppendError::Conflict) => writer = before,
            Err(error) => return Err(error),
        }
    }
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
    let first = writers.remove(0);
    let (turn, _) = log.lock(first.state.id(), first.state.head()).await.expect("locked");
    let appends: Vec<_> = writers
        .into_iter()
        .map(|writer| tokio::spawn(append(Arc::clone(&log), writer, 2)))
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(turn);
    for append in appends {
        let done = timeout(LONG, append).await.expect("in time").expect("no panic");
        assert!(done.is_ok(), "{:?}", done.err());
    }
    // On a busy machine somebody's turn may be over before she has decided.
    assert!(commits(&lent, 2) <= 8, "19 clinics took {} commits", commits(&lent, 2));
}

#[tokio::test]
async fn two_who_wait_for_one_head_each_read_what_stands_behind_what_they_know() {
    let (log, mut writers, _lent) = founded(2).await;
    let mut writer = writers.remove(0);
    log.append(writer.batch(5)).await.expect("appended");
    let clinic = writer.state.id();
    let (turn, _) = log.lock(writers[0].state.id(), Position::START).await.expect("locked");
    let waiting = [0, 4].map(|after| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let (_head, tail) = log.lock(clinic, Position(after)).await.expect("locked");
            tail.iter().map(|event| event.position.0).collect::<Vec<_>>()
        })
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(turn);
    for (waiting, expected) in waiting.into_iter().zip([vec![1, 2, 3, 4, 5, 6], vec![5, 6]]) {
        let tail = timeout(LONG, waiting).await.expect("in time").expect("no panic");
        assert_eq!(tail, expected);
    }
}

/// Nodes that take turns at the same clinics, of which the server refuses one and somebody dawdles in another: whoever
/// may append does, whatever becomes of her turn.
#[tokio::test]
async fn nodes_take_turns_although_some_dawdle_and_some_are_refused() {
    let (here, writers, lent) = founded(6).await;
    let there = Arc::new(log(&lent.url()).await);
    let bad = writers[0].state.id().0;
    let rule = format!("ALTER TABLE events ADD CHECK (clinic <> '{bad}' OR position < 2)");
    lent.sql(&rule).expect("made");
    let mut working = vec![];
    for (node, log) in (1..).zip([here, there]) {
        for (number, writer) in writers.iter().enumerate() {
            let (log, mut writer) = (Arc::clone(&log), writer.clone());
            writer.commands += node * 100_000;
            working.push(tokio::spawn(async move {
                let (mut done, mut tries) = (0, 0);
                while done < 10 && tries < 200 {
                    tries += 1;
                    let locked = log.lock(writer.state.id(), writer.state.head()).await;
                    let (head, tail) = locked.expect("locked");
                    writer.follow(&tail);
                    if number == 1 && done == 5 {
                        tokio::time::sleep(Duration::from_millis(300)).await;
                    }
                    let before = writer.clone();
                    match head.append(writer.batch(1)).await {
                        Ok(()) => done += 1,
                        Err(AppendError::Conflict) => {
                            writer = before;
                            writer.commands += 1_000;
                        }
                        Err(AppendError::Failed(why)) => {
                            assert!(number == 0 && why.to_string().contains("23514"), "{why}");
                            return 0;
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                done
            }));
        }
    }
    let mut done = vec![];
    for one in working {
        done.push(timeout(LONG, one).await.expect("in time").expect("no panic"));
    }
    assert_eq!(done, [0, 10, 10, 10, 10, 10, 0, 10, 10, 10, 10, 10]);
    let events = lent.sql("SELECT count(*) FROM events").expect("told");
    assert_eq!(events, "106");
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
    let appends: Vec<_> = writers
        .drain(1..)
        .map(|writer| tokio::spawn(append(Arc::clone(&log), writer, 1)))
        .collect();
    for append in appends {
        assert!(append.await.expect("no panic").is_ok());
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
    let (turn, _) = log.lock(first, Position(1)).await.expect("locked");
    let appends: Vec<_> = writers
        .drain(1..)
        .map(|writer| tokio::spawn(append(Arc::clone(&log), writer, 1)))
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(turn);
    let mut answers = vec![];
    for append in appends {
        answers.push(append.await.expect("no panic").map(drop));
    }
    assert!(
        matches!(&answers[0], Err(AppendError::Failed(why)) if why.to_string().contains("23514"))
    );
    assert_eq!(answers[1], Ok(()));
}

#[tokio::test]
async fn whoever_lets_go_of_her_place_holds_up_nobody() {
    let (log, mut writers, _lent) = founded(2).await;
    let start = Instant::now();
    let ids = [writers[0].state.id(), writers[1].state.id()];
    for _ in 0..5 {
        let lets_go = async { log.lock(ids[0], Position::START).await.map(drop) };
        let (gone, appended) =
            tokio::join!(lets_go, append(Arc::clone(&log), writers[1].clone(), 1));
        assert_eq!(gone, Ok(()));
        writers[1] = appended.expect("appended");
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
    assert_eq!(late, Err(AppendError::Conflict));
    log.append(writers[0].batch(1)).await.expect("its head is free");
    // A lock of the whole table is another matter: whoever meets it waits as long as statements do.
    let held = held(&lent, "LOCK TABLE clinic_heads IN EXCLUSIVE MODE", 1);
    somebody_sleeps(&lent).await;
    log.append(writers[0].batch(1)).await.expect("appended when it was over");
    held.join().expect("no panic");
}

/// The answer to the append of a whole turn is lost: each clinic of it is in doubt, and is settled by itself.
#[tokio::test]
async fn a_turn_whose_answer_is_lost_is_settled_clinic_by_clinic() {
    let lent = lent();
    let proxy = Proxy::to(lent.port()).expect("a proxy");
    let log = Arc::new(log(&lent.url_at(proxy.port())).await);
    let mut writers: Vec<Writer> = (1..=4).map(Writer::new).collect();
    for writer in &mut writers {
        log.append(writer.batch(0)).await.expect("founded");
    }
    let second = hold_second(&lent, writers[1].state.id(), 2);
    somebody_sleeps(&lent).await;
    let (turn, _) = log.lock(writers[0].state.id(), Position(1)).await.expect("locked");
    let asked: Vec<_> = writers[1..]
        .iter()
        .map(|writer| {
            let (log, mut writer) = (Arc::clone(&log), writer.clone());
            tokio::spawn(async move {
                let (head, _) = log.lock(writer.state.id(), Position(1)).await.expect("locked");
                head.append(writer.batch(1)).await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(turn);
    somebody_waits_for_a_lock(&lent).await;
    proxy.reset();
    for asked in asked {
        let answer = timeout(LONG, asked).await.expect("in time").expect("no panic");
        assert!(matches!(answer, Err(AppendError::InDoubt(_))), "{answer:?}");
    }
    for writer in writers {
        let done = timeout(LONG, append(Arc::clone(&log), writer, 1)).await.expect("in time");
        assert!(done.is_ok(), "{:?}", done.err());
    }
    let events = lent.sql("SELECT count(*) FROM events WHERE position = 2").expect("told");
    assert_eq!(events, "4");
    let fences = lent.sql("SELECT string_agg(fence::text, '' ORDER BY clinic) FROM clinic_heads");
    assert_eq!(fences.expect("told"), "0111");
    second.join().expect("no panic");
}
