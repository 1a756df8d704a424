//! Clinics: how they begin, where they are and what they may use.

use axum::extract::{Json, State};
use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability as Capable;
use clinic_domain::command::Action;
use clinic_domain::ids::ClinicId;
use clinic_domain::text::{ExternalRef, Title};
use clinic_engine::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::words::Capability;
use super::{Body, Granted, Key, command, granted, text, text_if, zone};
use crate::clinic::problem;
use crate::{Caller, Http, Path, Problem, figures};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(found_clinic))
        .routes(routes!(set_zone))
        .routes(routes!(set_capabilities))
}

/// A new clinic with its first Owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FoundClinic {
    /// Its name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Its IANA time zone.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// The first Owner's name.
    #[schema(min_length = 1, max_length = 100)]
    owner_name: String,
    /// What it may use; none: everything there is.
    capabilities: Option<Vec<Capability>>,
    /// A host's own id, at most 128 bytes.
    #[schema(min_length = 1, max_length = 128)]
    external_ref: Option<String>,
}

/// A clinic that was founded.
#[derive(Serialize, ToSchema)]
struct Founded {
    /// Its id.
    clinic: Uuid,
    /// What was granted; the member is the first Owner.
    #[serde(flatten)]
    granted: Granted,
}

/// Found a clinic, as the host.
#[utoipa::path(
    post,
    path = "/clinics",
    params(Key),
    request_body = FoundClinic,
    responses((status = 200, body = Founded), (status = "default", body = Problem))
)]
async fn found_clinic(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Body(body): Body<FoundClinic>,
) -> Result<Json<Founded>, Problem> {
    match caller {
        Caller::Host => {}
        Caller::Nobody | Caller::Patient(_) => return Err(Problem::sign_in()),
        Caller::Member(..) => return Err(Problem::nothing()),
    }
    let capabilities = match body.capabilities {
        Some(named) => named.into_iter().map(Capable::from).collect(),
        None => Capable::ALL.into(),
    };
    let action = Action::FoundClinic {
        name: text("name", &body.name, Title::parse)?,
        zone: zone("zone", &body.zone)?,
        owner_name: text("owner_name", &body.owner_name, Title::parse)?,
        capabilities,
        external_ref: text_if("external_ref", body.external_ref.as_deref(), ExternalRef::parse)?,
    };
    // The wish's own id is the clinic's: a retry must not found a second one, and before there is a
    // clinic no log remembers which one a wish has founded.
    let clinic = ClinicId(key.id().0);
    let done = http.engine.execute(clinic, Request::new(key.id(), Actor::Host, action)).await;
    figures::command(&done);
    let receipt = done.map_err(|error| problem(caller, error))?;
    Ok(Json(Founded { clinic: clinic.0, granted: granted(caller, &receipt) }))
}

/// Where a clinic is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetZone {
    /// The new IANA time zone.
    #[schema(example = "Europe/Berlin")]
    zone: String,
}

/// Change the clinic's zone.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/set-zone",
    params(("clinic" = Uuid, Path), Key),
    request_body = SetZone,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_zone(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path(clinic): Path<Uuid>,
    Body(body): Body<SetZone>,
) -> Result<Json<Granted>, Problem> {
    let action = Action::SetZone(zone("zone", &body.zone)?);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// What a clinic may use.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetCapabilities {
    /// All that it may use from now on.
    capabilities: Vec<Capability>,
}

/// Change what the clinic may use, as the host.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/set-capabilities",
    params(("clinic" = Uuid, Path), Key),
    request_body = SetCapabilities,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_capabilities(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path(clinic): Path<Uuid>,
    Body(body): Body<SetCapabilities>,
) -> Result<Json<Granted>, Problem> {
    let capabilities = body.capabilities.into_iter().map(Capable::from).collect();
    let action = Action::SetCapabilities(capabilities);
    command(&http, caller, ClinicId(clinic), key, action).await
}
