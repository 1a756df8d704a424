//! The visits that a number rests on, each with the way to its story.
//!
//! A name is told to those who may read that visit, and to nobody else; the number of lines is that of the
//! number, whoever reads it.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{MemberId, Position, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::time::Millis;
use clinic_projections::report::{Figure, Figures, Report, Share};
use clinic_projections::stay::Stay;
use clinic_projections::timeline::{Line, Timeline};
use clinic_projections::waits::Fact;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::super::Pages;
use super::super::layout::{self, Page, Reader, Tab};
use super::super::signed::Signed;
use super::super::words as w;
use super::asked::{Asked, Of, What};
use super::{Names, Today};
use crate::access::{Noted, note};
use crate::clinic::look;
use crate::reads::timeline::may_read;
use crate::reads::words::clear_if;
use crate::{Problem, Query, limits};

/// What an address says.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    what: What,
    day: Option<String>,
    room: Option<Uuid>,
    hour: Option<u32>,
    member: Option<Uuid>,
    #[serde(default)]
    page: usize,
}

/// A visit behind a number, and the event that made it count if one did.
#[derive(Clone, Copy, Debug)]
struct Rests {
    visit: VisitId,
    position: Option<Position>,
}

/// The same, as its reader may see it.
struct Shown {
    rests: Rests,
    /// Its story; none of a visit that she may not read.
    timeline: Option<Timeline>,
}

impl HoldsPersonal for Shown {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        if let Some(timeline) = &mut self.timeline {
            timeline.each_personal(look);
        }
    }
}

impl Shown {
    /// The event that made it count; its first one, where none did.
    fn line(&self) -> Option<&Line> {
        let lines = &self.timeline.as_ref()?.lines;
        let wanted = |line: &&Line| Some(line.position) == self.rests.position;
        lines.iter().find(wanted).or_else(|| lines.first())
    }

    /// The stay that the event ended.
    fn ended(&self) -> Option<&Stay> {
        let (timeline, line) = (self.timeline.as_ref()?, self.line()?);
        let ended = |stay: &&Stay| stay.until == Some(line.at) && stay.began < line.position;
        timeline.stays.iter().rev().find(ended)
    }

    /// How long it waited in that stay.
    fn waited(&self) -> Option<Millis> {
        let stay = self.ended()?;
        Some(stay.parts(stay.until?).waiting)
    }

    /// Where it counts: a stay, in its own room, and not in that to which the visit went on.
    fn place(&self, names: &Names, what: What) -> Option<String> {
        match what {
            What::Waits | What::MovedIn | What::Abandoned | What::Reversed => {
                self.ended().map(|stay| names.room(stay.room))
            }
            What::CheckIns
            | What::Visits
            | What::Open
            | What::People
            | What::Closed
            | What::LeftUnseen
            | What::Imported
            | What::Member
            | What::Completed
            | What::EndOfDay
            | What::Left
            | What::Merged
            | What::NoShow
            | What::Removed => self.line()?.room_name.as_ref().map(ToString::to_string),
        }
    }
}

pub(super) async fn page(
    State(pages): State<Pages>,
    signed: Signed,
    wanted: Result<Query<Wanted>, Problem>,
) -> Response {
    match made(&pages, &signed, wanted).await {
        Ok(page) => page,
        Err(problem) => layout::failed_for(&signed, Tab::Today, &problem, "/desk"),
    }
}

