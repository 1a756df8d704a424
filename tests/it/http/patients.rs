//! What a patient may ask, and who may not ask it for her.

use axum::http::StatusCode;
use clinic_engine::limits;
use serde_json::json;
use uuid::Uuid;

use super::fixture::Served;

fn key(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[tokio::test]
async fn a_patient_leaves_her_own_visit_and_no_other() {
    let served = Served::new().await;
    let hers = served.house.check_in(1).await;
    let others = served.house.check_in(2).await;
    let close = |visit| format!("/api/clinics/{{clinic}}/visits/{visit}/close-visit");
    let left = json!({ "reason": "left" });
    let refused = served.post("patient 1", &close(others), left.clone(), key(1)).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{:?}", refused.body);
    assert_eq!(refused.body["type"], "urn:clinic:problem:nothing-here");
    let done = served.post("patient 1", &close(hers), left, key(2)).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.body);
    assert_eq!(done.body["events"], json!(["VisitClosed"]));
    assert!(done.body.get("position").is_none());
}

#[tokio::test]
async fn nobody_but_a_patient_checks_in() {
    let served = Served::new().await;
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/check-in", served.house.reception);
    let form = json!({ "name": "Maria Okoye" });
    let rita = served.member(served.house.rita);
    for who in ["", "host", rita.as_str()] {
        let refused = served.post(who, &path, form.clone(), key(1)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{who}");
        assert_eq!(refused.body["type"], "urn:clinic:problem:no-token", "{who}");
    }
}

#[tokio::test]
async fn a_check_in_shows_the_passcode_and_is_not_done_twice() {
    let served = Served::new().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    let (set, check_in) = (format!("{room}/set-passcode"), format!("{room}/check-in"));
    let code = json!({ "passcode": "open sesame" });
    assert_eq!(served.post("host", &set, code, key(1)).await.status, StatusCode::OK);
    let wrong = json!({ "name": "Maria Okoye", "passcode": "open wheat" });
    let wrong = served.post("patient 1", &check_in, wrong, key(2)).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert_eq!(wrong.body["type"], "urn:clinic:problem:wrong-passcode");
    let right = json!({ "name": "Maria Okoye", "passcode": "open sesame",
        "booked": { "member": served.house.dana, "appointment": "2026-03-02T09:30:00Z" } });
    let came = served.post("patient 1", &check_in, right.clone(), key(3)).await;
    assert_eq!(came.status, StatusCode::OK, "{:?}", came.body);
    let again = served.post("patient 1", &check_in, right, key(3)).await;
    assert_eq!(again.body, came.body, "a retry gets the first answer");
}

#[tokio::test]
async fn nobody_but_the_host_founds_a_clinic() {
    let served = Served::new().await;
    let wish = json!({ "name": "Harbour", "zone": "UTC", "owner_name": "Ada" });
    let rita = served.member(served.house.rita);
    for (who, status) in [
        ("", StatusCode::UNAUTHORIZED),
        ("patient 1", StatusCode::UNAUTHORIZED),
        (rita.as_str(), StatusCode::NOT_FOUND),
        ("host", StatusCode::OK),
    ] {
        let answer = served.post(who, "/api/clinics", wish.clone(), key(1)).await;
        assert_eq!(answer.status, status, "{who}: {:?}", answer.body);
    }
}

#[tokio::test]
async fn case_32_whoever_guesses_passcodes_is_stopped_and_others_come_in() {
    let served = Served::new().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    let code = json!({ "passcode": "open sesame" });
    let set = served.post("host", &format!("{room}/set-passcode"), code, key(1)).await;
    assert_eq!(set.status, StatusCode::OK);
    let try_from = async |source: &str, n: u8, passcode: &str| {
        let form = json!({ "name": "Maria Okoye", "passcode": passcode });
        let (who, key) = (format!("patient {n} from {source}"), key(100 + u128::from(n)));
        served.post(&who, &format!("{room}/check-in"), form, key).await
    };
    for n in 1..=u8::try_from(limits::WRONG_PASSCODES).expect("small") {
        let wrong = try_from("10.0.0.7", n, &format!("guess {n}")).await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN, "{:?}", wrong.body);
    }
    for typed in ["one more", "open sesame"] {
        let stopped = try_from("10.0.0.7", 90, typed).await;
        assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS, "{:?}", stopped.body);
        assert_eq!(stopped.body["type"], "urn:clinic:problem:throttled");
        assert_eq!(stopped.body["detail"], "too many tries, wait a moment");
        assert!(stopped.headers.contains_key("retry-after"));
    }
    let other = try_from("10.0.0.8", 91, "open sesame").await;
    assert_eq!(other.status, StatusCode::OK, "{:?}", other.body);
}

#[tokio::test]
async fn case_32_a_flood_of_check_ins_is_stopped_where_it_comes_from() {
    let served = Served::new().await;
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/check-in", served.house.reception);
    let knock = async |source: &str, n: u8| {
        let who = format!("patient {n} from {source}");
        served.post(&who, &path, json!({ "name": "Maria" }), key(u128::from(n))).await
    };
    let many = u8::try_from(limits::CHECK_INS_PER_SOURCE).expect("small");
    for n in 1..=many {
        assert_eq!(knock("10.0.0.7", n).await.status, StatusCode::OK);
    }
    let stopped = knock("10.0.0.7", many + 1).await;
    assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS, "{:?}", stopped.body);
    assert_eq!(knock("10.0.0.7", 1).await.status, StatusCode::OK, "a retry knocks at no door");
    assert_eq!(knock("10.0.0.8", many + 1).await.status, StatusCode::OK);
}
