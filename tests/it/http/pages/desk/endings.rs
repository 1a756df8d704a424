//! How visits end at the desk, and come back.

use axum::http::StatusCode;
use clinic_domain::time::Millis;

use super::{asks, board, clicks, desk};
use crate::http::pages::window::Scene;

#[tokio::test]
async fn a_visit_is_closed_for_each_reason_and_reopened() {
    let scene = Scene::new().await;
    for (n, reason, said) in [
        (1, "no_show", "no show"),
        (2, "end_of_day", "end of day"),
        (3, "removed", "removed"),
        (4, "completed", "completed"),
    ] {
        let visit = scene.comes(n, "Maria Okoye").await;
        let form = asks(&scene.rita, visit, "close").await;
        let called = reason == "completed";
        assert!(!form.offered("reason").contains(&"completed".to_owned()), "it had no call");
        if called {
            clicks(&scene.rita, visit, "start-call").await;
            clicks(&scene.rita, visit, "end-call").await;
        }
        let form = asks(&scene.rita, visit, "close").await.choosing("reason", reason);
        if reason == "removed" {
            let refused = scene.rita.refused(&form, StatusCode::UNPROCESSABLE_ENTITY).await;
            refused.says(["Is missing: a removal says why."]);
        }
        let form = if reason == "removed" { form.with("why", "by <mistake>") } else { form };
        assert_eq!(scene.rita.granted(&form).await, "/desk", "{reason}");
        assert!(board(&scene).await.is_empty(), "{reason}");
        let closed = desk(&scene.rita).await.section("closed");
        closed.says(["Maria Okoye", said]);
        scene.rita.granted(&closed.form(&format!("/visits/{visit}/reopen-visit"))).await;
        desk(&scene.rita).await.row(visit).says(["Waiting"]);
        let again = asks(&scene.rita, visit, "close").await.choosing("reason", "end_of_day");
        scene.rita.granted(&again).await;
    }
    scene.passes(30);
    scene.comes(9, "Jonas").await;
    desk(&scene.rita).await.section("closed").says(["Visits that closed can be reopened here"]);
}

#[tokio::test]
async fn a_call_is_completed_with_one_click_and_the_patient_is_told() {
    let scene = Scene::new().await;
    let (maria, visit) = scene.patient("Maria").await;
    clicks(&scene.rita, visit, "start-call").await;
    let complete = desk(&scene.rita).await.section("now").form("/close-visit");
    assert_eq!(complete.button, "Complete");
    scene.rita.granted(&complete).await;
    maria.see("/r/reception/waiting").await.says(["Your visit is over"]);
    let page = desk(&scene.rita).await;
    page.section("closed").says(["Maria completed 09:00"]);
    page.says(["Nobody is here."]);
}

#[tokio::test]
async fn whoever_is_inside_after_closing_time_is_named_and_may_stay() {
    let scene = Scene::new().await;
    let house = scene.house();
    scene.opens(house.reception, "UTC", 8 * 60, 10 * 60).await;
    let visit = scene.comes(1, "Maria Okoye").await;
    assert!(!desk(&scene.rita).await.row(visit).offers().contains("carry-over"));
    house.clock.advance(Millis::minutes(61));
    // Time goes by in the clinic only when somebody looks at its clock.
    house.engine.tick().await.expect("a tick");
    let page = desk(&scene.rita).await;
    page.says([
        "Closing time has passed, and still here: Maria Okoye.",
        "Closed until Tuesday 3 March, 08:00",
    ]);
    assert!(page.has("data-level=\"late\""), "an hour is too long");
    clicks(&scene.rita, visit, "carry-over").await;
    let page = desk(&scene.rita).await;
    page.lacks(["Closing time has passed"]);
    assert!(!page.row(visit).offers().contains("carry-over"));
}
