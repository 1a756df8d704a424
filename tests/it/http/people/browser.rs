//! A clinic that signs its members in by itself, and browsers that keep its cookies.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::ids::MemberId;
use clinic_engine::ports::{AccessLog, Credentials, KeptAccount, MemoryAccess, MemoryCredentials};
use clinic_engine::secrets::{Password, SignInName};
use clinic_http::{Accounts, Cookies, Http, Source};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::engine::fixture::{House, title};
use crate::http::fixture::Answer;

/// Rita's.
pub(in crate::http) const PASSWORD: &str = "correct horse";

/// A small clinic: ada is its Owner, rita at the desk signs in as `rita`.
pub(in crate::http) struct Clinic {
    pub(in crate::http) house: House,
    pub(in crate::http) ada: MemberId,
    pub(in crate::http) credentials: Arc<MemoryCredentials>,
    pub(in crate::http) accounts: Accounts,
    pub(in crate::http) router: Router,
}

impl Clinic {
    pub(in crate::http) async fn new() -> Self {
        Self::with(Cookies { secure: true }, Arc::new(MemoryAccess::default())).await
    }

    pub(in crate::http) async fn with(cookies: Cookies, access: Arc<dyn AccessLog>) -> Self {
        let house = House::new().await;
        let credentials = Arc::new(MemoryCredentials::default());
        let accounts = Accounts::new(house.engine.clone(), Arc::clone(&credentials) as _, cookies);
        let http = Http::new(house.engine.clone(), Arc::new(accounts.clone()));
        let router = clinic_http::router(http.access(access).accounts(accounts.clone()));
        let owner = house.engine.read(house.clinic, None, |views| {
            let mut members = views.census.clinic().founded().expect("founded").members.iter();
            *members.find(|(_, member)| member.role == Role::Owner).expect("an Owner").0
        });
        let ada = owner.await.expect("a clinic");
        let clinic = Self { house, ada, credentials, accounts, router };
        clinic.account("rita", clinic.house.rita, PASSWORD).await;
        clinic
    }

    /// Gives a member an account.
    pub(in crate::http) async fn account(&self, name: &str, member: MemberId, password: &str) {
        let name = SignInName::parse(name).expect("a name");
        let password = Password::chosen(password, &name).expect("a password");
        let clinic = self.house.clinic;
        let kept = self.credentials.keep_account(&name, clinic, member, &password).await;
        assert!(matches!(kept, Ok(KeptAccount::Kept(_))), "{kept:?}");
    }

    /// A member of this role.
    pub(in crate::http) async fn member(&self, name: &str, role: Role) -> MemberId {
        let add = Action::AddMember { name: title(name), role, external_ref: None };
        let added = self.house.ask(Actor::Member(self.ada), add).await.expect("ada may");
        added.member().expect("a member")
    }

    /// A browser in which somebody has signed in.
    pub(in crate::http) async fn signed_in(&self, name: &str, password: &str) -> Browser {
        let mut browser = Browser::default();
        let answer = browser.sign_in(self, name, password).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        browser
    }
}

/// Keeps cookies and sends them back.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Browser {
    pub(in crate::http) cookies: BTreeMap<String, String>,
    /// Where its requests come from, if that is known.
    pub(in crate::http) source: Option<&'static str>,
}

impl Browser {
    pub(in crate::http) fn from(source: &'static str) -> Self {
        Self { source: Some(source), ..Self::default() }
    }

    pub(in crate::http) async fn sign_in(
        &mut self,
        to: &Clinic,
        name: &str,
        password: &str,
    ) -> Answer {
        self.post(to, "/api/sign-in", json!({ "name": name, "password": password })).await
    }

    pub(in crate::http) async fn get(&mut self, to: &Clinic, path: &str) -> Answer {
        self.ask(to, Method::GET, path, None, &[]).await
    }

    pub(in crate::http) async fn post(&mut self, to: &Clinic, path: &str, body: Value) -> Answer {
        self.ask(to, Method::POST, path, Some(body), &[]).await
    }

    /// Opens a stream.
    pub(in crate::http) async fn stream(&self, to: &Clinic, path: &str) -> Response {
        let path = path.replace("{clinic}", &to.house.clinic.to_string());
        let mut request = Request::get(path);
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        let request = request.body(Body::empty()).expect("a request");
        to.router.clone().oneshot(request).await.expect("a router always answers")
    }

    /// Who this browser's holder is to the clinic; none: nobody.
    pub(in crate::http) async fn me(&mut self, to: &Clinic) -> Option<Uuid> {
        let me = self.get(to, "/api/me").await;
        if me.status == StatusCode::UNAUTHORIZED {
            return None;
        }
        assert_eq!(me.status, StatusCode::OK, "{:?}", me.body);
        Some(Uuid::try_parse(me.body["member"].as_str().expect("an id")).expect("an id"))
    }

    pub(in crate::http) async fn ask(
        &mut self,
        to: &Clinic,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let path = path.replace("{clinic}", &to.house.clinic.to_string());
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.cookies {
            // A line each, as HTTP/2 may send them.
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(source) = self.source {
            request = request.extension(Source(source.to_owned()));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
            request = request.header("idempotency-key", to.house.engine.mint().to_string());
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).expect("a request");
        let answered = to.router.clone().oneshot(request).await;
        let (head, body) = answered.expect("a router always answers").into_parts();
        self.keep(&head.headers);
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: head.status, headers: head.headers, body }
    }

    /// Keeps the cookies of an answer, and drops those that it takes away.
    pub(in crate::http) fn keep(&mut self, headers: &HeaderMap) {
        for line in set_cookies(headers) {
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a name");
            if attributes.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The lines by which an answer sets cookies.
pub(in crate::http) fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::SET_COOKIE).iter();
    lines.map(|line| line.to_str().expect("text").to_owned()).collect()
}
