//! The story of a visit and the numbers of a day, as pages.

mod today;
mod visit;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::ids::{MemberId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Note, PersonName};
use clinic_domain::time::Millis;
use clinic_domain::visit::CloseReason;
use tower::ServiceExt as _;

use super::fixture::Served;
use crate::engine::fixture::{start, token};

/// A page as somebody was answered.
struct Answered {
    status: u16,
    headers: HeaderMap,
    text: String,
}

/// Rita at the desk, Dana in her room, Ada who owns the clinic; and its pages.
struct Scene {
    served: Served,
    router: Router,
    ada: MemberId,
}

impl Scene {
    async fn new() -> Self {
        let served = Served::new().await;
        let router = clinic_http::router(served.http.clone().pages());
        let owner = served.house.engine.read(served.house.clinic, None, |views| {
            let clinic = views.census.clinic().founded().expect("it is founded");
            let mut members = clinic.members.iter();
            *members.find(|(_, member)| member.role == Role::Owner).expect("an Owner").0
        });
        let ada = owner.await.expect("a clinic");
        Self { served, router, ada }
    }

    fn ada(&self) -> String {
        self.served.member(self.ada)
    }

    fn rita(&self) -> String {
        self.served.member(self.served.house.rita)
    }

    fn dana(&self) -> String {
        self.served.member(self.served.house.dana)
    }

    /// Asks for a page.
    async fn ask(&self, who: &str, path: &str) -> Answered {
        let request = Request::get(path).header("x-who", who).body(Body::empty());
        let answered = self.router.clone().oneshot(request.expect("a request")).await;
        let (head, body) = answered.expect("a router always answers").into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        let text = String::from_utf8(bytes.into()).expect("text");
        Answered { status: head.status.as_u16(), headers: head.headers, text }
    }

    /// Asks for a page, and is shown it.
    async fn page(&self, who: &str, path: &str) -> String {
        let answered = self.ask(who, path).await;
        assert_eq!(answered.status, 200, "{who}: {path}: {}", answered.text);
        answered.text
    }

    /// Checks in at the desk.
    async fn comes(&self, n: u8, name: &str) -> VisitId {
        let house = &self.served.house;
        let name = PersonName::parse(name).expect("a name");
        let form = CheckInForm::new(house.reception, token(n), name);
        let came = house.ask(Actor::Patient(token(n)), Action::CheckIn(Box::new(form))).await;
        came.expect("granted").visit().expect("a visit")
    }

    /// Rita sends a visit to Dana, with a note.
    async fn is_sent(&self, visit: VisitId, note: &str) {
        let house = &self.served.house;
        let note = Some(Personal::Clear(Note::parse(note).expect("a note")));
        let send = Action::Transfer { visit, to: house.office, note, seen: None };
        house.as_rita(send).await.expect("granted");
    }

    /// Dana sees a visit for some seconds, and it is over.
    async fn is_seen(&self, visit: VisitId) {
        let house = &self.served.house;
        house.as_dana(start(visit)).await.expect("granted");
        // Longer, and she would count as lost.
        house.clock.advance(Millis::seconds(20));
        let over = Action::CloseVisit { visit, reason: CloseReason::Completed, seen: None };
        house.as_dana(over).await.expect("granted");
    }

    /// The patient goes.
    async fn leaves(&self, n: u8, visit: VisitId) {
        let over = Action::CloseVisit { visit, reason: CloseReason::Left, seen: None };
        self.served.house.ask(Actor::Patient(token(n)), over).await.expect("granted");
    }

    fn passes(&self, minutes: u64) {
        self.served.house.clock.advance(Millis::minutes(minutes));
    }
}

/// What stands between two marks, the first time.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} behind {from}")).0
}

/// The text of some HTML, with a blank where a tag was.
fn text_of(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of the rows of the part of a page that has this name.
fn rows(page: &str, part: &str) -> Vec<Vec<String>> {
    let part = between(page, &format!("aria-labelledby=\"{part}\""), "</section>");
    let rows = part.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap_or_default());
    let cells = |row: &str| {
        let cells = row.split("</td>").flat_map(|cell| cell.split("</th>"));
        cells.map(text_of).filter(|text| !text.is_empty()).collect()
    };
    rows.map(cells).collect()
}
