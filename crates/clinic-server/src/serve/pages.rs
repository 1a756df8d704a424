//! The few pages of a server that is young: what this is, and all that can be asked of it. They are made
//! once and work without a script.

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use clinic_http::Problem;
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

const STYLE: &str = include_str!("style.css");

/// The pages, their style, and what is said where there is nothing.
pub(super) fn routes() -> Router {
    let described = serde_json::to_value(clinic_http::openapi()).unwrap_or_default();
    let docs = docs(&described).into_string();
    let style = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    Router::new()
        .route("/docs", get(move || async { Html(docs) }))
        // Browsers ask for it wherever no page names another, beside an answer in JSON, too.
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .route("/style.css", get(move || async move { (style, STYLE) }))
        .fallback(nothing)
}

/// What programs and people are told where there is nothing.
async fn nothing(request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::nothing().into_response();
    }
    unknown()
}

/// What people are told where there is nothing.
pub(super) fn unknown() -> Response {
    let page = page(
        "Nothing here",
        &html! {
            h1 { "Nothing here" }
            p { "There is no such page. " a href="/" { "The front page" } " says what there is." }
        },
    );
    (StatusCode::NOT_FOUND, Html(page.into_string())).into_response()
}

fn page(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/style.css";
            }
            body { main { (body) } }
        }
    }
}

/// The methods of operations, in the order in which they are read.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn docs(described: &Value) -> Markup {
    let none = serde_json::Map::new();
    let paths = described["paths"].as_object().unwrap_or(&none);
    let schemas = &described["components"]["schemas"];
    page(
        "What can be asked",
        &html! {
            h1 { "What can be asked" }
            p {
                "Every operation, by path. " a href="/openapi.json" { "openapi.json" }
                " has the bodies and answers, too."
            }
            @for (path, operations) in paths {
                @for (method, operation) in METHODS.iter().filter_map(|one| Some((one, operations.get(one)?))) {
                    section {
                        h2 { code { span.method { (method.to_uppercase()) } " " (path) } }
                        (summary(operation))
                        (parameters(operation, schemas))
                    }
                }
            }
        },
    )
}

fn summary(operation: &Value) -> Markup {
    let text = |key| operation[key].as_str();
    html! {
        @if let Some(summary) = text("summary") { p { (prose(summary)) } }
        @if let Some(more) = text("description") { p { (prose(more)) } }
    }
}

fn parameters(operation: &Value, schemas: &Value) -> Markup {
    let listed = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    let schema = body.as_str().and_then(|name| schemas.get(name.rsplit('/').next()?));
    let none = serde_json::Map::new();
    let fields = schema.and_then(|schema| schema["properties"].as_object()).unwrap_or(&none);
    let required = schema.and_then(|schema| schema["required"].as_array());
    let must = |name: &String| required.is_some_and(|all| all.iter().any(|one| one == name));
    html! {
        @if !listed.is_empty() || schema.is_some() {
            table {
                @for parameter in listed {
                    tr {
                        th scope="row" { code { (text(&parameter["name"])) } }
                        td { (text(&parameter["in"])) }
                        td { (prose(&text(&parameter["description"]))) }
                    }
                }
                @for (name, field) in fields {
                    tr {
                        th scope="row" { code { (name) } }
                        td { "body, " (kind(field)) @if must(name) { ", required" } }
                        td { (prose(&text(&field["description"]))) }
                    }
                }
                @if schema.is_some() && fields.is_empty() {
                    tr { th scope="row" { code { "{}" } } td { "body" } td { "Nothing more to say." } }
                }
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What a field of a body is, in a word: the name of its schema, or its type.
fn kind(field: &Value) -> String {
    let named = |one: &Value| one["$ref"].as_str()?.rsplit('/').next().map(str::to_owned);
    let inner = |one: &Value| {
        let all = one["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
        all.iter().find_map(named)
    };
    let types = |one: &Value| match one["type"].as_array() {
        Some(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        None => text(&one["type"]),
    };
    named(field).or_else(|| inner(field)).unwrap_or_else(|| types(field))
}

/// Words with what stands between backticks as code.
fn prose(words: &str) -> Markup {
    html! {
        @for (n, part) in words.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
