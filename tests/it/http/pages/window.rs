//! The small clinic with its pages, and browsers without a script at them: they open pages, and send the forms
//! on them as they stand there.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::ids::{ClinicId, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Note, PersonName};
use clinic_domain::time::Millis;
use clinic_domain::visit::CloseReason;
use clinic_http::Http;
use serde_json::Value;
use tower::ServiceExt as _;

use super::html::{Form, Opened};
use crate::engine::fixture::{House, start, token};
use crate::http::people::browser::{Browser, Clinic, PASSWORD};
use crate::http::streams::Live;

/// Ada's, who is the Owner.
pub(super) const OWNERS: &str = "battery staple";

/// The small clinic with its pages; Ada signs in as `ada`, Dana as `dana`.
pub(super) async fn clinic() -> Clinic {
    served().await.0
}

async fn served() -> (Clinic, Http) {
    let mut clinic = Clinic::new().await;
    let (engine, accounts) = (clinic.house.engine.clone(), clinic.accounts.clone());
    let http = Http::new(engine, Arc::new(accounts.clone())).accounts(accounts).pages();
    clinic.router = clinic_http::router(http.clone());
    clinic.account("ada", clinic.ada, OWNERS).await;
    clinic.account("dana", clinic.house.dana, PASSWORD).await;
    (clinic, http)
}

/// Rita at the desk, Dana in her room and Ada who owns the clinic, each at a window of her own.
pub(super) struct Scene {
    pub(super) clinic: Clinic,
    pub(super) http: Http,
    pub(super) ada: Window,
    pub(super) rita: Window,
    pub(super) dana: Window,
}

impl Scene {
    pub(super) async fn new() -> Self {
        let (clinic, http) = served().await;
        let ada = Window::of_ada(&clinic).await;
        let rita = Window::of(&clinic, "rita", PASSWORD).await;
        let dana = Window::of(&clinic, "dana", PASSWORD).await;
        Self { clinic, http, ada, rita, dana }
    }

    pub(super) fn house(&self) -> &House {
        &self.clinic.house
    }

    /// Somebody whom nobody knows.
    pub(super) fn stranger(&self) -> Window {
        Window::new(&self.clinic)
    }

    /// A patient who has checked in at Reception by its page, and her visit.
    pub(super) async fn patient(&self, name: &str) -> (Window, VisitId) {
        let window = self.stranger();
        let form = window.see("/r/reception").await.form("/r/reception").with("name", name);
        assert_eq!(window.granted(&form).await, "/r/reception/waiting");
        (window, self.newest().await)
    }

    /// The visit that began last.
    pub(super) async fn newest(&self) -> VisitId {
        let newest =
            |census: &clinic_projections::census::Census| census.visits().map(|(id, ..)| id).max();
        let house = self.house();
        let found = house.engine.read(house.clinic, None, |views| newest(&views.census)).await;
        found.expect("a clinic").expect("a visit")
    }

    /// Checks in at Reception, by no page.
    pub(super) async fn comes(&self, n: u8, name: &str) -> VisitId {
        let name = PersonName::parse(name).expect("a name");
        let form = CheckInForm::new(self.house().reception, token(n), name);
        let came =
            self.house().ask(Actor::Patient(token(n)), Action::CheckIn(Box::new(form))).await;
        came.expect("granted").visit().expect("a visit")
    }

    /// Rita sends a visit to Dana, with a note.
    pub(super) async fn is_sent(&self, visit: VisitId, said: &str) {
        let note = Some(note(said));
        let send = Action::Transfer { visit, to: self.house().office, note, seen: None };
        self.house().as_rita(send).await.expect("granted");
    }

    /// Dana sees a visit for some seconds, and it is over.
    pub(super) async fn is_seen(&self, visit: VisitId) {
        self.house().as_dana(start(visit)).await.expect("granted");
        // Longer, and she would count as lost.
        self.house().clock.advance(Millis::seconds(20));
        let over = Action::CloseVisit { visit, reason: CloseReason::Completed, seen: None };
        self.house().as_dana(over).await.expect("granted");
    }

