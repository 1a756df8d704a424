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
/// Hexadecimal digits of an id's end that are shown: enough to tell a day's ids apart.
pub(crate) const SHORT_ID: usize = 8;
/// Events that are read and shown at once: a log of any length goes through as many in memory.
pub(crate) const PAGE: usize = 1_000;
/// How often a log that is followed is looked at: people take it for at once.
pub(crate) const FOLLOW: Millis = Millis(250);
/// Between an event and its recording, as long as it was recorded as it happened: the engine lets no
/// clock run further from the log's time.
pub(crate) const RECORDED_LIVE: Millis = clinic_engine::limits::CLOCK_JUMP;
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

/// How far a clinic's clock goes on with each command of a bench: nine of them, a visit each half
/// minute, are a busy clinic.
pub(crate) const BENCH_PACE: Millis = Millis::seconds(3);
/// How often a bench reads the log from end to end; the first time is not counted as warm.
pub(crate) const BENCH_READS: usize = 5;
/// At how many positions a bench looks into the past.
pub(crate) const BENCH_AS_OF: usize = 200;
/// Clients of a bench: each has a room, and one clinic has a thousand of them at most.
pub(crate) const BENCH_CLIENTS: usize = 900;
/// Clinics of a bench: to found more takes longer than to measure anything.
pub(crate) const BENCH_CLINICS: usize = 10_000;
/// Visits of a bench: the time of each of their commands is kept, in under a gigabyte.
pub(crate) const BENCH_VISITS: usize = 10_000_000;
/// Days of a simulation: what a machine plays in some hours.
pub(crate) const SIMULATED_DAYS: u64 = 1_000_000;
/// Nodes of a simulation: more of them only wait for each other.
pub(crate) const SIMULATED_NODES: u64 = 16;
/// Rounds of a bench: the median of more is not steadier.
pub(crate) const BENCH_ROUNDS: usize = 1_000;
