//! Pages for people: check-in and waiting room for patients, the desk for members.
//!
//! Each page is made by the server and works without a script. What is asked on it is a form that goes
//! through [`ask`] to the routes of the API, so a page may do what its reader may, and nothing else. What
//! is live comes by [`live`]: one stream of changed parts for each page, which `assets/live.js` puts in
//! their places.
//!
//! - `layout` is the frame of every page, `words` holds all that they say, `assets` the styles and scripts.
//! - `notice` is what a room tells everybody.
//! - `place` finds the clinic and the room that an address means, `signed` who is signed in.
//! - `sign_in`, `check_in`, `waiting`, `desk`, `admin` and `account` are pages; `visit` and `today` tell of a
//!   moment, by the clock of `wall`.

mod account;
mod admin;
mod ask;
mod assets;
mod check_in;
mod desk;
mod layout;
mod live;
mod notice;
mod place;
mod sign_in;
mod signed;
mod today;
mod visit;
mod waiting;
mod wall;
mod words;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

use crate::Http;

/// What pages work with: what the routes do, and the routes themselves.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    http: Http,
    api: Router,
}

/// The pages over these routes of the API.
pub(crate) fn routes(http: Http, api: Router) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/desk")))
        .route("/sign-in", get(sign_in::page).post(sign_in::send))
        .route("/invitation", get(sign_in::invitation).post(sign_in::accept))
        .merge(patients())
        .nest("/c/{clinic}", patients())
        .merge(desk::routes())
        .merge(admin::routes())
        .merge(account::routes())
        .merge(visit::routes())
        .merge(today::routes())
        .route("/do/{*path}", post(ask::form))
        .route("/assets/{version}/{file}", get(assets::file))
        .with_state(Pages { http, api })
}

/// What patients open; below `/c/{clinic}` where one server has several clinics.
fn patients() -> Router<Pages> {
    Router::new()
        .route("/r/{slug}", get(check_in::page).post(check_in::send))
        .route("/r/{slug}/waiting", get(waiting::page))
        .route("/r/{slug}/live", get(waiting::live))
        .route("/r/{slug}/join", get(waiting::join))
        .route("/r/{slug}/not-you", post(check_in::not_you))
}
