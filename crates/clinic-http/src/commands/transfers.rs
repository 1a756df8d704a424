//! Transfers and what becomes of them.

use axum::extract::{Json, State};
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::Note;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Body, Granted, Key, command, seen, text_if};
use crate::{Caller, Http, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(transfer))
        .routes(routes!(transfer_all))
        .routes(routes!(accept_transfer))
        .routes(routes!(decline_transfer))
        .routes(routes!(undo_transfer))
}

/// To send a visit on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Transfer {
    /// Where to.
    to: Uuid,
    /// For the members there.
    #[schema(min_length = 1, max_length = 2_000)]
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
    let note = text_if("note", body.note.as_deref(), Note::parse)?;
    let action = Action::Transfer {
        visit: VisitId(visit),
        to: RoomId(body.to),
        note: note.map(Personal::Clear),
        seen: seen(body.seen),
    };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// To send everybody on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferAll {
    /// Where to.
    to: Uuid,
}

/// Move everybody out of a room to another.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/transfer-all",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = TransferAll,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn transfer_all(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<TransferAll>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::TransferAll { from: RoomId(room), to: RoomId(body.to) };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// One transfer of a visit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Leg {
    /// Which transfer of the visit.
    transfer: Uuid,
}

/// Take a patient who was sent.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/accept-transfer",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = Leg,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn accept_transfer(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<Leg>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::AcceptTransfer(VisitId(visit), TransferId(body.transfer));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// To send a visit back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeclineTransfer {
    /// Which transfer of the visit.
    transfer: Uuid,
    /// Why, for the sender.
    #[schema(min_length = 1, max_length = 2_000)]
    note: Option<String>,
}

/// Send a patient back who was sent.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/decline-transfer",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = DeclineTransfer,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn decline_transfer(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<DeclineTransfer>,
) -> Result<Json<Granted>, Problem> {
    let note = text_if("note", body.note.as_deref(), Note::parse)?;
    let action = Action::DeclineTransfer {
        visit: VisitId(visit),
        transfer: TransferId(body.transfer),
        note: note.map(Personal::Clear),
    };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Take back a transfer.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/undo-transfer",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = Leg,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn undo_transfer(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<Leg>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::UndoTransfer(VisitId(visit), TransferId(body.transfer));
    command(&http, caller, ClinicId(clinic), key, action).await
}
