//! Every limit of the engine, with its reason. The rules' own are in the domain's file of that name.

use clinic_domain::time::Millis;

/// Commands decided in one batch: enough that a commit is shared by a crowd, few enough that the
/// first of them does not wait for a long batch.
pub const BATCH: usize = 256;
/// Commands that may wait for one clinic; whoever comes then waits to be queued.
pub const QUEUE: usize = 1_024;
/// Events read from a log at once: a page stays in a cache and holds no snapshot for long.
pub const PAGE: usize = 1_000;
/// Events between two saved states of what time travel shows, at least: the tail behind a saved state is
/// then folded in a few milliseconds. Large boards are saved less often ([`SAVED_BYTES_PER_EVENT`]); the tail
/// behind them may be a few times as large as they are.
pub const SAVE_BOARDS_EVERY: u64 = 5_000;
/// Bytes of saved boards that each event since may cost: a quarter of what the event itself takes. Boards that are
/// larger for their events are saved less often.
pub const SAVED_BYTES_PER_EVENT: u64 = 256;
/// Events between two saved states of everything that a start needs: they are larger, and a start
/// may take a moment.
pub const SAVE_ALL_EVERY: u64 = 100_000;
/// Events of a clinic kept in memory for live readers; whoever is further behind reads the log.
pub const RECENT: usize = 1_024;
/// How long a read waits for a position that it was told of, before it says that it is not there.
pub const READ_WAIT: Millis = Millis::seconds(5);
/// How often a log that others write to is looked at by those who follow it.
pub const POLL: Millis = Millis(250);
/// Clinics that one question of whether they have moved names: one statement, soon read.
pub const MOVED_AT_ONCE: usize = 1_000;
/// The first pause between attempts to settle a commit in doubt; each is twice the one before.
pub const SETTLE_PAUSE: Millis = Millis(50);
/// The longest of those pauses.
pub const SETTLE_PAUSE_MAX: Millis = Millis::seconds(5);
/// How long a commit stays in doubt before those who wait are told so, and whoever asks next has the
/// clinic read anew: a database that fails over is back by then, a disk that is full is not.
pub const SETTLE_FOR: Millis = Millis::seconds(15);
/// How often a batch is decided anew because others were faster: without the lock once, then under it, which may run
/// out for one that takes long.
pub const ATTEMPTS: usize = 16;
/// How long a command may wait to be decided. Whoever asked has long asked elsewhere; and a node that
/// lay still for longer than ids are remembered must not do again what another has done. Counted by the
/// steady clock; where that stood still too, the wall clock has jumped by [`CLOCK_JUMP`] and decides nothing.
pub const DECIDE_WITHIN: Millis = Millis::seconds(60);
/// How often due work is looked for.
pub const TICK: Millis = Millis::seconds(1);
/// Clinics with due work that one look takes on; the next look takes the rest.
pub const DUE_CLINICS: usize = 1_000;
/// How far a clock may run ahead of the monotonic one before it counts as broken: more than any
/// correction by a time service, less than what would freeze a clinic's time for long.
pub const CLOCK_JUMP: Millis = Millis::minutes(5);

/// Silence after which somebody counts as offline: two missed heartbeats of ten seconds.
pub const SILENCE: Millis = Millis::seconds(20);
/// The same after a start of the engine, when everybody has to connect anew.
pub const SILENCE_AFTER_START: Millis = Millis::seconds(60);
/// How often a node tells others that it is alive, and whom it has heard, and asks them the same: a small
/// part of [`SILENCE`], and one statement each.
pub const SEEN_EVERY: Millis = Millis::seconds(1);
/// How soon it tells that a stream opened or closed: people go from node to node.
pub const SEEN_SOON: Millis = Millis(250);
/// How long after an instant others have surely been told what a node that is alive heard until then, with the
/// second that their clocks may be apart.
pub const SEEN_LAG: Millis = Millis::seconds(3);
/// Silence after which a node counts as gone, and its open streams with it: it has missed ten times.
pub const NODE_SILENCE: Millis = Millis::seconds(10);
/// How often what is old is forgotten, and what is here is told again to whoever has lost it.
pub const SEEN_TIDY: Millis = Millis::minutes(1);
/// How long the last sign of life of somebody, and of a node, is kept: nobody comes back to it after that.
pub const SEEN_KEPT: Millis = Millis::minutes(60);
/// Connections of one person that are told apart: a few tabs and devices.
pub const CONNECTIONS: usize = 64;

/// Check-ins by one room's link within [`DOOR_WINDOW`]: a busy clinic's morning, not a script.
pub const CHECK_INS_PER_ROOM: usize = 60;
/// Check-ins from one source within [`DOOR_WINDOW`]: a family or a shared office address.
pub const CHECK_INS_PER_SOURCE: usize = 20;
/// Wrong passcodes from one source within [`DOOR_WINDOW`]: typing errors, not guesses.
pub const WRONG_PASSCODES: usize = 5;
/// The window in which those are counted.
pub const DOOR_WINDOW: Millis = Millis::minutes(1);
/// Rooms and sources that are counted at once; beyond that the idlest are forgotten.
pub const DOOR_KEYS: usize = 10_000;

/// Memory of one hash of a passcode or password, in KiB. This and the next two are what OWASP asks of
/// argon2id at least: a check-in should not wait for more, and tries are counted before they are hashed.
pub const HASH_MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const HASH_PASSES: u32 = 2;
/// Lanes of that memory: one core each.
pub const HASH_LANES: u32 = 1;
/// Secrets that one hasher hashes at once: a flood of guesses takes this many cores and no more.
pub const HASHES_AT_ONCE: usize = 2;
/// Secrets that may be with one hasher, those being hashed among them: a crowd at nine o'clock, served in
/// two or three seconds. Whoever comes then is told to come back, so that nobody waits in vain.
pub const HASHES_WAITING: usize = 64;

/// The shortest new password: what NIST SP 800-63B asks of one that is all there is, and two more.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// The longest password: a sentence, and less than is worth hashing as an attack.
pub const PASSWORD_CHARS_MAX: usize = 200;
/// Browsers at which one member is signed in: her desks and devices, some of them forgotten.
pub const SESSIONS_PER_MEMBER: usize = 32;
/// Readings of personal data that are kept in memory, where no other access log is: some megabytes.
pub const ACCESSES_IN_MEMORY: usize = 10_000;
