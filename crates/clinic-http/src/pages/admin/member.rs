//! One member: her name and role, how she is invited, and whether she may act.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use clinic_domain::clinic::{Member, Status};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::limits::TITLE_CHARS;
use clinic_projections::availability::Availability;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::super::Pages;
use super::super::ask::problem;
use super::super::words as w;
use super::link::{Site, copied};
use super::members::rooms_of;
use super::{Admin, Forms, Part, button, field, known, made, roles, setting, status, told};
use crate::clinic::look;
use crate::{Path, Problem, limits};

/// What the page shows.
struct Shown {
    id: MemberId,
    member: Member,
    availability: Availability,
    rooms: Vec<(RoomId, String)>,
}

impl Shown {
    async fn read(pages: &Pages, admin: &Admin, id: MemberId) -> Result<Self, Problem> {
        let signed = &admin.0;
        let shown = look(&pages.http, signed.caller(), signed.clinic, None, |views| {
            let census = &views.census;
            Some(Self {
                id,
                member: census.clinic().member(id)?.clone(),
                availability: census.availability(id),
                rooms: rooms_of(census, id),
            })
        });
        shown.await
    }
}

pub(super) async fn page(
    State(pages): State<Pages>,
    admin: Admin,
    Path(member): Path<Uuid>,
) -> Response {
    match Shown::read(&pages, &admin, MemberId(member)).await {
        Ok(shown) => {
            let forms =
                Forms { pages: &pages, admin: &admin, back: format!("/admin/members/{member}") };
            let body = body(&forms, &shown);
            made(&pages, &admin, Part::Members, shown.member.name.as_str(), &body)
        }
        Err(problem) => admin.failed(&problem, "/admin/members"),
    }
}

fn body(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let Shown { id, member, availability, rooms } = shown;
    let path = |wish: &str| format!("members/{id}/{wish}");
    html! {
        div.title {
            p { a href="/admin/members" { "← " (w::ALL_MEMBERS) } }
            h1 { (member.name) }
            p.badges {
                span.pill { (super::role(member.role)) }
                (status(member.status, *availability))
                @if *id == forms.admin.0.member { span.pill { (w::YOU) } }
            }
            p.hint { (w::IN_ROOMS) " " (room_links(rooms)) }
        }
        @if member.status == Status::Removed { p.card { (w::WAS_REMOVED) } }
        @else {
            (setting("invite", w::INVITE, w::INVITE_LEAD, &inviting(*id, member.status)))
            (setting("name", w::MEMBER_NAME, w::RENAME_LEAD, &forms.form(&path("rename-member"), &html! {
                (field(w::MEMBER_NAME, w::MEMBER_NAME_HINT, &html! {
                    input name="name" value=(member.name) maxlength=(TITLE_CHARS) required;
                }))
                (button("primary", w::SAVE))
            })))
            (setting("role", w::ROLE, w::ROLE_LEAD, &forms.form(&path("change-role"), &html! {
                (roles(member.role))
                (button("primary", w::SAVE))
            })))
            @if member.status == Status::Active {
                (setting("disable", w::DISABLE, w::DISABLE_LEAD, &forms.form(&path("disable-member"), &html! {
                    (disable_known(*availability))
                    (button("", w::DISABLE))
                })))
            } @else {
                (setting("enable", w::ENABLE, w::ENABLE_LEAD, &forms.form(&path("enable-member"), &button("primary", w::ENABLE))))
            }
            (setting("remove", w::REMOVE, w::REMOVE_LEAD, &forms.form(&path("remove-member"), &html! {
                (known(w::REMOVE_KNOWN))
                (button("danger", w::REMOVE_MEMBER))
            })))
        }
    }
}

/// Whoever disables somebody who is at work says that she knows.
fn disable_known(availability: Availability) -> Markup {
    match availability {
        Availability::Online => known(w::DISABLE_ONLINE),
        Availability::OnAnotherCall => known(w::DISABLE_IN_CALL),
        Availability::Away => html! {},
    }
}

/// The rooms where she serves, as links.
pub(super) fn room_links(rooms: &[(RoomId, String)]) -> Markup {
    html! {
        @if rooms.is_empty() { (w::IN_NO_ROOM) }
        @for (number, (id, name)) in rooms.iter().enumerate() {
            @if number > 0 { ", " }
            a href={ "/admin/rooms/" (id) } { (name) }
        }
    }
}

/// The invitation is shown once, by the page that answers: nothing else is told of it.
fn inviting(member: MemberId, status: Status) -> Markup {
    html! {
        @match status {
            Status::Active => {
                form method="post" action={ "/admin/members/" (member) "/invite" } {
                    (button("primary", w::MAKE_INVITATION))
                }
            }
            Status::Disabled | Status::Removed => { p { (w::INVITE_DISABLED) } }
        }
    }
}

/// What the API answers to an invitation.
#[derive(Deserialize)]
struct Invited {
    token: String,
}

pub(super) async fn invite(
    State(pages): State<Pages>,
    site: Site,
    admin: Admin,
    Path(member): Path<Uuid>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let path = format!("clinics/{}/members/{member}/invite", admin.0.clinic);
    let asked = async {
        let shown = Shown::read(&pages, &admin, MemberId(member)).await?;
        let answer = pages.ask(&head, &path, None, &json!({})).await.and_then(problem)?;
        Ok((shown, invited(answer.into_body()).await?))
    };
    match asked.await {
        Ok((shown, Invited { token })) => {
            let zone = zone(&pages, &admin).await;
            let now = pages.http.engine.now();
            let until = told(now.plus(limits::INVITATION), zone.as_ref(), now);
            let title = w::invite_of(shown.member.name.as_str());
            let body =
                handed(&title, &site.at(&format!("/invitation?token={token}")), &until, member);
            made(&pages, &admin, Part::Members, &title, &body)
        }
        Err(problem) => admin.failed(&problem, &format!("/admin/members/{member}")),
    }
}

async fn invited(body: Body) -> Result<Invited, Problem> {
    let read = to_bytes(body, limits::BODY_BYTES).await.map_err(|_| Problem::unavailable())?;
    serde_json::from_slice(&read).map_err(|_| Problem::unavailable())
}

async fn zone(pages: &Pages, admin: &Admin) -> Option<Zone> {
    let signed = &admin.0;
    let zone = look(&pages.http, signed.caller(), signed.clinic, None, |views| {
        views.census.zone().cloned()
    });
    zone.await.ok()
}

fn handed(title: &str, address: &str, until: &str, member: Uuid) -> Markup {
    html! {
        section.card.narrow {
            h1 { (title) }
            p { (w::HAND_IT_OVER) }
            div.labelled { span { (w::INVITATION_LINK) } (copied("invitation", address, w::COPY)) }
            p.hint { (w::good_until(until)) }
            p { a.button href={ "/admin/members/" (member) } { (w::GO_BACK) } }
        }
    }
}
