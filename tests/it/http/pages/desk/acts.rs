//! What is done with a click or a few words: each form does what it says.

use axum::http::StatusCode;
use clinic_domain::command::Action;
use clinic_domain::text::Label;
use serde_json::json;

use super::{asks, board, clicks, desk};
use crate::engine::fixture::{start, transfer};
use crate::http::pages::window::Scene;

#[tokio::test]
async fn a_call_is_started_paused_resumed_and_ended() {
    let scene = Scene::new().await;
    let visit = scene.comes(1, "Maria Okoye").await;
    desk(&scene.rita).await.section("now").says(["You are in no call."]);
    for (wish, doing, said) in [
        ("start-call", "in_call", "In call with Rita"),
        ("pause-call", "on_hold", "On hold, paused by Rita"),
        ("start-call", "in_call", "In call with Rita"),
        ("end-call", "waiting", "Waiting"),
    ] {
        clicks(&scene.rita, visit, wish).await;
        assert_eq!(board(&scene).await[0]["doing"], doing, "{wish}");
        let page = desk(&scene.rita).await;
        page.row(visit).says([said]);
        let hers = page.section("now").text();
        assert_eq!(hers.contains("Maria Okoye"), doing == "in_call", "{wish}: {hers}");
    }
    assert_eq!(board(&scene).await[0]["calls"], 1, "resumed is the same call");
}

#[tokio::test]
async fn case_23_whoever_is_in_a_call_pauses_it_by_starting_another() {
    let scene = Scene::new().await;
    let (maria, jonas) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    clicks(&scene.rita, maria, "start-call").await;
    clicks(&scene.rita, jonas, "start-call").await;
    let page = desk(&scene.rita).await;
    page.row(maria).says(["On hold, paused by Rita"]);
    page.row(jonas).says(["In call with Rita"]);
    page.section("now").says(["Jonas"]);
    page.section("now").lacks(["Maria"]);
}

#[tokio::test]
async fn call_next_takes_the_first_who_can_be_called_and_says_whom_it_skips() {
    let scene = Scene::new().await;
    let house = scene.house();
    let maria = scene.comes(1, "Maria").await;
    let (jonas, olaf) = (scene.comes(2, "Jonas").await, scene.comes(3, "Olaf").await);
    clicks(&scene.rita, maria, "start-call").await;
    clicks(&scene.rita, maria, "pause-call").await;
    let page = desk(&scene.rita).await;
    page.says(["Call next skips Maria (on hold)"]);
    let next = page.form(&format!("/rooms/{}/call-next", house.reception));
    assert_eq!(scene.rita.granted(&next).await, "/desk");
    let page = desk(&scene.rita).await;
    page.row(jonas).says(["In call with Rita"]);
    // And from one to the next, without a click in between.
    scene.rita.granted(&page.form("/call-next")).await;
    let page = desk(&scene.rita).await;
    page.row(olaf).says(["In call with Rita"]);
    page.row(jonas).says(["On hold, paused by Rita"]);
    assert!(page.forms().iter().any(|form| form.action.ends_with("/call-next")), "two are on hold");
    let nobody = page.form("/call-next");
    let refused = scene.rita.refused(&nobody, StatusCode::CONFLICT).await;
    refused.says(["Nobody to call: 2 on hold, 0 offline."]);
}

