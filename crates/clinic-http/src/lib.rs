//! The clinic over HTTP.
//!
//! [`router`] makes an `axum` router over an [`Engine`]: mount it where you like. Who asks is told by an
//! [`Authenticator`]; every command goes to the engine as that actor and as nobody else, so rights are
//! decided by the clinic's rules, at the commit. [`openapi`] describes it, from the same code.
//!
//! - `who` says who asks and from where, `clinic` looks only into clinics where the asker is somebody.
//! - `commands` is a route for each wish, `reads` one for each read model.
//! - `streams` are live: what changes, for as long as its reader may see it.
//! - `accounts` signs members in and gives patients their tokens, where the host does not; `access` records
//!   who reads personal data.
//! - `pages` are for people, where they are wanted.
//! - `shown` gives every read model a tag, and `problem` is the one place where a refusal becomes an answer
//!   (RFC 9457).
//! - `figures` counts what came of commands and sign-ins, where somebody has installed a recorder.

mod access;
mod accounts;
mod clinic;
mod commands;
mod description;
mod facts;
pub mod figures;
mod headers;
pub mod limits;
mod pages;
mod path;
mod problem;
mod query;
mod reads;
mod shown;
mod streams;
mod who;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use clinic_engine::Engine;
use clinic_engine::ports::{AccessLog, MemoryAccess};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;

pub use accounts::{Accounts, Cookies};
pub use headers::guard;
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
    streams: streams::Hubs,
    access: Arc<dyn AccessLog>,
    accounts: Option<Accounts>,
    pages: bool,
}

impl Http {
    /// These clinics, for those whom the authenticator knows.
    #[must_use]
    pub fn new(engine: Engine, authenticator: Arc<dyn Authenticator>) -> Self {
        let (access, streams) = (Arc::new(MemoryAccess::default()), streams::Hubs::default());
        Self { engine, authenticator, streams, access, accounts: None, pages: false }
    }

    /// Ends all open streams, as before a shutdown: each tells its reader the cursor at which it goes on.
    pub fn end_streams(&self) {
        self.streams.end();
    }

    /// Records who reads personal data here; without it, the last readings are kept in memory.
    #[must_use]
    pub fn access(self, access: Arc<dyn AccessLog>) -> Self {
        Self { access, ..self }
    }

    /// Serves the routes by which members sign in, and patients get their tokens, too. The same
    /// accounts are to be the authenticator, or nobody sees who has signed in.
    #[must_use]
    pub fn accounts(self, accounts: Accounts) -> Self {
        Self { accounts: Some(accounts), ..self }
    }

    /// Serves the pages for people, too: check-in and waiting room, the desk, and what admins set.
    #[must_use]
    pub fn pages(self) -> Self {
        Self { pages: true, ..self }
    }
}

/// Everything below `/api`, and `/openapi.json`, and the pages if they are wanted, with the headers and limits of an edge.
pub fn router(http: Http) -> Router {
    let (router, document) = routes(http.accounts.is_some()).split_for_parts();
    // Written once: it is the same for everybody, and takes long.
    let document = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let described = axum::routing::get(move || async move { (kind, document) });
    let api = router.route("/openapi.json", described).with_state(http.clone());
    headers::guard(if http.pages { api.clone().merge(pages::routes(http, api)) } else { api })
}

/// The description of all routes, those of accounts included.
#[must_use]
pub fn openapi() -> Document {
    routes(true).split_for_parts().1
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

fn routes(with_accounts: bool) -> OpenApiRouter<Http> {
    let mut api = OpenApiRouter::new()
        .merge(commands::routes())
        .merge(reads::routes())
        .merge(streams::routes())
        .merge(access::routes());
    if with_accounts {
        api = api.merge(accounts::routes());
    }
    let mut routes = OpenApiRouter::with_openapi(Description::openapi())
        .merge(headers::health())
        .nest("/api", api);
    description::finished(routes.get_openapi_mut());
    if with_accounts {
        description::cookied(routes.get_openapi_mut());
    }
    routes
}
