//! What a member has sent, and where it is now: room and state, and nothing else of that room.

use axum::extract::State;
use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::room::Room;
use clinic_projections::census::Census;
use clinic_projections::sent::{Sent, Whereabouts};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Fresh;
use super::words::{At, Ending, Outcome, clear};
use crate::access::{Noted, note};
use crate::clinic::look;
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(sent))
}

/// What the asker has sent.
#[derive(Debug, Serialize, ToSchema)]
struct SentShown {
    /// The position that it reflects.
    position: u64,
    /// The latest first.
    sent: Vec<SentOne>,
}

/// A visit that was sent to another room.
#[derive(Debug, Serialize, ToSchema)]
struct SentOne {
    /// The transfer.
    transfer: Uuid,
    /// The visit.
    visit: Uuid,
    /// The patient's name; none if it was erased or cannot be read.
    name: Option<String>,
    /// Where it was sent from.
    from: Uuid,
    /// That room's name.
    from_name: Option<String>,
    /// Where it was sent to.
    to: Uuid,
    /// That room's name.
    to_name: Option<String>,
    /// When.
    at: At,
    /// What became of the transfer; nothing yet, while an answer is awaited.
    outcome: Option<Outcome>,
    /// Where the visit is now; unknown only in a log that is not whole.
    now: Option<WhereNow>,
}

/// Where a visit is, as somebody may know who sent it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "doing", rename_all = "snake_case")]
enum WhereNow {
    /// In the waiting room.
    Waiting {
        /// Of this room.
        room: Uuid,
        /// Its name.
        room_name: Option<String>,
    },
    /// With a member.
    InCall {
        /// Of this room.
        room: Uuid,
        /// Its name.
        room_name: Option<String>,
    },
    /// In the waiting room, the call paused.
    OnHold {
        /// Of this room.
        room: Uuid,
        /// Its name.
        room_name: Option<String>,
    },
    /// The visit is over.
    Closed {
        /// Why, in a word.
        reason: Ending,
        /// When.
        at: At,
    },
}

/// What one has sent oneself, and where it is now.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/sent",
    params(("clinic" = Uuid, Path), Fresh),
    responses((status = 200, body = SentShown), (status = "default", body = Problem))
)]
async fn sent(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<SentShown>, Problem> {
    let clinic = ClinicId(clinic);
    let seen = look(&http, caller, clinic, fresh.position(), |views| {
        let census = &views.census;
        let sent = census.sent_by(caller.member()?);
        let ends = |sent: &Sent| (name(census, sent.from), name(census, sent.to));
        let names: Vec<_> = sent.iter().map(ends).collect();
        Some((census.position(), sent, names))
    });
    let (position, sent, names) = seen.await?;
    let sent = http.engine.open(clinic, sent).await.map_err(Problem::full)?;
    note(&http, caller, clinic, Noted::Sent).await?;
    let sent = sent.into_iter().zip(names).map(|(sent, (from_name, to_name))| SentOne {
        transfer: sent.transfer.0,
        visit: sent.visit.0,
        name: clear(&sent.name),
        from: sent.from.0,
        from_name,
        to: sent.to.0,
        to_name,
        at: sent.at.into(),
        outcome: sent.outcome.map(Outcome::from),
        now: sent.now.map(WhereNow::from),
    });
    Ok(Shown(SentShown { position: position.0, sent: sent.collect() }))
}

fn name(census: &Census, room: RoomId) -> Option<String> {
    census.room(room).and_then(Room::last).map(|room| room.name.to_string())
}

impl From<Whereabouts> for WhereNow {
    fn from(now: Whereabouts) -> Self {
        match now {
            Whereabouts::Waiting { room, name } => {
                Self::Waiting { room: room.0, room_name: name.map(|name| name.to_string()) }
            }
            Whereabouts::InCall { room, name } => {
                Self::InCall { room: room.0, room_name: name.map(|name| name.to_string()) }
            }
            Whereabouts::OnHold { room, name } => {
                Self::OnHold { room: room.0, room_name: name.map(|name| name.to_string()) }
            }
            Whereabouts::Closed { reason, at } => {
                Self::Closed { reason: reason.into(), at: at.into() }
            }
        }
    }
}
