//! A clinic and its members, as every member may know them.

use axum::extract::State;
use clinic_domain::clinic::{Capability as May, FoundedClinic, Member, Status};
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_projections::census::Census;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Fresh;
use super::words::{Availability, MemberStatus, zone_name};
use crate::clinic::look;
use crate::commands::words::{Capability, Role};
use crate::{Caller, Http, Path, Problem, Query, Shown};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(clinic)).routes(routes!(members))
}

/// A clinic.
#[derive(Debug, Serialize, ToSchema)]
struct ClinicShown {
    /// The clinic.
    clinic: Uuid,
    /// The position that this reflects.
    position: u64,
    /// Its name.
    name: String,
    /// The zone of its clock on the wall.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// What it may use.
    capabilities: Vec<Capability>,
    /// Whether it is history, imported from elsewhere: nothing happens in it any more.
    history: bool,
    /// A host's own id.
    external_ref: Option<String>,
    /// The member who asks; none if it is the host.
    me: Option<Me>,
}

/// The member who asks.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// Her id.
    member: Uuid,
    /// Her name.
    name: String,
    /// What she is to the clinic.
    role: Role,
    /// What she can do now, as others see it.
    availability: Availability,
    /// The visit that she is in call with.
    in_call_with: Option<Uuid>,
}

/// The members of a clinic.
#[derive(Debug, Serialize, ToSchema)]
struct MembersShown {
    /// The position that this reflects.
    position: u64,
    /// The members, by name. Removed ones are left out.
    members: Vec<MemberListed>,
}

/// A member, as every other may know her.
#[derive(Debug, Serialize, ToSchema)]
struct MemberListed {
    /// Her id.
    member: Uuid,
    /// Her name.
    name: String,
    /// What she is to the clinic.
    role: Role,
    /// Whether she may act.
    status: MemberStatus,
    /// What she can do now.
    availability: Availability,
    /// The rooms in use where she is assigned.
    rooms: Vec<Uuid>,
    /// A host's own id.
    external_ref: Option<String>,
}

/// A clinic, and who one is there.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}",
    params(("clinic" = Uuid, Path), Fresh),
    responses((status = 200, body = ClinicShown), (status = "default", body = Problem))
)]
async fn clinic(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<ClinicShown>, Problem> {
    let id = ClinicId(clinic);
    let shown = look(&http, caller, id, fresh.position(), |views| {
        let founded = views.census.clinic().founded()?;
        Some(shown(&views.census, id, founded, caller.member()))
    });
    shown.await.map(Shown)
}

fn shown(
    census: &Census,
    id: ClinicId,
    clinic: &FoundedClinic,
    asker: Option<MemberId>,
) -> ClinicShown {
    let me = |asker: MemberId| {
        let member = census.clinic().member(asker)?;
        Some(Me {
            member: asker.0,
            name: member.name.to_string(),
            role: member.role.into(),
            availability: census.availability(asker).into(),
            in_call_with: census.call_of(asker).map(|visit| visit.0),
        })
    };
    let may = clinic.capabilities.iter().copied();
    ClinicShown {
        clinic: id.0,
        position: census.position().0,
        name: clinic.name.to_string(),
        zone: zone_name(Some(&clinic.zone)),
        capabilities: may.map(|one: May| one.into()).collect(),
        history: clinic.imported,
        external_ref: clinic.external_ref.as_ref().map(ToString::to_string),
        me: asker.and_then(me),
    }
}

/// The members of a clinic.
#[utoipa::path(
    get,
    path = "/clinics/{clinic}/members",
    params(("clinic" = Uuid, Path), Fresh),
    responses((status = 200, body = MembersShown), (status = "default", body = Problem))
)]
async fn members(
    State(http): State<Http>,
    caller: Caller,
    Path(clinic): Path<Uuid>,
    Query(fresh): Query<Fresh>,
) -> Result<Shown<MembersShown>, Problem> {
    let members = look(&http, caller, ClinicId(clinic), fresh.position(), |views| {
        let census = &views.census;
        let all = census.clinic().founded()?.members.iter();
        let there = all.filter(|(_, member)| member.status != Status::Removed);
        let listed = there.map(|(id, member)| listed(census, *id, member));
        let mut members: Vec<MemberListed> = listed.collect();
        members.sort_by(|a, b| (&a.name, a.member).cmp(&(&b.name, b.member)));
        Some(MembersShown { position: census.position().0, members })
    });
    members.await.map(Shown)
}

fn listed(census: &Census, id: MemberId, member: &Member) -> MemberListed {
    let open = census.rooms().filter_map(|(room, state)| Some((room, state.open()?)));
    let rooms = open.filter(|(_, room)| room.assigned.contains(&id));
    MemberListed {
        member: id.0,
        name: member.name.to_string(),
        role: member.role.into(),
        status: member.status.into(),
        availability: census.availability(id).into(),
        rooms: rooms.map(|(room, _)| room.0).collect(),
        external_ref: member.external_ref.as_ref().map(ToString::to_string),
    }
}
