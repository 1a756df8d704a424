//! Check-in: what a patient sees who opens a room's link, and what she fills in.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use clinic_domain::actor::TokenHash;
use clinic_domain::hours::{Hours, Zone};
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::room::{Room, RoomKind, Texts};
use clinic_domain::time::Timestamp;
use clinic_projections::board::DoorState;
use clinic_projections::census::Census;
use maud::{Markup, html};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::{Typed, led, problem};
use super::layout::{Page, Reader, key};
use super::notice::{emergency, moment, notice};
use super::place::Place;
use super::words as w;
use super::{Pages, layout};
use crate::accounts::VisitCookie;
use crate::reads::door::behind;
use crate::{Http, Problem};

/// A room's door, as its page needs it.
struct Door {
    now: Timestamp,
    /// The id of the check-in that may be asked for.
    wish: Uuid,
    room: RoomId,
    name: String,
    /// The link that is in use.
    slug: String,
    state: DoorState,
    /// Until when: a day, if it is not today, and a time on the clock of the room.
    until: Option<(Option<String>, String)>,
    zone: Zone,
    hours: Option<Hours>,
    texts: Texts,
    asks_passcode: bool,
    consent: Option<u32>,
    full: bool,
    /// For whom an appointment may be: the other rooms by their public names.
    others: Vec<(RoomId, Option<MemberId>, String)>,
    /// The room where the browser's patient waits already.
    waits_in: Option<String>,
}

impl Door {
    async fn find(http: &Http, place: &Place, token: Option<&TokenHash>) -> Result<Self, Problem> {
        let (now, wish) = (http.engine.now(), http.engine.mint());
        let read = http.engine.read(place.clinic, None, |views| {
            let (room, _) = behind(&views.census, &place.slug)?;
            Self::of(&views.census, room, token, (now, wish))
        });
        read.await.map_err(Problem::public)?.ok_or_else(Problem::nothing)
    }

    fn of(
        census: &Census,
        id: RoomId,
        token: Option<&TokenHash>,
        (now, wish): (Timestamp, Uuid),
    ) -> Option<Self> {
        let room = census.room(id)?.open()?;
        let state = census.door(id, now)?;
        let until = match &state {
            DoorState::Open { until } | DoorState::Shut { until } => *until,
            DoorState::Suspended { .. } | DoorState::Archived => None,
        };
        let zone = room.hours.as_ref().map(|hours| &hours.zone).or(census.zone())?.clone();
        let waits_in = token.and_then(|token| census.visit_of(token));
        let waits_in = waits_in.and_then(|visit| census.visit(visit)?.open());
        let waits_in = waits_in.and_then(|open| census.room(open.room)?.last());
        Some(Self {
            now,
            wish,
            room: id,
            name: room.name.to_string(),
            slug: room.slug.to_string(),
            state,
            until: until.map(|at| moment(&zone, at, now)),
            zone,
            hours: room.hours.clone(),
            texts: room.texts.clone(),
            asks_passcode: room.passcode.is_some(),
            consent: room.policy.consent,
            full: u32::try_from(census.queue_len(id)).is_ok_and(|n| n >= room.policy.queue_limit),
            others: others(census, id),
            waits_in: waits_in.map(|room| room.name.to_string()),
        })
    }
}

/// The rooms that somebody may have an appointment in, by name.
fn others(census: &Census, here: RoomId) -> Vec<(RoomId, Option<MemberId>, String)> {
    let open = census.rooms().filter_map(|(id, room)| Some((id, Room::open(room)?)));
    let open = open.filter(|(id, _)| *id != here);
    let mut rooms: Vec<_> = open
        .map(|(id, room)| {
            let owner = match room.kind {
                RoomKind::Personal(member) => Some(member),
                RoomKind::Shared => None,
            };
            (id, owner, room.name.to_string())
        })
        .collect();
    rooms.sort_by(|a, b| (&a.2, a.0).cmp(&(&b.2, b.0)));
    rooms
}

