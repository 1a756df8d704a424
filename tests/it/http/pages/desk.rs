//! The desk of a member: what it shows her, what it offers her, and what each of its forms does.

mod acts;
mod endings;
mod offers;
mod signing_in;
mod transfers;

use clinic_domain::ids::VisitId;
use serde_json::Value;

use super::html::{Form, Opened};
use super::window::{Scene, Window};

/// A member's desk.
async fn desk(window: &Window) -> Opened {
    window.see("/desk").await
}

/// Somebody clicks on the button of this wish in the row of a visit.
async fn clicks(window: &Window, visit: VisitId, wish: &str) {
    let form = desk(window).await.row(visit).form(&format!("/{wish}"));
    assert_eq!(window.granted(&form).await, "/desk", "{wish}");
}

/// The form of a page that takes more than a click.
async fn asks(window: &Window, visit: VisitId, what: &str) -> Form {
    let page = window.see(&format!("/desk/visits/{visit}/{what}")).await;
    page.form(&format!("/do/clinics/{}", page.part("/do/clinics/", "\"").html))
}

/// The rows of Reception's board, as the API has them.
async fn board(scene: &Scene) -> Vec<Value> {
    let board = scene.ada.told(&format!("rooms/{}/board", scene.house().reception)).await;
    board["rows"].as_array().expect("rows").clone()
}
