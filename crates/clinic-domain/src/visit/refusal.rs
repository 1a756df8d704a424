//! Why visits say no.

use crate::actor::Right;
use crate::decider::names;
use crate::ids::{MemberId, PlaceVersion, VisitId};
use crate::room::RoomRefusal;
use crate::time::Timestamp;

/// Why a visit said no, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VisitRefusal {
    /// The id is nobody's.
    #[error("no such visit")]
    NoSuchVisit,
    /// Somebody else has the patient.
    #[error("in call with {member} since {since}")]
    InCall {
        /// With whom.
        member: MemberId,
        /// Since when.
        since: Timestamp,
    },
    /// The screen showed an older place.
    #[error("the visit has moved on: decided on place {seen}, now {now}")]
    Stale {
        /// What the screen showed.
        seen: PlaceVersion,
        /// What is true.
        now: PlaceVersion,
    },
    /// The asker may not.
    #[error("not entitled to {right}")]
    NotEntitled {
        /// What it would have taken.
        right: Right,
    },
    /// The visit is over.
    #[error("closed since {at}: {reason}")]
    Closed {
        /// Why, by label.
        reason: &'static str,
        /// Since when.
        at: Timestamp,
    },
    /// The member is in another call.
    #[error("the member is in call with another visit")]
    MemberBusy {
        /// With which.
        visit: VisitId,
    },
    /// There is no call to pause.
    #[error("not in a call")]
    NotInCall,
    /// The clinic may no longer do this.
    #[error("the clinic has no capability for this")]
    Incapable,
    /// The visit is there already.
    #[error("already in that room")]
    SameRoom,
    /// The room says no.
    #[error(transparent)]
    Room(#[from] RoomRefusal),
    /// Not the latest leg, or reversed already.
    #[error("not the latest transfer of this visit")]
    NotLatestLeg,
    /// A call has started since the transfer.
    #[error("a call has started since the transfer")]
    AlreadyStarted,
    /// The window for undoing is over.
    #[error("could be undone until {until}")]
    UndoTooLate {
        /// Its end, excluded.
        until: Timestamp,
    },
    /// The label is not on the room's checklist.
    #[error("not on the room's checklist")]
    NotListed,
    /// Completing needs a call.
    #[error("never in a call, so it cannot be completed")]
    NeverInCall,
    /// A visit in call can only be the one that goes on.
    #[error("in call, so it can only be the visit that the other is merged into")]
    DuplicateInCall,
    /// A visit is no duplicate of itself.
    #[error("a visit cannot be merged into itself")]
    MergeWithItself,
    /// The window for reopening is over.
    #[error("could be reopened until {until}")]
    ReopenTooLate {
        /// Its end, excluded.
        until: Timestamp,
    },
    /// The patient has another open visit.
    #[error("the patient has another open visit; merge them instead")]
    OtherVisitOpen {
        /// Which.
        visit: VisitId,
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

names!(VisitRefusal {
    NoSuchVisit,
    InCall,
    Stale,
    NotEntitled,
    Closed,
    MemberBusy,
    NotInCall,
    Incapable,
    SameRoom,
    Room,
    NotLatestLeg,
    AlreadyStarted,
    UndoTooLate,
    NotListed,
    NeverInCall,
    DuplicateInCall,
    MergeWithItself,
    ReopenTooLate,
    OtherVisitOpen,
    LimitReached,
});
