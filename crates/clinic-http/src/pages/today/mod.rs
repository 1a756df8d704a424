//! The numbers of a day: of the clinic for those who administer it, of a room for those who serve there.
//!
//! They are those of the report of waits and nothing else: *no data* where there is nothing to make a number
//! of, and each number leads to the visits that it rests on, which `facts` lists. `asked` is what an
//! address asks for and how addresses are made, `tables` and `chart` show the numbers.

mod asked;
mod chart;
mod facts;
mod tables;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_projections::limits::WAITS_DAYS;
use clinic_projections::report::{Figure, Figures, Percentiles, Report, Scope, Waited};
use clinic_projections::views::Views;
use maud::{Markup, html};

use self::asked::{Asked, Of, What};
use super::Pages;
use super::layout::{self, Page, Reader, Tab};
use super::signed::Signed;
use super::wall::Wall;
use super::words as w;
use crate::clinic::look;
use crate::reads::waits::read;
use crate::reads::words::zone_name;
use crate::{Problem, Query};

pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/today", get(page)).route("/today/facts", get(facts::page))
}

/// The numbers of a day, and what stands around them.
struct Today {
    report: Report,
    day: NaiveDate,
    /// The room that it is about; none: the clinic.
    room: Option<RoomId>,
    /// Whether the day goes on.
    goes_on: bool,
    wall: Wall,
    names: Names,
}

/// Who and what is called how now.
#[derive(Default)]
struct Names {
    rooms: BTreeMap<RoomId, String>,
    members: BTreeMap<MemberId, String>,
}

impl Names {
    fn of(views: &Views) -> Self {
        let head = views.checkpoint().position;
        let rooms = views
            .census
            .rooms()
            .filter_map(|(id, _)| Some((id, views.directory.room_at(id, head)?.name.to_string())));
        let founded = views.census.clinic().founded();
        let members = founded.into_iter().flat_map(|clinic| &clinic.members);
        let members = members.map(|(id, member)| (*id, member.name.to_string()));
        Self { rooms: rooms.collect(), members: members.collect() }
    }

    fn room(&self, id: RoomId) -> String {
        self.rooms.get(&id).cloned().unwrap_or_else(|| w::A_ROOM.to_owned())
    }

    fn member(&self, id: MemberId) -> String {
        self.members.get(&id).cloned().unwrap_or_else(|| w::A_MEMBER.to_owned())
    }
}

impl Today {
    /// The numbers that are asked for, for somebody who may read them.
    async fn read(pages: &Pages, signed: &Signed, asked: &Of) -> Result<Self, Problem> {
        let (http, clinic, caller) = (&pages.http, signed.clinic, signed.caller());
        let now = http.engine.now();
        let around = look(http, caller, clinic, None, |views| {
            Some((Names::of(views), Wall { zone: views.census.zone().cloned(), now }))
        });
        let (names, wall) = around.await?;
        let present = wall.day(now).unwrap_or_default();
        let (day, room) = (asked.day()?.unwrap_or(present), asked.room.map(RoomId));
        let scope = Scope { from: Some(day), until: Some(day), room };
        let report = read(http, caller, clinic, None, scope, |report| report).await?;
        let wall = Wall { now: report.now, ..wall };
        Ok(Self { report, day, room, goes_on: day == present, wall, names })
    }

    /// What an address that leads to some of these numbers says.
    fn asked(&self, what: What) -> Asked {
        Asked { what, day: self.day, room: self.room, hour: None, member: None, page: 0 }
    }

    fn title(&self, signed: &Signed) -> String {
        self.room.map_or_else(|| signed.clinic_name.clone(), |room| self.names.room(room))
    }

    /// Whether there is anything at all to tell.
    fn empty(&self) -> bool {
        let (total, report) = (&self.report.total, &self.report);
        let waits = self.goes_on && !report.open.is_empty();
        let served = report.members.values().any(|used| used.online.0 > 0);
        total.visits.is_empty()
            && total.check_ins.is_empty()
            && total.closed.is_empty()
            && !waits
            && !served
    }
}

async fn page(
    State(pages): State<Pages>,
    signed: Signed,
    of: Result<Query<Of>, Problem>,
) -> Response {
    match made(&pages, &signed, of).await {
        Ok(page) => page,
        Err(problem) => layout::failed_for(&signed, Tab::Today, &problem, "/desk"),
    }
}

