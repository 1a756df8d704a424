//! The shared log: many nodes on one Postgres, and what stands beside it.
//!
//! [`Database`] is the way to it: the hosts, the connections and the tables.

mod asking;
pub mod credentials;
mod database;
mod error;
pub mod limits;
mod locks;
mod schema;

pub use database::Database;
pub use error::OpenError;
