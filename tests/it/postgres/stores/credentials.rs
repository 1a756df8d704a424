//! Credentials that all nodes share.

use std::sync::Arc;

use clinic_domain::ids::{MemberId, PasscodeId, RoomId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{
    Accepted, Credentials, Invitation, Inviter, KeptAccount, NotTaken, PasswordId, Session,
};
use clinic_engine::secrets::{Password, Secret, SecretHash, SignInName};
use clinic_postgres::credentials::PgCredentials;
use clinic_sqlite::credentials::SqliteCredentials;
use clinic_testkit::postgres::Lent;
use uuid::Uuid;

use super::{CLINIC, OTHER};
use crate::postgres::fixture::{database, lent};

const RITA: MemberId = MemberId(Uuid::from_u128(5));
const DANA: MemberId = MemberId(Uuid::from_u128(6));
const NOON: Timestamp = Timestamp(1_000);
const LATER: Timestamp = Timestamp(2_000);

async fn credentials(lent: &Lent) -> PgCredentials {
    PgCredentials::open(&database(&lent.url()).await)
}

mod promises {
    use super::{Arc, credentials, lent};

    clinic_testkit::credentials_conformance!(async || {
        let lent = lent();
        (Arc::new(credentials(&lent).await), lent)
    });
}

/// Two nodes, and the database between them.
async fn two() -> (Arc<PgCredentials>, Arc<PgCredentials>, Lent) {
    let lent = lent();
    (Arc::new(credentials(&lent).await), Arc::new(credentials(&lent).await), lent)
}

fn name(typed: &str) -> SignInName {
    SignInName::parse(typed).unwrap()
}

fn password(typed: &str) -> Password {
    Password::typed(typed).unwrap()
}

fn token() -> SecretHash {
    Secret::fresh().unwrap().hash()
}

fn session(member: MemberId) -> Session {
    Session { clinic: CLINIC, member, started_at: NOON, expires_at: LATER, seen_at: NOON }
}

async fn account(at: &PgCredentials, typed: &str, member: MemberId) -> PasswordId {
    let kept = at.keep_account(&name(typed), CLINIC, member, &password(typed)).await.unwrap();
    match kept {
        KeptAccount::Kept(account) => account.password,
        KeptAccount::NameTaken => panic!("{typed} is free"),
    }
}

#[tokio::test]
async fn a_session_that_is_opened_at_one_node_is_good_at_another_and_ends_at_both() {
    let (here, there, _lent) = two().await;
    let by = account(&here, "rita", RITA).await;
    let (first, second) = (token(), token());
    for token in [first, second] {
        assert_eq!(here.keep_session(token, session(RITA), by).await, Ok(true));
        assert_eq!(there.session(token).await, Ok(Some(session(RITA))));
    }
    there.touch_session(first, Timestamp(1_500)).await.unwrap();
    assert_eq!(here.session(first).await.unwrap().unwrap().seen_at, Timestamp(1_500));
    there.end_session(first).await.unwrap();
    assert_eq!(here.session(first).await, Ok(None));
    // A change of password there ends what was opened here, and what is just about to begin.
    let changed = there.change_password(CLINIC, RITA, Some(by), &password("new"), None).await;
    assert_eq!(changed, Ok(true));
    assert_eq!(here.session(second).await, Ok(None));
    assert_eq!(here.keep_session(second, session(RITA), by).await, Ok(false));
}

#[tokio::test]
async fn of_two_nodes_that_accept_one_invitation_one_does() {
    let (here, there, _lent) = two().await;
    for round in 0..8 {
        let token = token();
        let invitation =
            Invitation { clinic: CLINIC, member: RITA, by: Inviter::Host, expires_at: LATER };
        here.keep_invitation(token, invitation).await.unwrap();
        let names = [format!("here {round}"), format!("there {round}")].map(|it| name(&it));
        let secret = password("correct horse");
        let (one, other) = tokio::join!(
            here.accept_invitation(token, NOON, &names[0], &secret),
            there.accept_invitation(token, NOON, &names[1], &secret)
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        let welcomed = match (&one, &other) {
            (Accepted::Welcome(account), Accepted::Void)
            | (Accepted::Void, Accepted::Welcome(account)) => account.clone(),
            both => panic!("{both:?}"),
        };
        assert_eq!(here.account_of(CLINIC, RITA).await, Ok(Some(welcomed)));
    }
}

#[tokio::test]
async fn of_two_nodes_that_give_one_name_one_does_and_nobody_loses_hers() {
    let (here, there, _lent) = two().await;
    account(&here, "rita", RITA).await;
    account(&here, "dana", DANA).await;
    for round in 0..8 {
        let (wanted, secret) = (name(&format!("desk {round}")), password("correct horse"));
        let (one, other) = tokio::join!(
            here.keep_account(&wanted, CLINIC, RITA, &secret),
            there.keep_account(&wanted, CLINIC, DANA, &secret)
        );
        let taken = [one.unwrap(), other.unwrap()].map(|kept| kept == KeptAccount::NameTaken);
        assert_ne!(taken[0], taken[1], "one of two");
        for member in [RITA, DANA] {
            assert!(here.account_of(CLINIC, member).await.unwrap().is_some());
        }
    }
    // Two who swap their names wait for each other's; neither is told to come back for that.
    account(&here, "left", RITA).await;
    account(&here, "right", DANA).await;
    let (left, right, secret) = (name("left"), name("right"), password("correct horse"));
    for _ in 0..4 {
        let (one, other) = tokio::join!(
            here.keep_account(&right, CLINIC, RITA, &secret),
            there.keep_account(&left, CLINIC, DANA, &secret)
        );
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn sessions_that_open_while_a_password_changes_never_outlive_it() {
    let (here, there, _lent) = two().await;
    let mut by = account(&here, "rita", RITA).await;
    for round in 0..8 {
        let (token, new) = (token(), password(&format!("secret {round}")));
        let (opened, changed) = tokio::join!(
            here.keep_session(token, session(RITA), by),
            there.change_password(CLINIC, RITA, None, &new, None)
        );
        assert_eq!(changed, Ok(true));
        opened.unwrap();
        assert_eq!(here.session(token).await, Ok(None), "its password is not in force");
        by = here.account_of(CLINIC, RITA).await.unwrap().unwrap().password;
    }
}

#[tokio::test]
async fn what_is_kept_is_a_salted_slow_hash_and_no_token() {
    let (here, _there, lent) = two().await;
    let by = account(&here, "correct horse", RITA).await;
    let secret = Secret::fresh().unwrap();
    here.keep_session(secret.hash(), session(RITA), by).await.unwrap();
    let (room, id) = (RoomId(Uuid::from_u128(7)), PasscodeId(Uuid::from_u128(8)));
    here.keep_passcode(CLINIC, room, id, "open sesame").await.unwrap();
    let kept = lent.sql(
        "SELECT verifier FROM clinic_accounts UNION ALL SELECT verifier FROM clinic_passcodes \
         UNION ALL SELECT encode(token, 'base64') FROM clinic_sessions",
    );
    let kept = kept.unwrap();
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(
        lines.iter().filter(|it| it.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")).count(),
        2
    );
    assert!(!kept.contains("horse") && !kept.contains("sesame") && !kept.contains(&secret.text()));
    assert_eq!(here.knows_passcode(OTHER, room, id, "open sesame").await, Ok(false));
    lent.sql("UPDATE clinic_passcodes SET verifier = 'nonsense'").unwrap();
    let error = here.knows_passcode(CLINIC, room, id, "open sesame").await.unwrap_err().to_string();
    assert!(error.contains("a verifier is damaged"), "{error}");
}

#[tokio::test]
async fn connections_that_are_ended_are_replaced_before_anybody_notices() {
    let (here, _there, lent) = two().await;
    let by = account(&here, "rita", RITA).await;
    let token = token();
    here.keep_session(token, session(RITA), by).await.unwrap();
    for _ in 0..3 {
        // As many as there may be, so that the next one that is tried is dead as well.
        let reads = (0..8).map(|_| {
            let here = Arc::clone(&here);
            tokio::spawn(async move { here.session(token).await })
        });
        for read in reads.collect::<Vec<_>>() {
            assert_eq!(read.await.unwrap().unwrap().map(|one| one.member), Some(RITA));
        }
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        lent.sql(ended).unwrap();
        assert!(here.session(token).await.unwrap().is_some());
        lent.sql(ended).unwrap();
        let changed = here.end_sessions(OTHER, RITA, None).await;
        assert_eq!(changed, Ok(()));
    }
}

/// Another store, in a file.
async fn sqlite() -> (SqliteCredentials, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.credentials.db");
    (SqliteCredentials::open(&path).await.unwrap(), folder)
}

#[tokio::test]
async fn accounts_and_passcodes_move_between_stores_with_their_passwords_and_nothing_else_does() {
    let (here, _there, _lent) = two().await;
    let ((from, _folder), (back, _other)) = (sqlite().await, sqlite().await);
    let (room, id) = (RoomId(Uuid::from_u128(7)), PasscodeId(Uuid::from_u128(8)));
    from.keep_passcode(CLINIC, room, id, "open sesame").await.unwrap();
    for (typed, member) in [("rita", RITA), ("dana", DANA)] {
        from.keep_account(&name(typed), CLINIC, member, &password(typed)).await.unwrap();
    }
    from.keep_account(&name("elsewhere"), OTHER, RITA, &password("x")).await.unwrap();
    let by = from.account_of(CLINIC, RITA).await.unwrap().unwrap().password;
    let token = token();
    assert_eq!(from.keep_session(token, session(RITA), by).await, Ok(true));

    let moved = from.of_clinic(CLINIC).await.unwrap();
    assert_eq!(moved.len(), 3);
    assert!(!format!("{moved:?}").contains("argon2"), "no verifier is ever printed");
    for _ in 0..2 {
        here.keep_all(CLINIC, &moved).await.unwrap();
        back.keep_all(CLINIC, &here.of_clinic(CLINIC).await.unwrap()).await.unwrap();
    }
    assert_eq!(here.of_clinic(CLINIC).await, Ok(moved.clone()));
    assert_eq!(back.of_clinic(CLINIC).await, Ok(moved.clone()));
    for store in [&*here as &dyn Credentials, &back] {
        let known = store.check_password(&name("rita"), &password("rita")).await.unwrap();
        assert_eq!(known.map(|account| (account.member, account.password)), Some((RITA, by)));
        assert_eq!(store.knows_passcode(CLINIC, room, id, "open sesame").await, Ok(true));
        assert_eq!(store.session(token).await, Ok(None));
        assert_eq!(store.account(&name("elsewhere")).await, Ok(None));
    }
}

#[tokio::test]
async fn what_another_store_kept_is_taken_whole_or_not_at_all_and_never_over_something_else() {
    let (here, _there, _lent) = two().await;
    let ((from, _folder), (other, _other)) = (sqlite().await, sqlite().await);
    let (room, id) = (RoomId(Uuid::from_u128(7)), PasscodeId(Uuid::from_u128(8)));
    from.keep_passcode(CLINIC, room, id, "open sesame").await.unwrap();
    from.keep_account(&name("rita"), CLINIC, RITA, &password("rita")).await.unwrap();
    let moved = from.of_clinic(CLINIC).await.unwrap();
    let refused = async || {
        let both = (here.keep_all(CLINIC, &moved).await, other.keep_all(CLINIC, &moved).await);
        assert_eq!(both.0, both.1, "both stores say the same");
        both.0.unwrap_err()
    };
    for store in [&*here as &dyn Credentials, &other] {
        store.keep_account(&name("rita"), OTHER, DANA, &password("x")).await.unwrap();
    }
    assert_eq!(refused().await, NotTaken::Name(RITA));
    for store in [&*here as &dyn Credentials, &other] {
        assert_eq!(store.knows_passcode(CLINIC, room, id, "open sesame").await, Ok(false));
        store.keep_account(&name("desk"), CLINIC, RITA, &password("x")).await.unwrap();
    }
    assert_eq!(refused().await, NotTaken::Account(RITA));
    for store in [&*here as &dyn Credentials, &other] {
        store.keep_passcode(CLINIC, room, id, "open sesame").await.unwrap();
    }
    assert_eq!(refused().await, NotTaken::Passcode(id), "another salt, another verifier");
    assert_eq!(here.keep_all(OTHER, &moved[1..]).await, Err(NotTaken::Clinic(RITA)));
    assert_eq!(other.keep_all(OTHER, &moved[1..]).await, Err(NotTaken::Clinic(RITA)));
}
