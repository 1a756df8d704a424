//! The shared log: many nodes on one Postgres, and what stands beside it.
//!
//! [`Database`] is the way to it: the hosts, the connections and the tables.

pub mod access;
mod adopt;
mod append;
mod appender;
mod asking;
mod atomic;
mod check;
mod connections;
pub mod credentials;
mod database;
mod error;
mod hosts;
pub mod keys;
mod levels;
pub mod limits;
mod locked;
mod locks;
mod log;
mod memory;
mod news;
mod raw;
mod reads;
mod rows;
mod schema;
mod seen;
mod sql;
pub mod states;
mod sync;
mod turns;
mod watch;

pub use adopt::{AdoptError, Adopted, NewClinic};
pub use atomic::AtomicAppend;
pub use check::Checked;
pub use database::{Database, Founding};
pub use error::OpenError;
pub use levels::{Levels, LivingNode};
pub use log::PgLog;
pub use raw::{Floor, RawBatch, Scanned};
pub use schema::{Layout, Tables};
pub use seen::PgSeen;
