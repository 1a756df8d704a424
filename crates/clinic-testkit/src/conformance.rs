//! The conformance suites: whatever implements a port keeps its promises. Here are those of logs; stores of
//! credentials, access logs and what nodes tell each other have theirs beside.
//!
//! ```
//! mod my_log {
//!     use clinic_engine::MemoryLog as MyLog;
//!
//!     clinic_testkit::log_conformance!(|| std::sync::Arc::new(MyLog::new()));
//! }
//! ```
//!
//! makes one test of each. Each runs on a log of its own.

pub mod access;
pub mod credentials;
pub mod seen;

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability;
use clinic_domain::command::{Action, Command};
use clinic_domain::event::Recorded;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, Fresh, Position};
use clinic_domain::room::RoomKind;
use clinic_domain::state::{ClinicState, Stamp};
use clinic_domain::text::{Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::{AppendError, Batch, EventLog};
use uuid::Uuid;

/// Makes a test of every promise, each on a log that `$make` makes; or, where it takes time to open one, that
/// `async $make` makes, together with what the log needs to live.
#[macro_export]
macro_rules! log_conformance {
    (async $make:expr) => {
        $crate::log_conformance!(@promises $make,);
    };
    ($make:expr) => {
        $crate::log_conformance!(@promises async || ($make(), ()),);
    };
    (@promises $make:expr,) => {
        $crate::log_conformance!(@each $make,
            what_is_appended_is_read_back_in_order,
            a_batch_is_appended_whole_or_not_at_all,
            a_stale_append_is_a_conflict_and_leaves_nothing,
            of_many_appenders_at_one_head_one_wins,
            appenders_that_lock_all_finish,
            a_locked_head_does_not_move,
            a_lock_that_is_dropped_is_free,
            clinics_do_not_mix,
            reading_resumes_from_any_position,
            a_stream_is_read_by_itself,
            an_instant_finds_its_position,
            due_clinics_are_found,
            a_clinic_is_put_off_at_its_head_only,
            clinics_that_have_moved_are_found,
        );
    };
    (@each $make:expr, $($promise:ident,)*) => {$(
        #[tokio::test]
        async fn $promise() {
            let make = $make;
            let (log, _needed_by_it) = make().await;
            $crate::conformance::$promise(log).await;
        }
    )*};
}

type Log = Arc<dyn EventLog>;

/// Writes a real clinic's first events, a room at a time.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The clinic as it is after the batches that were made.
    pub state: ClinicState,
    /// What the last command's id was made of. Writers of one clinic keep theirs apart.
    pub commands: u128,
}

impl Writer {
    /// A writer of clinic number `n`.
    #[must_use]
    pub fn new(n: u128) -> Self {
        let clinic = ClinicId(Uuid::from_u128(n << 64));
        Self { state: ClinicState::new(clinic), commands: n << 64 }
    }

    /// The next `rooms` rooms of the clinic, in one batch a second after the last; the first batch
    /// founds the clinic.
    ///
    /// # Panics
    /// If the rules have changed so that the host may not.
    pub fn batch(&mut self, rooms: u128) -> Batch {
        let expected = self.state.head();
        let mut events = vec![];
        if expected == Position::START {
            events.extend(self.ask(Action::FoundClinic {
                name: title("Clinic"),
                zone: Zone::parse("UTC").expect("UTC is a zone"),
                owner_name: title("Owner"),
                capabilities: Capability::ALL.into(),
                external_ref: None,
            }));
        }
        for _ in 0..rooms {
            let slug = Slug::parse(&format!("room-{}", self.commands & 0xffff_ffff));
            events.extend(self.ask(Action::OpenRoom {
                kind: RoomKind::Shared,
                name: title("Room"),
                slug: slug.expect("a lawful slug"),
                external_ref: None,
            }));
        }
        Batch { clinic: self.state.id(), expected, events, next_due: None }
    }

    fn ask(&mut self, action: Action) -> Vec<Arc<Recorded>> {
        self.commands += 1;
        let id = Uuid::from_u128(self.commands);
        let at = Timestamp(1_000_000).max(self.state.now()).plus(Millis::seconds(1));
        let fresh = Fresh(Uuid::from_u128(self.commands << 20));
        let command = Command { id: CommandId(id), actor: Actor::Host, at, fresh, action };
        let events = self.state.decide(&command).expect("the host may");
        let stamp =
            Stamp { recorded_at: at, correlation_id: id, causation_id: None, clamped: None };
        let recorded = self.state.record(&command, events, &stamp);
        for event in &recorded {
            self.state.evolve(event);
        }
        recorded.into_iter().map(Arc::new).collect()
    }

