//! A log that fails: nothing acknowledged is lost, nothing happens twice, nobody hears a lie.

use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::text::Title;
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::{AppendError, Batch, Clock, EventLog, Head, LockedHead, LogError};
use clinic_engine::{Broken, EngineError, MemoryLog};
use tokio::sync::Notify;

use super::fixture::{House, engine_on, names, start, transfer};

/// What goes wrong at the next append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The reply is lost after the commit.
    LostReply,
    /// The connection is lost before the commit.
    LostRequest,
    /// The same, and the request is still under way.
    LateRequest,
    /// The disk is full.
    Full,
    /// Whatever holds this event cannot be stored.
    Unstorable(&'static str),
}

#[derive(Debug, Default)]
struct FaultyLog {
    inner: MemoryLog,
    fault: Mutex<Option<Fault>>,
    locks_that_fail: Mutex<u32>,
    reads_that_fail: Mutex<u32>,
    unreadable: Mutex<Option<ClinicId>>,
    stopped: Mutex<Option<LogError>>,
    /// Under way to the log, until somebody locks the head: nothing that was decided before is appended then.
    late: Mutex<Option<Batch>>,
    /// The next append waits here.
    gate: Mutex<Option<Arc<Notify>>>,
}

impl FaultyLog {
    fn break_with(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    /// What is under way arrives.
    async fn late_arrives(&self) {
        let late = self.late.lock().unwrap().take();
        if let Some(batch) = late {
            let _nobody_is_told = self.inner.append(batch).await;
        }
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let gate = self.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        let fault = *self.fault.lock().unwrap();
        match fault {
            None => self.inner.append(batch).await,
            Some(Fault::Unstorable(name)) => {
                if batch.events.iter().any(|event| event.event.name() == name) {
                    return Err(LogError::Failed("cannot store that".into()).into());
                }
                self.inner.append(batch).await
            }
            Some(once) => {
                *self.fault.lock().unwrap() = None;
                match once {
                    Fault::LostReply => self.inner.append(batch).await?,
                    Fault::LateRequest => *self.late.lock().unwrap() = Some(batch),
                    Fault::Full => return Err(LogError::Failed("disk full".into()).into()),
                    Fault::LostRequest | Fault::Unstorable(_) => {}
                }
                Err(AppendError::InDoubt("connection lost".into()))
            }
        }
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        {
            let mut failing = self.locks_that_fail.lock().unwrap();
            if *failing > 0 {
                *failing -= 1;
                return Err(LogError::Failed("not reachable".into()));
            }
        }
        let locked = self.inner.lock(clinic, after).await?;
        *self.late.lock().unwrap() = None;
        Ok(locked)
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        let once = {
            let mut failing = self.reads_that_fail.lock().unwrap();
            let fails = *failing > 0;
            *failing = failing.saturating_sub(1);
            fails
        };
        if once || *self.unreadable.lock().unwrap() == Some(clinic) {
            return Err(LogError::Failed("cannot be read".into()));
        }
        // Reading takes a turn of the scheduler, as it does from a disk.
        tokio::task::yield_now().await;
        self.inner.read(clinic, after, limit).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.inner.read_stream(clinic, stream).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        if *self.unreadable.lock().unwrap() == Some(clinic) {
            return Err(LogError::Failed("cannot be read".into()));
        }
        self.inner.head(clinic).await
    }

    async fn position_at(&self, clinic: ClinicId, at: Timestamp) -> Result<Position, LogError> {
        self.inner.position_at(clinic, at).await
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        self.inner.clinics().await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        self.inner.due(now, limit).await
    }

    fn shared(&self) -> bool {
        false
    }

    fn goes_on(&self) -> Result<(), LogError> {
        self.stopped.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

async fn house() -> (Arc<FaultyLog>, House) {
    let log = Arc::new(FaultyLog::default());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    (log, house)
}

async fn stored(log: &FaultyLog, clinic: ClinicId) -> Vec<Recorded> {
    log.inner.read(clinic, Position::START, 10_000).await.unwrap()
}

#[tokio::test]
async fn a_commit_whose_reply_is_lost_is_answered_with_what_was_committed() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    log.break_with(Fault::LostReply);
    let receipt = house.as_rita(start(visit)).await.unwrap();
    assert_eq!(names(&receipt), ["CallStarted"]);
    let all = stored(&log, house.clinic).await;
    assert_eq!(all.last().unwrap(), receipt.events[0].as_ref());
    assert_eq!(all.iter().filter(|event| event.event.name() == "CallStarted").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_never_arrived_is_decided_again_once_the_log_can_be_asked() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    log.break_with(Fault::LostRequest);
    *log.locks_that_fail.lock().unwrap() = 5;
    let receipt = house.as_rita(start(visit)).await.unwrap();
    let all = stored(&log, house.clinic).await;
    assert_eq!(all.last().unwrap(), receipt.events[0].as_ref());
    assert_eq!(*log.locks_that_fail.lock().unwrap(), 0, "it was settled without the lock");
}

#[tokio::test]
async fn what_could_not_be_stored_is_undone_and_the_clinic_goes_on() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    let before = house.head().await;
    log.break_with(Fault::Full);
    let broken = house.as_rita(start(visit)).await;
    assert_eq!(broken, Err(EngineError::Broken(Broken::Log(LogError::Failed("disk full".into())))));
    assert_eq!(house.head().await, before);
    // The undone start has left nothing behind: she is free, and the visit waits.
    let receipt = house.as_rita(start(visit)).await.unwrap();
    assert_eq!((names(&receipt), receipt.position), (vec!["CallStarted"], before.next()));
}

#[tokio::test]
async fn an_error_of_a_batch_is_answered_to_the_offender_alone() {
    let (log, house) = house().await;
    let visits = [house.check_in(1).await, house.check_in(2).await, house.check_in(3).await];
    log.break_with(Fault::Unstorable("Transferred"));
    let (one, two, three) = tokio::join!(
        house.as_rita(start(visits[0])),
        house.as_rita(transfer(visits[1], house.office)),
        house.as_rita(Action::CarryOver(visits[2])),
    );
    assert_eq!(names(&one.unwrap()), ["CallStarted"]);
    assert!(matches!(two, Err(EngineError::Broken(_))), "{two:?}");
    assert_eq!(names(&three.unwrap()), ["CarriedOver"]);
    let place = house.engine.read(house.clinic, None, |views| {
        views.census.visit(visits[1]).and_then(|visit| visit.open()).map(|open| open.room)
    });
    assert_eq!(place.await.unwrap(), Some(house.reception), "readers saw what was never stored");
}

#[tokio::test]
async fn nobody_is_shown_the_beginning_of_reading_a_clinic() {
    let (log, house) = house().await;
    house.check_in(1).await;
    let head = house.head().await;
    let fresh = engine_on(log, &house.clock, 3);
    let read = || fresh.read(house.clinic, None, |views| views.census.position());
    let (one, two) = tokio::join!(read(), read());
    assert_eq!((one, two), (Ok(head), Ok(head)));
}

#[tokio::test]
async fn a_clinic_that_could_not_be_read_is_read_again_and_never_shown_empty() {
    let (log, house) = house().await;
    house.check_in(1).await;
    let head = house.head().await;
    *log.reads_that_fail.lock().unwrap() = 2;
    let fresh = engine_on(Arc::clone(&log) as Arc<_>, &house.clock, 3);
    let read = || fresh.read(house.clinic, None, |views| views.census.position());
    let mut shown = vec![];
    for _ in 0..4 {
        shown.extend(read().await);
    }
    assert!(!shown.is_empty() && shown.iter().all(|position| *position == head), "{shown:?}");
}

#[tokio::test]
async fn one_clinic_that_cannot_be_read_stops_no_timers_of_others() {
    let (log, house) = house().await;
    let second = House::with(house.engine.clone(), Arc::clone(&house.clock)).await;
    let first = house.clinic.min(second.clinic);
    let (bad, good) = if first == house.clinic { (house, second) } else { (second, house) };
    for house in [&bad, &good] {
        house.policy(house.office, |policy| policy.accept_window = Some(Millis::minutes(2))).await;
        let visit = house.check_in(1).await;
        house.as_rita(transfer(visit, house.office)).await.unwrap();
    }
    *log.unreadable.lock().unwrap() = Some(bad.clinic);
    good.clock.advance(Millis::minutes(2));
    // An engine that has neither in memory, and finds both due.
    engine_on(Arc::clone(&log) as Arc<_>, &good.clock, 3).tick().await.unwrap_err();
    let expired = stored(&log, good.clinic).await;
    assert!(expired.iter().any(|event| event.event.name() == "TransferExpired"));
}

#[tokio::test]
async fn due_work_that_cannot_be_stored_holds_no_command_up() {
    let (log, house) = house().await;
    house.policy(house.office, |policy| policy.accept_window = Some(Millis::minutes(2))).await;
    let (sent, waiting) = (house.check_in(1).await, house.check_in(2).await);
    house.as_rita(transfer(sent, house.office)).await.unwrap();
    log.break_with(Fault::Unstorable("TransferExpired"));
    house.clock.advance(Millis::minutes(2));
    assert_eq!(names(&house.as_rita(start(waiting)).await.unwrap()), ["CallStarted"]);
}

#[tokio::test]
async fn what_was_committed_in_doubt_is_answered_though_the_clock_has_failed_since() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    let wish = house.engine.request(Actor::Member(house.rita), start(visit));
    let first = house.engine.execute(house.clinic, wish.clone()).await.unwrap();
    house.clock.jump_to(house.clock.now().plus(Millis::minutes(60)));
    assert_eq!(house.engine.execute(house.clinic, wish).await.unwrap(), first);
    let other = house.as_rita(Action::EndCall { visit, seen: None }).await;
    assert!(matches!(other, Err(EngineError::Broken(Broken::ClockJumped { .. }))), "{other:?}");
    assert_eq!(stored(&log, house.clinic).await.len(), usize::try_from(first.position.0).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_doubt_that_nobody_can_settle_is_told_as_one_and_ends_with_it() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    log.break_with(Fault::LostReply);
    *log.locks_that_fail.lock().unwrap() = u32::MAX;
    let request = house.engine.request(Actor::Member(house.rita), start(visit));
    let beside = house.engine.request(Actor::Member(house.dana), start(visit));
    let (asked, also) = tokio::join!(
        house.engine.execute(house.clinic, request.clone()),
        house.engine.execute(house.clinic, beside),
    );
    let said = asked.unwrap_err();
    assert!(matches!(said, EngineError::Broken(Broken::InDoubt(_))), "{said}");
    assert!(matches!(also.unwrap_err(), EngineError::Broken(_)));
    *log.locks_that_fail.lock().unwrap() = 0;
    // Whoever asks again with the same id hears what became of it.
    let again = house.engine.execute(house.clinic, request).await.unwrap();
    assert_eq!(names(&again), ["CallStarted"]);
    let events = stored(&log, house.clinic).await;
    let started = events.iter().filter(|event| event.event.name() == "CallStarted").count();
    assert_eq!(started, 1);
}

/// The doubt outlives the decider that had it: nobody is told no before it is settled.
#[tokio::test(start_paused = true)]
async fn what_was_refused_after_a_doubt_does_not_happen_all_the_same() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    let sent = house.as_rita(transfer(visit, house.office)).await.unwrap();
    log.break_with(Fault::LateRequest);
    *log.locks_that_fail.lock().unwrap() = u32::MAX;
    let undo = Action::UndoTransfer(visit, sent.transfer().unwrap());
    let request = house.engine.request(Actor::Member(house.rita), undo);
    let said = house.engine.execute(house.clinic, request.clone()).await.unwrap_err();
    assert!(matches!(said, EngineError::Broken(Broken::InDoubt(_))), "{said}");
    *log.locks_that_fail.lock().unwrap() = 0;
    house.clock.advance(Millis::minutes(6)); // it may not be undone any more
    let refused = house.engine.execute(house.clinic, request).await.unwrap_err();
    assert!(matches!(refused, EngineError::Refused(_)), "{refused}");
    log.late_arrives().await;
    let all = stored(&log, house.clinic).await;
    assert!(all.iter().all(|event| event.event.name() != "TransferUndone"), "it was refused");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_has_stopped_for_good_is_not_waited_for() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    log.break_with(Fault::LostRequest);
    *log.locks_that_fail.lock().unwrap() = u32::MAX;
    *log.stopped.lock().unwrap() = Some(LogError::Failed("it has stopped".into()));
    let asked = tokio::time::Instant::now();
    let said = house.as_rita(start(visit)).await.unwrap_err();
    assert!(
        matches!(&said, EngineError::Broken(Broken::InDoubt(why)) if why.why() == "it has stopped")
    );
    assert!(asked.elapsed().as_secs() < 1, "{:?}", asked.elapsed());
}

/// Found by the simulator: it added a member again, who had been added two days before.
#[tokio::test]
async fn a_node_that_lay_still_for_days_does_nothing_that_another_has_done() {
    let (log, house) = house().await;
    let (gate, visit) = (Arc::new(Notify::new()), house.check_in(1).await);
    let other = engine_on(Arc::clone(&log) as Arc<_>, &house.clock, 2);
    *log.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let name = Title::parse("Nora").unwrap();
    let added = Action::AddMember { name, role: Role::Member, external_ref: None };
    let wish = house.engine.request(Actor::Host, added);
    let still = {
        let (engine, clinic, wish) = (house.engine.clone(), house.clinic, wish.clone());
        tokio::spawn(async move { engine.execute(clinic, wish).await })
    };
    tokio::task::yield_now().await; // the append waits
    other.execute(house.clinic, wish.clone()).await.unwrap();
    house.clock.advance(Millis::minutes(25 * 60));
    let later = other.request(Actor::Member(house.rita), transfer(visit, house.office));
    other.execute(house.clinic, later).await.unwrap(); // the id is forgotten
    gate.notify_one();
    let waited = Millis::minutes(25 * 60);
    assert_eq!(still.await.unwrap(), Err(EngineError::Broken(Broken::TooLate { waited })));
    let all = stored(&log, house.clinic).await;
    let id = wish.id;
    assert_eq!(all.iter().filter(|event| event.cause.command_id == id).count(), 1);
}
