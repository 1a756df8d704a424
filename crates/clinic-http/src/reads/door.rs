//! A room's door, for anybody who has its link.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use clinic_domain::actor::TokenHash;
use clinic_domain::clinic::Capability;
use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::room::{OpenRoom, RoomKind};
use clinic_domain::text::Slug;
use clinic_domain::time::Timestamp;
use clinic_projections::census::Census;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::board::DoorNow;
use super::waiting_room::{YourVisit, yours};
use super::words::At;
use crate::accounts::VisitCookie;
use crate::commands::hours::Hours;
use crate::commands::settings::SetTexts;
use crate::{Http, Path, Problem, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(door))
}

/// What anybody sees who opens a room's link.
#[derive(Debug, Serialize, ToSchema)]
struct DoorPage {
    /// The instant at which it is read.
    now: At,
    /// The room.
    room: Uuid,
    /// What stands above the door.
    name: String,
    /// The link that is in use.
    slug: String,
    /// The link asked for is an old one: the room has moved to `slug`.
    moved: bool,
    /// What the door does.
    door: DoorNow,
    /// When it is open; always, if no hours are set.
    hours: Option<Hours>,
    /// What the room shows.
    texts: SetTexts,
    /// The version of these texts.
    texts_version: u32,
    /// Whether a check-in needs a passcode.
    asks_passcode: bool,
    /// The version of the consent text that a check-in must accept, if the room asks for consent.
    consent: Option<u32>,
    /// Whether as many are waiting as may.
    full: bool,
    /// The open visit of whoever asks. Nobody else is told of it.
    your_visit: Option<YourVisit>,
}

/// A room's door, by its link.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/doors/{slug}",
    params(("clinic" = Uuid, Path), ("slug" = String, Path)),
    responses((status = 200, body = DoorPage), (status = "default", body = Problem))
)]
async fn door(
    State(http): State<Http>,
    Token(token): Token,
    fresh: VisitCookie,
    Path((clinic, slug)): Path<(Uuid, String)>,
) -> Result<(VisitCookie, Shown<DoorPage>), Problem> {
    let slug = Slug::parse(&slug).map_err(|_no_link| Problem::nothing())?;
    let now = http.engine.now();
    let page = http
        .engine
        .read(ClinicId(clinic), None, |views| page(&views.census, &slug, token.as_ref(), now));
    let page = page.await.map_err(Problem::public)?.ok_or_else(Problem::nothing)?;
    Ok((fresh, Shown(page)))
}

/// The door that a link leads to; none for a room that takes nobody in any more.
fn page(
    census: &Census,
    slug: &Slug,
    token: Option<&TokenHash>,
    now: Timestamp,
) -> Option<DoorPage> {
    let (id, room) = behind(census, slug)?;
    let your_visit = token.and_then(|token| yours(census, token));
    let (queue, limit) = (census.queue_len(id), room.policy.queue_limit);
    Some(DoorPage {
        now: now.into(),
        room: id.0,
        name: room.name.to_string(),
        slug: room.slug.to_string(),
        moved: room.slug != *slug,
        door: census.door(id, now)?.into(),
        hours: room.hours.as_ref().map(Hours::from),
        texts: (&room.texts).into(),
        texts_version: room.texts_version,
        asks_passcode: room.passcode.is_some(),
        consent: room.policy.consent,
        full: u32::try_from(queue).map_or(true, |queue| queue >= limit),
        your_visit,
    })
}

/// The room whose link this is, or once was. Where a check-in finds no room, there is none here either.
pub(crate) fn behind<'c>(census: &'c Census, slug: &Slug) -> Option<(RoomId, &'c OpenRoom)> {
    let mut open = census.rooms().filter_map(|(id, room)| Some((id, room.open()?)));
    let found = open.find(|(_, room)| room.slug == *slug || room.retired.contains(slug));
    let capable = |kind| match kind {
        RoomKind::Shared => census.clinic().can(Capability::SharedRooms),
        RoomKind::Personal(_) => true,
    };
    found.filter(|(_, room)| capable(room.kind) && !census.clinic().is_history())
}

/// The visit token of whoever asks, if she has one.
struct Token(Option<TokenHash>);

impl FromRequestParts<Http> for Token {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        Ok(Self(http.authenticator.patient(head).await?))
    }
}