async fn made(
    pages: &Pages,
    signed: &Signed,
    wanted: Result<Query<Wanted>, Problem>,
) -> Result<Response, Problem> {
    let Query(Wanted { what, day, room, hour, member, page }) = wanted?;
    let today = Today::read(pages, signed, &Of { day, room }).await?;
    let asked = Asked { hour, member: member.map(MemberId), page, ..today.asked(what) };
    let all = facts(&today.report, &asked);
    let before = page.saturating_mul(limits::FACTS_PAGE);
    let here: Vec<Rests> = all.iter().skip(before).take(limits::FACTS_PAGE).copied().collect();
    let shown = read(pages, signed, here).await?;
    let title = title(&today, &asked);
    let body = html! {
        div.paper {
            section.card aria-labelledby="facts" {
                p.eyebrow { (today.title(signed)) ", " (today.day) }
                h1 #facts { (title) }
                p { (w::visits_or_stays(all.len())) }
                ol.behind start=(before.saturating_add(1)) {
                    @for one in &shown { (line(one, &today, &asked)) }
                }
                (ways(&today, &asked, all.len()))
            }
        }
    };
    let (reader, now) = (Reader::Member(signed, Tab::Today), today.wall.now);
    Ok(Page { title: &title, reader, live: None, now, body }.made().into_response())
}

/// What a number rests on, in order.
fn facts(report: &Report, asked: &Asked) -> Vec<Rests> {
    let none = Figures::default();
    let figures = asked.hour.map_or(&report.total, |hour| report.hours.get(&hour).unwrap_or(&none));
    let of = |facts: &[Fact]| facts.iter().map(|fact| Rests::from(*fact)).collect();
    let some = |share: &Figure<Share>| share.known().map(|share| of(&share.some));
    let all = |share: &Figure<Share>| share.known().map(|share| of(&share.of));
    let bare = |visit: VisitId| Rests { visit, position: None };
    let closed = |what: What| {
        let mut closed = figures.closed.iter();
        closed.find(|(ending, _)| What::from(**ending) == what).map(|(_, facts)| of(facts))
    };
    match asked.what {
        What::CheckIns => Some(of(&figures.check_ins)),
        What::Visits => Some(figures.visits.iter().copied().map(bare).collect()),
        What::Waits => figures.waiting.known().map(|waits| of(&waits.of)),
        What::Open => Some(report.open.iter().map(|open| bare(open.visit)).collect()),
        What::People => all(&figures.left_unseen),
        What::Closed => Some(of(&figures.closed.values().flatten().copied().collect::<Vec<_>>())),
        What::LeftUnseen => some(&figures.left_unseen),
        What::MovedIn => all(&figures.abandoned),
        What::Abandoned => some(&figures.abandoned),
        What::Reversed => Some(of(&figures.reversed)),
        What::Imported => Some(of(&figures.no_data)),
        What::Member => {
            let used = asked.member.and_then(|member| report.members.get(&member));
            used.map(|used| used.visits.iter().copied().map(bare).collect())
        }
        What::Completed
        | What::EndOfDay
        | What::Left
        | What::Merged
        | What::NoShow
        | What::Removed => closed(asked.what),
    }
    .unwrap_or_default()
}

impl From<Fact> for Rests {
    fn from(fact: Fact) -> Self {
        Self { visit: fact.visit, position: Some(fact.position) }
    }
}

/// The stories of these visits, of those that the reader may read. The reading is recorded.
async fn read(pages: &Pages, signed: &Signed, rests: Vec<Rests>) -> Result<Vec<Shown>, Problem> {
    let (http, clinic, caller) = (&pages.http, signed.clinic, signed.caller());
    let mut streams: BTreeMap<VisitId, Vec<Recorded>> = BTreeMap::new();
    for Rests { visit, .. } in &rests {
        if !streams.contains_key(visit) {
            let read = http.engine.stream(clinic, StreamId::Visit(*visit)).await;
            streams.insert(*visit, read.map_err(Problem::full)?);
        }
    }
    let shown = look(http, caller, clinic, None, |views| {
        let told = |rests: Rests| {
            let events = streams.get(&rests.visit).map_or(&[][..], Vec::as_slice);
            let timeline = Timeline::of(rests.visit, &views.directory, events);
            let last = timeline.stays.last().map(|stay| stay.room);
            let hers = last.is_some_and(|last| may_read(&views.census, caller, rests.visit, last));
            Shown { rests, timeline: hers.then_some(timeline) }
        };
        Some(rests.into_iter().map(told).collect::<Vec<_>>())
    });
    let shown = http.engine.open(clinic, shown.await?).await.map_err(Problem::full)?;
    note(http, caller, clinic, Noted::Visits).await?;
    Ok(shown)
}

