//! Rooms: what they are called, who serves there, and whether they let people in.

use axum::extract::{Json, State};
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, MemberId, RoomId};
use clinic_domain::room::RoomKind;
use clinic_domain::text::{ExternalRef, Notice, Slug, Title};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Body, Granted, Key, Nothing, command, text, text_if};
use crate::{Caller, Http, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(open_room))
        .routes(routes!(rename_room))
        .routes(routes!(change_slug))
        .routes(routes!(assign_member))
        .routes(routes!(unassign_member))
        .routes(routes!(suspend_room))
        .routes(routes!(lift_suspension))
        .routes(routes!(archive_room))
}

/// A new room.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenRoom {
    /// Its name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Its link: lower-case letters, digits and inner hyphens.
    #[schema(min_length = 1, max_length = 63, pattern = "^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")]
    slug: String,
    /// The member whose room it is; none: the clinic's.
    personal: Option<Uuid>,
    /// A host's own id, at most 128 bytes.
    #[schema(min_length = 1, max_length = 128)]
    external_ref: Option<String>,
}

/// Open a room.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/open-room",
    params(("clinic" = Uuid, Path), Key),
    request_body = OpenRoom,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn open_room(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path(clinic): Path<Uuid>,
    Body(body): Body<OpenRoom>,
) -> Result<Json<Granted>, Problem> {
    let owner = body.personal.map(MemberId);
    let action = Action::OpenRoom {
        kind: owner.map_or(RoomKind::Shared, RoomKind::Personal),
        name: text("name", &body.name, Title::parse)?,
        slug: text("slug", &body.slug, Slug::parse)?,
        external_ref: text_if("external_ref", body.external_ref.as_deref(), ExternalRef::parse)?,
    };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A room's name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameRoom {
    /// The new one.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Change a room's name.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/rename-room",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = RenameRoom,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn rename_room(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<RenameRoom>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::RenameRoom(RoomId(room), text("name", &body.name, Title::parse)?);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A room's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeSlug {
    /// The new one; the old one is retired.
    #[schema(min_length = 1, max_length = 63, pattern = "^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")]
    slug: String,
}

/// Change a room's link; the old one is retired.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/change-slug",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = ChangeSlug,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn change_slug(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<ChangeSlug>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::ChangeSlug(RoomId(room), text("slug", &body.slug, Slug::parse)?);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Who serves in a room.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignee {
    /// The member.
    member: Uuid,
}

/// Let a member serve in a room.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/assign-member",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = Assignee,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn assign_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<Assignee>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::AssignMember(RoomId(room), MemberId(body.member));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// No longer let a member serve in a room.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/unassign-member",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = Assignee,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn unassign_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<Assignee>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::UnassignMember(RoomId(room), MemberId(body.member));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Why nobody is let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SuspendRoom {
    /// What patients are told.
    #[schema(min_length = 1, max_length = 4_000)]
    message: String,
}

/// Suspend a door, showing a message.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/suspend-room",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = SuspendRoom,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn suspend_room(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<SuspendRoom>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::SuspendRoom(RoomId(room), text("message", &body.message, Notice::parse)?);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Let people into a room again.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/lift-suspension",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn lift_suspension(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::LiftSuspension(RoomId(room));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Put a room out of use for ever.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/archive-room",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn archive_room(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::ArchiveRoom(RoomId(room));
    command(&http, caller, ClinicId(clinic), key, action).await
}
