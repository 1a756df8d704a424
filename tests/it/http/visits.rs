//! Calls and transfers over HTTP.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::fixture::Served;

fn key(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[tokio::test]
async fn a_call_is_started_once_and_seen_at_the_receipts_position() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let (rita, room) = (served.member(served.house.rita), served.house.reception);
    let start = format!("/api/clinics/{{clinic}}/visits/{visit}/start-call");
    let first = served.post(&rita, &start, json!({}), key(1)).await;
    assert_eq!(first.status, StatusCode::OK, "{:?}", first.body);
    assert_eq!(first.body["events"], json!(["CallStarted"]));
    let again = served.post(&rita, &start, json!({}), key(1)).await;
    assert_eq!(again.body, first.body, "a retry gets the first answer");

    let board =
        format!("/api/clinics/{{clinic}}/rooms/{room}/board?at_least={}", first.body["position"]);
    let board = served.get(&rita, &board).await;
    assert_eq!(board.status, StatusCode::OK, "{:?}", board.body);
    assert_eq!(board.body["rows"][0]["doing"], "in_call");
    assert_eq!(board.body["rows"][0]["name"], "Maria Okoye");
    assert_eq!(board.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_stale_click_is_refused_with_the_facts() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let rita = served.member(served.house.rita);
    let path = format!("/api/clinics/{{clinic}}/visits/{visit}/transfer");
    let to = served.house.office;
    let sent = served.post(&rita, &path, json!({ "to": to, "seen": 1 }), key(1)).await;
    assert_eq!(sent.status, StatusCode::OK, "{:?}", sent.body);
    let stale = json!({ "to": served.house.reception, "seen": 1 });
    let refused = served.post(&rita, &path, stale, key(2)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    assert_eq!(refused.body["type"], "urn:clinic:problem:Visit.Stale");
}

#[tokio::test]
async fn whoever_is_nobody_there_is_told_nothing() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let board = format!("/api/clinics/{{clinic}}/rooms/{}/board", served.house.reception);
    let start = format!("/api/clinics/{{clinic}}/visits/{visit}/start-call");
    let elsewhere = format!("member {} {}", key(7), served.house.rita);
    let nothing = |answer: &super::fixture::Answer| {
        (answer.status, answer.body["type"] == "urn:clinic:problem:nothing-here")
    };
    assert_eq!(nothing(&served.get(&elsewhere, &board).await), (StatusCode::NOT_FOUND, true));
    let post = served.post(&elsewhere, &start, json!({}), key(1)).await;
    assert_eq!(nothing(&post), (StatusCode::NOT_FOUND, true));
    let unknown = format!("/api/clinics/{}/visits/{visit}/start-call", key(9));
    let unknown = served.post(&elsewhere, &unknown, json!({}), key(1)).await;
    assert_eq!(unknown.body, post.body, "a clinic of others and one that is not there sound alike");
    for who in ["", "patient 1"] {
        assert_eq!(served.get(who, &board).await.status, StatusCode::UNAUTHORIZED, "{who}");
    }
    // Dana does not serve at Reception.
    let dana = served.member(served.house.dana);
    assert_eq!(served.get(&dana, &board).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_is_not_as_it_must_be_is_told_which_field() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let rita = served.member(served.house.rita);
    let path = format!("/api/clinics/{{clinic}}/visits/{visit}/transfer");
    let note = "x".repeat(3_000);
    let long = json!({ "to": served.house.office, "note": note });
    let refused = served.post(&rita, &path, long, key(1)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["field"], "note");
    let unknown = served.post(&rita, &path, json!({ "where": "there" }), key(1)).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(unknown.body["type"], "urn:clinic:problem:unreadable");
}

#[tokio::test]
async fn the_description_names_every_route() {
    let served = Served::new().await;
    let document = served.get("", "/openapi.json").await;
    assert_eq!(document.status, StatusCode::OK);
    let paths = document.body["paths"].as_object().unwrap();
    for path in ["/healthz", "/api/clinics/{clinic}/visits/{visit}/start-call"] {
        assert!(paths.contains_key(path), "{path}");
    }
}
