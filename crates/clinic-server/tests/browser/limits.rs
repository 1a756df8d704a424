//! Every limit of the browser tests, with its reason.

use std::time::Duration;

/// How soon a page has to show what has happened: what people take for at once.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);
/// How often a page is looked at while it is waited for: often enough to lose nothing of that second, and rarely
/// enough to leave the page its processor.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(25);
/// How long a page may take to load: one that takes longer hangs. A browser's first page is also its slowest.
pub(crate) const LOADS_MILLIS: u64 = 10_000;
/// How long a script of a test may take: axe-core on the largest page, on a machine that does something else, too.
pub(crate) const SCRIPT_MILLIS: u64 = 60_000;
/// How often a driver is started that finds no port for itself.
pub(crate) const DRIVER_STARTS: usize = 3;
/// Tests that run at once: a browser keeps a processor busy, and what shares it with too many is late.
pub(crate) const SLOTS: usize = 2;
/// Steps of the Tab key from one end of a page to the other: a page that has more is no page for a keyboard.
pub(crate) const TAB_STOPS: usize = 200;
/// Characters of a page that a failed test shows: two screens of text.
pub(crate) const SHOWN_CHARS: usize = 4_000;
/// How long a browser that was killed may take to be gone, before its folder is removed.
pub(crate) const GONE: Duration = Duration::from_secs(2);
/// A screen that most desks have.
pub(crate) const DESKTOP: (u32, u32) = (1280, 900);
/// A phone that many pockets have.
pub(crate) const PHONE: (u32, u32) = (390, 844);
/// How long a line is cut that is said to be cut for a while: longer than a page waits between two tries.
pub(crate) const OUTAGE: Duration = Duration::from_secs(10);
/// How soon a page has to say that its line has fallen silent: it is told something every four seconds, and gives up
/// after the third that is missing.
pub(crate) const SILENCE_SEEN: Duration = Duration::from_secs(13);
/// How soon a page has to be back when its line is: it tries each five seconds at least.
pub(crate) const BACK: Duration = Duration::from_secs(7);
/// How soon a page without a script shows what has happened: it asks again each fifteen seconds.
pub(crate) const REFRESHED: Duration = Duration::from_secs(17);
/// How long a board is busy: long enough for every kind of update to come often.
pub(crate) const BUSY_FOR: Duration = Duration::from_secs(15);
/// Twenty updates a second: more than a clinic makes in its worst minute.
pub(crate) const UPDATE_EVERY: Duration = Duration::from_millis(50);
/// How long a page may be at work without looking up: what people do not feel yet.
pub(crate) const LONG_TASK_MILLIS: f64 = 100.0;
/// What a waiting room may take from the line until it is there: half a second of a poor mobile network.
pub(crate) const FIRST_PAINT_BYTES: u64 = 50 * 1_024;
/// How often a measurement is repeated, of which the best counts: a machine that does something else, too, is quiet in one
/// of three.
pub(crate) const ROUNDS: usize = 3;
/// How soon a member who is lost in a call leaves it: she is missed after 20 s, and then has 60 s to come back. The rest is
/// for a machine that does something else, too.
pub(crate) const LOST_FOR_GOOD: Duration = Duration::from_secs(95);
/// How soon somebody without a page is missed: after 20 s, and the rest as above.
pub(crate) const MISSED_AFTER: Duration = Duration::from_secs(35);
/// How soon a tab goes on by itself that follows one which hangs: after the silence that a line may have, and a moment.
pub(crate) const LEADER_LOST: Duration = Duration::from_secs(15);
/// What a dead subscriber misses: more than comes while a page waits for its line.
pub(crate) const MISSED: usize = 50;
/// The largest picture for the documents: whoever clones the project clones them all.
pub(crate) const PICTURE_BYTES: usize = 200_000;
