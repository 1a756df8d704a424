//! Who asks, and from where.

use std::fmt;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_engine::ports::LogError;
use clinic_engine::{Broken, EngineError};

use crate::{Http, Problem};

/// Who asks, as far as the edge knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// Nobody that it knows.
    Nobody,
    /// Whoever holds this visit token.
    Patient(TokenHash),
    /// A member, of this clinic only.
    Member(ClinicId, MemberId),
    /// The product that embeds the clinic.
    Host,
}

impl Caller {
    /// As whom the caller acts in a clinic; none where there is nobody to act as.
    #[must_use]
    pub fn actor(self, clinic: ClinicId) -> Option<Actor> {
        match self {
            Self::Member(of, member) if of == clinic => Some(Actor::Member(member)),
            Self::Patient(token) => Some(Actor::Patient(token)),
            Self::Host => Some(Actor::Host),
            Self::Member(..) | Self::Nobody => None,
        }
    }

    /// The member who asks, if it is one.
    #[must_use]
    pub fn member(self) -> Option<MemberId> {
        match self {
            Self::Member(_, member) => Some(member),
            Self::Nobody | Self::Patient(_) | Self::Host => None,
        }
    }
}

/// Says who asks. Our own accounts are one form; a host that has signed people in already brings its
/// own, and vouches for what it says.
#[async_trait]
pub trait Authenticator: Send + Sync + fmt::Debug {
    /// Who sent a request with this head.
    ///
    /// # Errors
    /// If it cannot be found out now. Whoever is not known is [`Caller::Nobody`].
    async fn who(&self, head: &Parts) -> Result<Caller, Unavailable>;

    /// Whether whoever sent a request with this head is still this caller. It is asked of answers that stay
    /// open for hours, so it is no sign that anybody is there.
    ///
    /// # Errors
    /// As for [`Authenticator::who`].
    async fn still(&self, head: &Parts, caller: Caller) -> Result<bool, Unavailable> {
        Ok(self.who(head).await? == caller)
    }

    /// The visit token in this head, if there is one: a member at her own desk may also be a patient
    /// somewhere, in one and the same browser.
    ///
    /// # Errors
    /// As for [`Authenticator::who`].
    async fn patient(&self, head: &Parts) -> Result<Option<TokenHash>, Unavailable> {
        Ok(match self.who(head).await? {
            Caller::Patient(token) => Some(token),
            Caller::Nobody | Caller::Member(..) | Caller::Host => None,
        })
    }
}

/// It cannot be found out now who asks; why is for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// What knows it does not answer.
    Failed(String),
    /// This node is too old for her clinic, and another one may know.
    NotServed(String),
}

impl From<LogError> for Unavailable {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Failed(why) => Self::Failed(why),
            LogError::Newer(why) => Self::NotServed(why),
        }
    }
}

impl From<EngineError> for Unavailable {
    fn from(error: EngineError) -> Self {
        if let EngineError::Broken(Broken::Newer(why)) = error {
            Self::NotServed(why)
        } else {
            Self::Failed(error.to_string())
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::Failed(why) => Self::broken(&why),
            Unavailable::NotServed(why) => Self::full(EngineError::Broken(Broken::Newer(why))),
        }
    }
}

impl FromRequestParts<Http> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        Ok(http.authenticator.who(head).await?)
    }
}

/// Who asks as a patient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patient(pub(crate) TokenHash);

impl FromRequestParts<Http> for Patient {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let token = http.authenticator.patient(head).await?;
        token.map(Self).ok_or_else(Problem::no_token)
    }
}

/// Where a request comes from, for limits only: whoever serves the routes puts it into the extensions of
/// a request. Where nobody does, sources are not told apart, and only rooms and names are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(pub String);
