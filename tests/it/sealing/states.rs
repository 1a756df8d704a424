//! Saved states in a SQLite file: a cache that never fails anybody.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{FoldId, SavedState, SavedStates as _};
use clinic_sqlite::states::SqliteStates;
use rusqlite::Connection;
use uuid::Uuid;

use super::fixture::{Folder, mode, set_mode};

const CLINIC: ClinicId = ClinicId(Uuid::from_u128(1));
const VIEWS: FoldId = FoldId { name: "views", version: 3 };

/// A cache in a folder, and what it has reported.
struct Cache {
    folder: Folder,
    reports: Arc<Mutex<Vec<String>>>,
}

impl Cache {
    fn new() -> Self {
        Self { folder: Folder::new(), reports: Arc::default() }
    }

    fn path(&self) -> PathBuf {
        SqliteStates::path_beside(&self.folder.file("clinic.db"))
    }

    async fn open(&self) -> SqliteStates {
        let reports = Arc::clone(&self.reports);
        let report = move |trouble: &str| reports.lock().unwrap().push(trouble.to_owned());
        SqliteStates::open(&self.path(), report).await
    }

    fn reports(&self) -> Vec<String> {
        std::mem::take(&mut self.reports.lock().unwrap())
    }

    /// A file with one state in it, closed.
    async fn filled() -> Self {
        let cache = Self::new();
        save(&cache.open().await, VIEWS, 10_000).await;
        cache
    }

    /// Works, and is empty.
    async fn works_anew(&self, states: &SqliteStates) {
        assert_eq!(latest(states, VIEWS, u64::MAX).await, None);
        save(states, VIEWS, 20_000).await;
        assert_eq!(latest(states, VIEWS, u64::MAX).await, Some(state(VIEWS, 20_000)));
        assert_eq!(self.reports(), [""; 0]);
    }
}

/// A state that is long enough to fill several pages, and different for each fold and position.
fn state(fold: FoldId, position: u64) -> SavedState {
    let text = format!("{} {} {position} ", fold.name, fold.version).repeat(1_000);
    SavedState { position: Position(position), state: text.into_bytes() }
}

async fn save(states: &SqliteStates, fold: FoldId, position: u64) {
    states.save(CLINIC, fold, state(fold, position)).await.unwrap();
}

async fn latest(states: &SqliteStates, fold: FoldId, until: u64) -> Option<SavedState> {
    states.latest(CLINIC, fold, Position(until)).await.unwrap()
}

#[tokio::test]
async fn the_latest_state_before_any_position_is_found_after_a_restart() {
    let cache = Cache::new();
    let states = cache.open().await;
    for position in [10_000, 30_000, 20_000] {
        save(&states, VIEWS, position).await;
    }
    drop(states);
    let states = cache.open().await;
    for (until, found) in [
        (0, None),
        (9_999, None),
        (10_000, Some(10_000)),
        (29_999, Some(20_000)),
        (30_000, Some(30_000)),
        (u64::MAX, Some(30_000)),
    ] {
        let found = found.map(|position| state(VIEWS, position));
        assert_eq!(latest(&states, VIEWS, until).await, found, "until {until}");
    }
    let other = ClinicId(Uuid::from_u128(2));
    assert_eq!(states.latest(other, VIEWS, Position(u64::MAX)).await, Ok(None));
    let fold = FoldId { name: "all", ..VIEWS };
    assert_eq!(latest(&states, fold, u64::MAX).await, None);
    assert_eq!(mode(&cache.path()), 0o600);
    assert_eq!(cache.reports(), [""; 0]);
}

#[tokio::test]
async fn the_latest_state_is_found_by_one_look_at_an_index() {
    let cache = Cache::filled().await;
    let db = Connection::open(cache.path()).unwrap();
    let plan = "EXPLAIN QUERY PLAN SELECT position, checksum, state FROM states
        WHERE clinic = x'' AND fold = '' AND version = 1 AND position <= 1
        ORDER BY position DESC LIMIT 1";
    let plan: Vec<String> =
        db.prepare(plan).unwrap().query_map([], |row| row.get(3)).unwrap().flatten().collect();
    let [only] = plan.as_slice() else { panic!("{plan:?}") };
    assert!(only.starts_with("SEARCH states USING INDEX latest"), "{only}");
}

#[tokio::test]
async fn a_newer_version_of_a_fold_takes_the_place_of_older_ones() {
    let cache = Cache::new();
    let states = cache.open().await;
    let newer = FoldId { version: 4, ..VIEWS };
    let other = FoldId { name: "all", version: 1 };
    save(&states, VIEWS, 10_000).await;
    save(&states, other, 10_000).await;
    assert_eq!(latest(&states, newer, u64::MAX).await, None);

    save(&states, newer, 20_000).await;
    assert_eq!(latest(&states, VIEWS, u64::MAX).await, None);
    assert_eq!(latest(&states, newer, u64::MAX).await, Some(state(newer, 20_000)));
    assert_eq!(latest(&states, other, u64::MAX).await, Some(state(other, 10_000)));

    // An older program beside it, or after it, does no harm.
    save(&states, VIEWS, 30_000).await;
    assert_eq!(latest(&states, newer, u64::MAX).await, Some(state(newer, 20_000)));
}

