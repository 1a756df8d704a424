//! The key store in a SQLite file: keys are there for ever, until one is destroyed for ever.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use clinic_engine::ports::{KeyError, KeyId, KeyStore as _, VisitKey};
use clinic_sqlite::keys::SqliteKeys;
use clinic_sqlite::limits;
use rusqlite::Connection;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::fixture::{Folder, set_mode};

/// The bytes that a store keeps for a key.
fn wrapped(folder: &Folder, id: KeyId) -> Vec<u8> {
    let db = Connection::open(folder.store()).unwrap();
    let find = "SELECT wrapped FROM keys WHERE id = ?";
    db.query_row(find, [id.0.as_bytes()], |row| row.get(0)).unwrap()
}

async fn some(keys: &SqliteKeys, count: usize) -> Vec<(KeyId, VisitKey)> {
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        taken.push(keys.fresh().await.unwrap());
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_for_a_crowd_are_all_different_and_all_there_after_a_crash() {
    let folder = Folder::new();
    let keys = Arc::new(folder.keys().await);
    let mut crowd = JoinSet::new();
    for _ in 0..64 {
        let keys = Arc::clone(&keys);
        crowd.spawn(async move { some(&keys, 10_000 / 64 + 1).await });
    }
    let taken: Vec<_> = crowd.join_all().await.into_iter().flatten().collect();
    assert!(taken.len() >= 10_000);
    let ids: BTreeMap<KeyId, [u8; 32]> = taken.iter().map(|(id, key)| (*id, key.0)).collect();
    let mut bytes: Vec<&[u8; 32]> = ids.values().collect();
    bytes.sort();
    bytes.dedup();
    assert_eq!((ids.len(), bytes.len()), (taken.len(), taken.len()));

    let crashed = folder.crashed();
    let reopened = crashed.keys().await;
    for (id, key) in taken {
        assert_eq!(reopened.key(id).await, Ok(Some(key)));
    }
}

#[tokio::test]
async fn no_key_is_handed_out_twice_across_restarts() {
    let folder = Folder::new();
    let mut seen = BTreeMap::new();
    for _ in 0..3 {
        let keys = folder.keys().await;
        for (id, key) in some(&keys, 300).await {
            assert!(seen.insert(id, key).is_none());
        }
    }
    let keys = folder.keys().await;
    for (id, key) in seen {
        assert_eq!(keys.key(id).await, Ok(Some(key)));
    }
}

#[tokio::test]
async fn opening_and_reading_make_no_keys() {
    let folder = Folder::new();
    let (id, key) = some(&folder.keys().await, 1).await.remove(0);
    for _ in 0..3 {
        assert_eq!(folder.keys().await.key(id).await, Ok(Some(key.clone())));
    }
    let db = Connection::open(folder.store()).unwrap();
    let count: usize = db.query_row("SELECT count(*) FROM keys", [], |row| row.get(0)).unwrap();
    assert_eq!(count, limits::KEYS_PER_BLOCK);
}

#[tokio::test]
async fn opening_and_reading_wait_for_no_writer() {
    let folder = Folder::new();
    let (id, key) = some(&folder.keys().await, 1).await.remove(0);
    let db = Connection::open(folder.store()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(folder.keys().await.key(id).await, Ok(Some(key)));
}

#[tokio::test]
async fn a_key_that_the_store_never_had_is_an_error() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    let (KeyId(known), _) = keys.fresh().await.unwrap();
    // A row that is there, of another store: only the chance in the id is different.
    let cousin = KeyId(Uuid::from_u128(known.as_u128() ^ 1));
    for unknown in [cousin, KeyId(Uuid::nil()), KeyId(Uuid::max())] {
        assert_eq!(keys.key(unknown).await, Err(KeyError::Unknown(unknown)));
        assert_eq!(keys.destroy(unknown).await, Err(KeyError::Unknown(unknown)));
    }
    assert!(keys.key(KeyId(known)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_store_put_back_from_a_backup_knows_that_keys_are_missing() {
    let folder = Folder::new();
    drop(some(&folder.keys().await, 1).await);
    let backup = fs::read(folder.store()).unwrap();
    let lost = some(&folder.keys().await, 300).await;
    fs::write(folder.store(), backup).unwrap();

    let keys = folder.keys().await;
    let made = some(&keys, 600).await;
    for (id, _) in lost {
        assert!(made.iter().all(|(other, _)| *other != id));
        assert_eq!(keys.key(id).await, Err(KeyError::Unknown(id)));
    }
}

#[tokio::test]
async fn what_is_destroyed_is_gone_from_every_file_and_for_ever() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    let taken = some(&keys, 700).await;
    let doomed: Vec<KeyId> = taken.iter().step_by(7).map(|(id, _)| *id).collect();
    let stored: Vec<Vec<u8>> = doomed.iter().map(|id| wrapped(&folder, *id)).collect();
    assert!(stored.iter().all(|bytes| folder.holds(bytes)));

    for id in &doomed {
        keys.destroy(*id).await.unwrap();
        assert_eq!(keys.key(*id).await, Ok(None));
    }
    for bytes in &stored {
        assert!(!folder.holds(bytes), "a destroyed key is still in a file");
        // Nor is any part of one.
        assert!(!folder.holds(&bytes[24..40]) && !folder.holds(&bytes[48..64]));
    }
    drop(keys);
    let keys = folder.keys().await;
    for (n, (id, key)) in taken.into_iter().enumerate() {
        let expected = (n % 7 != 0).then_some(key);
        assert_eq!(keys.key(id).await, Ok(expected));
    }
    let db = Connection::open(folder.store()).unwrap();
    let when = "SELECT count(*) FROM destroyed WHERE at GLOB '20??-??-??T??:??:??Z'";
    let count: usize = db.query_row(when, [], |row| row.get(0)).unwrap();
    assert_eq!(count, doomed.len());
}

#[tokio::test]
async fn destroying_twice_is_destroying() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    let (id, _) = keys.fresh().await.unwrap();
    keys.destroy(id).await.unwrap();
    keys.destroy(id).await.unwrap();
    assert_eq!(keys.key(id).await, Ok(None));
}

#[tokio::test]
async fn a_key_is_not_destroyed_as_long_as_a_reader_may_hold_a_copy() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    let (id, _) = keys.fresh().await.unwrap();
    let db = Connection::open(folder.store()).unwrap();
    db.execute_batch("BEGIN; SELECT count(*) FROM keys").unwrap();
    let error = keys.destroy(id).await.unwrap_err().to_string();
    assert!(error.contains("try again"), "{error}");
    db.execute_batch("COMMIT").unwrap();
    keys.destroy(id).await.unwrap();
    assert_eq!(keys.key(id).await, Ok(None));
}

#[tokio::test]
async fn neither_the_store_nor_a_key_prints_anything_secret() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    let taken = keys.fresh().await.unwrap();
    let printed = format!("{keys:?} {keys:#?} {taken:?}");
    let operator = fs::read_to_string(folder.key_file()).unwrap();
    assert!(!printed.contains(operator.lines().nth(1).unwrap()));
    let bytes = format!("{:?}", taken.1.0);
    assert!(!printed.contains(&bytes[1..20]), "{printed}");
    assert!(printed.contains("SqliteKeys") && printed.contains("VisitKey"));
}

