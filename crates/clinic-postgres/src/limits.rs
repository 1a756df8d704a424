//! Every limit of the Postgres log and of what is beside it, with its reason.

use std::time::Duration;

use clinic_domain::time::Millis;

/// Connections that read, and write what stands beside the log: a page is decoded on this side, so more
/// than a node has cores for wait for each other anyway.
pub const READERS: u32 = 8;
/// How long somebody waits for one of those connections before she is told to come back.
pub const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept: a server with many nodes is not to hold connections for nobody.
pub const IDLE: Duration = Duration::from_mins(10);
/// How long a statement may take at the server before it gives up: longer than any page or batch of ours.
pub const STATEMENT: Duration = Duration::from_secs(10);
/// How long a statement waits for a lock: the head of a clinic is held for a few milliseconds.
pub const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long a transaction may stand still before the server ends it: a node that holds a clinic's head and
/// has died is to be found out.
pub const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(5);

/// How long a host may take to be reached: one that does not answer must not keep the others from being tried.
pub const CONNECT: Duration = Duration::from_secs(2);
/// How often a node looks whether the database is there, and still takes writes: a failover is followed in
/// a few seconds.
pub const WATCH: Duration = Duration::from_secs(1);
/// How many of those looks pass between two comparisons of the clocks: a minute.
pub const COMPARE_EVERY: u32 = 60;
/// How far this node's clock may be from the database's: events of nodes further apart would have their
/// times moved by each other.
pub const CLOCKS_APART: Millis = Millis::seconds(1);
/// How long a connection is silent before its system asks whether the other end is there.
pub const KEEPALIVE: Duration = Duration::from_secs(5);
/// How long closing waits for those who are reading: nothing is lost without it, and the program that closes has
/// promised to end soon, also where the database says nothing any more.
pub const CLOSE: Duration = Duration::from_secs(1);
/// Appends in flight, at most. With the server near, one at a time shares more and is a third faster than two
/// (`docs/PERFORMANCE.md`); how many a far one wants is not measured yet.
pub const APPENDS: usize = 1;
/// Connections over which a bench inserts its floor: while the server syncs one batch, the next is on its way.
pub const FLOOR_LANES: usize = 2;
/// Clinics whose heads one node locks one by one, at once.
pub const LOCKS: usize = 8;
/// How long a turn waits for its locks: another node's turn takes milliseconds, and one clinic that is held for
/// longer, by whoever writes beside the nodes, must not hold up the others.
pub const TURN_WAIT: Duration = Duration::from_millis(500);
/// How long deciders may take in a turn, before those that have decided go on without the others: less than
/// another node's turn waits.
pub const TURN: Duration = Duration::from_millis(150);
/// Events that a clinic may be behind and still take part in a turn: the others wait while they are read.
pub const TURN_TAIL: usize = 200;
/// Batches of clinics that wait to be appended; whoever comes then waits to be queued.
pub const APPENDS_WAITING: usize = 1_024;
/// Batches of clinics that share one append: every clinic of a busy node, and no statement grows without end.
pub const GROUP: usize = 256;
/// Events that share one append; one batch alone may have more.
pub const GROUP_EVENTS: usize = 2_048;
/// How long a node waits for the answer to a statement: longer than the server lets one run. After that the way is
/// lost.
pub const ANSWER: Duration = Duration::from_secs(15);
/// How long the transaction of an import or a copy may stand still, and each of its statements take: between
/// two pages, the other store is read. Nobody waits for a clinic that is not there yet.
pub const ATOMIC_PAUSE: Duration = Duration::from_mins(1);
/// Findings that are told, of a table that is not taken over or a log that is not whole: more is a wrong table,
/// not a wrong row.
pub const FINDINGS: usize = 20;
/// Clinics that one notification names, each with its head in at most 53 bytes: it may have 8,000.
pub const CLINICS_PER_WORD: usize = 140;
/// How long a node gathers news of its appends before it sends them: a reader elsewhere does not notice, and
/// notifying commits wait for each other over the whole server.
pub const BETWEEN_WORDS: Duration = Duration::from_millis(15);
/// How often a node that speaks looks whether anybody listens.
pub const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// Clinics of which a node remembers where their streams end, and how many streams of each: those of a
/// busy day, in some tens of megabytes.
pub const CLINICS_REMEMBERED: usize = 1_024;
/// See [`CLINICS_REMEMBERED`].
pub const STREAMS_REMEMBERED: usize = 512;
/// How long a node waits before it listens again, when it could not.
pub const BETWEEN_LISTENINGS: Duration = Duration::from_millis(500);
/// Appends in flight where the log is distributed: each is one clinic's, and they go to many machines.
pub const APPENDS_APART: usize = 16;
/// Events whose rows one statement spells out: ten columns each, of 65,535 that a statement may have.
pub const ROWS_SPELT_OUT: usize = 64;
/// Silence after which a node counts as gone when somebody asks which are there: it speaks each second.
pub const NODE_LEFT: Millis = Millis::seconds(30);
/// How long a node takes from its look at the level to its first word, on a busy machine: who raises the level
/// waits for that. Less than [`LOCK_WAIT`], for those who start meanwhile wait for her, and than
/// [`IDLE_IN_TRANSACTION`].
pub const NODE_STARTS: Duration = Duration::from_secs(3);

/// Bytes of an event's payload that a stock writer may store: ten times our longest, the hours of a room with a year of
/// exceptions. Every node that reads the clinic has each of them in memory.
pub const STOCK_PAYLOAD: usize = 1 << 20;
/// Bytes of its metadata: forty times ours, so that others have room for theirs.
pub const STOCK_METADATA: usize = 16 << 10;

/// How often a change is tried that the server undoes for another's sake: of two that wait for each other one goes
/// on each time.
pub const CHANGES: usize = 5;
/// How long a connection is waited for that is asked for a sign of life only.
pub const PING: Duration = Duration::from_secs(2);
/// Sessions whose time is over that one sign-in removes: many more than begin meanwhile, and no sign-in
/// waits for a night's leftovers.
pub const SESSIONS_SWEPT: i64 = 1_000;

/// Keys made with one statement: even where the database is far away (10 ms) this is more check-ins a second
/// than one node decides, and what a restart leaves unused is a few pages.
pub const KEYS_PER_BLOCK: usize = 256;
/// Keys left when the next block is made: enough for those who check in meanwhile.
pub const KEYS_LOW: usize = 128;
/// Keys kept in memory: everybody who is in a few busy clinics, in a few megabytes.
pub const KEYS_IN_MEMORY: usize = 16_384;
/// How long a key is kept in memory: so long one that another node destroys may still open something here.
pub const KEY_IN_MEMORY: Millis = Millis::seconds(10);
/// Keys that a rotation holds in memory at once.
pub const KEYS_PER_PAGE: i64 = 1_000;

/// Readings that wait to be recorded; whoever reads then waits to be queued.
pub const ACCESSES_WAITING: usize = 1_024;
/// Readings that share one statement: everybody who waits, and none grows without end.
pub const ACCESSES_PER_COMMIT: usize = 256;
/// Readings of one page: an auditor pages on, whatever she asked for.
pub const ACCESSES_PER_PAGE: usize = 10_000;

/// Bytes of a saved state: that of a large clinic with years behind it is a tenth of this, and what takes longer
/// to fetch than to fold is no use.
pub const STATE_BYTES: usize = 64 << 20;
