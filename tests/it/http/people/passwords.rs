//! Changing one's own password.

use axum::http::StatusCode;
use clinic_http::limits;
use serde_json::{Value, json};

use super::browser::{Browser, Clinic, PASSWORD};

const NEW: &str = "battery staple";

async fn change(
    browser: &mut Browser,
    clinic: &Clinic,
    old: &str,
    new: &str,
) -> (StatusCode, Value) {
    let body = json!({ "old": old, "new": new });
    let answer = browser.post(clinic, "/api/change-password", body).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_the_old_one_is_no_good() {
    let clinic = Clinic::new().await;
    let mut desk = clinic.signed_in("rita", PASSWORD).await;
    let mut home = clinic.signed_in("rita", PASSWORD).await;
    let (status, body) = change(&mut desk, &clinic, PASSWORD, NEW).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body:?}");
    assert!(desk.me(&clinic).await.is_some());
    assert_eq!(home.me(&clinic).await, None);
    let old = Browser::default().sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    clinic.signed_in("rita", NEW).await;
}

#[tokio::test]
async fn a_password_is_refused_by_the_rule_that_it_breaks() {
    let clinic = Clinic::new().await;
    clinic.account("dana at the harbour", clinic.house.dana, "another horse").await;
    let mut browser = clinic.signed_in("dana at the harbour", "another horse").await;
    for (new, why) in [
        ("ninechars", "is 9 characters long, at least 10 are needed"),
        (&"x".repeat(201), "is 201 characters long, at most 200 are allowed"),
        ("Dana at the HARBOUR ", "must not be the sign-in name"),
        ("another horse", "must not be the old password"),
    ] {
        let (status, body) = change(&mut browser, &clinic, "another horse", new).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
        assert_eq!((&body["field"], &body["detail"]), (&json!("new"), &json!(why)));
    }
    for new in ["tenletters", &"x".repeat(200)] {
        let mut browser = clinic.signed_in("dana at the harbour", "another horse").await;
        let (status, body) = change(&mut browser, &clinic, "another horse", new).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body:?}");
        clinic.account("dana at the harbour", clinic.house.dana, "another horse").await;
    }
}

#[tokio::test]
async fn an_accent_is_the_same_however_a_keyboard_composes_it() {
    let clinic = Clinic::new().await;
    clinic.account("caf\u{e9}", clinic.house.dana, "la cr\u{e8}me br\u{fb}l\u{e9}e").await;
    clinic.signed_in("cafe\u{301}", "la cre\u{300}me bru\u{302}le\u{301}e").await;
}

#[tokio::test]
async fn whoever_finds_a_browser_signed_in_does_not_guess_the_password_for_long() {
    let clinic = Clinic::new().await;
    let mut found = clinic.signed_in("rita", PASSWORD).await;
    for _ in 0..limits::TRIES_PER_NAME {
        let (status, body) = change(&mut found, &clinic, "wrong password", NEW).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(body["field"], "old");
    }
    let (status, _) = change(&mut found, &clinic, PASSWORD, NEW).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn nobody_changes_a_password_without_being_signed_in() {
    let clinic = Clinic::new().await;
    let (status, body) = change(&mut Browser::default(), &clinic, PASSWORD, NEW).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(body["type"], "urn:clinic:problem:sign-in");
}
