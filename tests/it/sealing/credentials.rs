//! Credentials in a SQLite file.

use std::fs;
use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::ids::{ClinicId, CommandId, MemberId, PasscodeId, RoomId};
use clinic_domain::time::Timestamp;
use clinic_engine::limits;
use clinic_engine::ports::{Credentials as _, Invitation, Inviter, ManualClock, Session};
use clinic_engine::secrets::{Password, Secret, SignInName};
use clinic_engine::{Engine, EngineError, Ports};
use clinic_sqlite::credentials::SqliteCredentials;
use rusqlite::Connection;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::fixture::{Folder, mode, set_mode};
use crate::engine::fixture::{House, NINE, form};

const CLINIC: ClinicId = ClinicId(Uuid::from_u128(1));
const ROOM: RoomId = RoomId(Uuid::from_u128(2));
const RITA: MemberId = MemberId(Uuid::from_u128(5));
const FIRST: PasscodeId = PasscodeId(Uuid::from_u128(3));
const SECOND: PasscodeId = PasscodeId(Uuid::from_u128(4));

impl Folder {
    async fn credentials(&self) -> SqliteCredentials {
        SqliteCredentials::open(&self.file("clinic.credentials.db")).await.unwrap()
    }
}

#[tokio::test]
async fn a_passcode_is_known_after_a_restart_for_its_room_and_by_its_id() {
    let folder = Folder::new();
    let store = folder.credentials().await;
    store.keep_passcode(CLINIC, ROOM, FIRST, "open sesame").await.unwrap();
    store.keep_passcode(CLINIC, ROOM, SECOND, "blue door").await.unwrap();
    drop(store);

    let store = folder.credentials().await;
    let known = async |clinic, room, id, typed: &str| {
        store.knows_passcode(clinic, room, id, typed).await.unwrap()
    };
    assert!(known(CLINIC, ROOM, FIRST, "open sesame").await);
    assert!(known(CLINIC, ROOM, SECOND, "blue door").await);
    for wrong in ["blue door", "Open sesame", "open sesame ", ""] {
        assert!(!known(CLINIC, ROOM, FIRST, wrong).await, "{wrong:?}");
    }
    assert!(!known(ClinicId(Uuid::nil()), ROOM, FIRST, "open sesame").await);
    assert!(!known(CLINIC, RoomId(Uuid::nil()), FIRST, "open sesame").await);
    assert!(!known(CLINIC, ROOM, PasscodeId(Uuid::nil()), "open sesame").await);
}

#[tokio::test]
async fn what_is_kept_is_a_salted_argon2id_hash_for_its_owner_only() {
    let folder = Folder::new();
    let store = folder.credentials().await;
    store.keep_passcode(CLINIC, ROOM, FIRST, "open sesame").await.unwrap();
    store.keep_passcode(CLINIC, ROOM, SECOND, "open sesame").await.unwrap();

    let db = Connection::open(folder.file("clinic.credentials.db")).unwrap();
    let mut find = db.prepare("SELECT verifier FROM passcodes").unwrap();
    let verifiers: Vec<String> =
        find.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(verifiers.len(), 2);
    assert_ne!(verifiers[0], verifiers[1]);
    assert!(verifiers.iter().all(|kept| kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert!(!folder.holds(b"open sesame"));
    for name in folder.names() {
        assert_eq!(mode(&folder.file(&name)), 0o600, "{name}");
    }
    assert!(!format!("{store:?}").contains("argon2"));
}

#[tokio::test]
async fn a_verifier_of_other_parameters_stays_good() {
    let folder = Folder::new();
    let store = folder.credentials().await;
    store.keep_passcode(CLINIC, ROOM, FIRST, "x").await.unwrap();
    // The reference implementation's own example: password "password", salt "somesalt".
    let older =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let db = Connection::open(folder.file("clinic.credentials.db")).unwrap();
    db.execute("UPDATE passcodes SET verifier = ?", [older]).unwrap();
    assert_eq!(store.knows_passcode(CLINIC, ROOM, FIRST, "password").await, Ok(true));
    assert_eq!(store.knows_passcode(CLINIC, ROOM, FIRST, "x").await, Ok(false));

    db.execute("UPDATE passcodes SET verifier = 'nonsense'", []).unwrap();
    let error = store.knows_passcode(CLINIC, ROOM, FIRST, "password").await.unwrap_err();
    assert!(error.to_string().contains("a verifier is damaged"), "{error}");
}

#[tokio::test]
async fn a_crowd_that_types_at_once_is_answered_one_by_one_and_rightly() {
    let folder = Folder::new();
    let store = Arc::new(folder.credentials().await);
    store.keep_passcode(CLINIC, ROOM, FIRST, "open sesame").await.unwrap();
    let crowd = (0..8).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let typed = if n % 2 == 0 { "open sesame" } else { "let me in" };
            let known = store.knows_passcode(CLINIC, ROOM, FIRST, typed).await.unwrap();
            assert_eq!(known, n % 2 == 0);
        })
    });
    let crowd: Vec<_> = crowd.collect();
    for one in crowd {
        one.await.unwrap();
    }
}

