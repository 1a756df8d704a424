//! Check-in: what is typed is recorded as it was meant, once, or shown again with what was wrong.

use axum::http::StatusCode;
use clinic_domain::ids::VisitId;
use clinic_domain::time::{Millis, Timestamp};
use serde_json::{Value, json};

use super::takes;
use crate::http::pages::html::Form;
use crate::http::pages::window::{Scene, Window};

/// Reception asks for a passcode and for consent.
async fn strict() -> Scene {
    let scene = Scene::new().await;
    let house = scene.house();
    house.policy(house.reception, |policy| policy.consent = Some(3)).await;
    let page = scene.ada.see(&format!("/admin/rooms/{}", house.reception)).await;
    scene.ada.granted(&page.form("/set-passcode").with("passcode", "plum")).await;
    scene
}

/// A form that a strict Reception would grant.
async fn filled(scene: &Scene, patient: &Window) -> Form {
    let form = patient.see("/r/reception").await.form("/r/reception");
    let form = form.with("name", "Maria <i>Okoye").with("reason", "a cough & \"fever\"");
    let form = form.with("phone", "1234").with("time", "14:30").with("passcode", "plum");
    let form = form.choosing("visit", "booked").choosing("with", scene.house().office);
    form.choosing("consent", 3)
}

/// What the board says of the visits at Reception.
async fn board(scene: &Scene) -> Vec<Value> {
    let board = scene.rita.told(&format!("rooms/{}/board", scene.house().reception)).await;
    board["rows"].as_array().expect("rows").clone()
}

#[tokio::test]
async fn what_was_typed_is_recorded_as_it_was_meant() {
    let scene = strict().await;
    let patient = scene.stranger();
    let form = filled(&scene, &patient).await;
    assert_eq!(patient.granted(&form).await, "/r/reception/waiting");
    let rows = board(&scene).await;
    let row = &rows[0];
    assert_eq!(row["name"], "Maria <i>Okoye");
    assert_eq!((&row["reason"], &row["phone"]), (&json!("a cough & \"fever\""), &json!("1234")));
    let expected = &row["expected"];
    assert_eq!(expected["room"], json!(scene.house().office.0));
    assert_eq!(expected["member"]["member"], json!(scene.house().dana.0), "{expected}");
    assert_eq!(expected["appointment"], "2026-03-02T14:30:00.000Z");
    assert_eq!(expected["told_by"], "patient");
    let page = patient.see("/r/reception/waiting").await;
    page.says(["reception will see you next", "You have an appointment with Dana"]);
    scene.rita.see("/desk").await.lacks(["<i>"]);
}

