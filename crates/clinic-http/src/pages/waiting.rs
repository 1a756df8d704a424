//! The waiting room, as its patient sees it, now and as it changes.

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use clinic_domain::actor::TokenHash;
use clinic_domain::command::Person;
use clinic_domain::ids::{ClinicId, MemberId, VisitId};
use clinic_domain::room::RoomKind;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, PatientVisit};
use clinic_engine::ports::Join;
use clinic_projections::census::Census;
use clinic_projections::waiting_room::{Spot, WaitingRoom};
use maud::{Markup, html};
use uuid::Uuid;

use super::check_in::not_you_form;
use super::layout::{Page, Reader, Stream, clock, key};
use super::live::{Live, Part, stream};
use super::notice::{emergency, notice};
use super::place::Place;
use super::words as w;
use super::{Pages, layout};
use crate::streams::Connected;
use crate::{Caller, Http, Problem};

/// What a patient has here.
enum Hers {
    /// A visit that goes on.
    Open(Box<Room>),
    /// A visit that is over, and may still be reopened.
    Over(VisitId),
    /// None.
    Nothing,
}

/// The waiting room of a visit, with what stands around it.
struct Room {
    seen: WaitingRoom,
    /// Who serves here, or whom she is in call with.
    next: Option<String>,
    /// Where her call meets.
    join: Option<Join>,
}

/// Whose page it is.
#[derive(Clone, Debug)]
struct Hearer {
    place: Place,
    token: TokenHash,
}

impl Hearer {
    async fn find(
        pages: &Pages,
        place: Result<Place, Problem>,
        head: &Parts,
    ) -> Result<Self, Problem> {
        let place = place?;
        let token = pages.http.authenticator.patient(head).await?;
        Ok(Self { place, token: token.ok_or_else(Problem::no_token)? })
    }

    /// Her visit as it is. The last one that her token led to, if none goes on.
    async fn visit(&self, http: &Http) -> Result<Hers, Problem> {
        let (clinic, now) = (self.place.clinic, http.engine.now());
        let read = http.engine.read(clinic, None, |views| hers(&views.census, &self.token, now));
        let mut hers = read.await.map_err(Problem::public)?;
        if let Hers::Open(room) = &mut hers
            && let Spot::InCall { .. } = room.seen.spot
        {
            room.join = http.engine.join(clinic, room.seen.visit).await.map_err(Problem::public)?;
        }
        Ok(hers)
    }

    fn clinic(&self) -> ClinicId {
        self.place.clinic
    }
}

fn hers(census: &Census, token: &TokenHash, now: Timestamp) -> Hers {
    let open = census.visit_of(token).and_then(|visit| {
        let seen = census.waiting_room(visit, now)?;
        Some(Room { next: next(census, visit), seen, join: None })
    });
    if let Some(room) = open {
        return Hers::Open(Box::new(room));
    }
    let hers = |visit: &PatientVisit| visit.last().is_some_and(|last| last.tokens.contains(token));
    let last = census.visits().filter(|(_, visit, _)| hers(visit)).map(|(id, ..)| id).max();
    last.map_or(Hers::Nothing, Hers::Over)
}

/// Who sees her: the member she is in call with, whose room it is, or whom she expects.
fn next(census: &Census, visit: VisitId) -> Option<String> {
    let open = census.visit(visit)?.open()?;
    let name = |member: MemberId| Some(census.clinic().member(member)?.name.to_string());
    if let Some(member) = open.in_call_with() {
        return name(member);
    }
    if let RoomKind::Personal(member) = census.room(open.room)?.last()?.kind {
        return name(member);
    }
    match &census.card(visit)?.arrival {
        Arrival::Booked { member, .. } => member.and_then(name),
        Arrival::DropIn => None,
    }
}

pub(super) async fn page(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    match made(&pages, place.clone(), &head).await {
        Ok(page) => page,
        // Nobody waits in this browser: her way begins at the door.
        Err(problem) => match place {
            Ok(place) if problem.status() == 401 => Redirect::to(&place.path("")).into_response(),
            Ok(place) => layout::failed(&problem, &place.path("")),
            Err(problem) => layout::failed(&problem, "/"),
        },
    }
}