/// The room's page: what it tells, and its check-in if the door is open.
pub(super) async fn page(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Response {
    let (mut head, _) = request.into_parts();
    let fresh = match fresh(&mut head, &pages).await {
        Ok(fresh) => fresh,
        Err(problem) => return layout::failed_at_door(&problem, None),
    };
    if let Some(full) = place.as_ref().ok().and_then(|place| place.full("")) {
        return full;
    }
    let known = place.clone().ok();
    match opened(&pages, place, &head).await {
        Ok((place, door)) if door.slug != place.slug.as_str() => {
            Redirect::to(&place.room(&door.slug)).into_response()
        }
        Ok((place, door)) => (fresh, made(&place, &door, &Typed::default(), None)).into_response(),
        Err(problem) => layout::failed_at_door(&problem, known.as_ref()),
    }
}

async fn fresh(head: &mut Parts, pages: &Pages) -> Result<VisitCookie, Problem> {
    VisitCookie::from_request_parts(head, &pages.http).await
}

async fn opened(
    pages: &Pages,
    place: Result<Place, Problem>,
    head: &Parts,
) -> Result<(Place, Door), Problem> {
    let place = place?;
    let token = pages.http.authenticator.patient(head).await?;
    let door = Door::find(&pages.http, &place, token.as_ref()).await?;
    Ok((place, door))
}

/// Checks somebody in, or shows what she typed again with what was wrong.
pub(super) async fn send(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let known = place.clone().ok();
    let (typed, (place, door)) = match (Typed::of(body).await, opened(&pages, place, &head).await) {
        (Ok(typed), Ok(opened)) => (typed, opened),
        (Err(problem), _) | (_, Err(problem)) => {
            return layout::failed_at_door(&problem, known.as_ref());
        }
    };
    let path = format!("clinics/{}/rooms/{}/check-in", place.clinic, door.room);
    let asked = match form(&typed, &door) {
        Ok(form) => pages.ask(&head, &path, typed.get("key"), &form).await.and_then(problem),
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(response) => led(response, &place.path("/waiting")),
        Err(problem) => {
            let refused = Refused::of(&problem, &door);
            (problem.answer_status(), made(&place, &door, &typed, Some(&refused))).into_response()
        }
    }
}

/// What was typed, as the API expects it.
fn form(typed: &Typed, door: &Door) -> Result<Value, Problem> {
    let mut form: BTreeMap<&str, Value> = BTreeMap::new();
    for field in ["name", "reason", "phone", "passcode"] {
        if let Some(text) = typed.get(field) {
            form.insert(field, text.into());
        }
    }
    form.entry("name").or_insert_with(|| "".into());
    if let Some(version) = typed.get("consent").and_then(|version| version.parse::<u32>().ok()) {
        form.insert("consent", version.into());
    }
    if typed.get("visit") == Some("booked") {
        let named = typed.get("with");
        let with = door.others.iter().find(|(id, ..)| Some(id.to_string().as_str()) == named);
        let time = typed.get("time").map(|time| instant(time, door)).transpose()?;
        form.insert(
            "booked",
            json!({
                "room": with.map(|(id, ..)| id.0),
                "member": with.and_then(|(_, owner, _)| *owner).map(|owner| owner.0),
                "appointment": time.map(|at| at.to_string()),
            }),
        );
    }
    Ok(json!(form))
}

/// The instant of a time of day that was typed: today, on the clock of the room.
fn instant(typed: &str, door: &Door) -> Result<Timestamp, Problem> {
    let wrong = || Problem::bad("appointment", w::WRONG_TIME);
    let (hour, minute) = typed.split_once(':').ok_or_else(wrong)?;
    let part = |text: &str, below: u16| text.parse().ok().filter(|part: &u16| *part < below);
    let (Some(hour), Some(minute)) = (part(hour, 24), part(minute, 60)) else {
        return Err(wrong());
    };
    let (today, _) = door.zone.day_and_hour(door.now).ok_or_else(wrong)?;
    door.zone.instant(today, hour.saturating_mul(60).saturating_add(minute)).ok_or_else(wrong)
}

/// Begins anew, as somebody else at the same browser.
pub(super) async fn not_you(
    State(pages): State<Pages>,
    place: Result<Place, Problem>,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let known = place.clone().ok();
    let asked = match &place {
        Ok(_) => pages.ask(&head, "not-you", None, &json!({})).await.and_then(problem),
        Err(problem) => Err(problem.clone()),
    };
    match (asked, place) {
        (Ok(response), Ok(place)) => led(response, &place.path("")),
        (Err(problem), _) | (_, Err(problem)) => layout::failed_at_door(&problem, known.as_ref()),
    }
}

fn made(place: &Place, door: &Door, typed: &Typed, refused: Option<&Refused>) -> Html<String> {
    let body = html! {
        div.door {
            section.card.welcome {
                h1 { (door.name) }
                (doorway(door))
                (notice(&door.texts, door.hours.as_ref()))
            }
            (emergency(&door.texts))
            @match (&door.waits_in, &door.state) {
                (Some(room), _) => { (elsewhere(place, room)) }
                (None, DoorState::Open { .. }) if !door.full => { (check_in(place, door, typed, refused)) }
                (None, DoorState::Open { .. } | DoorState::Shut { .. } | DoorState::Suspended { .. } | DoorState::Archived) => {
                    (above(refused, false))
                }
            }
        }
    };
    let title = w::check_in_at(&door.name);
    Page { title: &title, reader: Reader::Anybody, live: None, now: door.now, body }.made()
}

/// What the door does, in words.
fn doorway(door: &Door) -> Markup {
    html! {
        @match &door.state {
            DoorState::Open { .. } if door.full => { p.state.warn { (w::FULL) } }
            DoorState::Open { .. } => {
                p.state.good { (w::OPEN) @if let Some((_, time)) = &door.until { " " (w::until(time)) } }
            }
            DoorState::Shut { .. } => {
                p.state.warn { (w::SHUT) @if let Some((day, time)) = &door.until { " " (w::opens(day.as_deref(), time)) } }
            }
            DoorState::Suspended { message } => { p.state.warn { (w::SUSPENDED) } p.text { (message) } }
            DoorState::Archived => { p.state.warn { (w::GONE) } }
        }
    }
}

/// Somebody who waits already is led there, and nobody else is told of it.
fn elsewhere(place: &Place, room: &str) -> Markup {
    html! {
        section.card {
            h2 { (w::waiting_in(room)) }
            p { (w::KEPT) }
            p.row {
                a.button.primary href=(place.path("/waiting")) { (w::TO_WAITING_ROOM) }
                (not_you_form(place))
            }
        }
    }
}

/// The way out for the next person at the same browser.
pub(super) fn not_you_form(place: &Place) -> Markup {
    html! {
        form method="post" action=(place.path("/not-you")) {
            button.quiet { (w::NOT_YOU) }
        }
    }
}

/// What was refused, and the field of the form that it is about.
struct Refused {
    field: Option<Field>,
    sentence: String,
}

/// A field that may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Time,
    Reason,
    Phone,
    Passcode,
    Consent,
}

