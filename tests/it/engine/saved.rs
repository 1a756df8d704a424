//! States saved on the way: a start and a look into the past come to the same with them and without,
//! and a state of another history is not believed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, Position, VisitId};
use clinic_domain::limits::TITLE_CHARS;
use clinic_domain::time::Millis;
use clinic_domain::visit::Priority;
use clinic_engine::ports::{
    CountedIds, EventLog, FoldId, LogError, ManualClock, MemoryKeys, SavedState, SavedStates,
};
use clinic_engine::{AsOf, Engine, MemoryLog, Ports, limits};
use clinic_projections::views::Views;

use super::fixture::{House, NINE, title};

type Kept = BTreeMap<(ClinicId, FoldId), BTreeMap<Position, Vec<u8>>>;

/// States in memory.
#[derive(Debug, Default)]
struct States(Mutex<Kept>);

#[async_trait]
impl SavedStates for States {
    async fn latest(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        until: Position,
    ) -> Result<Option<SavedState>, LogError> {
        let kept = self.0.lock().unwrap();
        let found = kept.get(&(clinic, fold)).and_then(|kept| kept.range(..=until).next_back());
        Ok(found.map(|(position, state)| SavedState { position: *position, state: state.clone() }))
    }

    async fn save(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        saved: SavedState,
    ) -> Result<(), LogError> {
        let mut kept = self.0.lock().unwrap();
        kept.entry((clinic, fold)).or_default().insert(saved.position, saved.state);
        Ok(())
    }

    async fn drop_before(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        position: Position,
    ) -> Result<(), LogError> {
        let mut kept = self.0.lock().unwrap();
        kept.entry((clinic, fold)).or_default().retain(|at, _| *at >= position);
        Ok(())
    }
}

impl States {
    /// Where a fold was saved, and how large its state was there.
    fn of(&self, name: &str) -> Vec<(Position, u64)> {
        let kept = self.0.lock().unwrap();
        let of = kept.iter().filter(|((_, fold), _)| fold.name == name);
        of.flat_map(|(_, kept)| kept.iter().map(|(at, state)| (*at, state.len() as u64))).collect()
    }

    fn copy(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap().clone()))
    }

    fn names(&self) -> Vec<&'static str> {
        let kept = self.0.lock().unwrap();
        let mut names: Vec<_> = kept.keys().map(|(_, fold)| fold.name).collect();
        names.sort_unstable();
        names
    }
}

fn node(log: &Arc<MemoryLog>, states: &Arc<States>, clock: &Arc<ManualClock>, n: u64) -> Engine {
    Engine::new(Ports {
        log: Arc::clone(log) as Arc<dyn EventLog>,
        states: Arc::clone(states) as Arc<dyn SavedStates>,
        clock: Arc::clone(clock) as Arc<_>,
        ids: Arc::new(CountedIds::starting_at(n << 32)),
        keys: Arc::new(MemoryKeys::counted()),
        ..Ports::in_memory()
    })
}

/// Lets so many events happen: a visit whose urgency somebody cannot decide on.
async fn waver(house: &House, visit: VisitId, events: u64) {
    for n in 0..events {
        house.clock.advance(Millis(200));
        let priority = if n % 2 == 0 { Priority::Urgent } else { Priority::Routine };
        house.as_rita(Action::SetPriority(visit, priority)).await.unwrap();
    }
}

/// Lets so many events happen that make the boards larger: a room has one long name, and then another.
async fn swell(house: &House, events: u64) {
    for n in 0..events {
        let letter = if n % 2 == 0 { "東" } else { "西" };
        let name = title(&letter.repeat(TITLE_CHARS));
        house.host(Action::RenameRoom(house.office, name)).await;
    }
}

