//! Who has read what, and who let whom sign in: recorded before the answer leaves, so that no read of personal
//! data goes unseen. And the reading of these records.

use axum::extract::{Json, State};
use clinic_domain::ids::{ClinicId, MemberId, RoomId, VisitId};
use clinic_engine::ports::{Access, Accessed, Reader, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::clinic::{administers, look};
use crate::{Caller, Http, Path, Problem, Query, limits};

pub(crate) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(access_log))
}

/// What was read that tells of people, or done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// The board of a room.
    Board(RoomId),
    /// The board of a room as it was.
    PastBoard(RoomId),
    /// The board of a room, from now on.
    Stream(RoomId),
    /// Everything that happens in the clinic, from now on.
    ClinicStream,
    /// All visits that the reader may see.
    Visits,
    /// One visit.
    Visit(VisitId),
    /// The story of one visit.
    Timeline(VisitId),
    /// Where a call meets.
    Join(VisitId),
    /// What the reader has sent.
    Sent,
    /// The report of waits.
    Waits,
    /// The log.
    Log,
    /// Who has read what.
    AccessLog,
    /// A member was invited to choose how she signs in.
    Invite(MemberId),
    /// She has chosen.
    AcceptInvitation(MemberId),
    /// She has another password.
    ChangePassword(MemberId),
}

impl Noted {
    /// What it is in a word, and whom it is about.
    fn what(self) -> (&'static str, Subject) {
        match self {
            Self::Board(room) => ("board", Subject::Room(room)),
            Self::PastBoard(room) => ("past-board", Subject::Room(room)),
            Self::Stream(room) => ("stream", Subject::Room(room)),
            Self::ClinicStream => ("clinic-stream", Subject::Clinic),
            Self::Visits => ("visits", Subject::Clinic),
            Self::Visit(visit) => ("visit", Subject::Visit(visit)),
            Self::Timeline(visit) => ("timeline", Subject::Visit(visit)),
            Self::Join(visit) => ("join", Subject::Visit(visit)),
            Self::Sent => ("sent", Subject::Clinic),
            Self::Waits => ("waits", Subject::Clinic),
            Self::Log => ("log", Subject::Clinic),
            Self::AccessLog => ("access-log", Subject::Clinic),
            Self::Invite(member) => ("invite", Subject::Account(member)),
            Self::AcceptInvitation(member) => ("accept-invitation", Subject::Account(member)),
            Self::ChangePassword(member) => ("change-password", Subject::Account(member)),
        }
    }
}

/// Records what was read or done, and lets the answer leave only when the record is kept. What a patient reads is her
/// own, and nothing is recorded of it.
pub(crate) async fn note(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    noted: Noted,
) -> Result<(), Problem> {
    let who = match caller {
        Caller::Nobody | Caller::Patient(_) => return Ok(()),
        Caller::Member(_, member) => Reader::Member(member),
        Caller::Host => Reader::Host,
    };
    let (model, subject) = noted.what();
    let access = Access { at: http.engine.now(), clinic, who, model: model.into(), subject };
    http.access.record(access).await.map_err(|why| Problem::broken(&why))
}

/// A page of the access log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The number behind which the page begins: the last one of the page before.
    #[serde(default)]
    after: u64,
    /// At most so many records.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// Who looked at personal data.
#[derive(Debug, Serialize, ToSchema)]
struct AccessPage {
    /// The records, the oldest first. This reading is not among them: it is the next one's.
    records: Vec<AccessRecord>,
}

/// A reading of personal data, or a change of who signs in.
#[derive(Debug, Serialize, ToSchema)]
struct AccessRecord {
    /// Its number; later ones have higher numbers, with gaps.
    number: u64,
    /// When, UTC.
    #[schema(format = DateTime)]
    at: String,
    /// The member who read or did it; none: the host.
    member: Option<Uuid>,
    /// Which read model was read; or `invite`, `accept-invitation` or `change-password`.
    #[schema(example = "board")]
    model: String,
    /// Of those in this room.
    room: Option<Uuid>,
    /// Of this visit.
    visit: Option<Uuid>,
    /// Of this member's account.
    account: Option<Uuid>,
}

/// Who looked at personal data in a clinic, for those who administer it.
///
/// This reading is recorded too.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/access-log",
    tag = "people",
    params(("clinic" = Uuid, Path), Page),
    responses((status = 200, body = AccessPage), (status = "default", body = Problem))
)]
async fn access_log(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(page): Query<Page>,
) -> Result<Json<AccessPage>, Problem> {
    let clinic = ClinicId(clinic);
    let may =
        look(&http, caller, clinic, None, |views| administers(&views.census, caller).then_some(()));
    may.await?;
    let most = limits::ACCESS_PAGE;
    let limit = page.limit.unwrap_or(most);
    if !(1..=most).contains(&limit) {
        return Err(Problem::bad("limit", format!("must be from 1 to {most}")));
    }
    let found = http.access.read(clinic, page.after, limit).await;
    let found = found.map_err(|why| Problem::broken(&why))?;
    note(&http, caller, clinic, Noted::AccessLog).await?;
    Ok(Json(AccessPage { records: found.into_iter().map(AccessRecord::from).collect() }))
}

impl From<Accessed> for AccessRecord {
    fn from(Accessed { number, access }: Accessed) -> Self {
        let (room, visit, account) = match access.subject {
            Subject::Clinic => (None, None, None),
            Subject::Room(room) => (Some(room.0), None, None),
            Subject::Visit(visit) => (None, Some(visit.0), None),
            Subject::Account(member) => (None, None, Some(member.0)),
        };
        let member = match access.who {
            Reader::Member(member) => Some(member.0),
            Reader::Host => None,
        };
        let (at, model) = (access.at.to_string(), access.model.into_owned());
        Self { number, at, member, model, room, visit, account }
    }
}
