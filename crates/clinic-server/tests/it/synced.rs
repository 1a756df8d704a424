//! No answer leaves before its commit is on the disk: seen from outside, in the system calls.
//!
//! `strace` lists what the bench writes and syncs, in the order in which it happens. A command's id is
//! in the metadata of its events, so the write that brings them into the write-ahead log shows it, and
//! so does the line that acknowledges the command. Between the two a sync of that file must have begun
//! and succeeded.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::Stdio;

use clinic_domain::ids::CommandId;
use clinic_sqlite::SqliteLog;

use crate::acks::{Ack, address, folder};
use crate::support::program;

/// What begins the line of a call that was interrupted, when it goes on.
const RESUMED: &str = "<... ";
/// What ends it, where it was interrupted.
const UNFINISHED: &str = " <unfinished ...>";
/// What stands before a command's id in a page, as it is printed.
const COMMAND_ID: &str = r#"command_id\":\""#;
/// A page of the write-ahead log, wholly.
const SHOWN_BYTES: &str = "4200";

#[test]
fn one_client_is_answered_after_the_sync_of_its_command() {
    let trace = traced("synced-one", 1, 6);
    assert_eq!((trace.told, trace.early.len()), (54, 0), "{:?}", trace.early);
    assert!(trace.syncs >= 54, "each command of a lonely client needs its own: {}", trace.syncs);
}

#[test]
fn clients_that_share_a_commit_are_answered_after_its_sync() {
    let trace = traced("synced-many", 8, 24);
    assert_eq!((trace.told, trace.early.len()), (216, 0), "{:?}", trace.early);
    assert!(trace.syncs < 216, "no commit was shared: {}", trace.syncs);
}

#[tokio::test]
async fn the_writing_connection_syncs_each_commit() {
    let log = SqliteLog::open(folder("synced-pragma").join("clinic.db")).expect("it is opened");
    assert_eq!(log.synchronous().await, Ok(2), "2 is FULL");
}

/// Runs a bench under strace and reads what it did.
fn traced(test: &str, clients: usize, visits: usize) -> Trace {
    let folder = folder(test);
    std::fs::create_dir_all(&folder).expect("a folder for the trace");
    let (log, listing) = (folder.join("clinic.db"), folder.join("trace"));
    let bench = program();
    let strace = std::process::Command::new("strace")
        .args(["-f", "-y", "-s", SHOWN_BYTES, "-o"])
        .arg(&listing)
        .arg("-e")
        .arg("trace=write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync")
        .arg(bench.get_program())
        .args(["bench", "--acks", "--log", &address(&log), "--clinics", "1"])
        .args(["--clients", &clients.to_string(), "--visits", &visits.to_string()])
        .stdin(Stdio::null())
        .output();
    let ran = strace.unwrap_or_else(|error| {
        panic!(
            "strace does not start ({error}); as root: apt-get install strace, or: cargo xtask test"
        )
    });
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success(),
        "{}: {said}\nIf that is about ptrace: this machine does not permit it, and what this test \
         shows cannot be seen. Permit it: in a container, the capability SYS_PTRACE",
        ran.status
    );
    let listing = std::fs::read(&listing).expect("strace has written a listing");
    let wal = format!("{}-wal", log.canonicalize().expect("the log is there").display());
    let trace = Trace::of(&String::from_utf8_lossy(&listing), Path::new(&wal));
    let acknowledged = String::from_utf8_lossy(&ran.stdout).lines().count();
    assert_eq!(trace.told, acknowledged, "the listing lacks some of the output");
    trace
}

/// What a listing shows.
#[derive(Debug, Default)]
struct Trace {
    /// Acknowledgements.
    told: usize,
    /// Syncs of the write-ahead log that succeeded.
    syncs: usize,
    /// Those that were acknowledged before they were on the disk.
    early: Vec<CommandId>,
    /// Commands whose events have been written and are not on the disk for sure.
    written: HashSet<CommandId>,
    /// Commands whose events are.
    synced: HashSet<CommandId>,
}

/// A call that has begun.
enum Call {
    /// Events of these commands on their way into the write-ahead log.
    Write(Vec<CommandId>),
    /// The write-ahead log is being synced, with what had been written when that began.
    Sync(HashSet<CommandId>),
}

impl Trace {
    /// Reads a listing of `strace -f -y`: a process's number and a call, in each line.
    fn of(listing: &str, wal: &Path) -> Self {
        let mut trace = Self::default();
        let wal = format!("<{}>", wal.display());
        let mut begun: HashMap<&str, Call> = HashMap::new();
        for line in listing.lines() {
            let Some((process, call)) = line.split_once(char::is_whitespace) else { continue };
            let call = call.trim_start();
            if call.starts_with(RESUMED) {
                if let Some(begun) = begun.remove(process) {
                    trace.end(begun, succeeded(call));
                }
                continue;
            }
            let Some(found) = trace.begin(call, &wal) else { continue };
            if call.ends_with(UNFINISHED) {
                begun.insert(process, found);
            } else {
                trace.end(found, succeeded(call));
            }
        }
        trace
    }

