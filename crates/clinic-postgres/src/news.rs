//! Word between nodes that heads have moved: sent after the commit, for many clinics at once, on a connection
//! that nothing else waits for. Word may be lost; whoever must know also polls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::LogError;
use sqlx::postgres::PgListener;
use sqlx::{Executor as _, PgPool};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::connections::Connected;
use crate::database::Database;
use crate::error::told;
use crate::limits;
use crate::sync::lock;

/// The channel of the database.
const CHANNEL: &str = "clinic_heads";
/// Held by everybody who listens, so that nobody speaks where nobody does: a word costs all who speak a
/// lock of the whole server.
const LISTEN: &str = "SELECT pg_advisory_lock_shared(hashtext($1))";
const LISTENERS: &str = "
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND objid = (hashtext($1)::bigint & 4294967295)::oid";

/// Clinics that somebody is to be told of, and up to where they go.
#[derive(Debug, Default)]
pub(crate) struct Told {
    heads: Mutex<Heads>,
    more: Notify,
}

type Heads = BTreeMap<ClinicId, Position>;

impl Told {
    /// There is news of these.
    pub(crate) fn of(&self, moved: impl IntoIterator<Item = (ClinicId, Position)>) {
        let mut heads = lock(&self.heads);
        for (clinic, to) in moved {
            // Word may come in any order.
            let known = heads.entry(clinic).or_default();
            *known = to.max(*known);
        }
        drop(heads);
        self.more.notify_one();
    }

    /// Waits for news and takes it. Safe to cancel; one caller at a time.
    pub(crate) async fn take(&self) -> Heads {
        loop {
            let heads = std::mem::take(&mut *lock(&self.heads));
            if !heads.is_empty() {
                return heads;
            }
            self.more.notified().await;
        }
    }
}

/// Tells the other nodes what this one has appended, until it is aborted.
pub(crate) async fn tell(
    database: Database,
    node: Uuid,
    appended: Arc<Told>,
    listens: Arc<AtomicBool>,
) {
    let mut teller = None;
    loop {
        let heads = appended.take().await;
        // Word that is not sent is found by those who poll.
        let spoken = speak(&database, teller, node, &heads, listens.load(Ordering::Relaxed));
        teller = timeout(limits::CONNECT_WAIT, spoken).await.ok().and_then(Result::ok);
        sleep(limits::BETWEEN_WORDS).await;
    }
}

/// A connection to send word on, and whether anybody listened when somebody last looked.
struct Teller {
    connected: Connected,
    looked_at: Instant,
    listened_to: bool,
}

async fn speak(
    database: &Database,
    teller: Option<Teller>,
    node: Uuid,
    heads: &Heads,
    listens: bool,
) -> Result<Teller, LogError> {
    let failed = |error| told("no word can be sent", &error);
    let teller = teller.filter(|teller| teller.connected.era == database.era());
    let mut teller = if let Some(teller) = teller {
        teller
    } else {
        let mut connected = database.connect().await?;
        // Word is no fact: nobody waits until it is on a disk.
        let hasty = "SET synchronous_commit = off";
        connected.connection.execute(hasty).await.map_err(failed)?;
        Teller { connected, looked_at: Instant::now(), listened_to: true }
    };
    let db = &mut teller.connected.connection;
    if teller.looked_at.elapsed() > limits::BETWEEN_LOOKS {
        let listeners: i64 = sqlx::query_scalar(LISTENERS)
            .bind(CHANNEL)
            .fetch_one(&mut *db)
            .await
            .map_err(failed)?;
        // This node is one of them, if it listens just now.
        (teller.looked_at, teller.listened_to) = (Instant::now(), listeners > i64::from(listens));
    }
    if teller.listened_to {
        let head = |(clinic, to): (&ClinicId, &Position)| format!("{}:{}", clinic.0.simple(), to.0);
        let heads: Vec<String> = heads.iter().map(head).collect();
        for some in heads.chunks(limits::CLINICS_PER_WORD) {
            let word = format!("{} {}", node.simple(), some.join(","));
            let send = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(word);
            send.execute(&mut *db).await.map_err(failed)?;
        }
    }
    Ok(teller)
}

/// Hears what the other nodes have appended, until it is aborted. `listens` says whether it does just now.
pub(crate) async fn hear(
    database: Database,
    node: Uuid,
    heard: Arc<Told>,
    listens: Arc<AtomicBool>,
) {
    loop {
        let era = database.era();
        // A server that is gone may say nothing for ever.
        let over = async {
            while database.era() == era {
                sleep(limits::WATCH).await;
            }
        };
        tokio::select! {
            _lost = listen(database.pool(), node, &heard, &listens) => {}
            () = over => {}
        }
        listens.store(false, Ordering::Relaxed);
        sleep(limits::BETWEEN_LISTENINGS).await;
    }
}

async fn listen(
    pool: &PgPool,
    node: Uuid,
    heard: &Told,
    listens: &AtomicBool,
) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    sqlx::query(LISTEN).bind(CHANNEL).execute(&mut listener).await?;
    listens.store(true, Ordering::Relaxed);
    loop {
        // `None`: the connection was lost, and with it perhaps some word.
        let Some(word) = listener.try_recv().await? else { return Ok(()) };
        let Some((from, heads)) = word.payload().split_once(' ') else { continue };
        if from.parse() != Ok(node) {
            heard.of(heads.split(',').filter_map(head));
        }
    }
}

/// A clinic and its head, in a word.
fn head(word: &str) -> Option<(ClinicId, Position)> {
    let (clinic, to) = word.split_once(':')?;
    Some((ClinicId(clinic.parse().ok()?), Position(to.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn word_that_comes_late_takes_nothing_back() {
        let (told, clinic) = (Told::default(), ClinicId(Uuid::from_u128(1)));
        told.of([(clinic, Position(10))]);
        told.of([(clinic, Position(9))]);
        assert_eq!(told.take().await, [(clinic, Position(10))].into());
    }

    #[test]
    fn a_word_is_read_as_it_was_written() {
        let clinic = ClinicId(Uuid::from_u128(1));
        let word = format!("{}:7", clinic.0.simple());
        assert_eq!(head(&word), Some((clinic, Position(7))));
        assert_eq!(head(&clinic.0.simple().to_string()), None);
    }
}
