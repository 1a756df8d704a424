//! Invitations: who may invite whom, and what an invitation is good for.

use axum::http::StatusCode;
use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::ids::MemberId;
use clinic_domain::time::Millis;
use clinic_engine::ports::Credentials as _;
use clinic_http::limits;
use serde_json::json;

use super::browser::{Browser, Clinic, PASSWORD};
use crate::http::fixture::Answer;

const NEW: &str = "battery staple";

async fn invite(browser: &mut Browser, clinic: &Clinic, member: MemberId) -> Answer {
    let path = format!("/api/clinics/{{clinic}}/members/{member}/invite");
    browser.post(clinic, &path, json!({})).await
}

async fn token(browser: &mut Browser, clinic: &Clinic, member: MemberId) -> String {
    let invited = invite(browser, clinic, member).await;
    assert_eq!(invited.status, StatusCode::OK, "{:?}", invited.body);
    invited.body["token"].as_str().expect("a token").to_owned()
}

async fn accept(browser: &mut Browser, clinic: &Clinic, token: &str, name: &str) -> Answer {
    let body = json!({ "token": token, "name": name, "password": NEW });
    browser.post(clinic, "/api/accept-invitation", body).await
}

/// A browser of the Owner.
async fn owner(clinic: &Clinic) -> Browser {
    clinic.account("ada", clinic.ada, "an owner's password").await;
    clinic.signed_in("ada", "an owner's password").await
}

fn is_void(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND
        && answer.body["type"] == "urn:clinic:problem:no-invitation"
}

#[tokio::test]
async fn an_invited_member_chooses_a_name_and_a_password_once() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let invited = invite(&mut ada, &clinic, clinic.house.dana).await;
    assert_eq!(invited.body["expires_at"], "2026-03-06T09:00:00.000Z");
    let token = invited.body["token"].as_str().expect("a token");
    let mut dana = Browser::default();
    let accepted = accept(&mut dana, &clinic, token, "Dana").await;
    assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
    assert_eq!(accepted.body["member"], json!(clinic.house.dana.0));
    assert_eq!(dana.me(&clinic).await, Some(clinic.house.dana.0));
    assert!(is_void(&accept(&mut Browser::default(), &clinic, token, "Dana").await));
    clinic.signed_in("dana", NEW).await;
}

#[tokio::test]
async fn an_invitation_that_is_over_replaced_or_made_up_is_void_in_the_same_words() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let over = token(&mut ada, &clinic, clinic.house.dana).await;
    clinic.house.clock.advance(limits::INVITATION);
    let mut ada = clinic.signed_in("ada", "an owner's password").await;
    let mut answers = vec![accept(&mut Browser::default(), &clinic, &over, "dana").await];
    let replaced = token(&mut ada, &clinic, clinic.house.dana).await;
    let good = token(&mut ada, &clinic, clinic.house.dana).await;
    for void in [replaced.as_str(), "", "nonsense", &"A".repeat(43), &format!("{good}A")] {
        answers.push(accept(&mut Browser::default(), &clinic, void, "dana").await);
    }
    for answer in &answers {
        assert!(is_void(answer), "{:?}", answer.body);
        assert_eq!(answer.body, answers[0].body);
    }
    clinic.house.clock.advance(Millis(limits::INVITATION.0 - 1));
    let accepted = accept(&mut Browser::default(), &clinic, &good, "dana").await;
    assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
}

#[tokio::test]
async fn only_an_owner_invites_an_owner_and_a_plain_member_nobody() {
    let clinic = Clinic::new().await;
    let admin = clinic.member("Max", Role::Admin).await;
    clinic.account("max", admin, "an admin's password").await;
    let other = clinic.member("Mia", Role::Admin).await;
    let mut max = clinic.signed_in("max", "an admin's password").await;
    let mut rita = clinic.signed_in("rita", PASSWORD).await;
    let mut ada = owner(&clinic).await;
    let (rita_id, ada_id) = (clinic.house.rita, clinic.ada);
    for (who, browser, may) in [
        ("ada", &mut ada, [true, true, true]),
        ("max", &mut max, [true, true, false]),
        ("rita", &mut rita, [false, false, false]),
    ] {
        for (member, may) in [rita_id, other, ada_id].into_iter().zip(may) {
            let status = invite(browser, &clinic, member).await.status;
            let wanted = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(status, wanted, "{who} invites {member}");
        }
    }
    let nobody = invite(&mut Browser::default(), &clinic, rita_id).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let unknown = MemberId(clinic.house.engine.mint());
    assert_eq!(invite(&mut max, &clinic, unknown).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_lost_password_is_replaced_and_the_sessions_of_whoever_has_it_end() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let mut thief = clinic.signed_in("rita", PASSWORD).await;
    let token = token(&mut ada, &clinic, clinic.house.rita).await;
    assert!(thief.me(&clinic).await.is_some(), "an invitation alone ends nothing");
    let mut rita = Browser::default();
    let accepted = accept(&mut rita, &clinic, &token, "rita").await;
    assert_eq!(accepted.status, StatusCode::OK, "her own name is free for her");
    assert_eq!(thief.me(&clinic).await, None);
    assert!(rita.me(&clinic).await.is_some());
    let old = Browser::default().sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_name_that_somebody_has_leaves_the_invitation_as_it_is() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let token = token(&mut ada, &clinic, clinic.house.dana).await;
    let refused = accept(&mut Browser::default(), &clinic, &token, "RITA").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.body["type"], "urn:clinic:problem:name-taken");
    clinic.signed_in("rita", PASSWORD).await;
    let accepted = accept(&mut Browser::default(), &clinic, &token, "dana").await;
    assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
}

