//! The desk of a member: the boards of the rooms that she serves, live, and what she does there.
//!
//! `model` is what a desk shows, read at one position; `board` and `row` are its boards, `side` what stands
//! beside them, `dialogs` the pages for what takes more than a click. Each thing that she asks is a form.

mod board;
mod dialogs;
mod model;
mod row;
mod side;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clinic_domain::command::Person;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::Engine;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

pub(super) use self::dialogs::REASONS;
use self::model::Desk;
pub(super) use self::row::named;
use super::layout::{self, Page, Reader, Stream, Tab};
use super::live::{Live, Over, Part, stream};
use super::notice::moment;
use super::signed::Signed;
use super::words as w;
use super::{Pages, assets};
use crate::access::{Noted, note};
use crate::{Http, Problem, Query};

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/desk", get(page))
        .route("/desk/live", get(live))
        .route("/desk/visits/{visit}/join", get(dialogs::join))
        .route("/desk/visits/{visit}/transfer", get(dialogs::transfer))
        .route("/desk/visits/{visit}/close", get(dialogs::close))
        .route("/desk/visits/{visit}/merge", get(dialogs::merge))
        .route("/desk/visits/{visit}/note", get(dialogs::note_on))
        .route("/desk/visits/{visit}/decline", get(dialogs::decline))
}

/// What a desk shows besides the rooms that its member serves.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Also {
    /// A room that she administers.
    room: Option<Uuid>,
}

/// How a desk is rendered, and for whom.
struct Look<'l> {
    clinic: Uuid,
    /// The visit that she is in call with.
    call: Option<VisitId>,
    zone: Option<&'l Zone>,
    now: Timestamp,
    may_transfer: bool,
    may_pause: bool,
    /// The page that she is on.
    back: String,
    /// For a page that is made once: it tells how long, and gives each form the id of its wish.
    once: Option<&'l Engine>,
}

impl Look<'_> {
    /// The now of a page that is made once.
    fn told(&self) -> Option<Timestamp> {
        self.once.map(|_| self.now)
    }

    /// Whether she may start a call: one that she is in already would have to be paused.
    fn may_start(&self) -> bool {
        self.call.is_none() || self.may_pause
    }

    /// How long something has lasted.
    fn clock(&self, since: Timestamp) -> Markup {
        layout::clock(since, self.told())
    }

    /// An instant, as the clinic's clock shows it.
    fn at(&self, at: Timestamp) -> Markup {
        let shown = self.zone.map(|zone| match moment(zone, at, self.now) {
            (None, time) => time,
            (Some(day), time) => format!("{day}, {time}"),
        });
        html! { time datetime=(at) { (shown.unwrap_or_else(|| at.to_string())) } }
    }

    /// A form that asks something of a visit, with one button.
    fn ask(&self, visit: VisitId, wish: &str, class: &str, name: &str, fields: &Markup) -> Markup {
        html! {
            form method="post" action={ "/do/clinics/" (self.clinic) "/visits/" (visit) "/" (wish) } data-done=(w::done(wish)) {
                (self.wish())
                (fields)
                button class=(class) { (name) }
            }
        }
    }

    /// What every form on a desk says.
    fn wish(&self) -> Markup {
        html! {
            input type="hidden" name="back" value=(self.back);
            (layout::key(self.once.map(Engine::mint)))
        }
    }
}

async fn page(State(pages): State<Pages>, Query(also): Query<Also>, signed: Signed) -> Response {
    match made(&pages, &signed, also).await {
        Ok(page) => page,
        Err(problem) => layout::failed(&problem, "/sign-in"),
    }
}

async fn made(pages: &Pages, signed: &Signed, also: Also) -> Result<Response, Problem> {
    let http = &pages.http;
    // A page without a script asks again and again, and so is heard of.
    let me = Person::Member(signed.member);
    drop(crate::streams::Connected::note(&http.engine, signed.clinic, me).await?);
    let desk = Desk::read(http, signed, also.room.map(RoomId)).await?;
    for read in desk.told(Noted::Board) {
        note(http, signed.caller(), signed.clinic, read).await?;
    }
    let body = whole(&desk, &desk.look(signed, also.room, Some(&http.engine)));
    let room = query(also.room);
    let page = Page {
        title: w::DESK,
        reader: Reader::Member(signed, Tab::Desk),
        live: Some(Stream::new(format!("/desk/live{room}"), signed.member.0)),
        now: desk.now,
        body,
    };
    Ok(page.made().into_response())
}

/// What stands behind the address of a desk that shows one more room.
fn query(also: Option<Uuid>) -> String {
    also.map(|room| format!("?room={room}")).unwrap_or_default()
}

/// The desk as a page; its parts are those that a stream brings.
fn whole(desk: &Desk, look: &Look<'_>) -> Markup {
    html! {
        h1.sr { (w::DESK) }
        div.desk {
            div #boards.boards data-own { (board::boards(desk, look)) }
            div.side #side data-own { (side::side(desk, look)) }
        }
        div.row.foot.desk-foot {
            button.quiet #sound type="button" hidden data-on=(w::SOUND_ON) data-off=(w::SOUND_OFF) {}
            (board::others(desk))
        }
        script type="module" src=(assets::at("arrivals.js")) {}
    }
}

async fn live(
    State(pages): State<Pages>,
    Query(also): Query<Also>,
    signed: Signed,
    request: Request,
) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let (caller, clinic) = (signed.caller(), signed.clinic);
    let me = Person::Member(signed.member);
    let desk =
        Follower { signed, also: also.room.map(RoomId), noted: tokio::sync::Mutex::default() };
    stream(pages.http, head, caller, clinic, me, desk).await
}

/// Whoever follows her desk, and which readings of it are recorded.
struct Follower {
    signed: Signed,
    also: Option<RoomId>,
    noted: tokio::sync::Mutex<Vec<Noted>>,
}

#[async_trait]
impl Live for Follower {
    async fn parts(&self, http: &Http) -> Result<Vec<Part>, Over> {
        let signed = &self.signed;
        let desk = Desk::read(http, signed, self.also).await?;
        let mut noted = self.noted.lock().await;
        for read in desk
            .told(Noted::Stream)
            .into_iter()
            .filter(|read| !noted.contains(read))
            .collect::<Vec<_>>()
        {
            note(http, signed.caller(), signed.clinic, read).await?;
            noted.push(read);
        }
        drop(noted);
        let look = desk.look(signed, self.also.map(|room| room.0), None);
        let mut parts = board::parts(&desk, &look);
        parts.extend(side::parts(&desk, &look));
        Ok(parts)
    }
}
