//! The token of a patient, and a browser that a member and a patient share.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::{Browser, Clinic, PASSWORD, set_cookies};

const VISIT: &str = "__Host-clinic-visit";

/// A browser with a patient's token, as after a look at the door.
async fn patient(clinic: &Clinic) -> Browser {
    let mut browser = Browser::default();
    let answer = browser.post(clinic, "/api/not-you", json!({})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    browser
}

async fn check_in(browser: &mut Browser, clinic: &Clinic) -> String {
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/check-in", clinic.house.reception);
    let came = browser.post(clinic, &path, json!({ "name": "Maria Okoye" })).await;
    assert_eq!(came.status, StatusCode::OK, "{:?}", came.body);
    came.body["visit"].as_str().expect("a visit").to_owned()
}

#[tokio::test]
async fn a_patient_waits_by_her_cookie_and_the_next_one_at_her_browser_begins_anew() {
    let clinic = Clinic::new().await;
    let mut browser = patient(&clinic).await;
    let first = check_in(&mut browser, &clinic).await;
    let mut hers = browser.clone();
    let fresh = browser.post(&clinic, "/api/not-you", json!({})).await;
    let lines = set_cookies(&fresh.headers);
    let wanted = "; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure";
    assert!(lines[0].starts_with("__Host-clinic-visit=") && lines[0].ends_with(wanted));
    assert_ne!(browser.cookies[VISIT], hers.cookies[VISIT]);
    assert_ne!(check_in(&mut browser, &clinic).await, first);
    let leave = |visit: &str| format!("/api/clinics/{{clinic}}/visits/{visit}/leave");
    let not_hers = browser.post(&clinic, &leave(&first), json!({})).await;
    assert_eq!(not_hers.status, StatusCode::NOT_FOUND);
    let left = hers.post(&clinic, &leave(&first), json!({})).await;
    assert_eq!(left.body["events"], json!(["VisitClosed"]), "the visit of before went on");
}

#[tokio::test]
async fn a_member_who_is_a_patient_elsewhere_is_both_in_one_browser() {
    let clinic = Clinic::new().await;
    let mut browser = patient(&clinic).await;
    browser.sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(browser.cookies.len(), 2);
    let visit = check_in(&mut browser, &clinic).await;
    assert_eq!(browser.me(&clinic).await, Some(clinic.house.rita.0));
    let board = format!("/api/clinics/{{clinic}}/rooms/{}/board", clinic.house.reception);
    let board = browser.get(&clinic, &board).await;
    assert_eq!(board.body["rows"][0]["visit"], json!(visit));
    let leave = format!("/api/clinics/{{clinic}}/visits/{visit}/leave");
    let left = browser.post(&clinic, &leave, json!({})).await;
    assert_eq!(left.status, StatusCode::OK, "{:?}", left.body);
    assert!(left.body.get("position").is_none(), "she is answered as a patient");
    browser.post(&clinic, "/api/sign-out", json!({})).await;
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), [VISIT], "her visit stays hers");
}

#[tokio::test]
async fn whoever_has_no_token_is_no_patient_and_a_session_is_none() {
    let clinic = Clinic::new().await;
    let mut rita = clinic.signed_in("rita", PASSWORD).await;
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/check-in", clinic.house.reception);
    let refused = rita.post(&clinic, &path, json!({ "name": "Rita" })).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body["type"], "urn:clinic:problem:no-token");
    // Nor does the token of the one do as the other's.
    let mut swapped = Browser::default();
    let token = rita.cookies["__Host-clinic-session"].clone();
    swapped.cookies.insert(VISIT.to_owned(), token);
    assert_eq!(swapped.me(&clinic).await, None);
}

#[tokio::test]
async fn a_member_whose_session_is_over_is_told_to_sign_in_though_her_browser_has_a_visit() {
    let clinic = Clinic::new().await;
    let mut browser = patient(&clinic).await;
    browser.sign_in(&clinic, "rita", PASSWORD).await;
    check_in(&mut browser, &clinic).await;
    let board = format!("/api/clinics/{{clinic}}/rooms/{}/board", clinic.house.reception);
    let call = board.replace("/board", "/call-next");
    assert_eq!(browser.get(&clinic, &board).await.status, StatusCode::OK);
    let out = browser.clone().post(&clinic, "/api/sign-out-everywhere", json!({})).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(browser.cookies.contains_key(VISIT), "she is a patient still");
    let wanted = (StatusCode::UNAUTHORIZED, json!("urn:clinic:problem:sign-in"));
    let read = browser.get(&clinic, &board).await;
    assert_eq!((read.status, read.body["type"].clone()), wanted);
    let wish = browser.post(&clinic, &call, json!({})).await;
    assert_eq!((wish.status, wish.body["type"].clone()), wanted);
}

#[tokio::test]
async fn cookies_are_called_as_the_description_says() {
    let clinic = Clinic::new().await;
    let mut browser = patient(&clinic).await;
    browser.sign_in(&clinic, "rita", PASSWORD).await;
    check_in(&mut browser, &clinic).await;
    let document = browser.get(&clinic, "/openapi.json").await;
    assert_eq!(document.headers["content-type"], "application/json");
    assert_eq!(document.body, serde_json::to_value(clinic_http::openapi()).expect("JSON"));
    let schemes = document.body["components"]["securitySchemes"].as_object().expect("schemes");
    let mut named: Vec<&str> = schemes.values().filter_map(|one| one["name"].as_str()).collect();
    named.sort_unstable();
    let kept: Vec<&str> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(named, kept);
    assert!(schemes.values().all(|one| one["in"] == "cookie" && one["type"] == "apiKey"));
}
