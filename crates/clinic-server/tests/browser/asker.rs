//! Somebody who asks the clinic past all browsers: for what a story begins with, and for what others do meanwhile.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use uuid::Uuid;

use crate::server::Answer;
use crate::stage::Stage;

/// Ids of wishes that were made.
static WISHES: AtomicU64 = AtomicU64::new(1);

/// A member or a patient, by the cookie that she has.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    server: SocketAddr,
    /// From where she asks: what is counted for each source is counted apart.
    from: Ipv4Addr,
    cookie: String,
    clinic: String,
}

impl Asker {
    /// Somebody of the sample clinic, signed in.
    pub(crate) async fn member(stage: &Stage, sign_in: &str) -> Self {
        let mut asker = Self::nobody(stage, Ipv4Addr::LOCALHOST);
        let body = json!({ "name": sign_in, "password": stage.password(sign_in) });
        let answer = asker.post("/api/sign-in", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        asker.clinic = text(&value(&answer), "clinic");
        asker.cookie = answer.cookie();
        asker
    }

    /// Invites a member, who accepts: as she is when she has signed in.
    pub(crate) async fn lets_in(&self, stage: &Stage, name: &str, sign_in: &str) -> Self {
        let member = self.member_named(name).await;
        let invited = self.asks(&format!("members/{member}/invite"), &json!({})).await;
        let password = format!("the password of {sign_in}");
        let accept =
            json!({ "token": text(&invited, "token"), "name": sign_in, "password": password });
        let answer =
            Self::nobody(stage, Ipv4Addr::LOCALHOST).post("/api/accept-invitation", &accept).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        stage.gives(sign_in, &password);
        Self { cookie: answer.cookie(), ..self.clone() }
    }

    /// A patient who has checked in.
    pub(crate) async fn patient(&self, stage: &Stage, slug: &str, name: &str) -> Self {
        let patient = self.comer(stage, slug, Ipv4Addr::LOCALHOST).await;
        let room = self.room(slug).await;
        patient.asks(&format!("rooms/{room}/check-in"), &json!({ "name": name })).await;
        patient
    }

    /// A patient who is about to check in from somewhere.
    pub(crate) async fn comer(&self, stage: &Stage, slug: &str, from: Ipv4Addr) -> Self {
        let mut patient = Self { clinic: self.clinic.clone(), ..Self::nobody(stage, from) };
        let answer = patient.get(&format!("doors/{slug}")).await;
        patient.cookie = answer.cookie();
        patient
    }

    /// Asks for something that has to be granted.
    pub(crate) async fn asks(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(&format!("/api/clinics/{}/{path}", self.clinic), body).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        value(&answer)
    }

    /// Reads what she may read.
    pub(crate) async fn reads(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        value(&answer)
    }

    /// The room that has this link.
    pub(crate) async fn room(&self, slug: &str) -> String {
        let rooms = self.reads("rooms").await;
        named(&rooms["rooms"], "slug", slug, "room")
    }

    /// The member of this name.
    pub(crate) async fn member_named(&self, name: &str) -> String {
        let members = self.reads("members").await;
        named(&members["members"], "name", name, "member")
    }

    /// The rows of a room's board, in their order.
    pub(crate) async fn rows(&self, room: &str) -> Vec<Value> {
        let board = self.reads(&format!("rooms/{room}/board")).await;
        board["rows"].as_array().cloned().unwrap_or_default()
    }

    /// The row of this name on the board of the room that has this link.
    pub(crate) async fn row(&self, slug: &str, name: &str) -> Value {
        let rows = self.rows(&self.room(slug).await).await;
        let row = rows.into_iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("no {name} in {slug}"))
    }

    /// The visit of this name on a room's board.
    pub(crate) async fn visit(&self, room: &str, name: &str) -> String {
        named(&Value::Array(self.rows(room).await), "name", name, "visit")
    }

    /// Changes some of the numbers that a room runs by.
    pub(crate) async fn sets_policy(&self, room: &str, changes: &Value) {
        let mut policy = self.reads(&format!("rooms/{room}")).await["policy"].take();
        for (name, value) in changes.as_object().into_iter().flatten() {
            policy[name] = value.clone();
        }
        self.asks(&format!("rooms/{room}/set-policy"), &policy).await;
    }

    /// Opens a page, and so is heard of.
    pub(crate) async fn opens(&self, path: &str) {
        let answer = self.sends(&format!("GET {path} HTTP/1.1\r\n"), "").await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }

    fn nobody(stage: &Stage, from: Ipv4Addr) -> Self {
        let server = stage.server().address;
        Self { server, from, cookie: String::new(), clinic: String::new() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.sends(&format!("GET /api/clinics/{}/{path} HTTP/1.1\r\n", self.clinic), "").await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let wish = u128::from(WISHES.fetch_add(1, Ordering::Relaxed));
        let (body, wish) = (body.to_string(), Uuid::from_u128((0x4000_8000 << 64) | wish));
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nIdempotency-Key: {wish}\r\n\
             Content-Length: {length}\r\n"
        );
        self.sends(&head, &body).await
    }

    async fn sends(&self, head: &str, body: &str) -> Answer {
        let Self { cookie, .. } = self;
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((self.from, 0).into()).expect("an address of this machine");
        let mut line = socket.connect(self.server).await.expect("it listens");
        let asked = format!("{head}Host: clinic\r\nConnection: close\r\n{cookie}\r\n{body}");
        line.write_all(asked.as_bytes()).await.expect("it takes this");
        let mut said = vec![];
        line.read_to_end(&mut said).await.expect("it answers");
        Answer::read(&String::from_utf8_lossy(&said))
    }
}

/// What stands under `key` in the one of a list that has `value` under `field`.
fn named(list: &Value, field: &str, value: &str, key: &str) -> String {
    let all = list.as_array().map_or(&[][..], Vec::as_slice);
    let found = all.iter().find(|one| one[field] == value);
    found.map_or_else(|| panic!("no {value} in {list}"), |one| text(one, key))
}

fn text(of: &Value, key: &str) -> String {
    of[key].as_str().unwrap_or_else(|| panic!("no {key} in {of}")).to_owned()
}

fn value(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|why| panic!("{why}: {answer:?}"))
}
