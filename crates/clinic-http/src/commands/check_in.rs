//! Check-in: by the patient, under her visit token, and by nobody else.

use axum::extract::{Extension, Json, State};
use clinic_domain::command::CheckInForm;
use clinic_domain::ids::{ClinicId, MemberId, RoomId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{PersonName, PhoneTail, Reason};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, ToldBy};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::object::object_if;
use super::{Body, Granted, Key, granted, passcode, text, text_if};
use crate::who::Patient;
use crate::{Caller, Http, Path, Problem, Source, figures};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(check_in))
}

/// What a patient fills in at the door.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckIn {
    /// The name as typed.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Why the patient comes.
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
    /// The last four digits of a phone.
    #[schema(pattern = "^[0-9]{4}$")]
    phone: Option<String>,
    /// An appointment, as the patient tells of it; none: a drop-in.
    #[serde(default, deserialize_with = "object_if")]
    booked: Option<Booking>,
    /// The version of the consent text that was accepted.
    consent: Option<u32>,
    /// The room's passcode as typed, where it asks for one.
    #[schema(min_length = 1, max_length = 100)]
    passcode: Option<String>,
}

/// An appointment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Booking {
    /// Whom the patient expects.
    member: Option<Uuid>,
    /// Which room the patient expects to end in.
    room: Option<Uuid>,
    /// The appointment's time (RFC 3339).
    #[schema(format = DateTime)]
    appointment: Option<String>,
}

/// Check in at a room, as the patient.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/rooms/{room}/check-in",
    params(("clinic" = Uuid, Path), ("room" = Uuid, Path), Key),
    request_body = CheckIn,
    responses((status = 200, body = Granted), (status = "default", body = Problem))
)]
async fn check_in(
    State(http): State<Http>,
    Patient(token): Patient,
    source: Option<Extension<Source>>,
    key: Key,
    Path((clinic, room)): Path<(Uuid, Uuid)>,
    Body(body): Body<CheckIn>,
) -> Result<Json<Granted>, Problem> {
    let name = text("name", &body.name, PersonName::parse)?;
    let reason = text_if("reason", body.reason.as_deref(), Reason::parse)?;
    let phone = text_if("phone", body.phone.as_deref(), PhoneTail::parse)?;
    let typed = body.passcode.as_deref();
    let typed = typed.map(|typed| passcode("passcode", typed)).transpose()?;
    let form = CheckInForm {
        reason: reason.map(Personal::Clear),
        phone: phone.map(Personal::Clear),
        arrival: body.booked.map_or(Ok(Arrival::DropIn), Booking::read)?,
        consent: body.consent,
        ..CheckInForm::new(RoomId(room), token, name)
    };
    let source = source.as_ref().map(|Extension(Source(source))| source.as_str());
    let done = http.engine.check_in(ClinicId(clinic), key.id(), form, typed, source).await;
    figures::command(&done);
    let mut granted = granted(Caller::Patient(token), &done.map_err(Problem::at_door)?);
    if granted.visit.is_none() {
        // She was inside already, and nothing had to be recorded: her page still has to find her.
        let hers = http.engine.read(ClinicId(clinic), None, |views| views.census.visit_of(&token));
        granted.visit = hers.await.map_err(Problem::public)?.map(|visit| visit.0);
    }
    Ok(Json(granted))
}

impl Booking {
    /// What the patient tells of it, whatever she says: the host's calendar does not speak here.
    fn read(self) -> Result<Arrival, Problem> {
        let instant = |typed: String| {
            let wrong = || Problem::bad("booked.appointment", "must be an instant of RFC 3339");
            Timestamp::parse(&typed).ok_or_else(wrong)
        };
        Ok(Arrival::Booked {
            member: self.member.map(MemberId),
            room: self.room.map(RoomId),
            appointment: self.appointment.map(instant).transpose()?,
            told_by: ToldBy::Patient,
        })
    }
}
