//! The report of waits: numbers, each with how many facts it rests on, and with these facts for whoever
//! asks. Where there is nothing to make a number of there is none, and never a made-up zero.

use axum::extract::State;
use clinic_domain::ids::{ClinicId, Position, RoomId};
use clinic_engine::blocking;
use clinic_projections::report::{
    self, Figure, Figures, OpenWait, Percentiles, Report, Scope, Share, Utilisation, Waited,
};
use clinic_projections::waits::Fact;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::timeline::PartsShown;
use super::words::{Activity, At, Ending, zone_name};
use crate::access::{Noted, note};
use crate::clinic::{administers, look, sees_board};
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(waits))
}

/// What a report is about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct About {
    /// Show at least this position: that of a receipt, to read what one has written.
    at_least: Option<u64>,
    /// This room. Members who do not administer the clinic name one whose board they see.
    room: Option<Uuid>,
    /// From this day on, by the clinic's clock.
    #[param(format = Date)]
    from: Option<String>,
    /// Until this day, included.
    #[param(format = Date)]
    to: Option<String>,
    /// With the facts that each number rests on.
    #[serde(default)]
    facts: bool,
}

/// How long people waited. Rooms, days and hours each sum to the total. Days are kept for two months.
#[derive(Debug, Serialize, ToSchema)]
struct WaitsShown {
    /// The instant up to which open visits are counted.
    now: At,
    /// The position that it reflects.
    position: u64,
    /// The zone of its days and hours.
    zone: String,
    /// All of it.
    total: FiguresShown,
    /// By room.
    rooms: Vec<RoomFigures>,
    /// By day.
    days: Vec<DayFigures>,
    /// By the hour of the day.
    hours: Vec<HourFigures>,
    /// Of each member, in all rooms: for those who administer the clinic.
    members: Vec<MemberFigures>,
    /// The stays that go on: they are in no percentile yet.
    open: Vec<OpenStay>,
}

/// A room's numbers.
#[derive(Debug, Serialize, ToSchema)]
struct RoomFigures {
    /// Which.
    room: Uuid,
    /// Its numbers.
    figures: FiguresShown,
}

/// A day's numbers.
#[derive(Debug, Serialize, ToSchema)]
struct DayFigures {
    /// Which.
    #[schema(format = Date)]
    day: String,
    /// Its numbers.
    figures: FiguresShown,
}

/// An hour's numbers.
#[derive(Debug, Serialize, ToSchema)]
struct HourFigures {
    /// Which, from 0 to 23.
    hour: u32,
    /// Its numbers.
    figures: FiguresShown,
}

/// Numbers of some rooms, days or hours.
#[derive(Debug, Serialize, ToSchema)]
struct FiguresShown {
    /// Check-ins.
    check_ins: Counted,
    /// Visits that were there.
    visits: usize,
    /// What they did, open ones until `now`.
    parts: PartsShown,
    /// How long those waited whose stay is over; none if there is nobody.
    waiting: Option<PercentilesShown>,
    /// Stays that ended because their transfer was undone, declined or expired: in no percentile.
    reversed: Counted,
    /// Visits that closed, by reason.
    closed: Vec<ClosedFigures>,
    /// Of the visits that closed, those that left and were never in call; none if none closed.
    left_unseen: Option<ShareShown>,
    /// Imported visits, of which nobody knows whether they were seen.
    no_data: Counted,
    /// Of the stays that began by a transfer, those that ended without a call because the patient
    /// left or was gone; none if none did.
    abandoned: Option<ShareShown>,
}

/// A number, and what it rests on.
#[derive(Debug, Serialize, ToSchema)]
struct Counted {
    /// How many.
    count: usize,
    /// Which, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    facts: Option<Vec<FactShown>>,
}

/// What a number rests on: a visit, and the event that made it count.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct FactShown {
    /// The visit.
    visit: Uuid,
    /// The position of the event.
    position: u64,
}

/// Waits that somebody had, by nearest rank.
#[derive(Debug, Serialize, ToSchema)]
struct PercentilesShown {
    /// Half waited no longer.
    p50: WaitedShown,
    /// Nine in ten waited no longer.
    p90: WaitedShown,
    /// All but one in a hundred waited no longer.
    p99: WaitedShown,
    /// The stays that are over.
    of: Counted,
}

/// How long somebody waited in one stay, online and not on hold.
#[derive(Debug, Serialize, ToSchema)]
struct WaitedShown {
    /// How long.
    wait_ms: u64,
    /// The stay, by the event that ended it.
    fact: FactShown,
}

/// Visits that closed for one reason.
#[derive(Debug, Serialize, ToSchema)]
struct ClosedFigures {
    /// Which reason.
    reason: Ending,
    /// How many.
    visits: Counted,
}

/// Some of a number.
#[derive(Debug, Serialize, ToSchema)]
struct ShareShown {
    /// Those.
    some: Counted,
    /// All of which they are some.
    of: Counted,
    /// In whole thousandths, rounded down.
    per_mille: u64,
}

/// How a member's time online was used.
#[derive(Debug, Serialize, ToSchema)]
struct MemberFigures {
    /// Whose.
    member: Uuid,
    /// Connected.
    online_ms: u64,
    /// In call.
    in_call_ms: u64,
    /// Time in call in thousandths of the time online; none if she was not online.
    per_mille: Option<u64>,
    /// Visits that she was in call with.
    visits: usize,
}

