//! Clients that mean harm, or do it. While each of them is at it, another client is served.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::server::{Answer, Server, rest};

/// Waits until the server closes a connection, and gives what it said.
fn closed_within(server: &Server, mut stream: TcpStream, limit: Duration) -> String {
    stream.set_read_timeout(Some(limit)).expect("it is set");
    let mut said = String::new();
    let over = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            said = rest(&mut stream);
            // A read that runs out of time ends as well: then there is no end to be read.
            let mut end = [0; 1];
            stream.set_read_timeout(Some(Duration::from_millis(10))).expect("it is set");
            std::io::Read::read(&mut stream, &mut end).is_ok_and(|read| read == 0)
        });
        while !reader.is_finished() {
            assert_eq!(server.get("/healthz", "").status, 200, "somebody else is served");
            std::thread::sleep(Duration::from_millis(50));
        }
        reader.join().expect("it reads")
    });
    assert!(over, "the connection is still open: {said}");
    said
}

/// Sends a byte each now and then, until the server has closed the connection.
fn drips(stream: &TcpStream, bytes: &'static [u8]) {
    let mut stream = stream.try_clone().expect("a connection");
    std::thread::spawn(move || {
        for byte in bytes.iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
}

#[test]
fn a_head_that_never_comes_to_its_end_is_not_waited_for() {
    let server = Server::in_memory(&[]);
    let stream = server.connect();
    drips(&stream, b"GET /healthz HTTP/1.1\r\nX-Slow: 1\r\nX-Slower: 1\r\n");
    closed_within(&server, stream, Duration::from_secs(25));
}

#[test]
fn whoever_says_nothing_is_not_waited_for() {
    let server = Server::in_memory(&[]);
    closed_within(&server, server.connect(), Duration::from_secs(15));
}

#[test]
fn a_beginning_of_http_2_and_no_more_is_not_waited_for() {
    let server = Server::in_memory(&[]);
    let mut stream = server.connect();
    stream.write_all(b"PRI * HTTP/2.0\r\n").expect("it is sent");
    closed_within(&server, stream, Duration::from_secs(15));
}

#[test]
fn a_body_that_pauses_too_long_is_not_waited_for() {
    let server = Server::in_memory(&[]);
    let mut stream = server.connect();
    let begun = b"POST /api/sign-in HTTP/1.1\r\nHost: clinic\r\nContent-Type: application/json\r\n\
                  Content-Length: 60\r\n\r\n{\"name\":";
    stream.write_all(begun).expect("it is sent");
    let said = closed_within(&server, stream, Duration::from_secs(25));
    assert_eq!(Answer::read(&said).status, 400, "{said}");
}

#[test]
fn a_body_that_drips_is_cut_as_a_whole() {
    let server = Server::in_memory(&[]);
    let mut stream = server.connect();
    let begun = b"POST /api/sign-in HTTP/1.1\r\nHost: clinic\r\nContent-Type: application/json\r\n\
                  Content-Length: 60000\r\n\r\n";
    stream.write_all(begun).expect("it is sent");
    drips(&stream, b" ");
    let said = closed_within(&server, stream, Duration::from_secs(45));
    assert_eq!(Answer::read(&said).status, 503, "{said}");
}

#[test]
fn whoever_takes_no_answers_is_let_go_of() {
    let server = Server::in_memory(&[]);
    let mut stream = server.connect();
    // Far more answers than all buffers on the way hold.
    let asks = b"GET /openapi.json HTTP/1.1\r\nHost: clinic\r\n\r\n".repeat(1_000);
    stream.set_write_timeout(Some(Duration::from_secs(45))).expect("it is set");
    let sent = stream.write_all(&asks);
    std::thread::sleep(Duration::from_secs(32));
    assert_eq!(server.get("/healthz", "").status, 200);
    let more = (0..50).try_for_each(|_| {
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(b"GET / HTTP/1.1\r\n")
    });
    assert!(sent.is_err() || more.is_err(), "it is still listened to");
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let server = Server::in_memory(&[]);
    let large = format!("X-Large: {}\r\n", "x".repeat(1024 * 1024));
    let answer = server.get("/healthz", &large);
    assert!([431, 0].contains(&answer.status), "{answer:?}");
    let some = server.get("/healthz", &format!("X-Some: {}\r\n", "x".repeat(16 * 1024)));
    assert_eq!(some.status, 200);
    let many = server.get("/healthz", &"X-Many: 1\r\n".repeat(1_000));
    assert_eq!(many.status, 431, "{many:?}");
    let long = server.get(&format!("/{}", "x".repeat(100 * 1024)), "");
    assert!([414, 431, 0].contains(&long.status), "{long:?}");
    assert_eq!(server.get("/healthz", "").status, 200);
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let server = Server::in_memory(&[]);
    for head in [
        &b"GET /\xff\xfe HTTP/1.1\r\nHost: clinic\r\n"[..],
        b"GET /api/clinics/%ff%fe/rooms HTTP/1.1\r\nHost: clinic\r\n",
        b"GET /api/clinics/%80/boards?at=%ff%c3%28 HTTP/1.1\r\nHost: clinic\r\n",
        b"GET /healthz?\xff=\xfe HTTP/1.1\r\nHost: clinic\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: clinic\r\nCookie: clinic-session=\xff\xfe\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: clinic\r\nX-Forwarded-For: \xff\r\nIdempotency-Key: \xff\r\n",
        b"GET /api/me HTTP/1.1\r\nHost: \xff\xfe\r\n",
        b"\xff\xfe\x00\x01 / HTTP/1.1\r\nHost: clinic\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let asked = [head, b"Connection: close\r\n\r\n"].concat();
        let answer = Answer::read(&server.raw(&asked));
        assert!(answer.status < 500, "{}: {answer:?}", head.escape_ascii());
        assert_eq!(server.get("/healthz", "").status, 200);
    }
}

#[test]
fn paths_lead_nowhere_else() {
    let server = Server::in_memory(&[]);
    let long = format!("/r/{}", "x".repeat(10_000));
    for path in [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/r/..%2f..%2fetc%2fpasswd",
        "/r/%00",
        "/r/reception%00.html",
        "/api/clinics/..%2f..%2fmetrics",
        "/api/../metrics",
        "//metrics",
        "/metrics/",
        "/style.css/..%2f..%2fclinic.toml",
        &long,
    ] {
        let answer = server.get(path, "");
        assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
        assert!(!answer.body.contains("root:") && !answer.body.contains("# TYPE"), "{path}");
    }
}

/// Where two parties may disagree on where a request ends, there is one answer and then the end.
#[test]
fn requests_with_two_ends_are_refused() {
    let server = Server::in_memory(&[]);
    let hidden = "GET /healthz HTTP/1.1\r\nHost: clinic\r\n\r\n";
    for framing in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding:\u{b}chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        " Content-Length: 5\r\n",
    ] {
        let head = format!(
            "POST /api/sign-in HTTP/1.1\r\nHost: clinic\r\nContent-Type: application/json\r\n{framing}\r\n"
        );
        let said = server.raw(format!("{head}0\r\n\r\n{hidden}").as_bytes());
        let answers = said.matches("HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{framing:?}: {said}");
        let status = Answer::read(&said).status;
        assert!([400, 411].contains(&status), "{framing:?}: {said}");
    }
    let old =
        server.raw(b"POST /api/sign-in HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert!([400, 411].contains(&Answer::read(&old).status), "{old}");
}

/// Kilobytes that a process holds in memory.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it says so");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// 2,000 connections, or 10,000 where there is time: half of them silent, half of them in the middle of
/// a head, all of them held for as long as the server lets them.
#[test]
fn many_connections_are_held_in_little_memory_while_others_are_served() {
    let many = if std::env::var_os("CLINIC_LONG").is_some() { 10_000 } else { 2_000 };
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("open files");
    let server = Server::in_memory(&["--log-level", "warn"]);
    assert_eq!(server.get("/healthz", "").status, 200);
    let before = resident(server.id());
    let mut held: Vec<TcpStream> = Vec::with_capacity(many);
    for n in 0..many {
        let mut stream = server.connect();
        if n % 2 == 0 {
            let _sent = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: clinic\r\nX-");
        }
        held.push(stream);
        if n % 500 == 0 {
            assert_eq!(server.get("/readyz", "").status, 200, "after {n} connections");
        }
    }
    let grown = resident(server.id()).saturating_sub(before);
    let each = 32;
    let most = 8 * 1024 + each * u64::try_from(many).expect("it fits");
    assert!(grown <= most, "{grown} kB for {many} connections, at most {most}");
    assert_eq!(server.get("/readyz", "").status, 200);
    drop(held);
    assert_eq!(server.get("/readyz", "").status, 200);
    assert_eq!(server.end().0, Some(0));
}
