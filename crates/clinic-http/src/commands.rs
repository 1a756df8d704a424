//! A route for each wish. The body says what is wished and never who wishes it.

mod check_in;
mod clinics;
pub(crate) mod hours;
mod members;
mod object;
mod rooms;
pub(crate) mod settings;
mod transfers;
mod visits;
pub(crate) mod words;

use axum::extract::{FromRequest, FromRequestParts, Json, Request as HttpRequest};
use axum::http::request::Parts;
use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, PlaceVersion};
use clinic_domain::text::TextError;
use clinic_engine::{Receipt, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use self::object::Object;
use crate::clinic::refused;
use crate::description::grouped;
use crate::{Caller, Http, Problem, figures, limits};

pub(crate) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .merge(grouped("clinic", clinics::routes()))
        .merge(grouped("clinic", members::routes()))
        .merge(grouped("rooms", rooms::routes()))
        .merge(grouped("rooms", settings::routes()))
        .merge(grouped("patients", check_in::routes()))
        .merge(grouped("visits", visits::routes()))
        .merge(grouped("visits", transfers::routes()))
}

/// Nothing more to say: the path says it all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What was granted, and committed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Granted {
    /// Reads that ask for at least this position show it. A patient is told none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    position: Option<u64>,
    /// What was recorded, by name; nothing if it was so already.
    events: Vec<&'static str>,
    /// The visit that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    visit: Option<Uuid>,
    /// The room that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    room: Option<Uuid>,
    /// The member who was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    member: Option<Uuid>,
    /// The transfer that was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
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
    let actor = wisher(caller, clinic, &action)?;
    let done = http.engine.execute(clinic, Request::new(key.id(), actor, action)).await;
    figures::command(&done);
    match done {
        Ok(receipt) => Ok(Json(granted(caller, &receipt))),
        Err(error) => Err(refused(http, caller, clinic, error).await),
    }
}

/// As whom a caller wishes something: patients may wish to leave, and nothing else that members may.
fn wisher(caller: Caller, clinic: ClinicId, action: &Action) -> Result<Actor, Problem> {
    match caller {
        Caller::Patient(token) if matches!(action, Action::CloseVisit { .. }) => {
            Ok(Actor::Patient(token))
        }
        Caller::Nobody | Caller::Patient(_) | Caller::Member(..) | Caller::Host => {
            actor(caller, clinic)
        }
    }
}

/// As whom a caller asks for what no patient may, who must be somebody there.
fn actor(caller: Caller, clinic: ClinicId) -> Result<Actor, Problem> {
    match caller {
        Caller::Nobody | Caller::Patient(_) => Err(Problem::sign_in()),
        Caller::Member(..) | Caller::Host => caller.actor(clinic).ok_or_else(Problem::nothing),
    }
}

/// What a caller is told of what was granted.
fn granted(caller: Caller, receipt: &Receipt) -> Granted {
    let patient = matches!(caller, Caller::Patient(_));
    Granted {
        position: (!patient).then_some(receipt.position.0),
        events: receipt.events.iter().map(|recorded| recorded.event.name()).collect(),
        visit: receipt.visit().map(|visit| visit.0),
        room: receipt.room().map(|room| room.0),
        member: receipt.member().map(|member| member.0),
        transfer: receipt.transfer().map(|transfer| transfer.0),
    }
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
        read.map(|Json(Object(body))| Self(body))
            .map_err(|why| Problem::unread(why.status(), why.body_text()))
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

/// As [`text`], of a text that may be missing.
pub(crate) fn text_if<T>(
    field: &str,
    typed: Option<&str>,
    parse: fn(&str) -> Result<T, TextError>,
) -> Result<Option<T>, Problem> {
    typed.map(|typed| text(field, typed, parse)).transpose()
}

/// Reads the name of a time zone.
fn zone(field: &str, typed: &str) -> Result<Zone, Problem> {
    let wrong = || Problem::bad(field, "must be an IANA time zone such as Europe/Berlin");
    Zone::parse(typed).ok_or_else(wrong)
}

/// A passcode as typed; it never gets into an event.
fn passcode<'a>(field: &str, typed: &'a str) -> Result<&'a str, Problem> {
    let (found, limit) = (typed.chars().count(), limits::PASSCODE_CHARS);
    let why = match found {
        0 => TextError::Empty,
        _ if found > limit => TextError::TooLong { unit: "characters", found, limit },
        _ => return Ok(typed),
    };
    Err(Problem::bad(field, why.to_string()))
}

/// The place version that the asker decided on.
fn seen(version: Option<u32>) -> Option<PlaceVersion> {
    version.map(PlaceVersion)
}
