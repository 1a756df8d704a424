//! Copies: taken while the log is written to, whole, checked, and never in place of something else.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clinic_engine::ports::EventLog;
use clinic_sqlite::{CopyError, Progress, restore};

use super::scratch::{
    append_all, beside, closed, events, meddle, morning, new_path, open, promised, read_all,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_one_moment_of_a_log_that_is_written_to() {
    let log = Arc::new(open(&new_path()));
    for seed in 10..14 {
        append_all(&log, &morning(seed, 300)).await;
    }
    let batches = morning(1, 400);
    append_all(&log, &batches[..10]).await;
    let (writer, rest) = (Arc::clone(&log), batches[10..].to_vec());
    let writing = tokio::spawn(async move { append_all(&writer, &rest).await });
    let copy = log.path().with_file_name("backup.db");
    let left = Arc::new(AtomicU64::new(u64::MAX));
    let told = Arc::clone(&left);
    let report = move |Progress { done, all }| told.store(all - done, Ordering::Relaxed);
    let checked = log.backup(&copy, report).await.expect("it is copied");
    assert_eq!(left.load(Ordering::Relaxed), 0, "the last word is that all is copied");
    writing.await.expect("it ends");
    let clinic = batches[0].clinic;
    assert_eq!(checked.events, promised(&copy));
    assert!(!beside(&copy, "-wal").exists() && !beside(&copy, "-journal").exists());

    let again = log.backup(&copy, |_| ()).await;
    assert!(matches!(&again, Err(CopyError::Exists(path)) if *path == copy), "{again:?}");

    let place = log.path().with_file_name("restored").join("clinic.db");
    let restored = restore(&copy, &place, |_| ()).expect("it is restored");
    assert_eq!(restored.events, checked.events);
    assert!(matches!(restore(&copy, &place, |_| ()), Err(CopyError::Exists(_))));
    let restored = open(&place);
    let all = events(&batches);
    let found = read_all(&restored, clinic).await;
    assert!(found.len() >= events(&batches[..10]).len());
    assert_eq!(found, all[..found.len()]);
    append_all(&restored, &morning(2, 1)).await;
    assert_eq!(read_all(&log, clinic).await, all);
}

#[tokio::test]
async fn a_damaged_log_gives_no_backup() {
    let log = open(&new_path());
    append_all(&log, &morning(1, 20)).await;
    meddle(log.path(), "UPDATE events SET metadata = '{}' WHERE id & 0xff = 9");
    let copy = log.path().with_file_name("backup.db");
    let error = log.backup(&copy, |_| ()).await.expect_err("it is damaged").to_string();
    assert!(error.contains("position 9 of clinic"), "{error}");
    assert!(!copy.exists() && !beside(&copy, ".head").exists());
}

#[tokio::test]
async fn a_damaged_or_shortened_backup_is_not_restored() {
    let path = closed(&morning(1, 20)).await;
    let place = path.with_file_name("restored.db");
    let head = fs::read_to_string(beside(&path, ".head")).expect("it is read");
    let longer = head.replace("\"events\": ", "\"events\": 9");
    fs::write(beside(&path, ".head"), longer).expect("it is written");
    let error = restore(&path, &place, |_| ()).expect_err("it is shortened").to_string();
    assert!(error.contains("were acknowledged by"), "{error}");
    fs::write(beside(&path, ".head"), head).expect("it is written");
    meddle(&path, "UPDATE events SET sequence = 77 WHERE id & 0xff = 9");
    let error = restore(&path, &place, |_| ()).expect_err("it is damaged").to_string();
    assert!(error.contains("do not match their checksum"), "{error}");
    assert!(!place.exists() && !beside(&place, ".head").exists());
    let none = path.with_file_name("none.db");
    assert!(
        restore(none, place, |_| ()).expect_err("there is none").to_string().contains("none.db")
    );
}

#[tokio::test]
async fn an_empty_log_can_be_copied() {
    let log = open(&new_path());
    let copy = log.path().with_file_name("backup.db");
    assert_eq!(log.backup(&copy, |_| ()).await.expect("it is copied").events, 0);
    assert!(open(&copy).clinics().await.expect("it is read").is_empty());
}
