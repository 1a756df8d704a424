//! What stands on a board, now and then, and what can be done with a visit on it.

use clinic_domain::command::Person;
use clinic_domain::time::Millis;
use serde_json::json;

use super::Scene;

#[tokio::test]
async fn a_board_has_what_a_desk_needs() {
    let scene = Scene::new().await;
    let board = scene.read(&scene.rita(), &format!("rooms/{}/board", scene.reception())).await;
    assert_eq!(board["now"], "2026-03-02T09:00:00.000Z");
    assert_eq!(board["door"], json!({ "state": "open", "until": null, "message": null }));
    assert_eq!((&board["queue"], &board["headcount"]["away"]), (&json!(2), &json!(1)));
    let rita = json!({ "member": scene.served.house.rita, "name": "Rita", "availability": "away" });
    assert_eq!(board["members"], json!([rita]));
    let row = &board["rows"][0];
    assert_eq!(row["visit"], json!(scene.maria));
    assert_eq!(row["because"]["words"], "checked in 09:00:00");
    assert_eq!(row["because"]["joined"], "checked_in");
    let told = [&row["name"], &row["reason"], &row["phone"]];
    assert_eq!(told, ["Maria Okoye", "a cough", "0042"]);
    assert_eq!(row["expected"]["member"]["name"], "Dana");
    assert_eq!(row["expected"]["appointment"], "2026-03-02T09:30:00.000Z");
    assert_eq!(row["expected"]["told_by"], "patient");
    assert_eq!(row["expected"]["here"], false, "Dana does not serve here");
    assert_eq!((&row["doing"], &row["since"]), (&json!("waiting"), &board["now"]));
    assert_eq!(row["level"], "fine");
    assert_eq!(board["rows"][1]["expected"], json!(null), "Jonas dropped in");
}

#[tokio::test]
async fn a_row_tells_of_the_call_the_hold_and_the_transfer() {
    let scene = Scene::new().await;
    let (rita, visit) = (scene.rita(), format!("visits/{}", scene.maria));
    let row = async |who: &str| scene.read(who, &visit).await["row"].clone();
    scene.ask(&rita, &format!("{visit}/start-call"), json!({})).await;
    let in_call = row(&rita).await;
    assert_eq!(in_call["with"]["name"], "Rita");
    assert_eq!((&in_call["rank"], &in_call["because"]), (&json!(null), &json!(null)));
    scene.ask(&rita, &format!("{visit}/pause-call"), json!({})).await;
    let held = row(&rita).await;
    assert_eq!(
        (&held["held_by"]["name"], &held["hold_reason"]),
        (&json!("Rita"), &json!("paused"))
    );
    assert_eq!(held["call"], in_call["call"], "a resumption continues it");
    scene.ask(&rita, &format!("{visit}/add-note"), json!({ "note": "speaks little German" })).await;
    scene
        .served
        .house
        .policy(scene.office(), |policy| policy.accept_window = Some(Millis::minutes(5)))
        .await;
    scene.send_maria().await;
    let sent = row(&scene.dana()).await;
    let leg = &sent["transferred"];
    assert_eq!((&leg["by"]["name"], &leg["from_name"]), (&json!("Rita"), &json!("reception")));
    assert_eq!(leg["note"], "two weeks already");
    assert_eq!(sent["notes"][0]["note"], "speaks little German");
    assert_eq!(sent["answer_by"], "2026-03-02T09:05:00.000Z");
    assert_eq!((&sent["legs"], &sent["calls"]), (&json!(1), &json!(1)));
    let no = json!({ "transfer": leg["transfer"], "note": "not today" });
    scene.ask(&scene.dana(), &format!("{visit}/decline-transfer"), no).await;
    let back = row(&rita).await;
    assert_eq!(
        (&back["came_back"]["why"], &back["came_back"]["note"]),
        (&json!("declined"), &json!("not today"))
    );
    assert_eq!(back["because"]["restored"], "declined");
    let board = scene.read(&rita, &format!("rooms/{}/board", scene.reception())).await;
    let alert = json!({ "kind": "came_back", "visit": scene.maria, "why": "declined" });
    assert_eq!(board["alerts"], json!([alert]));
}

