//! Every limit of the command line, with its reason. The rules' and the engine's own stand in the
//! file of that name in each of their crates.

use std::time::Duration;

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
/// How long a log may take to say where it ends, when it could not be read: one that takes longer counts as away,
/// and whoever follows it waits.
pub(crate) const ANSWERS: Duration = Duration::from_secs(2);
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
/// How often a client of a bench asks again for what has waited too long by that clock.
pub(crate) const BENCH_RETRIES: usize = 100;
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
/// Nodes of a bench: more of them only wait for each other.
pub(crate) const BENCH_NODES: usize = 16;

/// Where a server listens unless somebody says otherwise: on this machine alone.
pub(crate) const LISTEN: &str = "127.0.0.1:8080";
/// Bytes of a file of settings: each of them at great length.
pub(crate) const CONFIG_BYTES: usize = 64 * 1024;
/// The fewest characters of the token that opens the metrics: what nobody guesses.
pub(crate) const METRICS_TOKEN_CHARS: usize = 16;
/// Open files that are no connections: the log's readers, its files, standard streams.
pub(crate) const FILES_RESERVED: u64 = 128;
/// Connections at once, where the machine would allow more: their buffers fit into a gigabyte. Who
/// comes then waits in the listener's backlog.
pub(crate) const CONNECTIONS: u64 = 20_000;
/// Connections at once from one place of origin: a house full of people behind one address.
pub(crate) const CONNECTIONS_OF_ORIGIN: usize = 1_000;
/// How long the listener rests when the machine has no open file left to give.
pub(crate) const ACCEPT_REST: Duration = Duration::from_millis(100);
/// How long a client may take to speak TLS: a few round trips over the worst of networks.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request, and how long it may keep an HTTP/1 connection
/// without beginning one.
pub(crate) const HEAD: Duration = Duration::from_secs(10);
/// Bytes of a request's head, and of what is read ahead.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;
/// How long a body may pause between two pieces. The time for all of it is that of a request.
pub(crate) const BODY_PAUSE: Duration = Duration::from_secs(10);
/// How long a connection may stay on which nothing is asked and nothing answered.
pub(crate) const IDLE: Duration = Duration::from_mins(1);
/// How long a client may take nothing of what it is sent.
pub(crate) const STUCK: Duration = Duration::from_secs(30);
/// Requests at once on one HTTP/2 connection: all streams of a page, and what it loads meanwhile.
pub(crate) const STREAMS: u32 = 100;
/// How often the other end of an HTTP/2 connection is asked whether it is there.
pub(crate) const PING: Duration = Duration::from_secs(20);
/// How long it may take to answer that.
pub(crate) const PONG: Duration = Duration::from_secs(20);
/// How long requests in flight may take when the server ends: longer than a commit.
pub(crate) const DRAIN: Duration = Duration::from_secs(7);
/// How long the log may take to close then. With the above, a server ends within ten seconds.
pub(crate) const CLOSE: Duration = Duration::from_secs(2);
/// How long what still runs may take to notice.
pub(crate) const HALT: Duration = Duration::from_millis(500);
/// Characters of a request's id that a proxy brings: the longest of the usual kinds.
pub(crate) const REQUEST_ID_CHARS: usize = 64;
/// Seconds at which durations of requests are told apart: from a read in memory to the longest wait.
pub(crate) const DURATION_BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// How often figures that nobody has asked for are folded together.
pub(crate) const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// Characters of a password that is made: of an alphabet of 32, a hundred bits.
pub(crate) const PASSWORD_CHARS: usize = 20;
