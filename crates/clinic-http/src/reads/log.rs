//! The log, for those who administer a clinic: what happened, where in the order, when and by whom. Not
//! what people wrote, and no token: the events themselves stay inside.

use std::sync::Arc;

use axum::extract::State;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_projections::directory::Directory;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::words::{Actor, At};
use crate::access::{Noted, note};
use crate::clinic::{administers, look};
use crate::{Caller, Http, Path, Problem, Query, Shown, limits};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(log))
}

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Show at least this position: that of a receipt, to read what one has written.
    at_least: Option<u64>,
    /// Events behind this position; by default, from the first one on.
    #[serde(default)]
    after: u64,
    /// At most so many.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    limit: Option<usize>,
}

/// A part of the log.
#[derive(Debug, Serialize, ToSchema)]
struct LogShown {
    /// Where the log ended when it was read.
    position: u64,
    /// What happened, in order.
    events: Vec<LogLine>,
    /// Ask for what is behind this position to go on; none at the end.
    next: Option<u64>,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
struct LogLine {
    /// Where it stands in the clinic's log.
    position: u64,
    /// When it happened.
    at: At,
    /// Its name.
    event: &'static str,
    /// Whose stream it stands in.
    stream: StreamKind,
    /// Of this clinic, room, visit or transfer.
    id: Uuid,
    /// Its number in that stream, from 1.
    sequence: u64,
    /// Who caused it, by the name held then.
    by: Actor,
    /// By which command.
    command: Uuid,
}

/// A kind of stream.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StreamKind {
    /// The clinic's own.
    Clinic,
    /// A room's.
    Room,
    /// A visit's.
    Visit,
    /// A transfer's.
    Transfer,
}

/// What happened in a clinic, page by page.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/log",
    params(("clinic" = Uuid, Path), Page),
    responses((status = 200, body = LogShown), (status = "default", body = Problem))
)]
async fn log(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(page): Query<Page>,
) -> Result<Shown<LogShown>, Problem> {
    let (clinic, after) = (ClinicId(clinic), Position(page.after));
    let limit = page.limit.unwrap_or(limits::LOG_PAGE);
    if !(1..=limits::LOG_PAGE_MAX).contains(&limit) {
        let why = format!("must be a number from 1 to {}", limits::LOG_PAGE_MAX);
        return Err(Problem::bad("limit", why));
    }
    let head = look(&http, caller, clinic, page.at_least.map(Position), |views| {
        administers(&views.census, caller).then(|| views.census.position())
    });
    let head = head.await?;
    let events = behind(&http, clinic, (after, head), limit).await?;
    let lines = look(&http, caller, clinic, None, |views| {
        let line = |recorded: &Arc<Recorded>| LogLine::of(recorded, &views.directory);
        administers(&views.census, caller).then(|| events.iter().map(line).collect::<Vec<_>>())
    });
    let events = lines.await?;
    note(&http, caller, clinic, Noted::Log).await?;
    let last = events.last().map_or(after.0, |line| line.position);
    Ok(Shown(LogShown { position: head.0, events, next: (last < head.0).then_some(last) }))
}

/// At most `limit` events behind `after`, up to `head`.
async fn behind(
    http: &Http,
    clinic: ClinicId,
    (after, head): (Position, Position),
    limit: usize,
) -> Result<Vec<Arc<Recorded>>, Problem> {
    let mut feed = http.engine.subscribe(clinic, after).await.map_err(Problem::full)?;
    let mut events = vec![];
    while feed.position() < head && events.len() < limit {
        events.push(feed.next().await.map_err(Problem::full)?);
    }
    Ok(events)
}

impl LogLine {
    fn of(recorded: &Recorded, directory: &Directory) -> Self {
        let stream = recorded.event.stream();
        Self {
            position: recorded.position.0,
            at: recorded.occurred_at.into(),
            event: recorded.event.name(),
            stream: match stream {
                StreamId::Clinic(_) => StreamKind::Clinic,
                StreamId::Room(_) => StreamKind::Room,
                StreamId::Visit(_) => StreamKind::Visit,
                StreamId::Transfer(_) => StreamKind::Transfer,
            },
            id: stream.id(),
            sequence: recorded.sequence,
            by: (&directory.who_at(&recorded.cause.actor, recorded.position)).into(),
            command: recorded.cause.command_id.0,
        }
    }
}
