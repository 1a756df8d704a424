//! Why a clinic said no: any aggregate's refusal, or one of the clinic as a whole.

use crate::clinic::ClinicRefusal;
use crate::decider::names;
use crate::ids::{CommandId, RoomId};
use crate::room::RoomRefusal;
use crate::text::Notice;
use crate::time::Timestamp;
use crate::transfer::TransferRefusal;
use crate::visit::VisitRefusal;

/// Why a command was not granted. Nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id was used for another command, or by somebody else.
    #[error("the command id {id} was used for something else")]
    CommandReused {
        /// The id.
        id: CommandId,
    },
    /// A name, a reason or a note is sealed or erased. Only history may come without what was erased.
    #[error("a personal text cannot be read")]
    Unreadable,
    /// The clinic says no.
    #[error(transparent)]
    Clinic(#[from] ClinicRefusal),
    /// A room says no.
    #[error(transparent)]
    Room(#[from] RoomRefusal),
    /// A visit says no.
    #[error(transparent)]
    Visit(#[from] VisitRefusal),
    /// A transfer says no.
    #[error(transparent)]
    Transfer(#[from] TransferRefusal),
    /// *Call next* found nobody who can be called.
    #[error("nobody to call: {on_hold} on hold, {offline} offline")]
    NobodyToCall {
        /// Passed over because they are on hold.
        on_hold: usize,
        /// Passed over because they are offline.
        offline: usize,
    },
}

names!(Refusal { CommandReused, Unreadable, Clinic, Room, Visit, Transfer, NobodyToCall });

impl Refusal {
    /// The name of the refusal in the aggregate that gave it, such as `Visit.Stale`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::CommandReused { .. } | Self::Unreadable | Self::NobodyToCall { .. } => {
                self.name().to_owned()
            }
            Self::Clinic(refusal) => format!("Clinic.{}", refusal.name()),
            Self::Room(refusal) => format!("Room.{}", refusal.name()),
            Self::Visit(VisitRefusal::Room(refusal)) => format!("Visit.Room.{}", refusal.name()),
            Self::Visit(refusal) => format!("Visit.{}", refusal.name()),
            Self::Transfer(refusal) => format!("Transfer.{}", refusal.name()),
        }
    }

    /// What a patient may be told: nothing of others, nothing of the members.
    #[must_use]
    pub fn public(&self) -> PublicRefusal {
        match self {
            Self::CommandReused { .. } | Self::Unreadable => PublicRefusal::TryAgain,
            Self::Room(refusal) | Self::Visit(VisitRefusal::Room(refusal)) => public_door(refusal),
            Self::Visit(VisitRefusal::Closed { .. }) => PublicRefusal::VisitOver,
            Self::Clinic(_) | Self::Visit(_) | Self::Transfer(_) | Self::NobodyToCall { .. } => {
                PublicRefusal::NotPossible
            }
        }
    }
}

fn public_door(refusal: &RoomRefusal) -> PublicRefusal {
    match refusal {
        RoomRefusal::Suspended { message } => PublicRefusal::Suspended { message: message.clone() },
        RoomRefusal::Shut { reopens_at, emergency } => {
            PublicRefusal::Shut { reopens_at: *reopens_at, emergency: emergency.clone() }
        }
        RoomRefusal::Full { .. } => PublicRefusal::Full,
        RoomRefusal::WrongPasscode => PublicRefusal::WrongPasscode,
        RoomRefusal::ConsentNeeded { asked } => PublicRefusal::ConsentNeeded { asked: *asked },
        RoomRefusal::AlreadyInside { room, .. } => PublicRefusal::AlreadyInside { room: *room },
        RoomRefusal::NoSuchRoom | RoomRefusal::Archived | RoomRefusal::Incapable => {
            PublicRefusal::NoSuchRoom
        }
        RoomRefusal::NotEntitled { .. }
        | RoomRefusal::SlugTaken { .. }
        | RoomRefusal::HasPersonalRoom { .. }
        | RoomRefusal::MemberInactive { .. }
        | RoomRefusal::LastMember { .. }
        | RoomRefusal::NotEmpty { .. }
        | RoomRefusal::Hours(_)
        | RoomRefusal::LimitReached { .. } => PublicRefusal::NotPossible,
    }
}

/// A refusal as a patient reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicRefusal {
    /// The link leads nowhere.
    #[error("this room is not open for check-in")]
    NoSuchRoom,
    /// The door is suspended by hand.
    #[error("{message}")]
    Suspended {
        /// The clinic's own words.
        message: Notice,
    },
    /// The door is shut by its hours.
    #[error("this room is closed now")]
    Shut {
        /// When it opens again, if it does.
        reopens_at: Option<Timestamp>,
        /// What to do in an emergency.
        emergency: Option<Notice>,
    },
    /// Too many people are waiting.
    #[error("too many people are waiting; please try again later")]
    Full,
    /// The passcode is missing or wrong.
    #[error("the passcode is missing or wrong")]
    WrongPasscode,
    /// Consent is needed first.
    #[error("please read and accept the consent text first")]
    ConsentNeeded {
        /// Its version.
        asked: u32,
    },
    /// The patient is waiting already.
    #[error("you are waiting already")]
    AlreadyInside {
        /// Where.
        room: RoomId,
    },
    /// The visit is over.
    #[error("this visit is over")]
    VisitOver,
    /// Something went wrong with the request itself.
    #[error("please try again")]
    TryAgain,
    /// No, and why is nobody else's business.
    #[error("this is not possible now")]
    NotPossible,
}

names!(PublicRefusal {
    NoSuchRoom,
    Suspended,
    Shut,
    Full,
    WrongPasscode,
    ConsentNeeded,
    AlreadyInside,
    VisitOver,
    TryAgain,
    NotPossible,
});
