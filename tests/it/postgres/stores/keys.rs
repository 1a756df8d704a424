//! Keys that all nodes share, in the log's database or in one of their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use clinic_domain::time::Timestamp;
use clinic_engine::ports::{KeyError, KeyId, KeyStore as _, LogError, ManualClock, VisitKey};
use clinic_engine::wrapping::OperatorKey;
use clinic_postgres::Database;
use clinic_postgres::keys::{KeysError, PgKeys};
use clinic_postgres::limits;
use clinic_sqlite::keys::SqliteKeys;
use clinic_testkit::postgres::Lent;
use uuid::Uuid;

use crate::postgres::fixture::{database, lent};

fn operator() -> OperatorKey {
    OperatorKey::random().unwrap()
}

async fn keys(lent: &Lent, operator: &OperatorKey) -> PgKeys {
    PgKeys::open(&database(&lent.url()).await, operator.clone()).await.unwrap()
}

#[tokio::test]
async fn a_key_that_one_node_makes_is_there_for_another_at_once_and_for_ever() {
    let (lent, operator) = (lent(), operator());
    let (here, there) = (keys(&lent, &operator).await, keys(&lent, &operator).await);
    let mut ids = BTreeSet::new();
    for _ in 0..=limits::KEYS_PER_BLOCK {
        let (id, key) = here.fresh().await.unwrap();
        assert!(ids.insert(id), "no id twice");
        assert_eq!(there.key(id).await, Ok(Some(key)));
    }
    let (id, _) = there.fresh().await.unwrap();
    assert!(ids.insert(id));
    let unknown = KeyId(Uuid::from_u128(1));
    assert_eq!(here.key(unknown).await, Err(KeyError::Unknown(unknown)));
    assert_eq!(here.destroy(unknown).await, Err(KeyError::Unknown(unknown)));
}

#[tokio::test]
async fn many_who_need_keys_at_once_get_one_each() {
    let (lent, operator) = (lent(), operator());
    let here = Arc::new(keys(&lent, &operator).await);
    let crowd = (0..600).map(|_| {
        let here = Arc::clone(&here);
        tokio::spawn(async move { here.fresh().await.unwrap() })
    });
    let mut given = BTreeSet::new();
    for one in crowd.collect::<Vec<_>>() {
        let (id, key) = one.await.unwrap();
        assert!(given.insert((id, key.0)));
    }
    drop(here);
    let again = keys(&lent, &operator).await;
    for (id, key) in given.into_iter().step_by(50) {
        assert_eq!(again.key(id).await, Ok(Some(VisitKey(key))));
    }
}

#[tokio::test]
async fn a_destroyed_key_opens_nothing_on_any_node_after_a_while() {
    let (lent, operator) = (lent(), operator());
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
    let there = Database::open(&lent.url(), Arc::clone(&clock) as Arc<_>).await.unwrap();
    let there = PgKeys::open(&there, operator.clone()).await.unwrap();
    let here = keys(&lent, &operator).await;
    let (id, key) = here.fresh().await.unwrap();
    assert_eq!(there.key(id).await, Ok(Some(key.clone())));
    here.destroy(id).await.unwrap();
    here.destroy(id).await.unwrap();
    assert_eq!(here.key(id).await, Ok(None), "at once where it was destroyed");
    clock.advance(clinic_domain::time::Millis(limits::KEY_IN_MEMORY.0 - 1));
    assert_eq!(there.key(id).await, Ok(Some(key)), "it was read a moment ago");
    clock.advance(clinic_domain::time::Millis(1));
    assert_eq!(there.key(id).await, Ok(None));
    let row = "SELECT count(*) FROM clinic_keys.keys \
         WHERE wrapped IS NULL AND now() - destroyed_at < interval '1 minute'";
    assert_eq!(lent.sql(row).unwrap(), "1");
}

#[tokio::test]
async fn another_operator_key_is_refused_and_two_first_starts_agree_on_one() {
    let lent = lent();
    let (one, other) = (operator(), operator());
    let (first, second) = (database(&lent.url()).await, database(&lent.url()).await);
    let (here, there) =
        tokio::join!(PgKeys::open(&first, one.clone()), PgKeys::open(&second, other.clone()));
    let refused = match (here, there) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
        both => panic!("{both:?}"),
    };
    assert!(matches!(refused, KeysError::WrongOperatorKey { .. }), "{refused}");
    assert!(refused.to_string().contains("not the operator key"), "{refused}");
    assert!(!refused.to_string().contains("clinic:"), "no password: {refused}");
}

#[tokio::test]
async fn the_keys_may_have_a_database_of_their_own() {
    let (lent, operator) = (lent(), operator());
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
    let alone = Database::open_without_log(&lent.url(), clock).await.unwrap();
    let here = PgKeys::open(&alone, operator.clone()).await.unwrap();
    let (id, key) = here.fresh().await.unwrap();
    let tables = "SELECT DISTINCT schemaname FROM pg_tables \
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    assert_eq!(lent.sql(tables).unwrap(), "clinic_keys", "nothing of the log");
    // The log may come later.
    let there = keys(&lent, &operator).await;
    assert_eq!(there.key(id).await, Ok(Some(key)));
    lent.sql("INSERT INTO clinic_keys.form (form) VALUES (99)").unwrap();
    let newer = PgKeys::open(&alone, operator).await.unwrap_err().to_string();
    assert!(newer.contains("99"), "{newer}");
}

