//! Accounts of our own: members sign in by name and password, and hold a session by a cookie; a patient
//! holds her visit by another. A host that signs people in by itself brings its own [`Authenticator`] and
//! needs none of this.
//!
//! Nothing here is an event. What is known of an account is kept by the `Credentials` port, apart from the
//! log; whether its member may act is asked of the clinic each time, so a member who is disabled or removed
//! is nobody from the commit on, whatever sessions she has.

mod cookies;
mod invitations;
mod passwords;
mod sign_in;
mod tries;
mod visit_cookie;

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use clinic_domain::actor::TokenHash;
use clinic_domain::clinic::Member;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::text::Title;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Account, Credentials, LogError, Session};
use clinic_engine::secrets::{Secret, SecretHash};
use clinic_engine::throttle::Counts;
use clinic_engine::{Engine, EngineError};
use utoipa_axum::router::OpenApiRouter;

use self::cookies::Cookie;
use self::tries::Try;
use crate::{Authenticator, Caller, Http, Problem, Unavailable, limits};

pub use cookies::Cookies;
pub(crate) use visit_cookie::VisitCookie;

pub(crate) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .merge(sign_in::routes())
        .merge(passwords::routes())
        .merge(invitations::routes())
        .merge(visit_cookie::routes())
}

/// Members' accounts and patients' tokens, and who holds which. Clones share one.
#[derive(Clone, Debug)]
pub struct Accounts {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    credentials: Arc<dyn Credentials>,
    cookies: Cookies,
    tries: Counts<Try>,
}

impl Accounts {
    /// The accounts that `credentials` keeps, of members of this engine's clinics.
    #[must_use]
    pub fn new(engine: Engine, credentials: Arc<dyn Credentials>, cookies: Cookies) -> Self {
        let tries = Counts::new(limits::TRIES_WINDOW, limits::TRIES_KEYS);
        Self { inner: Arc::new(Inner { engine, credentials, cookies, tries }) }
    }

    /// Whether browsers reach us over TLS only.
    pub(crate) fn secure(&self) -> bool {
        self.inner.cookies.secure
    }

    fn now(&self) -> Timestamp {
        self.inner.engine.now()
    }

    fn credentials(&self) -> &dyn Credentials {
        self.inner.credentials.as_ref()
    }

    /// Who is signed in here, if anybody is. That she asks keeps her session alive.
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Unavailable> {
        let Some((signed_in, seen_at)) = self.session_here(headers).await? else {
            return Ok(None);
        };
        let now = self.now();
        if seen_at.plus(limits::SESSION_TOUCH) <= now {
            self.credentials().touch_session(signed_in.token, now).await?;
        }
        Ok(Some(signed_in))
    }

    /// The session that this browser holds, if it is good, and when its member was last heard of.
    async fn session_here(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(SignedIn, Timestamp)>, Unavailable> {
        let Some(secret) = self.inner.cookies.read(Cookie::Session, headers) else {
            return Ok(None);
        };
        let token = secret.hash();
        let found = self.credentials().session(token).await?;
        let Some(Session { clinic, member, expires_at, seen_at, .. }) = found else {
            return Ok(None);
        };
        let now = self.now();
        let over = expires_at <= now || seen_at.plus(limits::SESSION_IDLE) <= now;
        if over || self.active(clinic, member).await?.is_none() {
            self.credentials().end_session(token).await?;
            return Ok(None);
        }
        Ok(Some((SignedIn { token, clinic, member }, seen_at)))
    }

    /// The name of an active member; none if there is none such, or no such clinic.
    async fn active(
        &self,
        clinic: ClinicId,
        member: MemberId,
    ) -> Result<Option<Title>, Unavailable> {
        let found = self.member(clinic, member).await?;
        Ok(found.filter(Member::active).map(|member| member.name))
    }

    /// A member, of whatever status.
    async fn member(
        &self,
        clinic: ClinicId,
        member: MemberId,
    ) -> Result<Option<Member>, Unavailable> {
        let engine = &self.inner.engine;
        let found =
            engine.read(clinic, None, |views| views.census.clinic().member(member).cloned());
        match found.await {
            Ok(found) => Ok(found),
            Err(EngineError::NoSuchClinic(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a session for whoever has just shown the password of an account; none if it was changed in
    /// the meantime.
    async fn open_session(&self, account: &Account) -> Result<Option<Secret>, LogError> {
        let (secret, now) = (Secret::fresh()?, self.now());
        let session = Session {
            clinic: account.clinic,
            member: account.member,
            started_at: now,
            expires_at: now.plus(limits::SESSION),
            seen_at: now,
        };
        let kept =
            self.credentials().keep_session(secret.hash(), session, account.password).await?;
        Ok(kept.then_some(secret))
    }
}

/// A member who is signed in by an account of ours.
#[derive(Clone, Debug)]
struct SignedIn {
    token: SecretHash,
    clinic: ClinicId,
    member: MemberId,
}

impl SignedIn {
    fn caller(&self) -> Caller {
        Caller::Member(self.clinic, self.member)
    }
}

#[async_trait]
impl Authenticator for Accounts {
    async fn who(&self, head: &Parts) -> Result<Caller, Unavailable> {
        match self.signed_in(&head.headers).await? {
            Some(signed_in) => Ok(signed_in.caller()),
            None => Ok(self.patient(head).await?.map_or(Caller::Nobody, Caller::Patient)),
        }
    }

    /// A page that is open at an empty desk keeps no session alive: that takes somebody who asks.
    async fn still(&self, head: &Parts, caller: Caller) -> Result<bool, Unavailable> {
        let now = match self.session_here(&head.headers).await? {
            Some((signed_in, _)) => signed_in.caller(),
            None => self.patient(head).await?.map_or(Caller::Nobody, Caller::Patient),
        };
        Ok(now == caller)
    }

    /// Any token that looks like one: whether a visit is behind it, the clinic says.
    async fn patient(&self, head: &Parts) -> Result<Option<TokenHash>, Unavailable> {
        let secret = self.inner.cookies.read(Cookie::Visit, &head.headers);
        Ok(secret.map(|secret| TokenHash(secret.hash().0)))
    }
}

impl FromRequestParts<Http> for Accounts {
    type Rejection = Problem;

    async fn from_request_parts(_head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        // Without accounts these routes are not there, and nobody comes here.
        http.accounts.clone().ok_or_else(Problem::nothing)
    }
}

impl FromRequestParts<Http> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let accounts = Accounts::from_request_parts(head, http).await?;
        accounts.signed_in(&head.headers).await?.ok_or_else(Problem::sign_in)
    }
}
