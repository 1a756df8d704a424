//! Every limit of the edge, with its reason. The engine's and the rules' own stand in the files of that
//! name in their crates.

use std::time::Duration;

/// Bytes of a request's body: the longest texts of the rules in their longest spelling, in one command.
pub const BODY_BYTES: usize = 64 * 1024;
/// How long a request may take, streams excepted: a commit in doubt is settled by then, or given up.
pub const REQUEST: Duration = Duration::from_secs(30);
/// After how long somebody asks again whose clinic could not be asked.
pub const RETRY_AFTER: Duration = Duration::from_secs(2);
/// A passcode as typed: a phrase. The same as the command line's.
pub const PASSCODE_CHARS: usize = 100;
/// Bytes of a digest that tell one state of a read model from another: enough that no two meet.
pub const TAG_BYTES: usize = 16;
/// Events of the log in one answer, unless fewer are asked for: a page that a reader can look through.
pub const LOG_PAGE: usize = 100;
/// The most that may be asked for: one read of the log.
pub const LOG_PAGE_MAX: usize = 1_000;
