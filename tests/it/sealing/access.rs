//! The access log in a SQLite file.

use std::sync::Arc;

use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Access, AccessLog as _, Reader, Subject};
use clinic_sqlite::access::SqliteAccess;
use clinic_sqlite::credentials::SqliteCredentials;
use rusqlite::Connection;
use uuid::Uuid;

use super::fixture::{Folder, mode, set_mode};

const CLINIC: ClinicId = ClinicId(Uuid::from_u128(1));

impl Folder {
    async fn access(&self) -> SqliteAccess {
        SqliteAccess::open(&SqliteAccess::path_beside(&self.file("clinic.db"))).await.unwrap()
    }
}

fn access(n: i64) -> Access {
    let who = Reader::Member(MemberId(Uuid::from_u128(2)));
    let (at, subject) = (Timestamp(n), Subject::Clinic);
    Access { at, clinic: CLINIC, who, model: "visits".into(), subject }
}

mod promises {
    use super::{Arc, Folder};

    clinic_testkit::access_conformance!(async || {
        let folder = Folder::new();
        (Arc::new(folder.access().await), folder)
    });
}

/// Stores of credentials, too.
mod credentials {
    use super::{Arc, Folder, SqliteCredentials};

    clinic_testkit::credentials_conformance!(async || {
        let folder = Folder::new();
        let path = SqliteCredentials::path_beside(&folder.file("clinic.db"));
        (Arc::new(SqliteCredentials::open(&path).await.unwrap()), folder)
    });
}

#[tokio::test]
async fn a_record_that_was_acknowledged_is_there_after_a_crash_and_numbers_go_on() {
    let folder = Folder::new();
    let log = folder.access().await;
    log.record(access(1)).await.unwrap();
    let crashed = folder.crashed();
    let log = crashed.access().await;
    log.record(access(2)).await.unwrap();
    let found = log.read(CLINIC, 0, 10).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|one| (one.number, one.access)).collect();
    assert_eq!(found, [(1, access(1)), (2, access(2))]);
}

#[tokio::test]
async fn the_file_is_its_owners_and_an_exposed_or_foreign_one_is_refused() {
    let folder = Folder::new();
    let log = folder.access().await;
    log.record(access(1)).await.unwrap();
    for name in folder.names() {
        assert!(name.starts_with("clinic.access.db"), "{name}");
        assert_eq!(mode(&folder.file(&name)), 0o600, "{name}");
    }
    drop(log);
    let path = folder.file("clinic.access.db");
    let refused = async || SqliteAccess::open(&path).await.unwrap_err().to_string();
    set_mode(&path, 0o644);
    assert!(refused().await.contains("chmod 600"));
    set_mode(&path, 0o600);
    let other = folder.file("clinic.credentials.db");
    drop(SqliteCredentials::open(&other).await.unwrap());
    let foreign = SqliteAccess::open(&other).await.unwrap_err().to_string();
    assert!(foreign.contains("this is no access log"), "{foreign}");
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_to_whoever_waits_and_the_next_is_kept_again() {
    let folder = Folder::new();
    let log = folder.access().await;
    let db = Connection::open(folder.file("clinic.access.db")).unwrap();
    let forbid = "CREATE TRIGGER full BEFORE INSERT ON accesses WHEN new.at = 13 \
         BEGIN SELECT raise(ABORT, 'no space left'); END";
    db.execute_batch(forbid).unwrap();
    let error = log.record(access(13)).await.unwrap_err().to_string();
    assert!(error.contains("clinic.access.db") && error.contains("no space left"), "{error}");
    log.record(access(14)).await.unwrap();
    assert_eq!(log.read(CLINIC, 0, 10).await.unwrap().len(), 1);
}
