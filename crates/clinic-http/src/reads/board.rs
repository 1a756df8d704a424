//! The board of a room, for those who serve there.

use axum::extract::{Json, Query, State};
use clinic_domain::ids::{ClinicId, Position, RoomId};
use clinic_domain::personal::Personal;
use clinic_domain::text::PersonName;
use clinic_domain::visit::{Presence, Priority};
use clinic_projections::board::RoomBoard;
use clinic_projections::row::{self, Doing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::access::{Read, note};
use crate::clinic::{look, sees_board};
use crate::{Caller, Http, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(board))
}

/// How fresh a read has to be.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fresh {
    /// Show at least this position: that of a receipt, to read what one has written.
    at_least: Option<u64>,
}

/// A room as its members see it.
#[derive(Debug, Serialize, ToSchema)]
struct Board {
    room: Uuid,
    name: String,
    /// The position that the board reflects.
    position: u64,
    /// How many have a rank.
    queue: usize,
    /// How many of its members can be asked.
    online: u32,
    /// Everybody inside: the queue in order, then those in call.
    rows: Vec<Row>,
}

/// A visit on a board.
#[derive(Debug, Serialize, ToSchema)]
struct Row {
    visit: Uuid,
    /// The place version that a click on this row is decided on.
    version: u32,
    /// Its number in the queue, from 1; none while it is in call.
    rank: Option<u32>,
    /// The patient's name; none if it was erased or cannot be read.
    name: Option<String>,
    doing: What,
    online: bool,
    urgent: bool,
}

/// What a visit is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    Waiting,
    InCall,
    OnHold,
}

/// The board of a room.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/rooms/{room}/board",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Fresh),
    responses((status = 200, body = Board), (status = "default", body = Problem))
)]
async fn board(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Query(fresh): Query<Fresh>,
) -> Result<Json<Board>, Problem> {
    let (clinic, room) = (ClinicId(clinic), RoomId(room));
    let now = http.engine.now();
    let board = look(&http, caller, clinic, fresh.at_least.map(Position), |views| {
        let census = &views.census;
        sees_board(census, caller, room).then(|| census.board(room, now)).flatten()
    });
    let board = http.engine.open(clinic, board.await?).await.map_err(Problem::full)?;
    note(&http, caller, clinic, Read::Board(room)).await?;
    Ok(Json(Board::from(board)))
}

impl From<RoomBoard> for Board {
    fn from(board: RoomBoard) -> Self {
        Self {
            room: board.room.0,
            name: board.name.to_string(),
            position: board.position.0,
            queue: board.queue,
            online: board.headcount.online,
            rows: board.rows.into_iter().map(Row::from).collect(),
        }
    }
}

impl From<row::Row> for Row {
    fn from(row: row::Row) -> Self {
        Self {
            visit: row.visit.0,
            version: row.version.0,
            rank: row.rank,
            name: clear(&row.name),
            doing: match row.doing {
                Doing::Waiting { .. } => What::Waiting,
                Doing::InCall { .. } => What::InCall,
                Doing::OnHold { .. } => What::OnHold,
            },
            online: row.presence == Presence::Online,
            urgent: row.priority == Priority::Urgent,
        }
    }
}

fn clear(name: &Personal<PersonName>) -> Option<String> {
    name.clear().map(|name| name.as_str().to_owned())
}