#[tokio::test]
async fn whoever_may_not_act_is_not_invited_and_accepts_nothing() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let token = token(&mut ada, &clinic, clinic.house.dana).await;
    clinic.house.host(Action::DisableMember(clinic.house.dana)).await;
    let refused = invite(&mut ada, &clinic, clinic.house.dana).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.body["type"], "urn:clinic:problem:not-active");
    assert!(is_void(&accept(&mut Browser::default(), &clinic, &token, "dana").await));
}

#[tokio::test]
async fn guessing_invitations_ends_soon() {
    let clinic = Clinic::new().await;
    for n in 0..limits::TRIES_PER_SOURCE {
        let token = format!("{n:0>43}");
        let void = accept(&mut Browser::from("guesser"), &clinic, &token, "x").await;
        assert!(is_void(&void), "{:?}", void.body);
    }
    let stopped = accept(&mut Browser::from("guesser"), &clinic, "x", "x").await;
    assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_name_of_a_member_who_was_removed_is_free_and_that_of_a_disabled_one_is_not() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    clinic.house.host(Action::DisableMember(clinic.house.rita)).await;
    let invited = token(&mut ada, &clinic, clinic.house.dana).await;
    let refused = accept(&mut Browser::default(), &clinic, &invited, "rita").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    clinic.house.host(Action::RemoveMember(clinic.house.rita)).await;
    let gone = invite(&mut ada, &clinic, clinic.house.rita).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let mut dana = Browser::default();
    let accepted = accept(&mut dana, &clinic, &invited, "rita").await;
    assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
    assert_eq!(dana.me(&clinic).await, Some(clinic.house.dana.0));
    let old = Browser::default().sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_admin_does_not_become_an_owner_by_an_invitation_from_before() {
    let clinic = Clinic::new().await;
    let eve = clinic.member("Eve", Role::Admin).await;
    clinic.account("eve", eve, "an admin's password").await;
    let mut browser = clinic.signed_in("eve", "an admin's password").await;
    let dana = clinic.house.dana;
    let kept = token(&mut browser, &clinic, dana).await;
    clinic.house.host(Action::ChangeRole { member: dana, role: Role::Owner }).await;
    assert!(is_void(&accept(&mut Browser::default(), &clinic, &kept, "dana").await));
    // What she might give now, she has given.
    clinic.house.host(Action::ChangeRole { member: dana, role: Role::Admin }).await;
    let accepted = accept(&mut Browser::default(), &clinic, &kept, "dana").await;
    assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
}

#[tokio::test]
async fn an_invitation_ends_with_the_right_by_which_it_was_given() {
    let clinic = Clinic::new().await;
    let dana = clinic.house.dana;
    for (name, lost) in [
        ("disabled", Action::DisableMember as fn(MemberId) -> Action),
        ("removed", Action::RemoveMember),
        ("no admin", |member| Action::ChangeRole { member, role: Role::Member }),
    ] {
        let eve = clinic.member(name, Role::Admin).await;
        clinic.account(name, eve, "an admin's password").await;
        let mut browser = clinic.signed_in(name, "an admin's password").await;
        let kept = token(&mut browser, &clinic, dana).await;
        clinic.house.host(lost(eve)).await;
        let refused = accept(&mut Browser::default(), &clinic, &kept, "dana").await;
        assert!(is_void(&refused), "{name}: {:?}", refused.body);
    }
    assert_eq!(clinic.credentials.account_of(clinic.house.clinic, dana).await, Ok(None));
}

#[tokio::test]
async fn a_new_password_and_signing_out_everywhere_void_the_invitation() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let rita = clinic.house.rita;
    for (path, body) in [
        ("/api/change-password", json!({ "old": PASSWORD, "new": NEW })),
        ("/api/sign-out-everywhere", json!({})),
    ] {
        clinic.account("rita", rita, PASSWORD).await;
        let kept = token(&mut ada, &clinic, rita).await;
        let mut browser = clinic.signed_in("rita", PASSWORD).await;
        let done = browser.post(&clinic, path, body).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{path}: {:?}", done.body);
        assert!(is_void(&accept(&mut Browser::default(), &clinic, &kept, "rita").await), "{path}");
    }
}
