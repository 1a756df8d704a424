//! What every answer carries, and what every request is held to.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::description::grouped;
use crate::{Http, Problem, limits};

/// Nothing from elsewhere, nothing inline, nobody frames it. What a page makes of text as HTML goes through
/// the one policy of `pages/assets/patch.js`.
const POLICY: &str = "default-src 'self'; script-src 'self'; connect-src 'self'; media-src 'self' \
     blob: mediastream:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types clinic";

/// The same on every answer, whatever it is.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(self)"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Puts the limits of an edge before routes and its headers behind them. [`router`](crate::router) has
/// them; this is for what a host serves beside it.
pub fn guard(router: Router) -> Router {
    let router = router
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits::REQUEST))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(map_response(worded));
    ALWAYS.into_iter().fold(router, |router, (name, value)| {
        let value = HeaderValue::from_static(value);
        router.layer(SetResponseHeaderLayer::if_not_present(name, value))
    })
}

/// Tells a problem in words where what stands around the routes gave no more than a status.
async fn worded(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let Some(problem) = Problem::bare(response.status()).filter(|_| bare) else { return response };
    let (told, mut answer) = (response.into_parts().0.headers, problem.into_response());
    if let Some(allowed) = told.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    answer
}

pub(crate) fn health() -> OpenApiRouter<Http> {
    grouped("service", OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)))
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = str)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the log answers, and soon enough.
#[utoipa::path(
    get,
    path = "/readyz",
    responses((status = 200, body = str), (status = "default", body = Problem))
)]
async fn readyz(State(http): State<Http>) -> Result<&'static str, Problem> {
    match timeout(limits::READY, http.engine.answers()).await {
        Ok(Ok(())) => Ok("ok\n"),
        Ok(Err(_)) | Err(_) => Err(Problem::unavailable()),
    }
}
