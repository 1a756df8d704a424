//! A clinic's head under lock: a transaction of its own, in which the tail is folded and the next batch
//! appended.

use std::sync::Arc;

use async_trait::async_trait;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{AppendError, Batch, LockedHead, LogError};
use sqlx::Executor as _;
use tokio::time::timeout;

use crate::append::{Ready, append_alone, append_many};
use crate::connections::Held;
use crate::error::{outcome, silent, told};
use crate::limits;
use crate::log::Inner;
use crate::reads;
use crate::schema::Layout;

/// A head that nobody else moves. Dropped, it is free again.
pub(crate) struct Locked {
    pub(crate) log: Arc<Inner>,
    pub(crate) clinic: ClinicId,
    pub(crate) fence: i64,
    /// `None` once it has been unlocked.
    pub(crate) held: Option<Held>,
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            held.roll_back();
        }
    }
}

#[async_trait]
impl LockedHead for Locked {
    async fn read(&mut self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        let held = self.held.as_mut().ok_or_else(crate::error::stopped)?;
        let page = reads::page(&mut held.connected.connection, self.clinic, after, limit);
        timeout(limits::ANSWER, page).await.unwrap_or_else(|_| {
            let silent = "the database does not answer";
            Err(LogError::Failed(silent.to_owned()))
        })
    }

    async fn append(mut self: Box<Self>, batch: Batch) -> Result<(), AppendError> {
        let ready = Ready::of(&batch, (self.log.database.era(), self.fence), &self.log.memory)?;
        let mut held = self.held.take().ok_or_else(crate::error::stopped)?;
        let (db, layout) = (&mut held.connected.connection, self.log.layout());
        let appended = async {
            let moved = match layout {
                Layout::Together => !append_many(db, &[&ready]).await?.is_empty(),
                Layout::Apart => append_alone(db, &ready).await?,
            };
            if moved {
                db.execute("COMMIT").await?;
            }
            Ok(moved)
        };
        let error = match timeout(limits::ANSWER, appended).await {
            Ok(Ok(true)) => {
                held.give_back();
                return self.log.noted(&batch, Ok(()));
            }
            Ok(Ok(false)) => {
                held.roll_back();
                return Err(AppendError::Conflict);
            }
            Ok(Err(error)) => outcome(&error),
            Err(_) => silent(),
        };
        if matches!(error, AppendError::InDoubt(_)) {
            self.log.database.lost();
        } else {
            held.roll_back();
        }
        self.log.noted(&batch, Err(error))
    }
}

/// Ends a commit in doubt: whatever was decided before is appended no more, and whatever was committed is as
/// durable as this commit.
pub(crate) async fn fence(held: &mut Held, clinic: ClinicId) -> Result<i64, LogError> {
    let fenced = sqlx::query_scalar(crate::sql::FENCE)
        .bind(clinic.0)
        .fetch_one(&mut held.connected.connection)
        .await;
    fenced.map_err(|error| told("a commit in doubt cannot be settled", &error))
}