#[tokio::test]
async fn what_was_typed_is_kept_when_something_is_wrong() {
    let scene = strict().await;
    let patient = scene.stranger();
    let good = filled(&scene, &patient).await;
    let without = |name: &str| {
        let mut form = good.clone();
        form.fields.retain(|(field, _)| field != name);
        form
    };
    let head = scene.house().head().await;
    let (bad, no, not_now) =
        (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::FORBIDDEN, StatusCode::CONFLICT);
    let long = "a".repeat(101);
    for (wrong, status, said) in [
        (good.clone().with("name", ""), bad, "Your name: Is empty."),
        (without("name"), bad, "Your name: Is empty."),
        (good.clone().with("name", " \u{200b} "), bad, "Your name: "),
        (good.clone().with("name", &long), bad, "Your name: Is 101 characters long"),
        (good.clone().with("name", "a\u{202e}b"), bad, "Your name: Holds the character U+202E"),
        (good.clone().with("phone", "12"), bad, "Last four digits of your phone: Must be"),
        (good.clone().with("time", "25:00"), bad, "At: Must be a time of day such as 14:30."),
        (good.clone().with("time", "half past"), bad, "At: Must be a time of day"),
        (good.clone().with("passcode", "pear"), no, "The passcode is missing or wrong."),
        (without("passcode"), no, "The passcode is missing or wrong."),
        (without("consent"), not_now, "Please read and accept the consent text first."),
    ] {
        let page = patient.refused(&wrong, status).await;
        page.says([said]);
        page.lacks(["<i>", "plum", "pear"]);
        let again = page.form("/r/reception");
        for field in ["name", "reason", "phone", "visit", "with", "time", "consent"] {
            let typed = wrong.value(field).filter(|typed| !typed.trim().is_empty());
            let kept = again.value(field).filter(|kept| !kept.is_empty());
            assert_eq!(kept, typed, "{field} of {said}");
        }
        assert_eq!(again.value("passcode"), Some(""), "it is typed again");
        assert_ne!(again.value("key"), wrong.value("key"), "it is another wish");
    }
    assert_eq!(scene.house().head().await, head, "nothing is recorded");
    let page = patient.refused(&good.clone().with("passcode", "pear"), no).await;
    patient.granted(&page.form("/r/reception").with("passcode", "plum")).await;
    assert_eq!(board(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_time_is_on_the_rooms_clock_also_when_clocks_change() {
    // On 29 March 2026 the clocks of Berlin go from two to three, on 25 October from three back to two.
    for (at, typed, meant) in [
        ("2026-03-28T07:00:00.000Z", "14:30", "2026-03-28T13:30:00.000Z"),
        ("2026-03-29T07:00:00.000Z", "14:30", "2026-03-29T12:30:00.000Z"),
        ("2026-03-28T23:30:00.000Z", "01:30", "2026-03-29T00:30:00.000Z"),
        ("2026-03-28T23:30:00.000Z", "02:30", "2026-03-29T01:00:00.000Z"),
        ("2026-10-25T07:00:00.000Z", "14:30", "2026-10-25T13:30:00.000Z"),
        ("2026-10-24T22:30:00.000Z", "01:30", "2026-10-24T23:30:00.000Z"),
    ] {
        let scene = Scene::new().await;
        let house = scene.house();
        house.clock.advance_to(Timestamp::parse(at).expect("an instant"));
        scene.opens(house.reception, "Europe/Berlin", 0, 24 * 60).await;
        let patient = scene.stranger();
        let form = patient.see("/r/reception").await.form("/r/reception").with("name", "Maria");
        let form = form.choosing("visit", "booked").with("time", typed);
        patient.granted(&form).await;
        let rita = Window::of(&scene.clinic, "rita", crate::http::people::browser::PASSWORD).await;
        let board = rita.told(&format!("rooms/{}/board", house.reception)).await;
        let row = &board["rows"][0];
        assert_eq!(row["expected"]["appointment"], meant, "{typed} at {at}");
        assert_eq!(row["expected"]["room"], Value::Null, "she is not sure whom");
    }
}

#[tokio::test]
async fn one_form_sent_twice_is_one_visit() {
    let scene = Scene::new().await;
    let patient = scene.stranger();
    let form = patient.see("/r/reception").await.form("/r/reception").with("name", "Maria");
    patient.granted(&form).await;
    let head = scene.house().head().await;
    scene.house().clock.advance(Millis::seconds(1));
    assert_eq!(patient.granted(&form).await, "/r/reception/waiting");
    assert_eq!(board(&scene).await.len(), 1);
    assert_eq!(scene.house().head().await, head);
    // Nor does it become another's: what was typed first stands.
    patient.submit(&form.with("name", "Jonas")).await;
    let rows = board(&scene).await;
    assert_eq!((rows.len(), &rows[0]["name"]), (1, &json!("Maria")));
}

#[tokio::test]
async fn case_15_another_rooms_link_offers_the_visit_that_she_has() {
    let scene = Scene::new().await;
    let stale = scene.stranger();
    let form = stale.see("/r/dana").await.form("/r/dana").with("name", "Maria");
    let here = stale.see("/r/reception").await.form("/r/reception").with("name", "Maria");
    stale.granted(&here).await;
    let page = stale.see("/r/dana").await;
    page.says(["You are waiting in reception", "Go to your waiting room", "Not you?"]);
    assert!(!takes(&page));
    assert!(page.links().contains(&"/r/dana/waiting".to_owned()));
    stale.see("/r/dana/waiting").await.says(["reception", "You are next"]);
    // A page that was open before says so, too.
    let refused = stale.submit(&form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.says(["You are waiting in reception"]);
    assert_eq!(board(&scene).await.len(), 1);
    assert_eq!(visits(&scene).await.len(), 1);
}

#[tokio::test]
async fn not_you_lets_the_next_one_check_in_and_the_first_visit_goes_on() {
    let scene = Scene::new().await;
    let (browser, first) = scene.patient("Maria").await;
    let waiting = browser.see("/r/reception/waiting").await;
    assert_eq!(browser.granted(&waiting.form("/not-you")).await, "/r/reception");
    let page = browser.see("/r/reception").await;
    assert!(takes(&page));
    page.lacks(["You are waiting", "Maria"]);
    assert_eq!(browser.led("/r/reception/waiting").await, "/r/reception");
    browser.granted(&page.form("/r/reception").with("name", "Maria")).await;
    let second = scene.newest().await;
    assert_ne!(first, second, "people of one name are never merged");
    assert_eq!(visits(&scene).await, [first, second]);
    browser.see("/r/reception/waiting").await.says(["You are number 2"]);
}

/// A member who is a patient somewhere else is no patient at her own desk, and the other way round.
#[tokio::test]
async fn a_member_checks_in_as_a_patient_in_the_same_browser() {
    let scene = Scene::new().await;
    let form = scene.rita.see("/r/reception").await.form("/r/reception").with("name", "Rita B");
    scene.rita.granted(&form).await;
    let visit = scene.newest().await;
    scene.rita.see("/r/reception/waiting").await.says(["You are next"]);
    scene.rita.see("/desk").await.row(visit).says(["Rita B"]);
    let (patient, _) = scene.patient("Maria").await;
    assert_eq!(patient.led("/desk").await, "/sign-in?back=/desk");
}

/// The open visits of the clinic, the earliest first.
async fn visits(scene: &Scene) -> Vec<VisitId> {
    let house = scene.house();
    let open = house.engine.read(house.clinic, None, |views| {
        let visits = views.census.visits().filter(|(_, visit, _)| visit.open().is_some());
        visits.map(|(id, ..)| id).collect()
    });
    open.await.expect("a clinic")
}
