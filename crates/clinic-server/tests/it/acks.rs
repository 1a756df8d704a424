//! What a bench was told, and what its log holds: an acknowledgement is a promise.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use clinic_domain::actor::Actor;
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_engine::ports::EventLog;
use clinic_sqlite::SqliteLog;

use crate::support::clinic;

/// A command that was acknowledged: its events are the last ones up to a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ack {
    clinic: ClinicId,
    pub(crate) command: CommandId,
    last: Position,
    events: u64,
}

impl Ack {
    /// A line that `bench --acks` prints.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let ack = Self {
            clinic: ClinicId(words.next()?.parse().ok()?),
            command: CommandId(words.next()?.parse().ok()?),
            last: Position(words.next()?.parse().ok()?),
            events: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(ack)
    }

    /// Where its events stand.
    fn positions(&self) -> Vec<u64> {
        (self.last.0 + 1 - self.events..=self.last.0).collect()
    }
}

/// Reads acknowledgements to the end of the output. Half a line at its end is none.
pub(crate) fn acks(output: impl Read) -> impl Iterator<Item = Ack> {
    let mut output = BufReader::new(output);
    std::iter::from_fn(move || {
        let mut line = String::new();
        output.read_line(&mut line).expect("the output can be read");
        let whole = line.strip_suffix('\n')?;
        Some(Ack::parse(whole).unwrap_or_else(|| panic!("no acknowledgement: {whole}")))
    })
}

/// A command as its log holds it.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    clinic: ClinicId,
    positions: Vec<u64>,
}

/// What a log holds beside what was acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Untold {
    pub(crate) commands: usize,
    pub(crate) events: usize,
}

/// Which connection looks: one that writes finishes what a crash has left, one that reads does not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Looking {
    Reading,
    Writing,
}

/// Asserts that a log holds each acknowledged command once, whole and where it was said to be, and
/// that no position of any clinic is missing. Gives what was stored and never told: commands that
/// were on their way. What the host did to set the clinics up was told to nobody either, and is not
/// counted.
pub(crate) fn kept(path: &Path, acks: &[Ack], looking: Looking) -> Untold {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let mut held = runtime.expect("a runtime").block_on(async {
        let log = match looking {
            Looking::Reading => SqliteLog::open_read_only(path),
            Looking::Writing => SqliteLog::open(path),
        };
        let log = log.expect("the log is opened");
        let held = held(&log).await;
        log.close().await.expect("the log is closed");
        held
    });
    for ack in acks {
        let told = Held { clinic: ack.clinic, positions: ack.positions() };
        let found = held.remove(&ack.command);
        assert_eq!(found, Some(told), "{ack:?}, as {} holds it", path.display());
    }
    let events = held.values().map(|command| command.positions.len()).sum();
    Untold { commands: held.len(), events }
}

/// Every command that has events, but those of the host.
async fn held(log: &SqliteLog) -> BTreeMap<CommandId, Held> {
    let mut held = BTreeMap::new();
    for clinic in log.clinics().await.expect("the clinics are read") {
        let mut end = Position::START;
        loop {
            let page = log.read(clinic, end, 1_000).await.expect("a page is read");
            if page.is_empty() {
                break;
            }
            for recorded in page {
                end = end.next();
                assert_eq!(recorded.position, end, "a position is missing in clinic {clinic}");
                if recorded.cause.actor != Actor::Host {
                    let none = || Held { clinic, positions: vec![] };
                    let command = held.entry(recorded.cause.command_id).or_insert_with(none);
                    assert_eq!(command.clinic, clinic, "one command in two clinics");
                    command.positions.push(end.0);
                }
            }
        }
    }
    held
}

/// Asserts that `clinic verify` finds nothing wrong. Gives what it found.
pub(crate) fn verified(path: &Path) -> String {
    let ran = clinic(&["verify", "--log", &address(path)]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("nobody was lost"), "{}", ran.out);
    ran.out
}

/// A log as it is typed.
pub(crate) fn address(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// An empty folder of a test's own. It is left behind, to be looked at.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}: {error}", folder.display());
    }
    folder
}
