//! A server that is told to end while everybody works: nothing acknowledged is lost, and every stream
//! ends with a cursor behind which the next server goes on.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::place::Place;
use crate::server::{Answer, Server};

/// Who ask at once, each about a visit of her own.
const CLIENTS: u128 = 6;
/// What is acknowledged before the server is told to end.
const ENOUGH: usize = 300;

/// Somebody's connection, kept open.
struct Client {
    stream: BufReader<TcpStream>,
    cookie: String,
}

impl Client {
    fn new(server: &Server, cookie: &str) -> Self {
        Self { stream: BufReader::new(server.connect()), cookie: cookie.to_owned() }
    }

    /// Sends a wish; its answer, unless the connection ends before there is one.
    fn post(&mut self, path: &str, key: u128, body: &Value) -> Option<(u16, Value)> {
        let (cookie, body) = (&self.cookie, body.to_string());
        let length = body.len();
        let key = format!("{key:032x}");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: clinic\r\n{cookie}Idempotency-Key: {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes()).ok()?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let answer = Answer::read(&head);
        let length = answer.header("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some((answer.status, serde_json::from_slice(&body).ok()?))
    }
}

/// A clinic that is served, and what its people hold.
pub(crate) struct Day {
    pub(crate) api: String,
    pub(crate) room: String,
    pub(crate) member: String,
}

impl Day {
    /// The sample clinic, by the passwords that its first server has said.
    pub(crate) fn of(server: &Server) -> Self {
        let answer = server.sign_in("reception", &server.password("reception"));
        let me: Value = serde_json::from_str(&answer.body).expect("JSON");
        let api = format!("/api/clinics/{}", me["clinic"].as_str().expect("an id"));
        let member = answer.cookie();
        let rooms = server.get(&format!("{api}/rooms"), &member).body;
        let rooms: Value = serde_json::from_str(&rooms).expect("JSON");
        let mut rooms = rooms["rooms"].as_array().expect("rooms").iter();
        let room = rooms.find(|room| room["slug"] == "reception").expect("a room");
        let room = room["room"].as_str().expect("an id").to_owned();
        Self { api, room, member }
    }

    /// Lets a patient in.
    pub(crate) fn visit(&self, server: &Server) -> String {
        let door = server.get(&format!("{}/doors/reception", self.api), "");
        let cookie = door.cookie();
        let path = format!("{}/rooms/{}/check-in", self.api, self.room);
        let (status, came) = Client::new(server, &cookie)
            .post(
                &path,
                u128::from(server.id()) << 64 | door_key(&cookie),
                &json!({ "name": "Maria" }),
            )
            .expect("an answer");
        assert_eq!(status, 200, "{came}");
        came["visit"].as_str().expect("an id").to_owned()
    }

    /// Opens the room's stream behind a cursor.
    pub(crate) fn stream(&self, server: &Server, after: Option<&str>) -> BufReader<TcpStream> {
        let (api, room, cookie) = (&self.api, &self.room, &self.member);
        let last = after.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let path = format!("{api}/rooms/{room}/stream");
        let ask = format!("GET {path} HTTP/1.1\r\nHost: clinic\r\n{cookie}{last}\r\n");
        let mut stream = server.connect();
        stream.write_all(ask.as_bytes()).expect("it is sent");
        BufReader::new(stream)
    }

    /// What a client wishes: its visit is urgent, and is not, and so on.
    fn wish(&self, visit: &str, n: u128) -> (String, Value) {
        let priority = if n.is_multiple_of(2) { "urgent" } else { "routine" };
        let path = format!("{}/visits/{visit}/set-priority", self.api);
        (path, json!({ "priority": priority }))
    }
}

fn door_key(cookie: &str) -> u128 {
    cookie.bytes().fold(7, |key, byte| key.wrapping_mul(31).wrapping_add(u128::from(byte)))
}

/// The positions of a stream's messages of this event, and the cursor at its end.
fn read(stream: &mut BufReader<TcpStream>, until: Option<u64>) -> (Vec<u64>, Option<String>) {
    let (mut positions, mut id, mut name) = (vec![], String::new(), String::new());
    let mut line = String::new();
    while stream.read_line(&mut line).unwrap_or(0) > 0 {
        if let Some(found) = line.strip_prefix("id: ") {
            found.trim_end().clone_into(&mut id);
        } else if let Some(found) = line.strip_prefix("event: ") {
            found.trim_end().clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            if name == "end" {
                assert!(data.contains("closing"), "{data}");
                return (positions, Some(id));
            }
            if data.contains("PriorityChanged") {
                positions.push(id.parse().expect("a position"));
            }
            if until.is_some_and(|until| positions.last() == Some(&until)) {
                return (positions, None);
            }
        }
        line.clear();
    }
    panic!("a stream ended without a word: {positions:?}");
}

#[test]
fn nothing_acknowledged_is_lost_when_it_is_told_to_end_under_load() {
    let place = Place::new();
    let server = Server::on(&place);
    let day = Day::of(&server);
    let visits: Vec<String> = (0..CLIENTS).map(|_| day.visit(&server)).collect();
    let streams: Vec<_> = (0..4).map(|_| day.stream(&server, None)).collect();
    let readers: Vec<_> = streams
        .into_iter()
        .map(|mut stream| thread::spawn(move || read(&mut stream, None)))
        .collect();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (1..=CLIENTS)
        .zip(&visits)
        .map(|(client, visit)| {
            let mut page = Client::new(&server, &day.member);
            let wishes: Vec<_> =
                (0..100_000).map(|n| (client << 64 | n, day.wish(visit, n))).collect();
            let acknowledged = Arc::clone(&acknowledged);
            thread::spawn(move || {
                let mut granted = vec![];
                for (key, (path, body)) in wishes {
                    match page.post(&path, key, &body) {
                        Some((200, answer)) => granted.push((key, path, body, answer)),
                        Some((503, _)) | None => break,
                        Some(other) => panic!("{other:?}"),
                    }
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                granted
            })
        })
        .collect();
    while acknowledged.load(Ordering::Relaxed) < ENOUGH {
        thread::sleep(Duration::from_millis(5));
    }
    let (took, (code, said)) = crate::serving::timed(|| server.end());
    assert_eq!(code, Some(0), "{said}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    let granted: Vec<_> =
        clients.into_iter().flat_map(|one| one.join().expect("it ends")).collect();
    let read_so_far: Vec<_> = readers.into_iter().map(|one| one.join().expect("it ends")).collect();
    assert!(granted.len() >= ENOUGH);

    let server = Server::on(&place);
    let mut again = Client::new(&server, &day.member);
    let mut kept = BTreeSet::new();
    for (key, path, body, first) in &granted {
        let answer = again.post(path, *key, body).expect("an answer");
        assert_eq!(answer, (200, first.clone()), "the same wish gets its first answer");
        kept.insert(first["position"].as_u64().expect("a position"));
    }
    let last = *kept.last().expect("something");
    for (mut positions, cursor) in read_so_far {
        let cursor = cursor.expect("a stream that ended says where");
        if positions.last() < Some(&last) {
            let mut stream = day.stream(&server, Some(&cursor));
            positions.extend(read(&mut stream, Some(last)).0);
        }
        assert!(positions.is_sorted_by(|a, b| a < b), "once, in order: {positions:?}");
        let told: BTreeSet<u64> = positions.into_iter().collect();
        assert!(kept.is_subset(&told), "missed: {:?}", kept.difference(&told));
    }
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.clinic(&["verify"]).code, 0);
}
