//! Why clinics say no.

use crate::actor::Right;
use crate::decider::names;
use crate::ids::MemberId;

/// Why a clinic said no, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClinicRefusal {
    /// Nobody has founded it.
    #[error("no such clinic")]
    NotFounded,
    /// It was imported, and nothing can happen in it any more.
    #[error("the clinic is history, imported from elsewhere, and takes no commands")]
    History,
    /// Somebody else has founded it.
    #[error("the clinic exists already")]
    AlreadyFounded,
    /// The asker may not.
    #[error("not entitled to {right}")]
    NotEntitled {
        /// What it would have taken.
        right: Right,
    },
    /// Only Owners make and unmake Owners.
    #[error("only an owner may do this to an owner")]
    OwnersOnly,
    /// The id is nobody's, or a removed member's.
    #[error("no such member")]
    NoSuchMember {
        /// The id.
        member: MemberId,
    },
    /// A clinic needs an active Owner.
    #[error("the last active owner")]
    LastOwner {
        /// Who.
        member: MemberId,
    },
    /// A limit is reached.
    #[error("{what}: at most {limit}")]
    LimitReached {
        /// What was counted.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
}

names!(ClinicRefusal {
    NotFounded,
    History,
    AlreadyFounded,
    NotEntitled,
    OwnersOnly,
    NoSuchMember,
    LastOwner,
    LimitReached,
});
