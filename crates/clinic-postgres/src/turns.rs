//! Heads that other nodes write to as well, locked together: nodes take turns at many clinics at once, and one
//! transaction serves all deciders that wait. Clinic by clinic, each would pay for its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{AppendError, Batch, LockedHead, LogError};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Executor as _, PgConnection, Postgres, Row as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use crate::append::{Ready, append_many};
use crate::appender::{Asked, answer_all, answer_one};
use crate::connections::{Connections, Held};
use crate::database::Database;
use crate::error::{outcome, silent, stopped, told, waited};
use crate::log::Inner;
use crate::memory::Memory;
use crate::rows::number;
use crate::{limits, reads, sql};

/// Where deciders wait for a turn.
pub(crate) struct Turns {
    queue: mpsc::Sender<Waiting>,
    /// Ended with the turns.
    _worker: JoinSet<()>,
}

/// Somebody who waits for a head.
struct Waiting {
    clinic: ClinicId,
    after: Position,
    /// Nothing comes over it if the head has to be locked by itself.
    reply: oneshot::Sender<Place>,
}

/// A clinic's place in a turn.
pub(crate) struct Place {
    pub(crate) fence: i64,
    /// What stands behind the position that was known.
    pub(crate) tail: Vec<Recorded>,
    pub(crate) append: oneshot::Sender<Asked>,
}

impl Turns {
    /// Starts them. A batch whose turn failed for another's sake is handed to `appender`.
    pub(crate) fn start(
        database: &Database,
        appender: mpsc::Sender<Asked>,
        memory: Arc<Memory>,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(limits::APPENDS_WAITING);
        let connections = Connections::new(database.clone(), 1);
        let worker = Worker { waiting, connections, database: database.clone(), appender, memory };
        let mut workers = JoinSet::new();
        workers.spawn(worker.run());
        Self { queue, _worker: workers }
    }

    /// Waits for a turn. `None` if this head has to be locked by itself.
    pub(crate) async fn take(&self, clinic: ClinicId, after: Position) -> Option<Place> {
        let (reply, place) = oneshot::channel();
        self.queue.send(Waiting { clinic, after, reply }).await.ok()?;
        place.await.ok()
    }
}

struct Worker {
    waiting: mpsc::Receiver<Waiting>,
    connections: Arc<Connections>,
    database: Database,
    appender: mpsc::Sender<Asked>,
    memory: Arc<Memory>,
}

impl Worker {
    /// One turn after another, for as long as somebody may ask.
    async fn run(mut self) {
        let mut waiting = vec![];
        loop {
            if waiting.is_empty() && self.waiting.recv_many(&mut waiting, limits::GROUP).await == 0
            {
                return;
            }
            waiting = self.turn(waiting).await;
        }
    }

    /// Locks heads, hands out what stands behind what is known, gathers what is decided, and appends that. Whoever
    /// hears nothing locks her head by herself, and is told then what is wrong. Returns those whose turn is next.
    async fn turn(&mut self, waiting: Vec<Waiting>) -> Vec<Waiting> {
        let Ok(mut held) = self.connections.take().await else { return vec![] };
        let db = &mut held.connected.connection;
        let (mut waiting, mut next) = one_each(waiting);
        let locking = lock(db, &mut waiting, &mut next, &mut self.waiting);
        let mut locked = match timeout(limits::ANSWER, locking).await {
            Ok(Ok(locked)) => locked,
            Ok(Err(_)) => {
                held.roll_back();
                return next;
            }
            Err(_) => {
                self.database.lost();
                return next;
            }
        };
        let mut places = vec![];
        for Waiting { clinic, reply, .. } in waiting {
            let Some(Locked { fence, tail, .. }) = locked.remove(&clinic) else {
                self.memory.goes_alone(clinic);
                continue;
            };
            let (append, batch) = oneshot::channel();
            if reply.send(Place { fence, tail, append }).is_ok() {
                places.push(batch);
            }
        }
        let over = Instant::now() + limits::TURN;
        let mut batches = vec![];
        for place in places {
            // Who has nothing to append lets go of her place.
            batches.extend(timeout_at(over, place).await.into_iter().flatten());
        }
        if batches.is_empty() {
            held.roll_back();
        } else {
            self.append(held, batches).await;
        }
        next
    }

