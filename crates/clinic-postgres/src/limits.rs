//! Every limit of the Postgres log and of what is beside it, with its reason.

use std::time::Duration;

/// Connections that read, and write what stands beside the log: a page is decoded on this side, so more
/// than a node has cores for wait for each other anyway.
pub const READERS: u32 = 8;
/// How long somebody waits for one of those connections before she is told to come back.
pub const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept: a server with many nodes is not to hold connections for nobody.
pub const IDLE: Duration = Duration::from_secs(600);
/// How long a statement may take at the server before it gives up: longer than any page or batch of ours.
pub const STATEMENT: Duration = Duration::from_secs(10);
/// How long a statement waits for a lock: the head of a clinic is held for a few milliseconds.
pub const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long a transaction may stand still before the server ends it: a node that holds a clinic's head and
/// has died is to be found out.
pub const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(5);
/// How long an answer is waited for on this side: longer than the server takes to give up by itself, so
/// that only a server that is not to be reached runs into it.
pub const ANSWER: Duration = Duration::from_secs(15);
/// How long a connection is waited for that is asked for a sign of life only.
pub const PING: Duration = Duration::from_secs(2);

/// Sessions whose time is over that one sign-in removes: many more than begin meanwhile, and no sign-in
/// waits for a night's leftovers.
pub const SESSIONS_SWEPT: i64 = 1_000;