    /// Folds in what others wrote.
    pub fn follow(&mut self, tail: &[Recorded]) {
        for recorded in tail {
            self.state.evolve(recorded);
        }
    }
}

fn title(text: &str) -> Title {
    Title::parse(text).expect("a lawful title")
}

async fn read_all(log: &Log, clinic: ClinicId) -> Vec<Recorded> {
    log.read(clinic, Position::START, usize::MAX >> 1).await.expect("the log can be read")
}

fn plain(events: &[Arc<Recorded>]) -> Vec<Recorded> {
    events.iter().map(|event| Recorded::clone(event)).collect()
}

/// Events come back as they were, in the order of their positions.
///
/// # Panics
/// If the log breaks the promise, as does every promise below.
pub async fn what_is_appended_is_read_back_in_order(log: Log) {
    let mut writer = Writer::new(1);
    let (first, second) = (writer.batch(3), writer.batch(2));
    log.append(first.clone()).await.expect("appended");
    log.append(second.clone()).await.expect("appended");
    let clinic = writer.state.id();
    let all = read_all(&log, clinic).await;
    assert_eq!(all, [plain(&first.events), plain(&second.events)].concat());
    let positions: Vec<u64> = all.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, (1..=6).collect::<Vec<u64>>());
    let head = log.head(clinic).await.expect("the head can be read");
    assert_eq!((head.position, head.occurred_at), (writer.state.head(), writer.state.now()));
}

/// A batch that does not follow the log leaves none of its events.
///
/// # Panics
/// If the log breaks the promise.
pub async fn a_batch_is_appended_whole_or_not_at_all(log: Log) {
    let mut writer = Writer::new(1);
    log.append(writer.batch(1)).await.expect("appended");
    let before = read_all(&log, writer.state.id()).await;
    let mut broken = writer.batch(3);
    let mut last = Recorded::clone(broken.events.last().expect("it has events"));
    last.sequence += 7; // a number of its stream that does not follow
    broken.events.pop();
    broken.events.push(Arc::new(last));
    let refused = log.append(broken).await;
    assert!(refused.is_err(), "a batch whose last event is out of order was accepted");
    assert_eq!(read_all(&log, writer.state.id()).await, before);
}

/// An append at another head than the log's changes nothing.
///
/// # Panics
/// If the log breaks the promise.
pub async fn a_stale_append_is_a_conflict_and_leaves_nothing(log: Log) {
    let mut winner = Writer::new(1);
    log.append(winner.batch(1)).await.expect("appended");
    let mut loser = winner.clone();
    loser.commands += 1_000;
    let won = winner.batch(1);
    log.append(won).await.expect("appended");
    assert_eq!(log.append(loser.batch(2)).await, Err(AppendError::Conflict));
    let mut early = Writer::new(1);
    early.batch(5);
    early.commands += 5_000;
    let ahead = early.batch(1);
    assert_eq!(log.append(ahead).await, Err(AppendError::Conflict));
    assert_eq!(read_all(&log, winner.state.id()).await.len(), 3);
}

