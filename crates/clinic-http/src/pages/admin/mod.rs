//! What Owners and Admins set: rooms, members, and who has read what.
//!
//! `overview` lists the rooms, `room` is one of them with all that it runs by, `members` and `member` are
//! the people, `access` is the access log. `link` makes the addresses that are handed out. Each setting is
//! a form of its own, so that what is saved is what somebody has just looked at.

mod access;
mod link;
mod member;
mod members;
mod overview;
mod room;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clinic_domain::clinic::{Role, Status};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::time::Timestamp;
use clinic_projections::availability::Availability;
use clinic_projections::board::DoorState;
use clinic_projections::clocks::Moment;
use maud::{Markup, html};
use uuid::Uuid;

use super::layout::{Page, Reader, Tab, key};
use super::signed::Signed;
use super::words as w;
use super::{Pages, assets, layout};
use crate::clinic::{administers, look};
use crate::{Caller, Problem};

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/admin", get(overview::page))
        .route("/admin/rooms/{room}", get(room::page))
        .route("/admin/rooms/{room}/notice", get(room::notice))
        .route("/admin/members", get(members::page))
        .route("/admin/members/{member}", get(member::page))
        .route("/admin/members/{member}/invite", post(member::invite))
        .route("/admin/access", get(access::page))
}

/// A member who administers her clinic.
#[derive(Clone, Debug)]
struct Admin(Signed);

impl FromRequestParts<Pages> for Admin {
    type Rejection = Response;

    async fn from_request_parts(head: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        let signed = Signed::from_request_parts(head, pages).await?;
        if signed.admin { Ok(Self(signed)) } else { Err(not_hers(pages, &signed)) }
    }
}

impl Admin {
    /// A page that says what went wrong.
    fn failed(&self, problem: &Problem, back: &str) -> Response {
        layout::failed_for(&self.0, Tab::Admin, problem, back)
    }
}

/// Refuses a form whose page shows a setting as it no longer is: two who change it at once are not to undo each
/// other's work unseen. Whoever may not administer is left to the API, which says so.
pub(super) async fn is_as_shown(
    pages: &Pages,
    head: &Parts,
    path: &str,
    was: &str,
) -> Result<(), Problem> {
    let caller = Caller::from_request_parts(&mut head.clone(), &pages.http).await?;
    let parts: Vec<&str> = path.split('/').collect();
    let ["clinics", clinic, "rooms", id, wish] = parts.as_slice() else { return Ok(()) };
    let ids = Uuid::try_parse(clinic).ok().zip(Uuid::try_parse(id).ok());
    let Some((clinic, id)) = ids else { return Ok(()) };
    let found = look(&pages.http, caller, ClinicId(clinic), None, |views| {
        let room = views.census.room(RoomId(id))?.open()?;
        administers(&views.census, caller).then(|| room::held(room, wish))?
    });
    match found.await {
        Ok(now) if now != was => Err(Problem::changed_since(w::CHANGED_SINCE)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Says who may open these pages, to a member who may not.
fn not_hers(pages: &Pages, signed: &Signed) -> Response {
    let body = html! {
        section.card.narrow {
            h1 { (w::ADMINS_ONLY) }
            p { (w::ADMINS_ONLY_LEAD) }
            p { a.button href="/desk" { (w::GO_BACK) } }
        }
    };
    let (reader, now) = (Reader::Member(signed, Tab::Desk), pages.http.engine.now());
    let page = Page { title: w::ADMINS_ONLY, reader, live: None, now, body };
    (StatusCode::FORBIDDEN, page.made()).into_response()
}

/// Which of these pages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Rooms,
    Members,
    Access,
}

/// A page of these, with the ways to the others.
fn made(pages: &Pages, admin: &Admin, part: Part, title: &str, body: &Markup) -> Response {
    let to = |href: &str, name: &str, here: bool| {
        html! { a href=(href) aria-current=[here.then_some("true")] { (name) } }
    };
    let body = html! {
        nav.tabs aria-label=(w::ADMIN_NAVIGATION) {
            (to("/admin", w::ROOMS, part == Part::Rooms))
            (to("/admin/members", w::MEMBERS, part == Part::Members))
            (to("/admin/access", w::ACCESS, part == Part::Access))
        }
        div.admin { (body) }
        script type="module" src=(assets::at("admin.js")) {}
    };
    let (reader, now) = (Reader::Member(&admin.0, Tab::Admin), pages.http.engine.now());
    Page { title, reader, live: None, now, body }.made().into_response()
}

/// The forms of one page: each asks one thing of the clinic and comes back here.
struct Forms<'f> {
    pages: &'f Pages,
    admin: &'f Admin,
    back: String,
}

impl Forms<'_> {
    /// The same, coming back to a part of the page.
    fn at(&self, id: &str) -> Self {
        let Self { pages, admin, back } = self;
        Self { pages, admin, back: format!("{back}#{id}") }
    }

    /// A form for what the path says, below the clinic's.
    fn form(&self, path: &str, fields: &Markup) -> Markup {
        self.saying(path, w::SAVED, fields)
    }

    /// As [`Forms::form`], saying something of its own when it is done.
    fn saying(&self, path: &str, done: &str, fields: &Markup) -> Markup {
        let clinic = self.admin.0.clinic;
        html! {
            form method="post" action={ "/do/clinics/" (clinic) "/" (path) } data-done=(done) autocomplete="off" {
                input type="hidden" name="back" value=(self.back);
                (key(Some(self.pages.http.engine.mint())))
                (fields)
            }
        }
    }
}

