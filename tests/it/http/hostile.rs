//! Texts that break or deceive, fields that nobody knows, ids that are used twice.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fixture::Served;
use super::routes::posts;

/// What only a patient asks.
fn by_patient(path: &str) -> bool {
    ["/check-in", "/leave"].iter().any(|end| path.ends_with(end))
}

fn key(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A route, a body with a text that is as it must be, and the field of the text.
fn texts(served: &Served, visit: &str) -> Vec<(String, Value, &'static str)> {
    let (rita, room) = (served.house.rita, served.house.reception);
    let office = served.house.office;
    let member = |verb: &str| format!("members/{rita}/{verb}");
    let room = |verb: &str| format!("rooms/{room}/{verb}");
    let visit = |verb: &str| format!("visits/{visit}/{verb}");
    let texts = json!({ "welcome": "x", "office_hours": "x", "emergency": "x" });
    let leg = json!({ "transfer": office, "note": "x" });
    let removed = json!({ "reason": "removed", "why": "x" });
    vec![
        ("set-zone".to_owned(), json!({ "zone": "UTC" }), "zone"),
        ("add-member".to_owned(), json!({ "name": "x" }), "name"),
        ("add-member".to_owned(), json!({ "name": "x", "external_ref": "x" }), "external_ref"),
        (member("rename-member"), json!({ "name": "x" }), "name"),
        ("open-room".to_owned(), json!({ "name": "x", "slug": "x" }), "name"),
        ("open-room".to_owned(), json!({ "name": "x", "slug": "x" }), "slug"),
        (room("rename-room"), json!({ "name": "x" }), "name"),
        (room("change-slug"), json!({ "slug": "x" }), "slug"),
        (room("suspend-room"), json!({ "message": "x" }), "message"),
        (room("set-texts"), texts.clone(), "welcome"),
        (room("set-texts"), texts.clone(), "office_hours"),
        (room("set-texts"), texts, "emergency"),
        (room("close-all"), removed.clone(), "why"),
        (room("check-in"), json!({ "name": "x" }), "name"),
        (room("check-in"), json!({ "name": "x", "reason": "x" }), "reason"),
        (room("check-in"), json!({ "name": "x", "phone": "1234" }), "phone"),
        (visit("close-visit"), removed, "why"),
        (visit("add-note"), json!({ "note": "x" }), "note"),
        (visit("tick-checklist"), json!({ "label": "x", "done": true }), "label"),
        (visit("transfer"), json!({ "to": office, "note": "x" }), "note"),
        (visit("decline-transfer"), leg, "note"),
    ]
}

#[tokio::test]
async fn a_hostile_text_is_refused_by_the_name_of_its_field() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await.to_string();
    let before = served.house.head().await;
    for (path, body, field) in texts(&served, &visit) {
        let who = if path.ends_with("check-in") { "patient 2" } else { "host" };
        let path = format!("/api/clinics/{{clinic}}/{path}");
        for hostile in [&"x".repeat(5_000), "", "null\0", "bell\u{7}"] {
            let mut body = body.clone();
            body[field] = json!(hostile);
            let refused = served.post(who, &path, body, key(1)).await;
            let said = format!("{path} {field} of {} bytes: {:?}", hostile.len(), refused.body);
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
            assert_eq!(refused.body["type"], "urn:clinic:problem:bad-field", "{said}");
            assert_eq!(refused.body["field"], field, "{said}");
            assert!(!said.contains("xxxxxxxxxxxx"), "the text is not repeated: {said}");
        }
    }
    assert_eq!(served.house.head().await, before, "nothing was recorded");
}

#[tokio::test]
async fn a_text_that_turns_the_line_is_refused_and_a_long_one_told_the_limit() {
    let served = Served::new().await;
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/check-in", served.house.reception);
    let turned = json!({ "name": "Maria \u{202E}eoykO" });
    let refused = served.post("patient 1", &path, turned, key(1)).await;
    assert_eq!(refused.body["field"], "name");
    assert_eq!(refused.body["detail"], "holds the character U+202E, which is not allowed here");
    let long = json!({ "name": "x".repeat(101) });
    let refused = served.post("patient 1", &path, long, key(1)).await;
    assert_eq!(refused.body["detail"], "is 101 characters long, at most 100 are allowed");
}

