//! What one patient sees of her own visit, and nothing of anybody else's.

use axum::extract::State;
use clinic_domain::actor::TokenHash;
use clinic_domain::ids::{ClinicId, VisitId};
use clinic_domain::visit::PatientVisit;
use clinic_projections::census::Census;
use clinic_projections::waiting_room::{Spot, WaitingRoom};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::row::Doing;
use super::words::{At, Headcount};
use crate::commands::hours::Hours;
use crate::commands::settings::SetTexts;
use crate::who::Patient;
use crate::{Http, Path, Problem, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(waiting_room)).routes(routes!(my_visit))
}

/// A waiting room, as its patient sees it. No position of the log stands here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Seen {
    /// The instant at which it is read: what has lasted since an instant is counted from here.
    now: At,
    /// Her visit.
    visit: Uuid,
    /// The room that it is in.
    room: Uuid,
    /// What stands above the door.
    name: String,
    /// The clinic has moved her here.
    moved: bool,
    /// What she is doing.
    doing: Doing,
    /// Whether there is a call that she can join.
    joinable: bool,
    /// Her number in the queue, from 1; none while she is in call.
    rank: Option<u32>,
    /// When she checked in, whatever has happened since.
    checked_in_at: At,
    /// When she came to this room, this time.
    arrived_at: At,
    /// How many members are there.
    headcount: Headcount,
    /// What the room shows now.
    texts: SetTexts,
    /// The version of these texts.
    texts_version: u32,
    /// What was shown to her at her check-in.
    shown: ShownThen,
    /// When the room's door is open; always, if none are set. Whoever is inside stays.
    hours: Option<Hours>,
    /// Her place in words.
    words: String,
}

/// Which texts were on display at a check-in.
#[derive(Debug, Serialize, ToSchema)]
struct ShownThen {
    /// Of this room.
    room: Uuid,
    /// In this version.
    version: u32,
}

/// Where a patient's open visit is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct YourVisit {
    /// The visit.
    visit: Uuid,
    /// The room that it is in.
    room: Uuid,
}

/// The waiting room of one's own visit.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/waiting-room",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path)),
    responses((status = 200, body = Seen), (status = "default", body = Problem))
)]
async fn waiting_room(
    State(http): State<Http>,
    Patient(token): Patient,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
) -> Result<Shown<Seen>, Problem> {
    let (clinic, visit, now) = (ClinicId(clinic), VisitId(visit), http.engine.now());
    let seen = http.engine.read(clinic, None, |views| {
        let census = &views.census;
        // A visit that has closed stays hers until it can no longer be reopened.
        let held = census.visit(visit).and_then(PatientVisit::last);
        let hers = held.is_some_and(|held| held.tokens.contains(&token));
        hers.then(|| census.waiting_room(visit, now))
    });
    match seen.await.map_err(Problem::public)? {
        Some(Some(seen)) => Ok(Shown(Seen::from(seen))),
        Some(None) => Err(Problem::visit_over()),
        None => Err(Problem::nothing()),
    }
}

/// The open visit that one's own token leads to.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/my-visit",
    params(("clinic" = Uuid, Path)),
    responses((status = 200, body = YourVisit), (status = "default", body = Problem))
)]
async fn my_visit(
    State(http): State<Http>,
    Patient(token): Patient,
    Path(clinic): Path<Uuid>,
) -> Result<Shown<YourVisit>, Problem> {
    let hers = http.engine.read(ClinicId(clinic), None, |views| yours(&views.census, &token));
    hers.await.map_err(Problem::public)?.ok_or_else(Problem::nothing).map(Shown)
}

/// The open visit that a token leads to.
pub(super) fn yours(census: &Census, token: &TokenHash) -> Option<YourVisit> {
    let visit = census.visit_of(token)?;
    let room = census.visit(visit)?.open()?.room;
    Some(YourVisit { visit: visit.0, room: room.0 })
}

impl From<WaitingRoom> for Seen {
    fn from(seen: WaitingRoom) -> Self {
        let (doing, joinable) = match seen.spot {
            Spot::Waiting => (Doing::Waiting, false),
            Spot::OnHold => (Doing::OnHold, false),
            Spot::InCall { .. } => (Doing::InCall, true),
        };
        Self {
            now: seen.now.into(),
            visit: seen.visit.0,
            room: seen.room.0,
            name: seen.name.to_string(),
            moved: seen.moved,
            doing,
            joinable,
            rank: seen.rank,
            checked_in_at: seen.since_check_in.since.into(),
            arrived_at: seen.in_room.since.into(),
            headcount: seen.headcount.into(),
            texts: (&seen.texts).into(),
            texts_version: seen.texts_version,
            shown: ShownThen { room: seen.shown.room.0, version: seen.shown.version },
            hours: seen.hours.as_ref().map(Hours::from),
            words: seen.to_string(),
        }
    }
}
