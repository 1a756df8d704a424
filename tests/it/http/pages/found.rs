//! What a review of the pages found, so that it stays mended.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use clinic_domain::command::{Action, Person};
use clinic_domain::ids::VisitId;
use clinic_domain::room::RoomKind;
use clinic_domain::text::Slug;
use clinic_domain::time::Millis;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{ManualClock, MemoryCredentials};
use clinic_http::{Accounts, Cookies, Http};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::window::{Window, clinic};
use crate::engine::fixture::{House, NINE, engine_on, start, title, transfer};
use crate::http::people::browser::{Browser, Clinic, PASSWORD};

/// What a patient's browser is shown.
#[derive(Debug)]
struct Page {
    status: StatusCode,
    location: Option<String>,
    html: String,
}

impl Page {
    #[track_caller]
    fn says(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.html.contains(text), "{text} is missing: {}", self.html);
        }
    }

    #[track_caller]
    fn says_nothing_of(&self, texts: &[&str]) {
        for text in texts {
            assert!(!self.html.contains(text), "{text} is said: {}", self.html);
        }
    }
}

async fn asked(to: &Clinic, by: &Browser, request: Request<Body>) -> Page {
    let (mut head, body) = request.into_parts();
    for (name, value) in &by.cookies {
        let line = format!("{name}={value}").parse().expect("a cookie");
        head.headers.append(header::COOKIE, line);
    }
    let request = Request::from_parts(head, body);
    let answered = to.router.clone().oneshot(request).await;
    let (head, body) = answered.expect("a router always answers").into_parts();
    let location = head.headers.get(header::LOCATION);
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    Page {
        status: head.status,
        location: location.map(|at| at.to_str().expect("text").to_owned()),
        html: String::from_utf8(bytes.to_vec()).expect("text"),
    }
}

async fn open(to: &Clinic, by: &Browser, path: &str) -> Page {
    asked(to, by, Request::get(path).body(Body::empty()).expect("a request")).await
}

async fn send(to: &Clinic, by: &Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let form = serde_urlencoded::to_string(fields).expect("fields");
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    asked(to, by, request.expect("a request")).await
}

/// A browser that has opened a room's link.
async fn at_the_door(to: &Clinic) -> Browser {
    let mut browser = Browser::default();
    browser.get(to, "/r/reception").await;
    browser
}

/// Somebody who has checked in at reception, with an appointment with Dana at 09:15.
async fn booked(to: &Clinic) -> (Browser, VisitId) {
    let (maria, office) = (at_the_door(to).await, to.house.office.to_string());
    let fields = [("name", "Maria"), ("visit", "booked"), ("with", &office), ("time", "09:15")];
    let led = send(to, &maria, "/r/reception", &fields).await;
    assert_eq!(led.location.as_deref(), Some("/r/reception/waiting"), "{led:?}");
    let leave = open(to, &maria, "/r/reception/leave").await;
    let (before, _) = leave.html.split_once("/leave\"").expect("a form");
    let (_, id) = before.rsplit_once('/').expect("an id");
    (maria, VisitId(Uuid::try_parse(id).expect("an id")))
}

#[tokio::test]
async fn a_patient_is_told_who_sees_her_next_and_not_whom_she_expects_later() {
    let clinic = clinic().await;
    let (maria, visit) = booked(&clinic).await;
    let waits = open(&clinic, &maria, "/r/reception/waiting").await;
    waits.says(&[
        "reception will see you next",
        "You have an appointment with Dana at 09:15.",
        "<noscript><meta http-equiv=\"refresh\" content=\"15\">",
    ]);
    waits.says_nothing_of(&["You are being seen by"]);
    clinic.house.as_rita(transfer(visit, clinic.house.office)).await.expect("she may");
    let moved = open(&clinic, &maria, "/r/reception/waiting").await;
    moved.says(&["You are being seen by Dana next"]);
    moved.says_nothing_of(&["You have an appointment"]);
}

#[tokio::test]
async fn how_a_visit_ended_is_told_in_words_for_its_patient() {
    for (reason, told) in [
        (json!({ "reason": "completed" }), "Thank you for coming."),
        (json!({ "reason": "removed", "why": "a prank" }), "The clinic has closed your visit."),
        (json!({ "reason": "no_show" }), "The clinic has closed your visit."),
    ] {
        let clinic = clinic().await;
        let (maria, visit) = booked(&clinic).await;
        clinic.house.as_rita(start(visit)).await.expect("she may");
        let mut rita = clinic.signed_in("rita", PASSWORD).await;
        for wish in ["end-call", "close-visit"] {
            let path = format!("/api/clinics/{{clinic}}/visits/{visit}/{wish}");
            let body = if wish == "end-call" { json!({}) } else { reason.clone() };
            let done = rita.post(&clinic, &path, body).await;
            assert_eq!(done.status, StatusCode::OK, "{:?}", done.body);
        }
        let over = open(&clinic, &maria, "/r/reception/waiting").await;
        over.says(&["Your visit is over", told]);
        over.says_nothing_of(&["prank", "no show", "removed"]);
    }
}

