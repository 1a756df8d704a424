//! A clinic to work in: five rooms, members who serve in all of them, and patients who wait.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::reader::{self, Read};
use crate::{Failed, random};

const PASSWORD: &str = "a long password for a test";
const ROOMS: usize = 5;
pub(crate) const MEMBERS: usize = 10;

/// A clinic, and who is there.
pub(crate) struct Clinic {
    pub(crate) n: usize,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) rooms: Vec<String>,
    /// The cookies of its members.
    pub(crate) members: Vec<String>,
    /// The cookies and visits of those who wait all day.
    waiting: Vec<(String, String)>,
}

fn id(answer: &Value, field: &str) -> Result<String, Failed> {
    Ok(answer[field].as_str().ok_or_else(|| format!("no {field} in {answer}"))?.to_owned())
}

/// A patient's cookie: whoever makes a token keeps it.
fn patient() -> Result<String, Failed> {
    let token: [u8; 32] = random()?;
    Ok(format!("clinic-visit={}", Base64UrlUnpadded::encode_string(&token)))
}

impl Clinic {
    /// Founds clinic number `n` by the command line.
    pub(crate) fn init(program: &Path, log: &Path, n: usize) -> Result<(), Failed> {
        let log = format!("sqlite:{}", log.display());
        let mut child = Command::new(program)
            .args(["init", "--log", &log, "--name", &format!("Clinic {n}"), "--zone", "UTC"])
            .args(["--owner", "Olga", "--sign-in", &format!("owner-{n}"), "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut stdin = child.stdin.take().ok_or("no way to say the password")?;
        stdin.write_all(PASSWORD.as_bytes())?;
        drop(stdin);
        let ended = child.wait()?;
        if ended.success() { Ok(()) } else { Err(format!("clinic init: {ended}").into()) }
    }

    /// Opens rooms, invites members and lets patients in.
    pub(crate) async fn furnish(to: SocketAddr, n: usize, patients: usize) -> Result<Self, Failed> {
        let source = u32::try_from(n * 4_096)?;
        let mut owner = Client::connect(to, source, "").await?;
        let sign_in = json!({ "name": format!("owner-{n}"), "password": PASSWORD });
        let clinic = id(&owner.post("/api/sign-in", &sign_in).await?, "clinic")?;
        let api = format!("/api/clinics/{clinic}");
        let mut rooms = vec![];
        for room in 0..ROOMS {
            let wish = json!({ "name": format!("Room {room}"), "slug": format!("room-{room}") });
            rooms.push(id(&owner.post(&format!("{api}/open-room"), &wish).await?, "room")?);
        }
        let mut members = vec![];
        for member in 0..MEMBERS {
            let wish = json!({ "name": format!("Member {member}") });
            let added = id(&owner.post(&format!("{api}/add-member"), &wish).await?, "member")?;
            for room in &rooms {
                let path = format!("{api}/rooms/{room}/assign-member");
                owner.post(&path, &json!({ "member": added })).await?;
            }
            let path = format!("{api}/members/{added}/invite");
            let token = id(&owner.post(&path, &json!({})).await?, "token")?;
            let mut new = Client::connect(to, source + 1, "").await?;
            let name = format!("member-{n}-{member}");
            let accept = json!({ "token": token, "name": name, "password": PASSWORD });
            new.post("/api/accept-invitation", &accept).await?;
            members.push(new.cookie().to_owned());
        }
        let mut waiting = vec![];
        for patient in 0..patients {
            let source = source + 2 + u32::try_from(patient / 10)?;
            let (cookie, visit) =
                Self::check_in(to, source, &clinic, &rooms[patient % ROOMS]).await?;
            waiting.push((cookie, visit));
        }
        let name = format!("Clinic {n}");
        Ok(Self { n, id: clinic, name, rooms, members, waiting })
    }

    /// Lets a new patient in: her cookie and her visit.
    pub(crate) async fn check_in(
        to: SocketAddr,
        source: u32,
        clinic: &str,
        room: &str,
    ) -> Result<(String, String), Failed> {
        let cookie = patient()?;
        let mut page = Client::connect(to, source, &*cookie).await?;
        let path = format!("/api/clinics/{clinic}/rooms/{room}/check-in");
        let answer = page.post(&path, &json!({ "name": "Maria Okoye" })).await?;
        Ok((cookie, id(&answer, "visit")?))
    }

    /// Opens a stream for each patient who waits, and as many of rooms.
    pub(crate) async fn open_streams(
        &self,
        to: SocketAddr,
        each: usize,
        stopped: &watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<Result<Read, Failed>>>, Failed> {
        let source = u32::try_from(self.n * 4_096)?;
        let mut readers = vec![];
        for n in 0..each {
            let (member, room) = (n / ROOMS % MEMBERS, n % ROOMS);
            let path = format!("/api/clinics/{}/rooms/{}/stream", self.id, self.rooms[room]);
            let page = Client::connect(to, source, &*self.members[member]).await?;
            let body = page.stream(&path).await?;
            readers.push(reader::room(&self.rooms[room], body, stopped.clone()));
        }
        for (n, (cookie, visit)) in self.waiting.iter().enumerate() {
            let path = format!("/api/clinics/{}/visits/{visit}/stream", self.id);
            let page = Client::connect(to, source + 2 + u32::try_from(n)?, &**cookie).await?;
            readers.push(reader::patient(page.stream(&path).await?));
        }
        Ok(readers)
    }

    /// The cookie and visit of one who waits.
    pub(crate) fn waits(&self, n: usize) -> Option<&(String, String)> {
        self.waiting.get(n)
    }
}
