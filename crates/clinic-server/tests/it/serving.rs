//! `clinic serve`: how it starts, whom it answers and how it ends.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::place::Place;
use crate::server::{Answer, PATIENCE, Server, rest};
use crate::support::{program, ran};

#[test]
fn no_command_serves_and_the_first_start_makes_a_sample_clinic_once() {
    let place = Place::new();
    let mut first = place.program(&[]);
    let first = Server::start({
        first.env("CLINIC_LISTEN", "127.0.0.1:0");
        first
    });
    for name in ["admin", "reception", "kim", "sam"] {
        let password = first.password(name);
        assert!(password.len() >= 16, "{password}");
        let answer = first.sign_in(name, &password);
        assert_eq!(answer.status, 200, "{answer:?}");
        let me = first.get("/api/me", &answer.cookie());
        assert_eq!(me.status, 200, "{me:?}");
        assert_eq!(first.sign_in(name, "not the password of her").status, 401);
    }
    assert!(first.greeting.contains("/r/reception"), "{}", first.greeting);
    let password = first.password("admin");
    let (code, said) = first.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains(&password), "a password is in the log: {said}");

    let second = Server::on(&place);
    assert!(!second.greeting.contains("password"), "{}", second.greeting);
    assert_eq!(second.sign_in("admin", &password).status, 200);
    drop(second);
    let rooms = place.clinic(&["rooms", "--format", "csv"]);
    for room in ["Reception", "Dr. Kim Lee", "Dr. Sam Ortiz"] {
        assert!(rooms.out.contains(room), "{}", rooms.out);
    }
    assert_eq!(place.clinic(&["verify"]).code, 0);
    assert_eq!(place.files_with(&password), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_log_without_a_clinic_gets_none_if_nobody_wants_a_sample() {
    let place = Place::new();
    let server = Server::with(&place, &["--no-sample"]);
    assert!(!server.greeting.contains("sample"), "{}", server.greeting);
    drop(server);
    assert!(place.clinic(&["rooms"]).err.contains("there is no clinic"));
}

#[test]
fn what_it_makes_is_for_its_owner_only() {
    let place = Place::new();
    let server = Server::on(&place);
    let mode = |path: std::path::PathBuf| {
        std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o7777
    };
    assert_eq!(mode(place.path("data")), 0o700);
    let files = place.files();
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        assert_eq!(mode(place.path("data").join(&file)), 0o600, "{file}");
    }
    drop(server);
}

#[test]
fn an_address_that_others_can_reach_needs_tls_or_a_proxy() {
    let serve = |words: &[&str]| {
        let words = ["serve", "--listen", "0.0.0.0:0"].iter().chain(words);
        ran(program().args(words).output().expect("it starts"))
    };
    let bare = serve(&[]);
    assert_eq!((bare.code, bare.out.as_str()), (2, ""), "{}", bare.err);
    for said in ["--tls-cert", "--tls-key", "--behind-proxy", "in the clear"] {
        assert!(bare.err.contains(said), "{}", bare.err);
    }
    let half = serve(&["--tls-cert", "cert.pem"]);
    assert_eq!(half.code, 2);
    assert!(half.err.contains("without its key"), "{}", half.err);
    let all = serve(&["--behind-proxy", "0.0.0.0/0"]);
    assert_eq!(all.code, 2, "{}", all.err);
    let mut proxied = program();
    proxied.args(["serve", "--listen", "0.0.0.0:0", "--behind-proxy", "127.0.0.1", "--no-sample"]);
    drop(Server::start(proxied));
}

#[test]
fn whoever_goes_past_the_proxy_is_not_listened_to_in_the_clear() {
    let mut proxied = program();
    proxied.args(["serve", "--listen", "0.0.0.0:0", "--no-sample", "--behind-proxy"]);
    // An address of documentation: nobody has it.
    let mut server = Server::start({
        proxied.arg("203.0.113.7");
        proxied
    });
    let port = server.address.port();
    // This machine itself, by its loopback.
    server.address = ([127, 0, 0, 1], port).into();
    assert_eq!(server.get("/healthz", "").status, 200);
    let Some(own) = own_address() else { return };
    server.address = (own, port).into();
    let told = server.raw(b"GET /healthz HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n\r\n");
    assert_eq!(told, "", "it is closed without a word");
    drop(server);

    // The same address is served once it is a proxy's.
    let mut named = program();
    named.args(["serve", "--listen", "0.0.0.0:0", "--no-sample"]);
    named.args(["--behind-proxy", &own.to_string()]);
    let mut server = Server::start(named);
    server.address.set_ip(own);
    assert_eq!(server.get("/healthz", "").status, 200);
}

