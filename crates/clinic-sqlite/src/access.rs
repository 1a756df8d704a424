//! The access log, in a file of its own beside the log. One thread writes; all who wait for it share one
//! commit and one sync, as appends to the log do, and nobody is answered before it returned.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, RoomId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Access, AccessLog, Accessed, LogError, Reader, Subject};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::beside::{self, FileError, Form, immediate};
use crate::limits;
use crate::sync::{blocking, lock};

const FORM: Form = Form {
    what: "access log",
    application_id: 0x636c_6163, // "clac"
    steps: &["
        CREATE TABLE accesses (
            number INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, whatever is removed
            clinic BLOB NOT NULL, at INTEGER NOT NULL,
            member BLOB, -- none: the host
            model TEXT NOT NULL,
            room BLOB, visit BLOB, account BLOB, -- none: the whole clinic
            CHECK ((room IS NOT NULL) + (visit IS NOT NULL) + (account IS NOT NULL) <= 1)
        ) STRICT;
        CREATE INDEX of_clinic ON accesses (clinic, number);
    "],
    settings: "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
};

/// Records in a SQLite file.
pub struct SqliteAccess {
    path: PathBuf,
    /// Reads; the writer has a connection of its own.
    db: Arc<Mutex<Connection>>,
    writer: mpsc::Sender<Wanted>,
}

/// A record to keep, and who waits for it.
struct Wanted {
    access: Access,
    kept: oneshot::Sender<Result<(), LogError>>,
}

impl fmt::Debug for SqliteAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteAccess").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteAccess {
    /// Where the access log of a log is: `clinic.access.db` beside `clinic.db`.
    #[must_use]
    pub fn path_beside(log: &Path) -> PathBuf {
        beside::beside(log, "access.db")
    }

    /// Opens an access log, or makes it.
    ///
    /// # Errors
    /// If the file is damaged, exposed or of a newer version.
    pub async fn open(path: &Path) -> Result<Self, FileError> {
        let path = path.to_owned();
        blocking(move || Self::open_here(path)).await
    }

    fn open_here(path: PathBuf) -> Result<Self, FileError> {
        let writing = FORM.open(&path)?;
        let db = Arc::new(Mutex::new(FORM.open(&path)?));
        let (writer, wanted) = mpsc::channel(limits::ACCESSES_WAITING);
        let named = thread::Builder::new().name("access-log".to_owned());
        let of = path.clone();
        // It ends by itself when nobody can hand in a record any more, with all that was handed in kept.
        named
            .spawn(move || write(writing, wanted, &of))
            .map_err(|error| FileError::failed(&path, &error))?;
        Ok(Self { path, db, writer })
    }
}

#[async_trait]
impl AccessLog for SqliteAccess {
    async fn record(&self, access: Access) -> Result<(), LogError> {
        let (kept, answer) = oneshot::channel();
        let stopped = || failed(&self.path, &"its writer has stopped");
        self.writer.send(Wanted { access, kept }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Accessed>, LogError> {
        let (db, path) = (Arc::clone(&self.db), self.path.clone());
        blocking(move || {
            let found = page(&lock(&db), clinic, after, limit);
            found.map_err(|why| failed(&path, &why))
        })
        .await
    }
}

/// The writer: takes what waits, keeps it in one commit, and answers.
fn write(mut db: Connection, mut wanted: mpsc::Receiver<Wanted>, path: &Path) {
    while let Some(first) = wanted.blocking_recv() {
        let mut group = vec![first];
        while group.len() < limits::ACCESSES_PER_COMMIT {
            let Ok(next) = wanted.try_recv() else { break };
            group.push(next);
        }
        let done = keep(&mut db, &group).map_err(|why| failed(path, &why));
        for Wanted { kept, .. } in group {
            // Whoever has gone away needs no answer.
            let _gone = kept.send(done.clone());
        }
    }
}

fn keep(db: &mut Connection, group: &[Wanted]) -> rusqlite::Result<()> {
    let tx = immediate(db)?;
    for Wanted { access, .. } in group {
        insert(&tx, access)?;
    }
    tx.commit()
}

fn insert(tx: &Transaction<'_>, access: &Access) -> rusqlite::Result<usize> {
    let Access { at, clinic, who, model, subject } = access;
    let member = match who {
        Reader::Member(member) => Some(member.0.as_bytes()),
        Reader::Host => None,
    };
    let (room, visit, account) = match subject {
        Subject::Clinic => (None, None, None),
        Subject::Room(room) => (Some(room.0.as_bytes()), None, None),
        Subject::Visit(visit) => (None, Some(visit.0.as_bytes()), None),
        Subject::Account(member) => (None, None, Some(member.0.as_bytes())),
    };
    let keep = "INSERT INTO accesses (clinic, at, member, model, room, visit, account) \
         VALUES (?, ?, ?, ?, ?, ?, ?)";
    let row = (clinic.0.as_bytes(), at.0, member, model, room, visit, account);
    tx.prepare_cached(keep)?.execute(row)
}

fn page(
    db: &Connection,
    clinic: ClinicId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<Accessed>> {
    let find = "SELECT number, at, member, model, room, visit, account FROM accesses \
         WHERE clinic = ? AND number > ? ORDER BY number LIMIT ?";
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut find = db.prepare_cached(find)?;
    let rows = find.query_map((clinic.0.as_bytes(), whole(after), limit), |row| {
        let member: Option<[u8; 16]> = row.get(2)?;
        let who = member.map_or(Reader::Host, |id| Reader::Member(MemberId(Uuid::from_bytes(id))));
        let (at, model) = (Timestamp(row.get(1)?), row.get::<_, String>(3)?.into());
        let access = Access { at, clinic, who, model, subject: subject(row)? };
        Ok(Accessed { number: number(row)?, access })
    })?;
    rows.collect()
}

fn number(row: &Row<'_>) -> rusqlite::Result<u64> {
    let number: i64 = row.get(0)?;
    u64::try_from(number)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Integer, error.into()))
}

fn subject(row: &Row<'_>) -> rusqlite::Result<Subject> {
    let room: Option<[u8; 16]> = row.get(4)?;
    let visit: Option<[u8; 16]> = row.get(5)?;
    let room = room.map(|id| Subject::Room(RoomId(Uuid::from_bytes(id))));
    let visit = visit.map(|id| Subject::Visit(VisitId(Uuid::from_bytes(id))));
    let account: Option<[u8; 16]> = row.get(6)?;
    let account = account.map(|id| Subject::Account(MemberId(Uuid::from_bytes(id))));
    Ok(room.or(visit).or(account).unwrap_or(Subject::Clinic))
}

fn failed(path: &Path, why: &dyn fmt::Display) -> LogError {
    FileError::failed(path, why).into()
}
