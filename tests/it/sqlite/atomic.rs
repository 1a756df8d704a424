//! An append of many batches is stored as a whole or not at all.

use std::sync::Arc;

use clinic_domain::ids::Position;
use clinic_engine::ports::{AppendError, EventLog};

use super::scratch::{events, morning, new_path, open, read_all};

#[tokio::test]
async fn what_is_finished_is_stored_as_a_whole() {
    let (log, batches) = (open(&new_path()), morning(1, 50));
    let clinic = batches[0].clinic;
    let mut import = log.begin_atomic(clinic).await.expect("it begins");
    for batch in &batches {
        import.append(batch).await.expect("it is taken");
    }
    assert!(read_all(&log, clinic).await.is_empty(), "nothing is seen before it is finished");
    assert_eq!(log.clinics().await.expect("read"), []);
    import.finish().await.expect("it is stored");
    assert_eq!(read_all(&log, clinic).await, events(&batches));
    let path = log.path().to_owned();
    log.close().await.expect("it is closed");
    assert_eq!(read_all(&open(&path), clinic).await, events(&batches));
}

#[tokio::test]
async fn what_is_dropped_leaves_nothing() {
    let (log, batches) = (open(&new_path()), morning(1, 50));
    let clinic = batches[0].clinic;
    let mut import = log.begin_atomic(clinic).await.expect("it begins");
    for batch in &batches {
        import.append(batch).await.expect("it is taken");
    }
    drop(import);
    // The same again: had anything been left, it would be in the way.
    let mut import = log.begin_atomic(clinic).await.expect("it begins anew");
    assert!(read_all(&log, clinic).await.is_empty());
    for batch in &batches {
        import.append(batch).await.expect("it is taken");
    }
    import.finish().await.expect("it is stored");
    assert_eq!(read_all(&log, clinic).await, events(&batches));
}

#[tokio::test]
async fn one_bad_batch_spoils_all_of_it() {
    let (log, batches) = (open(&new_path()), morning(1, 5));
    let clinic = batches[0].clinic;
    let mut import = log.begin_atomic(clinic).await.expect("it begins");
    import.append(&batches[0]).await.expect("it is taken");
    assert_eq!(import.append(&batches[2]).await, Err(AppendError::Conflict));
    assert!(matches!(import.append(&batches[1]).await, Err(AppendError::Failed(_))));
    assert!(matches!(import.finish().await, Err(AppendError::Failed(_))));
    assert_eq!(log.head(clinic).await.expect("read").position, Position::START);
    log.append(batches[0].clone()).await.expect("the log goes on");
}

#[tokio::test]
async fn other_appends_wait_until_it_is_over() {
    let log = Arc::new(open(&new_path()));
    let (one, two) = (morning(1, 2), morning(2, 2));
    let mut import = log.begin_atomic(one[0].clinic).await.expect("it begins");
    let (other, batch) = (Arc::clone(&log), two[0].clone());
    let appender = tokio::spawn(async move { other.append(batch).await });
    import.append(&one[0]).await.expect("it is taken");
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!appender.is_finished());
    drop(import);
    assert_eq!(appender.await.expect("it ends"), Ok(()));
    assert_eq!(log.clinics().await.expect("read"), [two[0].clinic]);
}