    /// The patient who checked in by no page goes.
    pub(super) async fn leaves(&self, n: u8, visit: VisitId) {
        let over = Action::CloseVisit { visit, reason: CloseReason::Left, seen: None };
        self.house().ask(Actor::Patient(token(n)), over).await.expect("granted");
    }

    pub(super) fn passes(&self, minutes: u64) {
        self.house().clock.advance(Millis::minutes(minutes));
    }

    /// A room's door is open from one minute of each day to another.
    pub(super) async fn opens(&self, room: RoomId, zone: &str, from: u16, until: u16) {
        let zone = Zone::parse(zone).expect("a zone");
        let hours = Hours {
            zone,
            week: vec![vec![Interval { from, until }]; 7],
            exceptions: std::collections::BTreeMap::new(),
        };
        self.house().host(Action::SetHours(room, Some(hours))).await;
    }
}

pub(super) fn note(text: &str) -> Personal<Note> {
    Personal::Clear(Note::parse(text).expect("a note"))
}

/// Pages in a browser of its own.
pub(super) struct Window {
    router: Router,
    clinic: ClinicId,
    browser: Mutex<Browser>,
}

impl Window {
    /// A browser in which nobody has signed in.
    pub(super) fn new(clinic: &Clinic) -> Self {
        Self::at(clinic.router.clone(), clinic.house.clinic, Browser::default())
    }

    pub(super) fn at(router: Router, clinic: ClinicId, browser: Browser) -> Self {
        Self { router, clinic, browser: Mutex::new(browser) }
    }

    pub(super) async fn of(clinic: &Clinic, name: &str, password: &str) -> Self {
        let browser = clinic.signed_in(name, password).await;
        Self::at(clinic.router.clone(), clinic.house.clinic, browser)
    }

    pub(super) async fn of_ada(clinic: &Clinic) -> Self {
        Self::of(clinic, "ada", OWNERS).await
    }

    /// Asks for a page; `{clinic}` in its address is the clinic.
    pub(super) async fn open(&self, path: &str) -> Opened {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// Opens a page that must be there.
    pub(super) async fn see(&self, path: &str) -> Opened {
        let opened = self.open(path).await;
        assert_eq!(opened.status, StatusCode::OK, "{path}: {}", opened.html);
        opened
    }

    /// What the API tells whoever is at this window.
    pub(super) async fn told(&self, path: &str) -> Value {
        let told = self.see(&format!("/api/clinics/{{clinic}}/{path}")).await;
        serde_json::from_str(&told.html).expect("JSON")
    }

    /// Opens a page that leads elsewhere at once.
    pub(super) async fn led(&self, path: &str) -> String {
        let opened = self.open(path).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{path}: {}", opened.html);
        opened.location().expect("a way").to_owned()
    }

    pub(super) async fn submit(&self, form: &Form) -> Opened {
        let body = serde_urlencoded::to_string(&form.fields).expect("fields");
        self.send(Method::POST, &form.action, Body::from(body)).await
    }

    /// Sends a form that is granted: it leads back to a page.
    pub(super) async fn granted(&self, form: &Form) -> String {
        let answer = self.submit(form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{form:?}: {}", answer.html);
        answer.location().expect("a way back").to_owned()
    }

    /// Sends a form that is refused: a page says why.
    pub(super) async fn refused(&self, form: &Form, status: StatusCode) -> Opened {
        let answer = self.submit(form).await;
        assert_eq!(answer.status, status, "{form:?}: {}", answer.html);
        assert!(answer.has("role=\"alert\""), "{}", answer.html);
        answer
    }

    /// Follows a live page.
    pub(super) async fn follow(&self, path: &str) -> Live {
        Live::of(self.ask(Method::GET, path, Body::empty()).await)
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> Opened {
        let (head, body) = self.ask(method, path, body).await.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        let html = String::from_utf8(bytes.to_vec()).expect("text");
        Opened { status: head.status, headers: head.headers, html }
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Body) -> Response {
        let path = path.replace("{clinic}", &self.clinic.to_string());
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, "clinic.example");
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in &self.browser.lock().expect("a browser").cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        let request = request.body(body).expect("a request");
        let answered = self.router.clone().oneshot(request).await;
        let response = answered.expect("a router always answers");
        self.browser.lock().expect("a browser").keep(response.headers());
        response
    }
}
