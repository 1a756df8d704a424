//! Postgres servers for tests: made by Debian's binaries, never one that runs already, gone at the end.
//!
//! - [`Server::shared`] lends a fresh database on the one server of a test run. Most tests want this.
//! - [`Server::start`] makes a server of a test's own, which may be killed, stopped, held and set otherwise.
//! - [`Server::standby`] makes a synchronous standby of one, which may be promoted.
//! - [`Proxy`] stands between a node and a server, and may be cut.
//!
//! Every server is stopped and its folder removed when its owner has ended, however that came: a small shell
//! process waits for it. Where the binaries are missing, the error has the line that installs them; no test is
//! left out. Root runs the server as the package's own user, for Postgres refuses to run as root.

mod owner;
mod proxy;
mod run;
mod server;
mod standby;

pub use proxy::Proxy;
pub use run::Lent;
pub use server::{Server, Stop};