#[tokio::test]
async fn leaving_asks_on_a_page_of_its_own_and_is_announced_where_she_waited() {
    let clinic = clinic().await;
    let (maria, visit) = booked(&clinic).await;
    // The element that is announced stays when her visit is over.
    let told = "id=\"told\" aria-live=\"polite\"";
    let waits = open(&clinic, &maria, "/r/reception/waiting").await;
    waits.says(&["href=\"/r/reception/leave\"", told]);
    let asks = open(&clinic, &maria, "/r/reception/leave").await;
    asks.says(&["You give up your place", "Yes, leave", "Stay"]);
    asks.says_nothing_of(&["http-equiv=\"refresh\""]);
    let path = format!("/do/clinics/{}/visits/{visit}/leave", clinic.house.clinic);
    let led = send(&clinic, &maria, &path, &[("back", "/r/reception/waiting")]).await;
    assert_eq!(led.location.as_deref(), Some("/r/reception/waiting"));
    let over = open(&clinic, &maria, "/r/reception/waiting").await;
    over.says(&["You have left the waiting room.", told]);
    over.says_nothing_of(&["Thank you"]);
    let again = open(&clinic, &maria, "/r/reception/leave").await;
    assert_eq!(again.location.as_deref(), Some("/r/reception/waiting"));
}

#[tokio::test]
async fn a_link_that_leads_nowhere_does_not_lead_to_where_members_sign_in() {
    let clinic = clinic().await;
    let nobody = Browser::default();
    for path in ["/r/nowhere", "/r/No%20Link", "/c/nobody/r/reception"] {
        let lost = open(&clinic, &nobody, path).await;
        assert_eq!(lost.status, StatusCode::NOT_FOUND, "{path}");
        lost.says(&["This link leads nowhere", "Ask the clinic for its link."]);
        lost.says_nothing_of(&["Go back", "href=\"/\"", "href=\"/desk\""]);
    }
}

#[tokio::test]
async fn a_member_keeps_her_navigation_where_something_went_wrong() {
    let clinic = clinic().await;
    let ada = Window::of_ada(&clinic).await;
    let page = ada.see(&format!("/admin/members/{}", clinic.ada)).await;
    for told in [
        ada.submit(&page.form("/disable-member")).await,
        ada.open(&format!("/admin/rooms/{}", clinic.ada)).await,
    ] {
        assert!(told.status.is_client_error(), "{}", told.html);
        assert!(told.has("href=\"/desk\"") && told.has("Sign out"), "{}", told.html);
    }
}