fn title(today: &Today, asked: &Asked) -> String {
    let member = asked.member.map(|member| today.names.member(member));
    w::facts_of(what(asked.what), asked.hour, member.as_deref())
}

fn what(what: What) -> &'static str {
    match what {
        What::CheckIns => w::CHECK_INS,
        What::Visits => w::VISITS_THERE,
        What::Waits => w::WAITS_OVER,
        What::Open => w::HERE_NOW,
        What::People => w::CLOSED_PEOPLE,
        What::Closed => w::CLOSED_VISITS,
        What::LeftUnseen => w::LEFT_UNSEEN,
        What::MovedIn => w::MOVED_IN,
        What::Abandoned => w::ABANDONED,
        What::Reversed => w::REVERSED,
        What::Imported => w::IMPORTED,
        What::Member => w::VISITS_IN_CALL,
        What::Completed => w::CLOSE_COMPLETED,
        What::EndOfDay => w::CLOSE_END_OF_DAY,
        What::Left => w::CLOSE_LEFT,
        What::Merged => w::CLOSED_MERGED,
        What::NoShow => w::CLOSE_NO_SHOW,
        What::Removed => w::CLOSE_REMOVED,
    }
}

fn line(shown: &Shown, today: &Today, asked: &Asked) -> Markup {
    let Rests { visit, position } = shown.rests;
    let name = shown
        .timeline
        .as_ref()
        .map(|timeline| clear_if(timeline.name.as_ref()).unwrap_or_else(|| w::ERASED.to_owned()));
    html! {
        li id=[position.map(|position| format!("fact-{position}"))] {
            @if let Some(name) = &name { a.who href={ "/visits/" (visit) } { (name) } }
            @else { span.who { (w::NOT_YOURS_TO_READ) } }
            @if asked.what == What::Waits {
                @if let Some(waited) = shown.waited() { span.waited { (w::waited(&waited.to_string())) } }
                (marks(shown.rests, today, asked))
            }
            @if let Some(line) = shown.line() {
                span.meta {
                    (today.wall.dated(line.at))
                    @if let Some(room) = shown.place(&today.names, asked.what) { ", " (room) }
                    ": " (line.sentence)
                }
            }
        }
    }
}

/// Which percentiles a wait is.
fn marks(rests: Rests, today: &Today, asked: &Asked) -> Markup {
    let report = &today.report;
    let figures = asked.hour.map_or(Some(&report.total), |hour| report.hours.get(&hour));
    let waits = figures.and_then(|figures| figures.waiting.known());
    let named = waits.map(|waits| {
        [(waits.p50, w::HALF_WAITED), (waits.p90, w::NINE_WAITED), (waits.p99, w::MOST_WAITED)]
    });
    let hers = |fact: Fact| fact.visit == rests.visit && Some(fact.position) == rests.position;
    html! {
        @for (_, name) in named.into_iter().flatten().filter(|(waited, _)| hers(waited.fact)) {
            span.pill.good { (name) }
        }
    }
}

/// To the other facts, and back to the numbers.
fn ways(today: &Today, asked: &Asked, all: usize) -> Markup {
    let behind = asked.page.saturating_add(1).saturating_mul(limits::FACTS_PAGE);
    let other = |page| Asked { page, ..*asked }.address();
    html! {
        p.row {
            a.button href=(Of::on(Some(today.day), today.room).address()) { (w::BACK_TO_NUMBERS) }
            @if let Some(before) = asked.page.checked_sub(1) {
                a.button href=(other(before)) rel="prev" { "← " (w::FACTS_BEFORE) }
            }
            @if behind < all {
                a.button href=(other(asked.page.saturating_add(1))) rel="next" { (w::FACTS_AFTER) " →" }
            }
        }
    }
}
