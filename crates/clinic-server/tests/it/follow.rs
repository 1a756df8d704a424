//! A log that somebody else writes to meanwhile: followed event by event, and read by the clock.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use clinic_engine::ports::{Clock as _, SystemClock};
use serde_json::Value;

use crate::live::Live;
use crate::place::Place;
use crate::support::{clinic, ran};

#[tokio::test]
async fn what_another_process_records_is_shown_as_it_comes_until_nobody_reads_any_more() {
    let place = Place::new();
    let live = Live::found(&place).await;
    let words = ["log", "--follow", "--format", "json", "--after", "4"];
    let mut child = place.program(&words).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || -> Value {
        let came = lines.next().expect("a line comes").expect("it is UTF-8");
        serde_json::from_str(&came).expect("a document on each line")
    };
    let last = next();
    assert_eq!((&last["position"], &last["event_type"]), (&5.into(), &"MemberAssigned".into()));
    live.check_in("Xanthippe Quux", |_| {}).await;
    let came = next();
    assert_eq!(came["event_type"], "CheckedIn");
    assert!(came["payload"]["CheckedIn"]["name"]["sealed"].is_string(), "{came}");
    live.check_in("Somebody Else", |_| {}).await;
    assert_eq!(next()["position"], came["position"].as_u64().expect("a number") + 1);
    drop(lines); // and nothing comes any more that could be written
    let ran = ran(child.wait_with_output().expect("it ends"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    live.close().await;
}

#[tokio::test]
async fn each_form_can_be_followed() {
    let place = Place::new();
    let live = Live::found(&place).await;
    for (format, header, first) in [
        ("table", None, "1       "),
        ("csv", Some("\"position\","), "\"1\","),
        ("json", None, "{\"clinic\":"),
    ] {
        let words = ["log", "--follow", "--format", format];
        let mut child = place.program(&words).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        for begin in header.into_iter().chain([first]) {
            let came = lines.next().expect("a line comes").expect("it is UTF-8");
            assert!(came.starts_with(begin), "{format}: {came}");
        }
        drop(lines);
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{format}");
    }
    live.close().await;
}

#[test]
fn a_log_in_memory_gets_no_more() {
    let followed = clinic(&["log", "--follow", "--format", "json", "--after", "40"]);
    assert_eq!((followed.code, followed.out.lines().count()), (0, 11));
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_follows_is_interrupted_like_any_program() {
    let place = Place::with_demo();
    let mut child = place.program(&["log", "--follow"]).spawn().expect("it starts");
    let mut first = [0; 1];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut first).expect("a line comes");
    let interrupted = std::process::Command::new("kill")
        // A shell in the background has its children pass over SIGINT; this one reaches all.
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("kill is there");
    assert!(interrupted.success());
    let ended = std::os::unix::process::ExitStatusExt::signal(&child.wait().expect("it ends"));
    assert_eq!(ended, Some(15));
}

#[tokio::test]
async fn a_live_clinic_is_read_by_the_clock_and_history_at_its_end() {
    let place = Place::with_demo();
    let live = Live::found(&place).await;
    live.check_in("Xanthippe Quux", |_| {}).await;
    let clock = SystemClock::new();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let read = |named: &str| -> Value {
        let board = place.clinic(&["board", "reception", "--clinic", named, "--format", "json"]);
        serde_json::from_str(&board.out).unwrap_or_else(|_| panic!("{}", board.err))
    };
    let board = read("live clinic");
    let waited = &board["boards"][0]["rows"][0]["since_check_in"]["elapsed"];
    let waited = waited.as_u64().expect("a span");
    assert!(waited >= 1_000, "{waited}");
    assert!(waited <= clock.monotonic().0 + 1_000, "{waited}");
    assert_eq!(board["boards"][0]["rows"][0]["name"]["clear"], "Xanthippe Quux");
    assert_eq!(read("harbour clinic")["now"], "2026-03-02T08:36:00.000Z");
    let future = ["board", "--clinic", "live clinic", "--at", "2199-01-01T00:00:00Z"];
    assert_eq!(place.clinic(&future).code, 2);
    live.close().await;
}
