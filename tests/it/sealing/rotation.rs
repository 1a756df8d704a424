//! Another operator's key takes the place of the present one, and no crash on the way loses a key.

use std::fs;
use std::path::PathBuf;

use clinic_engine::ports::{KeyId, KeyStore as _, VisitKey};
use clinic_sqlite::keys::SqliteKeys;
use clinic_sqlite::limits;
use rusqlite::Connection;

use super::fixture::{Folder, mode, set_mode};

/// A folder with a key store in it, and the keys that were taken from it.
struct Used {
    folder: Folder,
    taken: Vec<(KeyId, VisitKey)>,
    destroyed: KeyId,
}

impl Used {
    async fn new() -> Self {
        let folder = Folder::new();
        let keys = folder.keys().await;
        let mut taken = Vec::new();
        for _ in 0..limits::KEYS_PER_PAGE + 500 {
            taken.push(keys.fresh().await.unwrap());
        }
        let (destroyed, _) = taken.remove(100);
        keys.destroy(destroyed).await.unwrap();
        Self { folder, taken, destroyed }
    }

    fn rotate(&self) -> u64 {
        SqliteKeys::rotate(&self.folder.store(), &self.folder.key_file(), |_, _| {}).unwrap()
    }

    fn operator_key(&self) -> String {
        fs::read_to_string(self.folder.key_file()).unwrap()
    }

    fn next(&self) -> PathBuf {
        self.folder.file("clinic.operator.key.next")
    }

    /// Everything is as it was, whoever opens it, and no second operator's key is left about.
    async fn is_whole(&self) {
        for _ in 0..2 {
            let keys = self.folder.keys().await;
            for (id, key) in self.taken.iter().step_by(5) {
                assert_eq!(keys.key(*id).await, Ok(Some(key.clone())));
            }
            assert_eq!(keys.key(self.destroyed).await, Ok(None));
            let (id, _) = keys.fresh().await.unwrap();
            assert!(self.taken.iter().all(|(taken, _)| *taken != id));
            assert!(!self.next().exists());
        }
    }
}

fn put(file: &PathBuf, text: &str) {
    fs::write(file, text).unwrap();
    set_mode(file, 0o600);
}

#[tokio::test]
async fn every_key_is_wrapped_anew_and_no_old_wrapping_is_left() {
    let used = Used::new().await;
    let before = used.operator_key();
    let db = Connection::open(used.folder.store()).unwrap();
    let count = "SELECT count(*) FROM keys";
    let all: u64 = db.query_row(count, [], |row| row.get(0)).unwrap();
    let some = "SELECT wrapped FROM keys WHERE n % 50 = 1 AND wrapped <> zeroblob(72)";
    let old: Vec<Vec<u8>> =
        db.prepare(some).unwrap().query_map([], |row| row.get(0)).unwrap().flatten().collect();
    drop(db);
    assert!(old.len() > 20 && old.iter().all(|bytes| used.folder.holds(bytes)));

    let mut told = Vec::new();
    let progress = |done, of| told.push((done, of));
    let done = SqliteKeys::rotate(&used.folder.store(), &used.folder.key_file(), progress).unwrap();

    assert_eq!(done, all - 1);
    assert_eq!(told.first(), Some(&(0, done)));
    assert_eq!(told.last(), Some(&(done, done)));
    assert_ne!(used.operator_key(), before);
    assert_eq!(mode(&used.folder.key_file()), 0o600);
    assert!(old.iter().all(|bytes| !used.folder.holds(bytes)));
    used.is_whole().await;

    // The old operator's key opens nothing any more.
    put(&used.folder.key_file(), &before);
    assert!(used.folder.try_keys().await.is_err());
}

#[tokio::test]
async fn a_rotation_can_follow_another() {
    let used = Used::new().await;
    for _ in 0..3 {
        used.rotate();
    }
    used.is_whole().await;
}

#[tokio::test]
async fn a_crash_before_the_keys_are_wrapped_anew_changes_nothing() {
    let used = Used::new().await;
    let before = used.operator_key();

    // Between the file of the next key and the transaction.
    let stranger = Used::new().await;
    put(&used.next(), &stranger.operator_key());
    used.is_whole().await;
    assert_eq!(used.operator_key(), before);

    // While the file of the next key is written.
    let unfinished = used.folder.file("clinic.operator.key.next.unfinished");
    put(&unfinished, "clinic operator key 1\nAAE");
    used.is_whole().await;
    assert_eq!(used.operator_key(), before);
    used.rotate();
    assert!(!unfinished.exists());
    used.is_whole().await;
}

