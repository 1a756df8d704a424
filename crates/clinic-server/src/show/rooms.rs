//! Rooms in a list: what they are called, what their doors do, who serves there and who is inside.

use clinic_domain::ids::{ClinicId, Position, RoomId, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Personal, Sealable};
use clinic_domain::room::{OpenRoom, RoomKind};
use clinic_domain::text::{ExternalRef, PersonName};
use clinic_domain::time::Timestamp;
use clinic_projections::board::{DoorState, RoomBoard};
use clinic_projections::row::Doing;
use serde::Serialize;

use super::board;
use super::table::Align::Left;
use super::table::{cell, list};
use super::words::{WallClock, called, personal, several};
use crate::choose::short;
use crate::names;

/// A room in a list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    room: RoomId,
    name: String,
    link: String,
    kind: &'static str,
    external_ref: Option<ExternalRef>,
    door: DoorState,
    members: Vec<String>,
    inside: Vec<Inside>,
}

/// Somebody inside.
#[derive(Debug, Serialize)]
struct Inside {
    visit: VisitId,
    name: Personal<PersonName>,
    external_ref: Option<ExternalRef>,
    state: &'static str,
    since: Timestamp,
}

impl Listed {
    /// A room with its board.
    pub(crate) fn of(room: &OpenRoom, board: RoomBoard) -> Self {
        let inside = board.rows.into_iter().map(|row| {
            let (state, clock) = match row.doing {
                Doing::Waiting { clock } => ("waiting", clock),
                Doing::InCall { clock, .. } => ("in call", clock),
                Doing::OnHold { clock, .. } => ("on hold", clock),
            };
            let (visit, name, external_ref) = (row.visit, row.name, row.external_ref);
            Inside { visit, name, external_ref, state, since: clock.since }
        });
        Self {
            room: board.room,
            name: room.name.to_string(),
            link: room.slug.to_string(),
            kind: match room.kind {
                RoomKind::Shared => "shared",
                RoomKind::Personal(_) => "personal",
            },
            external_ref: room.external_ref.clone(),
            door: board.door,
            members: board.members.iter().map(|member| member.name.to_string()).collect(),
            inside: inside.collect(),
        }
    }

    fn count(&self, state: &str) -> String {
        self.inside.iter().filter(|one| one.state == state).count().to_string()
    }
}

impl HoldsPersonal for Listed {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        for one in &mut self.inside {
            names::checked_in(one.visit).show("name", Some(&mut one.name), look);
        }
    }
}

/// For people.
pub(crate) fn drawn(rooms: &[Listed], clock: &WallClock, width: u16) -> Vec<String> {
    let header =
        [("room", Left), ("link", Left), ("door", Left), ("serving", Left), ("inside", Left)];
    let row = |room: &Listed| {
        let inside = |one: &Inside| {
            let name = called(&one.name, one.external_ref.as_ref());
            format!("{name}, {} since {}", one.state, clock.moment(one.since))
        };
        let named = vec![room.name.clone(), short(room.room.0)];
        vec![
            named,
            cell(&room.link),
            cell(board::door(&room.door, clock)),
            cell(several(&room.members)),
            super::words::few(room.inside.iter().map(inside)),
        ]
    };
    list(width, &header, rooms.iter().map(row))
}

/// The columns of a list of rooms.
pub(crate) const COLUMNS: [&str; 10] =
    ["room", "name", "link", "kind", "door", "members", "waiting", "in_call", "on_hold", "inside"];

/// A room for a spreadsheet.
pub(crate) fn record(room: &Listed, clock: &WallClock) -> Vec<String> {
    let inside: Vec<String> = room.inside.iter().map(|one| personal(&one.name)).collect();
    vec![
        room.room.to_string(),
        room.name.clone(),
        room.link.clone(),
        room.kind.to_owned(),
        board::door(&room.door, clock),
        room.members.join("; "),
        room.count("waiting"),
        room.count("in call"),
        room.count("on hold"),
        inside.join("; "),
    ]
}

/// Rooms as programs read them.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    /// Of which clinic.
    pub(crate) clinic: ClinicId,
    /// The position that they reflect.
    pub(crate) position: Position,
    /// The instant at which they are read.
    pub(crate) now: String,
    /// The rooms.
    pub(crate) rooms: &'a [Listed],
}
