//! What anybody sees at a door, and a patient of her own visit.

use clinic_domain::time::Millis;
use serde_json::json;

use super::Scene;

#[tokio::test]
async fn a_door_tells_anybody_what_it_asks_for() {
    let scene = Scene::new().await;
    let desk = format!("rooms/{}", scene.reception());
    let texts = json!({ "welcome": "Welcome", "office_hours": null, "emergency": "Call 112" });
    scene.ask("host", &format!("{desk}/set-texts"), texts.clone()).await;
    scene.ask("host", &format!("{desk}/set-passcode"), json!({ "passcode": "open sesame" })).await;
    scene
        .served
        .house
        .policy(scene.reception(), |policy| {
            policy.consent = Some(3);
            policy.queue_limit = 2;
        })
        .await;
    let door = scene.read("", "doors/reception").await;
    assert_eq!((&door["room"], &door["name"]), (&json!(scene.reception()), &json!("reception")));
    assert_eq!((&door["texts"], &door["texts_version"]), (&texts, &json!(1)));
    assert_eq!((&door["asks_passcode"], &door["consent"]), (&json!(true), &json!(3)));
    assert_eq!((&door["full"], &door["moved"]), (&json!(true), &json!(false)));
    assert_eq!(door["your_visit"], json!(null));
    assert!(!door.to_string().contains("sesame"), "{door}");
    scene.send_maria().await;
    assert_eq!(scene.read("", "doors/reception").await["full"], false);
    let hers = json!({ "visit": scene.maria, "room": scene.office() });
    assert_eq!(scene.read("patient 1", "doors/reception").await["your_visit"], hers);
    assert_eq!(scene.read("patient 1", "my-visit").await, hers);
}

#[tokio::test]
async fn a_door_says_when_it_opens_and_where_it_has_moved() {
    let scene = Scene::new().await;
    let desk = format!("rooms/{}", scene.reception());
    // 2026-03-02 is a Monday.
    let hours = json!({ "hours": {
        "zone": "UTC", "week": { "mon": ["10:00-12:30"], "tue": ["08:00-24:00"] },
        "exceptions": { "2026-12-24": [] },
    } });
    scene.ask("host", &format!("{desk}/set-hours"), hours.clone()).await;
    let door = scene.read("", "doors/reception").await;
    let shut = json!({ "state": "shut", "until": "2026-03-02T10:00:00.000Z", "message": null });
    assert_eq!(door["door"], shut);
    assert_eq!(door["hours"]["week"]["mon"], hours["hours"]["week"]["mon"]);
    assert_eq!(door["hours"]["exceptions"], hours["hours"]["exceptions"]);
    let again = json!({ "hours": door["hours"] });
    let same = scene.ask("host", &format!("{desk}/set-hours"), again).await;
    assert_eq!(same["events"], json!([]), "what is read can be written as it is");
    scene.ask("host", &format!("{desk}/change-slug"), json!({ "slug": "front-desk" })).await;
    let moved = scene.read("", "doors/reception").await;
    assert_eq!((&moved["moved"], &moved["slug"]), (&json!(true), &json!("front-desk")));
    assert_eq!(scene.read("", "doors/front-desk").await["moved"], false);
    scene.ask("host", &format!("{desk}/suspend-room"), json!({ "message": "Back at ten" })).await;
    let shut = scene.read("", "doors/front-desk").await;
    assert_eq!(
        (&shut["door"]["state"], &shut["door"]["message"]),
        (&json!("suspended"), &json!("Back at ten"))
    );
}

#[tokio::test]
async fn where_a_check_in_finds_no_room_there_is_no_door() {
    let scene = Scene::new().await;
    let nothing = scene.get("", "doors/nowhere").await;
    assert_eq!(nothing.status, 404);
    let elsewhere = format!("/api/clinics/{}/doors/reception", uuid::Uuid::from_u128(9));
    assert_eq!(scene.served.get("", &elsewhere).await.body, nothing.body);
    for slug in ["No%20Slug", "%00", "a%2Fb"] {
        assert_eq!(scene.get("", &format!("doors/{slug}")).await.body, nothing.body, "{slug}");
    }
    scene.ask("host", "set-capabilities", json!({ "capabilities": ["transfer"] })).await;
    assert_eq!(
        scene.get("", "doors/reception").await.body,
        nothing.body,
        "no shared rooms any more"
    );
    scene.ask("host", &format!("rooms/{}/archive-room", scene.office()), json!({})).await;
    assert_eq!(scene.get("", "doors/dana").await.body, nothing.body, "archived");
}

#[tokio::test]
async fn a_waiting_room_has_what_its_patient_needs() {
    let scene = Scene::new().await;
    scene.served.house.clock.advance(Millis::minutes(1));
    let hers = format!("visits/{}/waiting-room", scene.jonas);
    let seen = scene.read("patient 2", &hers).await;
    assert_eq!(
        (&seen["rank"], &seen["words"]),
        (&json!(2), &json!("You are number 2 in the queue."))
    );
    assert_eq!(seen["now"], "2026-03-02T09:01:00.000Z");
    assert_eq!(seen["checked_in_at"], "2026-03-02T09:00:00.000Z");
    assert_eq!((&seen["moved"], &seen["joinable"]), (&json!(false), &json!(false)));
    assert_eq!(seen["headcount"], json!({ "online": 0, "on_another_call": 0, "away": 1 }));
    assert_eq!(seen["shown"], json!({ "room": scene.reception(), "version": 0 }));
    scene.send_maria().await;
    let moved = scene.read("patient 1", &format!("visits/{}/waiting-room", scene.maria)).await;
    assert_eq!((&moved["moved"], &moved["rank"]), (&json!(true), &json!(1)));
    assert_eq!(moved["room"], json!(scene.office()));
}
