//! A browser without a script: it opens pages, and sends the forms on them as they stand there.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use clinic_http::Http;
use tower::ServiceExt as _;

use crate::http::people::browser::{Browser, Clinic};

/// Ada's, who is the Owner.
pub(super) const OWNERS: &str = "battery staple";

/// The small clinic with its pages; Ada signs in as `ada`.
pub(super) async fn clinic() -> Clinic {
    let mut clinic = Clinic::new().await;
    let (engine, accounts) = (clinic.house.engine.clone(), clinic.accounts.clone());
    let http = Http::new(engine, Arc::new(accounts.clone())).accounts(accounts).pages();
    clinic.router = clinic_http::router(http);
    clinic.account("ada", clinic.ada, OWNERS).await;
    clinic
}

/// A page that was opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) status: StatusCode,
    /// Where it leads, if it leads elsewhere.
    pub(super) location: Option<String>,
    pub(super) html: String,
}

impl Opened {
    /// The form whose action ends so, with what its fields hold.
    pub(super) fn form(&self, action: &str) -> Form {
        let mut forms = self.html.split("<form ").skip(1).filter_map(|form| form.split_once('>'));
        let ours = |head: &str| attribute(head, "action").is_some_and(|at| at.ends_with(action));
        let found = forms.find(|(head, _)| ours(head));
        let (head, rest) = found.unwrap_or_else(|| panic!("no form {action} in {}", self.html));
        let inside = rest.split_once("</form>").map_or(rest, |(inside, _)| inside);
        Form { action: attribute(head, "action").expect("an action"), fields: fields(inside) }
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }
}

/// A form as it stands on its page.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    /// Types something into a field that is there.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(field, _)| field == name);
        value.clone_into(&mut field.unwrap_or_else(|| panic!("no field {name}")).1);
        self
    }
}

fn fields(html: &str) -> Vec<(String, String)> {
    let (mut fields, mut select) = (vec![], None);
    for tag in html.split('<').skip(1) {
        let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
        let name = attribute(head, "name");
        let value = attribute(head, "value").unwrap_or_default();
        let kind = attribute(head, "type").unwrap_or_default();
        let picked = kind != "radio" && kind != "checkbox" || head.contains(" checked");
        match (head.split(' ').next(), name, &select) {
            (Some("input"), Some(name), _) if picked => fields.push((name, value)),
            (Some("textarea"), Some(name), _) => fields.push((name, plain(text))),
            (Some("select"), Some(name), _) => select = Some((name, fields.len())),
            // The first one, until another is selected.
            (Some("option"), _, Some((name, at)))
                if fields.len() == *at || head.contains(" selected") =>
            {
                fields.truncate(*at);
                fields.push((name.clone(), value));
            }
            _ => {}
        }
    }
    fields
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

/// Pages in a browser that has signed in, or has not.
pub(super) struct Window<'c> {
    clinic: &'c Clinic,
    browser: Browser,
}

impl<'c> Window<'c> {
    pub(super) fn new(clinic: &'c Clinic) -> Self {
        Self { clinic, browser: Browser::default() }
    }

    pub(super) async fn of(clinic: &'c Clinic, name: &str, password: &str) -> Self {
        Self { clinic, browser: clinic.signed_in(name, password).await }
    }

    pub(super) async fn of_ada(clinic: &'c Clinic) -> Self {
        Self::of(clinic, "ada", OWNERS).await
    }

    pub(super) async fn open(&self, path: &str) -> Opened {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// Opens a page that must be there.
    pub(super) async fn see(&self, path: &str) -> Opened {
        let opened = self.open(path).await;
        assert_eq!(opened.status, StatusCode::OK, "{path}: {}", opened.html);
        opened
    }

    pub(super) async fn submit(&self, form: &Form) -> Opened {
        let body = serde_urlencoded::to_string(&form.fields).expect("fields");
        self.send(Method::POST, &form.action, Body::from(body)).await
    }

    /// Sends a form that is granted: it leads back to a page.
    pub(super) async fn granted(&self, form: &Form) -> String {
        let answer = self.submit(form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{form:?}: {}", answer.html);
        answer.location.expect("a way back")
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> Opened {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, "clinic.example");
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in &self.browser.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        let request = request.body(body).expect("a request");
        let answered = self.clinic.router.clone().oneshot(request).await;
        let (head, body) = answered.expect("a router always answers").into_parts();
        let location = head.headers.get(header::LOCATION);
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        Opened {
            status: head.status,
            location: location.map(|at| at.to_str().expect("text").to_owned()),
            html: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }
}
