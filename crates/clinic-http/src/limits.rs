//! Every limit of the edge, with its reason. The engine's and the rules' own stand in the files of that
//! name in their crates.

use std::time::Duration;

/// Bytes of a request's body: the longest texts of the rules in their longest spelling, in one command.
pub const BODY_BYTES: usize = 64 * 1024;
/// How long a request may take, streams excepted: a commit in doubt is settled by then, or given up.
pub const REQUEST: Duration = Duration::from_secs(30);
/// How long the log may take to answer a look at its end: less than what asks for it waits.
pub const READY: Duration = Duration::from_secs(1);
/// After how long somebody asks again whose clinic could not be asked.
pub const RETRY_AFTER: Duration = Duration::from_secs(2);
/// A passcode as typed: a phrase. The same as the command line's.
pub const PASSCODE_CHARS: usize = 100;
