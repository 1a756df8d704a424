//! Where a call meets: for the two who are in it, and for nobody else.

use axum::extract::State;
use clinic_domain::ids::{CallId, ClinicId, VisitId};
use clinic_domain::visit::{OpenVisit, Place};
use clinic_engine::EngineError;
use clinic_engine::ports::Join;
use clinic_projections::census::Census;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Fresh;
use crate::access::{Noted, note};
use crate::clinic::look;
use crate::who::Patient;
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(join)).routes(routes!(join_as_patient))
}

/// How to join a call.
#[derive(Debug, Serialize, ToSchema)]
struct JoinShown {
    /// How.
    how: HowToJoin,
    /// The call; none while there is none.
    call: Option<Uuid>,
    /// Where it meets.
    link: Option<String>,
}

/// How to join a call, in a word.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HowToJoin {
    /// There is no call now.
    NoCall,
    /// By the link.
    Link,
    /// The room says nothing of where its calls meet: the member tells the patient.
    Unarranged,
}

/// How the member who is in call with a visit joins.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/join",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path), Fresh),
    responses((status = 200, body = JoinShown), (status = "default", body = Problem))
)]
async fn join(
    State(http): State<Http>,
    caller: Caller,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<JoinShown>, Problem> {
    let (clinic, visit) = (ClinicId(clinic), VisitId(visit));
    let hers = |census: &Census| {
        let member = caller.member()?;
        let open = census.visit(visit)?.open()?;
        call(open).filter(|_| open.in_call_with() == Some(member))
    };
    let before = look(&http, caller, clinic, fresh.position(), |views| hers(&views.census)).await?;
    let join = http.engine.join(clinic, visit).await.map_err(Problem::full)?;
    let after = look(&http, caller, clinic, None, |views| hers(&views.census)).await?;
    note(&http, caller, clinic, Noted::Join(visit)).await?;
    same(before, after, join).map(Shown).ok_or_else(Problem::nothing)
}

/// How the patient joins the call that her visit is in.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/visits/{visit}/waiting-room/join",
    params(("clinic" = Uuid, Path), ("visit" = Uuid, Path)),
    responses((status = 200, body = JoinShown), (status = "default", body = Problem))
)]
async fn join_as_patient(
    State(http): State<Http>,
    Patient(token): Patient,
    Path((clinic, visit)): Path<(Uuid, Uuid)>,
) -> Result<Shown<JoinShown>, Problem> {
    let (clinic, visit) = (ClinicId(clinic), VisitId(visit));
    let hers = async || {
        let call = http.engine.read(clinic, None, |views| {
            let census = &views.census;
            let open = census.visit(visit)?.open()?;
            (census.visit_of(&token) == Some(visit)).then(|| call(open))
        });
        call.await.map_err(Problem::public)?.ok_or_else(Problem::nothing)
    };
    let Some(before) = hers().await? else { return Ok(Shown(JoinShown::none())) };
    let join = http.engine.join(clinic, visit).await;
    let join = join.map_err(|error: EngineError| Problem::public(error))?;
    let joined = hers().await?.and_then(|after| same(before, after, join));
    Ok(Shown(joined.unwrap_or_else(JoinShown::none)))
}

/// The call that a visit is in.
fn call(visit: &OpenVisit) -> Option<CallId> {
    match visit.place {
        Place::InCall { call, .. } => Some(call),
        Place::Waiting { .. } | Place::OnHold { .. } => None,
    }
}

/// Where a call meets, if it was the same one before and after the provider was asked: by then the
/// visit may be somebody else's.
fn same(before: CallId, after: CallId, join: Option<Join>) -> Option<JoinShown> {
    let join = join.filter(|_| before == after)?;
    let (how, link) = match join {
        Join::Link(link) => (HowToJoin::Link, Some(link)),
        Join::Unarranged => (HowToJoin::Unarranged, None),
    };
    Some(JoinShown { how, call: Some(after.0), link })
}

impl JoinShown {
    fn none() -> Self {
        Self { how: HowToJoin::NoCall, call: None, link: None }
    }
}