/// Waits until a fold was saved so often, and says where, and how large.
async fn saved(states: &States, name: &str, times: usize) -> Vec<(Position, u64)> {
    while states.of(name).len() < times {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    states.of(name)
}

async fn settled(states: &States, folds: usize) {
    while states.names().len() < folds {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_past_is_the_same_from_a_saved_state_on_and_from_the_start() {
    let (log, states) = (Arc::new(MemoryLog::new()), Arc::new(States::default()));
    let clock = Arc::new(ManualClock::at(NINE));
    let house = House::with(node(&log, &states, &clock, 0), Arc::clone(&clock)).await;
    let visit = house.check_in(1).await;
    waver(&house, visit, limits::SAVE_BOARDS_EVERY).await;
    settled(&states, 1).await;
    assert_eq!(states.names(), ["boards"]);
    let head = house.head().await;
    let plain = node(&log, &Arc::default(), &clock, 1);
    for back in [0, 1, 7, 500] {
        let moment = AsOf::Position(Position(head.0 - back));
        let with = house.engine.as_of(house.clinic, moment).await.unwrap();
        assert_eq!(with, plain.as_of(house.clinic, moment).await.unwrap());
    }
}

#[tokio::test]
async fn boards_that_are_large_for_their_events_are_saved_less_often() {
    let (log, states) = (Arc::new(MemoryLog::new()), Arc::new(States::default()));
    let clock = Arc::new(ManualClock::at(NINE));
    let house = House::with(node(&log, &states, &clock, 0), Arc::clone(&clock)).await;
    let visit = house.check_in(1).await;
    swell(&house, limits::SAVE_BOARDS_EVERY).await;
    let (first, weight) = saved(&states, "boards", 1).await[0];
    assert_eq!(first, Position(limits::SAVE_BOARDS_EVERY));
    let every = weight / limits::SAVED_BYTES_PER_EVENT;
    assert!(every > limits::SAVE_BOARDS_EVERY, "{weight} bytes are not large");
    waver(&house, visit, every).await;
    let (next, _) = saved(&states, "boards", 2).await[1];
    assert_eq!(next, Position(first.0 + every));
}

#[tokio::test]
async fn an_engine_starts_from_saved_states_as_from_the_first_event() {
    let (log, states) = (Arc::new(MemoryLog::new()), Arc::new(States::default()));
    let clock = Arc::new(ManualClock::at(NINE));
    let house = House::with(node(&log, &states, &clock, 0), Arc::clone(&clock)).await;
    let visit = house.check_in(1).await;
    swell(&house, limits::SAVE_BOARDS_EVERY).await;
    let (first, weight) = saved(&states, "boards", 1).await[0];
    let every = weight / limits::SAVED_BYTES_PER_EVENT;
    waver(&house, visit, limits::SAVE_ALL_EVERY - first.0 + every).await;
    settled(&states, 3).await;
    assert_eq!(states.names(), ["boards", "clinic-state", "waits"]);
    let copy = Arc::new(states.copy());
    let (last, _) = copy.of("clinic-state")[0];
    let &(boards_last, weight) = copy.of("boards").last().unwrap();
    assert_eq!(boards_last, last);
    assert!(house.engine.saved_at(house.clinic, last).await.state.is_some());
    let every = weight / limits::SAVED_BYTES_PER_EVENT;
    waver(&house, visit, every + limits::PAGE as u64).await;
    let started = node(&log, &copy, &clock, 1);
    let plain = node(&log, &Arc::default(), &clock, 2);
    let read = async |engine: &Engine| engine.read(house.clinic, None, Views::clone).await.unwrap();
    let (one, other) = (read(&started).await, read(&plain).await);
    assert_eq!(one, other);
    assert!(last.0 >= limits::SAVE_ALL_EVERY);
    // How large the boards are is known from the start.
    let before = copy.of("boards").iter().filter(|(at, _)| *at <= last).count();
    let (next, _) = saved(&copy, "boards", before + 1).await[before];
    assert!(next.0 >= last.0 + every, "{next} is soon after {last}: {every}");
}

#[tokio::test]
async fn a_state_of_another_history_is_not_believed() {
    let states = Arc::new(States::default());
    let clock = Arc::new(ManualClock::at(NINE));
    let first = Arc::new(MemoryLog::new());
    let house = House::with(node(&first, &states, &clock, 0), Arc::clone(&clock)).await;
    let visit = house.check_in(1).await;
    waver(&house, visit, limits::SAVE_BOARDS_EVERY).await;
    settled(&states, 1).await;
    // The same clinic grows differently from an older copy of its log.
    let copy = Arc::new(MemoryLog::new());
    let until = house.head().await;
    let mut events = first.read(house.clinic, Position::START, 50).await.unwrap();
    let rest = first.read(house.clinic, Position(50), 20_000).await.unwrap();
    events.extend(rest.into_iter().map(|mut event| {
        event.recorded_at = event.recorded_at.plus(Millis(1));
        event
    }));
    let batch = clinic_engine::ports::Batch {
        clinic: house.clinic,
        expected: Position::START,
        events: events.into_iter().map(Arc::new).collect(),
        next_due: None,
    };
    copy.append(batch).await.unwrap();
    let restored = node(&copy, &states, &clock, 1);
    let last = house.engine.saved_until(house.clinic, until).await.unwrap();
    assert!(restored.saved_at(house.clinic, last).await.boards.is_none());
    assert!(house.engine.saved_at(house.clinic, last).await.boards.is_some());
}
