//! The board of a room, for those who serve there; and as it was, for admins.

use axum::extract::State;
use clinic_domain::ids::{ClinicId, Position, RoomId};
use clinic_domain::time::Timestamp;
use clinic_engine::{AsOf, EngineError};
use clinic_projections::board::{self, DoorState, RoomBoard, Serving};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::row::Row;
use super::words::{At, Availability, Headcount, HoldReason, Reversal};
use crate::access::{Noted, note};
use crate::clinic::{administers, look, sees_board};
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(board))
}

/// Which state of a board.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Show at least this position: that of a receipt, to read what one has written.
    at_least: Option<u64>,
    /// For admins: the board as it was after everything that happened at this instant or before.
    #[param(format = DateTime)]
    at: Option<String>,
    /// For admins: the board as it was right after the event at this position.
    position: Option<u64>,
}

/// A room as its members see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Board {
    /// The instant at which it is read: what has lasted since an instant is counted from here.
    now: At,
    /// The room.
    room: Uuid,
    /// Its name.
    name: String,
    /// The position that the board reflects.
    position: u64,
    /// What its door does.
    door: DoorNow,
    /// How many have a rank.
    queue: usize,
    /// How many of its members can do what.
    headcount: Headcount,
    /// Those who serve here, by name.
    members: Vec<Serves>,
    /// What deserves attention.
    alerts: Vec<Alert>,
    /// Everybody inside: the queue in order, then those in call.
    rows: Vec<Row>,
}

/// What a door does. It decides about check-ins only.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoorNow {
    /// Whether it lets people in.
    state: DoorWord,
    /// Until when, if that is known: its hours shut it then, or open it.
    until: Option<At>,
    /// What patients read while it is suspended.
    message: Option<String>,
}

/// What a door does, in a word.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DoorWord {
    /// It lets people in.
    Open,
    /// Its hours keep it shut.
    Shut,
    /// It is suspended by hand.
    Suspended,
    /// The room is out of use for ever.
    Archived,
}

/// A member who serves in a room.
#[derive(Debug, Serialize, ToSchema)]
struct Serves {
    /// Who.
    member: Uuid,
    /// Her name.
    name: String,
    /// What she can do now.
    availability: Availability,
}

/// Something that deserves attention. It names visits, never patients.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Alert {
    /// Closing time has passed, and they are still inside without anybody having decided it.
    ClosingTimePassed {
        /// When it was noted.
        at: At,
        /// Who.
        visits: Vec<Uuid>,
    },
    /// Nobody who may act serves here, though people are inside.
    NobodyServes {
        /// How many.
        inside: usize,
    },
    /// They have waited longer than the room finds right, and nobody is online.
    Unattended {
        /// Who.
        visits: Vec<Uuid>,
    },
    /// A visit has come back here as often as the room wants to be told.
    KeepsReturning {
        /// Which.
        visit: Uuid,
        /// Which return it is.
        times: u32,
    },
    /// A visit that was sent away came back.
    CameBack {
        /// Which.
        visit: Uuid,
        /// Why.
        why: Reversal,
    },
    /// A visit is on hold because its member is gone.
    LostMember {
        /// Which.
        visit: Uuid,
        /// Why.
        why: HoldReason,
    },
}

/// The board of a room.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/rooms/{room}/board",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Which),
    responses((status = 200, body = Board), (status = "default", body = Problem))
)]
async fn board(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Query(which): Query<Which>,
) -> Result<Shown<Board>, Problem> {
    let (clinic, room) = (ClinicId(clinic), RoomId(room));
    let (board, read) = match which.past()? {
        None => (live(&http, caller, clinic, room, which.at_least).await?, Noted::Board(room)),
        Some(past) => (then(&http, caller, clinic, room, past).await?, Noted::PastBoard(room)),
    };
    let board = http.engine.open(clinic, board).await.map_err(Problem::full)?;
    note(&http, caller, clinic, read).await?;
    Ok(Shown(Board::from(board)))
}

