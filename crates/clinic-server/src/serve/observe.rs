//! What is told and counted of each request, and what every request is held to before it reaches a route.
//! It names routes, never what stood in a path, and nobody.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use clinic_engine::Engine;
use clinic_http::{Problem, Source};
use metrics::{counter, histogram};
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::connection::Peer;
use super::figures::{DURATION, REQUESTS};
use super::proxies::{Proxies, Sender};
use crate::limits;
use crate::stopwatch::Stopwatch;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is told of a request whose client went before it was answered. No status that is sent.
const GONE: u16 = 499;

/// Who looks at each request.
#[derive(Clone)]
struct Watch {
    engine: Engine,
    proxies: Arc<Proxies>,
}

/// Has all requests looked at on their way to the routes.
pub(super) fn observed(router: Router, engine: Engine, proxies: Proxies) -> Router {
    let watch = Watch { engine, proxies: Arc::new(proxies) };
    router.layer(RequestBodyTimeoutLayer::new(limits::BODY_PAUSE)).layer(middleware::from_fn(
        move |request, next| {
            let watch = watch.clone();
            async move { watch.look(request, next).await }
        },
    ))
}

impl Watch {
    async fn look(self, mut request: Request, next: Next) -> Response {
        let peer = request.extensions().get::<Peer>().copied();
        let sender = peer.map(|Peer(peer)| self.proxies.sender(peer, request.headers()));
        let id = self.id(sender, request.headers());
        let mut told = Told::begin(&request, id.clone());
        if let Some(sender) = sender {
            request.extensions_mut().insert(sender);
            request.extensions_mut().insert(Source(sender.source()));
        }
        let mut response = match unmeasured(&request) {
            Some(refused) => refused,
            None => next.run(request).await,
        };
        told.status = response.status().as_u16();
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }

    /// The id that a named proxy has given, or a new one.
    fn id(&self, sender: Option<Sender>, headers: &HeaderMap) -> HeaderValue {
        let given = headers.get(REQUEST_ID).filter(|_| sender.is_some_and(Sender::is_vouched));
        let given = given.filter(|given| {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(byte);
            let length = given.as_bytes().len();
            (1..=limits::REQUEST_ID_CHARS).contains(&length) && given.as_bytes().iter().all(plain)
        });
        let fresh = || {
            let fresh = HeaderValue::from_str(&self.engine.mint().to_string());
            fresh.unwrap_or(HeaderValue::from_static("none"))
        };
        given.cloned().unwrap_or_else(fresh)
    }
}

/// Refuses a body of unknown length over HTTP/1. All bodies here are short, and where two parties may
/// disagree on where a body ends, one of them can be made to take its rest for a request.
fn unmeasured(request: &Request) -> Option<Response> {
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    if !chunked || request.version() >= Version::HTTP_2 {
        return None;
    }
    let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
    Some((close, Problem::unmeasured()).into_response())
}

/// One request, told and counted when this is dropped, whether or not it was answered.
struct Told {
    id: HeaderValue,
    method: &'static str,
    /// The route as it is written in the code; none where none fits.
    route: Option<MatchedPath>,
    since: Stopwatch,
    status: u16,
}

impl Told {
    fn begin(request: &Request, id: HeaderValue) -> Self {
        let (method, route) = (method(request.method()), request.extensions().get().cloned());
        Self { id, method, route, since: Stopwatch::start(), status: GONE }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let (method, status, micros) = (self.method, self.status, self.since.micros());
        let route = self.route.as_ref().map_or("(none)", MatchedPath::as_str);
        let ms = micros.div_ceil(1_000);
        let id = self.id.to_str().unwrap_or_default();
        tracing::info!(target: "clinic::request", id, method, route, status, ms);
        let labels = [("method", method.to_owned()), ("route", route.to_owned())];
        histogram!(DURATION, &labels).record(std::time::Duration::from_micros(micros));
        let [method, route] = labels;
        counter!(REQUESTS, &[method, route, ("status", status.to_string())]).increment(1);
    }
}

/// A method by name. Clients may make up others, and each would be a figure of its own.
fn method(method: &Method) -> &'static str {
    let known = [
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::OPTIONS, "OPTIONS"),
    ];
    known.into_iter().find(|(one, _)| one == method).map_or("other", |(_, name)| name)
}
