//! Who has read what, the newest at the end, with names instead of ids.

use axum::extract::State;
use axum::response::Response;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Accessed, Reader, Subject};
use clinic_projections::census::Census;
use clinic_projections::clocks::Moment;
use maud::{Markup, html};
use serde::Deserialize;

use super::super::Pages;
use super::super::words as w;
use super::overview::member_name;
use super::{Admin, Part, made};
use crate::access::{Noted, note};
use crate::clinic::look;
use crate::{Http, Problem, Query, limits};

/// Which page of it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Which {
    /// The number that the records on it stand before; none: the latest page.
    before: Option<u64>,
}

pub(super) async fn page(
    State(pages): State<Pages>,
    Query(which): Query<Which>,
    admin: Admin,
) -> Response {
    match shown(&pages, &admin, which).await {
        Ok(body) => made(&pages, &admin, Part::Access, w::ACCESS, &body),
        Err(problem) => admin.failed(&problem, "/admin"),
    }
}

async fn shown(pages: &Pages, admin: &Admin, which: Which) -> Result<Markup, Problem> {
    let (http, signed) = (&pages.http, &admin.0);
    let log = Log { http, admin };
    let records = log.page(which.before).await?;
    note(http, signed.caller(), signed.clinic, Noted::AccessLog).await?;
    let now = http.engine.now();
    let lines = look(http, signed.caller(), signed.clinic, None, |views| {
        let (census, zone) = (&views.census, views.census.zone());
        Some(records.iter().map(|record| line(census, zone, now, record)).collect::<Vec<_>>())
    });
    let lines = lines.await?;
    Ok(html! {
        div.title { h1 { (w::ACCESS) } p.hint { (w::ACCESS_LEAD) } }
        div.card {
            @if lines.is_empty() { p { (w::NO_ACCESS) } } @else { (table(&lines)) }
            nav.row aria-label=(w::PAGES) {
                @if let [first, ..] = records.as_slice() && records.len() == limits::ACCESS_SHOWN {
                    a.button href={ "/admin/access?before=" (first.number) } { (w::EARLIER) }
                }
                @if which.before.is_some() { a.button href="/admin/access" { (w::LATEST) } }
            }
        }
    })
}

/// The access log of a clinic. It is read from its beginning on, so the end has to be looked for.
struct Log<'l> {
    http: &'l Http,
    admin: &'l Admin,
}

impl Log<'_> {
    async fn read(&self, after: u64, limit: usize) -> Result<Vec<Accessed>, Problem> {
        let read = self.http.access.read(self.admin.0.clinic, after, limit).await;
        read.map_err(|why| Problem::broken(&why))
    }

    /// The last records before a number: the furthest place behind which a full page of them stands.
    async fn page(&self, before: Option<u64>) -> Result<Vec<Accessed>, Problem> {
        let full = limits::ACCESS_SHOWN;
        let end = match before {
            Some(before) => before,
            None => self.end().await?,
        };
        let (mut from, mut beyond) = (0, end);
        let mut found = self.before(from, end).await?;
        if found.len() < full {
            return Ok(found);
        }
        while beyond.saturating_sub(from) > 1 {
            let middle = from.midpoint(beyond);
            let page = self.before(middle, end).await?;
            if page.len() == full {
                (from, found) = (middle, page);
            } else {
                beyond = middle;
            }
        }
        Ok(found)
    }

    /// A page behind one number, before another.
    async fn before(&self, after: u64, end: u64) -> Result<Vec<Accessed>, Problem> {
        let mut page = self.read(after, limits::ACCESS_SHOWN).await?;
        page.retain(|record| record.number < end);
        Ok(page)
    }

    /// A number above all that there are, by steps that double.
    async fn end(&self) -> Result<u64, Problem> {
        let mut end = 1;
        while end < limits::ACCESS_NUMBERS && !self.read(end.saturating_sub(1), 1).await?.is_empty()
        {
            end = end.saturating_mul(2);
        }
        Ok(end)
    }
}

/// A record, for people.
struct Line {
    at: Timestamp,
    shown: String,
    who: String,
    what: String,
    whom: Markup,
}

fn line(census: &Census, zone: Option<&Zone>, now: Timestamp, record: &Accessed) -> Line {
    let access = &record.access;
    let member = |id: MemberId| member_name(census, id).unwrap_or_else(|| id.to_string());
    let room = |id: RoomId| {
        let room = census.room(id).and_then(clinic_domain::room::Room::last);
        room.map_or_else(|| id.to_string(), |room| room.name.to_string())
    };
    Line {
        at: access.at,
        shown: Moment::read(access.at, zone, now).shown,
        who: match access.who {
            Reader::Member(id) => member(id),
            Reader::Host => w::THE_HOST.to_owned(),
        },
        what: w::accessed(&access.model).to_owned(),
        whom: match access.subject {
            Subject::Clinic => html! { (w::THE_CLINIC) },
            Subject::Room(id) => html! { (room(id)) },
            // Her name would be one more reading of it. The history says who she is, to whoever opens it.
            Subject::Visit(id) => html! { a href={ "/visits/" (id) } { (w::A_VISIT) } },
            Subject::Account(id) => html! { (member(id)) },
        },
    }
}

fn table(lines: &[Line]) -> Markup {
    html! {
        table.list {
            thead { tr {
                th scope="col" { (w::WHEN) }
                th scope="col" { (w::WHO) }
                th scope="col" { (w::WHAT) }
                th scope="col" { (w::ABOUT) }
            } }
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" { time datetime=(line.at) { (line.shown) } }
                        td data-label=(w::WHO) { span { (line.who) } }
                        td data-label=(w::WHAT) { span { (line.what) } }
                        td data-label=(w::ABOUT) { span { (line.whom) } }
                    }
                }
            }
        }
    }
}
