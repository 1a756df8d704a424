//! What a room runs by: texts, hours, policy, checklist and passcode.

use axum::extract::{Json, State};
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::room::{self, RoomPolicy};
use clinic_domain::text::{Label, LinkTemplate, Notice};
use clinic_domain::time::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::hours::Hours;
use super::object::object_if;
use super::words::ArrivalOrder;
use super::{Body, Granted, Key, actor, command, granted, passcode, text, text_if};
use crate::clinic::problem;
use crate::{Caller, Http, Path, Problem, figures};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(set_texts))
        .routes(routes!(set_hours))
        .routes(routes!(set_policy))
        .routes(routes!(set_checklist))
        .routes(routes!(set_passcode))
}

/// What a waiting room shows; a text that is null is not shown.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetTexts {
    /// A greeting.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, min_length = 1, max_length = 4_000)]
    welcome: Option<String>,
    /// Office hours in words.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, min_length = 1, max_length = 4_000)]
    office_hours: Option<String>,
    /// What to do in an emergency.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, min_length = 1, max_length = 4_000)]
    emergency: Option<String>,
}

/// Change all that a waiting room shows.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/set-texts",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = SetTexts,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_texts(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<SetTexts>,
) -> Result<Json<Granted>, Problem> {
    let texts = room::Texts {
        welcome: text_if("welcome", body.welcome.as_deref(), Notice::parse)?,
        office_hours: text_if("office_hours", body.office_hours.as_deref(), Notice::parse)?,
        emergency: text_if("emergency", body.emergency.as_deref(), Notice::parse)?,
    };
    let action = Action::SetTexts(RoomId(room), texts);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// When a door is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetHours {
    /// The new hours; null: always open.
    #[serde(deserialize_with = "object_if")]
    #[schema(required = true)]
    hours: Option<Hours>,
}

/// Change when a door is open.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/set-hours",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = SetHours,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_hours(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<SetHours>,
) -> Result<Json<Granted>, Problem> {
    let hours = body.hours.map(Hours::read).transpose()?;
    let action = Action::SetHours(RoomId(room), hours);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// The numbers that a room runs by, all of them; spans are in milliseconds.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPolicy {
    /// Visits that may have a rank at once.
    #[schema(maximum = 1_000)]
    queue_limit: u32,
    /// Where arrivals by transfer stand.
    arrivals: ArrivalOrder,
    /// How long members may accept or decline an arrival; null: arrivals need no answer.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, maximum = 86_400_000)]
    accept_window_ms: Option<u64>,
    /// How long a transfer out of here may be undone.
    #[schema(maximum = 86_400_000)]
    undo_window_ms: u64,
    /// How long a visit closed here may be reopened.
    #[schema(maximum = 86_400_000)]
    reopen_window_ms: u64,
    /// Waiting here longer than this deserves a look.
    wait_warn_ms: u64,
    /// Waiting here longer than this is too long.
    wait_late_ms: u64,
    /// The return of one visit to this room that alerts.
    return_alert: u32,
    /// Version of the consent text that a check-in must accept; null: no consent is asked.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    consent: Option<u32>,
    /// Where calls meet: an https address, `{call}` standing for the call's id; null: nowhere yet.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, min_length = 1, max_length = 2_000)]
    call_link: Option<String>,
    /// After how long offline a patient who was never served is closed as a no show; null: never.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, maximum = 86_400_000)]
    no_show_after_ms: Option<u64>,
}

/// Change all the limits, windows and thresholds of a room.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/set-policy",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = SetPolicy,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_policy(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<SetPolicy>,
) -> Result<Json<Granted>, Problem> {
    let policy = RoomPolicy {
        queue_limit: body.queue_limit,
        arrivals: body.arrivals.into(),
        accept_window: body.accept_window_ms.map(Millis),
        undo_window: Millis(body.undo_window_ms),
        reopen_window: Millis(body.reopen_window_ms),
        wait_warn: Millis(body.wait_warn_ms),
        wait_late: Millis(body.wait_late_ms),
        return_alert: body.return_alert,
        consent: body.consent,
        call_link: text_if("call_link", body.call_link.as_deref(), LinkTemplate::parse)?,
        no_show_after: body.no_show_after_ms.map(Millis),
    };
    let action = Action::SetPolicy(RoomId(room), Box::new(policy));
    command(&http, caller, ClinicId(clinic), key, action).await
}

impl From<&room::Texts> for SetTexts {
    fn from(texts: &room::Texts) -> Self {
        let words = |text: &Option<Notice>| text.as_ref().map(ToString::to_string);
        Self {
            welcome: words(&texts.welcome),
            office_hours: words(&texts.office_hours),
            emergency: words(&texts.emergency),
        }
    }
}

impl From<&RoomPolicy> for SetPolicy {
    fn from(policy: &RoomPolicy) -> Self {
        Self {
            queue_limit: policy.queue_limit,
            arrivals: policy.arrivals.into(),
            accept_window_ms: policy.accept_window.map(|span| span.0),
            undo_window_ms: policy.undo_window.0,
            reopen_window_ms: policy.reopen_window.0,
            wait_warn_ms: policy.wait_warn.0,
            wait_late_ms: policy.wait_late.0,
            return_alert: policy.return_alert,
            consent: policy.consent,
            call_link: policy.call_link.as_ref().map(ToString::to_string),
            no_show_after_ms: policy.no_show_after.map(|span| span.0),
        }
    }
}

/// What a room has to tick.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetChecklist {
    /// The labels, in order.
    #[schema(max_items = 20)]
    labels: Vec<String>,
}

/// Change what a room has to tick.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/set-checklist",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = SetChecklist,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_checklist(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<SetChecklist>,
) -> Result<Json<Granted>, Problem> {
    let labels = body.labels.iter().enumerate();
    let labels = labels.map(|(n, label)| text(&format!("labels.{n}"), label, Label::parse));
    let action = Action::SetChecklist(RoomId(room), labels.collect::<Result<_, _>>()?);
    command(&http, caller, ClinicId(clinic), key, action).await
}

/// A room's passcode.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPasscode {
    /// The new one; null: the room asks for none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    passcode: Option<String>,
}

/// Change a room's passcode, or ask for none; each time anew.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/set-passcode",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = SetPasscode,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn set_passcode(
    State(http): State<Http>,
    caller: Caller,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<SetPasscode>,
) -> Result<Json<Granted>, Problem> {
    let (clinic, room) = (ClinicId(clinic), RoomId(room));
    let actor = actor(caller, clinic)?;
    let typed = body.passcode.as_deref();
    let typed = typed.map(|typed| passcode("passcode", typed)).transpose()?;
    let done = http.engine.set_passcode(clinic, key.id(), actor, room, typed).await;
    figures::command(&done);
    let receipt = done.map_err(|error| problem(caller, error))?;
    Ok(Json(granted(caller, &receipt)))
}
