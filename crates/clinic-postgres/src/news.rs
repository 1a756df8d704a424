//! Word between nodes that heads have moved: sent after the commit, for many clinics at once, on a connection
//! that nothing else waits for. Word may be lost; whoever must know also polls.

use std::collections::BTreeSet;
use std::sync::Mutex;

use clinic_domain::ids::ClinicId;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::time::sleep;
use uuid::Uuid;

use crate::database::Database;
use crate::limits;
use crate::sync::lock;

/// The channel of the database.
const CHANNEL: &str = "clinic_heads";

/// Clinics that somebody is to be told of.
#[derive(Debug, Default)]
pub(crate) struct Told {
    clinics: Mutex<BTreeSet<ClinicId>>,
    more: Notify,
}

impl Told {
    /// There is news of these.
    pub(crate) fn of(&self, clinics: impl IntoIterator<Item = ClinicId>) {
        lock(&self.clinics).extend(clinics);
        self.more.notify_one();
    }

    /// Waits for news and takes it. Safe to cancel; one caller at a time.
    pub(crate) async fn take(&self) -> BTreeSet<ClinicId> {
        loop {
            let clinics = std::mem::take(&mut *lock(&self.clinics));
            if !clinics.is_empty() {
                return clinics;
            }
            self.more.notified().await;
        }
    }
}

/// Tells the other nodes what this one has appended, until it is aborted.
pub(crate) async fn tell(database: Database, node: Uuid, appended: std::sync::Arc<Told>) {
    loop {
        let clinics: Vec<String> =
            appended.take().await.into_iter().map(|clinic| clinic.0.simple().to_string()).collect();
        for some in clinics.chunks(limits::CLINICS_PER_WORD) {
            let word = format!("{} {}", node.simple(), some.join(","));
            // Word that is not sent is found by those who poll.
            let _unsent = sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(word)
                .execute(database.pool())
                .await;
        }
        sleep(limits::BETWEEN_WORDS).await;
    }
}

/// Hears what the other nodes have appended, until it is aborted.
pub(crate) async fn hear(database: Database, node: Uuid, heard: std::sync::Arc<Told>) {
    loop {
        let _lost = listen(database.pool(), node, &heard).await;
        sleep(limits::BETWEEN_LISTENINGS).await;
    }
}

async fn listen(pool: &PgPool, node: Uuid, heard: &Told) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // `None`: the connection was lost, and with it perhaps some word.
        let Some(word) = listener.try_recv().await? else { continue };
        let Some((from, clinics)) = word.payload().split_once(' ') else { continue };
        if from.parse() != Ok(node) {
            let clinics = clinics.split(',').filter_map(|id| id.parse().ok());
            heard.of(clinics.map(ClinicId));
        }
    }
}
