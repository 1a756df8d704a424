//! A server in a process of its own, and a client of few words.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::place::Place;
use crate::support::program;

/// Longer than any limit of the server: what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A server at work. It is killed at the end of a test, if it has not ended.
pub(crate) struct Server {
    child: Child,
    /// What it has said on standard output when it was there.
    pub(crate) greeting: String,
    pub(crate) address: SocketAddr,
    errors: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts one on this log, at a port that is free.
    pub(crate) fn on(place: &Place) -> Self {
        Self::with(place, &[])
    }

    /// The same, with more words.
    pub(crate) fn with(place: &Place, words: &[&str]) -> Self {
        let mut program = place.program(&["serve", "--listen", "127.0.0.1:0"]);
        program.args(words);
        Self::start(program)
    }

    /// One that keeps nothing.
    pub(crate) fn in_memory(words: &[&str]) -> Self {
        let mut program = program();
        program.args(["serve", "--listen", "127.0.0.1:0", "--no-sample"]).args(words);
        Self::start(program)
    }

    /// Starts it and waits until it is there.
    pub(crate) fn start(mut program: Command) -> Self {
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("it starts");
        let mut stderr = child.stderr.take().expect("a pipe");
        let errors = std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).expect("its errors are UTF-8");
            said
        });
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut greeting = String::new();
        while !greeting.ends_with("to end it.\n") {
            match lines.next() {
                Some(line) => greeting.extend([line.expect("it is UTF-8").as_str(), "\n"]),
                None => panic!("it did not start: {greeting}{}", errors.join().expect("it ends")),
            }
        }
        let at = greeting.split("://").nth(1).and_then(|rest| rest.split('/').next());
        let address = at.and_then(|at| at.parse().ok()).expect("it says where it is");
        Self { child, greeting, address, errors: Some(errors) }
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is set");
        stream.set_write_timeout(Some(PATIENCE)).expect("it is set");
        stream
    }

    /// Sends these bytes on a connection of their own and reads until the server closes it.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // It may answer and close before it has read everything.
        let _sent = stream.write_all(bytes);
        rest(&mut stream)
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str, headers: &str) -> Answer {
        Answer::read(
            &self.raw(
                format!(
                    "GET {path} HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n{headers}\r\n"
                )
                .as_bytes(),
            ),
        )
    }

    /// Sends JSON to a path.
    pub(crate) fn post(&self, path: &str, headers: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let length = body.len();
        Answer::read(
            &self.raw(
                format!(
                    "POST {path} HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n{headers}\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
                )
                .as_bytes(),
            ),
        )
    }

    /// Signs in.
    pub(crate) fn sign_in(&self, name: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "name": name, "password": password });
        self.post("/api/sign-in", "", &body)
    }

    /// The password that it said somebody has.
    pub(crate) fn password(&self, name: &str) -> String {
        let line = self.greeting.lines().find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name}: {}", self.greeting));
        line.split_whitespace().nth(1).expect("a password").to_owned()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to end, and no more.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it is told");
    }

    /// Waits for its end: its exit code, and all that it has said on standard error.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("it ends");
        let said = self.errors.take().expect("nobody has taken it").join().expect("it ends");
        (status.code(), said)
    }

    /// Ends it.
    pub(crate) fn end(self) -> (Option<i32>, String) {
        self.terminate();
        self.ended()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// All that still comes; a connection that is reset says no more.
pub(crate) fn rest(stream: &mut TcpStream) -> String {
    let mut all = vec![];
    let mut piece = [0; 4096];
    while let Ok(read) = stream.read(&mut piece) {
        if read == 0 {
            break;
        }
        all.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// An answer, in parts.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self { status: status.unwrap_or(0), head: head.to_owned(), body: body.to_owned() }
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The cookie that it sets, as it is to be sent back.
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie").and_then(|set| set.split(';').next());
        format!("Cookie: {}\r\n", set.expect("it sets a cookie"))
    }
}
