//! Readers of streams: what each was told, and how soon.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Clock as _, SystemClock};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clinic::Clinic;
use crate::server::Server;
use crate::{Failed, tell};

/// Streams over one connection: what the server allows.
const STREAMS_OF_CONNECTION: usize = 100;

/// What a reader was told.
pub(crate) enum Read {
    /// Of a room: the positions of its visits' events, in the order in which they came.
    Room {
        room: String,
        first: u64,
        visits: Vec<u64>,
        /// From the event's instant to here, in microseconds, while people worked.
        took: Vec<u32>,
        messages: usize,
    },
    /// Of a patient: how many waiting rooms she was shown, none twice in a row.
    Patient { shown: usize },
}

/// Splits what comes into messages.
#[derive(Default)]
struct Messages {
    text: String,
}

impl Messages {
    /// The next message as its id, its kind and its data.
    fn next(&mut self) -> Option<(String, String, String)> {
        let end = self.text.find("\n\n")?;
        let message: String = self.text.drain(..end + 2).collect();
        let field = |name: &str| {
            let line = message.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim_start().to_owned()
        };
        Some((field("id:"), field("event:"), field("data:")))
    }

    /// Takes in what has come; false at the end.
    async fn more(&mut self, body: &mut Incoming) -> bool {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    self.text.push_str(&String::from_utf8_lossy(&data));
                }
                true
            }
            Some(Err(_)) | None => false,
        }
    }
}

/// Reads a room's stream until it ends, which it must do behind a cursor.
pub(crate) fn room(
    room: &str,
    mut body: Incoming,
    stopped: watch::Receiver<bool>,
) -> JoinHandle<Result<Read, Failed>> {
    let room = room.to_owned();
    tokio::spawn(async move {
        let (mut text, mut visits, mut took) = (Messages::default(), vec![], vec![]);
        let (mut first, mut last, mut messages) = (0, 0, 0);
        while text.more(&mut body).await {
            while let Some((id, name, data)) = text.next() {
                if id.is_empty() && name.is_empty() {
                    continue; // it only says that it is there
                }
                let position: u64 = id.parse().map_err(|_| format!("no position: {id}"))?;
                if name == "end" {
                    let closing = data.contains("closing") && position == last;
                    let whole = Read::Room { room, first, visits, took, messages };
                    return if closing { Ok(whole) } else { Err(format!("{name}: {data}").into()) };
                }
                if position <= last {
                    return Err(format!("{position} came after {last}").into());
                }
                first = if first == 0 { position } else { first };
                last = position;
                if name.is_empty() {
                    continue;
                }
                messages += 1;
                let data: Value = serde_json::from_str(&data)?;
                if !*stopped.borrow() {
                    let at = data["at"].as_str().and_then(Timestamp::parse).ok_or("no instant")?;
                    let took_ms = SystemClock::new().now().since(at).0;
                    took.push(u32::try_from(took_ms * 1_000).unwrap_or(u32::MAX));
                }
                let event = data["event"].as_str().unwrap_or_default();
                // What the transfer's own stream says is no fact of the visit.
                if name == "visit" && (event == "Transferred" || !event.starts_with("Transfer")) {
                    visits.push(position);
                }
            }
        }
        Err("a stream ended without a word".into())
    })
}

/// Reads a patient's stream until it ends.
pub(crate) fn patient(mut body: Incoming) -> JoinHandle<Result<Read, Failed>> {
    tokio::spawn(async move {
        let (mut text, mut last, mut shown) = (Messages::default(), String::new(), 0);
        while text.more(&mut body).await {
            while let Some((id, name, data)) = text.next() {
                match name.as_str() {
                    "waiting-room" if id == last => return Err("shown the same twice".into()),
                    "waiting-room" => {
                        shown += 1;
                        last = id;
                    }
                    "end" if data.contains("closing") && id == last => {
                        return Ok(Read::Patient { shown });
                    }
                    "" => {}
                    _ => return Err(format!("{name}: {data}").into()),
                }
            }
        }
        Err("a stream ended without a word".into())
    })
}

/// Opens many streams, most of which wait for nothing, and sees that they all stay.
pub(crate) async fn idle(
    server: &Server,
    clinics: &[Arc<Clinic>],
    many: usize,
) -> Result<(), Failed> {
    let (before, heard) = (server.memory()?, Arc::new(Heard::default()));
    let mut who = clinics
        .iter()
        .flat_map(|clinic| (0..).map_while(|n| clinic.waits(n)).map(move |waits| (clinic, waits)))
        .cycle();
    for opened in (0..many).step_by(STREAMS_OF_CONNECTION) {
        let mut connection = connect(server.address()).await?;
        for n in opened..many.min(opened + STREAMS_OF_CONNECTION) {
            let (clinic, (cookie, visit)) = who.next().ok_or("nobody waits")?;
            let path = format!("http://127.0.0.1/api/clinics/{}/visits/{visit}/stream", clinic.id);
            let request = Request::get(path).header("cookie", cookie).body(Empty::new())?;
            connection.ready().await?;
            let answer = connection.send_request(request).await?;
            if !answer.status().is_success() {
                return Err(format!("idle stream {n}: {}", answer.status()).into());
            }
            tokio::spawn(Arc::clone(&heard).listen(answer.into_body()));
        }
    }
    tell(&format!("{many} idle streams are open"));
    // Twice as long as a silent stream waits before it says that it is there, and a little.
    tokio::time::sleep(Duration::from_secs(35)).await;
    let (spoke, ended) = (heard.spoke.load(Relaxed), heard.ended.load(Relaxed));
    let each = server.memory()?.saturating_sub(before) / many as u64;
    tell(&format!("35 s later: {spoke} have said that they are there, {ended} have ended"));
    tell(&format!("{each} KiB for each"));
    if spoke < many || ended > 0 { Err("not all have stayed".into()) } else { Ok(()) }
}

/// What idle streams are heard to do.
#[derive(Default)]
struct Heard {
    spoke: AtomicUsize,
    ended: AtomicUsize,
}

impl Heard {
    /// Listens to a stream: first comes what it shows, then that it is still there.
    async fn listen(self: Arc<Self>, mut body: Incoming) {
        let mut frames = 0;
        while let Some(Ok(_)) = body.frame().await {
            frames += 1;
            if frames == 2 {
                self.spoke.fetch_add(1, Relaxed);
            }
        }
        self.ended.fetch_add(1, Relaxed);
    }
}

async fn connect(to: SocketAddr) -> Result<http2::SendRequest<Empty<Bytes>>, Failed> {
    let stream = TcpStream::connect(to).await?;
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}