    /// A call begins. An acknowledgement counts from there: it may be read before the call ends.
    fn begin(&mut self, call: &str, wal: &str) -> Option<Call> {
        let (name, arguments) = call.split_once('(')?;
        let file = arguments.split([',', ')']).next()?.trim_end_matches(UNFINISHED);
        match name {
            "fsync" | "fdatasync" if file.ends_with(wal) => Some(Call::Sync(self.written.clone())),
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" if file.ends_with(wal) => {
                Some(Call::Write(commands(arguments)))
            }
            "write" if file.starts_with("1<") => {
                let line = arguments.split('"').nth(1)?.strip_suffix("\\n")?;
                let ack = Ack::parse(line).unwrap_or_else(|| panic!("no acknowledgement: {line}"));
                self.told += 1;
                if !self.synced.contains(&ack.command) {
                    self.early.push(ack.command);
                }
                None
            }
            _ => None,
        }
    }

    fn end(&mut self, call: Call, succeeded: bool) {
        match call {
            Call::Write(commands) => self.written.extend(commands),
            Call::Sync(written) if succeeded => {
                self.syncs += 1;
                self.synced.extend(written);
            }
            Call::Sync(_) => {}
        }
    }
}

/// Whether a call returned 0.
fn succeeded(call: &str) -> bool {
    call.rsplit_once('=').is_some_and(|(_, result)| result.trim() == "0")
}

/// The commands whose metadata is in what was written.
fn commands(written: &str) -> Vec<CommandId> {
    let ids = written.split(COMMAND_ID).skip(1);
    ids.filter_map(|from| from.get(..36)?.parse().ok().map(CommandId)).collect()
}

/// The ids of the listings below.
const ONE: &str = "01a20380-0909-713f-b06b-c0bf206f9dfa";
const TWO: &str = "01a20380-14c1-7d78-b251-eb4660f90d4d";

/// What the checker finds early in a listing made of these lines.
fn early(lines: &[&str]) -> Vec<String> {
    let page = |id| format!(r#"12 pwrite64(5</log/c.db-wal>, "\r\0{COMMAND_ID}{id}\"}}", 99, 56"#);
    let told = |id| format!(r#"11 write(1<pipe:[40]>, "{ONE} {id} 8 1\n", 78) = 78"#);
    let listing: String = lines
        .iter()
        .map(|line| match line.split_once(' ') {
            Some(("write", "one")) => page(ONE) + ") = 99\n",
            Some(("write", "two")) => page(TWO) + ") = 99\n",
            Some(("begin-write", "one")) => page(ONE) + " <unfinished ...>\n",
            Some(("told", "one")) => told(ONE) + "\n",
            Some(("told", "two")) => told(TWO) + "\n",
            Some(_) | None => format!("{line}\n"),
        })
        .collect();
    let trace = Trace::of(&listing, Path::new("/log/c.db-wal"));
    assert_eq!(trace.told, lines.iter().filter(|line| line.starts_with("told")).count());
    trace.early.iter().map(CommandId::to_string).collect()
}

#[test]
fn this_test_sees_an_answer_that_leaves_too_early() {
    let sync = "12 fsync(5</log/c.db-wal>) = 0";
    let (begins, ends) =
        ("12 fsync(5</log/c.db-wal> <unfinished ...>", "12 <... fsync resumed>)     = 0");
    let none: [&str; 0] = [];
    assert_eq!(early(&["write one", sync, "told one", "write two", sync, "told two"]), none);
    assert_eq!(early(&["write one", "write two", begins, ends, "told two", "told one"]), none);
    for (too_early, lines) in [
        (ONE, &["write one", "told one", sync][..]),
        (ONE, &["write one", begins, "told one", ends]),
        (ONE, &[sync, "told one", "write one", sync]),
        (TWO, &["write one", begins, "write two", ends, "told one", "told two"]),
        (TWO, &["write one", sync, "told one", "write two", "told two"]),
        (ONE, &["write one", "12 fsync(4</log/c.db>) = 0", "told one"]),
        (ONE, &["write one", "12 fsync(5</log/c.keys.db-wal>) = 0", "told one"]),
        (
            ONE,
            &["write one", "12 fsync(5</log/c.db-wal>) = -1 EIO (Input/output error)", "told one"],
        ),
        (
            ONE,
            &[
                "begin-write one",
                "13 fsync(5</log/c.db-wal>) = 0",
                "12 <... pwrite64 resumed>) = 99",
                "told one",
            ],
        ),
    ] {
        assert_eq!(early(lines), [too_early], "{lines:?}");
    }
}
