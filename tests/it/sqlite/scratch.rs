//! Places for logs, and something to put into them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clinic_domain::clinic::Role;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Millis;
use clinic_engine::ports::{Batch, EventLog};
use clinic_sqlite::{OpenError, SqliteLog};
use clinic_testkit::world::World;

/// An empty folder of the running test's own. It is left behind, to be looked at.
pub(super) fn folder() -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().expect("a test's thread has its name").replace("::", "-");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sqlite").join(test);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            panic!("{}: {error}", folder.display())
        }
        Ok(()) | Err(_) => folder,
    }
}

/// The path of a log that is not there yet.
pub(super) fn new_path() -> PathBuf {
    folder().join("clinic.db")
}

/// A log that nobody has written to.
pub(super) fn fresh() -> Arc<dyn EventLog> {
    Arc::new(open(&new_path()))
}

#[track_caller]
pub(super) fn open(path: &Path) -> SqliteLog {
    SqliteLog::open(path).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
pub(super) fn refused(path: &Path) -> OpenError {
    SqliteLog::open(path).expect_err("the log is not to be opened")
}

/// The first morning of a clinic: a batch for each command, the last of them check-ins.
pub(super) fn morning(seed: u16, visits: usize) -> Vec<Batch> {
    let mut world = World::new(seed);
    world.found();
    let dana = world.join("Dana", Role::Member);
    let mut room = world.open("Reception", &[dana]);
    for n in 0..visits {
        if n % 100 == 99 {
            room = world.open(&format!("Room {n}"), &[dana]); // the others are full
        }
        world.pass(Millis::seconds(1));
        world.arrive(room, &format!("Patient {n}"));
    }
    let commands = world.log().chunk_by(|a, b| a.cause.command_id == b.cause.command_id);
    let batches = commands.map(|events| Batch {
        clinic: events[0].clinic,
        expected: Position(events[0].position.0 - 1),
        events: events.iter().cloned().map(Arc::new).collect(),
        next_due: None,
    });
    batches.collect()
}

pub(super) fn events(batches: &[Batch]) -> Vec<Recorded> {
    batches.iter().flat_map(|batch| &batch.events).map(|event| Recorded::clone(event)).collect()
}

pub(super) async fn append_all(log: &SqliteLog, batches: &[Batch]) {
    for batch in batches {
        log.append(batch.clone()).await.expect("it is appended");
    }
}

pub(super) async fn read_all(log: &SqliteLog, clinic: ClinicId) -> Vec<Recorded> {
    log.read(clinic, Position::START, usize::MAX).await.expect("the log is read")
}

/// A log of that morning, closed.
pub(super) async fn closed(batches: &[Batch]) -> PathBuf {
    let path = new_path();
    let log = open(&path);
    append_all(&log, batches).await;
    log.close().await.expect("the log is closed");
    path
}

/// A file's name with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The files of a log as they are on the disk, copied elsewhere: what a crash at this moment leaves.
/// By another process, for this one would give up the locks on whatever it opens and closes.
pub(super) fn crashed(path: &Path, to: &str) -> PathBuf {
    let folder = path.parent().expect("it is in a folder").join(to);
    std::fs::create_dir(&folder).expect("a folder is made");
    for suffix in ["", "-wal", ".head"] {
        let copied = Command::new("cp").arg(beside(path, suffix)).arg(&folder).status();
        assert!(copied.expect("cp is there").success());
    }
    folder.join(path.file_name().expect("it is a file"))
}

/// Changes a closed or open file behind the log's back, as SQLite would.
pub(super) fn meddle(path: &Path, sql: &str) {
    let db = rusqlite::Connection::open(path).expect("it is opened");
    db.execute_batch(sql).expect("it is done");
}

/// How many events the head file of a log promises.
pub(super) fn promised(path: &Path) -> u64 {
    let text = std::fs::read_to_string(beside(path, ".head")).expect("there is a head file");
    let head: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    head["events"].as_u64().expect("it says how many")
}

/// What an error and its causes say.
pub(super) fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, ": {error}").expect("text grows");
        cause = error.source();
    }
    text
}
