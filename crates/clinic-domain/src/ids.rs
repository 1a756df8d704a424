//! Names of things: typed ids, and the two numbers that order them.
//!
//! Every id is a `UUIDv7` minted by the engine, so that indexes grow at one end. The rules never mint:
//! a command brings a [`Fresh`] id and the rules take as many from it as they need.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A clinic: one ordered log.
    ClinicId;
    /// An account of the clinic.
    MemberId;
    /// A room, shared or personal.
    RoomId;
    /// One patient's attendance, from check-in to close.
    VisitId;
    /// One leg of a visit from a room to another.
    TransferId;
    /// One call; a hold and its resumption belong to the same call.
    CallId;
    /// A command: the same id again is a retry.
    CommandId;
    /// A passcode of a room; what it is, only the credentials port knows.
    PasscodeId;
}

/// Number of an event in its clinic's log: 1, 2, 3 ... without a gap; 0 is "before the first".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many times a visit has changed its place. A click decided on an older number is stale.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PlaceVersion(pub u32);

impl PlaceVersion {
    /// The version after one more change of place.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for PlaceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A new id that came with a command, and the ids that follow from it.
///
/// One command may open many things ("transfer all" opens a transfer per visit); the n-th is the
/// fresh id counted up by n in its random tail, so a decision stays a pure function of its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fresh(pub Uuid);

impl Fresh {
    /// The `n`-th id of this command.
    #[must_use]
    pub fn nth(self, n: u64) -> Uuid {
        const TAIL: u128 = (1 << 62) - 1; // the 62 random bits after the variant of a UUIDv7
        let id = self.0.as_u128();
        Uuid::from_u128((id & !TAIL) | (id.wrapping_add(u128::from(n)) & TAIL))
    }
}
