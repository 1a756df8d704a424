//! A member's own account: her password, and her sessions.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde_json::json;

use super::Pages;
use super::ask::{Typed, problem};
use super::layout::{self, Page, Reader, Tab, told};
use super::signed::Signed;
use super::words as w;
use crate::Problem;

pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/account", get(page).post(change))
}

/// What came of what she has asked.
enum Outcome {
    Nothing,
    Changed,
    Refused(Problem),
}

async fn page(State(pages): State<Pages>, signed: Signed) -> Response {
    shown(&pages, &signed, &Outcome::Nothing)
}

async fn change(State(pages): State<Pages>, signed: Signed, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let typed = match Typed::of(body).await {
        Ok(typed) => typed,
        Err(problem) => return layout::failed(&problem, "/account"),
    };
    let field = |name| typed.get(name).unwrap_or("");
    let asked = json!({ "old": field("old"), "new": field("new") });
    let outcome = match pages.ask(&head, "change-password", None, &asked).await.and_then(problem) {
        Ok(_done) => Outcome::Changed,
        Err(refused) => Outcome::Refused(refused),
    };
    shown(&pages, &signed, &outcome)
}

fn shown(pages: &Pages, signed: &Signed, outcome: &Outcome) -> Response {
    let (refused, changed) = match outcome {
        Outcome::Nothing => (None, false),
        Outcome::Changed => (None, true),
        Outcome::Refused(problem) => (Some(problem), false),
    };
    let body = html! {
        div.admin.narrow {
            h1 { (w::ACCOUNT) }
            section.card {
                h2 { (w::CHANGE_PASSWORD) }
                @if changed { p.state.good role="status" { (w::PASSWORD_CHANGED) } }
                (told(refused, &LABELS))
                p.hint { (w::CHANGE_PASSWORD_LEAD) }
                (password())
                p.hint { (w::LOST_PASSWORD) }
            }
            section.card {
                h2 { (w::SIGN_OUT_EVERYWHERE) }
                p.hint { (w::SIGN_OUT_EVERYWHERE_LEAD) }
                form method="post" action="/do/sign-out-everywhere" {
                    input type="hidden" name="back" value="/sign-in";
                    div.row { button { (w::SIGN_OUT_EVERYWHERE) } }
                }
            }
        }
    };
    let reader = Reader::Member(signed, Tab::Account);
    let page = Page { title: w::ACCOUNT, reader, live: None, now: pages.http.engine.now(), body };
    let status = refused.map(Problem::answer_status).unwrap_or_default();
    (status, page.made()).into_response()
}

fn password() -> Markup {
    html! {
        form method="post" action="/account" {
            label { (w::OLD_PASSWORD)
                input type="password" name="old" autocomplete="current-password" maxlength="200" required;
            }
            label { (w::NEW_PASSWORD) span.hint { (w::PASSWORD_HINT) }
                input type="password" name="new" autocomplete="new-password" minlength="10" maxlength="200" required;
            }
            div.row { button.primary { (w::CHANGE_PASSWORD) } }
        }
    }
}

/// What the fields are called that may be wrong.
const LABELS: [(&str, &str); 2] = [("old", w::OLD_PASSWORD), ("new", w::NEW_PASSWORD)];
