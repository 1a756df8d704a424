//! The story of one visit across its rooms, for those who serve where it is or was last.

use axum::extract::State;
use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position, RoomId, TransferId, VisitId};
use clinic_domain::visit::VisitEvent;
use clinic_projections::census::Census;
use clinic_projections::stay::{Parts, Stay};
use clinic_projections::timeline::{self, Timeline};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Fresh;
use super::words::{Activity, Actor, At, clear_if};
use crate::access::{Noted, note};
use crate::clinic::{look, sees_board, sees_visit};
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(timeline))
}

/// What happened to a visit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineShown {
    /// The visit.
    visit: Uuid,
    /// The position of the last event that it tells of.
    position: u64,
    /// The instant of that event: all durations are counted until then.
    counted_until: At,
    /// The patient's name; none if it was erased or cannot be read.
    name: Option<String>,
    /// What happened, in order.
    lines: Vec<TimelineLine>,
    /// The rooms that it was in, in order.
    stays: Vec<StayShown>,
    /// What it did in all of them.
    whole: PartsShown,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
struct TimelineLine {
    /// Where it stands in the clinic's log.
    position: u64,
    /// Events that say the same.
    followed_by: Vec<u64>,
    /// When.
    at: At,
    /// Who did it, by the name held then.
    who: Actor,
    /// The event's name.
    event: &'static str,
    /// What happened, as a sentence without a full stop.
    sentence: String,
    /// Where the visit was when it had happened.
    room: Option<Uuid>,
    /// That room's name then.
    room_name: Option<String>,
    /// The transfer, if it is about one.
    transfer: Option<Uuid>,
    /// What a member wrote.
    note: Option<String>,
}

/// A visit in one room, from its arrival until it moved on or closed.
#[derive(Debug, Serialize, ToSchema)]
struct StayShown {
    /// Where.
    room: Uuid,
    /// The position of the event that began it.
    began: u64,
    /// Its arrival.
    from: At,
    /// Its end; none while it goes on.
    until: Option<At>,
    /// It began by a transfer, or by the reversal of one.
    moved_in: bool,
    /// A call has been going on in it.
    called: bool,
    /// What it did, until its end or until `counted_until`.
    parts: PartsShown,
    /// What it has been doing since; none once it has ended.
    doing: Option<Activity>,
}

/// How long a visit did what. The parts sum to the whole.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "each field names its unit, as on all of the wire")]
pub(super) struct PartsShown {
    /// In the waiting room, online.
    waiting_ms: u64,
    /// On hold, online.
    on_hold_ms: u64,
    /// Offline, not in call.
    offline_ms: u64,
    /// In call.
    in_call_ms: u64,
}

/// The story of a visit, however long ago it closed.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/timeline",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Fresh),
    responses((status = 200, body = TimelineShown), (status = "default", body = Problem))
)]
pub(crate) async fn timeline(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<TimelineShown>, Problem> {
    let (clinic, visit) = (ClinicId(clinic), VisitId(visit));
    let timeline = read(&http, caller, clinic, visit, fresh.position()).await?;
    Ok(Shown(TimelineShown::from(timeline)))
}

/// The story of a visit in the clear, for somebody who may read it. The reading is recorded.
pub(crate) async fn read(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    visit: VisitId,
    at_least: Option<Position>,
) -> Result<Timeline, Problem> {
    // Only somebody of the clinic has its log read.
    look(http, caller, clinic, at_least, |_| Some(())).await?;
    let story = story(http, clinic, visit).await?;
    let seen = look(http, caller, clinic, None, |views| {
        let timeline = Timeline::of(visit, &views.directory, &story);
        let last = timeline.stays.last()?.room;
        may_read(&views.census, caller, visit, last).then_some(timeline)
    });
    let timeline = http.engine.open(clinic, seen.await?).await.map_err(Problem::full)?;
    note(http, caller, clinic, Noted::Timeline(visit)).await?;
    Ok(timeline)
}

/// A visit's stream and those of its transfers.
async fn story(http: &Http, clinic: ClinicId, visit: VisitId) -> Result<Vec<Recorded>, Problem> {
    let read = async |stream| http.engine.stream(clinic, stream).await.map_err(Problem::full);
    let mut story = read(StreamId::Visit(visit)).await?;
    let legs: Vec<TransferId> = story.iter().filter_map(leg).collect();
    for leg in legs {
        story.extend(read(StreamId::Transfer(leg)).await?);
    }
    Ok(story)
}

fn leg(recorded: &Recorded) -> Option<TransferId> {
    match &recorded.event {
        Event::Visit(_, VisitEvent::Transferred { transfer, .. }) => Some(*transfer),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
    }
}

/// Rights are judged where the visit is now: it may have moved on since its story was read. Of a visit
/// that nobody holds any more, the story says where it was last.
pub(crate) fn may_read(census: &Census, caller: Caller, visit: VisitId, told: RoomId) -> bool {
    match census.visit(visit).and_then(|visit| visit.last()) {
        Some(held) => sees_visit(census, caller, held),
        None => sees_board(census, caller, told),
    }
}

impl From<Timeline> for TimelineShown {
    fn from(timeline: Timeline) -> Self {
        let until = timeline.checkpoint.at;
        let stay = |stay: &Stay| StayShown {
            room: stay.room.0,
            began: stay.began.0,
            from: stay.from.into(),
            until: stay.until.map(At),
            moved_in: stay.moved_in,
            called: stay.called,
            parts: stay.parts(until).into(),
            doing: stay.activity().map(Activity::from),
        };
        Self {
            visit: timeline.visit.0,
            position: timeline.checkpoint.position.0,
            counted_until: until.into(),
            name: clear_if(timeline.name.as_ref()),
            stays: timeline.stays.iter().map(stay).collect(),
            whole: timeline.parts(until).into(),
            lines: timeline.lines.into_iter().map(TimelineLine::from).collect(),
        }
    }
}

impl From<timeline::Line> for TimelineLine {
    fn from(line: timeline::Line) -> Self {
        Self {
            position: line.position.0,
            followed_by: line.followed_by.into_iter().map(|position| position.0).collect(),
            at: line.at.into(),
            who: (&line.who).into(),
            event: line.event,
            sentence: line.sentence,
            room: line.room.map(|room| room.0),
            room_name: line.room_name.map(|name| name.to_string()),
            transfer: line.transfer.map(|transfer| transfer.0),
            note: clear_if(line.note.as_ref()),
        }
    }
}

impl From<Parts> for PartsShown {
    fn from(parts: Parts) -> Self {
        Self {
            waiting_ms: parts.waiting.0,
            on_hold_ms: parts.on_hold.0,
            offline_ms: parts.offline.0,
            in_call_ms: parts.in_call.0,
        }
    }
}