impl Refused {
    fn of(problem: &Problem, door: &Door) -> Self {
        let named = match problem.field().unwrap_or_default() {
            "name" => Some(Field::Name),
            "appointment" | "booked.appointment" => Some(Field::Time),
            "reason" => Some(Field::Reason),
            "phone" => Some(Field::Phone),
            "passcode" => Some(Field::Passcode),
            "consent" => Some(Field::Consent),
            _ => None,
        };
        let field = named.or_else(|| match problem.kind() {
            "wrong-passcode" => Some(Field::Passcode),
            "consent-needed" => Some(Field::Consent),
            _ => None,
        });
        // What is not on this form cannot have it beside it.
        let shown = |field: &Field| match field {
            Field::Passcode => door.asks_passcode,
            Field::Consent => door.consent.is_some(),
            Field::Name | Field::Time | Field::Reason | Field::Phone => true,
        };
        let sentence = problem.sentence_in(&door.zone, door.now);
        Self { field: field.filter(shown), sentence }
    }
}

/// What was refused of the whole form; also what is said beside its fields, if the form is not there.
fn above(refused: Option<&Refused>, form: bool) -> Markup {
    let above = refused.filter(|refused| !form || refused.field.is_none());
    html! { @if let Some(refused) = above { p.problem role="alert" { (refused.sentence) } } }
}

/// Marks a field that was refused, and says beside it what is wrong.
struct Marks<'r>(Option<&'r Refused>);

