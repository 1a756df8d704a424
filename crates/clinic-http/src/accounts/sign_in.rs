//! Signing in and out.

use axum::extract::{Extension, Json, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::AppendHeaders;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::text::Title;
use clinic_engine::ports::Account;
use clinic_engine::secrets::{Password, SignInName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::cookies::Cookie;
use super::{Accounts, SignedIn};
use crate::clinic::look;
use crate::commands::{Body, Nothing, text};
use crate::{Caller, Http, Problem, Source, Unavailable, figures};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(sign_out_everywhere))
        .routes(routes!(me))
}

/// An answer that sets one cookie.
pub(super) type WithCookie<T> = (AppendHeaders<[(axum::http::HeaderName, HeaderValue); 1]>, T);

pub(super) fn with_cookie<T>(line: HeaderValue, answer: T) -> WithCookie<T> {
    (AppendHeaders([(SET_COOKIE, line)]), answer)
}

/// By what somebody signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The sign-in name; upper and lower case are the same.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The password.
    #[schema(max_length = 200, format = Password)]
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Myself {
    clinic: Uuid,
    member: Uuid,
    /// The name that the member goes by in the clinic.
    name: String,
}

impl Myself {
    pub(super) fn new(clinic: ClinicId, member: MemberId, name: &Title) -> Self {
        Self { clinic: clinic.0, member: member.0, name: name.as_str().to_owned() }
    }
}

/// Sign in as a member.
///
/// It sets the cookie of a new session; one that this browser had before ends. A name that nobody has, a
/// wrong password and a member who may not act are answered alike. Tries are counted by name and by source;
/// after too many, the answer is 429 for a while, also to the right password. No command, and so without an
/// `Idempotency-Key`: asked twice, there are two sessions, and the browser holds the second.
#[utoipa::path(
    post,
    path = "/sign-in",
    tag = "people",
    request_body = SignIn,
    responses(
        (
            status = 200,
            body = Myself,
            headers(("set-cookie" = String, description = "The session of the member."))
        ),
        (status = "default", body = Problem)
    )
)]
async fn sign_in(
    accounts: Accounts,
    source: Option<Extension<Source>>,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<WithCookie<Json<Myself>>, Problem> {
    let name = text("name", &body.name, SignInName::parse)?;
    let typed = Password::typed(&body.password);
    let typed = typed.map_err(|why| Problem::bad("password", why.to_string()))?;
    let source = source.as_ref().map(|Extension(source)| source);
    let trying = accounts.trying(Some(&name), source);
    let trying = trying.inspect_err(|_| figures::sign_in("throttled"))?;
    let opened = accounts.sign_in(&name, &typed).await;
    // Nobody could say whether it was right, so it was no try.
    let opened = match opened {
        Ok(opened) => opened,
        Err(why) => {
            trying.forgiven();
            figures::sign_in("broken");
            return Err(why.into());
        }
    };
    figures::sign_in(if opened.is_some() { "granted" } else { "refused" });
    let (line, me) = opened.ok_or_else(Problem::wrong_sign_in)?;
    trying.forgiven();
    accounts.end_session_here(&headers).await?;
    Ok(with_cookie(line, Json(me)))
}

impl Accounts {
    /// A session for whoever types the right password of a member who may act.
    async fn sign_in(
        &self,
        name: &SignInName,
        typed: &Password,
    ) -> Result<Option<(HeaderValue, Myself)>, Unavailable> {
        match self.credentials().check_password(name, typed).await? {
            Some(account) => self.welcome(&account).await,
            None => Ok(None),
        }
    }

    /// A session for the holder of an account, if she may act and its password has not just changed.
    pub(super) async fn welcome(
        &self,
        account: &Account,
    ) -> Result<Option<(HeaderValue, Myself)>, Unavailable> {
        let &Account { clinic, member, .. } = account;
        let Some(name) = self.active(clinic, member).await? else { return Ok(None) };
        let opened = self.open_session(account).await?;
        let line = opened.map(|secret| self.inner.cookies.set(Cookie::Session, &secret));
        Ok(line.map(|line| (line, Myself::new(clinic, member, &name))))
    }

    /// Ends the session that this browser holds, if it holds one.
    pub(super) async fn end_session_here(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(secret) = self.inner.cookies.read(Cookie::Session, headers) else {
            return Ok(());
        };
        let ended = self.credentials().end_session(secret.hash()).await;
        ended.map_err(|why| Problem::broken(&why))
    }
}

/// Sign out at this browser.
///
/// Whoever copied the cookie is signed out with it. No command: asked twice, it is so already.
#[utoipa::path(
    post,
    path = "/sign-out",
    tag = "people",
    request_body = Nothing,
    responses(
        (status = 204, description = "Nobody is signed in at this browser."),
        (status = "default", body = Problem)
    )
)]
async fn sign_out(
    accounts: Accounts,
    headers: HeaderMap,
    Body(Nothing {}): Body<Nothing>,
) -> Result<WithCookie<StatusCode>, Problem> {
    accounts.end_session_here(&headers).await?;
    Ok(with_cookie(accounts.inner.cookies.clear(Cookie::Session), StatusCode::NO_CONTENT))
}

/// Sign out at every browser, this one included.
///
/// An invitation that the member has is void. No command, and so without an `Idempotency-Key`: asked twice, nobody is signed in to ask.
#[utoipa::path(
    post,
    path = "/sign-out-everywhere",
    tag = "people",
    request_body = Nothing,
    responses(
        (status = 204, description = "All sessions of the member have ended."),
        (status = "default", body = Problem)
    )
)]
async fn sign_out_everywhere(
    accounts: Accounts,
    signed_in: SignedIn,
    Body(Nothing {}): Body<Nothing>,
) -> Result<WithCookie<StatusCode>, Problem> {
    let SignedIn { clinic, member, .. } = signed_in;
    let ended = accounts.credentials().end_sessions(clinic, member, None).await;
    ended.map_err(|why| Problem::broken(&why))?;
    Ok(with_cookie(accounts.inner.cookies.clear(Cookie::Session), StatusCode::NO_CONTENT))
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/me",
    tag = "people",
    responses((status = 200, body = Myself), (status = "default", body = Problem))
)]
async fn me(State(http): State<Http>, caller: Caller) -> Result<Json<Myself>, Problem> {
    let Caller::Member(clinic, member) = caller else { return Err(Problem::sign_in()) };
    let name = look(&http, caller, clinic, None, |views| {
        views.census.clinic().member(member).map(|member| member.name.clone())
    });
    Ok(Json(Myself::new(clinic, member, &name.await?)))
}
