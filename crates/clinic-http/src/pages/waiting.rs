//! The waiting room, as its patient sees it, now and as it changes.

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use clinic_domain::actor::TokenHash;
use clinic_domain::command::Person;
use clinic_domain::ids::{ClinicId, MemberId, VisitId};
use clinic_domain::room::RoomKind;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, ClosedVisit, PatientVisit};
use clinic_engine::ports::Join;
use clinic_projections::census::Census;
use clinic_projections::ending::Ending;
use clinic_projections::waiting_room::{Spot, WaitingRoom};
use maud::{Markup, html};

use super::check_in::not_you_form;
use super::layout::{Page, Reader, Stream, clock, key};
use super::live::{Live, Over, Part, stream};
use super::notice::{emergency, moment, notice};
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
    Over(VisitId, Ending),
    /// None.
    Nothing,
}

/// The waiting room of a visit, with what stands around it.
struct Room {
    seen: WaitingRoom,
    /// Whose room it is, if it is one member's, or whom she is in call with.
    member: Option<String>,
    /// What she has said of her appointment.
    appointment: Option<String>,
    /// Where her call meets.
    join: Option<Join>,
}

/// Whoever holds a visit token: whose page it is.
#[derive(Clone, Debug)]
struct Holder {
    place: Place,
    token: TokenHash,
    /// The visit that her stream began with, and that she is online for.
    follows: Option<VisitId>,
}

impl Holder {
    async fn find(
        pages: &Pages,
        place: Result<Place, Problem>,
        head: &Parts,
    ) -> Result<Self, Problem> {
        let place = place?;
        let token = pages.http.authenticator.patient(head).await?;
        Ok(Self { place, token: token.ok_or_else(Problem::no_token)?, follows: None })
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
        let (member, appointment) = (member(census, visit), appointment(census, &seen));
        Some(Room { seen, member, appointment, join: None })
    });
    if let Some(room) = open {
        return Hers::Open(Box::new(room));
    }
    let over = census.visits().filter_map(|(id, visit, _)| Some((id, closed(visit)?)));
    let last =
        over.filter(|(_, closed)| closed.last.tokens.contains(token)).max_by_key(|(id, _)| *id);
    last.map_or(Hers::Nothing, |(id, closed)| Hers::Over(id, Ending::from(&closed.reason)))
}

fn closed(visit: &PatientVisit) -> Option<&ClosedVisit> {
    match visit {
        PatientVisit::Closed(closed) => Some(closed),
        PatientVisit::Unknown | PatientVisit::Open(_) => None,
    }
}

/// Who sees her: the member she is in call with, or whose room it is. In a room that is shared it may be
/// anybody who serves there, whomever she expects later.
fn member(census: &Census, visit: VisitId) -> Option<String> {
    let open = census.visit(visit)?.open()?;
    let member = match (open.in_call_with(), census.room(open.room)?.last()?.kind) {
        (Some(member), RoomKind::Shared | RoomKind::Personal(_))
        | (None, RoomKind::Personal(member)) => member,
        (None, RoomKind::Shared) => return None,
    };
    name(census, member)
}

fn name(census: &Census, member: MemberId) -> Option<String> {
    Some(census.clinic().member(member)?.name.to_string())
}

/// Her appointment, until the clinic has moved her: from then on it may be over.
fn appointment(census: &Census, seen: &WaitingRoom) -> Option<String> {
    let (member, room, at) = match &census.card(seen.visit)?.arrival {
        Arrival::Booked { member, room, appointment, .. } => (*member, *room, *appointment),
        Arrival::DropIn => return None,
    };
    if seen.moved {
        return None;
    }
    let with = member.and_then(|member| name(census, member)).or_else(|| {
        let room = census.room(room?)?.last()?;
        Some(room.name.to_string())
    });
    let zone = seen.hours.as_ref().map(|hours| &hours.zone).or(census.zone());
    let at = at.zip(zone).map(|(at, zone)| moment(zone, at, seen.now));
    w::appointment(with.as_deref(), at)
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
            Ok(place) => layout::failed_at_door(&problem, Some(&place)),
            Err(problem) => layout::failed_at_door(&problem, None),
        },
    }
}

async fn made(
    pages: &Pages,
    place: Result<Place, Problem>,
    head: &Parts,
) -> Result<Response, Problem> {
    if let Some(full) = place.as_ref().ok().and_then(|place| place.full("/waiting")) {
        return Ok(full);
    }
    let holder = Holder::find(pages, place, head).await?;
    let (hers, now) = (holder.visit(&pages.http).await?, pages.http.engine.now());
    let body = match &hers {
        Hers::Nothing => return Ok(Redirect::to(&holder.place.path("")).into_response()),
        Hers::Over(_, ending) => over(&holder.place, *ending),
        Hers::Open(room) => {
            // A page without a script asks again and again, and so is heard of.
            let who = Person::Patient(room.seen.visit);
            drop(Connected::note(&pages.http.engine, holder.clinic(), who).await?);
            waiting(&holder.place, room, Some(now))
        }
    };
    let live = Some(Stream::new(holder.place.path("/live"), holder.token.0));
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
    let holder = Holder::find(&pages, place, &head).await?;
    let visit = match holder.visit(&pages.http).await? {
        Hers::Open(room) => room.seen.visit,
        Hers::Over(visit, _) => visit,
        Hers::Nothing => return Err(Problem::nothing()),
    };
    let (clinic, caller) = (holder.clinic(), Caller::Patient(holder.token));
    let holder = Holder { follows: Some(visit), ..holder };
    stream(pages.http, head, caller, clinic, Person::Patient(visit), holder).await
}