#[tokio::test]
async fn what_has_more_parts_is_refused_by_the_name_of_the_part() {
    let served = Served::new().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    let hours = |zone: &str, mon: &str, date: &str| {
        let (week, exceptions) = (json!({ "mon": [mon] }), json!({ date: [] }));
        json!({ "hours": { "zone": zone, "week": week, "exceptions": exceptions } })
    };
    let day = "2026-12-24";
    let labels = json!({ "labels": ["Card", "\u{7}"] });
    let booked = json!({ "name": "x", "booked": { "appointment": "tomorrow" } });
    for (verb, body, field) in [
        ("set-hours", hours("Moon/Base", "08:00-12:00", day), "hours.zone"),
        ("set-hours", hours("UTC", "8-12", day), "hours.week.mon"),
        ("set-hours", hours("UTC", "08:60-12:00", day), "hours.week.mon"),
        ("set-hours", hours("UTC", "08:00-12:00", "soon"), "hours.exceptions.soon"),
        ("set-hours", hours("UTC", "12:00-08:00", day), "hours"),
        ("set-checklist", labels, "labels.1"),
        ("set-passcode", json!({ "passcode": "" }), "passcode"),
        ("set-passcode", json!({ "passcode": "x".repeat(101) }), "passcode"),
        ("close-all", json!({ "reason": "removed" }), "why"),
        ("close-all", json!({ "reason": "left", "why": "x" }), "why"),
        ("check-in", booked, "booked.appointment"),
    ] {
        let who = if verb == "check-in" { "patient 1" } else { "host" };
        let refused = served.post(who, &format!("{room}/{verb}"), body, key(1)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{verb}: {:?}", refused.body);
        assert_eq!(refused.body["field"], field, "{verb}: {:?}", refused.body);
    }
}

#[tokio::test]
async fn a_founding_and_a_policy_are_refused_by_the_name_of_the_field() {
    let served = Served::new().await;
    let founding = json!({ "name": "Harbour", "zone": "UTC", "owner_name": "Ada" });
    let policy = json!({
        "queue_limit": 50, "arrivals": "back_of_queue", "accept_window_ms": null,
        "undo_window_ms": 1, "reopen_window_ms": 1, "wait_warn_ms": 1, "wait_late_ms": 1,
        "return_alert": 2, "consent": null, "call_link": null, "no_show_after_ms": null,
    });
    let set = format!("/api/clinics/{{clinic}}/rooms/{}/set-policy", served.house.reception);
    for (path, body, field, hostile) in [
        ("/api/clinics", &founding, "name", "\u{7}"),
        ("/api/clinics", &founding, "owner_name", ""),
        ("/api/clinics", &founding, "zone", "../../etc/passwd"),
        ("/api/clinics", &founding, "external_ref", "\0"),
        (set.as_str(), &policy, "call_link", "javascript:alert(1)"),
    ] {
        let mut body = body.clone();
        body[field] = json!(hostile);
        let refused = served.post("host", path, body, key(1)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{:?}", refused.body);
        assert_eq!(refused.body["field"], field, "{:?}", refused.body);
    }
    let mut long = policy;
    long["undo_window_ms"] = json!(86_400_001);
    let refused = served.post("host", &set, long, key(1)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{:?}", refused.body);
    assert_eq!(refused.body["type"], "urn:clinic:problem:Room.LimitReached");
}

#[tokio::test]
async fn a_field_that_nobody_knows_is_refused_on_every_route() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let before = served.house.head().await;
    for path in posts() {
        let path = path.replace("{visit}", &visit.to_string());
        let path = path.replace("{room}", &served.house.reception.to_string());
        let path = path.replace("{member}", &served.house.rita.to_string());
        let who = if by_patient(&path) { "patient 2" } else { "host" };
        let refused = served.post(who, &path, json!({ "by": "somebody else" }), key(1)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}: {:?}", refused.body);
        assert_eq!(refused.body["type"], "urn:clinic:problem:unreadable", "{path}");
        let detail = refused.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("unknown field `by`"), "{path}: {detail}");
    }
    assert_eq!(served.house.head().await, before, "nothing was recorded");
}

/// What is derived reads a list by the order of its fields: an empty one is then whatever needs no field.
#[tokio::test]
async fn a_list_is_no_object_on_any_route() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let before = served.house.head().await;
    for path in posts() {
        let path = path.replace("{visit}", &visit.to_string());
        let path = path.replace("{room}", &served.house.reception.to_string());
        let path = path.replace("{member}", &served.house.rita.to_string());
        let who = if by_patient(&path) { "patient 2" } else { "host" };
        for list in [json!([]), json!(["Rita"])] {
            let refused = served.post(who, &path, list, key(1)).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}: {:?}", refused.body);
            let detail = refused.body["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("expected an object"), "{path}: {detail}");
        }
    }
    assert_eq!(served.house.head().await, before, "nothing was recorded");
}

