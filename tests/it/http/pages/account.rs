//! A member's own account.

use axum::http::StatusCode;

use super::window::{Window, clinic};
use crate::http::people::browser::{Browser, PASSWORD};

#[tokio::test]
async fn a_member_changes_her_password_and_is_told_what_was_wrong() {
    let clinic = clinic().await;
    let rita = Window::of(&clinic, "rita", PASSWORD).await;
    let form = rita.see("/account").await.form("/account").with("new", "a longer horse");
    let refused = rita.submit(&form.clone().with("old", "not this one")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("Password until now: Is not the password."), "{}", refused.html);
    let done = rita.submit(&form.with("old", PASSWORD)).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.has("Your password is changed."), "{}", done.html);
    clinic.signed_in("rita", "a longer horse").await;
    let old = Browser::default().sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_out_everywhere_ends_this_session_too() {
    let clinic = clinic().await;
    let rita = Window::of(&clinic, "rita", PASSWORD).await;
    let other = Window::of(&clinic, "rita", PASSWORD).await;
    let form = rita.see("/account").await.form("/do/sign-out-everywhere");
    assert_eq!(rita.granted(&form).await, "/sign-in");
    for window in [rita, other] {
        let opened = window.open("/account").await;
        assert_eq!(opened.location(), Some("/sign-in?back=/account"));
    }
}