async fn made(
    pages: &Pages,
    signed: &Signed,
    of: Result<Query<Of>, Problem>,
) -> Result<Response, Problem> {
    let Query(of) = of?;
    let today = Today::read(pages, signed, &of).await?;
    let body = html! {
        div.numbers {
            (head(&today, signed))
            @if today.empty() {
                section.card { p.empty { (w::NO_DATA_THAT_DAY) } }
            } @else {
                (tiles(&today))
                (chart::section(&today))
                (tables::rooms(&today))
                (tables::endings(&today))
                (tables::members(&today))
            }
            p.hint { (w::kept_for(WAITS_DAYS)) }
        }
    };
    let title = w::numbers_of(&today.title(signed), &today.day.to_string());
    let (reader, now) = (Reader::Member(signed, Tab::Today), today.wall.now);
    Ok(Page { title: &title, reader, live: None, now, body }.made().into_response())
}

/// Which day and of what; and the ways to other days.
fn head(today: &Today, signed: &Signed) -> Markup {
    let Today { day, room, wall, report, .. } = today;
    let on = |day: Option<NaiveDate>| day.map(|day| Of::on(Some(day), *room).address());
    let next = on(day.succ_opt()).filter(|_| !today.goes_on);
    html! {
        header.page-head {
            div {
                p.eyebrow { @if today.goes_on { (w::TODAY) } @else { (w::DAY) } " " (day) }
                h1 { (today.title(signed)) }
                p.meta { (w::AS_OF) " " (wall.dated(wall.now)) " (" (zone_name(report.zone.as_ref())) ")" }
            }
            nav.days aria-label=(w::OTHER_DAYS) {
                @if room.is_some() && signed.admin {
                    a.button.quiet href=(Of::on(Some(*day), None).address()) { (w::ALL_ROOMS) }
                }
                @if let Some(before) = on(day.pred_opt()) {
                    a.button href=(before) rel="prev" { "← " (w::DAY_BEFORE) }
                }
                @if let Some(next) = next { a.button href=(next) rel="next" { (w::DAY_AFTER) " →" } }
                @if !today.goes_on { a.button href=(Of::on(None, *room).address()) { (w::TODAY) } }
                form.inline method="get" action="/today" {
                    @if let Some(room) = room { input type="hidden" name="room" value=(room); }
                    label.sr for="day" { (w::DAY) }
                    input #day type="date" name="day" value=(day);
                    button { (w::SHOW) }
                }
            }
        }
    }
}

/// What matters first.
fn tiles(today: &Today) -> Markup {
    let total = &today.report.total;
    let waits = total.waiting.known();
    html! {
        dl.tiles.wide-tiles {
            (tile(w::CHECK_INS, &counted(today.asked(What::CheckIns), total.check_ins.len()), None))
            (tile(w::HALF_WAITED, &waited(today, total, |all| all.p50), waits.map(rests_on(today)).as_ref()))
            (tile(w::NINE_WAITED, &waited(today, total, |all| all.p90), waits.map(rests_on(today)).as_ref()))
            (tile(w::MOST_WAITED, &waited(today, total, |all| all.p99), waits.map(rests_on(today)).as_ref()))
            @if today.goes_on {
                (tile(w::HERE_NOW, &counted(today.asked(What::Open), today.report.open.len()), Some(&html! { (w::HERE_NOW_HINT) })))
            }
        }
    }
}

fn tile(name: &str, number: &Markup, hint: Option<&Markup>) -> Markup {
    html! {
        div {
            dt { (name) }
            dd { (number) @if let Some(hint) = hint { span.hint { (hint) } } }
        }
    }
}

/// On how many waits a percentile rests.
fn rests_on(today: &Today) -> impl Fn(&Percentiles) -> Markup {
    let asked = today.asked(What::Waits);
    move |waits| html! { a href=(asked.address()) { (w::of_waits(waits.of.len())) } }
}

/// How many, with the way to who they are.
fn counted(asked: Asked, count: usize) -> Markup {
    html! {
        @if count == 0 { "0" } @else { a href=(asked.address()) { (count) } }
    }
}

/// A percentile of these figures, with the way to whoever waited so long.
fn waited(today: &Today, figures: &Figures, which: fn(&Percentiles) -> Waited) -> Markup {
    percentile(today.asked(What::Waits), figures, which)
}

fn percentile(asked: Asked, figures: &Figures, which: fn(&Percentiles) -> Waited) -> Markup {
    html! {
        @match &figures.waiting {
            Figure::NoData => (no_data()),
            Figure::Known(waits) => {
                a href=(asked.at(&waits.of, which(waits).fact)) { (which(waits).wait) }
            }
        }
    }
}

/// There is nothing to make a number of, and that is not zero.
fn no_data() -> Markup {
    html! { span.none { (w::NO_DATA) } }
}
