//! A database that is away for a while: killed, or held where it is.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use clinic_engine::ports::{Clock as _, SystemClock};
use clinic_testkit::postgres::Server as Postgres;
use serde_json::Value;
use tempfile::TempDir;

use crate::ending::Day;
use crate::server::Server;
use crate::support::{program, ran};

/// A server of a test's own, with an empty database, and a folder for the operator key.
struct Own {
    postgres: Postgres,
    folder: TempDir,
}

impl Own {
    fn new() -> Self {
        let postgres = Postgres::start().expect("a server can be started");
        postgres.create_database("clinic").expect("it is made");
        Self { postgres, folder: tempfile::tempdir().expect("a folder") }
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut program = program();
        program.args(words).args(["--log", &self.postgres.url("clinic"), "--operator-key"]);
        program.arg(self.folder.path().join("operator.key"));
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }

    fn node(&self) -> Server {
        Server::start(self.program(&["serve", "--listen", "127.0.0.1:0"]))
    }
}

/// Asks until the node answers as it does when all is well.
fn until_well(node: &Server, day: &Day) {
    let well = (0..300).any(|_| {
        sleep(Duration::from_millis(100));
        node.get("/api/me", &day.member).status == 200
    });
    assert!(well, "the node does not find its database");
}

#[test]
fn an_outage_is_told_once_when_it_begins_and_once_when_it_ends() {
    let own = Own::new();
    let node = own.node();
    let day = Day::of(&node);
    day.visit(&node);
    own.postgres.kill().expect("it runs");
    for _ in 0..2 {
        assert_eq!(node.get("/api/me", &day.member).status, 503);
        assert_eq!(node.sign_in("reception", "some guess or other").status, 503);
    }
    own.postgres.up().expect("it starts");
    until_well(&node, &day);
    sleep(Duration::from_secs(3));
    let (code, said) = node.end();
    assert_eq!(code, Some(0), "{said}");
    let count = |text: &str| said.lines().filter(|line| line.contains(text)).count();
    assert_eq!((count("the database is lost"), count("the database is back")), (1, 1), "{said}");
    let why = |line: &str| line.split("nobody can be answered").nth(1).map(str::to_owned);
    let told: Vec<String> = said.lines().filter_map(why).collect();
    let reasons: BTreeSet<&String> = told.iter().collect();
    assert!(!told.is_empty() && told.len() == reasons.len(), "{said}");
    let own_lines = |line: &&str| line.contains(" clinic: ") || line.contains(" clinic::");
    assert_eq!(said.lines().filter(|line| !own_lines(line)).collect::<Vec<_>>(), [""; 0], "{said}");
}

#[test]
fn who_follows_a_log_waits_for_it_and_misses_nothing() {
    let own = Own::new();
    let node = own.node();
    let day = Day::of(&node);
    day.visit(&node);
    let words = ["log", "--follow", "--format", "json", "--clinic", "harbour clinic"];
    let words = if node.greeting.contains("Harbour") { &words[..] } else { &words[..4] };
    let mut child = own.program(words).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut positions = vec![];
    let mut until = |text: &str| loop {
        let line = lines.next().expect("a line comes").expect("it is UTF-8");
        let event: Value = serde_json::from_str(&line).expect("a document on each line");
        positions.push(event["position"].as_u64().expect("a number"));
        if event["event_type"] == text {
            return;
        }
    };
    until("CheckedIn");
    own.postgres.kill().expect("it runs");
    // Whoever asks waits five seconds by herself.
    sleep(Duration::from_secs(8));
    own.postgres.up().expect("it starts");
    until_well(&node, &day);
    day.visit(&node);
    until("CheckedIn");
    let counted: Vec<u64> = (1..).take(positions.len()).collect();
    assert_eq!(positions, counted, "without a gap, and each once");
    drop(lines);
    day.visit(&node);
    let ran = ran(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told: Vec<&str> = ran.err.lines().collect();
    assert_eq!(told.len(), 2, "{}", ran.err);
    assert!(told[0].ends_with("waiting until the log is back"), "{}", ran.err);
    assert!(told[1].ends_with("the log is back"), "{}", ran.err);
}

#[test]
fn a_node_ends_in_time_beside_a_database_that_says_nothing() {
    for busy in [false, true] {
        let own = Own::new();
        let node = own.node();
        let day = Day::of(&node);
        day.visit(&node);
        own.postgres.pause().expect("it runs");
        let mut asked = vec![];
        if busy {
            let body = r#"{"name":"reception","password":"some guess or other"}"#;
            for ask in ["GET /api/me", "POST /api/sign-in"] {
                let ask = format!(
                    "{ask} HTTP/1.1\r\nHost: clinic\r\n{}Content-Type: application/json\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    day.member,
                    body.len()
                );
                let mut waits = node.connect();
                waits.write_all(ask.as_bytes()).expect("it is sent");
                asked.push(waits);
                sleep(Duration::from_millis(300));
            }
        }
        let clock = SystemClock::new();
        let (code, said) = node.end();
        let took = clock.monotonic();
        own.postgres.resume().expect("it was held");
        assert_eq!(code, Some(0), "{said}");
        assert!(took.0 < 10_000, "busy {busy}: {took:?}: {said}");
        drop(asked);
    }
}
