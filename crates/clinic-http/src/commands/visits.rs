//! Visits: calls and transfers.

use axum::extract::{Json, Path, State};
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, PlaceVersion, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::Note;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Body, Granted, Key, command, text};
use crate::{Caller, Http, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(start_call)).routes(routes!(transfer))
}

fn seen(version: Option<u32>) -> Option<PlaceVersion> {
    version.map(PlaceVersion)
}

/// To start a call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartCall {
    /// Pause the call that the asker is in.
    #[serde(default)]
    pausing: bool,
    /// The visit's place version on the asker's screen.
    seen: Option<u32>,
}

/// Start or resume the call with a visit.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/start-call",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = StartCall,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn start_call(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<StartCall>,
) -> Result<Json<Granted>, Problem> {
    let StartCall { pausing, seen: version } = body;
    let action = Action::StartCall { visit: VisitId(visit), pausing, seen: seen(version) };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// To send a visit on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Transfer {
    /// Where to.
    to: Uuid,
    /// For the members there.
    #[schema(max_length = 2_000)]
    note: Option<String>,
    /// The visit's place version on the asker's screen.
    seen: Option<u32>,
}

/// Move a visit to another room.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/transfer",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = Transfer,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn transfer(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<Transfer>,
) -> Result<Json<Granted>, Problem> {
    let note = body.note.as_deref().map(|note| text("note", note, Note::parse)).transpose()?;
    let action = Action::Transfer {
        visit: VisitId(visit),
        to: RoomId(body.to),
        note: note.map(Personal::Clear),
        seen: seen(body.seen),
    };
    command(&http, caller, ClinicId(clinic), key, action).await
}
