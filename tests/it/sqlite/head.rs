//! The head file: what was acknowledged and is not there any more is noticed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clinic_sqlite::{OpenError, SqliteLog};

use super::scratch::{
    append_all, beside, closed, crashed, events, morning, new_path, open, promised, read_all,
    refused,
};

#[track_caller]
fn shortened(path: &Path, what: &str) {
    let error = refused(path);
    assert!(matches!(error, OpenError::Shortened { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(what) && text.contains("were acknowledged by 20"), "{text}");
    assert!(text.contains("to accept the log as it is, delete "), "{text}");
}

/// Waits until the head file says what is acknowledged: a second, and the time that a busy machine takes.
async fn caught_up(log: &SqliteLog, count: usize) {
    for _ in 0..300 {
        if promised(log.path()) == u64::try_from(count).expect("it is small") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the head file is behind for half a minute");
}

/// A log whose events are in its write-ahead log only, as a crash would leave it.
async fn crash() -> (SqliteLog, std::path::PathBuf, Vec<clinic_domain::event::Recorded>) {
    let (log, morning) = (open(&new_path()), morning(1, 20));
    append_all(&log, &morning).await;
    let all = events(&morning);
    caught_up(&log, all.len()).await;
    let left = crashed(log.path(), "crash");
    (log, left, all)
}

#[tokio::test]
async fn a_crash_loses_nothing() {
    let (_log, left, all) = crash().await;
    assert!(fs::metadata(beside(&left, "-wal")).expect("there is one").len() > 0);
    let log = open(&left);
    assert_eq!(read_all(&log, all[0].clinic).await, all);
}

#[tokio::test]
async fn a_deleted_write_ahead_log_is_noticed() {
    let (_log, left, all) = crash().await;
    fs::remove_file(beside(&left, "-wal")).expect("it is deleted");
    shortened(&left, &format!("the log ends at 0 events; {} events", all.len()));
}

#[tokio::test]
async fn a_cut_write_ahead_log_is_noticed() {
    let (_log, left, _) = crash().await;
    let wal = fs::OpenOptions::new().write(true).open(beside(&left, "-wal")).expect("opened");
    let whole = wal.metadata().expect("it has a length").len();
    wal.set_len(whole / 2).expect("it is cut");
    shortened(&left, "the log ends at ");
}

#[tokio::test]
async fn an_older_copy_is_noticed_and_can_be_accepted() {
    let batches = morning(1, 20);
    let (early, late) = batches.split_at(8);
    let path = closed(early).await;
    let old = path.with_extension("old");
    fs::copy(&path, &old).expect("it is copied");
    let log = open(&path);
    append_all(&log, late).await;
    log.close().await.expect("it is closed");
    fs::rename(&old, &path).expect("it is put back");
    let count = events(early).len();
    shortened(&path, &format!("the log ends at {count} events"));
    let read_only = SqliteLog::open_read_only(&path).expect_err("not for reading either");
    assert!(matches!(read_only, OpenError::Shortened { .. }), "{read_only}");
    fs::remove_file(beside(&path, ".head")).expect("it is deleted on purpose");
    let log = open(&path);
    assert_eq!(read_all(&log, early[0].clinic).await, events(early));
    assert_eq!(promised(&path), u64::try_from(count).expect("it is small"));
}

#[tokio::test]
async fn another_log_is_noticed() {
    let path = closed(&morning(1, 5)).await;
    let head = fs::read(beside(&path, ".head")).expect("it is read");
    fs::remove_file(&path).expect("it is deleted");
    let text = refused(&path).to_string();
    assert!(text.contains("the log is not there; "), "{text}");
    fs::remove_file(beside(&path, ".head")).expect("it is deleted");
    let log = open(&path);
    append_all(&log, &morning(2, 9)).await;
    log.close().await.expect("it is closed");
    fs::write(beside(&path, ".head"), head).expect("it is put back");
    shortened(&path, "the log holds no event at position ");
}

#[tokio::test]
async fn a_head_file_that_cannot_be_read_is_named() {
    let path = closed(&morning(1, 2)).await;
    fs::write(beside(&path, ".head"), "{\"events\": 1").expect("it is written");
    let text = refused(&path).to_string();
    assert!(text.contains("clinic.db.head: this head file of a log is damaged"), "{text}");
}

#[tokio::test]
async fn a_log_that_was_dropped_is_finished_as_well() {
    let (path, morning) = (new_path(), morning(1, 3));
    let log = open(&path);
    append_all(&log, &morning).await;
    drop(log);
    let count = u64::try_from(events(&morning).len()).expect("it is small");
    assert_eq!(promised(&path), count);
    assert!(!beside(&path, "-wal").exists(), "the main file holds everything");
}

#[tokio::test]
async fn a_main_file_that_is_gone_is_not_made_anew() {
    let (log, left, _) = crash().await;
    drop(log);
    fs::remove_file(&left).expect("it is deleted");
    fs::remove_file(beside(&left, ".head")).expect("it is deleted");
    let text = refused(&left).to_string();
    assert!(text.contains("-wal is left of it"), "{text}");
}

/// Whoever is refused may have put the wrong file there: what is left of the right one is not touched.
#[tokio::test]
async fn what_is_refused_is_left_as_it_is() {
    type Spoil = fn(&Path);
    let spoil: [(&str, Spoil); 3] = [
        ("a cut write-ahead log", |left| {
            let wal = beside(left, "-wal");
            let bytes = fs::read(&wal).expect("it is read");
            fs::write(&wal, &bytes[..bytes.len() / 2]).expect("it is cut");
        }),
        ("an empty main file", |left| fs::write(left, "").expect("it is emptied")),
        ("a changed frame", |left| {
            let wal = beside(left, "-wal");
            let mut bytes = fs::read(&wal).expect("it is read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&wal, bytes).expect("it is written");
        }),
    ];
    for (what, spoil) in spoil {
        let (_log, left, _) = crash().await;
        spoil(&left);
        let files = || [fs::read(&left).ok(), fs::read(beside(&left, "-wal")).ok()];
        let before = files();
        let refused = [SqliteLog::open_read_only(&left).err(), SqliteLog::open(&left).err()];
        assert!(refused.iter().all(Option::is_some), "{what}: {refused:?}");
        assert!(files() == before, "{what}: the files have changed");
    }
}
