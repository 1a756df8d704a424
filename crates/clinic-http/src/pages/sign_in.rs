//! How members sign in, and how they accept an invitation.

use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::ask::{Typed, led, problem};
use super::layout::{Page, Reader, told};
use super::words as w;
use super::{Pages, layout};
use crate::{Problem, Query};

/// Where somebody goes who has signed in.
#[derive(Debug, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// By what an invited member shows that it is she.
#[derive(Debug, Deserialize)]
pub(super) struct Invited {
    #[serde(default)]
    token: String,
}

pub(super) async fn page(
    State(pages): State<Pages>,
    Query(Back { back }): Query<Back>,
) -> Html<String> {
    sign_in(&pages, &back, "", None)
}

pub(super) async fn send(State(pages): State<Pages>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let typed = match Typed::of(body).await {
        Ok(typed) => typed,
        Err(problem) => return layout::failed(&problem, "/sign-in"),
    };
    let (name, password) = (typed.get("name").unwrap_or(""), typed.get("password").unwrap_or(""));
    let asked = json!({ "name": name, "password": password });
    match pages.ask(&head, "sign-in", None, &asked).await.and_then(problem) {
        Ok(response) => led(response, typed.back()),
        Err(refused) => {
            let page = sign_in(&pages, typed.back(), name, Some(&refused));
            (refused.answer_status(), page).into_response()
        }
    }
}

fn sign_in(pages: &Pages, back: &str, name: &str, refused: Option<&Problem>) -> Html<String> {
    let body = html! {
        section.card.narrow {
            h1 { (w::SIGN_IN) }
            (told(refused, &LABELS))
            form method="post" action="/sign-in" {
                input type="hidden" name="back" value=(back);
                label { (w::SIGN_IN_NAME)
                    input name="name" value=(name) autocomplete="username" required autofocus[name.is_empty()];
                }
                label { (w::PASSWORD)
                    input type="password" name="password" autocomplete="current-password" required autofocus[!name.is_empty()];
                }
                button.primary { (w::SIGN_IN) }
            }
        }
    };
    made(pages, w::SIGN_IN, body)
}

pub(super) async fn invitation(
    State(pages): State<Pages>,
    Query(Invited { token }): Query<Invited>,
) -> Html<String> {
    invited(&pages, &token, "", None)
}

pub(super) async fn accept(State(pages): State<Pages>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let typed = match Typed::of(body).await {
        Ok(typed) => typed,
        Err(problem) => return layout::failed(&problem, "/sign-in"),
    };
    let field = |name| typed.get(name).unwrap_or("");
    let (token, name) = (field("token"), field("name"));
    let asked = json!({ "token": token, "name": name, "password": field("password") });
    match pages.ask(&head, "accept-invitation", None, &asked).await.and_then(problem) {
        Ok(response) => led(response, "/desk"),
        Err(refused) => {
            let page = invited(&pages, token, name, Some(&refused));
            (refused.answer_status(), page).into_response()
        }
    }
}

fn invited(pages: &Pages, token: &str, name: &str, refused: Option<&Problem>) -> Html<String> {
    let body = html! {
        section.card.narrow {
            h1 { (w::INVITATION) }
            p { (w::INVITATION_LEAD) }
            (told(refused, &LABELS))
            form method="post" action="/invitation" {
                input type="hidden" name="token" value=(token);
                label { (w::SIGN_IN_NAME) span.hint { (w::SIGN_IN_NAME_HINT) }
                    input name="name" value=(name) autocomplete="username" maxlength="100" required;
                }
                label { (w::PASSWORD) span.hint { (w::PASSWORD_HINT) }
                    input type="password" name="password" autocomplete="new-password" minlength="10" maxlength="200" required;
                }
                button.primary { (w::ACCEPT_INVITATION) }
            }
        }
    };
    made(pages, w::INVITATION, body)
}

fn made(pages: &Pages, title: &str, body: Markup) -> Html<String> {
    let now = pages.http.engine.now();
    Page { title, reader: Reader::Anybody, live: None, now, body }.made()
}

/// What the fields are called that may be wrong.
const LABELS: [(&str, &str); 2] = [("name", w::SIGN_IN_NAME), ("password", w::PASSWORD)];
