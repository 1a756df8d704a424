//! A folder of its own for a log that is kept, and what stands in it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::{Ran, clinic_reading, program};

/// A folder that is gone at the end of the test.
pub(crate) struct Place {
    dir: TempDir,
    address: String,
}

impl Place {
    /// An empty one. The log is to be in a folder in it that is still to be made.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite:{}", dir.path().join("data/clinic.db").display());
        Self { dir, address }
    }

    /// One whose log has the demo.
    pub(crate) fn with_demo() -> Self {
        let place = Self::new();
        let ran = place.clinic(&["run", "src/demo.jsonl"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        place
    }

    /// A path in it.
    pub(crate) fn path(&self, of: &str) -> PathBuf {
        self.dir.path().join(of)
    }

    /// The log.
    pub(crate) fn log(&self) -> PathBuf {
        self.path("data/clinic.db")
    }

    /// Where the log is, as somebody types it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Runs the program with these words on this log.
    pub(crate) fn clinic(&self, words: &[&str]) -> Ran {
        self.clinic_reading(words, b"")
    }

    /// The same, with something to read.
    pub(crate) fn clinic_reading(&self, words: &[&str], input: &[u8]) -> Ran {
        let words: Vec<&str> = words.iter().copied().chain(["--log", self.address()]).collect();
        clinic_reading(&words, input)
    }

    /// The program with these words on this log, still to be started.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut program = program();
        program.args(words).args(["--log", self.address()]);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// A process that has the log open for writing, until its input ends: an import whose file does
    /// not come.
    pub(crate) fn writer(&self) -> Writer {
        let words =
            ["import", "-", "--columns", "visit=v,event=e,to=t,at=a", "--events", "in=check-in"];
        let mut child = self.program(&words).spawn().expect("it starts");
        let lock = self.path("data/clinic.db.lock");
        // It has said who it is as soon as it has the lock.
        let holds =
            || fs::read_to_string(&lock).is_ok_and(|pid| pid == format!("{}\n", child.id()));
        while !holds() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let _begun = child.stdin.as_mut().expect("a pipe").write_all(b"v,e,t,a\n");
        Writer(child)
    }

    /// The names of all files in the folder of the log.
    pub(crate) fn files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("data")) else { return vec![] };
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
        names.sort();
        names
    }

    /// The files of this folder, whole, that hold `text`.
    pub(crate) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut found = vec![];
        search(self.dir.path(), text, &mut found);
        found
    }
}

fn search(folder: &Path, wanted: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            search(&path, wanted, found);
        } else if String::from_utf8_lossy(&fs::read(&path).expect("a file")).contains(wanted) {
            found.push(path);
        }
    }
}

/// A process that writes. It ends with this.
pub(crate) struct Writer(Child);

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}
