//! Sending a visit on: the note that goes with it, the way back, and what its sender sees of it.

use axum::http::StatusCode;
use clinic_domain::time::Millis;
use serde_json::Value;

use super::{asks, clicks, desk};
use crate::engine::fixture::{start, transfer};
use crate::http::pages::window::Scene;

#[tokio::test]
async fn a_transfer_arrives_with_its_note_and_its_sender_sees_where_it_is() {
    let scene = Scene::new().await;
    let house = scene.house();
    let visit = scene.comes(1, "Maria Okoye").await;
    clicks(&scene.rita, visit, "start-call").await;
    let form = asks(&scene.rita, visit, "transfer").await.choosing("to", house.office);
    let form = form.with("note", "two <weeks> already");
    assert_eq!(scene.rita.granted(&form).await, "/desk");
    let page = desk(&scene.rita).await;
    assert!(!page.ids().contains(&format!("row-{visit}")), "it has left her board");
    page.section("now").says(["You are in no call."]);
    page.section("sent").says(["Maria Okoye to dana 09:00", "Waiting in dana."]);
    let row = desk(&scene.dana).await.row(visit);
    row.says(["Transferred by Rita from reception 09:00", "two &lt;weeks&gt; already"]);

    let undo = page.section("sent").form("/undo-transfer");
    assert_eq!(undo.button, "Undo");
    scene.rita.granted(&undo).await;
    let page = desk(&scene.rita).await;
    page.row(visit).says(["The transfer to dana was undone"]);
    page.section("sent").says(["Undone."]);
    desk(&scene.dana).await.lacks(["Maria Okoye"]);

    house.as_rita(transfer(visit, house.office)).await.expect("granted");
    let late = desk(&scene.rita).await.section("sent").form("/undo-transfer");
    house.as_dana(start(visit)).await.expect("granted");
    let sent = desk(&scene.rita).await.section("sent");
    sent.says(["In call in dana."]);
    assert!(sent.forms().is_empty(), "it cannot be taken back");
    let refused = scene.rita.refused(&late, StatusCode::CONFLICT).await;
    refused.says(["call"]);
}

#[tokio::test]
async fn an_arrival_is_accepted_or_declined_with_a_note_to_its_sender() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.policy(house.office, |policy| policy.accept_window = Some(Millis::minutes(5))).await;
    let (maria, jonas) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    for visit in [maria, jonas] {
        house.as_rita(transfer(visit, house.office)).await.expect("granted");
    }
    clicks(&scene.dana, maria, "accept-transfer").await;
    let row = desk(&scene.dana).await.row(maria);
    assert!(!row.offers().contains("accept-transfer"), "it is answered");
    let form = asks(&scene.dana, jonas, "decline").await.with("note", "not <mine>");
    assert_eq!(scene.dana.granted(&form).await, "/desk");
    desk(&scene.dana).await.lacks(["Jonas"]);
    let page = desk(&scene.rita).await;
    page.row(jonas).says(["dana declined", "not &lt;mine&gt;"]);
    page.says(["Jonas came back: declined."]);
    let sent = page.section("sent");
    sent.says(["Accepted.", "Declined."]);
    // The first answer stands: she who was accepted cannot be declined any more.
    house.as_rita(transfer(jonas, house.office)).await.expect("granted");
    let late = asks(&scene.dana, jonas, "decline").await;
    clicks(&scene.dana, jonas, "accept-transfer").await;
    let refused = scene.dana.refused(&late, StatusCode::CONFLICT).await;
    assert!(refused.links().contains(&"/desk".to_owned()), "a way back");
    desk(&scene.dana).await.row(jonas).says(["Waiting"]);
}

#[tokio::test]
async fn case_14_a_duplicate_is_merged_into_the_visit_that_is_chosen() {
    let scene = Scene::new().await;
    let (browser, first) = scene.patient("Maria Okoye").await;
    scene.passes(3);
    let (other, second) = scene.patient("Maria Okoye").await;
    let form = asks(&scene.rita, second, "merge").await;
    assert_eq!(form.offered("survivor"), [first.to_string()]);
    let page = scene.rita.see(&format!("/desk/visits/{second}/merge")).await;
    page.says(["reception, checked in 09:00"]);
    assert_eq!(form.value("survivor"), None, "she has to say which");
    let form = form.choosing("survivor", first);
    assert_eq!(scene.rita.granted(&form).await, "/desk");
    let page = desk(&scene.rita).await;
    assert!(page.ids().contains(&format!("row-{first}")));
    assert!(!page.ids().contains(&format!("row-{second}")));
    for window in [browser, other] {
        window.see("/r/reception/waiting").await.says(["You are next"]);
        let page = window.see("/r/reception/leave").await;
        assert!(page.has(&format!("/visits/{first}/leave")), "both lead to the one visit");
    }
    let none = scene.rita.see(&format!("/desk/visits/{first}/merge")).await;
    none.says(["There is no other visit"]);
    assert!(none.forms().iter().all(|form| form.button != "Merge"));
}

#[tokio::test]
async fn what_takes_more_than_a_click_is_recorded_and_only_for_those_who_see_the_visit() {
    let scene = Scene::new().await;
    let visit = scene.comes(1, "Maria Okoye").await;
    let dialogs = ["transfer", "close", "merge", "note", "decline"];
    for what in dialogs {
        let path = format!("/desk/visits/{visit}/{what}");
        scene.rita.see(&path).await.says(["Maria Okoye", "Cancel"]);
        scene.ada.see(&path).await;
        let none = scene.dana.open(&path).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{what}");
        none.lacks(["Maria"]);
    }
    assert_eq!(scene.rita.open(&format!("/desk/visits/{visit}/join")).await.status, 404);
    let log = scene.ada.told("access-log").await;
    let records = log["records"].as_array().expect("records");
    let of_rita = |one: &&Value| one["member"] == scene.house().rita.to_string();
    let of_rita: Vec<&Value> = records.iter().filter(of_rita).collect();
    let of_visit = of_rita.iter().filter(|one| one["visit"] == visit.to_string()).count();
    assert_eq!(of_visit, dialogs.len(), "{log}");
    // Whom a visit may be merged with stands on the boards that she sees.
    let boards = of_rita.iter().filter(|one| one["model"] == "board").count();
    assert_eq!((boards, of_rita.len()), (1, dialogs.len() + 1), "{log}");
}
