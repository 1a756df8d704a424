//! A log that is followed, and that cannot be gone on with: that is no outage, and nobody waits for its end.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout};
use std::thread::sleep;
use std::time::Duration;

use super::Shared;
use crate::support::{Ran, ran};

/// Somebody who follows a log, and was shown all that is in it.
struct Follower {
    child: Child,
    /// Kept, for who is not read any more ends by herself.
    _shown: Lines<BufReader<ChildStdout>>,
    last: u64,
}

impl Follower {
    fn of(shared: &Shared) -> Self {
        let mut follows = shared.program(&["log", "--follow", "--format", "json"]);
        let mut child = follows.spawn().expect("it starts");
        let mut shown = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let last = shared.sql("SELECT max(position) FROM events").parse().expect("a number");
        for _ in 0..last {
            shown.next().expect("a line comes").expect("it is UTF-8");
        }
        Self { child, _shown: shown, last }
    }

    /// How it ends; by this test's hand, if it does not end by itself.
    fn end(mut self) -> Ran {
        let ended = (0..100).any(|_| {
            sleep(Duration::from_millis(200));
            self.child.try_wait().expect("it is ours").is_some()
        });
        if !ended {
            self.child.kill().expect("it runs");
        }
        let output = self.child.wait_with_output().expect("it ends");
        assert!(ended, "it goes on: {}", String::from_utf8_lossy(&output.stderr));
        ran(output)
    }
}

#[test]
fn what_cannot_be_read_ends_it() {
    let shared = Shared::with_demo();
    let follower = Follower::of(&shared);
    let missing = follower.last + 1;
    // Two events come, and the first of them is taken away.
    shared.sql(&format!(
        "CREATE TABLE coming AS SELECT * FROM events WHERE position = {last};
         UPDATE coming SET position = position + 2, sequence = sequence + 2;
         INSERT INTO events SELECT * FROM coming;
         UPDATE clinic_heads SET position = position + 2",
        last = follower.last
    ));
    let ran = follower.end();
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains(&format!("position {missing} of clinic")), "{}", ran.err);
    assert!(!ran.err.contains("waiting"), "{}", ran.err);

    let shared = Shared::with_demo();
    let follower = Follower::of(&shared);
    shared.sql("ALTER TABLE events RENAME TO elsewhere");
    let ran = follower.end();
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("cannot be read") && !ran.err.contains("waiting"), "{}", ran.err);
}

#[test]
fn a_log_that_went_back_ends_it() {
    let last = "position = (SELECT max(position) FROM events)";
    // It is shorter; and it has grown again, and another event stands there.
    for change in [
        format!("DELETE FROM events WHERE {last}; UPDATE clinic_heads SET position = position - 1"),
        format!("UPDATE events SET recorded_at = recorded_at + 1 WHERE {last}"),
    ] {
        let shared = Shared::with_demo();
        let follower = Follower::of(&shared);
        let shown = follower.last;
        shared.sql(&change);
        let ran = follower.end();
        assert_eq!(ran.code, 3, "{change}: {}", ran.err);
        let says = format!("the log went back behind what was shown: position {shown} is gone");
        assert!(ran.err.contains(&says), "{change}: {}", ran.err);
    }
}
