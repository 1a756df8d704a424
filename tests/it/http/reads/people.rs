//! A clinic, its rooms and its members.

use serde_json::json;

use super::Scene;

#[tokio::test]
async fn a_clinic_says_who_one_is_there() {
    let scene = Scene::new().await;
    let shown = scene.read(&scene.rita(), "").await;
    assert_eq!((&shown["name"], &shown["zone"]), (&json!("Harbour"), &json!("UTC")));
    assert_eq!(
        shown["capabilities"],
        json!(["shared_rooms", "transfer", "pause", "accept_window"])
    );
    assert_eq!(shown["me"]["member"], json!(scene.served.house.rita));
    assert_eq!((&shown["me"]["role"], &shown["me"]["name"]), (&json!("member"), &json!("Rita")));
    let start = format!("visits/{}/start-call", scene.maria);
    scene.ask(&scene.rita(), &start, json!({})).await;
    assert_eq!(scene.read(&scene.rita(), "").await["me"]["in_call_with"], json!(scene.maria));
    assert_eq!(scene.read("host", "").await["me"], json!(null));
}

#[tokio::test]
async fn members_are_listed_with_their_rooms_and_removed_ones_are_not() {
    let scene = Scene::new().await;
    let shown = scene.read(&scene.dana(), "members").await;
    let names: Vec<&str> = shown["members"]
        .as_array()
        .expect("members")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["Ada", "Dana", "Rita"]);
    assert_eq!(
        (&shown["members"][0]["role"], &shown["members"][2]["role"]),
        (&json!("owner"), &json!("member"))
    );
    assert_eq!(shown["members"][2]["rooms"], json!([scene.reception()]));
    assert_eq!(shown["members"][1]["availability"], "away");
    let dana = format!("members/{}", scene.served.house.dana);
    scene.ask("host", &format!("{dana}/disable-member"), json!({})).await;
    let shown = scene.read(&scene.rita(), "members").await;
    assert_eq!(shown["members"][1]["status"], "disabled");
    scene.ask("host", &format!("{dana}/remove-member"), json!({})).await;
    let shown = scene.read(&scene.rita(), "members").await;
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn rooms_are_listed_with_what_one_is_there_and_archived_ones_for_admins_only() {
    let scene = Scene::new().await;
    let rooms = scene.read(&scene.dana(), "rooms").await;
    let (dana, desk) = (&rooms["rooms"][0], &rooms["rooms"][1]);
    assert_eq!((&dana["slug"], &desk["slug"]), (&json!("dana"), &json!("reception")));
    assert_eq!(
        (&dana["mine"], &dana["assigned"], &dana["board"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert_eq!(
        (&desk["mine"], &desk["assigned"], &desk["board"]),
        (&json!(false), &json!(false), &json!(false))
    );
    assert_eq!((&desk["queue"], &desk["in_call"]), (&json!(2), &json!(0)));
    assert_eq!(
        (&desk["kind"], &dana["owner"]),
        (&json!("shared"), &json!(scene.served.house.dana))
    );
    scene.ask("host", &format!("rooms/{}/archive-room", scene.office()), json!({})).await;
    let count =
        async |who: &str, path: &str| scene.read(who, path).await["rooms"].as_array().map(Vec::len);
    assert_eq!(count(&scene.ada(), "rooms").await, Some(1));
    assert_eq!(count(&scene.ada(), "rooms?archived=true").await, Some(2));
    assert_eq!(count(&scene.rita(), "rooms?archived=true").await, Some(1));
}

#[tokio::test]
async fn what_a_room_runs_by_is_read_as_it_is_written() {
    let scene = Scene::new().await;
    let desk = format!("rooms/{}", scene.reception());
    let policy = json!({
        "queue_limit": 50, "arrivals": "back_of_queue", "accept_window_ms": 60_000,
        "undo_window_ms": 60_000, "reopen_window_ms": 60_000, "wait_warn_ms": 60_000,
        "wait_late_ms": 120_000, "return_alert": 2, "consent": 1,
        "call_link": "https://calls.example/{call}", "no_show_after_ms": null,
    });
    scene.ask("host", &format!("{desk}/set-policy"), policy.clone()).await;
    scene
        .ask("host", &format!("{desk}/set-checklist"), json!({ "labels": ["Card", "Consent"] }))
        .await;
    scene.ask("host", &format!("{desk}/change-slug"), json!({ "slug": "front-desk" })).await;
    let shown = scene.read(&scene.rita(), &desk).await;
    assert_eq!(shown["policy"], policy);
    assert_eq!(shown["checklist"], json!(["Card", "Consent"]));
    assert_eq!((&shown["slug"], &shown["retired"]), (&json!("front-desk"), &json!(["reception"])));
    assert_eq!(shown["assigned"], json!([scene.served.house.rita]));
    assert_eq!(shown["asks_passcode"], false);
    assert_eq!(shown["hours"], json!(null));
}