impl Marks<'_> {
    fn sentence(&self, field: Field) -> Option<&str> {
        let refused = self.0.filter(|refused| refused.field == Some(field));
        refused.map(|refused| refused.sentence.as_str())
    }

    /// Whether it was refused, as a browser has it.
    fn invalid(&self, field: Field) -> Option<&'static str> {
        self.sentence(field).map(|_| "true")
    }

    /// Where it is said.
    fn by(&self, field: Field) -> Option<&'static str> {
        self.sentence(field).map(|_| "wrong")
    }

    fn beside(&self, field: Field, label: &str) -> Markup {
        html! {
            @if let Some(sentence) = self.sentence(field) {
                p.problem #wrong role="alert" { (label) ": " (sentence) }
            }
        }
    }
}

fn check_in(place: &Place, door: &Door, typed: &Typed, refused: Option<&Refused>) -> Markup {
    let was = |name| typed.get(name).unwrap_or("");
    let marks = Marks(refused);
    let (invalid, by) = (|field| marks.invalid(field), |field| marks.by(field));
    html! {
        section.card {
            h2 { (w::CHECK_IN) }
            (above(refused, true))
            form.check-in method="post" action=(place.path("")) {
                (key(Some(door.wish)))
                (marks.beside(Field::Name, w::YOUR_NAME))
                label { (w::YOUR_NAME)
                    input name="name" value=(was("name")) autocomplete="name" maxlength="100" required
                        aria-invalid=[invalid(Field::Name)] aria-describedby=[by(Field::Name)];
                }
                (appointment(door, typed, &marks))
                (marks.beside(Field::Reason, w::REASON))
                label { (w::REASON) span.hint { (w::OPTIONAL) }
                    textarea name="reason" rows="2" maxlength="500" aria-invalid=[invalid(Field::Reason)] aria-describedby=[by(Field::Reason)] { (was("reason")) }
                }
                (marks.beside(Field::Phone, w::PHONE))
                label { (w::PHONE) span.hint { (w::PHONE_HINT) }
                    input.short name="phone" value=(was("phone")) inputmode="numeric" pattern="[0-9]{4}" maxlength="4"
                        aria-invalid=[invalid(Field::Phone)] aria-describedby=[by(Field::Phone)];
                }
                @if door.asks_passcode {
                    (marks.beside(Field::Passcode, w::PASSCODE))
                    label { (w::PASSCODE) span.hint { (w::PASSCODE_HINT) }
                        input.short name="passcode" autocomplete="off" maxlength="100" required
                            aria-invalid=[invalid(Field::Passcode)] aria-describedby=[by(Field::Passcode)];
                    }
                }
                @if let Some(version) = door.consent {
                    (marks.beside(Field::Consent, w::CONSENT_SHORT))
                    label.choice {
                        // Only to the text that is shown: a newer one is agreed to anew.
                        input type="checkbox" name="consent" value=(version) required checked[was("consent") == version.to_string()]
                            aria-invalid=[invalid(Field::Consent)] aria-describedby=[by(Field::Consent)];
                        (w::CONSENT)
                    }
                }
                button.primary.wide { (w::CHECK_IN) }
            }
        }
    }
}

/// Whether somebody expects her, and when.
fn appointment(door: &Door, typed: &Typed, marks: &Marks<'_>) -> Markup {
    let was = |name| typed.get(name).unwrap_or("");
    let booked = typed.get("visit") == Some("booked");
    html! {
        fieldset {
            legend { (w::APPOINTMENT) }
            label.choice {
                input type="radio" name="visit" value="drop-in" checked[!booked];
                (w::DROP_IN)
            }
            label.choice {
                input type="radio" name="visit" value="booked" checked[booked];
                (w::BOOKED)
            }
            (marks.beside(Field::Time, w::AT_WHAT_TIME))
            div.booked {
                label { (w::WITH_WHOM)
                    select name="with" {
                        option value="" { (w::NOT_SURE) }
                        @for (id, _, name) in &door.others {
                            option value=(id) selected[was("with") == id.to_string()] { (name) }
                        }
                    }
                }
                label { (w::AT_WHAT_TIME)
                    input type="time" name="time" value=(was("time"))
                        aria-invalid=[marks.invalid(Field::Time)] aria-describedby=[marks.by(Field::Time)];
                }
            }
        }
    }
}
