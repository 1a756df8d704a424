//! A small clinic behind its routes: who asks is said by a header, as a host that signs people in would.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::{Builder, Parts};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use clinic_domain::actor::TokenHash;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_engine::ports::MemoryCredentials;
use clinic_http::{Accounts, Authenticator, Caller, Cookies, Http, Source, Unavailable};
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::schema;
use crate::engine::fixture::House;

/// Believes a header: `member CLINIC MEMBER`, `patient N` or `host`.
#[derive(Debug)]
struct HeaderTrusting;

#[async_trait]
impl Authenticator for HeaderTrusting {
    async fn who(&self, head: &Parts) -> Result<Caller, Unavailable> {
        let said = head.headers.get("x-who").and_then(|value| value.to_str().ok());
        let words: Vec<&str> = said.unwrap_or_default().split(' ').collect();
        let id = |text: &str| Uuid::try_parse(text).expect("an id");
        Ok(match words[..] {
            ["member", clinic, member] => {
                Caller::Member(ClinicId(id(clinic)), MemberId(id(member)))
            }
            ["patient", n] => Caller::Patient(TokenHash([n.parse().expect("a number"); 32])),
            ["host"] => Caller::Host,
            _ => Caller::Nobody,
        })
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// A clinic and its routes.
pub(super) struct Served {
    pub(super) house: House,
    pub(super) http: Http,
    router: Router,
}

impl Served {
    pub(super) async fn new() -> Self {
        Self::of(House::new().await)
    }

    pub(super) fn of(house: House) -> Self {
        let (engine, authenticator) = (house.engine.clone(), Arc::new(HeaderTrusting));
        let credentials = Arc::new(MemoryCredentials::default());
        let accounts = Accounts::new(engine.clone(), credentials, Cookies { secure: true });
        let http = Http::new(engine, authenticator).accounts(accounts);
        Self { router: clinic_http::router(http.clone()), http, house }
    }

    pub(super) fn member(&self, member: MemberId) -> String {
        format!("member {} {member}", self.house.clinic)
    }

    pub(super) async fn get(&self, who: &str, path: &str) -> Answer {
        self.ask(who, Method::GET, path, None, Uuid::nil()).await
    }

    /// Asks whether what has this tag has changed.
    pub(super) async fn get_if(&self, who: &str, path: &str, tag: &str) -> Answer {
        let request = self.request(who, Method::GET, path).header("if-none-match", tag);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Posts under a command id.
    pub(super) async fn post(&self, who: &str, path: &str, body: Value, key: Uuid) -> Answer {
        self.ask(who, Method::POST, path, Some(body), key).await
    }

    /// Opens a stream, behind what was read before if anything was.
    pub(super) async fn stream(&self, who: &str, path: &str, last: Option<&str>) -> Response {
        let path = path.replace("{clinic}", &self.house.clinic.to_string());
        let mut request = Request::get(path).header("x-who", who);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).expect("a request");
        self.router.clone().oneshot(request).await.expect("a router always answers")
    }

    /// Posts a text as it is, as of this kind if of any.
    pub(super) async fn send_text(
        &self,
        who: &str,
        path: &str,
        kind: Option<&str>,
        text: String,
    ) -> Answer {
        let key = self.house.engine.mint().to_string();
        let mut request = self.request(who, Method::POST, path).header("idempotency-key", key);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        self.send(request.body(Body::from(text)).expect("a request")).await
    }

    async fn ask(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Uuid,
    ) -> Answer {
        let mut request = self.request(who, method, path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
            request = request.header("idempotency-key", key.to_string());
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).expect("a request")).await
    }

    fn request(&self, who: &str, method: Method, path: &str) -> Builder {
        let path = path.replace("{clinic}", &self.house.clinic.to_string());
        let request = Request::builder().method(method).uri(path);
        match who.split_once(" from ") {
            Some((who, source)) => {
                request.header("x-who", who).extension(Source(source.to_owned()))
            }
            None => request.header("x-who", who),
        }
    }

    /// Every answer is held against the description.
    async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answered = self.router.clone().oneshot(request).await;
        let response = answered.expect("a router always answers");
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        let plain = head
            .headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/plain; charset=utf-8");
        let body = if plain {
            Value::String(String::from_utf8_lossy(&bytes).into_owned())
        } else {
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        };
        schema::holds(&method, &path, head.status.as_u16(), &body)
            .unwrap_or_else(|why| panic!("{method} {path} is not as described: {why}"));
        Answer { status: head.status, headers: head.headers, body }
    }
}