#[tokio::test]
async fn nor_is_it_one_within_a_body() {
    let served = Served::new().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    let week = json!({ "hours": { "zone": "UTC", "week": [[], [], [], [], [], [], []] } });
    for (verb, body) in [
        ("set-hours", json!({ "hours": ["UTC", {}, {}] })),
        ("set-hours", week),
        ("check-in", json!({ "name": "x", "booked": [null, null, null] })),
    ] {
        let who = if verb == "check-in" { "patient 1" } else { "host" };
        let refused = served.post(who, &format!("{room}/{verb}"), body, key(1)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{verb}: {:?}", refused.body);
        let detail = refused.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("expected an object"), "{verb}: {detail}");
    }
}

#[tokio::test]
async fn a_past_that_is_yet_to_come_is_the_askers_mistake() {
    let served = Served::new().await;
    let room = served.house.reception;
    for (which, field) in
        [("position=9223372036854775808", "position"), ("at=2999-01-01T00:00:00Z", "at")]
    {
        let path = format!("/api/clinics/{{clinic}}/rooms/{room}/board?{which}");
        let refused = served.get("host", &path).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{:?}", refused.body);
        assert_eq!(refused.body["field"], field, "{:?}", refused.body);
        assert_eq!(refused.body["detail"], "must not lie ahead");
    }
}

#[tokio::test]
async fn what_replaces_everything_must_say_everything() {
    let served = Served::new().await;
    let room = format!("/api/clinics/{{clinic}}/rooms/{}", served.house.reception);
    for verb in ["set-texts", "set-hours", "set-policy", "set-checklist", "set-passcode"] {
        let refused = served.post("host", &format!("{room}/{verb}"), json!({}), key(1)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{verb}: {:?}", refused.body);
    }
}

#[tokio::test]
async fn the_id_of_a_wish_is_good_for_no_other() {
    let served = Served::new().await;
    let visit = served.house.check_in(1).await;
    let rita = served.member(served.house.rita);
    let path = format!("/api/clinics/{{clinic}}/visits/{visit}/set-priority");
    let first = served.post(&rita, &path, json!({ "priority": "soon" }), key(1)).await;
    assert_eq!(first.status, StatusCode::OK, "{:?}", first.body);
    let other = served.post(&rita, &path, json!({ "priority": "urgent" }), key(1)).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.body["type"], "urn:clinic:problem:CommandReused");

    let found = |zone: &str| json!({ "name": "Harbour", "zone": zone, "owner_name": "Ada" });
    let first = served.post("host", "/api/clinics", found("UTC"), key(2)).await;
    assert_eq!(first.status, StatusCode::OK, "{:?}", first.body);
    let other = served.post("host", "/api/clinics", found("Europe/Berlin"), key(2)).await;
    assert_eq!(other.body["type"], "urn:clinic:problem:CommandReused");
}
