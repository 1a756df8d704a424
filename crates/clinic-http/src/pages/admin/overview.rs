//! The rooms of a clinic, how a new one is opened, and what the clinic may use.

use axum::extract::State;
use axum::response::Response;
use clinic_domain::clinic::Capability;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::limits;
use clinic_domain::room::{OpenRoom, Room, RoomKind};
use clinic_domain::time::Timestamp;
use clinic_projections::board::DoorState;
use clinic_projections::census::Census;
use maud::{Markup, html};

use super::super::Pages;
use super::super::words as w;
use super::link::{Site, copied};
use super::{Admin, Forms, Part, button, door, field, made, setting};
use crate::Problem;
use crate::clinic::look;

/// What the page shows.
struct Overview {
    now: Timestamp,
    zone: Option<Zone>,
    name: String,
    /// By name.
    rooms: Vec<Listed>,
    archived: Vec<(RoomId, String)>,
    /// Active members who have no room of their own yet, by name.
    roomless: Vec<(MemberId, String)>,
    capabilities: Vec<Capability>,
}

/// A room in use.
struct Listed {
    id: RoomId,
    name: String,
    slug: String,
    /// Whose it is, if it is one member's.
    owner: Option<String>,
    door: DoorState,
    queue: usize,
    in_call: usize,
    serving: Vec<String>,
}

impl Overview {
    fn of(census: &Census, now: Timestamp) -> Option<Self> {
        let clinic = census.clinic().founded()?;
        let open = census.rooms().filter_map(|(id, room)| Some((id, room.open()?)));
        let mut rooms: Vec<_> =
            open.filter_map(|(id, room)| listed(census, id, room, now)).collect();
        rooms.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        let archived = census.rooms().filter_map(|(id, room)| match room {
            Room::Archived(room) => Some((id, room.name.to_string())),
            Room::Open(_) | Room::Unopened => None,
        });
        Some(Self {
            now,
            zone: census.zone().cloned(),
            name: clinic.name.to_string(),
            rooms,
            archived: by_name(archived),
            roomless: by_name(roomless(census)),
            capabilities: clinic.capabilities.iter().copied().collect(),
        })
    }
}

/// In the order of their names.
pub(super) fn by_name<I: Ord>(named: impl Iterator<Item = (I, String)>) -> Vec<(I, String)> {
    let mut named: Vec<_> = named.collect();
    named.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    named
}

/// The name of a member.
pub(super) fn member_name(census: &Census, member: MemberId) -> Option<String> {
    Some(census.clinic().member(member)?.name.to_string())
}

fn roomless(census: &Census) -> impl Iterator<Item = (MemberId, String)> {
    let has = |member| {
        let mut open = census.rooms().filter_map(|(_, room)| room.open());
        open.any(|room| room.kind == RoomKind::Personal(member))
    };
    let members = census.clinic().founded().into_iter().flat_map(|clinic| &clinic.members);
    members
        .filter(move |(id, member)| member.active() && !has(**id))
        .map(|(id, member)| (*id, member.name.to_string()))
}

fn listed(census: &Census, id: RoomId, room: &OpenRoom, now: Timestamp) -> Option<Listed> {
    let owner = match room.kind {
        RoomKind::Shared => None,
        RoomKind::Personal(member) => Some(member_name(census, member).unwrap_or_default()),
    };
    let serving = room.assigned.iter().filter_map(|id| Some((*id, member_name(census, *id)?)));
    Some(Listed {
        id,
        name: room.name.to_string(),
        slug: room.slug.to_string(),
        owner,
        door: census.door(id, now)?,
        queue: census.queue_len(id),
        in_call: census.in_call(id).len(),
        serving: by_name(serving).into_iter().map(|(_, name)| name).collect(),
    })
}

pub(super) async fn page(State(pages): State<Pages>, site: Site, admin: Admin) -> Response {
    match shown(&pages, &site, &admin).await {
        Ok(body) => made(&pages, &admin, Part::Rooms, w::ADMIN, &body),
        Err(problem) => admin.failed(&problem, "/desk"),
    }
}

