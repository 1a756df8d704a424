//! A route for each wish. The body says what is wished and never who wishes it.

mod visits;

use axum::extract::{FromRequest, FromRequestParts, Json, Request as HttpRequest};
use axum::http::request::Parts;
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, CommandId};
use clinic_domain::text::TextError;
use clinic_engine::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::clinic::problem;
use crate::{Caller, Http, Problem};

pub(crate) fn routes() -> OpenApiRouter<Http> {
    visits::routes()
}

/// What was granted, and committed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Granted {
    /// Reads that ask for at least this position show it. A patient is told none.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// What was recorded, by name; nothing if it was so already.
    events: Vec<&'static str>,
    /// The visit that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<Uuid>,
    /// The room that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Uuid>,
    /// The member who was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<Uuid>,
    /// The transfer that was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<Uuid>,
}

/// Has a wish decided, as the caller's.
pub(crate) async fn command(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    key: Key,
    action: Action,
) -> Result<Json<Granted>, Problem> {
    let actor = match (caller, caller.actor(clinic)) {
        (_, Some(actor)) => actor,
        (Caller::Nobody, None) => return Err(Problem::sign_in()),
        (_, None) => return Err(Problem::nothing()),
    };
    let done = http.engine.execute(clinic, Request::new(key.id(), actor, action)).await;
    let receipt = done.map_err(|error| problem(caller, error))?;
    let patient = matches!(caller, Caller::Patient(_));
    Ok(Json(Granted {
        position: (!patient).then_some(receipt.position.0),
        events: receipt.events.iter().map(|recorded| recorded.event.name()).collect(),
        visit: receipt.visit().map(|visit| visit.0),
        room: receipt.room().map(|room| room.0),
        member: receipt.member().map(|member| member.0),
        transfer: receipt.transfer().map(|transfer| transfer.0),
    }))
}

/// The id of a command: the same one again gets the first answer.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct Key {
    /// A new UUID for each wish, the same for each retry of it.
    #[param(rename = "Idempotency-Key")]
    key: Uuid,
}

impl Key {
    fn id(self) -> CommandId {
        CommandId(self.key)
    }
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let typed = head.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
        let key = typed.and_then(|key| Uuid::try_parse(key.trim_matches('"')).ok());
        let missing = || Problem::bad("Idempotency-Key", "must be a UUID, new for each wish");
        Ok(Self { key: key.ok_or_else(missing)? })
    }
}

/// A body, read as what it must be.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &S) -> Result<Self, Problem> {
        let read = Json::from_request(request, state).await;
        read.map(|Json(body)| Self(body)).map_err(|why| Problem::unreadable(why.body_text()))
    }
}

/// Reads a text of the rules, and names the field that is not as it must be.
pub(crate) fn text<T>(
    field: &str,
    typed: &str,
    parse: fn(&str) -> Result<T, TextError>,
) -> Result<T, Problem> {
    parse(typed).map_err(|why| Problem::bad(field, why.to_string()))
}
