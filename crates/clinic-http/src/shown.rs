//! A read model on its way out, with a tag by which a client asks whether anything has changed.
//!
//! The tag is weak: it is a digest of the answer without its `now`, the first field of whatever has
//! one. So a board that stands still has one tag, however often it is asked for; a client takes the
//! time of an answer that says *not modified* from its own clock. Nothing here may be stored
//! (`no-store`), so the tag serves a page that keeps what it shows.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Problem, limits};

/// A read model, as JSON with its tag.
#[derive(Debug)]
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        let Ok(body) = serde_json::to_vec(&self.0) else {
            return Problem::unavailable().into_response();
        };
        let Ok(tag) = HeaderValue::try_from(tag(&body)) else {
            return Problem::unavailable().into_response();
        };
        let kind = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, kind), (header::ETAG, tag)], body).into_response()
    }
}

fn tag(body: &[u8]) -> String {
    let digest = Sha256::digest(timeless(body));
    let (short, _) = digest.split_at(limits::TAG_BYTES);
    format!("W/\"{}\"", Base64UrlUnpadded::encode_string(short))
}

/// A body behind its `now`, if it begins with one.
pub(crate) fn timeless(body: &[u8]) -> &[u8] {
    let Some(instant) = body.strip_prefix(b"{\"now\":\"") else { return body };
    let end = instant.iter().position(|byte| *byte == b'"');
    end.and_then(|end| instant.get(end..)).unwrap_or(body)
}

/// Says *not modified* to whoever has what would be answered.
pub(crate) async fn conditional(request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let response = next.run(request).await;
    let same = response.headers().get(header::ETAG).is_some_and(|tag| holds(&asked, tag));
    if response.status() != StatusCode::OK || !same {
        return response;
    }
    let (mut head, _) = response.into_parts();
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

/// Whether a request names `tag` among those that it has. Weak or not, they are compared alike.
fn holds(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(tag) = tag.to_str().map(opaque) else { return false };
    let named = request.get_all(header::IF_NONE_MATCH).into_iter();
    let mut named = named.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
    named.any(|one| one.trim() == "*" || opaque(one) == tag)
}
