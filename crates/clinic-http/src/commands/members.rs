//! The members of a clinic.

use axum::extract::{Json, State};
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::text::{ExternalRef, Title};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::words::Role;
use super::{Body, Granted, Key, Nothing, command, text, text_if};
use crate::{Caller, Http, Path, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(add_member))
        .routes(routes!(rename_member))
        .routes(routes!(change_role))
        .routes(routes!(disable_member))
        .routes(routes!(enable_member))
        .routes(routes!(remove_member))
}

/// A new member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddMember {
    /// The name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The role; none: a plain member's.
    #[serde(default)]
    role: Role,
    /// A host's own id, at most 128 bytes.
    #[schema(min_length = 1, max_length = 128)]
    external_ref: Option<String>,
}

/// Add a member.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/add-member",
    params(("clinic" = Uuid, Path), Key),
    request_body = AddMember,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn add_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path(clinic): Path<Uuid>,
    Body(body): Body<AddMember>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::AddMember {
        name: text("name", &body.name, Title::parse)?,
        role: body.role.into(),
        external_ref: text_if("external_ref", body.external_ref.as_deref(), ExternalRef::parse)?,
    };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A member's name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameMember {
    /// The new one; history keeps the old.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Change a member's name.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/members/{member}/rename-member",
    params(("clinic" = Uuid, Path), ("member" = Uuid, Path), Key),
    request_body = RenameMember,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn rename_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, member)): Path<(Uuid, Uuid)>,
    Body(body): Body<RenameMember>,
) -> Result<Json<Granted>, Problem> {
    let name = text("name", &body.name, Title::parse)?;
    let action = Action::RenameMember { member: MemberId(member), name };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A member's role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRole {
    /// The new one.
    role: Role,
}

/// Change a member's role.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/members/{member}/change-role",
    params(("clinic" = Uuid, Path), ("member" = Uuid, Path), Key),
    request_body = ChangeRole,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn change_role(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, member)): Path<(Uuid, Uuid)>,
    Body(body): Body<ChangeRole>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::ChangeRole { member: MemberId(member), role: body.role.into() };
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Let a member not act for now; her call goes on hold.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/members/{member}/disable-member",
    params(("clinic" = Uuid, Path), ("member" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn disable_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, member)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::DisableMember(MemberId(member));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Let a member act again.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/members/{member}/enable-member",
    params(("clinic" = Uuid, Path), ("member" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn enable_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, member)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::EnableMember(MemberId(member));
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// Let a member never act again; her call goes on hold.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/members/{member}/remove-member",
    params(("clinic" = Uuid, Path), ("member" = Uuid, Path), Key),
    request_body = Nothing,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn remove_member(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, member)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::RemoveMember(MemberId(member));
    command(&http, caller, ClinicId(clinic), key, action).await
}