#[tokio::test]
async fn no_file_holds_a_key_that_is_not_wrapped() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    for (_, key) in some(&keys, 20).await {
        assert!(!folder.holds(&key.0));
    }
}

#[tokio::test]
async fn another_operators_key_and_a_lost_one_are_refused_at_the_door() {
    let (folder, other) = (Folder::new(), Folder::new());
    drop((folder.keys().await, other.keys().await));
    let own = fs::read(folder.key_file()).unwrap();

    fs::copy(other.key_file(), folder.key_file()).unwrap();
    let error = folder.try_keys().await.unwrap_err().to_string();
    assert!(error.contains("this is not the operator key that"), "{error}");

    fs::remove_file(folder.key_file()).unwrap();
    let error = folder.try_keys().await.unwrap_err().to_string();
    assert!(error.contains("put it back where it was"), "{error}");
    assert!(!folder.key_file().exists(), "no other key may take its place");

    fs::write(folder.key_file(), own).unwrap();
    set_mode(&folder.key_file(), 0o600);
    folder.keys().await;
}

#[tokio::test]
async fn a_key_file_that_was_made_before_is_taken_by_a_new_store() {
    let folder = Folder::new();
    drop(folder.keys().await);
    let own = fs::read(folder.key_file()).unwrap();
    fs::remove_file(folder.store()).unwrap();
    folder.keys().await;
    assert_eq!(fs::read(folder.key_file()).unwrap(), own);
}

#[tokio::test]
async fn files_of_another_kind_and_of_a_newer_version_are_refused_and_left_alone() {
    let folder = Folder::new();
    let foreign = Connection::open(folder.store()).unwrap();
    foreign.execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)").unwrap();
    drop(foreign);
    set_mode(&folder.store(), 0o600);
    let before = fs::read(folder.store()).unwrap();
    let error = folder.try_keys().await.unwrap_err().to_string();
    assert!(error.contains("this is no key store"), "{error}");
    assert_eq!(fs::read(folder.store()).unwrap(), before);
    assert!(!folder.key_file().exists());

    fs::write(folder.store(), "no database at all, and long enough to be one".repeat(100)).unwrap();
    let error = folder.try_keys().await.unwrap_err().to_string();
    assert!(error.contains("this key store is damaged"), "{error}");

    let folder = Folder::new();
    drop(folder.keys().await);
    Connection::open(folder.store()).unwrap().execute_batch("PRAGMA user_version=99").unwrap();
    let error = folder.try_keys().await.unwrap_err().to_string();
    assert!(
        error.contains("a key store of version 99; this program knows versions up to 2"),
        "{error}"
    );
}

#[tokio::test]
async fn a_key_that_was_changed_in_the_store_is_no_key() {
    let folder = Folder::new();
    let (id, _) = some(&folder.keys().await, 1).await.remove(0);
    let mut bytes = wrapped(&folder, id);
    bytes[30] ^= 1;
    let db = Connection::open(folder.store()).unwrap();
    let change = "UPDATE keys SET wrapped = ? WHERE id = ?";
    db.execute(change, (bytes, id.0.as_bytes())).unwrap();
    let error = folder.keys().await.key(id).await.unwrap_err().to_string();
    assert!(error.contains("it was changed in the store"), "{error}");
}

#[tokio::test]
async fn a_store_of_the_first_form_keeps_its_keys_and_takes_those_of_other_stores() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    let (id, key) = keys.fresh().await.unwrap();
    drop(keys);
    let back = "DROP TABLE elsewhere; PRAGMA user_version=1";
    Connection::open(folder.store()).unwrap().execute_batch(back).unwrap();
    let keys = folder.keys().await;
    assert_eq!(keys.key(id).await, Ok(Some(key)));
    let (other, theirs) = (KeyId(Uuid::from_u128(1 << 100)), VisitKey([7; 32]));
    keys.keep(vec![(other, Some(theirs.clone()))]).await.unwrap();
    drop(keys);
    assert_eq!(folder.keys().await.key(other).await, Ok(Some(theirs)));
}
