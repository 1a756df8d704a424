//! The shared log: many nodes on one Postgres, and what stands beside it.
//!
//! [`Database`] is the way to it: the hosts, the connections and the tables.

mod append;
mod appender;
mod connections;
mod database;
mod error;
mod hosts;
pub mod limits;
mod locked;
mod log;
mod news;
mod reads;
mod rows;
mod schema;
mod sql;
mod sync;
mod watch;

pub use database::Database;
pub use error::OpenError;
pub use log::PgLog;
