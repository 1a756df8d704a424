//! The rooms of a clinic: all of them, as every member may know them, and one with its settings.

use axum::extract::State;
use clinic_domain::ids::{ClinicId, Position, RoomId};
use clinic_domain::room::{OpenRoom, Room, RoomKind};
use clinic_domain::time::Timestamp;
use clinic_projections::census::Census;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Fresh;
use super::board::DoorNow;
use super::words::{At, Headcount};
use crate::clinic::{administers, look, sees_board};
use crate::commands::hours::Hours;
use crate::commands::settings::{SetPolicy, SetTexts};
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(rooms)).routes(routes!(room))
}

/// Which rooms.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichRooms {
    /// Show at least this position: that of a receipt, to read what one has written.
    at_least: Option<u64>,
    /// Archived ones, too. Admins and the host only; nobody else is shown any.
    #[serde(default)]
    archived: bool,
}

/// The rooms of a clinic.
#[derive(Debug, Serialize, ToSchema)]
struct RoomsShown {
    /// The instant at which they are read.
    now: At,
    /// The position that they reflect.
    position: u64,
    /// The rooms, by name.
    rooms: Vec<RoomListed>,
}

/// A room, as every member may know it: no patient stands here.
#[derive(Debug, Serialize, ToSchema)]
struct RoomListed {
    /// The room.
    room: Uuid,
    /// Its name.
    name: String,
    /// The clinic's, or one member's.
    kind: RoomWord,
    /// Whose it is, if it is one member's.
    owner: Option<Uuid>,
    /// Its link.
    slug: String,
    /// A host's own id.
    external_ref: Option<String>,
    /// What its door does.
    door: DoorNow,
    /// How many have a rank.
    queue: usize,
    /// How many are in call.
    in_call: usize,
    /// How many of its members can do what.
    headcount: Headcount,
    /// It is the asker's own.
    mine: bool,
    /// The asker serves here.
    assigned: bool,
    /// The asker may see its board.
    board: bool,
}

/// Whose room it is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoomWord {
    /// The clinic's.
    Shared,
    /// One member's.
    Personal,
}

impl RoomWord {
    /// The word, and whose room it is.
    pub(super) fn of(kind: RoomKind) -> (Self, Option<Uuid>) {
        match kind {
            RoomKind::Shared => (Self::Shared, None),
            RoomKind::Personal(member) => (Self::Personal, Some(member.0)),
        }
    }
}

/// The rooms of a clinic.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/rooms",
    params(("clinic" = Uuid, Path), WhichRooms),
    responses((status = 200, body = RoomsShown), (status = "default", body = Problem))
)]
async fn rooms(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(which): Query<WhichRooms>,
) -> Result<Shown<RoomsShown>, Problem> {
    let now = http.engine.now();
    let at_least = which.at_least.map(Position);
    let rooms = look(&http, caller, ClinicId(clinic), at_least, |views| {
        let census = &views.census;
        let archived = which.archived && administers(census, caller);
        let listed = census.rooms().filter_map(|(id, room)| match room {
            Room::Unopened => None,
            Room::Archived(_) if !archived => None,
            Room::Open(room) | Room::Archived(room) => listed(census, caller, id, room, now),
        });
        let mut rooms: Vec<RoomListed> = listed.collect();
        rooms.sort_by(|a, b| (&a.name, a.room).cmp(&(&b.name, b.room)));
        Some(RoomsShown { now: now.into(), position: census.position().0, rooms })
    });
    rooms.await.map(Shown)
}

fn listed(
    census: &Census,
    caller: Caller,
    id: RoomId,
    room: &OpenRoom,
    now: Timestamp,
) -> Option<RoomListed> {
    let (kind, owner) = RoomWord::of(room.kind);
    let asker = caller.member();
    Some(RoomListed {
        room: id.0,
        name: room.name.to_string(),
        kind,
        owner,
        slug: room.slug.to_string(),
        external_ref: room.external_ref.as_ref().map(ToString::to_string),
        door: census.door(id, now)?.into(),
        queue: census.queue_len(id),
        in_call: census.in_call(id).len(),
        headcount: census.headcount(id).into(),
        mine: asker.is_some_and(|asker| room.kind == RoomKind::Personal(asker)),
        assigned: asker.is_some_and(|asker| room.assigned.contains(&asker)),
        board: sees_board(census, caller, id),
    })
}

/// A room with all that it runs by.
#[derive(Debug, Serialize, ToSchema)]
struct RoomShown {
    /// The instant at which it is read.
    now: At,
    /// The position that it reflects.
    position: u64,
    /// The room.
    room: Uuid,
    /// Its name.
    name: String,
    /// The clinic's, or one member's.
    kind: RoomWord,
    /// Whose it is, if it is one member's.
    owner: Option<Uuid>,
    /// Its link.
    slug: String,
    /// Links that once led here.
    retired: Vec<String>,
    /// A host's own id.
    external_ref: Option<String>,
    /// Who serves here.
    assigned: Vec<Uuid>,
    /// What its door does.
    door: DoorNow,
    /// What patients read while its door is suspended.
    suspended: Option<String>,
    /// When its door is open; always, if none are set.
    hours: Option<Hours>,
    /// What it shows.
    texts: SetTexts,
    /// The version of these texts.
    texts_version: u32,
    /// The numbers that it runs by.
    policy: SetPolicy,
    /// What to tick for each patient.
    checklist: Vec<String>,
    /// Whether a check-in needs a passcode.
    asks_passcode: bool,
    /// The last time that closing time was noted.
    day_ended_at: Option<At>,
}

/// A room with all that it runs by.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/rooms/{room}",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Fresh),
    responses((status = 200, body = RoomShown), (status = "default", body = Problem))
)]
async fn room(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<RoomShown>, Problem> {
    let (room, now) = (RoomId(room), http.engine.now());
    let shown = look(&http, caller, ClinicId(clinic), fresh.position(), |views| {
        let census = &views.census;
        sees_board(census, caller, room).then(|| shown(census, room, now)).flatten()
    });
    shown.await.map(Shown)
}

fn shown(census: &Census, id: RoomId, now: Timestamp) -> Option<RoomShown> {
    let room = census.room(id)?.last()?;
    let (kind, owner) = RoomWord::of(room.kind);
    Some(RoomShown {
        now: now.into(),
        position: census.position().0,
        room: id.0,
        name: room.name.to_string(),
        kind,
        owner,
        slug: room.slug.to_string(),
        retired: room.retired.iter().map(ToString::to_string).collect(),
        external_ref: room.external_ref.as_ref().map(ToString::to_string),
        assigned: room.assigned.iter().map(|member| member.0).collect(),
        door: census.door(id, now)?.into(),
        suspended: room.suspended.as_ref().map(ToString::to_string),
        hours: room.hours.as_ref().map(Hours::from),
        texts: (&room.texts).into(),
        texts_version: room.texts_version,
        policy: (&room.policy).into(),
        checklist: room.checklist.iter().map(ToString::to_string).collect(),
        asks_passcode: room.passcode.is_some(),
        day_ended_at: room.day_ended_at.map(At),
    })
}
