//! What is sent: rendered once, for everybody who reads it.

use std::sync::Arc;

use axum::response::sse::Event as Sent;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use clinic_domain::event::Recorded;
use clinic_domain::ids::{Position, RoomId, VisitId};
use clinic_projections::census::Census;
use clinic_projections::waiting_room::WaitingRoom;
use clinic_projections::who::Who;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::touched::Concern;
use crate::reads::{Row, Seen};
use crate::shown::timeless;

/// A message of a stream.
#[derive(Debug)]
pub(super) struct Message {
    /// Where the log was.
    pub(super) position: Position,
    /// What goes on behind this message: a position, or what a patient was last shown.
    id: String,
    /// What kind it is; none: it only moves the cursor.
    name: Option<&'static str>,
    data: String,
    /// The visit whose row it has, and the message without that row: for those who are told later, when
    /// the visit is elsewhere and not theirs to see.
    later: Option<(VisitId, Arc<Self>)>,
}

/// An event, as its readers are told of it.
#[derive(Serialize)]
struct Happened {
    position: u64,
    at: String,
    event: &'static str,
    /// Who caused it, in words.
    by: String,
}

/// An event on a room's board.
#[derive(Serialize)]
struct OnBoard {
    #[serde(flatten)]
    happened: Happened,
    /// How many members can be asked.
    online: u32,
    #[serde(flatten)]
    visit: Option<Standing>,
}

/// Where a visit stands on a board from now on.
#[derive(Serialize)]
struct Standing {
    /// Which.
    visit: Uuid,
    /// Its row; null where it is no longer on this board.
    row: Option<Row>,
    /// The queue, in order.
    queue: Vec<Uuid>,
}

/// An event of a clinic.
#[derive(Serialize)]
struct InClinic {
    #[serde(flatten)]
    happened: Happened,
    /// The visit that it is about.
    visit: Option<Uuid>,
    /// The rooms whose boards show it.
    rooms: Vec<Uuid>,
}

/// Where a reader goes on who has missed too much.
#[derive(Serialize)]
struct Resync {
    position: u64,
}

impl Happened {
    fn of(census: &Census, recorded: &Recorded) -> Self {
        Self {
            position: recorded.position.0,
            at: recorded.occurred_at.to_string(),
            event: recorded.event.name(),
            by: Who::now(&recorded.cause.actor, census.clinic()).to_string(),
        }
    }
}

impl Message {
    /// An event on a room's board, with what came of it there.
    pub(super) fn on_board(
        census: &Census,
        recorded: &Recorded,
        (room, concern): (RoomId, Concern),
        row: Option<Row>,
    ) -> Self {
        let (name, visit) = match concern {
            Concern::Members => ("members", None),
            Concern::Room => ("room", None),
            Concern::Visit(visit) => ("visit", Some(visit)),
        };
        let queue = || census.queue(room).map(|visit| visit.0).collect();
        let told = |row| {
            let on_board = OnBoard {
                happened: Happened::of(census, recorded),
                online: census.headcount(room).online,
                visit: visit.map(|visit| Standing { visit: visit.0, row, queue: queue() }),
            };
            Self::at(recorded.position, name, &on_board)
        };
        let later = visit.filter(|_| row.is_some()).map(|visit| (visit, Arc::new(told(None))));
        Self { later, ..told(row) }
    }

    /// An event of a clinic, without anything personal.
    pub(super) fn in_clinic(
        census: &Census,
        recorded: &Recorded,
        visit: Option<VisitId>,
        rooms: Vec<Uuid>,
    ) -> Self {
        let (happened, visit) = (Happened::of(census, recorded), visit.map(|visit| visit.0));
        Self::at(recorded.position, "event", &InClinic { happened, visit, rooms })
    }

    /// Nothing that the reader sees has happened up to here.
    pub(super) fn nothing_until(position: Position) -> Self {
        let (id, data) = (position.0.to_string(), String::new());
        Self { position, id, name: None, data, later: None }
    }

    /// Too much was missed: read the board anew, it goes on from here.
    pub(super) fn resync(position: Position) -> Self {
        Self::at(position, "resync", &Resync { position: position.0 })
    }

    /// A patient's waiting room as it is; none: her visit is over.
    pub(super) fn to_patient(position: Position, seen: Option<WaitingRoom>) -> Self {
        let (name, data) = match seen {
            Some(seen) => ("waiting-room", json(&Seen::from(seen))),
            None => ("over", "{}".to_owned()),
        };
        let timeless = timeless(data.as_bytes());
        let digest = Sha256::new().chain_update(name).chain_update(timeless).finalize();
        let id = Base64UrlUnpadded::encode_string(&digest);
        Self { position, id, name: Some(name), data, later: None }
    }

    fn at(position: Position, name: &'static str, data: &impl Serialize) -> Self {
        let (id, data) = (position.0.to_string(), json(data));
        Self { position, id, name: Some(name), data, later: None }
    }

    /// The message as it is told to somebody who comes back: without the row of a visit that is no longer
    /// `here`, of which she may see nothing now.
    pub(super) fn for_now(message: &Arc<Self>, here: impl Fn(VisitId) -> bool) -> Arc<Self> {
        match &message.later {
            Some((visit, later)) if !here(*visit) => Arc::clone(later),
            Some(_) | None => Arc::clone(message),
        }
    }

    /// How much memory it takes, more or less.
    pub(super) fn bytes(&self) -> usize {
        let later = self.later.as_ref().map_or(0, |(_, later)| later.bytes());
        self.data.len().saturating_add(size_of::<Self>()).saturating_add(later)
    }

    /// What goes on behind this message.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The message as it goes out.
    pub(super) fn sent(&self) -> Sent {
        let sent = Sent::default().id(&self.id);
        match self.name {
            Some(name) => sent.event(name).data(&self.data),
            None => sent,
        }
    }
}

fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).unwrap_or_default()
}