#[tokio::test]
async fn a_rotated_operator_key_opens_what_the_old_one_did_and_the_old_one_nothing() {
    let (lent, old, new) = (lent(), operator(), operator());
    let db = database(&lent.url()).await;
    let here = keys(&lent, &old).await;
    let (kept, key) = here.fresh().await.unwrap();
    let (gone, _) = here.fresh().await.unwrap();
    here.destroy(gone).await.unwrap();
    let (mut told, next) = (vec![], new.clone());
    let rotated: Result<u64, KeysError> =
        PgKeys::rotate(&db, &old, move || Ok(next), |done, all| told.push((done, all))).await;
    let all = u64::try_from(limits::KEYS_PER_BLOCK - 1).unwrap();
    assert_eq!(rotated.unwrap(), all);
    assert_eq!((told.first(), told.last()), (Some(&(0, all)), Some(&(all, all))));
    let there = keys(&lent, &new).await;
    assert_eq!(there.key(kept).await, Ok(Some(key)));
    assert_eq!(there.key(gone).await, Ok(None));
    assert!(PgKeys::open(&db, old.clone()).await.is_err());
    // A node that was left running is told why it gets no further keys, and why it opens none.
    let (late, _) = there.fresh().await.unwrap();
    let error = here.key(late).await.unwrap_err().to_string();
    assert!(error.contains("rotated elsewhere"), "{error}");
    let mut error = None;
    for _ in 0..=limits::KEYS_PER_BLOCK {
        error = error.or(here.fresh().await.err());
    }
    let error = error.expect("no key that nobody could open").to_string();
    assert!(error.contains("rotated elsewhere"), "{error}");
    let again: Result<u64, KeysError> =
        PgKeys::rotate(&db, &old, || Ok(operator()), |_, _| ()).await;
    assert!(matches!(again, Err(KeysError::WrongOperatorKey { .. })));
}

#[tokio::test]
async fn a_rotation_that_breaks_off_leaves_all_as_it_was() {
    let (lent, old) = (lent(), operator());
    let db = database(&lent.url()).await;
    let here = keys(&lent, &old).await;
    let (kept, key) = here.fresh().await.unwrap();
    let broken: Result<u64, KeysError> = PgKeys::rotate(
        &db,
        &old,
        || Err(LogError::Failed("the disk is full".to_owned()).into()),
        |_, _| (),
    )
    .await;
    assert!(broken.unwrap_err().to_string().contains("the disk is full"));
    // A row that was changed by hand stops it in the middle; it may be any of them.
    lent.sql("UPDATE clinic_keys.keys SET wrapped = wrapped || '\\x00' WHERE id = (SELECT max(id::text)::uuid FROM clinic_keys.keys)")
        .unwrap();
    let broken: Result<u64, KeysError> =
        PgKeys::rotate(&db, &old, || Ok(operator()), |_, _| ()).await;
    assert!(broken.unwrap_err().to_string().contains("cannot be unwrapped"));
    assert_eq!(keys(&lent, &old).await.key(kept).await, Ok(Some(key)));
}

#[tokio::test]
async fn keys_move_between_stores_under_their_ids_destroyed_ones_too() {
    let (lent, operator) = (lent(), operator());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let sqlite = SqliteKeys::open(&file("a.keys.db"), &file("a.key")).await.unwrap();
    let other = SqliteKeys::open(&file("b.keys.db"), &file("b.key")).await.unwrap();
    let postgres = keys(&lent, &operator).await;
    let (kept, key) = sqlite.fresh().await.unwrap();
    let (gone, _) = sqlite.fresh().await.unwrap();
    sqlite.destroy(gone).await.unwrap();
    let moved = vec![(kept, Some(key.clone())), (gone, None)];
    for _ in 0..2 {
        postgres.keep(moved.clone()).await.unwrap();
        other.keep(moved.clone()).await.unwrap();
        sqlite.keep(moved.clone()).await.unwrap();
    }
    for store in [&postgres as &dyn clinic_engine::ports::KeyStore, &other, &sqlite] {
        assert_eq!(store.key(kept).await, Ok(Some(key.clone())), "{store:?}");
        assert_eq!(store.key(gone).await, Ok(None), "{store:?}");
        let (fresh, new) = store.fresh().await.unwrap();
        assert_eq!(store.key(fresh).await, Ok(Some(new)), "{store:?}");
    }
    // All or none, and never another key under an id that is here.
    let stranger = KeyId(Uuid::from_u128(7));
    let wrong = vec![(stranger, Some(VisitKey([1; 32]))), (kept, Some(VisitKey([2; 32])))];
    for refused in [
        postgres.keep(wrong.clone()).await,
        other.keep(wrong.clone()).await,
        sqlite.keep(wrong).await,
    ] {
        assert!(refused.unwrap_err().to_string().contains("is another key here"));
    }
    assert_eq!(postgres.key(stranger).await, Err(KeyError::Unknown(stranger)));
    assert_eq!(other.key(stranger).await, Err(KeyError::Unknown(stranger)));
    // What was moved is destroyed and wrapped anew like the rest.
    other.destroy(kept).await.unwrap();
    assert_eq!(other.key(kept).await, Ok(None));
    other.keep(vec![(kept, Some(key.clone()))]).await.unwrap();
    assert_eq!(other.key(kept).await, Ok(None), "destroyed is destroyed");
    drop(sqlite);
    let rotated = SqliteKeys::rotate(&file("a.keys.db"), &file("a.key"), |_, _| ());
    assert!(rotated.unwrap() > 0);
    let sqlite = SqliteKeys::open(&file("a.keys.db"), &file("a.key")).await.unwrap();
    assert_eq!(sqlite.key(kept).await, Ok(Some(key)));
}
