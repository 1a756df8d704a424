//! A log that fails in the middle: what is stored then, and what is said of it.

use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::ids::Position;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{AppendError, Batch, EventLog, LogError};
use clinic_interop::import::{ImportError, ImportSink, Left, LogSink};

use super::fixture::{HEADER, import_into, options};

/// Fails from some batch on, or at the end. It takes back what it took, if it is `whole`.
struct Failing {
    log: LogSink,
    batches: usize,
    whole: bool,
    end: AppendError,
}

fn full() -> AppendError {
    AppendError::Failed(LogError::Failed("the disk is full".to_owned()))
}

#[async_trait]
impl ImportSink for Failing {
    async fn append(&mut self, batch: Batch) -> Result<(), AppendError> {
        self.batches = self.batches.checked_sub(1).ok_or_else(full)?;
        if self.whole { Ok(()) } else { self.log.append(batch).await }
    }

    async fn finish(self: Box<Self>) -> Result<(), AppendError> {
        Err(self.end)
    }

    async fn abandon(self: Box<Self>) -> Position {
        if self.whole { Position::START } else { Box::new(self.log).abandon().await }
    }
}

/// Enough rows for several batches.
fn file() -> String {
    let rows = (0..1_000).map(|n| {
        format!("{n},a,in,,Hall,2031-05-04 08:00:00Z\n{n},a,out,,,2031-05-04 09:00:00Z\n")
    });
    HEADER.to_owned() + &rows.collect::<String>()
}

async fn failed(batches: usize, whole: bool) -> (ImportError, Arc<MemoryLog>) {
    failed_at_last(batches, whole, full()).await
}

async fn failed_at_last(
    batches: usize,
    whole: bool,
    end: AppendError,
) -> (ImportError, Arc<MemoryLog>) {
    let log = Arc::new(MemoryLog::new());
    let kept = LogSink::new(Arc::clone(&log) as Arc<dyn EventLog>);
    let sink = Failing { log: kept, batches, whole, end };
    let (came, _) = import_into(file().as_bytes(), &options(), Box::new(sink)).await;
    (came.unwrap_err(), log)
}

#[tokio::test]
async fn a_sink_that_takes_back_leaves_nothing_behind() {
    for batches in [0, 1, 9] {
        let (error, log) = failed(batches, true).await;
        assert_eq!(error.to_string(), "the log failed: the disk is full; nothing is stored");
        assert!(log.clinics().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_log_that_cannot_take_back_keeps_the_beginning_and_the_error_says_where_it_ends() {
    let (error, log) = failed(1, false).await;
    let clinic = log.clinics().await.unwrap()[0];
    let head = log.head(clinic).await.unwrap();
    assert_eq!(head.position, Position(1_000));
    assert_eq!(
        error.to_string(),
        format!(
            "the log failed: the disk is full; clinic {clinic} is incomplete: it ends at position 1000; do not use it"
        )
    );
    let ImportError::Broken { left, .. } = error else { panic!("broken") };
    assert_eq!(left, Left::Beginning { clinic, position: head.position });

    let (error, log) = failed(0, false).await;
    assert_eq!(error.to_string(), "the log failed: the disk is full; nothing is stored");
    assert!(log.clinics().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_commit_in_doubt_is_neither_yes_nor_no() {
    let doubt = AppendError::InDoubt("the connection broke".to_owned());
    let (error, _) = failed_at_last(9, true, doubt).await;
    let ImportError::Broken { left: Left::Unknown { clinic }, .. } = error else {
        panic!("unknown")
    };
    assert_eq!(
        error.to_string(),
        format!(
            "the commit is in doubt: the connection broke; it is not known whether clinic {clinic} is \
             stored; look before importing again"
        )
    );
}

const CHILD: &str = "CLINIC_IMPORT_WITHOUT_TEMPORARY_FILES";

/// Only in a process that is started for it, since the folder for temporary files is one of the
/// process: imports and prints what came of it.
#[tokio::test]
async fn imports_where_no_temporary_file_can_be_made_and_prints_the_error() {
    if std::env::var_os(CHILD).is_some() {
        let log = Arc::new(MemoryLog::new());
        let sink = LogSink::new(Arc::clone(&log) as Arc<dyn EventLog>);
        let (came, _) = import_into(file().as_bytes(), &options(), Box::new(sink)).await;
        println!("CAME {}; {} clinics", came.unwrap_err(), log.clinics().await.unwrap().len());
    }
}

#[test]
#[cfg(unix)]
fn without_temporary_files_nothing_is_stored() {
    let test =
        "interop::bad_world::imports_where_no_temporary_file_can_be_made_and_prints_the_error";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs([(CHILD, "1"), ("TMPDIR", "/nowhere/at/all")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let came = said.lines().find_map(|line| line.split_once("CAME ")).unwrap().1;
    assert!(came.starts_with("a temporary file failed: "), "{came}");
    assert!(came.ends_with("; nothing is stored; 0 clinics"), "{came}");
}