/// An address of this machine that is not its loopback, if it has one. A datagram that is not sent tells.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_loopback() && !own.is_unspecified()).then_some(own)
}

#[test]
fn a_port_that_is_taken_says_what_to_do_and_leaves_nothing_behind() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has one").to_string();
    let place = Place::new();
    let ran = place.clinic(&["serve", "--listen", &address]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.starts_with(&format!("{address} is taken")), "{}", ran.err);
    assert!(ran.err.contains("--listen"), "{}", ran.err);
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn one_server_at_a_time_has_a_log() {
    let place = Place::new();
    let server = Server::on(&place);
    let other = place.clinic(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(other.code, 3, "{}", other.err);
    assert_eq!(server.get("/readyz", "").status, 200);
}

#[test]
fn it_speaks_tls_with_a_certificate_and_nothing_else_then() {
    let place = Place::new();
    let made = rcgen::generate_simple_self_signed(vec!["clinic.example".to_owned()]);
    let made = made.expect("a certificate");
    let (cert, key) = (place.path("cert.pem"), place.path("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("it is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it is written");
    let (cert, key) = (cert.to_str().expect("UTF-8"), key.to_str().expect("UTF-8"));
    let server = Server::with(&place, &["--tls-cert", cert, "--tls-key", key, "--no-sample"]);
    assert!(server.greeting.contains("https://"), "{}", server.greeting);

    let mut roots = RootCertStore::empty();
    let der = tokio_rustls::rustls::pki_types::CertificateDer::from_pem_file(cert).expect("PEM");
    roots.add(der).expect("it is a certificate");
    for (alpn, spoken) in [(&b"http/1.1"[..], "HTTP/1.1 200 OK"), (b"h2", "")] {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("TLS");
        let mut config = config.with_root_certificates(roots.clone()).with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        let name = ServerName::try_from("clinic.example").expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("TLS");
        let mut stream = StreamOwned::new(connection, server.connect());
        let asked: &[u8] = if spoken.is_empty() {
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
        } else {
            b"GET /healthz HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n\r\n"
        };
        stream.write_all(asked).expect("it is sent");
        let mut begun = vec![0; 9];
        stream.read_exact(&mut begun).expect("it answers");
        assert_eq!(stream.conn.alpn_protocol(), Some(alpn));
        if spoken.is_empty() {
            assert_eq!(begun[3], 4, "HTTP/2 begins with settings: {begun:?}");
        } else {
            assert!(spoken.as_bytes().starts_with(&begun), "{begun:?}");
        }
    }
    let plain = server.raw(b"GET /healthz HTTP/1.1\r\nHost: clinic\r\n\r\n");
    assert!(!plain.contains("200 OK"), "{plain}");
}

#[test]
fn a_certificate_that_is_none_is_named() {
    let place = Place::new();
    let (cert, key) = (place.path("cert.pem"), place.path("key.pem"));
    std::fs::write(&cert, "nothing here\n").expect("it is written");
    let words = ["serve", "--tls-cert", cert.to_str().expect("UTF-8")];
    let words = words.into_iter().chain(["--tls-key", key.to_str().expect("UTF-8")]);
    let ran = place.clinic(&words.collect::<Vec<_>>());
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("cert.pem: there is no certificate in it"), "{}", ran.err);
}

#[test]
fn a_termination_ends_it_in_time_whatever_clients_do() {
    let place = Place::new();
    let server = Server::on(&place);
    let mut idle = server.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: clinic\r\n\r\n").expect("it is sent");
    let mut answer = [0; 15];
    idle.read_exact(&mut answer).expect("it answers");
    let untouched = server.connect();
    let mut half = server.connect();
    half.write_all(b"POST /api/sign-in HTTP/1.1\r\nHost: clinic\r\nContent-Le")
        .expect("it is sent");
    let mut body = server.connect();
    let begun = b"POST /api/sign-in HTTP/1.1\r\nHost: clinic\r\nContent-Type: application/json\r\n\
                  Content-Length: 40\r\n\r\n{";
    body.write_all(begun).expect("it is sent");
    std::thread::sleep(Duration::from_millis(200));
    let (took, (code, said)) = timed(|| server.end());
    assert_eq!(code, Some(0), "{said}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop((idle, untouched, half, body));
    // A log that was closed has its write-ahead log in the main file.
    let files = place.files();
    assert!(!files.iter().any(|file| file == "clinic.db-wal"), "{files:?}");
    assert_eq!(place.clinic(&["verify"]).code, 0);
}

#[test]
fn whoever_is_told_twice_does_not_wait() {
    let server = Server::in_memory(&[]);
    let mut half = server.connect();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHos").expect("it is sent");
    std::thread::sleep(Duration::from_millis(200));
    let (took, (code, said)) = timed(|| {
        server.terminate();
        std::thread::sleep(Duration::from_millis(200));
        server.end()
    });
    assert_eq!(code, Some(0), "{said}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_stream_is_ended_and_not_waited_for() {
    let place = Place::new();
    let server = Server::on(&place);
    let answer = server.sign_in("admin", &server.password("admin"));
    let me: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    let clinic = me["clinic"].as_str().expect("an id");
    let mut stream = server.connect();
    let ask = format!("GET /api/clinics/{clinic}/stream HTTP/1.1\r\nHost: clinic\r\n");
    stream.write_all(format!("{ask}{}\r\n", answer.cookie()).as_bytes()).expect("it is sent");
    let mut begun = [0; 15];
    stream.read_exact(&mut begun).expect("it begins");
    assert_eq!(&begun, b"HTTP/1.1 200 OK");
    let (took, (code, said)) = timed(|| server.end());
    assert_eq!(code, Some(0), "{said}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    let rest = rest(&mut stream);
    assert!(rest.contains("text/event-stream"), "{rest}");
    assert!(rest.ends_with("0\r\n\r\n"), "it has an end: {rest}");
}

/// How long something takes.
#[expect(clippy::disallowed_methods, reason = "how soon a server ends is what is promised")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

#[test]
fn requests_are_told_by_route_and_nobody_is_named() {
    let place = Place::new();
    let server = Server::with(&place, &["--log-format", "json"]);
    let clinic = "01890a5d-ac96-774b-bcce-b302099a8057";
    let path = format!("/api/clinics/{clinic}/rooms/{clinic}/board");
    let answer = server.get(&path, "X-Forwarded-For: 203.0.113.9\r\nX-Request-Id: chosen\r\n");
    assert_eq!(answer.status, 401, "{answer:?}");
    let id = answer.header("x-request-id").expect("it has an id").to_owned();
    assert_ne!(id, "chosen");
    assert_eq!(server.sign_in("somebody@example.org", "a long long password").status, 401);
    assert_eq!(server.get("/Maria/Lind?name=Maria", "").status, 404);
    let (_, said) = server.end();
    for secret in [clinic, "Maria", "203.0.113.9", "somebody", "127.0.0.1"] {
        assert!(!said.contains(secret), "\"{secret}\" is in the log: {said}");
    }
    let told: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let line = told.iter().find(|line| line["id"] == id.as_str()).expect("it is told");
    assert_eq!(line["route"], "/api/clinics/{clinic}/rooms/{room}/board");
    assert_eq!((&line["method"], &line["status"]), (&"GET".into(), &401.into()));
    assert!(line["ms"].is_u64(), "{line}");
}

#[test]
fn a_named_proxy_says_who_asks_and_brings_ids() {
    let place = Place::new();
    let words = ["--behind-proxy", "127.0.0.1", "--no-sample"];
    let server = Server::with(&place, &words);
    let told = server.get("/healthz", "X-Forwarded-For: 203.0.113.9\r\nX-Request-Id: proxy-7\r\n");
    assert_eq!(told.header("x-request-id"), Some("proxy-7"));
    let strange = server.get("/healthz", "X-Request-Id: a b\r\n");
    assert_ne!(strange.header("x-request-id"), Some("a b"));
    // Who comes through the proxy is not this machine, and gets no metrics.
    for said in [
        "",
        "X-Forwarded-For: 203.0.113.9\r\n",
        "X-Forwarded-For: unknown\r\n",
        "X-Forwarded-For: 203.0.113.9, unknown\r\n",
        "X-Forwarded-For: 127.0.0.1\r\n",
    ] {
        assert_eq!(server.get("/metrics", said).status, 404, "{said}");
    }
    // Tries are counted by whoever the proxy says it is.
    let body = serde_json::json!({ "name": "x", "password": "a long long password" });
    let mut last = 0;
    for n in 0..40 {
        let body = serde_json::json!({ "name": format!("x{n}"), "password": body["password"] });
        let from = "X-Forwarded-For: 203.0.113.9\r\n";
        last = server.post("/api/sign-in", from, &body).status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    let other = server.post("/api/sign-in", "X-Forwarded-For: 198.51.100.1\r\n", &body);
    assert_eq!(other.status, 401);
}

#[test]
fn metrics_are_for_this_machine_and_for_whoever_has_the_token() {
    let mut program = program();
    program.args(["serve", "--listen", "127.0.0.1:0", "--no-sample", "--log-level", "warn"]);
    let server = Server::start({
        program.env("CLINIC_METRICS_TOKEN", "a-token-of-some-length");
        program
    });
    assert_eq!(server.sign_in("nobody", "a long long password").status, 401);
    let shown = server.get("/metrics", "");
    assert_eq!(shown.status, 200);
    for line in [
        r#"http_requests_total{method="POST",route="/api/sign-in",status="401"} 1"#,
        r#"http_request_duration_seconds_count{method="POST",route="/api/sign-in"} 1"#,
        r#"clinic_sign_ins_total{outcome="refused"} 1"#,
    ] {
        assert!(shown.body.contains(line), "{line}: {}", shown.body);
    }
    // The connection that asks is one; those before it may still be on their way out.
    let open = shown.body.lines().find_map(|line| line.strip_prefix("http_connections "));
    let open: Option<u32> = open.and_then(|open| open.parse().ok());
    assert!(open.is_some_and(|open| (1..=3).contains(&open)), "{open:?}");
    let relayed = "X-Forwarded-For: 127.0.0.1\r\n";
    let hidden = server.get("/metrics", relayed);
    assert_eq!(hidden.status, 404);
    assert_eq!(hidden.body, server.get("/no-such-page", relayed).body);
    for (token, status) in
        [("a-token-of-some-length", 200), ("a-token-of-some-lengtH", 404), ("", 404)]
    {
        let header = format!("{relayed}Authorization: Bearer {token}\r\n");
        assert_eq!(server.get("/metrics", &header).status, status, "{token}");
    }
}

#[test]
fn pages_work_alone_and_link_what_there_is() {
    let server = Server::in_memory(&[]);
    assert_eq!(server.get("/", "").status, 303, "the front page leads to where members are");
    for path in ["/sign-in", "/docs", "/no-such-page"] {
        let page = server.get(path, "");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let mut scripts = page.body.split("<script").skip(1);
        assert!(
            scripts.all(|one| one.contains("src=\"/") && one.contains("\"></script>")),
            "{path}"
        );
        assert!(!page.body.contains("style="), "{path}");
        let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links.filter(|link| link.starts_with('/')) {
            let status = server.get(link, "").status;
            assert!(status == 200 || (link == "/" && status == 303), "{link} on {path}: {status}");
        }
    }
    let docs = server.get("/docs", "").body;
    let document = server.get("/openapi.json", "").body;
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 30);
    for path in paths.keys() {
        assert!(docs.contains(path.as_str()), "{path} is not described");
    }
    assert!(docs.contains("survivor") && !docs.contains('`'), "fields of bodies, and no marks");
    let nothing = server.get("/api/no-such-thing", "");
    assert_eq!(nothing.status, 404);
    assert_eq!(nothing.header("content-type"), Some("application/problem+json"));
}

#[test]
fn http_2_is_understood_without_tls_too() {
    let server = Server::in_memory(&[]);
    let mut stream = server.connect();
    let settings = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    stream.write_all(settings).expect("it is sent");
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).expect("it answers");
    assert_eq!(frame[3], 4, "{frame:?}");
    let mut slow = server.connect();
    // One byte at a time, as HTTP/1 may come.
    for byte in b"GET /healthz HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n\r\n" {
        slow.write_all(&[*byte]).expect("it is sent");
    }
    slow.set_read_timeout(Some(PATIENCE)).expect("it is set");
    assert_eq!(Answer::read(&rest(&mut slow)).status, 200);
}
