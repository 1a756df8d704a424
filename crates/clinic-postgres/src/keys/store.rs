//! The keys, row by row.

use clinic_engine::ports::{Ids as _, KeyError, KeyId, LogError, RandomIds, VisitKey};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::Held;
use super::rotate::print_of;
use crate::asking::{again, change};

impl Held {
    /// Makes keys, in the database when this returns.
    pub(super) async fn make(&self, count: usize) -> Result<Vec<(KeyId, VisitKey)>, LogError> {
        let (mut made, mut ids, mut wrapped) = (Vec::with_capacity(count), vec![], vec![]);
        for _ in 0..count {
            let id = KeyId(RandomIds.mint(self.database.clock().now()));
            let key = VisitKey::random()?;
            ids.push(id.0);
            wrapped.push(self.wrapper.wrap(id, &key)?.to_vec());
            made.push((id, key));
        }
        let (ids, wrapped) = (&ids, &wrapped);
        // Whoever rotates holds the operator's row: this waits, and then finds that it is another's.
        let insert = "WITH ours AS (SELECT one FROM clinic_keys.operator WHERE print = $1 FOR SHARE) \
             INSERT INTO clinic_keys.keys (id, wrapped) SELECT id, wrapped \
             FROM ours, unnest($2::uuid[], $3::bytea[]) AS made (id, wrapped)";
        let what = "no keys can be made";
        let print = self.wrapper.print().0;
        let kept = change(self.database.pool(), what, |mut tx| async move {
            let insert = sqlx::query(insert).bind(print.as_slice()).bind(ids).bind(wrapped);
            let kept = insert.execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(kept.rows_affected())
        });
        if kept.await? < u64::try_from(count).unwrap_or(u64::MAX) {
            return Err(LogError::Failed(format!("{what}: {}", self.doubt(None).await?)));
        }
        Ok(made)
    }

    /// A key; `None` if it has been destroyed.
    pub(super) async fn read(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        let what = "the keys cannot be read";
        let found =
            again(self.database.pool(), what, |mut db| async move { wrapped(&mut db, id).await });
        match found.await? {
            None => Err(KeyError::Unknown(id)),
            Some(None) => Ok(None),
            Some(Some(wrapped)) => match self.wrapper.unwrap(id, &wrapped) {
                Some(key) => Ok(Some(key)),
                None => Err(LogError::Failed(self.doubt(Some(id)).await?).into()),
            },
        }
    }

    /// Destroys a key. It is destroyed if it is gone; whoever asks twice is told so twice.
    pub(super) async fn destroy(&self, id: KeyId) -> Result<(), KeyError> {
        let destroy = "UPDATE clinic_keys.keys \
             SET wrapped = NULL, destroyed_at = coalesce(destroyed_at, now()) WHERE id = $1";
        let what = "a key may not be destroyed yet: try again";
        let destroyed = again(self.database.pool(), what, |mut db| async move {
            sqlx::query(destroy).bind(id.0).execute(&mut *db).await
        });
        if destroyed.await?.rows_affected() == 0 {
            return Err(KeyError::Unknown(id));
        }
        Ok(())
    }

    /// Keeps keys of another store as they are, those that it has destroyed too.
    pub(super) async fn keep(&self, keys: &[(KeyId, Option<VisitKey>)]) -> Result<(), LogError> {
        let ids: Vec<Uuid> = keys.iter().map(|(id, _)| id.0).collect();
        let wrap = |(id, key): &(KeyId, Option<VisitKey>)| {
            let wrapped = key.as_ref().map(|key| self.wrapper.wrap(*id, key)).transpose()?;
            Ok(wrapped.map(|wrapped| wrapped.to_vec()))
        };
        let given: Vec<Option<Vec<u8>>> = keys.iter().map(wrap).collect::<Result<_, LogError>>()?;
        let (ids, given) = (&ids, &given);
        let what = "the keys of another store cannot be kept";
        let insert = "WITH ours AS (SELECT one FROM clinic_keys.operator WHERE print = $1 FOR SHARE) \
             INSERT INTO clinic_keys.keys (id, wrapped, destroyed_at) \
             SELECT id, wrapped, CASE WHEN wrapped IS NULL THEN now() END \
             FROM ours, unnest($2::uuid[], $3::bytea[]) AS given (id, wrapped) \
             ORDER BY id ON CONFLICT DO NOTHING";
        let print = self.wrapper.print().0;
        let here = change(self.database.pool(), what, |mut tx| async move {
            let insert = sqlx::query(insert).bind(print.as_slice()).bind(ids).bind(given);
            insert.execute(&mut *tx).await?;
            let find = "SELECT id, wrapped FROM clinic_keys.keys WHERE id = ANY($1)";
            let here = sqlx::query(find).bind(ids).fetch_all(&mut *tx).await?;
            let here = here.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
            let here = here.collect::<Result<Here, sqlx::Error>>()?;
            // All or none.
            if self.are_same(keys, &here) {
                tx.commit().await?;
            } else {
                tx.rollback().await?;
            }
            Ok(here)
        });
        let here = here.await?;
        let other = keys.iter().find(|(id, key)| !self.is_same(*id, key.as_ref(), &here));
        let Some((id, _)) = other else { return Ok(()) };
        let why = if here.contains_key(&id.0) {
            format!("{} is another key here", id.0)
        } else {
            self.doubt(None).await?
        };
        Err(LogError::Failed(format!("{what}: {why}")))
    }

    fn are_same(&self, keys: &[(KeyId, Option<VisitKey>)], here: &Here) -> bool {
        keys.iter().all(|(id, key)| self.is_same(*id, key.as_ref(), here))
    }

    /// Whether what is here under an id is this key. What was destroyed here stays destroyed, whatever another
    /// store still has.
    fn is_same(&self, id: KeyId, key: Option<&VisitKey>, here: &Here) -> bool {
        match here.get(&id.0) {
            None => false,
            Some(None) => true,
            Some(Some(wrapped)) => key.is_some_and(|key| self.wrapper.holds(id, wrapped, key)),
        }
    }

    /// Why a key cannot be opened or made: either its row was changed by hand, or all of them by a rotation
    /// elsewhere.
    async fn doubt(&self, key: Option<KeyId>) -> Result<String, LogError> {
        let what = "the keys cannot be read";
        let print =
            again(self.database.pool(), what, |mut db| async move { print_of(&mut db).await });
        let rotated = print.await? != Some(self.wrapper.print());
        let why = if rotated {
            "the operator key has been rotated elsewhere: start anew with the new one"
        } else {
            "it was changed in the store"
        };
        Ok(match key {
            Some(id) => format!("key {} cannot be unwrapped: {why}", id.0),
            None => why.to_owned(),
        })
    }
}

/// What is kept under some ids.
type Here = std::collections::BTreeMap<Uuid, Option<Vec<u8>>>;

/// What is kept under an id; nothing inside once it has been destroyed.
async fn wrapped(db: &mut PgConnection, id: KeyId) -> Result<Option<Option<Vec<u8>>>, sqlx::Error> {
    let find = "SELECT wrapped FROM clinic_keys.keys WHERE id = $1";
    sqlx::query_scalar(find).bind(id.0).fetch_optional(db).await
}
