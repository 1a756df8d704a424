//! Who asks.

use std::fmt;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::ids::{ClinicId, MemberId};

use crate::{Http, Problem};

/// Who asks, as far as the edge knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// It cannot be found out now who asks; why is for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl FromRequestParts<Http> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, http: &Http) -> Result<Self, Problem> {
        http.authenticator.who(head).await.map_err(|_why| Problem::unavailable())
    }
}
