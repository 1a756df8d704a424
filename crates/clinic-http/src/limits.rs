//! Every limit of the edge, with its reason. The engine's and the rules' own stand in the files of that
//! name in their crates.

use std::time::Duration;

use clinic_domain::time::Millis;

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

/// How long a session lasts after something was last heard of its member: a shift and the way home.
pub const SESSION_IDLE: Millis = Millis::minutes(12 * 60);
/// How long it lasts in any case: a member signs in once a week, and a stolen cookie is of no use for longer.
pub const SESSION: Millis = Millis::minutes(7 * 24 * 60);
/// How often a session notes that its member was heard of, at most: each note is a write.
pub const SESSION_TOUCH: Millis = Millis::minutes(1);
/// How long an invitation is good: over a long weekend.
pub const INVITATION: Millis = Millis::minutes(4 * 24 * 60);
/// How long a browser keeps a patient's token: a visit that is carried over, and a retry long after.
pub const VISIT_COOKIE: Millis = Millis::minutes(7 * 24 * 60);
/// The window in which wrong sign-ins are counted.
pub const TRIES_WINDOW: Millis = Millis::minutes(15);
/// Wrong passwords for one name within it: a bad morning, and some thousand guesses a day at most.
pub const TRIES_PER_NAME: usize = 10;
/// Wrong sign-ins and invitations from one source within it: several people behind one address.
pub const TRIES_PER_SOURCE: usize = 30;
/// Names and sources that are counted at once; beyond that the idlest are forgotten.
pub const TRIES_KEYS: usize = 10_000;
/// Records on a page of the access log: as many as somebody scrolls through.
pub const ACCESS_PAGE: usize = 500;
