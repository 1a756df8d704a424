//! How statements reach the database although connections die: over one that answers, and within a time.

use std::io::{Error as IoError, ErrorKind};

use clinic_engine::ports::LogError;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgPool, Postgres, Transaction};
use tokio::time::timeout;

use crate::error::{lost, told, undone};
use crate::limits;

/// Does what may be done twice: reads, and changes that are so already the second time. A connection may
/// have died since it was last used; then it is done once more, over one that answers.
pub(crate) async fn again<T, W>(
    pool: &PgPool,
    what: &str,
    mut work: impl FnMut(PoolConnection<Postgres>) -> W,
) -> Result<T, LogError>
where
    W: Future<Output = Result<T, sqlx::Error>>,
{
    let done = match within(async { work(pool.acquire().await?).await }).await {
        Err(error) if lost(&error) => within(async { work(answering(pool).await?).await }).await,
        done => done,
    };
    done.map_err(|error| told(what, &error))
}

/// Does what must be true together, in a transaction that `work` commits. What the server has surely
/// undone, for two waited for each other, is done again.
pub(crate) async fn change<T, W>(
    pool: &PgPool,
    what: &str,
    mut work: impl FnMut(Transaction<'static, Postgres>) -> W,
) -> Result<T, LogError>
where
    W: Future<Output = Result<T, sqlx::Error>>,
{
    let mut done = within(async { work(begun(pool).await?).await }).await;
    for _ in 1..limits::CHANGES {
        match &done {
            Err(error) if undone(error) => {}
            Ok(_) | Err(_) => break,
        }
        done = within(async { work(begun(pool).await?).await }).await;
    }
    done.map_err(|error| told(what, &error))
}

/// A transaction that has begun, over a connection that answers.
pub(crate) async fn begun(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    for _ in 0..limits::READERS {
        match pool.begin().await {
            // Nothing was done yet, and this connection is not used again.
            Err(error) if lost(&error) => {}
            begun => return begun,
        }
    }
    pool.begin().await
}

/// A connection that has just answered. Those that do not are dropped, and new ones take their places.
async fn answering(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    for _ in 0..limits::READERS {
        let mut connection = pool.acquire().await?;
        if let Ok(Ok(())) = timeout(limits::PING, connection.ping()).await {
            return Ok(connection);
        }
        drop(connection.detach());
    }
    pool.acquire().await
}

/// Waits for an answer, but not for ever: a server that is not to be reached says nothing.
async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let silent = |_elapsed| IoError::new(ErrorKind::TimedOut, "no answer in time").into();
    timeout(limits::ANSWER, work).await.map_err(silent).flatten()
}
