//! What a server counts, and who may read it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::interval;

use super::pages;
use super::proxies::Sender;
use crate::failure::Failure;
use crate::limits;

/// Requests that were answered, or whose clients went.
pub(super) const REQUESTS: &str = "http_requests_total";
/// How long their answers took to begin.
pub(super) const DURATION: &str = "http_request_duration_seconds";
/// Connections that are open.
pub(super) const CONNECTIONS: &str = "http_connections";

/// What has been counted so far.
#[derive(Clone)]
pub(super) struct Figures {
    handle: PrometheusHandle,
    token: Option<Arc<str>>,
}

impl Figures {
    /// Begins to count, in all of this process.
    pub(super) fn begin(token: Option<String>) -> Result<Self, Failure> {
        let broken = |why: &dyn std::fmt::Display| Failure::Broken(format!("no metrics: {why}"));
        let duration = Matcher::Full(DURATION.to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(duration, &limits::DURATION_BUCKETS)
            .map_err(|why| broken(&why))?;
        let handle = builder.install_recorder().map_err(|why| broken(&why))?;
        describe_counter!(REQUESTS, "Requests by route, method and status; 499: the client went.");
        describe_histogram!(DURATION, "Time until the answer began, by route and method.");
        describe_gauge!(CONNECTIONS, "Connections that are open.");
        clinic_http::figures::describe();
        Ok(Self { handle, token: token.map(Arc::from) })
    }

    /// Folds figures together from time to time, until it is dropped.
    pub(super) async fn keep(self) {
        let mut turns = interval(limits::METRICS_UPKEEP);
        loop {
            turns.tick().await;
            self.handle.run_upkeep();
        }
    }

    /// The route under which they are read.
    pub(super) fn routes(self) -> Router {
        Router::new().route(
            "/metrics",
            get(move |sender: Option<Extension<Sender>>, head: HeaderMap| {
                let shown = self.shown(sender.map(|Extension(sender)| sender), &head);
                async move { shown }
            }),
        )
    }

    /// To whoever may not read them, there is nothing.
    fn shown(&self, sender: Option<Sender>, head: &HeaderMap) -> Response {
        if !sender.is_some_and(Sender::is_local) && !self.knows(head) {
            return pages::unknown();
        }
        let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
        (kind, self.handle.render()).into_response()
    }

    fn knows(&self, head: &HeaderMap) -> bool {
        let said = head.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
        let said = said.and_then(|said| said.strip_prefix("Bearer "));
        let (Some(token), Some(said)) = (&self.token, said) else { return false };
        // Over the whole length, so that the time taken tells no more than how long it is.
        let differs = token.bytes().zip(said.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
        token.len() == said.len() && differs == 0
    }
}