/// A setting: what it is called, what it is for, and its form.
fn setting(id: &str, title: &str, lead: &str, body: &Markup) -> Markup {
    html! {
        section.card.setting id=(id) aria-labelledby={ (id) "-title" } {
            div.about {
                h2 id={ (id) "-title" } { (title) }
                p.hint { (lead) }
            }
            div.body { (body) }
        }
    }
}

/// A field with what it means.
fn field(label: &str, hint: &str, input: &Markup) -> Markup {
    html! { label { (label) span.hint { (hint) } (input) } }
}

/// A button in its row.
fn button(class: &str, name: &str) -> Markup {
    html! { div.row { button class=(class) { (name) } } }
}

/// What must be ticked before something that cannot be undone. It is not sent.
fn known(text: &str) -> Markup {
    html! { label.choice { input type="checkbox" required; (text) } }
}

/// What a door does now.
fn door(door: &DoorState, zone: Option<&Zone>, now: Timestamp) -> Markup {
    let at = |at: Timestamp| html! { " " time datetime=(at) { (told(at, zone, now)) } };
    html! {
        @match door {
            DoorState::Open { until: Some(until) } => span.pill.good { (w::DOOR_OPEN_UNTIL) (at(*until)) },
            DoorState::Open { until: None } => span.pill.good { (w::DOOR_OPEN) },
            DoorState::Shut { until: Some(until) } => span.pill.warn { (w::DOOR_SHUT_UNTIL) (at(*until)) },
            DoorState::Shut { until: None } => span.pill.warn { (w::DOOR_SHUT) },
            DoorState::Suspended { .. } => span.pill.warn { (w::DOOR_SUSPENDED) },
            DoorState::Archived => span.pill { (w::DOOR_ARCHIVED) },
        }
    }
}

/// An instant to the minute, as the clinic's clock shows it.
fn told(at: Timestamp, zone: Option<&Zone>, now: Timestamp) -> String {
    let mut shown = Moment::read(at, zone, now).shown;
    if let Some((minutes, _)) = shown.rsplit_once(':').filter(|(rest, _)| rest.contains(':')) {
        shown.truncate(minutes.len());
    }
    shown
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => w::OWNER,
        Role::Admin => w::AN_ADMIN,
        Role::Member => w::PLAIN_MEMBER,
    }
}

/// Whether a member may act, and what she can do now.
fn status(status: Status, availability: Availability) -> Markup {
    html! {
        @match (status, availability) {
            (Status::Disabled, _) => span.pill.warn { (w::DISABLED) },
            (Status::Removed, _) => span.pill { (w::REMOVED) },
            (Status::Active, Availability::Online) => span.pill.good { (w::ONLINE) },
            (Status::Active, Availability::OnAnotherCall) => span.pill.good { (w::ON_A_CALL) },
            (Status::Active, Availability::Away) => span.pill { (w::AWAY) },
        }
    }
}

/// The choice of a role, with what each means.
fn roles(now: Role) -> Markup {
    let all = [
        (Role::Member, "member", w::PLAIN_MEMBER_HINT),
        (Role::Admin, "admin", w::AN_ADMIN_HINT),
        (Role::Owner, "owner", w::OWNER_HINT),
    ];
    html! {
        fieldset {
            legend { (w::ROLE) }
            @for (kind, word, hint) in all {
                label.choice {
                    input type="radio" name="role" value=(word) checked[kind == now];
                    span { (role(kind)) ": " span.hint { (hint) } }
                }
            }
        }
    }
}
