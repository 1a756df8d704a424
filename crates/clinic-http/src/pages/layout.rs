//! The frame of every page, and the small parts that many of them share.

use axum::response::{Html, IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use clinic_domain::time::{Millis, Timestamp};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::assets;
use super::signed::Signed;
use super::words as w;
use crate::{Problem, limits};

/// Where in the navigation a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    /// The desk.
    Desk,
    /// Today's numbers.
    Today,
    /// Rooms and members.
    Admin,
    /// None: her own account.
    Account,
}

/// For whom a page is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader<'r> {
    /// A patient, or somebody who is about to sign in: there is nothing to go to.
    Anybody,
    /// A member.
    Member(&'r Signed, Tab),
}

/// A page to be.
#[derive(Debug)]
pub(super) struct Page<'p> {
    pub(super) title: &'p str,
    pub(super) reader: Reader<'p>,
    /// Where its live parts come from.
    pub(super) live: Option<Stream>,
    /// When it was made: clocks on it count from there.
    pub(super) now: Timestamp,
    pub(super) body: Markup,
}

/// Where the live parts of a page come from.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) at: String,
    /// For whom it is, in a word that tells nothing of her: tabs of one reader share it, and nobody else does.
    pub(super) reader: String,
}

impl Stream {
    pub(super) fn new(at: String, reader: impl AsRef<[u8]>) -> Self {
        let digest = Sha256::digest(reader);
        let (short, _) = digest.split_at(limits::TAG_BYTES);
        Self { at, reader: Base64UrlUnpadded::encode_string(short) }
    }
}

impl Page<'_> {
    /// The whole page.
    pub(super) fn made(self) -> Html<String> {
        let Self { title, reader, live, now, body } = self;
        let page = html! {
            (DOCTYPE)
            html lang=(w::LANGUAGE) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · " (whose(reader)) }
                    link rel="icon" href=(assets::at("mark.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(assets::at("clinic.css"));
                    @if let Reader::Member(..) = reader { link rel="stylesheet" href=(assets::at("members.css")); }
                    script type="module" src=(assets::at("page.js")) {}
                    @if live.is_some() {
                        // Without a script the page is asked for again, now and then.
                        noscript { meta http-equiv="refresh" content="10"; }
                    }
                }
                body data-now=(now) data-live=[live.as_ref().map(|live| &live.at)] data-reader=[live.as_ref().map(|live| &live.reader)] data-lost=(lost(reader)) data-failed=(w::NOT_SENT) {
                    a.skip href="#main" { (w::SKIP) }
                    (header(reader))
                    p.lost #lost role="status" {}
                    main #main tabindex="-1" { (body) }
                    div.toasts {
                        div #refused role="alert" data-close=(w::CLOSE_TOLD) {}
                        div #said role="status" {}
                    }
                    dialog #dialog aria-label=(w::DIALOG) {}
                }
            }
        };
        Html(page.into_string())
    }
}

/// Whose pages they are.
fn whose(reader: Reader<'_>) -> &str {
    match reader {
        Reader::Anybody => w::BRAND,
        Reader::Member(signed, _) => &signed.clinic_name,
    }
}

/// What is said while the connection is lost.
fn lost(reader: Reader<'_>) -> &'static str {
    match reader {
        Reader::Anybody => w::RECONNECTING_PATIENT,
        Reader::Member(..) => w::RECONNECTING,
    }
}

fn header(reader: Reader<'_>) -> Markup {
    html! {
        header.top {
            @match reader {
                Reader::Anybody => { span.brand { (mark()) span { (w::BRAND) } } }
                Reader::Member(signed, tab) => {
                    a.brand href="/desk" { (mark()) span { (signed.clinic_name) } }
                    nav aria-label=(w::NAVIGATION) {
                        (place("/desk", w::DESK, tab == Tab::Desk))
                        @if signed.admin {
                            (place("/today", w::TODAY, tab == Tab::Today))
                            (place("/admin", w::ADMIN, tab == Tab::Admin))
                        }
                    }
                    details.menu.me {
                        summary { (signed.name) }
                        div {
                            a href="/account" { (w::ACCOUNT) }
                            form method="post" action="/do/sign-out" {
                                input type="hidden" name="back" value="/sign-in";
                                button.quiet { (w::SIGN_OUT) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn place(href: &str, name: &str, here: bool) -> Markup {
    html! { a href=(href) aria-current=[here.then_some("page")] { (name) } }
}

/// The sign of the product. Its text is our own.
fn mark() -> Markup {
    PreEscaped(include_str!("assets/mark.svg").to_owned())
}

/// A page that says what went wrong, with its status.
pub(super) fn failed(problem: &Problem, back: &str) -> Response {
    let (title, detail) = (problem.title(), problem.sentence());
    let body = html! {
        section.card.narrow {
            h1 { (title) }
            p role="alert" { (detail) }
            p { a.button href=(back) { (w::GO_BACK) } }
        }
    };
    let page = Page { title, reader: Reader::Anybody, live: None, now: Timestamp(0), body };
    (problem.answer_status(), page.made()).into_response()
}

/// What was refused, above the form that asked for it, with the label of the field that it is about.
pub(super) fn told(refused: Option<&Problem>, labels: &[(&str, &str)]) -> Markup {
    let label = |field: &str| labels.iter().find(|(name, _)| *name == field);
    html! {
        @if let Some(problem) = refused {
            p.problem role="alert" {
                @if let Some((_, label)) = problem.field().and_then(label) { (label) ": " }
                (problem.sentence())
            }
        }
    }
}

/// How long something has lasted. A script lets it count; a part that comes by a stream says nothing but
/// since when, so that it is not another each second.
pub(super) fn clock(since: Timestamp, now: Option<Timestamp>) -> Markup {
    let told = now.map(|now| now.since(since).to_string());
    html! { time.clock datetime=(since) { @if let Some(told) = told { (told) } } }
}

/// A span of time as people say it: whole minutes.
pub(super) fn minutes(span: Millis) -> String {
    w::minutes(span.0.div_ceil(60_000))
}

/// The id of a wish on a page that is made once; on a live part it is empty, and the script gives each click its own.
/// The field is there in both: so the first message of a stream replaces no button that somebody points at.
pub(super) fn key(key: Option<Uuid>) -> Markup {
    html! { input type="hidden" name="key" value=[key]; }
}