/// However many append at one head at once, one of them wins.
///
/// # Panics
/// If the log breaks the promise.
pub async fn of_many_appenders_at_one_head_one_wins(log: Log) {
    let mut founder = Writer::new(1);
    log.append(founder.batch(0)).await.expect("appended");
    let tasks: Vec<_> = (1..=8_u128)
        .map(|n| {
            let (log, mut writer) = (Arc::clone(&log), founder.clone());
            writer.commands += n * 1_000;
            let batch = writer.batch(n % 3 + 1);
            tokio::spawn(async move { log.append(batch).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.expect("the appender ends") {
            Ok(()) => won += 1,
            Err(error) => assert_eq!(error, AppendError::Conflict),
        }
    }
    assert_eq!(won, 1);
    contiguous(&read_all(&log, founder.state.id()).await);
}

/// Appenders that hold the head's lock never lose a race.
///
/// # Panics
/// If the log breaks the promise.
pub async fn appenders_that_lock_all_finish(log: Log) {
    let mut founder = Writer::new(1);
    log.append(founder.batch(0)).await.expect("appended");
    let clinic = founder.state.id();
    let tasks: Vec<_> = (1..=8_u128)
        .map(|n| {
            let (log, mut writer) = (Arc::clone(&log), founder.clone());
            writer.commands += n * 1_000;
            tokio::spawn(async move {
                let locked = log.lock(clinic, writer.state.head()).await;
                let (mut locked, tail) = locked.expect("locked");
                let again = locked.read(writer.state.head(), 100).await.expect("read");
                assert_eq!(tail, again, "what comes with the lock is what stands behind");
                writer.follow(&tail);
                locked.append(writer.batch(2)).await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("the appender ends"), Ok(()));
    }
    let all = read_all(&log, clinic).await;
    assert_eq!(all.len(), 17);
    contiguous(&all);
}

/// While a head is locked, an append waits, or has lost the race at once.
///
/// # Panics
/// If the log breaks the promise.
pub async fn a_locked_head_does_not_move(log: Log) {
    let mut writer = Writer::new(1);
    log.append(writer.batch(0)).await.expect("appended");
    let clinic = writer.state.id();
    let (mut locked, tail) = log.lock(clinic, writer.state.head()).await.expect("locked");
    assert_eq!(tail, []);
    let mut other = writer.clone();
    other.commands += 1_000;
    let (waiting, batch) = (Arc::clone(&log), other.batch(1));
    let appender = tokio::spawn(async move { waiting.append(batch).await });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(locked.read(writer.state.head(), 10).await.expect("read").is_empty());
    assert!(locked.holds());
    locked.append(writer.batch(1)).await.expect("appended under the lock");
    assert_eq!(appender.await.expect("it ends"), Err(AppendError::Conflict));
}

/// A clinic that was due and had nothing to do is put off, unless something has happened since. A log that is
/// not shared need not know.
///
/// # Panics
/// If the log breaks the promise.
pub async fn a_clinic_is_put_off_at_its_head_only(log: Log) {
    let mut writer = Writer::new(1);
    let clinic = writer.state.id();
    let batch = Batch { next_due: Some(Timestamp(1)), ..writer.batch(1) };
    log.append(batch).await.expect("appended");
    let head = log.head(clinic).await.expect("read").position;
    let due = async || log.due(Timestamp(10), 10).await.expect("read");
    assert_eq!(due().await, [clinic]);
    log.set_due(clinic, Position(head.0 - 1), None).await.expect("told");
    assert_eq!(due().await, [clinic], "put off by somebody who is behind");
    log.set_due(clinic, head, Some(Timestamp(11))).await.expect("told");
    let put_off = if log.shared() { vec![] } else { due().await };
    assert_eq!(due().await, put_off);
    assert_eq!(log.due(Timestamp(11), 10).await.expect("read"), [clinic]);
}

/// Of many clinics, those that stand elsewhere than was known are found, and no other.
///
/// # Panics
/// If the log breaks the promise.
pub async fn clinics_that_have_moved_are_found(log: Log) {
    let mut known = vec![];
    for n in 1..=5 {
        let mut writer = Writer::new(n);
        log.append(writer.batch(1)).await.expect("appended");
        known.push((writer.state.id(), writer.state.head()));
    }
    assert_eq!(log.moved(&known).await.expect("asked"), []);
    assert_eq!(log.moved(&[]).await.expect("asked"), []);
    let behind = [known[1].0, known[3].0];
    for (clinic, position) in &mut known {
        if behind.contains(clinic) {
            *position = Position(position.0 - 1);
        }
    }
    let mut moved = log.moved(&known).await.expect("asked");
    moved.sort();
    assert_eq!(moved, behind);
}

/// A lock that is dropped without an append changes nothing, and is free soon.
///
/// # Panics
/// If the log breaks the promise.
pub async fn a_lock_that_is_dropped_is_free(log: Log) {
    let mut writer = Writer::new(1);
    log.append(writer.batch(0)).await.expect("appended");
    drop(log.lock(writer.state.id(), Position::START).await.expect("locked"));
    let batch = writer.batch(1);
    for _ in 0..100 {
        match log.append(batch.clone()).await {
            // A log that a server keeps hears a little later that its lock was dropped.
            Err(AppendError::Conflict) => tokio::time::sleep(Duration::from_millis(10)).await,
            answer => return assert_eq!(answer, Ok(())),
        }
    }
    panic!("the lock was dropped and is held");
}

/// Each clinic has positions of its own.
///
/// # Panics
/// If the log breaks the promise.
pub async fn clinics_do_not_mix(log: Log) {
    let (mut one, mut two) = (Writer::new(1), Writer::new(2));
    log.append(one.batch(2)).await.expect("appended");
    log.append(two.batch(1)).await.expect("appended");
    log.append(one.batch(1)).await.expect("appended");
    for writer in [&one, &two] {
        let all = read_all(&log, writer.state.id()).await;
        assert!(all.iter().all(|event| event.clinic == writer.state.id()));
        contiguous(&all);
    }
    let mut clinics = vec![one.state.id(), two.state.id()];
    clinics.sort();
    assert_eq!(log.clinics().await.expect("read"), clinics);
    let nobody = ClinicId(Uuid::from_u128(77));
    assert!(read_all(&log, nobody).await.is_empty());
    assert_eq!(log.head(nobody).await.expect("read").position, Position::START);
    assert_eq!(log.clinics().await.expect("read").len(), 2, "reading made a clinic");
}

/// From any position, in pages of any size, the same events.
///
/// # Panics
/// If the log breaks the promise.
pub async fn reading_resumes_from_any_position(log: Log) {
    let mut writer = Writer::new(1);
    for _ in 0..5 {
        log.append(writer.batch(2)).await.expect("appended");
    }
    let clinic = writer.state.id();
    let all = read_all(&log, clinic).await;
    for start in 0..=all.len() {
        for size in [1, 2, 3, 100] {
            let mut found = vec![];
            let mut after = Position(u64::try_from(start).unwrap_or(u64::MAX));
            loop {
                let page = log.read(clinic, after, size).await.expect("read");
                assert!(page.len() <= size);
                let Some(last) = page.last() else { break };
                after = last.position;
                found.extend(page);
            }
            assert_eq!(found, all[start..]);
        }
    }
}

/// A stream is its events and no others.
///
/// # Panics
/// If the log breaks the promise.
pub async fn a_stream_is_read_by_itself(log: Log) {
    let mut writer = Writer::new(1);
    log.append(writer.batch(3)).await.expect("appended");
    let clinic = writer.state.id();
    let all = read_all(&log, clinic).await;
    for stream in all.iter().map(|event| event.event.stream()) {
        let expected: Vec<Recorded> =
            all.iter().filter(|event| event.event.stream() == stream).cloned().collect();
        assert_eq!(log.read_stream(clinic, stream).await.expect("read"), expected);
    }
}

/// An instant finds the last position that is not after it.
///
/// # Panics
/// If the log breaks the promise.
pub async fn an_instant_finds_its_position(log: Log) {
    let mut writer = Writer::new(1);
    for _ in 0..4 {
        log.append(writer.batch(2)).await.expect("appended");
    }
    let clinic = writer.state.id();
    let all = read_all(&log, clinic).await;
    let first = all.first().expect("there are events").occurred_at;
    for instant in (first.0 - 2_000..first.0 + 12_000).step_by(500).map(Timestamp) {
        let before = all.iter().rev().find(|event| event.occurred_at <= instant);
        let expected = before.map_or(Position::START, |event| event.position);
        assert_eq!(log.position_at(clinic, instant).await.expect("read"), expected);
    }
}

/// A clinic is found when its work is due, and no longer when a later batch says so.
///
/// # Panics
/// If the log breaks the promise.
pub async fn due_clinics_are_found(log: Log) {
    let (mut one, mut two) = (Writer::new(1), Writer::new(2));
    let due = |batch: Batch, at: i64| Batch { next_due: Some(Timestamp(at)), ..batch };
    log.append(due(one.batch(1), 5_000)).await.expect("appended");
    log.append(due(two.batch(1), 9_000)).await.expect("appended");
    let found = |now: i64| {
        let log = Arc::clone(&log);
        async move { log.due(Timestamp(now), 10).await.expect("read") }
    };
    assert_eq!(found(4_999).await, []);
    assert_eq!(found(5_000).await, [one.state.id()]);
    assert_eq!(found(9_000).await.len(), 2);
    assert_eq!(log.due(Timestamp(9_000), 1).await.expect("read").len(), 1);
    log.append(one.batch(1)).await.expect("appended");
    assert_eq!(found(9_000).await, [two.state.id()]);
}

fn contiguous(events: &[Recorded]) {
    let positions = events.iter().map(|event| event.position.0);
    assert!(positions.eq(1..=u64::try_from(events.len()).unwrap_or(u64::MAX)), "a gap");
}
