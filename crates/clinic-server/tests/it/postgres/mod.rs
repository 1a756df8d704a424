//! A log in Postgres, as whoever types meets it.

mod followed;
mod moved;
mod nodes;
mod outage;
mod typed;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clinic_testkit::postgres::{Lent, Server as Postgres};
use tempfile::TempDir;

use crate::server::Server;
use crate::support::{Ran, program, ran};

/// A database of a test's own, and a folder for the operator key.
pub(crate) struct Shared {
    lent: Lent,
    folder: TempDir,
}

impl Shared {
    /// An empty database, and no key.
    pub(crate) fn new() -> Self {
        let lent = Postgres::shared().expect("a server can be started");
        Self { lent, folder: tempfile::tempdir().expect("a folder") }
    }

    /// One whose log has the demo.
    pub(crate) fn with_demo() -> Self {
        let shared = Self::new();
        let ran = shared.clinic(&["run", "src/demo.jsonl"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        shared
    }

    /// Where its nodes find the operator key.
    pub(crate) fn key(&self) -> PathBuf {
        self.path("operator.key")
    }

    /// A path in its folder.
    pub(crate) fn path(&self, of: &str) -> PathBuf {
        self.folder.path().join(of)
    }

    /// Where the log is, as somebody types it.
    pub(crate) fn url(&self) -> String {
        self.lent.url()
    }

    /// The password that stands in it.
    pub(crate) fn password(&self) -> String {
        let url = self.url();
        let user = url.split('@').next().expect("a user");
        user.rsplit(':').next().expect("a password").to_owned()
    }

    /// Runs SQL as the superuser.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.lent.sql(sql).expect("it runs")
    }

    /// The program with these words on this log, still to be started.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut program = program();
        program.args(words).arg("--log").arg(self.url()).arg("--operator-key").arg(self.key());
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    /// Runs the program with these words on this log. Nothing that it says tells the password.
    pub(crate) fn clinic(&self, words: &[&str]) -> Ran {
        let ran = ran(self.program(words).output().expect("it starts"));
        let password = self.password();
        assert!(!ran.out.contains(&password) && !ran.err.contains(&password), "{words:?}: {ran:?}");
        ran
    }

    /// A node that serves this log.
    pub(crate) fn node(&self, words: &[&str]) -> Server {
        let mut program = self.program(&["serve", "--listen", "127.0.0.1:0"]);
        program.args(words);
        Server::start(program)
    }
}
