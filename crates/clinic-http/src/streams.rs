//! Live streams: what changes, as server-sent events, for as long as the reader may see it.
//!
//! - A room's stream, for those who see its board: each event that its board shows, with the row that
//!   came of it. `id` is the position.
//! - The clinic's stream, for its admins and the host: each event, without anything personal.
//! - A visit's stream, for its patient: her waiting room, whenever it has changed. `id` tells nothing but
//!   what she was last shown.
//!
//! `hub` follows one clinic and renders each message once, `touched` says whom an event concerns,
//! `message` is what is sent, and `reader` is one connection, which looks at its reader's right before
//! every message and every half second.

mod hub;
mod message;
mod queue;
mod reader;
mod seats;
mod touched;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use clinic_domain::command::Person;
use clinic_domain::ids::{ClinicId, Position, RoomId, VisitId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) use hub::Hubs;
use hub::{After, Topic};
pub(crate) use reader::Connected;
use reader::{Reader, may_read};

use crate::access::{Noted, note};
use crate::description::grouped;
use crate::who::Patient;
use crate::{Caller, Http, Path, Problem, Query, limits};

pub(crate) fn routes() -> OpenApiRouter<Http> {
    let routes = OpenApiRouter::new()
        .routes(routes!(room_stream))
        .routes(routes!(clinic_stream))
        .routes(routes!(visit_stream));
    grouped("streams", routes)
}

/// Where a stream goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct From {
    /// Go on behind this position, that of a board that was read, say. `Last-Event-ID`, which a browser
    /// sends by itself when it connects again, goes before it.
    after: Option<u64>,
}

/// What happens on a room's board.
///
/// `visit`, `room` and `members` messages carry the event, its position and, of a visit, its row;
/// `resync` says that too much was missed and the board is to be read anew; `end` that this is all.
/// A message with nothing but an id moves the cursor past events that the reader does not see.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/rooms/{room}/stream",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), From),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = Problem)
    )
)]
async fn room_stream(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Query(from): Query<From>,
    request: Request,
) -> Result<Response, Problem> {
    let topic = Topic::Room(RoomId(room));
    open(http, caller, ClinicId(clinic), topic, from.after, request).await
}

/// Everything that happens in the clinic, for admins and the host.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/stream",
    params(("clinic" = Uuid, Path), From),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = Problem)
    )
)]
async fn clinic_stream(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(from): Query<From>,
    request: Request,
) -> Result<Response, Problem> {
    open(http, caller, ClinicId(clinic), Topic::Clinic, from.after, request).await
}

/// What a patient's waiting room shows, whenever that changes.
///
/// `waiting-room` messages carry the waiting room as it is now, `over` says that the visit has closed,
/// `end` that this is all. The id is opaque: with it as `Last-Event-ID`, what has not changed since is not
/// sent again.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/stream",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path)),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = Problem)
    )
)]
async fn visit_stream(
    State(http): State<Http>,
    Patient(token): Patient,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    request: Request,
) -> Result<Response, Problem> {
    let topic = Topic::Visit(VisitId(visit));
    open(http, Caller::Patient(token), ClinicId(clinic), topic, None, request).await
}

async fn open(
    http: Http,
    caller: Caller,
    clinic: ClinicId,
    topic: Topic,
    after: Option<u64>,
    request: Request,
) -> Result<Response, Problem> {
    may_read(&http, caller, clinic, topic).await?;
    let seat = http.streams.seats.take(clinic, caller)?;
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let after = match topic {
        Topic::Visit(_) => After::Shown(last.map(str::to_owned)),
        Topic::Room(_) | Topic::Clinic => {
            let last = last.map(|id| id.parse().map_err(|_| not_a_position())).transpose()?;
            After::Position(last.or(after).map(Position))
        }
    };
    let (head, _no_body) = request.into_parts();
    let who = match (caller, topic) {
        (Caller::Member(_, member), _) => Some(Person::Member(member)),
        (Caller::Patient(_), Topic::Visit(visit)) => Some(Person::Patient(visit)),
        (Caller::Patient(_) | Caller::Host | Caller::Nobody, _) => None,
    };
    match topic {
        Topic::Room(room) => note(&http, caller, clinic, Noted::Stream(room)).await?,
        Topic::Clinic => note(&http, caller, clinic, Noted::ClinicStream).await?,
        Topic::Visit(_) => {}
    }
    let queue = http.streams.subscribe(&http.engine, clinic, topic, after).await?;
    let reader = Reader::new(http, caller, head, (clinic, topic), queue, seat, who).await?;
    let keep_alive = KeepAlive::new().interval(limits::STREAM_KEEP_ALIVE);
    let sse = Sse::new(reader.into_stream()).keep_alive(keep_alive);
    let mut response = sse.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn not_a_position() -> Problem {
    Problem::bad("Last-Event-ID", "must be a position that this stream has given")
}
