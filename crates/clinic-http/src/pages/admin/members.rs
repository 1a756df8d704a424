//! The members of a clinic, and how one is added.

use axum::extract::State;
use axum::response::Response;
use clinic_domain::clinic::{Role, Status};
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::limits::TITLE_CHARS;
use clinic_projections::availability::Availability;
use clinic_projections::census::Census;
use maud::{Markup, html};

use super::super::Pages;
use super::super::words as w;
use super::member::room_links;
use super::overview::by_name;
use super::{Admin, Forms, Part, button, field, made, role, roles, setting, status};
use crate::Problem;
use crate::clinic::look;

/// A member in the list.
struct Listed {
    id: MemberId,
    name: String,
    role: Role,
    status: Status,
    availability: Availability,
    rooms: Vec<(RoomId, String)>,
}

/// The rooms in use where a member is assigned.
pub(super) fn rooms_of(census: &Census, member: MemberId) -> Vec<(RoomId, String)> {
    let open = census.rooms().filter_map(|(id, room)| Some((id, room.open()?)));
    let hers = open.filter(|(_, room)| room.assigned.contains(&member));
    by_name(hers.map(|(id, room)| (id, room.name.to_string())))
}

/// All who were not removed, by name.
fn listed(census: &Census) -> Option<Vec<Listed>> {
    let there = census.clinic().founded()?.members.iter();
    let there = there.filter(|(_, member)| member.status != Status::Removed);
    let mut all: Vec<Listed> = there
        .map(|(id, member)| Listed {
            id: *id,
            name: member.name.to_string(),
            role: member.role,
            status: member.status,
            availability: census.availability(*id),
            rooms: rooms_of(census, *id),
        })
        .collect();
    all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Some(all)
}

pub(super) async fn page(State(pages): State<Pages>, admin: Admin) -> Response {
    match shown(&pages, &admin).await {
        Ok(body) => made(&pages, &admin, Part::Members, w::MEMBERS, &body),
        Err(problem) => admin.failed(&problem, "/admin"),
    }
}

async fn shown(pages: &Pages, admin: &Admin) -> Result<Markup, Problem> {
    let signed = &admin.0;
    let members =
        look(&pages.http, signed.caller(), signed.clinic, None, |views| listed(&views.census));
    let members = members.await?;
    let forms = Forms { pages, admin, back: "/admin/members".to_owned() };
    Ok(html! {
        div.title { h1 { (w::MEMBERS) } p.hint { (w::MEMBERS_LEAD) } }
        div.card { (table(&members, signed.member)) }
        (setting("add-member", w::ADD_MEMBER, w::ADD_MEMBER_LEAD, &forms.saying("add-member", w::MEMBER_ADDED, &html! {
            (field(w::MEMBER_NAME, w::MEMBER_NAME_HINT, &html! {
                input name="name" maxlength=(TITLE_CHARS) required;
            }))
            (roles(Role::Member))
            (button("primary", w::ADD_MEMBER))
        })))
    })
}

/// On a phone each row becomes a card, whose cells say by themselves what they are.
fn table(members: &[Listed], me: MemberId) -> Markup {
    html! {
        table.list {
            thead { tr {
                th scope="col" { (w::MEMBER) }
                th scope="col" { (w::ROLE) }
                th scope="col" { (w::STATUS) }
                th scope="col" { (w::IN_ROOMS) }
            } }
            tbody {
                @for member in members {
                    tr {
                        th scope="row" {
                            a href={ "/admin/members/" (member.id) } { (member.name) }
                            @if member.id == me { " " span.pill { (w::YOU) } }
                        }
                        td data-label=(w::ROLE) { (role(member.role)) }
                        td data-label=(w::STATUS) { (status(member.status, member.availability)) }
                        td data-label=(w::IN_ROOMS) { span { (room_links(&member.rooms)) } }
                    }
                }
            }
        }
    }
}
