//! What patients see over HTTP: their own visit, and nothing else.

use axum::http::StatusCode;
use clinic_domain::command::Action;
use clinic_domain::visit::CloseReason;
use serde_json::json;
use uuid::Uuid;

use super::fixture::Served;

#[tokio::test]
async fn a_patient_sees_her_own_place_and_nobody_elses() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let jonas = served.house.check_in(2).await;
    let path = |visit| format!("/api/clinics/{{clinic}}/visits/{visit}/waiting-room");
    let hers = served.get("patient 1", &path(maria)).await;
    assert_eq!(hers.status, StatusCode::OK, "{:?}", hers.body);
    assert_eq!(hers.body["words"], "You are next.");
    assert_eq!(served.get("patient 2", &path(jonas)).await.body["rank"], 2);
    assert!(hers.body.get("position").is_none(), "a patient is told no position");

    let rita = served.member(served.house.rita);
    let (nothing, no_patient) = (StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED);
    let strangers =
        [("patient 2", nothing), ("patient 9", nothing), (&*rita, no_patient), ("", no_patient)];
    for (who, status) in strangers {
        let nothing = served.get(who, &path(maria)).await;
        assert_eq!(nothing.status, status, "{who}");
        let text = nothing.body.to_string();
        assert!(!text.contains(&maria.to_string()), "{who} is told of {maria}: {text}");
    }
}

#[tokio::test]
async fn a_patient_whose_visit_is_over_hears_so_and_nobody_else_does() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let path = format!("/api/clinics/{{clinic}}/visits/{maria}/waiting-room");
    let (reason, seen) = (CloseReason::NoShow, None);
    served.house.host(Action::CloseVisit { visit: maria, reason, seen }).await;
    let over = served.get("patient 1", &path).await;
    assert_eq!(over.status, StatusCode::CONFLICT);
    assert_eq!(over.body["type"], "urn:clinic:problem:visit-over");
    assert_eq!(served.get("patient 2", &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_checks_in_again_is_told_the_visit_that_she_has() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/check-in", served.house.reception);
    let again = served.post("patient 1", &path, json!({ "name": "Maria" }), Uuid::nil()).await;
    assert_eq!(again.status, StatusCode::OK, "{:?}", again.body);
    assert_eq!(again.body, json!({ "events": [], "visit": maria.0 }));
}
