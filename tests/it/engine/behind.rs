//! A log that goes back behind what a node has read, as a database does that fails over without its last
//! commits, or is restored: nobody spins on it, and the clinic is read anew.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{AppendError, Batch, EventLog, Head, LockedHead, LogError};

use super::fixture::{House, engine_on, form, start, token};

#[derive(Debug)]
struct Restored {
    inner: Mutex<Arc<MemoryLog>>,
    reads: AtomicUsize,
    era: AtomicU64,
}

impl Restored {
    fn inner(&self) -> Arc<MemoryLog> {
        Arc::clone(&self.inner.lock().unwrap())
    }

    /// Goes back to how it was at `until`.
    async fn go_back(&self, clinic: ClinicId, until: Position) {
        let mut events = self.inner().read(clinic, Position::START, 10_000).await.unwrap();
        events.retain(|event| event.position <= until);
        let events = events.into_iter().map(Arc::new).collect();
        let older = MemoryLog::shared();
        let batch = Batch { clinic, expected: Position::START, events, next_due: None };
        older.append(batch).await.unwrap();
        *self.inner.lock().unwrap() = Arc::new(older);
    }

    /// Goes back, and grows again by what another node records then, until it ends where it did. Whoever has a
    /// way to it has lost it meanwhile.
    async fn goes_back_and_grows(&self, house: &House, until: Position, by: u8) {
        self.go_back(house.clinic, until).await;
        let other = engine_on(self.inner() as Arc<_>, &house.clock, 7);
        for n in 0..by {
            let new = Action::CheckIn(Box::new(form(house.reception, 100 + n)));
            let wish = other.request(Actor::Patient(token(100 + n)), new);
            other.execute(house.clinic, wish).await.unwrap();
        }
        self.era.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl EventLog for Restored {
    async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        self.inner().append(batch).await
    }

    async fn lock(
        &self,
        clinic: ClinicId,
        after: Position,
    ) -> Result<(Box<dyn LockedHead>, Vec<Recorded>), LogError> {
        self.inner().lock(clinic, after).await
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        // A loop without an end shall not hang the test.
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.inner().read(clinic, after, limit).await
    }

    async fn read_stream(
        &self,
        clinic: ClinicId,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, LogError> {
        self.inner().read_stream(clinic, stream).await
    }

    async fn head(&self, clinic: ClinicId) -> Result<Head, LogError> {
        self.inner().head(clinic).await
    }

    async fn position_at(&self, clinic: ClinicId, at: Timestamp) -> Result<Position, LogError> {
        self.inner().position_at(clinic, at).await
    }

    async fn clinics(&self) -> Result<Vec<ClinicId>, LogError> {
        self.inner().clinics().await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ClinicId>, LogError> {
        self.inner().due(now, limit).await
    }

    fn shared(&self) -> bool {
        true
    }

    fn era(&self) -> u64 {
        self.era.load(Ordering::SeqCst)
    }
}

async fn house() -> (Arc<Restored>, House) {
    let inner = Mutex::new(Arc::new(MemoryLog::shared()));
    let log = Arc::new(Restored { inner, reads: AtomicUsize::new(0), era: AtomicU64::new(0) });
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    (log, house)
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_is_told_that_the_log_went_back_and_the_next_is_answered_by_what_it_holds() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    let end = house.head().await;
    let second = house.check_in(2).await;
    log.go_back(house.clinic, end).await;
    // One that records, and that nothing but the lock can tell.
    let asked = house.as_rita(start(visit));
    let said = tokio::time::timeout(Duration::from_mins(1), asked).await.unwrap().unwrap_err();
    assert!(said.to_string().contains("went back behind"), "{said}");

    house.as_rita(start(visit)).await.unwrap();
    let forgotten =
        house.engine.read(house.clinic, None, |views| views.census.visit(second).is_none());
    assert!(forgotten.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_on_events_that_are_gone_is_not_given() {
    let (log, house) = house().await;
    let visit = house.check_in(1).await;
    let end = house.head().await;
    house.as_rita(start(visit)).await.unwrap();
    log.go_back(house.clinic, end).await;
    let asked = house.as_rita(start(visit));
    let said = tokio::time::timeout(Duration::from_mins(1), asked).await.unwrap().unwrap_err();
    assert!(said.to_string().contains("went back behind"), "{said}");
    house.as_rita(start(visit)).await.unwrap();
}

/// It ends where it did, or further, with other events: no position tells.
#[tokio::test(start_paused = true)]
async fn a_log_that_went_back_and_grew_again_is_noticed_before_anybody_is_answered() {
    for grown in [1, 2] {
        let (log, house) = house().await;
        let visit = house.check_in(1).await;
        let end = house.head().await;
        let second = house.check_in(2).await;
        log.goes_back_and_grows(&house, end, grown).await;
        let said = house.as_rita(start(visit)).await.unwrap_err();
        assert!(said.to_string().contains("went back behind"), "{said}");
        house.as_rita(start(visit)).await.unwrap();
        let forgotten = house.engine.read(house.clinic, None, |views| {
            views.census.visit(second).is_none() && views.census.visit(visit).is_some()
        });
        assert!(forgotten.await.unwrap());
    }
}

/// Nobody asks for anything: the look of each second finds it, and readers are sent away.
#[tokio::test(start_paused = true)]
async fn an_idle_node_notices_that_a_log_went_back_and_grew_again() {
    let (log, house) = house().await;
    let end = house.head().await;
    let gone = house.check_in(1).await;
    let mut feed = house.engine.subscribe(house.clinic, house.head().await).await.unwrap();
    log.goes_back_and_grows(&house, end, 1).await;
    house.engine.tick().await.unwrap_err();
    feed.next().await.unwrap_err();
    let shown = house.engine.read(house.clinic, None, |views| views.census.visit(gone).is_none());
    assert!(shown.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn readers_are_sent_away_and_nobody_goes_on_asking() {
    let (log, house) = house().await;
    let end = house.head().await;
    house.check_in(1).await;
    let mut feed = house.engine.subscribe(house.clinic, house.head().await).await.unwrap();
    log.go_back(house.clinic, end).await;
    let next = tokio::time::timeout(Duration::from_mins(1), feed.next()).await;
    next.unwrap().unwrap_err();

    let before = log.reads.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(log.reads.load(Ordering::SeqCst), before);
    assert_eq!(house.head().await, end);
}