#[tokio::test]
async fn saving_again_replaces() {
    let cache = Cache::new();
    let states = cache.open().await;
    save(&states, VIEWS, 10_000).await;
    let other = SavedState { state: b"other".to_vec(), ..state(VIEWS, 10_000) };
    states.save(CLINIC, VIEWS, other.clone()).await.unwrap();
    assert_eq!(latest(&states, VIEWS, u64::MAX).await, Some(other));
}

#[tokio::test]
async fn a_file_that_is_no_database_any_more_is_made_anew() {
    let cache = Cache::filled().await;
    fs::write(cache.path(), "x".repeat(10_000)).unwrap();
    let states = cache.open().await;
    let reports = cache.reports();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].contains("damaged") && reports[0].contains("the log is folded instead"));
    cache.works_anew(&states).await;
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_made_anew() {
    let cache = Cache::filled().await;
    Connection::open(cache.path()).unwrap().execute_batch("PRAGMA user_version=2").unwrap();
    let states = cache.open().await;
    assert!(cache.reports()[0].contains("of version 2"));
    cache.works_anew(&states).await;
}

#[tokio::test]
async fn a_file_that_others_could_write_is_not_trusted() {
    let cache = Cache::filled().await;
    set_mode(&cache.path(), 0o666);
    let states = cache.open().await;
    assert!(cache.reports()[0].contains("mode 0666"));
    cache.works_anew(&states).await;
    assert_eq!(mode(&cache.path()), 0o600);
}

#[tokio::test]
async fn any_page_that_a_power_cut_left_as_it_was_is_noticed_or_harmless() {
    let saved = Cache::filled().await;
    let whole = fs::read(saved.path()).unwrap();
    let pages = whole.len() / 4_096;
    assert!(pages > 4, "the state fills several pages");
    for page in 0..pages {
        let cache = Cache::new();
        fs::write(cache.path(), &whole).unwrap();
        set_mode(&cache.path(), 0o600);
        let file = fs::OpenOptions::new().write(true).open(cache.path()).unwrap();
        file.write_all_at(&[0; 4_096], u64::try_from(page * 4_096).unwrap()).unwrap();

        let states = cache.open().await;
        let found = latest(&states, VIEWS, u64::MAX).await;
        assert!(found.is_none_or(|found| found == state(VIEWS, 10_000)), "page {page}");
        // Whatever was found, it works from here on.
        save(&states, VIEWS, 20_000).await;
        let _ = cache.reports();
        let found = latest(&states, VIEWS, u64::MAX).await;
        let healed = found == Some(state(VIEWS, 20_000));
        if !healed {
            assert_ne!(cache.reports(), [""; 0], "page {page}");
            cache.works_anew(&states).await;
        }
    }
}

#[tokio::test]
async fn a_state_that_was_changed_is_not_handed_out_and_all_go() {
    let cache = Cache::filled().await;
    let db = Connection::open(cache.path()).unwrap();
    db.execute_batch("UPDATE states SET position = position + 1").unwrap();
    drop(db);
    let states = cache.open().await;
    assert_eq!(latest(&states, VIEWS, u64::MAX).await, None);
    assert!(cache.reports()[0].contains("the state of views at 10001 is not as it was saved"));
    cache.works_anew(&states).await;
}

#[tokio::test]
async fn somebody_elses_database_is_left_alone_and_nothing_is_kept() {
    let cache = Cache::new();
    let foreign = Connection::open(cache.path()).unwrap();
    foreign.execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)").unwrap();
    drop(foreign);
    set_mode(&cache.path(), 0o600);
    let before = fs::read(cache.path()).unwrap();

    let states = cache.open().await;
    assert!(cache.reports()[0].contains("this is no cache of saved states"));
    save(&states, VIEWS, 10_000).await;
    assert_eq!(latest(&states, VIEWS, u64::MAX).await, None);
    assert_eq!(cache.reports(), [""; 0], "it was said once");
    drop(states);
    assert_eq!(fs::read(cache.path()).unwrap(), before);
}

#[tokio::test]
async fn where_no_file_can_be_nothing_is_kept_and_nobody_fails() {
    let cache = Cache::new();
    fs::create_dir(cache.path()).unwrap();
    let states = cache.open().await;
    assert_ne!(cache.reports(), [""; 0]);
    save(&states, VIEWS, 10_000).await;
    assert_eq!(latest(&states, VIEWS, u64::MAX).await, None);
}

#[tokio::test]
async fn states_can_be_forgotten() {
    let cache = Cache::filled().await;
    SqliteStates::forget(&cache.path()).unwrap();
    assert!(cache.folder.names().is_empty());
    SqliteStates::forget(&cache.path()).unwrap();
    cache.works_anew(&cache.open().await).await;
}
