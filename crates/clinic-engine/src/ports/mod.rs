//! What the engine needs from outside: object-safe ports, each with a simple adapter.

mod access;
mod calls;
mod clock;
mod credentials;
mod ids;
mod keys;
mod log;
mod seen;
mod states;

pub use access::{Access, AccessLog, Accessed, MemoryAccess, Reader, Subject};
pub use calls::{CallProvider, Join, LinkCalls};
pub use clock::{Clock, ManualClock, SystemClock};
pub use credentials::{
    Accepted, Account, Credentials, Invitation, Inviter, KeptAccount, KeptPasscode, KeptSecret,
    MemoryCredentials, NotTaken, PasswordId, Session, Verifier,
};
pub use ids::{CountedIds, Ids, RandomIds};
pub use keys::{KeyError, KeyId, KeyStore, MemoryKeys, VisitKey};
pub use log::{AppendError, Batch, EventLog, Head, LockedHead, LogError, Take};
pub use seen::{LastSeen, Life, MemorySeen, NoOthers, NodeId, Seen, Told};
pub use states::{FoldId, NoStates, SavedState, SavedStates};