#[tokio::test]
async fn presence_and_waits_are_told_as_instants() {
    let scene = Scene::new().await;
    let house = &scene.served.house;
    house.policy(scene.reception(), |policy| policy.wait_warn = Millis::minutes(1)).await;
    house.clock.advance(Millis::minutes(2));
    house.engine.tick().await.expect("time passes");
    let board = scene.read(&scene.rita(), &format!("rooms/{}/board", scene.reception())).await;
    let row = &board["rows"][0];
    assert_eq!(board["now"], "2026-03-02T09:02:00.000Z");
    assert_eq!(row["checked_in_at"], "2026-03-02T09:00:00.000Z");
    assert_eq!((&row["level"], &row["online"]), (&json!("warn"), &json!(false)));
    assert_eq!(row["offline_since"], "2026-03-02T09:02:00.000Z");
    house.seen(Person::Patient(scene.maria)).await;
    house.engine.tick().await.expect("time passes");
    let row = scene.read(&scene.rita(), &format!("visits/{}", scene.maria)).await["row"].clone();
    assert_eq!((&row["online"], &row["offline_since"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn a_board_of_the_past_is_as_a_viewer_saw_it_then() {
    let scene = Scene::new().await;
    let board = format!("rooms/{}/board", scene.reception());
    let then = scene.read(&scene.ada(), &board).await;
    scene.served.house.clock.advance(Millis::minutes(3));
    scene.send_maria().await;
    assert_ne!(scene.read(&scene.ada(), &board).await["rows"], then["rows"]);
    let by_position = format!("{board}?position={}", then["position"]);
    assert_eq!(scene.read(&scene.ada(), &by_position).await, then);
    assert_eq!(scene.read("host", &format!("{board}?at=2026-03-02T09:00:00Z")).await, then);
    for (typed, field) in [
        ("at=yesterday", "at"),
        ("at=2026-03-02T10:00:00Z", "at"),
        ("position=1000", "position"),
        ("at=2026-03-02T09:00:00Z&position=3", "position"),
    ] {
        let refused = scene.get("host", &format!("{board}?{typed}")).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["field"]),
            (422, &json!(field)),
            "{typed}"
        );
    }
    let before = scene.get("host", &format!("{board}?position=1")).await;
    assert_eq!(before.status, 404, "the room was not there");
}

#[tokio::test]
async fn a_visit_can_be_sent_exactly_where_it_is_offered() {
    let scene = Scene::new().await;
    let visit = format!("visits/{}", scene.maria);
    let offered = scene.read(&scene.rita(), &format!("{visit}/transfer-targets")).await;
    let targets = offered["targets"].as_array().expect("targets");
    assert_eq!(targets.len(), 1, "{offered}");
    assert_eq!(targets[0]["room"], json!(scene.office()));
    assert_eq!((&targets[0]["kind"], &targets[0]["expected"]), (&json!("personal"), &json!(true)));
    assert_eq!(targets[0]["owner"], json!(scene.served.house.dana));
    assert_eq!(targets[0]["warnings"], json!(["nobody_online"]));
    let send = json!({ "to": targets[0]["room"], "seen": offered["version"] });
    scene.ask(&scene.rita(), &format!("{visit}/transfer"), send).await;
    let shut = json!({ "message": "Back at ten" });
    scene.ask("host", &format!("rooms/{}/suspend-room", scene.office()), shut).await;
    let jonas = format!("visits/{}/transfer-targets", scene.jonas);
    assert_eq!(scene.read(&scene.rita(), &jonas).await["targets"], json!([]));
}

#[tokio::test]
async fn only_the_two_in_a_call_are_told_where_it_meets() {
    let scene = Scene::new().await;
    let (rita, visit) = (scene.rita(), format!("visits/{}", scene.maria));
    let hers = format!("{visit}/waiting-room/join");
    assert_eq!(scene.read("patient 1", &hers).await["how"], "no_call");
    scene.ask(&rita, &format!("{visit}/start-call"), json!({})).await;
    assert_eq!(scene.read("patient 1", &hers).await["how"], "unarranged");
    let link = "https://calls.example/{call}".parse().ok();
    let link =
        link.map(|link: String| clinic_domain::text::LinkTemplate::parse(&link).expect("a link"));
    scene.served.house.policy(scene.reception(), |policy| policy.call_link = link).await;
    let patient = scene.read("patient 1", &hers).await;
    let member = scene.read(&rita, &format!("{visit}/join")).await;
    assert_eq!(patient, member);
    let call = member["call"].as_str().expect("a call");
    assert_eq!(member["link"], format!("https://calls.example/{call}"));
    for who in [scene.dana(), scene.ada(), "host".to_owned()] {
        assert_eq!(scene.get(&who, &format!("{visit}/join")).await.status, 404, "{who}");
    }
    assert_eq!(scene.get("patient 2", &hers).await.status, 404);
    assert_eq!(scene.read("patient 1", &format!("{visit}/waiting-room")).await["joinable"], true);
    scene.ask(&rita, &format!("{visit}/pause-call"), json!({})).await;
    assert_eq!(scene.read("patient 1", &hers).await["how"], "no_call");
    assert_eq!(scene.get(&rita, &format!("{visit}/join")).await.status, 404);
}

#[tokio::test]
async fn a_visit_that_closed_is_shown_with_its_end() {
    let scene = Scene::new().await;
    let (rita, visit) = (scene.rita(), format!("visits/{}", scene.jonas));
    let gone = json!({ "reason": "removed", "why": "tested the alarm" });
    scene.ask(&rita, &format!("{visit}/close-visit"), gone).await;
    let shown = scene.read(&rita, &visit).await;
    assert_eq!(shown["closed"]["reason"], "removed");
    assert_eq!(shown["closed"]["why"], "tested the alarm");
    assert_eq!(
        (&shown["row"]["rank"], &shown["row"]["name"]),
        (&json!(null), &json!("Jonas Berg"))
    );
    assert_eq!(shown["room"], json!(scene.reception()));
    let visits = scene.read(&rita, "visits").await;
    assert_eq!(visits["visits"].as_array().map(Vec::len), Some(1));
    assert_eq!(scene.get("patient 2", "my-visit").await.status, 404, "it is over");
    assert_eq!(scene.get("patient 2", &format!("{visit}/waiting-room")).await.status, 409);
}
