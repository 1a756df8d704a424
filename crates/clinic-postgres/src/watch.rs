//! Looks after the way to the database: whether the host is still there, whether it is still the one that
//! takes writes, and whether this node's clock agrees with the database's.

use std::sync::{Mutex, Weak};

use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::{Clock, LogError};
use sqlx::PgConnection;
use tokio::time::{interval, timeout};

use crate::database::{Database, Inner};
use crate::error::{OpenError, told};
use crate::sync::lock;
use crate::{levels, limits};

/// Whether the clocks agree.
#[derive(Debug, Default)]
pub(crate) struct Agreement(Mutex<Option<String>>);

impl Agreement {
    /// Whether this node's clock agrees with the database's.
    pub(crate) fn holds(&self) -> Result<(), LogError> {
        lock(&self.0).clone().map_or(Ok(()), |why| Err(LogError::Failed(why)))
    }
}

/// Holds this node's clock against the database's. What an answer takes is nobody's fault.
pub(crate) async fn compare(
    connection: &mut PgConnection,
    clock: &dyn Clock,
    agreement: &Agreement,
) -> Result<(), LogError> {
    let asked_at = clock.now();
    let theirs = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let theirs: i64 = sqlx::query_scalar(theirs)
        .fetch_one(connection)
        .await
        .map_err(|error| told("the database does not tell its time", &error))?;
    let apart = apart(Timestamp(theirs), asked_at, clock.now());
    let why = (apart > limits::CLOCKS_APART).then(|| {
        format!(
            "this node's clock and the database's are {} ms apart, and at most {} ms are allowed: \
             keep both with the same time service",
            apart.0,
            limits::CLOCKS_APART.0
        )
    });
    *lock(&agreement.0) = why;
    Ok(())
}

/// How far an instant lies outside of a span.
fn apart(instant: Timestamp, from: Timestamp, to: Timestamp) -> Millis {
    instant.since(to).max(from.since(instant))
}

/// Asks the server each second whether it is there, and finds the one that is when it is not.
pub(crate) async fn watch(inner: Weak<Inner>) {
    let mut seconds = interval(limits::WATCH);
    let mut connected = None;
    let mut until_compared = 0_u32;
    let mut outage = Outage::default();
    loop {
        seconds.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        let database = Database { inner };
        let mut at = match connected.take() {
            Some(at) => at,
            None => match database.find().await {
                Ok(found) => found,
                Err(why) => {
                    outage.begins(&database, &why);
                    continue;
                }
            },
        };
        let clocks_too = until_compared == 0;
        let asked = async {
            if clocks_too {
                compare(&mut at.connection, database.clock(), database.agreement()).await
            } else {
                takes_writes(&mut at.connection).await?;
                if database.has_log() {
                    levels::read(&mut at.connection, &database).await?;
                }
                Ok(())
            }
        };
        match timeout(limits::CONNECT, asked).await {
            Ok(Ok(())) => {
                outage.ends(&database);
                until_compared =
                    if clocks_too { limits::COMPARE_EVERY } else { until_compared - 1 };
                connected = Some(at);
            }
            Ok(Err(_)) | Err(_) => database.lost(),
        }
    }
}

/// Whether the operator has been told that the database is not to be reached: once when that begins and once when
/// it ends. A connection that is lost while the database is there is nothing to tell of.
#[derive(Debug, Default)]
struct Outage {
    told: bool,
}

impl Outage {
    fn begins(&mut self, database: &Database, why: &OpenError) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::error!(target: "clinic", %database, %why, "the database is lost");
        }
    }

    fn ends(&mut self, database: &Database) {
        if std::mem::take(&mut self.told) {
            tracing::info!(target: "clinic", %database, "the database is back");
        }
    }
}

async fn takes_writes(connection: &mut PgConnection) -> Result<(), LogError> {
    let failed = |error| told("the database does not answer", &error);
    let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    if standby { Err(LogError::Failed("it became a standby".to_owned())) } else { Ok(()) }
}
