//! Whether anything has changed, and how fresh a read is.

use clinic_domain::time::Millis;
use serde_json::{Value, json};

use super::Scene;

#[tokio::test]
async fn a_board_that_stands_still_keeps_its_tag_and_one_that_moves_does_not() {
    let scene = Scene::new().await;
    let (rita, path) =
        (scene.rita(), format!("/api/clinics/{{clinic}}/rooms/{}/board", scene.reception()));
    let first = scene.served.get(&rita, &path).await;
    let tag = first.headers["etag"].to_str().expect("a tag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    scene.served.house.clock.advance(Millis::seconds(9));
    let later = scene.served.get(&rita, &path).await;
    assert_ne!(later.body["now"], first.body["now"]);
    assert_eq!(later.headers["etag"], tag.as_str(), "time alone is no change");
    let strong = tag.trim_start_matches("W/").to_owned();
    for held in [tag.clone(), strong, format!("\"other\", {tag}"), "*".to_owned()] {
        let same = scene.served.get_if(&rita, &path, &held).await;
        assert_eq!((same.status.as_u16(), &same.body), (304, &Value::Null), "{held}");
        assert_eq!(same.headers["etag"], tag.as_str());
        assert_eq!(same.headers["cache-control"], "no-store");
        assert!(!same.headers.contains_key("content-type"));
    }
    assert_eq!(scene.served.get_if(&rita, &path, "\"other\"").await.status, 200);
    let dana = scene.served.get_if(&scene.dana(), &path, &tag).await;
    assert_eq!(dana.status, 404, "a tag opens nothing");
    scene
        .ask(
            &rita,
            &format!("visits/{}/set-priority", scene.jonas),
            json!({ "priority": "urgent" }),
        )
        .await;
    let changed = scene.served.get_if(&rita, &path, &tag).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.body["rows"][0]["visit"]),
        (200, &json!(scene.jonas))
    );
}

#[tokio::test]
async fn a_wait_that_grows_too_long_changes_the_tag() {
    let scene = Scene::new().await;
    scene
        .served
        .house
        .policy(scene.reception(), |policy| policy.wait_warn = Millis::minutes(1))
        .await;
    let (rita, path) = (scene.rita(), format!("/api/clinics/{{clinic}}/visits/{}", scene.maria));
    let first = scene.served.get(&rita, &path).await;
    let tag = first.headers["etag"].to_str().expect("a tag").to_owned();
    scene.served.house.clock.advance(Millis::minutes(2));
    let late = scene.served.get_if(&rita, &path, &tag).await;
    assert_eq!((late.status.as_u16(), &late.body["row"]["level"]), (200, &json!("warn")));
}

#[tokio::test]
async fn a_member_reads_what_she_has_written_and_no_position_that_is_not_there() {
    let scene = Scene::new().await;
    let (ada, visit) = (scene.ada(), format!("visits/{}", scene.maria));
    let renamed = format!("members/{}/rename-member", scene.served.house.rita);
    let done = scene.ask(&ada, &renamed, json!({ "name": "Rita B" })).await;
    let desk = format!("rooms/{}", scene.reception());
    let paths = ["", "members", "rooms", "visits", "sent", "log", "waits", &desk, &visit];
    let more =
        [format!("{desk}/board"), format!("{visit}/timeline"), format!("{visit}/transfer-targets")];
    for path in paths.into_iter().chain(more.iter().map(String::as_str)) {
        let fresh = format!("{path}?at_least={}", done["position"]);
        assert_eq!(scene.get(&ada, &fresh).await.status, 200, "{path}");
        let unread = scene.get(&ada, &format!("{path}?at_least=soon")).await;
        assert_eq!(unread.body["type"], "urn:clinic:problem:unreadable", "{path}");
        let unknown = scene.get(&ada, &format!("{path}?newer_than=1")).await;
        assert_eq!(unknown.status, 400, "{path} knows no such question");
    }
    let me = scene.read(&scene.rita(), &format!("?at_least={}", done["position"])).await;
    assert_eq!(me["me"]["name"], "Rita B");
}