async fn made(
    pages: &Pages,
    place: Result<Place, Problem>,
    head: &Parts,
) -> Result<Response, Problem> {
    let hearer = Hearer::find(pages, place, head).await?;
    let (hers, now) = (hearer.visit(&pages.http).await?, pages.http.engine.now());
    let body = match &hers {
        Hers::Nothing => return Ok(Redirect::to(&hearer.place.path("")).into_response()),
        Hers::Over(_) => over(&hearer.place),
        Hers::Open(room) => {
            // A page without a script asks again and again, and so is heard of.
            let who = Person::Patient(room.seen.visit);
            drop(Connected::note(&pages.http.engine, hearer.clinic(), who).await?);
            waiting(&hearer.place, room, Some(now), Some(pages.http.engine.mint()))
        }
    };
    let live = Some(Stream::new(hearer.place.path("/live"), hearer.token.0));
    let body = html! { div #whole data-own { (body) } };
    Ok(Page { title: w::WAITING_ROOM, reader: Reader::Anybody, live, now, body }
        .made()
        .into_response())
}

/// The parts of the page, as they change.
pub(super) async fn live(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let hearer = Hearer::find(&pages, place, &head).await?;
    let person = match hearer.visit(&pages.http).await? {
        Hers::Open(room) => Person::Patient(room.seen.visit),
        Hers::Over(visit) => Person::Patient(visit),
        Hers::Nothing => return Err(Problem::nothing()),
    };
    let (clinic, caller) = (hearer.clinic(), Caller::Patient(hearer.token));
    stream(pages.http, head, caller, clinic, person, hearer).await
}

#[async_trait]
impl Live for Hearer {
    async fn parts(&self, http: &Http) -> Result<Vec<Part>, Problem> {
        let body = match self.visit(http).await? {
            Hers::Open(room) => waiting(&self.place, &room, None, None),
            Hers::Over(_) => over(&self.place),
            Hers::Nothing => return Err(Problem::nothing()),
        };
        Ok(vec![Part::new("whole", "waiting", body)])
    }
}

/// Leads to where the call meets.
pub(super) async fn join(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let met = async {
        let hearer = Hearer::find(&pages, place, &head).await?;
        match hearer.visit(&pages.http).await? {
            Hers::Open(room) => Ok((room.join, hearer.place)),
            Hers::Over(_) | Hers::Nothing => Err(Problem::nothing()),
        }
    };
    match met.await {
        Ok((Some(Join::Link(link)), _)) => Redirect::to(&link).into_response(),
        Ok((Some(Join::Unarranged) | None, place)) => {
            Redirect::to(&place.path("/waiting")).into_response()
        }
        Err(problem) => layout::failed(&problem, "/"),
    }
}

fn waiting(place: &Place, room: &Room, now: Option<Timestamp>, wish: Option<Uuid>) -> Markup {
    let seen = &room.seen;
    let state = match seen.spot {
        Spot::Waiting => "waiting",
        Spot::OnHold => "on-hold",
        Spot::InCall { .. } => "in-call",
    };
    html! {
        div #waiting.waiting data-state=(state) data-title=(title(room)) {
            section.card.place {
                p.eyebrow { (seen.name) }
                div aria-live="polite" { h1 { (headline(room)) } }
                @match (&seen.spot, &room.join) {
                    (Spot::InCall { .. }, Some(Join::Link(_))) => {
                        p { a.button.primary.wide href=(place.path("/join")) target="_blank" rel="noopener" { (w::JOIN) } }
                        p.hint { (w::JOIN_HINT) }
                    }
                    (Spot::InCall { .. }, Some(Join::Unarranged) | None) => { p { (w::UNARRANGED) } }
                    (Spot::Waiting, _) => {
                        @if let Some(rank) = seen.rank { p.rank { (w::rank(rank)) } }
                    }
                    (Spot::OnHold, _) => { p { (w::HOLD_HINT) } }
                }
                @if seen.moved { p { (w::moved_to(seen.name.as_str())) } }
                dl.facts {
                    dt { (w::SINCE_CHECK_IN) } dd { (clock(seen.since_check_in.since, now)) }
                    dt { (w::WHO_IS_HERE) } dd { (w::online(seen.headcount.online, seen.headcount.on_another_call)) }
                }
                p.kept { (w::KEPT) }
            }
            section.card {
                (notice(&seen.texts, seen.hours.as_ref()))
            }
            (emergency(&seen.texts))
            div.row.foot {
                details.menu.up {
                    summary { (w::LEAVE) }
                    div {
                        p.hint { (w::LEAVE_ASK) }
                        (leave(place, seen, wish))
                    }
                }
                (not_you_form(place))
            }
        }
    }
}

/// Her way out.
fn leave(place: &Place, seen: &WaitingRoom, wish: Option<Uuid>) -> Markup {
    let path = format!("/do/clinics/{}/visits/{}/leave", place.clinic, seen.visit);
    html! {
        form method="post" action=(path) {
            input type="hidden" name="back" value=(place.path("/waiting"));
            (key(wish))
            button { (w::LEAVE_SURE) }
        }
    }
}

/// What she reads first.
fn headline(room: &Room) -> String {
    match (&room.seen.spot, &room.next, room.seen.rank) {
        (Spot::InCall { .. }, Some(member), _) => w::in_call_with(member),
        (Spot::InCall { .. }, None, _) => w::IN_CALL.to_owned(),
        (Spot::OnHold, _, _) => w::on_hold_in(room.seen.name.as_str()),
        (Spot::Waiting, Some(member), Some(1)) => w::seen_next(member),
        (Spot::Waiting, Some(member), _) => w::seen_by(member),
        (Spot::Waiting, None, _) => w::WAITING.to_owned(),
    }
}

/// What the tab says, so that she sees it from another one.
fn title(room: &Room) -> String {
    match room.seen.spot {
        Spot::InCall { .. } => w::TAB_IN_CALL.to_owned(),
        Spot::OnHold => w::TAB_ON_HOLD.to_owned(),
        Spot::Waiting => w::tab_waiting(room.seen.rank),
    }
}

/// Her visit is over.
fn over(place: &Place) -> Markup {
    html! {
        div #waiting.waiting data-state="over" data-title=(w::TAB_OVER) {
            section.card {
                div aria-live="polite" { h1 { (w::OVER) } }
                p { (w::OVER_LEAD) }
                p.row { a.button href=(place.path("")) { (w::CHECK_IN_AGAIN) } (not_you_form(place)) }
            }
        }
    }
}
