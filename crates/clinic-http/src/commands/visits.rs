//! Visits: calls, what is written on them, and how they close.

use axum::extract::{Json, State};
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Label, Note};
use clinic_domain::visit::CloseReason;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::words::{Closing, Priority};
use super::{Body, Granted, Key, Nothing, command, seen, text, text_if};
use crate::who::Patient;
use crate::{Caller, Http, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(start_call))
        .routes(routes!(call_next))
        .routes(routes!(pause_call))
        .routes(routes!(end_call))
        .routes(routes!(set_priority))
        .routes(routes!(add_note))
        .routes(routes!(tick_checklist))
        .routes(routes!(carry_over))
        .routes(routes!(close_visit))
        .routes(routes!(leave))
        .routes(routes!(close_all))
        .routes(routes!(reopen_visit))
        .routes(routes!(merge_visits))
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

/// To call the next.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CallNext {
    /// Pause the call that the asker is in.
    #[serde(default)]
    pausing: bool,
}

/// Start the call with the first in a room who can be called.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/call-next",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = CallNext,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn call_next(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<CallNext>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::CallNext { room: RoomId(room), pausing: body.pausing };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// What the asker decided on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenVisit {
    /// The visit's place version on the asker's screen.
    seen: Option<u32>,
}

/// Pause the call with a visit.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/pause-call",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = SeenVisit,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn pause_call(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<SeenVisit>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::PauseCall { visit: VisitId(visit), seen: seen(body.seen) };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// End the call with a visit without closing it.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/end-call",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = SeenVisit,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn end_call(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<SeenVisit>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::EndCall { visit: VisitId(visit), seen: seen(body.seen) };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// How urgent a visit is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPriority {
    /// The new priority.
    priority: Priority,
}

/// Change how urgent a visit is.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/set-priority",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = SetPriority,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_priority(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<SetPriority>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::SetPriority(VisitId(visit), body.priority.into());
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddNote {
    /// For the members.
    #[schema(min_length = 1, max_length = 2_000)]
    note: String,
}

/// Write a note on a visit.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/add-note",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = AddNote,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn add_note(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<AddNote>,
) -> Result<Json<Granted>, Problem> {
    let note = text("note", &body.note, Note::parse)?;
    let action = Action::AddNote(VisitId(visit), Personal::Clear(note));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A label of the room's checklist.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TickChecklist {
    /// The label.
    #[schema(min_length = 1, max_length = 60)]
    label: String,
    /// Ticked or not.
    done: bool,
}

/// Tick or untick a label for a visit.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/tick-checklist",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = TickChecklist,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn tick_checklist(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<TickChecklist>,
) -> Result<Json<Granted>, Problem> {
    let label = text("label", &body.label, Label::parse)?;
    let action = Action::TickChecklist { visit: VisitId(visit), label, done: body.done };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Let a visit stay past the end of the day.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/carry-over",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn carry_over(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::CarryOver(VisitId(visit));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Why a visit closes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseVisit {
    /// Why.
    reason: Closing,
    /// What the members are told of a removal; it stands with that reason only.
    #[schema(min_length = 1, max_length = 2_000)]
    why: Option<String>,
    /// The visit's place version on the asker's screen.
    seen: Option<u32>,
}

/// Close a visit.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/close-visit",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = CloseVisit,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn close_visit(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<CloseVisit>,
) -> Result<Json<Granted>, Problem> {
    let reason = closed(body.reason, body.why.as_deref())?;
    let action = Action::CloseVisit { visit: VisitId(visit), reason, seen: seen(body.seen) };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Leave, as the patient.
///
/// The same wish as closing her visit for the reason `left`, under her visit token: it is hers also in a
/// browser where a member is signed in.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/leave",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn leave(
    State(http): State<Http>,
    Patient(token): Patient,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let reason = CloseReason::Left;
    let action = Action::CloseVisit { visit: VisitId(visit), reason, seen: None };
    command(&http, Caller::Patient(token), ClinicId(clinic), key, action).await
}

/// Whose visits close, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseAll {
    /// Which visits; none: everybody inside.
    only: Option<Vec<Uuid>>,
    /// Why.
    reason: Closing,
    /// What the members are told of a removal; it stands with that reason only.
    #[schema(min_length = 1, max_length = 2_000)]
    why: Option<String>,
}

/// Close every visit in a room, or those named.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/close-all",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = CloseAll,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn close_all(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<CloseAll>,
) -> Result<Json<Granted>, Problem> {
    let reason = closed(body.reason, body.why.as_deref())?;
    let only = body.only.map(|only| only.into_iter().map(VisitId).collect());
    let action = Action::CloseAll { room: RoomId(room), only, reason };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A reason with what it needs. A merge is a wish of its own.
fn closed(reason: Closing, why: Option<&str>) -> Result<CloseReason, Problem> {
    let why = text_if("why", why, Note::parse)?;
    let plain = match reason {
        Closing::Removed => {
            let missing = || Problem::bad("why", "is missing: a removal says why");
            return Ok(CloseReason::Removed { why: Personal::Clear(why.ok_or_else(missing)?) });
        }
        Closing::Completed => CloseReason::Completed,
        Closing::Left => CloseReason::Left,
        Closing::NoShow => CloseReason::NoShow,
        Closing::EndOfDay => CloseReason::EndOfDay,
    };
    if why.is_some() {
        return Err(Problem::bad("why", "stands with the reason removed only"));
    }
    Ok(plain)
}

/// Open a closed visit again.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/reopen-visit",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn reopen_visit(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::ReopenVisit(VisitId(visit));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Which visit of the same person goes on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeVisits {
    /// The one that goes on; the one in the path closes.
    survivor: Uuid,
    /// The place version, on the asker's screen, of the one that closes.
    seen: Option<u32>,
}

/// Close a duplicate in favour of another visit of the same person.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/visits/{visit}/merge-visits",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Key),
    request_body = MergeVisits,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn merge_visits(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Body(body): Body<MergeVisits>,
) -> Result<Json<Granted>, Problem> {
    let (survivor, duplicate) = (VisitId(body.survivor), VisitId(visit));
    let action = Action::MergeVisits { survivor, duplicate, seen: seen(body.seen) };
    command(&http, caller, ClinicId(clinic), key, action).await
}
