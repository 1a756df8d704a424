//! The token of a patient. It is set by the answer that shows the door, before she checks in: her check-in
//! then comes with it, and so does the retry of it, which finds the same visit.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponseParts, ResponseParts};
use clinic_engine::secrets::Secret;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Accounts;
use super::cookies::{Cookie, Cookies};
use crate::commands::{Body, Nothing};
use crate::{Http, Problem};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(not_you))
}

/// A token for whoever asks without one, to be answered with: `Ok((cookie, Json(..)))`. Where we keep no
/// accounts, the host says who is a patient, and nothing is set.
#[derive(Debug)]
pub(crate) struct VisitCookie(Option<(Cookies, Secret)>);

impl VisitCookie {
    fn fresh(cookies: Cookies) -> Result<Self, Problem> {
        let secret = Secret::fresh().map_err(|why| Problem::broken(&why))?;
        Ok(Self(Some((cookies, secret))))
    }
}

impl FromRequestParts<Http> for VisitCookie {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let Some(accounts) = &http.accounts else { return Ok(Self(None)) };
        let cookies = accounts.inner.cookies;
        match cookies.read(Cookie::Visit, &head.headers) {
            Some(_) => Ok(Self(None)),
            None => Self::fresh(cookies),
        }
    }
}

impl IntoResponseParts for VisitCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some((cookies, secret)) = self.0 {
            let line = cookies.set(Cookie::Visit, &secret);
            parts.headers_mut().append(header::SET_COOKIE, line);
        }
        Ok(parts)
    }
}

/// Begin anew, as another patient at the same browser.
///
/// The visit of the patient before goes on; this browser does not lead to it any more. Nothing is
/// recorded, so it needs no `Idempotency-Key`: asked twice, the second token is as fresh as the first.
#[utoipa::path(
    post,
    path = "/not-you",
    tag = "people",
    request_body = Nothing,
    responses(
        (
            status = 204,
            description = "A fresh token is set, and has no visit yet.",
            headers(("set-cookie" = String, description = "The token of a patient."))
        ),
        (status = "default", body = Problem)
    )
)]
async fn not_you(
    accounts: Accounts,
    Body(Nothing {}): Body<Nothing>,
) -> Result<(VisitCookie, StatusCode), Problem> {
    Ok((VisitCookie::fresh(accounts.inner.cookies)?, StatusCode::NO_CONTENT))
}