#[tokio::test]
async fn a_crash_in_the_middle_of_wrapping_changes_nothing() {
    let mut used = Used::new().await;
    let before = used.operator_key();
    let mut crashes = Vec::new();
    let progress = |_, _| crashes.push(used.folder.crashed());
    SqliteKeys::rotate(&used.folder.store(), &used.folder.key_file(), progress).unwrap();
    used.is_whole().await;
    assert!(crashes.len() > 2);
    for crashed in crashes {
        used.folder = crashed;
        assert!(used.next().exists(), "it was on its way");
        used.is_whole().await;
        assert_eq!(used.operator_key(), before);
    }
}

#[tokio::test]
async fn a_crash_after_the_keys_are_wrapped_anew_is_finished_by_the_next_who_opens() {
    let used = Used::new().await;
    let before = used.operator_key();
    used.rotate();
    let after = used.operator_key();

    // As it was before the last step.
    fs::rename(used.folder.key_file(), used.next()).unwrap();
    put(&used.folder.key_file(), &before);
    used.is_whole().await;
    assert_eq!(used.operator_key(), after);

    // Even if somebody has removed the old one.
    fs::rename(used.folder.key_file(), used.next()).unwrap();
    used.is_whole().await;
    assert_eq!(used.operator_key(), after);

    // And another rotation starts from there.
    fs::rename(used.folder.key_file(), used.next()).unwrap();
    put(&used.folder.key_file(), &before);
    used.rotate();
    used.is_whole().await;
}

#[tokio::test]
async fn with_neither_of_the_two_keys_nothing_is_touched() {
    let (used, stranger) = (Used::new().await, Used::new().await);
    let own = used.operator_key();
    put(&used.folder.key_file(), &stranger.operator_key());
    put(&used.next(), &stranger.operator_key());
    assert!(used.folder.try_keys().await.is_err());
    let (store, key_file) = (used.folder.store(), used.folder.key_file());
    assert!(SqliteKeys::rotate(&store, &key_file, |_, _| {}).is_err());
    assert!(used.next().exists());
    put(&used.folder.key_file(), &own);
    used.is_whole().await;
}

#[tokio::test]
async fn a_process_that_has_the_old_key_makes_no_more_keys_and_says_why() {
    let used = Used::new().await;
    let late = used.folder.keys().await;
    let (known, key) = late.fresh().await.unwrap();
    used.rotate();
    // What it has in memory is good, for it is on the disk.
    assert_eq!(late.key(known).await, Ok(Some(key.clone())));
    let mut handed = vec![(known, key)];
    let error = loop {
        match late.fresh().await {
            Ok(key) => handed.push(key),
            Err(error) => break error.to_string(),
        }
        assert!(handed.len() <= limits::KEYS_PER_BLOCK, "made under a key that is gone");
    };
    assert!(error.contains("another process has rotated the operator key"), "{error}");
    let error = late.key(used.taken[0].0).await.unwrap_err().to_string();
    assert!(error.contains("another process has rotated the operator key"), "{error}");
    let keys = used.folder.keys().await;
    for (id, key) in handed {
        assert_eq!(keys.key(id).await, Ok(Some(key)));
    }
}

#[tokio::test]
async fn a_key_behind_a_link_is_replaced_where_it_is() {
    let used = Used::new().await;
    let vault = Folder::new();
    fs::copy(used.folder.key_file(), vault.file("key")).unwrap();
    fs::remove_file(used.folder.key_file()).unwrap();
    std::os::unix::fs::symlink(vault.file("key"), used.folder.key_file()).unwrap();
    let before = used.operator_key();
    used.rotate();
    used.is_whole().await;
    assert_ne!(used.operator_key(), before);
    assert!(used.folder.key_file().is_symlink());
    assert_eq!(vault.names(), ["key"]);
}

#[test]
fn where_there_is_no_store_there_is_nothing_to_rotate() {
    let folder = Folder::new();
    let rotated = SqliteKeys::rotate(&folder.store(), &folder.key_file(), |_, _| {});
    assert!(rotated.unwrap_err().to_string().contains("no such file"));
    assert!(folder.names().is_empty());
}
