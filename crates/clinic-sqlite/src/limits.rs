//! Every limit of the SQLite log and of the files beside it, with its reason.

use std::time::Duration;

/// How long a connection waits for a file beside the log that another one is writing to.
pub const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Bytes of an operator key file: two short lines, and room for a careless editor.
pub const OPERATOR_KEY_FILE: usize = 1_024;
/// Keys made with one flush to the disk: on a slow disk (10 ms) this is still more check-ins a
/// second than one node decides, and what a restart leaves unused is a few pages.
pub const KEYS_PER_BLOCK: usize = 256;
/// Keys left when the next block is made: enough for those who check in meanwhile.
pub const KEYS_LOW: usize = 128;
/// Keys kept in memory: everybody who is in a few busy clinics, in a few megabytes.
pub const KEYS_IN_MEMORY: usize = 16_384;
/// Keys that a rotation holds in memory at once.
pub const KEYS_PER_PAGE: usize = 1_000;

/// Connections that read at once: more than a machine of this size has cores to decode with.
pub const READERS: usize = 4;
/// Rows of one page of a scan that filters: a page is read in one snapshot and held in memory.
pub const PAGE: usize = 1_000;
/// Batches that share one commit: every clinic of a busy node, and no commit grows without end.
pub const GROUP: usize = 256;
/// How long a commit waits for those who shared the last one. Less than most disks take to sync; it
/// is not waited at all where one writer is alone.
pub const GATHER: Duration = Duration::from_micros(200);
/// How long the writer looks for the next batch before it sleeps: an answered client often asks again
/// at once, and to be woken takes as long as a fast disk takes to sync.
pub const SPIN: Duration = Duration::from_micros(50);
/// How often the head file is renewed while events come in, at most: it costs two syncs, and says
/// how young a loss can be seen.
pub const HEAD_FILE_EVERY: Duration = Duration::from_secs(1);
/// Pages in the write-ahead log (estimated) before it is copied into the main file: 40 MiB. A page
/// that changed many times is copied once, and a crash is still read back in a moment.
pub const CHECKPOINT_PAGES: usize = 10_000;
/// Bytes of a write-ahead log that its readers have kept from starting over: then the writer waits
/// for them, so that the disk does not fill up.
pub const WAL_BYTES: u64 = 256 << 20;
/// How long it waits for them: a page is read in less, and the next checkpoint tries again.
pub const WAL_WAIT: Duration = Duration::from_millis(100);
/// Memory of the writing connection's page cache, in KiB: the pages at which hundreds of clinics
/// write. At four times that, SQLite spends a tenth of the writer's time walking the cache.
pub const WRITER_CACHE_KIB: i64 = 8_192;
/// Streams whose last number is remembered: everybody in a few busy clinics, in a few megabytes.
pub const STREAMS: usize = 65_536;
/// A clinic's key has 23 bits of a row's id ...
pub const CLINICS: i64 = (1 << 23) - 1;
/// ... and a position has 40 of them: a million events a day for three thousand years.
pub const POSITIONS: u64 = (1 << 40) - 1;
/// Bytes of a log that is read through when it is opened: under a second on two shared cores.
/// A larger one has its last events checked; `check` reads the rest, at leisure.
pub const OPEN_CHECK_BYTES: u64 = 256 << 20;
/// Findings of a check that are told one by one: whoever mends a file starts with the first.
pub const FINDINGS: usize = 100;
/// Findings that a refusal tells: enough to see what kind of damage it is.
pub const FINDINGS_TOLD: usize = 5;
/// Pages that a copy takes in one step (4 MiB): the progress is shown a few times a second.
pub const COPY_STEP: i32 = 1_000;
/// Bytes of a head file: five short lines, and room for a careless editor.
pub const HEAD_FILE: u64 = 4_096;
/// Batches of an atomic append that wait for the writer: enough to keep it busy.
pub const ATOMIC_AHEAD: usize = 4;
/// Events behind its evidence that a stock writer may have written itself, in one command.
pub const COMMAND_EVENTS: u64 = 1_024;

/// Readings that wait to be recorded; whoever reads then waits to be queued.
pub const ACCESSES_WAITING: usize = 1_024;
/// Readings that share one commit: everybody who waits, and no commit grows without end.
pub const ACCESSES_PER_COMMIT: usize = 256;
