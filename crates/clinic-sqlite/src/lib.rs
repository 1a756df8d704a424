//! The embedded default: one durable log of clinics in a SQLite file, and what stands beside it.
//!
//! [`SqliteLog`] is the engine's `EventLog`. One thread owns the only connection that writes; all who
//! wait share one commit and one sync, and nobody is answered before it returned. Readers have
//! connections of their own and never checkpoint. `docs/storage.md` tells which files there are, what
//! is synced when, and which loss can be seen.

pub mod access;
mod atomic;
mod backup;
mod beside;
mod check;
mod clinics;
pub mod credentials;
mod error;
mod head_file;
pub mod keys;
pub mod limits;
mod lock;
mod log;
mod open;
pub mod operator_key;
mod raw;
mod readers;
mod reads;
mod repository;
mod rows;
mod schema;
pub mod states;
mod sync;
mod writer;

pub use atomic::AtomicAppend;
pub use backup::{CopyError, Progress, restore};
pub use beside::FileError;
pub use check::Checked;
pub use error::OpenError;
pub use log::SqliteLog;
pub use open::real;
pub use raw::{RawBatch, Scanned};
pub use repository::SqliteEventRepository;
