//! Two nodes that serve one log.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;

use serde_json::Value;

use super::Shared;
use crate::acks::Ack;
use crate::ending::Day;
use crate::server::Answer;

/// Reads a stream until a line of it holds `text`.
fn read_until(stream: &mut BufReader<TcpStream>, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(stream.read_line(&mut line).expect("it goes on") > 0, "it ended without {text}");
    }
}

#[test]
fn a_session_a_visit_and_a_stream_of_one_node_are_those_of_every_node() {
    let shared = Shared::new();
    let here = shared.node(&[]);
    assert!(shared.key().exists(), "the first node makes the operator key");
    let day = Day::of(&here);
    let there = shared.node(&[]);
    assert!(!there.greeting.contains("sample"), "there is a clinic: {}", there.greeting);
    for node in [&here, &there] {
        assert!(node.greeting.contains("postgres://clinic:***@"), "{}", node.greeting);
        assert!(!node.greeting.contains(&shared.password()), "{}", node.greeting);
        assert_eq!(node.get("/readyz", "").status, 200);
        assert!(node.get("/metrics", "").body.contains("http_requests_total"));
        assert_eq!(node.get("/api/me", &day.member).status, 200, "the session of the first");
    }

    let mut stream = day.stream(&there, None);
    let visit = day.visit(&here);
    read_until(&mut stream, &visit);
    let board = format!("{}/rooms/{}/board", day.api, day.room);
    let board: Value = serde_json::from_str(&there.get(&board, &day.member).body).expect("JSON");
    assert!(board.to_string().contains(&visit) && board.to_string().contains("Maria"), "{board}");
    // What reads beside the nodes sees the same.
    let visits = shared.clinic(&["visits"]);
    assert!(visits.code == 0 && visits.out.contains("Maria"), "{visits:?}");
    assert_eq!(shared.clinic(&["verify"]).code, 0);

    // A node ends, and the other goes on.
    let (code, said) = here.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains(&shared.password()), "{said}");
    assert_eq!(there.get("/api/me", &day.member).status, 200);
    let second = day.visit(&there);
    read_until(&mut stream, &second);
    let signed_out = there.post("/api/sign-out", &day.member, &serde_json::json!({}));
    assert!(signed_out.status < 300, "{signed_out:?}");
    let again = shared.node(&[]);
    assert_eq!(again.get("/api/me", &day.member).status, 401, "it is over everywhere");
}

#[test]
fn a_clinic_that_a_node_is_too_old_for_is_not_served_there_and_the_others_are() {
    let shared = Shared::new();
    let node = shared.node(&[]);
    let day = Day::of(&node);
    let password = node.password("reception");
    let init = shared.clinic(&["init", "--name", "Hill", "--owner", "Ada", "--sign-in", "ada"]);
    assert_eq!(init.code, 0, "{}", init.err);
    let ada = init.out.trim_end().rsplit(' ').next().expect("a password");
    let clinic = day.api.rsplit('/').next().expect("an id");
    shared.sql(&format!(
        r#"INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
           SELECT aggregate_type, aggregate_id, max(sequence) + 1, 'RoomsPainted', '1',
               '{{"RoomsPainted":{{}}}}', '{{}}'
           FROM events WHERE aggregate_type = 'Clinic' AND aggregate_id = '{clinic}'
           GROUP BY aggregate_type, aggregate_id"#
    ));
    let not_served = |answer: &Answer| {
        answer.status == 503 && answer.body.contains("urn:clinic:problem:not-served")
    };
    // Nodes hear of it, or look four times a second.
    let told = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        not_served(&node.get("/api/me", &day.member))
    });
    assert!(told, "{:?}", node.get("/api/me", &day.member));
    let board = node.get(&format!("{}/rooms/{}/board", day.api, day.room), &day.member);
    assert!(not_served(&board) && board.header("retry-after").is_some(), "{board:?}");
    let signed_in = node.sign_in("reception", &password);
    assert!(not_served(&signed_in), "{signed_in:?}");
    let door = node.get(&format!("{}/doors/reception", day.api), "");
    assert!(not_served(&door), "{door:?}");

    let hill = node.sign_in("ada", ada);
    assert_eq!(hill.status, 200, "{hill:?}");
    assert_eq!(node.get("/api/me", &hill.cookie()).status, 200);
}

#[test]
fn the_operator_key_is_not_rotated_beside_a_node() {
    let shared = Shared::new();
    let node = shared.node(&[]);
    Day::of(&node);
    let key = std::fs::read(shared.key()).expect("the key");
    // A node tells of itself each second.
    let listed = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        !shared.clinic(&["upgrade"]).out.contains("No node is at work.")
    });
    assert!(listed, "the node is listed");
    let beside = shared.clinic(&["seal-key", "rotate"]);
    assert_eq!((beside.code, beside.out.as_str()), (3, ""), "{}", beside.err);
    assert!(beside.err.contains("1 nodes are at work") && beside.err.contains("stop them"));
    assert_eq!(std::fs::read(shared.key()).expect("the key"), key);
    assert_eq!(node.end().0, Some(0));
    // Half a minute passes.
    shared.sql("UPDATE clinic_nodes SET alive_at = alive_at - 31000");
    let rotated = shared.clinic(&["seal-key", "rotate"]);
    assert_eq!((rotated.code, rotated.err.as_str()), (0, ""));
}

#[test]
fn a_bench_is_acknowledged_and_measured() {
    let shared = Shared::new();
    let told =
        shared.clinic(&["bench", "--acks", "--clients", "4", "--clinics", "2", "--visits", "8"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let acks: Vec<Option<Ack>> = told.out.lines().map(Ack::parse).collect();
    assert_eq!(acks.len(), 72);
    assert!(acks.iter().all(Option::is_some), "{}", told.out);
    let words = ["bench", "--clients", "4", "--clinics", "2", "--visits", "8", "--rounds", "2"];
    let measured = shared.clinic(&[&words[..], &["--format", "json"]].concat());
    assert_eq!((measured.code, measured.err.as_str()), (0, ""));
    let figures: Value = serde_json::from_str(&measured.out).expect("JSON");
    for figure in ["commands_per_s", "floor_per_s", "ratio", "scan_events_per_s", "bytes_per_event"]
    {
        assert!(figures[figure].as_f64().is_some_and(|value| value > 0.0), "{figure}: {figures}");
    }
    let tables = shared.sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'clinic_floor%'");
    assert_eq!(tables, "0", "what was measured with is gone");
    assert_eq!(shared.clinic(&["verify"]).code, 0);
}