    /// Appends what was decided in a turn. If the server refuses it, the batches are tried outside of it, for an
    /// error of all of them is nobody's answer.
    async fn append(&self, mut held: Held, asked: Vec<Asked>) {
        let batches: Vec<&Ready> = asked.iter().map(|asked| &asked.batch).collect();
        let db = &mut held.connected.connection;
        let appended = async {
            let mut moved = BTreeSet::new();
            for share in shares(&batches) {
                moved.extend(append_many(db, share).await?);
            }
            db.execute("COMMIT").await?;
            Ok(moved)
        };
        let error = match timeout(limits::ANSWER, appended).await {
            Ok(Ok(moved)) => {
                held.give_back();
                for asked in asked {
                    let moved = moved.contains(&asked.batch.clinic);
                    answer_one(asked, moved.then_some(()).ok_or(AppendError::Conflict));
                }
                return;
            }
            Ok(Err(error)) => outcome(&error),
            Err(_) => silent(),
        };
        if matches!(error, AppendError::InDoubt(_)) {
            self.database.lost();
            return answer_all(asked, &error);
        }
        held.rolled_back().await;
        for asked in asked {
            // Without an appender everything ends, and whoever waits is told so.
            let _ended = self.appender.send(asked).await;
        }
    }
}

/// Cuts batches into parts of which none has too many events for one statement.
fn shares<'b, 'r>(mut batches: &'b [&'r Ready]) -> Vec<&'b [&'r Ready]> {
    let mut shares = vec![];
    while !batches.is_empty() {
        let mut events = 0;
        let full = batches.iter().position(|batch| {
            events += batch.events();
            events > limits::GROUP_EVENTS
        });
        let (share, rest) = batches.split_at(full.unwrap_or(batches.len()).max(1));
        shares.push(share);
        batches = rest;
    }
    shares
}

/// Those of whom each waits for another clinic, and the others: a head is handed out once.
fn one_each(waiting: Vec<Waiting>) -> (Vec<Waiting>, Vec<Waiting>) {
    let mut clinics = BTreeSet::new();
    waiting.into_iter().partition(|waiting| clinics.insert(waiting.clinic))
}

/// A head that is locked.
struct Locked {
    /// What was known of it.
    after: Position,
    head: Position,
    fence: i64,
    tail: Vec<Recorded>,
}

impl Locked {
    /// How many events stand behind what was known, if the log has not gone back.
    fn behind(&self) -> Option<usize> {
        self.head.0.checked_sub(self.after.0).and_then(|behind| usize::try_from(behind).ok())
    }
}

/// Begins a transaction, locks heads in it, and reads what stands behind what is known of them. Left out are
/// clinics that begin, those of which much is to be read, and those that somebody holds for long. Whoever has come
/// while others were waited for takes part, if her head is free, and is `next` otherwise.
async fn lock(
    db: &mut PgConnection,
    waiting: &mut Vec<Waiting>,
    next: &mut Vec<Waiting>,
    more: &mut mpsc::Receiver<Waiting>,
) -> Result<BTreeMap<ClinicId, Locked>, LogError> {
    let failed = |error| told("heads cannot be locked", &error);
    begin(db).await.map_err(failed)?;
    let mut locked = match heads(db, sqlx::query(sql::LOCK_MANY), waiting).await {
        Err(error) if waited(&error) => {
            db.execute("ROLLBACK").await.map_err(failed)?;
            begin(db).await.map_err(failed)?;
            heads(db, sqlx::query(sql::LOCK_FREE), waiting).await
        }
        locked => locked,
    }
    .map_err(failed)?;
    while waiting.len() + next.len() < limits::GROUP
        && let Ok(late) = more.try_recv()
    {
        next.push(late);
    }
    let (late, twice) = one_each(std::mem::take(next));
    let (late, known): (Vec<_>, Vec<_>) = late
        .into_iter()
        .partition(|late| waiting.iter().all(|waiting| waiting.clinic != late.clinic));
    next.extend(twice.into_iter().chain(known));
    if !late.is_empty() {
        let mut free = heads(db, sqlx::query(sql::LOCK_FREE), &late).await.map_err(failed)?;
        let (free_now, held): (Vec<_>, Vec<_>) =
            late.into_iter().partition(|late| free.contains_key(&late.clinic));
        waiting.extend(free_now);
        next.extend(held);
        locked.append(&mut free);
    }
    locked.retain(|_, place| place.behind().is_some_and(|behind| behind <= limits::TURN_TAIL));
    read_tails(db, &mut locked).await?;
    locked.retain(|_, place| place.behind() == Some(place.tail.len()));
    Ok(locked)
}

