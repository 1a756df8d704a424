//! The story of one visit across its rooms, for those who may read it, however long ago it closed.
//!
//! It is a moment and not live: it says of when it is. `stays` tells how long the visit did what in which
//! room, `story` what happened, `export` gives both to other programs.

mod export;
mod stays;
mod story;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clinic_domain::ids::VisitId;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{Presence, Priority};
use clinic_projections::one::OneVisit;
use clinic_projections::row::Doing;
use clinic_projections::stay::Stay;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;
use maud::{Markup, html};
use uuid::Uuid;

use super::Pages;
use super::layout::{self, Page, Reader, Tab};
use super::signed::Signed;
use super::wall::Wall;
use super::words as w;
use crate::clinic::look;
use crate::reads::timeline::read;
use crate::reads::words::clear_if;
use crate::{Path, Problem};

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/visits/{visit}", get(page))
        .route("/visits/{visit}/export.json", get(export::json))
        .route("/visits/{visit}/export.csv", get(export::csv))
}

/// A visit's story, and what stands around it.
struct Told {
    timeline: Timeline,
    /// The name of the room of each stay, as it was called then.
    rooms: Vec<String>,
    /// What it is doing; none once it has closed.
    doing: Option<Now>,
    wall: Wall,
}

/// What an open visit is doing.
struct Now {
    state: String,
    priority: Priority,
    presence: Presence,
    /// Since when it is in its room, and since when in the clinic, as the boards count.
    in_room: Millis,
    since_check_in: Millis,
}

impl Told {
    async fn read(pages: &Pages, signed: &Signed, visit: VisitId) -> Result<Self, Problem> {
        let (http, clinic, caller) = (&pages.http, signed.clinic, signed.caller());
        let timeline = read(http, caller, clinic, visit, None).await?;
        let now = http.engine.now().max(timeline.checkpoint.at);
        let around = look(http, caller, clinic, None, |views| {
            let rooms = timeline.stays.iter().map(|stay| room_then(views, stay)).collect();
            let zone = views.census.zone().cloned();
            let goes_on = timeline.stays.last().is_some_and(|stay| stay.until.is_none());
            let held = views.census.one_visit(visit, now).filter(|_| goes_on);
            Some((rooms, held.and_then(|held| Now::of(&held)), Wall { zone, now }))
        });
        let (rooms, doing, wall) = around.await?;
        Ok(Self { timeline, rooms, doing, wall })
    }

    fn name(&self) -> String {
        clear_if(self.timeline.name.as_ref()).unwrap_or_else(|| w::ERASED.to_owned())
    }

    /// The instant up to which time is counted.
    fn until(&self) -> Timestamp {
        self.wall.now
    }

    /// When it closed, and in what words that is told.
    fn closed(&self) -> Option<(Timestamp, &str)> {
        let at = self.timeline.stays.last()?.until?;
        let closing = |line: &&clinic_projections::timeline::Line| line.event == "VisitClosed";
        let line = self.timeline.lines.iter().rev().find(closing)?;
        Some((at, &line.sentence))
    }
}

fn room_then(views: &Views, stay: &Stay) -> String {
    let named = views.directory.room_at(stay.room, stay.began);
    named.map_or_else(|| w::A_ROOM.to_owned(), |named| named.name.to_string())
}

impl Now {
    /// None of a visit that has closed.
    fn of(held: &OneVisit) -> Option<Self> {
        if held.over.is_some() {
            return None;
        }
        let state = match &held.row.doing {
            Doing::Waiting { .. } => w::WAITS.to_owned(),
            Doing::OnHold { by, .. } => w::on_hold_by(&by.to_string()),
            Doing::InCall { with, .. } => w::with(&with.to_string()),
        };
        let room = held.room_name.as_ref().map(ToString::to_string);
        Some(Self {
            state: w::state_in(&state, room.as_deref()),
            priority: held.row.priority,
            presence: held.row.presence,
            in_room: held.row.in_room.elapsed,
            since_check_in: held.row.since_check_in.elapsed,
        })
    }
}

async fn page(State(pages): State<Pages>, signed: Signed, Path(visit): Path<Uuid>) -> Response {
    let told = match Told::read(&pages, &signed, VisitId(visit)).await {
        Ok(told) => told,
        Err(problem) => return layout::failed_for(&signed, Tab::Desk, &problem, "/desk"),
    };
    let body = html! {
        div.paper {
            (head(&told, visit))
            (stays::section(&told))
            (story::transfers(&told))
            (story::section(&told))
        }
    };
    let title = w::visit_of(&told.name());
    let (reader, now) = (Reader::Member(&signed, Tab::Desk), told.wall.now);
    Page { title: &title, reader, live: None, now, body }.made().into_response()
}

/// Who it is, what the visit does now and for how long.
fn head(told: &Told, visit: Uuid) -> Markup {
    html! {
        section.card.summary {
            div {
                p.eyebrow { (w::VISIT) }
                h1 { (told.name()) }
                p.badges { (state(told)) }
                p.meta { (w::AS_OF) " " (told.wall.dated(told.wall.now)) }
            }
            dl.tiles {
                @match &told.doing {
                    Some(doing) => {
                        (tile(w::HERE_FOR, doing.in_room))
                        (tile(w::IN_ALL_FOR, doing.since_check_in))
                    }
                    None => {
                        @if let Some(last) = told.timeline.stays.last() {
                            (tile(w::LAST_ROOM_FOR, last.parts(told.until()).whole()))
                        }
                        (tile(w::VISIT_LASTED, told.timeline.parts(told.until()).whole()))
                    }
                }
            }
            p.row.exports {
                a.button href={ "/visits/" (visit) "/export.json" } download { (w::AS_JSON) }
                a.button href={ "/visits/" (visit) "/export.csv" } download { (w::AS_CSV) }
            }
        }
    }
}

fn state(told: &Told) -> Markup {
    html! {
        @if let Some(doing) = &told.doing {
            span.pill.good { (doing.state) }
            @if let Presence::OfflineSince(_) = doing.presence { span.pill.warn { (w::OFFLINE) } }
            @match doing.priority {
                Priority::Urgent => span.pill.bad { (w::URGENT) },
                Priority::Soon => span.pill.warn { (w::SOON) },
                Priority::Routine => {}
            }
        } @else if let Some((at, sentence)) = told.closed() {
            span.pill { (w::CLOSED_AT) " " (told.wall.dated(at)) }
            span.hint { (w::sentence(sentence)) }
        }
    }
}

fn tile(name: &str, span: Millis) -> Markup {
    html! { div { dt { (name) } dd { (span) } } }
}
