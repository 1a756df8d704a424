//! Styles and scripts, built into the program. Their addresses change with their contents, so a browser
//! keeps them for good.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::{Path, Problem, limits};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Name, kind and contents of each.
const FILES: [(&str, &str, &str); 9] = [
    ("clinic.css", CSS, include_str!("assets/clinic.css")),
    ("members.css", CSS, include_str!("assets/members.css")),
    ("page.js", JS, include_str!("assets/page.js")),
    ("live.js", JS, include_str!("assets/live.js")),
    ("patch.js", JS, include_str!("assets/patch.js")),
    ("forms.js", JS, include_str!("assets/forms.js")),
    ("arrivals.js", JS, include_str!("assets/arrivals.js")),
    ("admin.js", JS, include_str!("assets/admin.js")),
    ("mark.svg", SVG, include_str!("assets/mark.svg")),
];

/// Stands in the address of every file: scripts name one another, so all change at once.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = FILES.iter().fold(Sha256::new(), |all, (_, _, text)| all.chain_update(text));
    let digest = digest.finalize();
    let (short, _) = digest.split_at(limits::TAG_BYTES);
    Base64UrlUnpadded::encode_string(short)
});

/// The address of a file. Scripts name one another from where they are, and so in the same version.
pub(super) fn at(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// A style or a script.
pub(super) async fn file(Path((version, name)): Path<(String, String)>) -> Response {
    let found = FILES.iter().find(|(known, _, _)| *known == name);
    let Some((_, kind, text)) = found else { return Problem::nothing().into_response() };
    // A page of before an upgrade, or of a node that is still to be upgraded, is given what there is, for now.
    let keep = if version == *VERSION {
        format!("public, max-age={}, immutable", limits::ASSETS.as_secs())
    } else {
        "no-store".to_owned()
    };
    ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, keep.as_str())], *text).into_response()
}
