//! Saved states of folds, which every node may read and write: a start elsewhere, or after a failover, does not
//! begin at the first event.
//!
//! A cache: losing it costs time and nothing else. What goes wrong is told to the engine, which folds the log
//! instead.

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{FoldId, LogError, SavedState, SavedStates};
use sqlx::Row as _;

use crate::asking::again;
use crate::database::Database;
use crate::error::{damaged, told};
use crate::limits;

const UNREAD: &str = "the saved states cannot be read";
const UNKEPT: &str = "a state cannot be saved";

/// States in a Postgres database.
#[derive(Debug)]
pub struct PgStates {
    database: Database,
}

impl PgStates {
    /// The saved states in a database. Many nodes may have them open.
    #[must_use]
    pub fn open(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

#[async_trait]
impl SavedStates for PgStates {
    async fn latest(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        until: Position,
    ) -> Result<Option<SavedState>, LogError> {
        // One that is too large was written by hand, and is left where it is.
        let find = "SELECT position, state FROM clinic_states \
             WHERE clinic = $1 AND fold = $2 AND version = $3 AND position <= $4 \
             AND octet_length(state) <= $5 ORDER BY position DESC LIMIT 1";
        let bytes = i64::try_from(limits::STATE_BYTES).unwrap_or(i64::MAX);
        let row = again(self.database.pool(), UNREAD, |mut db| async move {
            let find = sqlx::query(find).bind(clinic.0).bind(fold.name);
            let find = find.bind(i64::from(fold.version)).bind(signed(until)).bind(bytes);
            find.fetch_optional(&mut *db).await
        });
        let Some(row) = row.await? else { return Ok(None) };
        let read = || {
            let position: i64 = row.try_get(0)?;
            let position = u64::try_from(position).map_err(|_| damaged("a position is below none"));
            Ok(SavedState { position: Position(position?), state: row.try_get(1)? })
        };
        read().map(Some).map_err(|error| told(UNREAD, &error))
    }

    async fn save(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        saved: SavedState,
    ) -> Result<(), LogError> {
        if saved.state.len() > limits::STATE_BYTES {
            let (found, limit) = (saved.state.len(), limits::STATE_BYTES);
            return Err(LogError::Failed(format!("{UNKEPT}: {found} bytes, the limit is {limit}")));
        }
        // States of earlier versions of the fold are no use any more, and go.
        let save = "WITH outdated AS ( \
                 DELETE FROM clinic_states WHERE clinic = $1 AND fold = $2 AND version < $3 \
             ) INSERT INTO clinic_states (clinic, fold, version, position, state) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (clinic, fold, version, position) DO UPDATE SET state = $5";
        let state = &saved.state;
        let kept = again(self.database.pool(), UNKEPT, |mut db| async move {
            let save = sqlx::query(save).bind(clinic.0).bind(fold.name);
            let save = save.bind(i64::from(fold.version)).bind(signed(saved.position)).bind(state);
            save.execute(&mut *db).await
        });
        kept.await.map(drop)
    }

    async fn drop_before(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        position: Position,
    ) -> Result<(), LogError> {
        let drop_them =
            "DELETE FROM clinic_states WHERE clinic = $1 AND fold = $2 AND position < $3";
        let dropped = again(self.database.pool(), UNKEPT, |mut db| async move {
            let drop_them = sqlx::query(drop_them).bind(clinic.0).bind(fold.name);
            drop_them.bind(signed(position)).execute(&mut *db).await
        });
        dropped.await.map(drop)
    }
}

/// Postgres's integers end earlier than positions do, and so does every log.
fn signed(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}