#[async_trait]
impl Live for Holder {
    async fn parts(&self, http: &Http) -> Result<Vec<Part>, Over> {
        let body = match self.visit(http).await? {
            // Merged: she connects again, so that it is the visit that goes on for which she is online.
            Hers::Open(room) if self.follows != Some(room.seen.visit) => {
                return Err(Over::Again);
            }
            Hers::Open(room) => waiting(&self.place, &room, None),
            Hers::Over(_, ending) => over(&self.place, ending),
            Hers::Nothing => return Err(Problem::nothing().into()),
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
    let known = place.clone().ok();
    let met = async {
        let holder = Holder::find(&pages, place, &head).await?;
        match holder.visit(&pages.http).await? {
            Hers::Open(room) => Ok((room.join, holder.place)),
            Hers::Over(..) | Hers::Nothing => Err(Problem::nothing()),
        }
    };
    match met.await {
        Ok((Some(Join::Link(link)), _)) => Redirect::to(&link).into_response(),
        Ok((Some(Join::Unarranged) | None, place)) => {
            Redirect::to(&place.path("/waiting")).into_response()
        }
        Err(problem) => layout::failed_at_door(&problem, known.as_ref()),
    }
}

/// Asks whether she wants to go: a page of its own, that nothing changes while she decides.
pub(super) async fn leave(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let known = place.clone().ok();
    let asked = async {
        let holder = Holder::find(&pages, place, &head).await?;
        let hers = holder.visit(&pages.http).await?;
        Ok::<_, Problem>((holder.place, hers))
    };
    match asked.await {
        Ok((place, Hers::Open(room))) => leaving(&pages, &place, &room.seen).into_response(),
        Ok((place, Hers::Over(..) | Hers::Nothing)) => {
            Redirect::to(&place.path("/waiting")).into_response()
        }
        Err(problem) => layout::failed_at_door(&problem, known.as_ref()),
    }
}

fn leaving(pages: &Pages, place: &Place, seen: &WaitingRoom) -> Html<String> {
    let (path, back) = (
        format!("/do/clinics/{}/visits/{}/leave", place.clinic, seen.visit),
        place.path("/waiting"),
    );
    let body = html! {
        section.card.narrow {
            h1 { (w::LEAVE) }
            p { (w::LEAVE_ASK) }
            div.row {
                form method="post" action=(path) {
                    input type="hidden" name="back" value=(back);
                    (key(Some(pages.http.engine.mint())))
                    button.primary { (w::LEAVE_SURE) }
                }
                a.button href=(back) { (w::STAY) }
            }
        }
    };
    Page { title: w::LEAVE, reader: Reader::Anybody, live: None, now: seen.now, body }.made()
}

fn waiting(place: &Place, room: &Room, now: Option<Timestamp>) -> Markup {
    let seen = &room.seen;
    let state = match seen.spot {
        Spot::Waiting => "waiting",
        Spot::OnHold => "on-hold",
        Spot::InCall { .. } => "in-call",
    };
    html! {
        div #waiting.waiting data-state=(state) data-title=(title(room)) {
            // What is announced: an element that stays whatever becomes of the visit. Its clock is not.
            section.card.place #told aria-live="polite" {
                p.eyebrow { (seen.name) }
                h1 { (headline(room)) }
                (spot(place, room))
                @if seen.moved { p { (w::moved_to(seen.name.as_str())) } }
                dl.facts aria-live="off" {
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
                a.button.quiet href=(place.path("/leave")) { (w::LEAVE) }
                (not_you_form(place))
            }
        }
    }
}

/// What stands below the headline: her rank, or the way into her call.
fn spot(place: &Place, room: &Room) -> Markup {
    html! {
        @match (&room.seen.spot, &room.join) {
            (Spot::InCall { .. }, Some(Join::Link(_))) => {
                p { a.button.primary.wide href=(place.path("/join")) target="_blank" rel="noopener" { (w::JOIN) } }
                p.hint { (w::JOIN_HINT) }
            }
            (Spot::InCall { .. }, Some(Join::Unarranged) | None) => { p { (w::UNARRANGED) } }
            (Spot::Waiting, _) => {
                @if let Some(rank) = room.seen.rank { p.rank { (w::rank(rank)) } }
                @if let Some(appointment) = &room.appointment { p { (appointment) } }
            }
            (Spot::OnHold, _) => { p { (w::HOLD_HINT) } }
        }
    }
}

/// What she reads first.
fn headline(room: &Room) -> String {
    let name = room.seen.name.as_str();
    match (&room.seen.spot, &room.member, room.seen.rank) {
        (Spot::InCall { .. }, Some(member), _) => w::in_call_with(member),
        (Spot::InCall { .. }, None, _) => w::IN_CALL.to_owned(),
        (Spot::OnHold, _, _) => w::on_hold_in(name),
        (Spot::Waiting, Some(member), Some(1)) => w::seen_next(member),
        (Spot::Waiting, Some(member), _) => w::seen_by(member),
        (Spot::Waiting, None, Some(1)) => w::room_next(name),
        (Spot::Waiting, None, _) => w::waiting_room_of(name),
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
fn over(place: &Place, ending: Ending) -> Markup {
    html! {
        div #waiting.waiting data-state="over" data-title=(w::TAB_OVER) {
            section.card #told aria-live="polite" {
                h1 { (w::OVER) }
                p { (w::over(ending)) }
                p.row { a.button href=(place.path("")) { (w::CHECK_IN_AGAIN) } (not_you_form(place)) }
            }
        }
    }
}
