//! Addresses that are handed out: links of rooms and invitations, as text to copy and as QR codes.

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use clinic_domain::ids::ClinicId;
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

use super::super::Pages;
use super::super::words as w;
use crate::Problem;

/// How the pages are reached from outside.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Scheme and host, if both are known; a page then hands out whole addresses, and else paths.
    origin: Option<String>,
}

impl Site {
    /// By the name that the browser has used. Whether it came by TLS is what our cookies go by.
    fn of(head: &Parts, pages: &Pages) -> Self {
        let named = head.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = named.or_else(|| head.uri.authority().map(Authority::as_str));
        let host = host.filter(|host| host.parse::<Authority>().is_ok());
        let scheme = pages
            .http
            .accounts
            .as_ref()
            .map(|accounts| if accounts.secure() { "https" } else { "http" });
        Self { origin: scheme.zip(host).map(|(scheme, host)| format!("{scheme}://{host}")) }
    }

    /// The address of a path of ours.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin.as_deref().unwrap_or_default())
    }

    /// Where patients check in: below the clinic's id where one server has several clinics.
    pub(super) async fn rooms(&self, pages: &Pages, clinic: ClinicId) -> Result<String, Problem> {
        let clinics = pages.http.engine.clinics().await.map_err(Problem::full)?;
        let alone = clinics.as_slice() == [clinic];
        Ok(self.at(&if alone { "/r/".to_owned() } else { format!("/c/{clinic}/r/") }))
    }
}

impl FromRequestParts<Pages> for Site {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(head: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        Ok(Self::of(head, pages))
    }
}

/// An address to be selected as a whole, with a button that copies it where there is a script.
pub(super) fn copied(id: &str, address: &str, label: &str) -> Markup {
    html! {
        span.copied {
            code.address id=(id) { (address) }
            button type="button" hidden data-copy=(id) data-copied=(w::COPIED) aria-label=(label) { (w::COPY) }
        }
    }
}

/// The QR code of an address: dark on light whatever the colours of the page, or cameras do not see it.
pub(super) fn qr(address: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else {
        return html! { p.hint { (w::NO_QR_CODE) } };
    };
    // Four modules of light around it are part of a code.
    let (size, quiet) = (code.size(), 4);
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let dark = dark.filter(|(x, y)| code.get_module(*x, *y));
    let square = |(x, y): (i32, i32)| {
        ["M", &(x + quiet).to_string(), " ", &(y + quiet).to_string(), "h1v1h-1z"].concat()
    };
    let path: String = dark.map(square).collect();
    let whole = size + 2 * quiet;
    html! {
        svg.qr xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (whole) " " (whole) } role="img" aria-label=(w::QR_CODE) shape-rendering="crispEdges" {
            rect width=(whole) height=(whole) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_light_border() {
        let svg = qr("https://clinic.example/r/reception").into_string();
        // The corners of the first finder, four modules from the edges.
        for module in ["M4 4h1v1h-1z", "M10 4h1v1h-1z", "M4 10h1v1h-1z", "M10 10h1v1h-1z"] {
            assert!(svg.contains(module), "{module}");
        }
        for light in ["M5 5h", "M3 ", "M0 "] {
            assert!(!svg.contains(light), "{light}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_code_is_said() {
        assert!(qr(&"x".repeat(3_000)).into_string().contains(w::NO_QR_CODE));
    }
}
