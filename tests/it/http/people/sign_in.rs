//! Signing in: whoever is not let in learns nothing, and not for long.

use axum::http::{Method, StatusCode};
use clinic_domain::command::Action;
use clinic_domain::time::Millis;
use clinic_http::limits;
use serde_json::json;

use super::browser::{Browser, Clinic, PASSWORD, set_cookies};

#[tokio::test]
async fn a_member_signs_in_and_is_known_by_her_cookie() {
    let clinic = Clinic::new().await;
    let mut browser = Browser::default();
    assert_eq!(browser.me(&clinic).await, None);
    let answer = browser.sign_in(&clinic, " RITA ", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let me = json!({ "clinic": clinic.house.clinic.0, "member": clinic.house.rita.0,
        "name": "Rita" });
    assert_eq!(answer.body, me);
    assert_eq!(browser.me(&clinic).await, Some(clinic.house.rita.0));
    let board = format!("/api/clinics/{{clinic}}/rooms/{}/board", clinic.house.reception);
    assert_eq!(browser.get(&clinic, &board).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_the_same() {
    let clinic = Clinic::new().await;
    let zoe = clinic.member("Zoe", clinic_domain::clinic::Role::Member).await;
    clinic.account("zoe", zoe, "a long password").await;
    clinic.house.host(Action::DisableMember(zoe)).await;
    let gone = clinic.member("Gone", clinic_domain::clinic::Role::Member).await;
    clinic.account("gone", gone, "a long password").await;
    clinic.house.host(Action::RemoveMember(gone)).await;
    let mut answers = vec![];
    for (name, password) in [
        ("rita", "wrong password"),
        ("nobody at all", PASSWORD),
        ("zoe", "a long password"),
        ("gone", "a long password"),
    ] {
        let mut browser = Browser::default();
        let answer = browser.sign_in(&clinic, name, password).await;
        assert!(browser.cookies.is_empty(), "{name}");
        let headers = format!("{:?}", answer.headers);
        answers.push((answer.status, answer.body.to_string(), headers));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers[0].1.contains("urn:clinic:problem:wrong-sign-in"));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}

#[tokio::test]
async fn many_wrong_passwords_for_a_name_shut_it_for_a_while_whether_or_not_it_is_anybodys() {
    let clinic = Clinic::new().await;
    for name in ["rita", "nobody"] {
        // From everywhere, so that no source is to blame.
        let sources: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        assert_eq!(sources.len(), limits::TRIES_PER_NAME);
        for source in sources {
            let answer = Browser::from(source).sign_in(&clinic, name, "wrong password").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        }
        let shut = Browser::from("other").sign_in(&clinic, name, PASSWORD).await;
        assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert_eq!(shut.body["retry_after"], limits::TRIES_WINDOW.0 / 1_000);
        assert_eq!(shut.headers["retry-after"], "900");
    }
    clinic.house.clock.advance(limits::TRIES_WINDOW);
    clinic.signed_in("rita", PASSWORD).await;
}

#[tokio::test]
async fn many_wrong_names_from_one_source_shut_it_out_and_nobody_else() {
    let clinic = Clinic::new().await;
    for n in 0..limits::TRIES_PER_SOURCE {
        let name = format!("name {n}");
        Browser::from("one").sign_in(&clinic, &name, "wrong password").await;
    }
    let shut = Browser::from("one").sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(shut.status, StatusCode::TOO_MANY_REQUESTS);
    let other = Browser::from("two").sign_in(&clinic, "rita", PASSWORD).await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn a_right_password_counts_for_nothing() {
    let clinic = Clinic::new().await;
    for n in 0..=limits::TRIES_PER_SOURCE {
        let mut browser = Browser::from("desk");
        let answer = browser.sign_in(&clinic, "rita", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{n}: {:?}", answer.body);
        clinic.house.clock.advance(Millis(1));
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_host_and_no_script() {
    let clinic = Clinic::new().await;
    let answer = Browser::default().sign_in(&clinic, "rita", PASSWORD).await;
    let lines = set_cookies(&answer.headers);
    let [line] = &lines[..] else { panic!("one cookie: {lines:?}") };
    let (pair, attributes) = line.split_once("; ").expect("attributes");
    let token = pair.strip_prefix("__Host-clinic-session=").expect("our name");
    assert_eq!(token.len(), 43, "256 bits");
    assert_eq!(attributes, "Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure");
    assert!(!format!("{:?}", answer.headers).contains(token), "a header's debug form hides it");
}

#[tokio::test]
async fn without_tls_the_cookie_has_a_name_that_browsers_take() {
    let cookies = clinic_http::Cookies { secure: false };
    let access = std::sync::Arc::new(clinic_engine::ports::MemoryAccess::default());
    let clinic = Clinic::with(cookies, access).await;
    let answer = Browser::default().sign_in(&clinic, "rita", PASSWORD).await;
    let lines = set_cookies(&answer.headers);
    assert!(lines[0].starts_with("clinic-session="), "{lines:?}");
    assert!(lines[0].ends_with("Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"), "{lines:?}");
}

#[tokio::test]
async fn another_site_signs_nobody_in_and_nobody_out() {
    let clinic = Clinic::new().await;
    let mut browser = clinic.signed_in("rita", PASSWORD).await;
    let sign_in = json!({ "name": "rita", "password": PASSWORD });
    for (path, body) in [
        ("/api/sign-in", sign_in),
        ("/api/sign-out", json!({})),
        ("/api/sign-out-everywhere", json!({})),
        ("/api/not-you", json!({})),
    ] {
        for hostile in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://evil.clinic.example")],
            &[("host", "clinic.example"), ("origin", "https://evil.example")],
        ] {
            let before = browser.cookies.clone();
            let ask = browser.ask(&clinic, Method::POST, path, Some(body.clone()), hostile);
            let refused = ask.await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {hostile:?}");
            assert_eq!(refused.body["type"], "urn:clinic:problem:cross-site", "{path}");
            assert_eq!(browser.cookies, before, "{path} {hostile:?}");
        }
    }
    let own = [("host", "clinic.example"), ("origin", "https://clinic.example")];
    let out = browser.ask(&clinic, Method::POST, "/api/sign-out", Some(json!({})), &own).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_cannot_be_a_name_or_a_password_is_told_by_its_field_and_not_counted() {
    let clinic = Clinic::new().await;
    for n in 0..=limits::TRIES_PER_SOURCE {
        let long = "x".repeat(if n % 2 == 0 { 201 } else { 50_000 });
        let answer = Browser::from("one").sign_in(&clinic, "rita", &long).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{:?}", answer.body);
        assert_eq!(answer.body["field"], "password");
        let answer = Browser::from("one").sign_in(&clinic, "nul\0", PASSWORD).await;
        assert_eq!(answer.body["field"], "name");
    }
    clinic.signed_in("rita", PASSWORD).await;
}
