//! Visits: those that the asker may see, one of them, and where it can be sent.

use axum::extract::State;
use clinic_domain::ids::{ClinicId, RoomId, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::text::Title;
use clinic_projections::one::{OneVisit, Over};
use clinic_projections::picker::TransferTarget;
use clinic_projections::row;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Fresh;
use super::rooms::RoomWord;
use super::row::Row;
use super::words::{At, Ending, Headcount, Warning, clear_if};
use crate::access::{Noted, note};
use crate::clinic::{look, sees_board, sees_visit};
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(visits)).routes(routes!(visit)).routes(routes!(targets))
}

/// The open visits that the asker may see.
#[derive(Debug, Serialize, ToSchema)]
struct VisitsShown {
    /// The instant at which they are read.
    now: At,
    /// The position that they reflect.
    position: u64,
    /// The visits, by room and then as on its board.
    visits: Vec<VisitListed>,
}

/// An open visit and its room.
#[derive(Debug, Serialize, ToSchema)]
struct VisitListed {
    /// The room that it is in.
    room: Uuid,
    /// That room's name.
    room_name: String,
    /// As on that room's board.
    row: Row,
}

/// A visit, wherever it is.
#[derive(Debug, Serialize, ToSchema)]
struct VisitShown {
    /// The instant at which it is read.
    now: At,
    /// The position that it reflects.
    position: u64,
    /// The room that it is in, or was in when it closed.
    room: Uuid,
    /// That room's name.
    room_name: Option<String>,
    /// As the members of that room see it, or saw it when it closed.
    row: Row,
    /// How it ended; none while it is open.
    closed: Option<Closed>,
}

/// How a visit ended.
#[derive(Debug, Serialize, ToSchema)]
struct Closed {
    /// In a word.
    reason: Ending,
    /// Why it was removed.
    why: Option<String>,
    /// When.
    at: At,
    /// Until when it may be reopened.
    reopen_until: At,
    /// The visit that goes on, if it was a duplicate.
    into: Option<Uuid>,
}

/// Where a visit can be sent.
#[derive(Debug, Serialize, ToSchema)]
struct TargetsShown {
    /// The instant at which they are read.
    now: At,
    /// The position that they reflect.
    position: u64,
    /// The place version that a click on one of them is decided on.
    version: u32,
    /// Exactly the rooms to which a transfer would be granted now: the expected one first, then by name.
    targets: Vec<Target>,
}

/// A room that would take a visit.
#[derive(Debug, Serialize, ToSchema)]
struct Target {
    /// The room.
    room: Uuid,
    /// Its name.
    name: String,
    /// The clinic's, or one member's.
    kind: RoomWord,
    /// Whose it is, if it is one member's.
    owner: Option<Uuid>,
    /// The patient expects this room.
    expected: bool,
    /// How many of its members can do what.
    headcount: Headcount,
    /// How many have a rank there.
    queue: usize,
    /// How long it may accept or decline, if it asks for that.
    accept_window_ms: Option<u64>,
    /// What the sender should know.
    warnings: Vec<Warning>,
}

/// Rows, each with its room: what is opened before it is shown.
struct Rows(Vec<(RoomId, Title, row::Row)>);

impl HoldsPersonal for Rows {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        for (_, _, row) in &mut self.0 {
            row.each_personal(look);
        }
    }
}

/// All open visits that one may see.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits",
    params(("clinic" = Uuid, Path), Fresh),
    responses((status = 200, body = VisitsShown), (status = "default", body = Problem))
)]
async fn visits(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<VisitsShown>, Problem> {
    let (clinic, now) = (ClinicId(clinic), http.engine.now());
    let seen = look(&http, caller, clinic, fresh.position(), |views| {
        let census = &views.census;
        let rooms = census.rooms().map(|(id, _)| id).filter(|id| sees_board(census, caller, *id));
        let mut boards: Vec<_> = rooms.filter_map(|id| census.board(id, now)).collect();
        boards.sort_by(|a, b| (&a.name, a.room).cmp(&(&b.name, b.room)));
        let rows = boards.into_iter().flat_map(|board| {
            let (room, name) = (board.room, board.name);
            board.rows.into_iter().map(move |row| (room, name.clone(), row))
        });
        Some((census.position(), Rows(rows.collect())))
    });
    let (position, rows) = seen.await?;
    let Rows(rows) = http.engine.open(clinic, rows).await.map_err(Problem::full)?;
    note(&http, caller, clinic, Noted::Visits).await?;
    let visits = rows.into_iter().map(|(room, name, row)| VisitListed {
        room: room.0,
        room_name: name.to_string(),
        row: row.into(),
    });
    Ok(Shown(VisitsShown { now: now.into(), position: position.0, visits: visits.collect() }))
}

/// One visit, open or closed not long ago.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Fresh),
    responses((status = 200, body = VisitShown), (status = "default", body = Problem))
)]
async fn visit(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<VisitShown>, Problem> {
    let (clinic, visit, now) = (ClinicId(clinic), VisitId(visit), http.engine.now());
    let seen = look(&http, caller, clinic, fresh.position(), |views| {
        let census = &views.census;
        let last = census.visit(visit)?.last()?;
        let seen = sees_visit(census, caller, last).then(|| census.one_visit(visit, now));
        Some((census.position(), seen.flatten()?))
    });
    let (position, seen) = seen.await?;
    let seen = http.engine.open(clinic, seen).await.map_err(Problem::full)?;
    note(&http, caller, clinic, Noted::Visit(visit)).await?;
    let OneVisit { room, room_name, row, over } = seen;
    Ok(Shown(VisitShown {
        now: now.into(),
        position: position.0,
        room: room.0,
        room_name: room_name.map(|name| name.to_string()),
        row: row.into(),
        closed: over.as_ref().map(Closed::from),
    }))
}

/// Where a visit can be sent, by whoever may send it.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/transfer-targets",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Fresh),
    responses((status = 200, body = TargetsShown), (status = "default", body = Problem))
)]
async fn targets(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<TargetsShown>, Problem> {
    let (visit, now) = (VisitId(visit), http.engine.now());
    let targets = look(&http, caller, ClinicId(clinic), fresh.position(), |views| {
        let census = &views.census;
        let open = census.visit(visit)?.open()?;
        sees_visit(census, caller, open).then(|| TargetsShown {
            now: now.into(),
            position: census.position().0,
            version: open.version.0,
            targets: census.transfer_targets(visit, now).into_iter().map(Target::from).collect(),
        })
    });
    targets.await.map(Shown)
}

impl From<&Over> for Closed {
    fn from(over: &Over) -> Self {
        Self {
            reason: over.reason.into(),
            why: clear_if(over.why.as_ref()),
            at: over.at.into(),
            reopen_until: over.reopen_until.into(),
            into: over.into.map(|visit| visit.0),
        }
    }
}

impl From<TransferTarget> for Target {
    fn from(target: TransferTarget) -> Self {
        let (kind, owner) = RoomWord::of(target.kind);
        Self {
            room: target.room.0,
            name: target.name.to_string(),
            kind,
            owner,
            expected: target.expected,
            headcount: target.headcount.into(),
            queue: target.queue,
            accept_window_ms: target.accept_window.map(|span| span.0),
            warnings: target.warnings.into_iter().map(Warning::from).collect(),
        }
    }
}