#[tokio::test]
async fn a_damaged_an_exposed_and_a_newer_store_are_refused() {
    let folder = Folder::new();
    let path = folder.file("clinic.credentials.db");
    drop(folder.credentials().await);
    let refused = async || SqliteCredentials::open(&path).await.unwrap_err().to_string();

    set_mode(&path, 0o644);
    assert!(refused().await.contains("chmod 600"));
    set_mode(&path, 0o600);
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version=3").unwrap();
    assert!(refused().await.contains("a store of credentials of version 3"));
    fs::write(&path, "x".repeat(5_000)).unwrap();
    assert!(refused().await.contains("this store of credentials is damaged"));
}

#[tokio::test]
async fn a_store_of_the_first_form_keeps_its_passcodes_and_takes_accounts() {
    let folder = Folder::new();
    let path = folder.file("clinic.credentials.db");
    let store = folder.credentials().await;
    store.keep_passcode(CLINIC, ROOM, FIRST, "open sesame").await.unwrap();
    drop(store);
    let db = Connection::open(&path).unwrap();
    let back = "DROP TABLE accounts; DROP TABLE sessions; DROP TABLE invitations;
        PRAGMA user_version=1";
    db.execute_batch(back).unwrap();
    drop(db);
    let store = folder.credentials().await;
    assert_eq!(store.knows_passcode(CLINIC, ROOM, FIRST, "open sesame").await, Ok(true));
    let name = SignInName::parse("rita").unwrap();
    let password = Password::chosen("correct horse", &name).unwrap();
    store.keep_account(&name, CLINIC, RITA, &password).await.unwrap();
    drop(store);
    let store = folder.credentials().await;
    let known = store.check_password(&name, &password).await.unwrap();
    assert_eq!(known.map(|account| account.member), Some(RITA));
    let version = Connection::open(&path).unwrap();
    let version = version.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    assert_eq!(version, Ok(2));
}