impl Which {
    /// The past moment that is asked for, if one is.
    fn past(&self) -> Result<Option<AsOf>, Problem> {
        let instant = |typed: &String| {
            let wrong = || Problem::bad("at", "must be an instant of RFC 3339");
            Timestamp::parse(typed).ok_or_else(wrong)
        };
        let at = self.at.as_ref().map(instant).transpose()?;
        match (at, self.position) {
            (Some(_), Some(_)) => Err(Problem::bad("position", "stands for a moment, as at does")),
            (Some(at), None) => Ok(Some(AsOf::Instant(at))),
            (None, position) => Ok(position.map(|position| AsOf::Position(Position(position)))),
        }
    }
}

async fn live(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    room: RoomId,
    at_least: Option<u64>,
) -> Result<RoomBoard, Problem> {
    let now = http.engine.now();
    let board = look(http, caller, clinic, at_least.map(Position), |views| {
        let census = &views.census;
        sees_board(census, caller, room).then(|| census.board(room, now)).flatten()
    });
    board.await
}

/// The board as it was, for whoever administers the clinic now.
async fn then(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    room: RoomId,
    moment: AsOf,
) -> Result<RoomBoard, Problem> {
    let head = look(http, caller, clinic, None, |views| {
        administers(&views.census, caller).then(|| views.census.position())
    });
    let head = head.await?;
    let ahead = match moment {
        AsOf::Instant(at) => (at > http.engine.now()).then_some("at"),
        AsOf::Position(position) => (position > head).then_some("position"),
    };
    if let Some(field) = ahead {
        return Err(Problem::bad(field, "must not lie ahead"));
    }
    let boards = http.engine.as_of(clinic, moment).await.map_err(|error| match error {
        EngineError::NotYet { .. } => Problem::bad("position", "must not lie ahead"),
        EngineError::Refused(_)
        | EngineError::Throttled { .. }
        | EngineError::NoSuchClinic(_)
        | EngineError::Broken(_) => Problem::full(error),
    })?;
    // The past may take a while to find, and rights are those of now.
    let may =
        look(http, caller, clinic, None, |views| administers(&views.census, caller).then_some(()));
    may.await?;
    let now = match moment {
        AsOf::Instant(at) => at,
        AsOf::Position(_) => boards.checkpoint().at,
    };
    boards.census.board(room, now).ok_or_else(Problem::nothing)
}

impl From<RoomBoard> for Board {
    fn from(board: RoomBoard) -> Self {
        Self {
            now: board.now.into(),
            room: board.room.0,
            name: board.name.to_string(),
            position: board.position.0,
            door: board.door.into(),
            queue: board.queue,
            headcount: board.headcount.into(),
            members: board.members.into_iter().map(Serves::from).collect(),
            alerts: board.alerts.into_iter().map(Alert::from).collect(),
            rows: board.rows.into_iter().map(Row::from).collect(),
        }
    }
}

impl From<DoorState> for DoorNow {
    fn from(door: DoorState) -> Self {
        let (state, until, message) = match door {
            DoorState::Open { until } => (DoorWord::Open, until, None),
            DoorState::Shut { until } => (DoorWord::Shut, until, None),
            DoorState::Suspended { message } => (DoorWord::Suspended, None, Some(message)),
            DoorState::Archived => (DoorWord::Archived, None, None),
        };
        Self { state, until: until.map(At), message: message.map(|text| text.to_string()) }
    }
}

impl From<Serving> for Serves {
    fn from(serving: Serving) -> Self {
        let Serving { member, name, availability } = serving;
        Self { member: member.0, name: name.to_string(), availability: availability.into() }
    }
}

impl From<board::Alert> for Alert {
    fn from(alert: board::Alert) -> Self {
        let ids = |visits: Vec<clinic_domain::ids::VisitId>| visits.into_iter().map(|id| id.0);
        match alert {
            board::Alert::ClosingTimePassed { at, inside } => {
                Self::ClosingTimePassed { at: At(at), visits: ids(inside).collect() }
            }
            board::Alert::NobodyServes { inside } => Self::NobodyServes { inside },
            board::Alert::Unattended { waiting } => {
                Self::Unattended { visits: ids(waiting).collect() }
            }
            board::Alert::KeepsReturning { visit, times } => {
                Self::KeepsReturning { visit: visit.0, times }
            }
            board::Alert::CameBack { visit, why } => {
                Self::CameBack { visit: visit.0, why: why.into() }
            }
            board::Alert::LostMember { visit, why } => {
                Self::LostMember { visit: visit.0, why: why.into() }
            }
        }
    }
}
