//! What one patient sees of her own visit, and nothing of anybody else's.

use axum::extract::{Json, State};
use clinic_domain::ids::{ClinicId, VisitId};
use clinic_projections::waiting_room::{Spot, WaitingRoom};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::who::Patient;
use crate::{Http, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(waiting_room))
}

/// A waiting room, as its patient sees it. No position of the log stands here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Seen {
    visit: Uuid,
    room: Uuid,
    /// What stands above the door.
    name: String,
    /// The clinic has moved her here.
    moved: bool,
    doing: Doing,
    /// Her number in the queue, from 1; none while she is in call.
    rank: Option<u32>,
    /// Milliseconds since her check-in, whatever has happened since.
    since_check_in_ms: u64,
    /// Milliseconds in this room, this time.
    in_room_ms: u64,
    /// Members who can see her now.
    online: u32,
    /// Her place in words.
    words: String,
}

/// What a patient is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Doing {
    Waiting,
    OnHold,
    InCall,
}

/// The waiting room of one's own visit.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/waiting-room",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path)),
    responses((status = 200, body = Seen), (status = "default", body = Problem))
)]
async fn waiting_room(
    State(http): State<Http>,
    Patient(token): Patient,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
) -> Result<Json<Seen>, Problem> {
    let (clinic, visit, now) = (ClinicId(clinic), VisitId(visit), http.engine.now());
    let seen = http.engine.read(clinic, None, |views| {
        let census = &views.census;
        let hers = census.visit_of(&token) == Some(visit);
        hers.then(|| census.waiting_room(visit, now)).flatten()
    });
    let seen = seen.await.map_err(Problem::public)?.ok_or_else(Problem::nothing)?;
    Ok(Json(Seen::from(seen)))
}

impl From<WaitingRoom> for Seen {
    fn from(seen: WaitingRoom) -> Self {
        Self {
            visit: seen.visit.0,
            room: seen.room.0,
            name: seen.name.to_string(),
            moved: seen.moved,
            doing: match seen.spot {
                Spot::Waiting => Doing::Waiting,
                Spot::OnHold => Doing::OnHold,
                Spot::InCall { .. } => Doing::InCall,
            },
            rank: seen.rank,
            since_check_in_ms: seen.since_check_in.elapsed.0,
            in_room_ms: seen.in_room.elapsed.0,
            online: seen.headcount.online,
            words: seen.to_string(),
        }
    }
}
