//! A disk that is full: what cannot be stored is told, what was acknowledged stays, nothing is stored
//! by halves, and with room again the same log goes on.
//!
//! A disk is made small in two ways. A limit on the size of files needs no rights and always runs; what
//! does not fit fails as a bad disk does. A small file system in memory is full as a disk is; to mount
//! it, the tests have to be run by root.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::acks::{Looking, acks, address, folder, kept, verified};
use crate::support::{Ran, day, program, ran};

/// Blocks of 512 bytes in a file where they are limited: room for a clinic and a few hundred visits.
const BLOCKS: &str = "3000";
/// Visits of a history and of a day, more than fit.
const MANY: usize = 2_000;
/// Clients of a bench.
const CLIENTS: usize = 4;

#[test]
fn a_file_that_cannot_grow_loses_nothing_that_was_acknowledged() {
    let folder = folder("full-limited");
    fs::create_dir_all(&folder).expect("a folder");
    fills_and_goes_on(&Disk { folder, kind: Kind::Limited }, "the disk failed");
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    match Disk::mounted("full-mounted") {
        Ok(disk) => fills_and_goes_on(&disk, "no space left"),
        // Told past the test harness, which shows what passes to nobody.
        Err(why) => {
            let mut err = std::io::stderr();
            let said = "NOT TESTED: a full disk needs a small file system, and mount says";
            writeln!(err, "\n{said}: {why}").expect("errors can be written");
        }
    }
}

/// A history, a day and visits one by one: each fills the disk, and later fits.
fn fills_and_goes_on(disk: &Disk, why: &str) {
    let (small, large) = (disk.history("small", 1), disk.history("large", MANY));
    let (day, log) = (disk.file("day.jsonl", &busy_day()), disk.log());
    let import = |file| {
        let (columns, events) = ("visit=v,event=e,from=f,to=t,at=a", "in=check-in,out=complete");
        vec!["import", file, "--columns", columns, "--events", events, "--create-rooms"]
    };
    let clients = CLIENTS.to_string();
    let bench = |visits| {
        vec!["bench", "--acks", "--clients", &clients, "--clinics", "1", "--visits", visits]
    };
    assert_eq!(disk.clinic(&import(&small)).code, 0);
    let (before, beforehand) = (verified(&log), kept(&log, &[], Looking::Reading));

    for too_much in [import(&large), vec!["run", &day]] {
        let refused = disk.crammed(&too_much);
        told(&refused, &log, why);
        assert!(!refused.out.contains("is stored"), "{}", refused.out);
        assert_eq!(verified(&log), before, "a part is stored");
    }
    let filled = disk.crammed(&bench("100000"));
    told(&filled, &log, why);
    let acks: Vec<_> = acks(filled.out.as_bytes()).collect();
    assert!(acks.len() > 50, "the disk was full after {} commands", acks.len());
    let on_their_way = kept(&log, &acks, Looking::Reading).commands - beforehand.commands;
    assert!(on_their_way <= CLIENTS, "{on_their_way} commands that nobody had asked for");
    verified(&log);

    disk.make_room();
    for fits in [bench("1"), bench("5"), import(&large), vec!["run", &day]] {
        let ran = disk.clinic(&fits);
        assert_eq!(ran.code, 0, "{fits:?}: {}", ran.err);
    }
    kept(&log, &acks, Looking::Writing);
    let (stored, all) = (verified(&log), format!("{MANY} check-ins"));
    assert_eq!(stored.matches(&all).count(), 2, "{stored}");
}

/// Exit code 3, and an error that names the log and what failed.
fn told(ran: &Ran, log: &Path, why: &str) {
    assert_eq!(ran.code, 3, "{}", ran.err);
    let log = log.display().to_string();
    assert!(ran.err.contains(&log) && ran.err.contains(why), "{}", ran.err);
}

/// A disk with little room.
struct Disk {
    folder: PathBuf,
    kind: Kind,
}

enum Kind {
    /// No file grows beyond a limit, as long as there is one.
    Limited,
    /// A file system of its own, unmounted in the end.
    Mounted,
}

impl Disk {
    fn mounted(test: &str) -> Result<Self, String> {
        // A test that was killed has left its mount behind.
        let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _seldom = obeyed(Command::new("umount").arg(left));
        let folder = folder(test);
        fs::create_dir_all(&folder).expect("a folder");
        let tmpfs = ["-t", "tmpfs", "-o", "size=1700k,mode=0700", "tmpfs"];
        obeyed(Command::new("mount").args(tmpfs).arg(&folder))?;
        Ok(Self { folder, kind: Kind::Mounted })
    }

    /// The log on it.
    fn log(&self) -> PathBuf {
        self.folder.join("data/clinic.db")
    }

    /// Runs the program where room is scarce.
    fn crammed(&self, words: &[&str]) -> Ran {
        match self.kind {
            Kind::Limited => {
                // A write beyond the limit is to fail, and not to end the process by a signal.
                let limited = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
                let mut shell = Command::new("sh");
                shell.args(["-c", &limited]).arg(program().get_program());
                self.run(&mut shell, words)
            }
            Kind::Mounted => self.clinic(words),
        }
    }

    /// Runs the program with the room that there is.
    fn clinic(&self, words: &[&str]) -> Ran {
        self.run(&mut program(), words)
    }

    fn run(&self, command: &mut Command, words: &[&str]) -> Ran {
        let command = command.args(words).args(["--log", &address(&self.log())]);
        ran(command.stdin(Stdio::null()).output().expect("it starts"))
    }

    fn make_room(&self) {
        match self.kind {
            Kind::Limited => {}
            Kind::Mounted => {
                let remount = ["-o", "remount,size=64m"];
                obeyed(Command::new("mount").args(remount).arg(&self.folder)).expect("it grows");
            }
        }
    }

    /// A movement history: visits that come and go.
    fn history(&self, name: &str, visits: usize) -> String {
        let mut rows = "v,e,f,t,a\n".to_owned();
        for visit in 0..visits {
            let (hour, minute) = (visit / 60 % 24, visit % 60);
            let day = 1 + visit / 60 / 24;
            let at = |second: u8| format!("2031-05-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
            let (came, went) = (at(0), at(30));
            writeln!(rows, "S-{visit},in,,Ward,{came}\nS-{visit},out,Ward,,{went}").expect("text");
        }
        self.file(&format!("{name}.csv"), &rows)
    }

    /// A file that is not on the disk, but beside it.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.with_extension(name);
        fs::write(&path, text).expect("it is written");
        path.to_str().expect("a path in Unicode").to_owned()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        match self.kind {
            Kind::Limited => {}
            Kind::Mounted => {
                let unmounted = obeyed(Command::new("umount").arg(&self.folder));
                assert!(unmounted.is_ok() || std::thread::panicking(), "{unmounted:?}");
            }
        }
    }
}

fn obeyed(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A day on which many come and leave again.
fn busy_day() -> String {
    let mut lines = String::new();
    for visit in 0..MANY {
        let visit = format!("v{visit}");
        let check_in = format!(
            r#"{{"at":"+30","do":"check-in","handle":"{visit}","room":"reception","name":"{visit}"}}"#
        );
        let leave = format!(
            r#"{{"by":"patient:{visit}","do":"close-visit","visit":"{visit}","reason":"left"}}"#
        );
        writeln!(lines, "{check_in}\n{leave}").expect("text");
    }
    day(&lines)
}
