//! Accounts and passcodes as a store keeps them, for a move to another store: whoever had a password has it there.

use std::fmt;

use clinic_domain::ids::{MemberId, PasscodeId, RoomId};

use super::Account;
use crate::ports::LogError;

/// What proves a secret that people remember, in the form of [`crate::secrets::Hasher`]. It never prints:
/// whoever has it can guess at leisure.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(pub String);

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

/// One thing by which somebody comes in. Sessions and invitations are none: they end with a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptSecret {
    /// The passcode of a room.
    Passcode {
        /// The room.
        room: RoomId,
        /// Its id, which an event names.
        id: PasscodeId,
        /// What proves it.
        verifier: Verifier,
    },
    /// The account of a member.
    Account {
        /// The account.
        account: Account,
        /// What proves its password.
        verifier: Verifier,
    },
}

/// Why what another store kept was not taken; then nothing was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Somebody else signs in by the name of this member.
    #[error("member {}: somebody else has this sign-in name here", .0.0)]
    Name(MemberId),
    /// This member has another account already.
    #[error("member {}: another account is kept here", .0.0)]
    Account(MemberId),
    /// The account of this member is in another clinic.
    #[error("member {}: this account is of another clinic", .0.0)]
    Clinic(MemberId),
    /// Another passcode is kept under this id.
    #[error("passcode {}: another one is kept here", .0.0)]
    Passcode(PasscodeId),
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] LogError),
}
