//! Every limit of the command line, with its reason. The rules' and the engine's own stand in the
//! file of that name in each of their crates.

use clinic_domain::time::{Millis, Timestamp};

/// Bytes of a day file: every line of a full file at a usual length, and a stream that never ends
/// does not fill the memory.
pub(crate) const FILE_BYTES: usize = 16 * 1024 * 1024;
/// Lines of a day file: a large clinic's day, with everything that each of 500 patients does.
pub(crate) const LINES: usize = 10_000;
/// Bytes of one line: the longest texts of the rules in their longest spelling, in one command.
pub(crate) const LINE_BYTES: usize = 64 * 1024;
/// Problems that are reported at once: more is a wrong file, not a wrong line.
pub(crate) const PROBLEMS: usize = 20;
/// People whom a sentence names: three lines of a board; the rest is counted.
pub(crate) const NAMES: usize = 10;
/// Candidates that an error lists: a screen of them.
pub(crate) const CANDIDATES: usize = 20;
/// From the first line of a day file to its last: a day and what hangs over, a week at most.
pub(crate) const DAY_SPAN: Millis = Millis::minutes(7 * 24 * 60);
/// The first instant that a file may name: ids carry no time before it.
pub(crate) const INSTANT_MIN: Timestamp = Timestamp(0);
/// The first instant that a file may no longer name: 2200-01-01, far behind any calendar.
pub(crate) const INSTANT_END: Timestamp = Timestamp(7_258_118_400_000);
/// A sentence of the story: two lines on a terminal.
pub(crate) const SAY_CHARS: usize = 240;
/// A handle or a command's name, in bytes: a word that somebody types again.
pub(crate) const HANDLE_BYTES: usize = 63;
/// A passcode as typed: a phrase.
pub(crate) const PASSCODE_CHARS: usize = 100;

/// How far time passes while something stays due although its time has come: as often as nobody would
/// notice, and seldom enough that a week of it is played at once.
pub(crate) const STEP_OVERDUE: Millis = Millis::minutes(1);

/// Columns to print into when the output is no terminal: two boards beside each other.
pub(crate) const WIDTH_DEFAULT: u16 = 120;
/// The fewest columns that every table has room in without breaking a word or a time.
pub(crate) const WIDTH_MIN: u16 = 80;
/// The most: wider lines are lost to the eye.
pub(crate) const WIDTH_MAX: u16 = 200;
/// A board on its own, or one of two beside each other.
pub(crate) const BOARD_WIDTH: u16 = 59;
