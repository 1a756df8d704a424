//! The access log, shared by all nodes. One task of a node writes; all who wait for it share one statement and one
//! commit, as appends to the log do, and nobody is answered before it returned.
//!
//! Numbers are taken under a lock of the clinic that is held until the commit, so that of two nodes that record at
//! once the later number is committed later: whoever pages on behind a number leaves nothing out.

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, RoomId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Access, AccessLog, Accessed, LogError, Reader, Subject};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::asking::again;
use crate::database::Database;
use crate::error::{damaged, told};
use crate::{limits, locks};

/// Records in a Postgres database.
pub struct PgAccess {
    database: Database,
    writer: mpsc::Sender<Wanted>,
}

/// A record to keep, and who waits for it.
struct Wanted {
    access: Access,
    kept: oneshot::Sender<Result<(), LogError>>,
}

impl fmt::Debug for PgAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgAccess").field("database", &self.database).finish_non_exhaustive()
    }
}

impl PgAccess {
    /// The access log in a database. Many nodes may have it open. It is to be opened where tasks can be spawned:
    /// its writer is one, and ends when nobody can hand in a record any more, with all that was handed in kept.
    #[must_use]
    pub fn open(database: &Database) -> Self {
        let (writer, wanted) = mpsc::channel(limits::ACCESSES_WAITING);
        tokio::spawn(write(database.clone(), wanted));
        Self { database: database.clone(), writer }
    }
}

#[async_trait]
impl AccessLog for PgAccess {
    async fn record(&self, access: Access) -> Result<(), LogError> {
        let (kept, answer) = oneshot::channel();
        self.writer.send(Wanted { access, kept }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Accessed>, LogError> {
        let find = "SELECT number, at, member, model, room, visit, account FROM clinic_accesses \
             WHERE clinic = $1 AND number > $2 ORDER BY number LIMIT $3";
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit.min(limits::ACCESSES_PER_PAGE)).unwrap_or(i64::MAX);
        let what = "the access log cannot be read";
        let rows = again(self.database.pool(), what, |mut db| async move {
            let find = sqlx::query(find).bind(clinic.0).bind(after).bind(limit);
            find.fetch_all(&mut *db).await
        });
        let found: Result<_, _> = rows.await?.iter().map(|row| accessed(clinic, row)).collect();
        found.map_err(|error| told(what, &error))
    }
}

fn stopped() -> LogError {
    LogError::Failed("the access log is closed".to_owned())
}

/// The writer: takes what waits, keeps it in one commit, and answers.
async fn write(database: Database, mut wanted: mpsc::Receiver<Wanted>) {
    let mut group = Vec::with_capacity(limits::ACCESSES_PER_COMMIT);
    while wanted.recv_many(&mut group, limits::ACCESSES_PER_COMMIT).await > 0 {
        let done = keep(&database, group.iter().map(|one| &one.access)).await;
        for Wanted { kept, .. } in group.drain(..) {
            // Whoever has gone away needs no answer.
            let _gone = kept.send(done.clone());
        }
    }
}

/// The records of one statement, column by column.
#[derive(Default)]
struct Columns {
    clinics: Vec<Uuid>,
    ats: Vec<i64>,
    members: Vec<Option<Uuid>>,
    models: Vec<String>,
    rooms: Vec<Option<Uuid>>,
    visits: Vec<Option<Uuid>>,
    accounts: Vec<Option<Uuid>>,
}

impl Columns {
    fn add(&mut self, access: &Access) {
        let Access { at, clinic, who, model, subject } = access;
        let member = match who {
            Reader::Member(member) => Some(member.0),
            Reader::Host => None,
        };
        let (room, visit, account) = match subject {
            Subject::Clinic => (None, None, None),
            Subject::Room(room) => (Some(room.0), None, None),
            Subject::Visit(visit) => (None, Some(visit.0), None),
            Subject::Account(member) => (None, None, Some(member.0)),
        };
        self.clinics.push(clinic.0);
        self.ats.push(at.0);
        self.members.push(member);
        self.models.push(model.clone().into_owned());
        self.rooms.push(room);
        self.visits.push(visit);
        self.accounts.push(account);
    }
}

/// Keeps records with one statement. If its connection breaks, nobody knows whether they were kept, and they are kept
/// once more: a reading that is told of twice misleads nobody, and one that is not told of does.
async fn keep(database: &Database, group: impl Iterator<Item = &Access>) -> Result<(), LogError> {
    // The locks are taken one by one in the order of their numbers, so that two nodes never wait for each other;
    // and all of them before the first record has its number.
    let insert = "WITH held AS MATERIALIZED ( \
             SELECT count(pg_advisory_xact_lock($1, clinic)) FROM unnest($2::int[]) AS clinic \
         ) INSERT INTO clinic_accesses (clinic, at, member, model, room, visit, account) \
         SELECT clinic, at, member, model, room, visit, account FROM held, unnest( \
             $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[] \
         ) WITH ORDINALITY AS given (clinic, at, member, model, room, visit, account, n) ORDER BY n";
    let mut columns = Columns::default();
    group.for_each(|access| columns.add(access));
    let locked = columns.clinics.iter().map(|clinic| locks::number(&[*clinic]));
    let locked: Vec<i32> = locked.collect::<BTreeSet<_>>().into_iter().collect();
    let (columns, locked) = (&columns, &locked);
    let kept = again(database.pool(), "a reading cannot be recorded", |mut db| async move {
        let insert = sqlx::query(insert).bind(locks::ACCESS).bind(locked);
        let insert = insert.bind(&columns.clinics).bind(&columns.ats).bind(&columns.members);
        let insert = insert.bind(&columns.models).bind(&columns.rooms).bind(&columns.visits);
        insert.bind(&columns.accounts).execute(&mut *db).await
    });
    kept.await.map(drop)
}

fn accessed(clinic: ClinicId, row: &PgRow) -> Result<Accessed, sqlx::Error> {
    let number: i64 = row.try_get(0)?;
    let number = u64::try_from(number).map_err(|_| damaged("a number is below none"))?;
    let member: Option<Uuid> = row.try_get(2)?;
    let who = member.map_or(Reader::Host, |id| Reader::Member(MemberId(id)));
    let (at, model) = (Timestamp(row.try_get(1)?), row.try_get::<String, _>(3)?.into());
    let subject = subject(row)?;
    Ok(Accessed { number, access: Access { at, clinic, who, model, subject } })
}

fn subject(row: &PgRow) -> Result<Subject, sqlx::Error> {
    let room: Option<Uuid> = row.try_get(4)?;
    let visit: Option<Uuid> = row.try_get(5)?;
    let account: Option<Uuid> = row.try_get(6)?;
    let room = room.map(|id| Subject::Room(RoomId(id)));
    let visit = visit.map(|id| Subject::Visit(VisitId(id)));
    let account = account.map(|id| Subject::Account(MemberId(id)));
    Ok(room.or(visit).or(account).unwrap_or(Subject::Clinic))
}
