//! Sessions: how long they last, and what ends them.

use axum::http::StatusCode;
use clinic_domain::command::Action;
use clinic_domain::time::Millis;
use clinic_engine::limits::SESSIONS_PER_MEMBER;
use clinic_engine::secrets::Secret;
use clinic_http::limits;
use serde_json::json;

use super::browser::{Browser, Clinic, PASSWORD};

const SESSION: &str = "__Host-clinic-session";

#[tokio::test]
async fn a_session_ends_when_its_member_is_long_silent() {
    let clinic = Clinic::new().await;
    let mut browser = clinic.signed_in("rita", PASSWORD).await;
    let almost = Millis(limits::SESSION_IDLE.0 - 1);
    for _ in 0..3 {
        clinic.house.clock.advance(almost);
        assert!(browser.me(&clinic).await.is_some(), "each sign of life counts anew");
    }
    clinic.house.clock.advance(limits::SESSION_IDLE);
    assert_eq!(browser.me(&clinic).await, None);
}

#[tokio::test]
async fn a_session_ends_after_a_week_however_busy_its_member_is() {
    let clinic = Clinic::new().await;
    let mut browser = clinic.signed_in("rita", PASSWORD).await;
    let step = Millis::minutes(6 * 60);
    let steps = limits::SESSION.0 / step.0;
    for n in 1..steps {
        clinic.house.clock.advance(step);
        assert!(browser.me(&clinic).await.is_some(), "{n} of {steps}");
    }
    clinic.house.clock.advance(Millis(step.0 - 1));
    assert!(browser.me(&clinic).await.is_some(), "not a moment too early");
    clinic.house.clock.advance(Millis(1));
    assert_eq!(browser.me(&clinic).await, None);
}

#[tokio::test]
async fn whoever_kept_the_cookie_of_a_session_that_ended_is_nobody() {
    let clinic = Clinic::new().await;
    let mut browser = clinic.signed_in("rita", PASSWORD).await;
    let mut copy = browser.clone();
    let out = browser.post(&clinic, "/api/sign-out", json!({})).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(browser.cookies.is_empty(), "the browser forgets it");
    assert_eq!(copy.me(&clinic).await, None);
    let again = browser.post(&clinic, "/api/sign-out", json!({})).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT, "it is so already");
}

#[tokio::test]
async fn a_cookie_that_is_made_up_cut_or_doubled_is_nobodys() {
    let clinic = Clinic::new().await;
    let browser = clinic.signed_in("rita", PASSWORD).await;
    let real = browser.cookies[SESSION].clone();
    let made_up = Secret::fresh().unwrap().text();
    let cut = real[..42].to_owned();
    let quoted = format!("\"{real}\"");
    let longer = format!("{real}A");
    let planted = format!("{real}; {SESSION}={made_up}");
    let twice = format!("{real}; {SESSION}={real}");
    for (forged, works) in [
        (made_up, false),
        (cut, false),
        (quoted, false),
        (longer, false),
        (planted, false),
        (twice, false),
        (String::new(), false),
        (format!("{real}; theme=dark"), true),
    ] {
        let mut other = browser.clone();
        other.cookies.insert(SESSION.to_owned(), forged.clone());
        assert_eq!(other.me(&clinic).await.is_some(), works, "{forged}");
    }
    // The name that holds without TLS is not believed where there is TLS.
    let mut other = Browser::default();
    other.cookies.insert("clinic-session".to_owned(), real);
    assert_eq!(other.me(&clinic).await, None);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_hers_and_no_other() {
    let clinic = Clinic::new().await;
    clinic.account("dana", clinic.house.dana, "another horse").await;
    let mut dana = clinic.signed_in("dana", "another horse").await;
    let mut desk = clinic.signed_in("rita", PASSWORD).await;
    let mut home = clinic.signed_in("rita", PASSWORD).await;
    let out = desk.post(&clinic, "/api/sign-out-everywhere", json!({})).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(desk.me(&clinic).await, None);
    assert_eq!(home.me(&clinic).await, None);
    assert_eq!(dana.me(&clinic).await, Some(clinic.house.dana.0));
    let again = desk.post(&clinic, "/api/sign-out-everywhere", json!({})).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_member_who_is_disabled_or_removed_is_nobody_at_once_and_stays_so() {
    let clinic = Clinic::new().await;
    let mut browser = clinic.signed_in("rita", PASSWORD).await;
    let mut other = clinic.signed_in("rita", PASSWORD).await;
    clinic.house.host(Action::DisableMember(clinic.house.rita)).await;
    assert_eq!(browser.me(&clinic).await, None);
    let board = format!("/api/clinics/{{clinic}}/rooms/{}/board", clinic.house.reception);
    assert_eq!(browser.get(&clinic, &board).await.status, StatusCode::UNAUTHORIZED);
    clinic.house.host(Action::EnableMember(clinic.house.rita)).await;
    assert_eq!(browser.me(&clinic).await, None, "the session has ended");
    assert!(other.me(&clinic).await.is_some(), "nobody looked at this one meanwhile");
    clinic.house.host(Action::RemoveMember(clinic.house.rita)).await;
    assert_eq!(other.me(&clinic).await, None);
}

#[tokio::test]
async fn signing_in_anew_ends_what_this_browser_held() {
    let clinic = Clinic::new().await;
    let mut browser = clinic.signed_in("rita", PASSWORD).await;
    let mut before = browser.clone();
    browser.sign_in(&clinic, "rita", PASSWORD).await;
    assert_ne!(browser.cookies, before.cookies);
    assert_eq!(before.me(&clinic).await, None);
    assert!(browser.me(&clinic).await.is_some());
}

#[tokio::test]
async fn a_member_who_signs_in_everywhere_loses_the_session_seen_the_longest_ago() {
    let clinic = Clinic::new().await;
    let mut first = clinic.signed_in("rita", PASSWORD).await;
    let mut second = clinic.signed_in("rita", PASSWORD).await;
    clinic.house.clock.advance(limits::SESSION_TOUCH);
    assert!(first.me(&clinic).await.is_some());
    for _ in 0..SESSIONS_PER_MEMBER - 1 {
        clinic.signed_in("rita", PASSWORD).await;
    }
    assert_eq!(second.me(&clinic).await, None);
    assert!(first.me(&clinic).await.is_some());
}