#[tokio::test]
async fn links_that_name_no_clinic_lead_to_the_one_that_has_the_room() {
    let clinic = clinic().await;
    let (maria, house) = (at_the_door(&clinic).await, &clinic.house);
    House::with(house.engine.clone(), Arc::clone(&house.clock)).await;
    let both = open(&clinic, &maria, "/r/reception").await;
    assert_eq!(both.status, StatusCode::NOT_FOUND, "both have one");
    both.says(&["This link leads nowhere"]);
    let open_room = Action::OpenRoom {
        kind: RoomKind::Shared,
        name: title("Blood tests"),
        slug: Slug::parse("blood").expect("a link"),
        external_ref: None,
    };
    let room = house.host(open_room).await.room().expect("a room");
    let full = format!("/c/{}/r/blood", house.clinic);
    // A page that was opened before still checks in.
    let led = send(&clinic, &maria, "/r/blood", &[("name", "Maria")]).await;
    assert_eq!(led.location, Some(format!("{full}/waiting")), "{led:?}");
    house.host(Action::ChangeSlug(room, Slug::parse("bloods").expect("a link"))).await;
    for below in ["", "/waiting"] {
        let led = open(&clinic, &maria, &format!("/r/blood{below}")).await;
        assert_eq!(led.location, Some(format!("{full}{below}")), "{led:?}");
        assert_eq!(led.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn two_admins_do_not_undo_each_others_work_unseen() {
    let clinic = clinic().await;
    let ada = Window::of_ada(&clinic).await;
    let path = format!("/admin/rooms/{}", clinic.house.reception);
    let seen = ada.see(&path).await;
    ada.granted(&seen.form("/set-policy").with("queue_limit:int", "12")).await;
    let late = ada.submit(&seen.form("/set-policy").with("return_alert:int", "9")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.has("Somebody has changed this since you opened the page"), "{}", late.html);
    // Another setting of the same page is still as it was shown.
    ada.granted(&seen.form("/set-texts").with("welcome:null", "Hello")).await;
    let now = ada.see(&path).await;
    ada.granted(&now.form("/set-policy").with("return_alert:int", "9")).await;
    assert!(ada.see(&path).await.has("name=\"queue_limit:int\" value=\"12\""));
}

#[tokio::test]
async fn whoever_takes_work_from_a_member_who_is_there_says_that_she_knows() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let room = format!("/admin/rooms/{}", house.reception);
    let member = format!("/admin/members/{}", house.rita);
    for path in [&room, &member] {
        let away = ada.see(path).await;
        assert!(!away.has("I know that Rita") && !away.has("I know that this member"));
    }
    house.seen(Person::Member(house.rita)).await;
    house.engine.tick().await.expect("a tick");
    assert!(ada.see(&room).await.has("type=\"checkbox\" required>I know that Rita is online"));
    assert!(ada.see(&member).await.has("I know that this member is online"));
    let visit = house.check_in(1).await;
    house.as_rita(start(visit)).await.expect("she may");
    assert!(ada.see(&room).await.has("I know that Rita is in a call"));
    assert!(ada.see(&member).await.has("I know that this member is in a call"));
}

#[tokio::test]
async fn a_script_is_told_in_a_sentence_with_times_of_the_clinics_clock() {
    let clinic = clinic().await;
    let house = &clinic.house;
    let visit = house.check_in(1).await;
    house.as_rita(start(visit)).await.expect("she may");
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    clinic.account("dana", house.dana, "a horse of hers").await;
    let dana = clinic.signed_in("dana", "a horse of hers").await;
    house.clock.advance(Millis(10_000));
    let path = format!("/do/clinics/{}/visits/{visit}/start-call", house.clinic);
    let request = Request::builder().method(Method::POST).uri(&path);
    let request = request.header(header::ACCEPT, "application/json");
    let told = asked(&clinic, &dana, request.body(Body::empty()).expect("a request")).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    let told: Value = serde_json::from_str(&told.html).expect("a problem");
    let said = told["sentence"].as_str().expect("a sentence");
    assert!(said.starts_with("In call with Rita since 09:00"), "{told}");
    assert!(!said.contains("UTC") && said.ends_with('.'), "{said}");
    assert!(told["detail"].as_str().is_some_and(|detail| detail.contains("T09:00:00")), "{told}");
    let page = send(&clinic, &dana, &path, &[("back", "/desk")]).await;
    page.says(&[said]);
}

#[tokio::test]
async fn a_refused_check_in_marks_the_field_that_it_is_about() {
    let clinic = clinic().await;
    let maria = at_the_door(&clinic).await;
    let fields = [("name", "Maria"), ("phone", "12")];
    let refused = send(&clinic, &maria, "/r/reception", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (before, after) = refused.html.split_once("id=\"wrong\"").expect("it is said");
    assert!(before.ends_with("<p class=\"problem\" ") && after.contains("Last four digits"));
    let (_, field) = after.split_once("name=\"phone\"").expect("the field");
    let (field, _) = field.split_once('>').expect("its end");
    assert!(field.contains("aria-invalid=\"true\" aria-describedby=\"wrong\""), "{field}");
    assert_eq!(refused.html.matches("aria-invalid").count(), 1);
}

#[tokio::test]
async fn where_there_is_no_clinic_yet_the_sign_in_page_says_how_one_is_founded() {
    let clock = Arc::new(ManualClock::at(NINE));
    let engine = engine_on(Arc::new(MemoryLog::new()), &clock, 0);
    let cookies = Cookies { secure: true };
    let accounts = Accounts::new(engine.clone(), Arc::new(MemoryCredentials::default()), cookies);
    let http = Http::new(engine, Arc::new(accounts.clone())).accounts(accounts).pages();
    let request = Request::get("/sign-in").body(Body::empty()).expect("a request");
    let answered = clinic_http::router(http).oneshot(request).await;
    let body = answered.expect("a router always answers").into_body();
    let html = to_bytes(body, 1 << 20).await.expect("a body");
    let html = String::from_utf8(html.to_vec()).expect("text");
    assert!(html.contains("There is no clinic yet") && html.contains("<code>clinic init</code>"));
    assert!(!html.contains("type=\"password\""), "{html}");
}