#[tokio::test]
async fn neither_a_password_nor_a_token_is_in_the_file() {
    let folder = Folder::new();
    let store = folder.credentials().await;
    let name = SignInName::parse("rita").unwrap();
    let password = Password::chosen("correct horse", &name).unwrap();
    store.keep_account(&name, CLINIC, RITA, &password).await.unwrap();
    let account = store.account_of(CLINIC, RITA).await.unwrap().unwrap();
    let (opened, invited) = (Secret::fresh().unwrap(), Secret::fresh().unwrap());
    let now = Timestamp(1_000);
    let session = Session {
        clinic: CLINIC,
        member: RITA,
        started_at: now,
        expires_at: Timestamp(2_000),
        seen_at: now,
    };
    assert_eq!(store.keep_session(opened.hash(), session, account.password).await, Ok(true));
    let invitation = Invitation {
        clinic: CLINIC,
        member: RITA,
        by: Inviter::Host,
        expires_at: Timestamp(2_000),
    };
    store.keep_invitation(invited.hash(), invitation).await.unwrap();
    assert!(folder.holds(&opened.hash().0) && folder.holds(&invited.hash().0));
    assert!(folder.holds(b"$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!folder.holds(b"correct horse"));
    for secret in [opened, invited] {
        assert!(!folder.holds(secret.text().as_bytes()));
    }
}

#[tokio::test]
async fn a_passcode_that_is_refused_leaves_no_verifier() {
    let folder = Folder::new();
    let credentials = Arc::new(folder.credentials().await);
    let clock = Arc::new(ManualClock::at(NINE));
    let engine = Engine::new(Ports {
        clock: Arc::clone(&clock) as Arc<_>,
        credentials: Arc::clone(&credentials) as Arc<_>,
        ..Ports::in_memory()
    });
    let house = House::with(engine, clock).await;
    let db = Connection::open(folder.file("clinic.credentials.db")).unwrap();
    let kept = || {
        let count = db.query_row("SELECT count(*) FROM passcodes", [], |row| row.get::<_, i64>(0));
        count.unwrap()
    };
    let id = CommandId(house.engine.mint());
    let set = |member, passcode| {
        let (actor, room) = (Actor::Member(member), house.reception);
        house.engine.set_passcode(house.clinic, id, actor, room, Some(passcode))
    };
    let refused = set(house.rita, "kiwi").await;
    assert!(matches!(refused, Err(EngineError::Refused(_))), "{refused:?}");
    assert_eq!(kept(), 0);
    // What was refused is decided anew, with another passcode too.
    house.host(Action::ChangeRole { member: house.rita, role: Role::Admin }).await;
    let set_by_rita = set(house.rita, "plum").await.unwrap();
    assert_eq!(kept(), 1);
    // It stays when the same command comes from somebody who may not, and when she comes again.
    assert!(set(house.dana, "plum").await.is_err());
    assert_eq!(set(house.rita, "plum").await, Ok(set_by_rita));
    assert_eq!(kept(), 1);
    let (nowhere, other) = (ClinicId(house.engine.mint()), CommandId(house.engine.mint()));
    let lost = house.engine.set_passcode(nowhere, other, Actor::Host, house.reception, Some("x"));
    assert_eq!(lost.await, Err(EngineError::NoSuchClinic(nowhere)));
    assert_eq!(kept(), 1);
    let (id, form) = (CommandId(house.engine.mint()), form(house.reception, 1));
    let came = house.engine.check_in(house.clinic, id, form, Some("plum"), None).await;
    assert!(came.is_ok(), "{came:?}");
}

#[tokio::test]
async fn an_operator_sets_a_password_while_a_server_has_the_store_open() {
    let folder = Folder::new();
    let (server, operator) = (folder.credentials().await, folder.credentials().await);
    let name = SignInName::parse("rita").unwrap();
    let [old, new] = ["correct horse", "battery staple"].map(|it| Password::typed(it).unwrap());
    server.keep_account(&name, CLINIC, RITA, &old).await.unwrap();
    let account = server.account_of(CLINIC, RITA).await.unwrap().unwrap();
    let (at, expires_at) = (Timestamp(1), Timestamp(2_000));
    let session = Session { clinic: CLINIC, member: RITA, started_at: at, expires_at, seen_at: at };
    let token = Secret::fresh().unwrap().hash();
    assert_eq!(server.keep_session(token, session, account.password).await, Ok(true));
    // Both write at once, many times over, and nobody is told to go away.
    let touches = async {
        for n in 0..50 {
            server.touch_session(token, Timestamp(n)).await.unwrap();
        }
    };
    let found = operator.account(&name).await.unwrap().unwrap();
    let change = operator.change_password(found.clinic, found.member, None, &new, None);
    let ((), changed) = tokio::join!(touches, change);
    assert_eq!(changed, Ok(true));
    assert_eq!(server.session(token).await, Ok(None));
    assert_eq!(server.check_password(&name, &old).await, Ok(None));
    assert!(server.check_password(&name, &new).await.unwrap().is_some());
}

#[tokio::test]
async fn a_name_that_nobody_has_is_hashed_for_as_long_as_any_other() {
    let folder = Folder::new();
    let store = Arc::new(folder.credentials().await);
    let mut flood = JoinSet::new();
    for n in 0..limits::HASHES_WAITING + 40 {
        let store = Arc::clone(&store);
        flood.spawn(async move {
            let name = SignInName::parse(&format!("nobody {n}")).unwrap();
            store.check_password(&name, &Password::typed("a guess").unwrap()).await
        });
    }
    let answers = flood.join_all().await;
    assert!(answers.iter().all(|answer| !matches!(answer, Ok(Some(_)))));
    // There is only room for so many hashes, and none would be refused if none were made.
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let refused: Vec<String> = refused.map(ToString::to_string).collect();
    assert!(!refused.is_empty() && refused.len() <= 40, "{}", refused.len());
    assert!(refused.iter().all(|why| why.contains("too many secrets wait")), "{refused:?}");
}