#[tokio::test]
async fn priority_notes_and_the_checklist_are_written_on_the_row() {
    let scene = Scene::new().await;
    let house = scene.house();
    let labels = ["Paid", "Card <copied>"].map(|label| Label::parse(label).expect("a label"));
    house.host(Action::SetChecklist(house.reception, labels.into())).await;
    let (first, visit) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    let row = async || desk(&scene.rita).await.row(visit);
    let forms = row().await.forms();
    let priorities = forms.iter().filter(|form| form.action.ends_with("/set-priority"));
    let said: Vec<_> = priorities.clone().map(|form| form.button.clone()).collect();
    assert_eq!(said, ["Mark urgent", "Mark soon"], "it is routine");
    scene.rita.granted(priorities.clone().next().expect("urgent")).await;
    row().await.says(["Urgent", "Mark soon", "Mark routine"]);
    assert_eq!(board(&scene).await[0]["visit"], json!(visit.0), "{first} stands behind");

    let form =
        asks(&scene.rita, visit, "note").await.with("note:text", "two <b>weeks</b>\r\nalready");
    assert_eq!(scene.rita.granted(&form).await, "/desk");
    row().await.says(["two &lt;b&gt;weeks&lt;/b&gt;", "Rita, 09:00"]);
    let empty = asks(&scene.rita, visit, "note").await.with("note:text", " ");
    let refused = scene.rita.refused(&empty, StatusCode::UNPROCESSABLE_ENTITY).await;
    refused.says(["Is empty."]);

    for (button, done) in [("Paid", true), ("Card &lt;copied&gt;", true), ("Paid", false)] {
        let forms = row().await.forms();
        let tick = forms.iter().find(|form| form.button == button).expect(button);
        assert_eq!(tick.value("done:bool"), Some(if done { "true" } else { "false" }));
        scene.rita.granted(tick).await;
        let list = &board(&scene).await[0]["checklist"];
        let ticked = list
            .as_array()
            .expect("ticks")
            .iter()
            .find(|tick| tick["label"] == button.replace("&lt;", "<").replace("&gt;", ">"));
        assert_eq!(ticked.expect("a tick")["done"], done, "{button}: {list}");
    }
}

#[tokio::test]
async fn one_form_sent_twice_is_one_wish() {
    let scene = Scene::new().await;
    let visit = scene.comes(1, "Maria").await;
    let form = asks(&scene.rita, visit, "note").await.with("note:text", "once");
    for _ in 0..2 {
        scene.rita.granted(&form).await;
    }
    let row = desk(&scene.rita).await.row(visit);
    assert_eq!(row.html.matches("once").count(), 1, "{}", row.html);
}

#[tokio::test]
async fn case_02_of_two_who_press_start_the_second_is_told_who_was_first() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let visit = scene.comes(1, "Maria").await;
    let [hers, danas] = [desk(&scene.rita).await, desk(&scene.dana).await]
        .map(|page| page.row(visit).form("/start-call"));
    scene.rita.granted(&hers).await;
    let late = scene.dana.refused(&danas, StatusCode::CONFLICT).await;
    late.says(["Rita", "09:00"]);
    assert!(late.links().contains(&"/desk".to_owned()), "a way back");
    assert_eq!(scene.rita.granted(&hers).await, "/desk", "asked twice, happened once");
}

#[tokio::test]
async fn a_stale_click_is_refused_in_words_and_leads_back() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::AssignMember(house.office, house.rita)).await;
    let visit = scene.comes(1, "Maria").await;
    let old = desk(&scene.rita).await.row(visit).form("/start-call");
    let (close, send) =
        (asks(&scene.rita, visit, "close").await, asks(&scene.rita, visit, "transfer").await);
    house.as_rita(transfer(visit, house.office)).await.expect("granted");
    let head = house.head().await;
    for form in [old, close, send] {
        let refused = scene.rita.refused(&form, StatusCode::CONFLICT).await;
        let text = refused.text();
        assert!(text.contains("The visit has moved on"), "{text}");
        assert!(refused.links().contains(&"/desk".to_owned()), "a way back");
    }
    assert_eq!(house.head().await, head, "nothing is recorded");
    // What does not move her is not made stale by her having moved.
    house.as_dana(start(visit)).await.expect("granted");
    let form = desk(&scene.rita).await.row(visit).form("/set-priority");
    scene.rita.granted(&form).await;
}

#[tokio::test]
async fn what_is_done_on_another_rooms_board_leads_back_to_it() {
    let scene = Scene::new().await;
    let house = scene.house();
    let visit = scene.comes(1, "Maria").await;
    let here = format!("/desk?room={}", house.reception);
    let page = scene.ada.see(&here).await;
    let urgent = page.row(visit).form("/set-priority");
    assert_eq!(scene.ada.granted(&urgent).await, here);
    scene.ada.see(&here).await.row(visit).says(["Urgent"]);
}
