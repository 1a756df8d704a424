//! What patients see over HTTP: their own visit, and nothing else.

use axum::http::StatusCode;

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