/// Somebody who is still here.
#[derive(Debug, Serialize, ToSchema)]
struct OpenStay {
    /// The visit.
    visit: Uuid,
    /// Where.
    room: Uuid,
    /// Since when in this room.
    from: At,
    /// What it is doing.
    doing: Activity,
    /// What it did here until `now`.
    parts: PartsShown,
}

/// How long people waited.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/waits",
    params(("clinic" = Uuid, Path), About),
    responses((status = 200, body = WaitsShown), (status = "default", body = Problem))
)]
async fn waits(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(about): Query<About>,
) -> Result<Shown<WaitsShown>, Problem> {
    let (clinic, scope, facts) = (ClinicId(clinic), about.scope()?, about.facts);
    let tell = move |report: Report| Teller { facts }.report(&report);
    Ok(Shown(read(&http, caller, clinic, about.at_least.map(Position), scope, tell).await?))
}

/// What somebody tells of a report that its reader may see. The reading is recorded.
pub(crate) async fn read<R: Send + 'static>(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    at_least: Option<Position>,
    scope: Scope,
    tell: impl FnOnce(Report) -> R + Send + 'static,
) -> Result<R, Problem> {
    let now = http.engine.now();
    let found = look(http, caller, clinic, at_least, |views| {
        let census = &views.census;
        if scope.room.is_some_and(|room| census.room(room).is_none()) {
            return None;
        }
        let all = administers(census, caller);
        let theirs = scope.room.is_some_and(|room| sees_board(census, caller, room));
        // No more than that here: as long as somebody looks, nobody's wish is committed.
        (all || theirs).then(|| (views.waits.clone(), all))
    });
    let (waits, all) = found.await?;
    note(http, caller, clinic, Noted::Waits).await?;
    let told = blocking(move || {
        let report = waits.report(scope, now);
        let members = if all { report.members.clone() } else { [].into() };
        tell(Report { members, ..report })
    });
    Ok(told.await)
}

impl About {
    fn scope(&self) -> Result<Scope, Problem> {
        let wrong = |field| Problem::bad(field, "must be a date such as 2026-12-24");
        let from = self.from.as_deref().map(str::parse).transpose().map_err(|_| wrong("from"))?;
        let until = self.to.as_deref().map(str::parse).transpose().map_err(|_| wrong("to"))?;
        Ok(Scope { from, until, room: self.room.map(RoomId) })
    }
}

/// Writes numbers, with their facts or without.
#[derive(Clone, Copy)]
struct Teller {
    facts: bool,
}

impl Teller {
    fn report(self, report: &Report) -> WaitsShown {
        let rooms = report.rooms.iter();
        let days = report.days.iter();
        let hours = report.hours.iter();
        let members = report.members.iter().map(|(id, use_of_time)| member(id.0, use_of_time));
        WaitsShown {
            now: report.now.into(),
            position: report.position.0,
            zone: zone_name(report.zone.as_ref()),
            total: self.figures(&report.total),
            rooms: rooms
                .map(|(id, one)| RoomFigures { room: id.0, figures: self.figures(one) })
                .collect(),
            days: days
                .map(|(day, one)| DayFigures { day: day.to_string(), figures: self.figures(one) })
                .collect(),
            hours: hours
                .map(|(hour, one)| HourFigures { hour: *hour, figures: self.figures(one) })
                .collect(),
            members: members.collect(),
            open: report.open.iter().map(OpenStay::from).collect(),
        }
    }

    fn figures(self, figures: &Figures) -> FiguresShown {
        let closed = figures.closed.iter().map(|(reason, facts)| ClosedFigures {
            reason: (*reason).into(),
            visits: self.counted(facts),
        });
        FiguresShown {
            check_ins: self.counted(&figures.check_ins),
            visits: figures.visits.len(),
            parts: figures.parts.into(),
            waiting: figures.waiting.known().map(|waits| self.percentiles(waits)),
            reversed: self.counted(&figures.reversed),
            closed: closed.collect(),
            left_unseen: self.share(&figures.left_unseen),
            no_data: self.counted(&figures.no_data),
            abandoned: self.share(&figures.abandoned),
        }
    }

    fn percentiles(self, waits: &Percentiles) -> PercentilesShown {
        let waited = |one: &Waited| WaitedShown { wait_ms: one.wait.0, fact: one.fact.into() };
        PercentilesShown {
            p50: waited(&waits.p50),
            p90: waited(&waits.p90),
            p99: waited(&waits.p99),
            of: self.counted(&waits.of),
        }
    }

    fn share(self, share: &Figure<Share>) -> Option<ShareShown> {
        share.known().map(|share| ShareShown {
            some: self.counted(&share.some),
            of: self.counted(&share.of),
            per_mille: share.per_mille(),
        })
    }

    fn counted(self, facts: &[Fact]) -> Counted {
        let listed = self.facts.then(|| facts.iter().copied().map(FactShown::from).collect());
        Counted { count: facts.len(), facts: listed }
    }
}

fn member(member: Uuid, time: &Utilisation) -> MemberFigures {
    MemberFigures {
        member,
        online_ms: time.online.0,
        in_call_ms: time.in_call.0,
        per_mille: time.per_mille.known().copied(),
        visits: time.visits.len(),
    }
}

impl From<Fact> for FactShown {
    fn from(fact: Fact) -> Self {
        Self { visit: fact.visit.0, position: fact.position.0 }
    }
}

impl From<&OpenWait> for OpenStay {
    fn from(open: &report::OpenWait) -> Self {
        Self {
            visit: open.visit.0,
            room: open.room.0,
            from: open.from.into(),
            doing: open.activity.into(),
            parts: open.parts.into(),
        }
    }
}
