//! The door: what it says in each state, and what stands there in all of them.

use axum::http::StatusCode;
use clinic_domain::command::Action;
use clinic_domain::text::{Notice, Slug};

use super::takes;
use crate::http::pages::html::{Form, Opened};
use crate::http::pages::window::Scene;

const EMERGENCY: &str = "Call 112 & do not wait";

/// A small clinic whose Reception says what to do in an emergency.
async fn scene() -> Scene {
    let scene = Scene::new().await;
    let page = scene.ada.see(&format!("/admin/rooms/{}", scene.house().reception)).await;
    let texts = page.form("/set-texts").with("welcome:null", "Hello");
    scene.ada.granted(&texts.with("emergency:null", EMERGENCY)).await;
    scene
}

/// The door as a stranger sees it: with what to do in an emergency, whatever else it says.
async fn door(scene: &Scene) -> Opened {
    let page = scene.stranger().see("/r/reception").await;
    page.says(["reception", "Hello", "In an emergency", "Call 112 &amp; do not wait"]);
    page
}

#[tokio::test]
async fn an_open_door_takes_people_in_and_says_until_when() {
    let scene = scene().await;
    let page = door(&scene).await;
    page.says(["Open."]);
    page.lacks(["Until "]);
    assert!(takes(&page));
    scene.opens(scene.house().reception, "UTC", 8 * 60, 17 * 60).await;
    let page = door(&scene).await;
    page.says(["Open. Until 17:00.", "Monday 08:00-17:00"]);
    assert!(takes(&page));
}

#[tokio::test]
async fn case_16_a_shut_door_says_when_and_on_which_day_it_opens() {
    let scene = scene().await;
    scene.opens(scene.house().reception, "Europe/Berlin", 8 * 60, 17 * 60).await;
    let before = scene.stranger();
    let form = before.see("/r/reception").await.form("/r/reception").with("name", "Maria");
    // Nine in London is ten in Berlin; seven hours later it is the first minute without check-in.
    scene.passes(7 * 60 - 1);
    assert!(takes(&door(&scene).await));
    scene.passes(1);
    let page = door(&scene).await;
    page.says(["Closed now. It opens on Tuesday 3 March at 08:00."]);
    assert!(!takes(&page));
    let head = scene.house().head().await;
    let refused = before.refused(&form, StatusCode::CONFLICT).await;
    refused.says(["This room is closed now", "It opens on Tuesday 3 March at 08:00.", "Call 112"]);
    assert!(!takes(&refused), "she is not asked again what she cannot do");
    assert_eq!(scene.house().head().await, head, "nothing is recorded");
    scene.passes(14 * 60);
    door(&scene).await.says(["Closed now. It opens at 08:00."]);
    scene.passes(60);
    assert!(takes(&door(&scene).await));
}

#[tokio::test]
async fn a_suspended_door_shows_its_message_and_a_full_one_says_so() {
    let scene = scene().await;
    let house = scene.house();
    let message = Notice::parse("Fire drill <b>now</b>").expect("a notice");
    house.host(Action::SuspendRoom(house.reception, message)).await;
    let page = door(&scene).await;
    page.says(["Not taking check-ins at the moment.", "Fire drill &lt;b&gt;now&lt;/b&gt;"]);
    assert!(!takes(&page));
    house.host(Action::LiftSuspension(house.reception)).await;
    house.policy(house.reception, |policy| policy.queue_limit = 1).await;
    let late = scene.stranger();
    let form = late.see("/r/reception").await.form("/r/reception").with("name", "Jonas");
    house.check_in(1).await;
    let page = door(&scene).await;
    page.says(["The waiting room is full. Please try again in a while."]);
    assert!(!takes(&page));
    let refused = late.refused(&form, StatusCode::CONFLICT).await;
    refused.says(["Too many people are waiting; please try again later."]);
}

#[tokio::test]
async fn case_30_a_retired_link_leads_on_and_one_that_never_was_leads_nowhere() {
    let scene = scene().await;
    let house = scene.house();
    let slug = |text| Slug::parse(text).expect("a slug");
    house.host(Action::ChangeSlug(house.reception, slug("front"))).await;
    let patient = scene.stranger();
    assert_eq!(patient.led("/r/reception").await, "/r/front");
    let page = patient.see("/r/front").await;
    assert!(takes(&page));
    patient.granted(&page.form("/r/front").with("name", "Maria")).await;
    patient.see("/r/reception/waiting").await.says(["You are next"]);

    house.host(Action::ArchiveRoom(house.office)).await;
    let form = page.form("/r/front").with("name", "Maria");
    for gone in ["/r/dana", "/r/nobody", "/r/NOT%20one"] {
        let nothing = scene.stranger().open(gone).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND, "{gone}");
        assert!(!takes(&nothing));
        let form = Form { action: gone.to_owned(), ..form.clone() };
        scene.stranger().refused(&form, StatusCode::NOT_FOUND).await;
    }
}