async fn shown(pages: &Pages, site: &Site, admin: &Admin) -> Result<Markup, Problem> {
    let (http, signed) = (&pages.http, &admin.0);
    let now = http.engine.now();
    let overview =
        look(http, signed.caller(), signed.clinic, None, |views| Overview::of(&views.census, now));
    let (overview, link) = (overview.await?, site.rooms(pages, signed.clinic).await?);
    let forms = Forms { pages, admin, back: "/admin".to_owned() };
    Ok(html! {
        div.title { h1 { (overview.name) } p.hint { (w::CLINIC_NAME_HINT) } }
        section.card aria-labelledby="rooms-title" {
            h2 #rooms-title { (w::ROOMS_IN_USE) }
            (rooms(&overview, &link))
            @if !overview.archived.is_empty() {
                details.fold {
                    summary { (w::ARCHIVED_ROOMS) " (" (overview.archived.len()) ")" }
                    ul.plain {
                        @for (id, name) in &overview.archived {
                            li { a href={ "/admin/rooms/" (id) } { (name) } }
                        }
                    }
                }
            }
        }
        (setting("open-room", w::OPEN_ROOM, w::OPEN_ROOM_LEAD, &open_room(&forms, &overview)))
        (setting("may-use", w::MAY_USE, w::MAY_USE_LEAD, &may_use(&overview.capabilities)))
    })
}

fn rooms(overview: &Overview, link: &str) -> Markup {
    html! {
        @if overview.rooms.is_empty() { p.hint { (w::NO_ROOM_YET) } }
        ul.rooms {
            @for room in &overview.rooms {
                li {
                    div.what {
                        h3 { a href={ "/admin/rooms/" (room.id) } { (room.name) } }
                        p.badges {
                            (door(&room.door, overview.zone.as_ref(), overview.now))
                            span.pill { @if room.owner.is_some() { (w::PERSONAL_ROOM) } @else { (w::SHARED_ROOM) } }
                            span.hint { (w::waits_and_calls(room.queue, room.in_call)) }
                        }
                        p.hint {
                            @if let Some(owner) = &room.owner { (w::personal_of(owner)) "." }
                            @else if room.serving.is_empty() { (w::SERVED_BY_NOBODY) }
                            @else { (w::SERVED_BY) " " (room.serving.join(", ")) "." }
                        }
                    }
                    (copied(&format!("link-{}", room.id), &format!("{link}{}", room.slug), &w::copy_link_of(&room.name)))
                }
            }
        }
    }
}

fn open_room(forms: &Forms<'_>, overview: &Overview) -> Markup {
    forms.saying(
        "open-room",
        w::ROOM_OPENED,
        &html! {
            (field(w::ROOM_NAME, w::ROOM_NAME_HINT, &html! {
                input name="name" maxlength=(limits::TITLE_CHARS) required;
            }))
            (field(w::LINK_END, w::LINK_END_HINT, &slug("", true)))
            label { (w::WHOSE_ROOM)
                select name="personal" {
                    option value="" { (w::WHOSE_CLINIC) }
                    @for (id, name) in &overview.roomless {
                        option value=(id) { (w::personal_of(name)) }
                    }
                }
            }
            (button("primary", w::OPEN_ROOM))
        },
    )
}

/// The end of a room's link, perhaps as the name beside it suggests.
pub(super) fn slug(now: &str, suggested: bool) -> Markup {
    html! {
        input name="slug" value=(now) maxlength=(limits::SLUG_BYTES) pattern="[a-z0-9]([a-z0-9\\-]*[a-z0-9])?" title=(w::LINK_END_HINT) autocapitalize="none" spellcheck="false" required data-suggested-by=[suggested.then_some("name")];
    }
}

fn may_use(granted: &[Capability]) -> Markup {
    let told = |one: Capability| match one {
        Capability::SharedRooms => (w::CAN_SHARED, w::CAN_SHARED_HINT),
        Capability::Transfer => (w::CAN_TRANSFER, w::CAN_TRANSFER_HINT),
        Capability::Pause => (w::CAN_PAUSE, w::CAN_PAUSE_HINT),
        Capability::AcceptWindow => (w::CAN_ACCEPT, w::CAN_ACCEPT_HINT),
    };
    html! {
        ul.lines {
            @for one in Capability::ALL {
                @let (name, hint) = told(one);
                li {
                    span { strong { (name) } br; span.hint { (hint) } }
                    @if granted.contains(&one) { span.pill.good { (w::GRANTED) } }
                    @else { span.pill.warn { (w::NOT_GRANTED) } }
                }
            }
        }
    }
}
