//! A commit of which nobody can say whether it reached the disk: nobody is answered yes or no, the log
//! takes no more, and opening it anew tells.

use std::path::PathBuf;
use std::process::Command;

use clinic_engine::ports::{AppendError, EventLog};

use super::scratch::{events, morning, new_path, open, read_all};

const PATH: &str = "CLINIC_TEST_DOUBT";

/// This test runs itself once more, as a process whose files may not grow beyond 300 kB: the disk
/// then fails in the middle of a commit, as far as SQLite can tell.
#[tokio::test]
async fn a_commit_in_doubt_stops_the_log_until_it_is_opened_anew() {
    if let Some(path) = std::env::var_os(PATH) {
        return until_the_disk_fails(path.into()).await;
    }
    let path = new_path();
    let test = std::thread::current().name().expect("a test's thread has its name").to_owned();
    let limited = "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$1\" --exact --nocapture";
    let mut again = Command::new("sh");
    again.args(["-c", limited]).arg(std::env::current_exe().expect("it has a path")).arg(test);
    let done = again.env(PATH, &path).output().expect("sh is there");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let stored = std::fs::read_to_string(path.with_extension("stored")).expect("it is written");
    let stored: usize = stored.parse().expect("it is a number");
    let batches = morning(1, 200);
    let found = read_all(&open(&path), batches[0].clinic).await;
    let (without, with) = (events(&batches[..stored]), events(&batches[..=stored]));
    assert!(found == without || found == with, "{} events after {stored} batches", found.len());
}

async fn until_the_disk_fails(path: PathBuf) {
    let (log, batches) = (open(&path), morning(1, 200));
    let clinic = batches[0].clinic;
    let mut stored = 0;
    let error = loop {
        match log.append(batches[stored].clone()).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(stored > 10, "{stored}");
    let AppendError::InDoubt(why) = error else { panic!("it cannot be certain: {error}") };
    assert!(why.contains("nobody can say whether the last events are stored"), "{why}");
    let refused = log.append(batches[stored].clone()).await;
    assert!(
        matches!(&refused, Err(AppendError::Failed(error)) if error.why() == why),
        "{refused:?}"
    );
    let unsettled = log
        .lock(clinic, clinic_domain::ids::Position::START)
        .await
        .err()
        .expect("nothing can be settled here");
    assert_eq!(unsettled.why(), why);
    assert_eq!(read_all(&log, clinic).await, events(&batches[..stored]), "what is known is read");
    std::fs::write(path.with_extension("stored"), stored.to_string()).expect("it is written");
}
