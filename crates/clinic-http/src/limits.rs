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
/// A passcode as typed: a phrase.
pub const PASSCODE_CHARS: usize = 100;

/// Streams of one member at once: a few tabs and devices, each with a few rooms.
pub const STREAMS_OF_MEMBER: usize = 32;
/// Streams of one patient at once: a phone, a laptop, a few tabs.
pub const STREAMS_OF_PATIENT: usize = 8;
/// Streams of the host at once in one clinic: it follows whole clinics for its own readers.
pub const STREAMS_OF_HOST: usize = 64;
/// Streams of a process: each takes a task, a socket and some kilobytes.
pub const STREAMS: usize = 40_000;
/// Messages that may wait for a reader: some seconds of a very busy clinic. Who is further behind is let
/// go, and goes on behind its cursor.
pub const STREAM_QUEUE: usize = 256;
/// Bytes of them: a row with all its notes is some hundred kilobytes, most are two.
pub const STREAM_QUEUE_BYTES: usize = 1_024 * 1_024;
/// How long a client may take nothing of a stream before it is let go with all that waits for it.
pub const STREAM_STUCK: Duration = Duration::from_secs(30);
/// Looks at a session that may fail in a row, a store being busy, before its stream ends: five seconds.
pub const STREAM_BLIND: u32 = 10;
/// How long messages are kept for those who come back. They are rendered with names, so whoever is erased
/// may be shown to them for as long.
pub const STREAM_PAST_FOR: Millis = Millis::minutes(10);
/// Bytes of the messages of one clinic that are kept for those who come back: a few hundred events, minutes
/// of a busy clinic. Behind that they read the board anew.
pub const STREAM_PAST_BYTES: usize = 2 * 1_024 * 1_024;
/// Events before the head at which a hub begins, for those who come back after a restart.
pub const STREAM_BACK: u64 = 500;
/// How often a stream looks whether its reader still may read: a right that is lost ends it in a second.
pub const STREAM_CHECK: Duration = Duration::from_millis(500);
/// The same for a patient, whose token does not run out: her stream ends with her visit.
pub const STREAM_CHECK_PATIENT: Duration = Duration::from_secs(30);
/// How often the cursors move of those who see nothing of what happens.
pub const STREAM_BARE: Duration = Duration::from_secs(1);
/// Turns of [`STREAM_BARE`] without readers after which a hub goes away.
pub const STREAM_IDLE: u32 = 60;
/// How often a silent stream says that it is there: proxies cut at a minute or half of one.
pub const STREAM_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Rows of a board that a page shows at once to a browser with a script: some screens of them. The rest comes by the
/// page's stream, for a browser reads a thousand elements in a moment and ten thousand in a tenth of a second.
pub const DESK_ROWS_AT_ONCE: usize = 30;
/// How soon a live page is rendered again at the soonest: somebody who looks finds it immediate, and what
/// happens together goes out together.
pub const PAGE_BREATH: Duration = Duration::from_millis(200);
/// How often it is rendered at the latest, as time alone changes it, too, and says that it is alive.
pub const PAGE_BEAT: Duration = Duration::from_secs(4);
/// After how long a browser asks again whose stream has broken off.
pub const PAGE_RETRY: Duration = Duration::from_secs(1);
/// How often a live page is loaded anew by a browser without a script, in seconds: it is heard of by that alone, so it
/// asks some seconds before the engine takes its silence for absence, and no sooner, for what its reader has opened closes.
pub const PAGE_RELOAD_SECS: u64 = 15;
/// Clinics of a log that are looked through for a room whose link names no clinic: some practices that share a
/// server. Each is taken up for that, by anybody who asks; beyond it links name their clinic or lead nowhere.
pub const CLINICS_LOOKED_THROUGH: usize = 16;
/// How long a browser keeps a style or a script, whose address changes with its contents.
pub const ASSETS: Duration = Duration::from_hours(365 * 24);

/// Bytes of a digest that tell one state of a read model from another: enough that no two meet.
pub const TAG_BYTES: usize = 16;
/// Events of the log in one answer, unless fewer are asked for: a page that a reader can look through.
pub const LOG_PAGE: usize = 100;
/// The most that may be asked for: one read of the log.
pub const LOG_PAGE_MAX: usize = 1_000;

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
/// Records on a page of it for people: a few screens.
pub const ACCESS_SHOWN: usize = 100;
/// Numbers among which the end of the access log is looked for: more readings than a store ever keeps.
pub const ACCESS_NUMBERS: u64 = 1 << 62;

/// How long the operator is not told again of a reason why nobody can be answered: an outage is not to fill her disk.
pub const TELL_AGAIN: Duration = Duration::from_mins(1);
/// Reasons that are remembered for that: more are told each time.
pub const REASONS_TOLD: usize = 64;

/// Facts on a page behind a number: each is a visit whose story is read.
pub const FACTS_PAGE: usize = 50;