async fn begin(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    let begin = format!("BEGIN; SET LOCAL lock_timeout = {}", limits::TURN_WAIT.as_millis());
    db.execute(begin.as_str()).await.map(drop)
}

/// Locks the heads of those who wait by a statement, and says where they are.
async fn heads(
    db: &mut PgConnection,
    lock: Query<'static, Postgres, PgArguments>,
    waiting: &[Waiting],
) -> Result<BTreeMap<ClinicId, Locked>, sqlx::Error> {
    let known: BTreeMap<ClinicId, Position> =
        waiting.iter().map(|waiting| (waiting.clinic, waiting.after)).collect();
    let clinics: Vec<Uuid> = known.keys().map(|clinic| clinic.0).collect();
    let mut locked = BTreeMap::new();
    for row in lock.bind(clinics).fetch_all(db).await? {
        let clinic = ClinicId(row.try_get(0)?);
        let Some(&after) = known.get(&clinic) else { continue };
        let head = Position(number(row.try_get(1)?));
        locked.insert(clinic, Locked { after, head, fence: row.try_get(2)?, tail: vec![] });
    }
    Ok(locked)
}

/// Reads what stands behind what is known of heads.
async fn read_tails(
    db: &mut PgConnection,
    locked: &mut BTreeMap<ClinicId, Locked>,
) -> Result<(), LogError> {
    let failed = |error| told("events cannot be read", &error);
    let behind = locked.iter().filter(|(_, place)| place.behind() != Some(0));
    let (clinics, after): (Vec<Uuid>, Vec<i64>) =
        behind.map(|(clinic, place)| (clinic.0, place.after.0.cast_signed())).unzip();
    if clinics.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query(sql::TAILS).bind(clinics).bind(after).fetch_all(db).await;
    let rows = rows.map_err(failed)?;
    let clinic_of = |row: &PgRow| row.try_get::<Uuid, _>("clinic").unwrap_or_default();
    for tail in rows.chunk_by(|one, next| clinic_of(one) == clinic_of(next)) {
        let Some(clinic) = tail.first().map(clinic_of).map(ClinicId) else { continue };
        if let Some(place) = locked.get_mut(&clinic) {
            // Whoever's log cannot be read is told so when she locks it by herself.
            place.tail = reads::in_order(clinic, place.after, tail).unwrap_or_default();
        }
    }
    Ok(())
}

/// A head in a turn. Dropped, it lets go of its place.
pub(crate) struct InTurn {
    pub(crate) log: Arc<Inner>,
    pub(crate) clinic: ClinicId,
    pub(crate) fence: i64,
    pub(crate) append: oneshot::Sender<Asked>,
}

#[async_trait]
impl LockedHead for InTurn {
    fn holds(&self) -> bool {
        !self.append.is_closed()
    }

    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        // As long as it holds, nobody moves the head, and what any connection reads is all there is.
        let page = self.log.read(self.clinic, after, limit).await?;
        if self.holds() { Ok(page) } else { Err(LogError::Failed("its turn is over".to_owned())) }
    }

    async fn append(self: Box<Self>, batch: Batch) -> Result<(), AppendError> {
        let Self { log, fence, append, clinic } = *self;
        let ready = Ready::of(&batch, (log.database.era(), fence), &log.memory)?;
        let (asked, answer) = Asked::new(ready);
        let answer = match append.send(asked) {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(stopped().into())),
            Err(_over) => Err(AppendError::Conflict),
        };
        if matches!(answer, Err(AppendError::Conflict)) {
            // Its turn was over or failed, and somebody else came before it.
            log.memory.goes_alone(clinic);
        }
        log.noted(&batch, answer)
    }
}
