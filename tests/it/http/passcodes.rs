//! Setting passcodes, which are hashed slowly: whoever may not costs nothing, and whoever may keeps no patient
//! out.

use std::sync::Arc;

use axum::http::StatusCode;
use clinic_engine::ports::ManualClock;
use clinic_engine::{Engine, Ports, limits};
use clinic_sqlite::credentials::SqliteCredentials;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::fixture::Served;
use crate::engine::fixture::{House, NINE};

/// A clinic whose passcodes are hashed as slowly as they are where people are served.
async fn slow() -> (Arc<Served>, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteCredentials::open(&folder.path().join("clinic.credentials.db")).await;
    let clock = Arc::new(ManualClock::at(NINE));
    let engine = Engine::new(Ports {
        clock: Arc::clone(&clock) as Arc<_>,
        credentials: Arc::new(store.expect("a store")),
        ..Ports::in_memory()
    });
    (Arc::new(Served::of(House::with(engine, clock).await)), folder)
}

/// Sets passcodes as somebody, all at once; says how each was answered.
async fn flood(served: &Arc<Served>, who: &str, key: u128) -> Vec<StatusCode> {
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/set-passcode", served.house.office);
    let mut flood = JoinSet::new();
    for n in 0..limits::HASHES_WAITING + 40 {
        let (served, who, path) = (Arc::clone(served), who.to_owned(), path.clone());
        let key = Uuid::from_u128(key + u128::try_from(n).expect("small"));
        flood.spawn(async move {
            let body = json!({ "passcode": format!("plum {n}") });
            served.post(&who, &path, body, key).await.status
        });
    }
    flood.join_all().await
}

#[tokio::test]
async fn whoever_may_not_set_a_passcode_has_nothing_hashed() {
    let (served, _folder) = slow().await;
    let [rita, dana] = [served.house.rita, served.house.dana].map(|id| served.member(id));
    // More than there is room for to hash, from all of them while the hasher is full.
    let (host, patient, rita, dana) = tokio::join!(
        flood(&served, "host", 1_000),
        flood(&served, "patient 1", 2_000),
        flood(&served, &rita, 3_000),
        flood(&served, &dana, 4_000),
    );
    let full = |status: &StatusCode| *status == StatusCode::SERVICE_UNAVAILABLE;
    assert!(host.iter().any(full), "the hasher was full");
    assert!(host.contains(&StatusCode::OK));
    let no = StatusCode::FORBIDDEN;
    for (who, answers, told) in
        [("a patient", patient, StatusCode::UNAUTHORIZED), ("rita", rita, no), ("dana", dana, no)]
    {
        assert!(answers.iter().all(|status| *status == told), "{who}: {answers:?}");
    }
}

#[tokio::test]
async fn a_patient_with_the_passcode_comes_in_while_others_are_being_set() {
    let (served, _folder) = slow().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    let asked = json!({ "passcode": "kiwi" });
    let set = format!("{room}/set-passcode");
    let set = served.post("host", &set, asked, Uuid::from_u128(1)).await;
    assert_eq!(set.status, StatusCode::OK, "{:?}", set.body);
    let form = json!({ "name": "Maria", "passcode": "kiwi" });
    let (path, key) = (format!("{room}/check-in"), Uuid::from_u128(2));
    let patient = async {
        tokio::task::yield_now().await;
        served.post("patient 1", &path, form, key).await
    };
    let (host, came) = tokio::join!(flood(&served, "host", 1_000), patient);
    assert!(host.contains(&StatusCode::SERVICE_UNAVAILABLE), "{host:?}");
    assert_eq!(came.status, StatusCode::OK, "{:?}", came.body);
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_the_id_of_another_wish_is_none() {
    let (served, _folder) = slow().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    let path = format!("{room}/set-passcode");
    let (kiwi, plum) = (json!({ "passcode": "kiwi" }), json!({ "passcode": "plum" }));
    let key = Uuid::from_u128(1);
    let first = served.post("host", &path, kiwi.clone(), key).await;
    assert_eq!(first.status, StatusCode::OK, "{:?}", first.body);
    let again = served.post("host", &path, kiwi.clone(), key).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    for (who, body) in [("host", &plum), ("patient 1", &kiwi)] {
        let other = served.post(who, &path, body.clone(), key).await;
        assert!(other.status.is_client_error(), "{who}: {:?}", other.body);
    }
    // A patient has a granted wish of her own: its id opens no way to the hasher.
    let form = json!({ "name": "Maria", "passcode": "kiwi" });
    let key = Uuid::from_u128(2);
    let came = served.post("patient 1", &format!("{room}/check-in"), form, key).await;
    assert_eq!(came.status, StatusCode::OK, "{:?}", came.body);
    let reused = served.post("patient 1", &path, plum, key).await;
    assert!(reused.status.is_client_error(), "{:?}", reused.body);
}
