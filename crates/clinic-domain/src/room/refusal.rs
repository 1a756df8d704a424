//! Why rooms say no.

use crate::actor::Right;
use crate::decider::names;
use crate::hours::HoursError;
use crate::ids::{MemberId, RoomId, VisitId};
use crate::text::{Notice, Slug};
use crate::time::Timestamp;

/// Why a room said no, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomRefusal {
    /// The id is no room of this clinic.
    #[error("no such room in this clinic")]
    NoSuchRoom,
    /// The asker may not.
    #[error("not entitled to {right}")]
    NotEntitled {
        /// What it would have taken.
        right: Right,
    },
    /// The room is out of use.
    #[error("the room is archived")]
    Archived,
    /// The clinic may no longer do this.
    #[error("the clinic has no capability for this")]
    Incapable,
    /// The link leads, or once led, to another room.
    #[error("the slug {slug} belongs to another room")]
    SlugTaken {
        /// The link.
        slug: Slug,
        /// Whose it is.
        holder: RoomId,
    },
    /// The member has a personal room already.
    #[error("the member has a personal room already")]
    HasPersonalRoom {
        /// Which.
        room: RoomId,
    },
    /// Not an active member of the clinic.
    #[error("not an active member of the clinic")]
    MemberInactive {
        /// Who.
        member: MemberId,
    },
    /// Somebody is inside, and she is the last to serve here.
    #[error("the last member of a room with {} visits inside", inside.len())]
    LastMember {
        /// Who is inside.
        inside: Vec<VisitId>,
    },
    /// The room is not empty.
    #[error("{} visits inside and {} that may come back", inside.len(), pending.len())]
    NotEmpty {
        /// Who is inside.
        inside: Vec<VisitId>,
        /// Who may come back from a pending transfer.
        pending: Vec<VisitId>,
    },
    /// The hours make no sense.
    #[error("hours: {0}")]
    Hours(#[from] HoursError),
    /// The patient has an open visit elsewhere, which her token leads to.
    #[error("this token has an open visit already")]
    AlreadyInside {
        /// Which.
        visit: VisitId,
        /// Where.
        room: RoomId,
    },
    /// The door is suspended by hand.
    #[error("suspended: {message}")]
    Suspended {
        /// What patients read.
        message: Notice,
    },
    /// The door is shut by its hours.
    #[error("shut{}", reopening(*.reopens_at))]
    Shut {
        /// When it opens again, if it does.
        reopens_at: Option<Timestamp>,
        /// What to do in an emergency.
        emergency: Option<Notice>,
    },
    /// The passcode is missing or wrong.
    #[error("the passcode is missing or wrong")]
    WrongPasscode,
    /// The consent text in force was not accepted.
    #[error("consent to version {asked} of the text is needed")]
    ConsentNeeded {
        /// The version in force.
        asked: u32,
    },
    /// The queue is full.
    #[error("full: {limit} visits are waiting")]
    Full {
        /// How many may wait.
        limit: u32,
    },
    /// A number or a list beyond its limit.
    #[error("{what}: at most {limit}")]
    LimitReached {
        /// What was counted or measured.
        what: &'static str,
        /// How many, or how much, there may be.
        limit: u64,
    },
}

fn reopening(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| format!(", opens at {at}"))
}

names!(RoomRefusal {
    NoSuchRoom,
    NotEntitled,
    Archived,
    Incapable,
    SlugTaken,
    HasPersonalRoom,
    MemberInactive,
    LastMember,
    NotEmpty,
    Hours,
    AlreadyInside,
    Suspended,
    Shut,
    WrongPasscode,
    ConsentNeeded,
    Full,
    LimitReached,
});
