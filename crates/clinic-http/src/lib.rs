//! The clinic over HTTP.
//!
//! [`router`] makes an `axum` router over an [`Engine`]: mount it where you like. Who asks is told by an
//! [`Authenticator`]; every command goes to the engine as that actor and as nobody else, so rights are
//! decided by the clinic's rules, at the commit. [`openapi`] describes it, from the same code.
//!
//! - `who` says who asks and from where, `clinic` looks only into clinics where the asker is somebody.
//! - `commands` is a route for each wish, `reads` one for each read model.
//! - `shown` gives every read model a tag, `access` notes who has read what.
//! - `problem` is the one place where a refusal becomes an answer (RFC 9457).

mod access;
mod clinic;
mod commands;
mod description;
mod facts;
mod headers;
pub mod limits;
mod path;
mod problem;
mod query;
mod reads;
mod shown;
mod who;

use std::sync::Arc;

use axum::Router;
use clinic_engine::Engine;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use path::Path;
pub use problem::{Problem, refusals};
pub(crate) use query::Query;
pub(crate) use shown::Shown;
pub use who::{Authenticator, Caller, Source, Unavailable};

/// What the routes work with.
#[derive(Clone, Debug)]
pub struct Http {
    engine: Engine,
    authenticator: Arc<dyn Authenticator>,
}

impl Http {
    /// These clinics, for those whom the authenticator knows.
    #[must_use]
    pub fn new(engine: Engine, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { engine, authenticator }
    }
}

/// Everything below `/api`, and `/openapi.json`, with the headers and limits of an edge.
pub fn router(http: Http) -> Router {
    let (router, document) = routes().split_for_parts();
    let document = Arc::new(document);
    let described = axum::routing::get(move || {
        let document = Arc::clone(&document);
        async move { axum::Json((*document).clone()) }
    });
    headers::guard(router.route("/openapi.json", described).with_state(http))
}

/// The description of all routes.
#[must_use]
pub fn openapi() -> Document {
    routes().split_for_parts().1
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Clinic",
    description = "A virtual clinic: check-in, waiting rooms, calls and transfers.",
    license(name = "MIT OR Apache-2.0")
), tags(
    (name = "clinic", description = "A clinic, its members and what it may use."),
    (name = "rooms", description = "Rooms, their doors and their boards."),
    (name = "visits", description = "Visits: calls, transfers, notes and how they close."),
    (name = "patients", description = "What patients ask and see."),
    (name = "reports", description = "What happened, and how long it took."),
    (name = "service", description = "Whether the service is there.")
))]
struct Description;

fn routes() -> OpenApiRouter<Http> {
    let mut routes = OpenApiRouter::with_openapi(Description::openapi())
        .merge(headers::health())
        .nest("/api", commands::routes().merge(reads::routes()));
    description::finished(routes.get_openapi_mut());
    routes
}
