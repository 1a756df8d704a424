//! What happened: the story of a visit, what was sent, the waits and the log.

use clinic_domain::time::Millis;
use serde_json::{Value, json};

use super::Scene;

#[tokio::test]
async fn a_timeline_tells_one_story_across_rooms_and_its_parts_sum_up() {
    let scene = Scene::new().await;
    let clock = &scene.served.house.clock;
    let (rita, dana, visit) = (scene.rita(), scene.dana(), format!("visits/{}", scene.maria));
    clock.advance(Millis::minutes(2));
    scene.send_maria().await;
    clock.advance(Millis::minutes(3));
    scene.ask(&dana, &format!("{visit}/start-call"), json!({})).await;
    clock.advance(Millis::seconds(20)); // longer, and she would count as lost
    scene.ask(&dana, &format!("{visit}/close-visit"), json!({ "reason": "completed" })).await;
    let path = format!("{visit}/timeline");
    let told = scene.read(&dana, &path).await;
    assert_eq!(told["name"], "Maria Okoye");
    let lines = told["lines"].as_array().expect("lines");
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(events, ["CheckedIn", "Transferred", "CallStarted", "VisitClosed"]);
    assert_eq!(
        (&lines[1]["who"]["name"], &lines[1]["note"]),
        (&json!("Rita"), &json!("two weeks already"))
    );
    assert_eq!(lines[0]["who"]["kind"], "patient");
    assert_eq!(
        told["whole"],
        json!({ "waiting_ms": 300_000, "on_hold_ms": 0, "offline_ms": 0, "in_call_ms": 20_000 })
    );
    assert_eq!(told["stays"].as_array().map(Vec::len), Some(2));
    assert_eq!(told["stays"][1]["doing"], json!(null));
    assert_eq!(scene.get(&rita, &path).await.status, 404, "it closed elsewhere");
    // Long after nobody holds it any more, those of its last room may still read it.
    clock.advance(Millis::minutes(3 * 24 * 60));
    let note = json!({ "note": "later" });
    scene.ask(&rita, &format!("visits/{}/add-note", scene.jonas), note).await;
    assert_eq!(scene.get(&dana, &visit).await.status, 404, "let go");
    assert_eq!(scene.read(&dana, &path).await["lines"], told["lines"]);
    assert_eq!(scene.get(&rita, &path).await.status, 404);
    assert_eq!(scene.read(&scene.ada(), &path).await["lines"], told["lines"]);
    let nobody = format!("visits/{}/timeline", uuid::Uuid::from_u128(3));
    assert_eq!(scene.get("host", &nobody).await.status, 404);
}

#[tokio::test]
async fn a_sender_is_told_where_it_is_now_and_nothing_else_of_that_room() {
    let scene = Scene::new().await;
    scene.send_maria().await;
    let sent = scene.read(&scene.rita(), "sent").await;
    let one = &sent["sent"][0];
    assert_eq!((&one["name"], &one["to_name"]), (&json!("Maria Okoye"), &json!("dana")));
    assert_eq!(one["outcome"], "completed");
    let waiting = json!({ "doing": "waiting", "room": scene.office(), "room_name": "dana" });
    assert_eq!(one["now"], waiting);
    assert_eq!(scene.read(&scene.dana(), "sent").await["sent"], json!([]));
    let left = json!({ "reason": "left" });
    scene.ask("patient 1", &format!("visits/{}/close-visit", scene.maria), left).await;
    let over = json!({ "doing": "closed", "reason": "left", "at": "2026-03-02T09:00:00.000Z" });
    assert_eq!(scene.read(&scene.rita(), "sent").await["sent"][0]["now"], over);
}

#[tokio::test]
async fn waits_are_numbers_with_their_facts_and_no_data_where_there_are_none() {
    let scene = Scene::new().await;
    let none = scene.read("host", "waits").await;
    assert_eq!(
        (&none["total"]["waiting"], &none["total"]["left_unseen"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(none["total"]["check_ins"], json!({ "count": 2 }));
    assert_eq!(none["open"].as_array().map(Vec::len), Some(2));
    scene.served.house.clock.advance(Millis::minutes(4));
    scene.send_maria().await;
    let all = scene.read("host", "waits?facts=true").await;
    let p50 = &all["total"]["waiting"]["p50"];
    assert_eq!((&p50["wait_ms"], &p50["fact"]["visit"]), (&json!(240_000), &json!(scene.maria)));
    assert_eq!(all["total"]["waiting"]["of"]["facts"][0], p50["fact"]);
    assert_eq!(
        (&all["days"][0]["day"], &all["hours"][0]["hour"]),
        (&json!("2026-03-02"), &json!(9))
    );
    assert!(all["total"]["parts"]["waiting_ms"].as_u64() > Some(0));
    let office = format!("waits?room={}", scene.office());
    let theirs = scene.read(&scene.dana(), &office).await;
    assert_eq!(theirs["open"].as_array().map(Vec::len), Some(1));
    assert_eq!(theirs["members"], json!([]), "how others spend their time is for admins");
    assert_eq!(scene.get(&scene.rita(), &office).await.status, 404);
    let before = scene.read("host", "waits?to=2026-03-01").await;
    assert_eq!(before["total"]["check_ins"]["count"], 0);
    assert_eq!(scene.get("host", "waits?from=soon").await.body["field"], "from");
    let nowhere = format!("waits?room={}", uuid::Uuid::from_u128(1));
    assert_eq!(scene.get("host", &nowhere).await.status, 404, "no room, no zeros");
}

#[tokio::test]
async fn the_log_is_read_page_by_page_and_tells_nothing_personal() {
    let scene = Scene::new().await;
    scene.send_maria().await;
    let head = scene.served.house.head().await.0;
    let (mut after, mut seen) = (Some(0), vec![]);
    while let Some(from) = after {
        let page = scene.read(&scene.ada(), &format!("log?after={from}&limit=4")).await;
        assert_eq!(page["position"], head);
        let events = page["events"].as_array().expect("events");
        assert!((1..=4).contains(&events.len()), "{page}");
        seen.extend(events.iter().map(|event| event["position"].as_u64().expect("a position")));
        after = page["next"].as_u64();
    }
    assert_eq!(seen, (1..=head).collect::<Vec<_>>(), "every event, once");
    let all = scene.read(&scene.ada(), "log").await;
    let text = all.to_string();
    for secret in ["Maria", "cough", "weeks", "0101010101", "sealed"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let last = all["events"].as_array().and_then(|events| events.last()).expect("an event");
    assert_eq!((&last["by"]["name"], &last["stream"]), (&json!("Rita"), &json!("transfer")));
    assert_eq!(scene.read("host", &format!("log?after={}", head + 10)).await["events"], json!([]));
    for limit in ["0", "1001"] {
        let refused = scene.get("host", &format!("log?limit={limit}")).await;
        assert_eq!((refused.status.as_u16(), &refused.body["field"]), (422, &json!("limit")));
    }
    assert_eq!(scene.get("host", "log?limit=many").await.status, 400);
}
