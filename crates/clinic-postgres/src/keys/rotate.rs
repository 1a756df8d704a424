//! Which operator's key the store is wrapped with, and how another takes its place. The store says at every
//! moment which one it needs; where operators keep theirs is no matter of it.

use clinic_engine::blocking;
use clinic_engine::ports::{KeyId, VisitKey};
use clinic_engine::wrapping::{OperatorKey, Print, Wrapper};
use sqlx::{PgConnection, Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::{KeysError, tables};
use crate::database::Database;
use crate::error::{damaged, told};
use crate::limits;

/// Which operator's key the store needs; none if it is new.
pub(super) async fn print_of(db: &mut PgConnection) -> Result<Option<Print>, sqlx::Error> {
    let find = "SELECT print FROM clinic_keys.operator";
    let found: Option<Vec<u8>> = sqlx::query_scalar(find).fetch_optional(db).await?;
    let print = |bytes: Vec<u8>| {
        let print = bytes.try_into().map(Print);
        print.map_err(|_| damaged("the print of the operator key is not in its form"))
    };
    found.map(print).transpose()
}

/// Makes the tables, if need be, and has the operator's key found that they need.
pub(super) async fn settle<E: From<KeysError> + Send + 'static>(
    database: &Database,
    find: impl FnOnce(Option<Print>) -> Result<OperatorKey, E> + Send + 'static,
) -> Result<OperatorKey, E> {
    let failed = |error| KeysError::from(told("the key store cannot be opened", &error));
    let mut tx = begin(database).await?;
    tables::migrate(&mut tx).await?;
    let print = print_of(&mut tx).await.map_err(failed)?;
    let operator = blocking(move || find(print)).await?;
    if print.is_none() {
        let keep = sqlx::query("INSERT INTO clinic_keys.operator VALUES (1, $1)");
        let keep = keep.bind(operator.print().0.to_vec()).execute(&mut *tx).await;
        keep.map_err(failed)?;
    } else if print != Some(operator.print()) {
        return Err(KeysError::WrongOperatorKey { store: database.to_string() }.into());
    }
    tx.commit().await.map_err(failed)?;
    Ok(operator)
}

/// A transaction that holds the lock of the store.
async fn begin(database: &Database) -> Result<Transaction<'static, Postgres>, KeysError> {
    let begun = crate::asking::begun(database.pool()).await;
    let mut tx = begun.map_err(|error| told("the key store cannot be opened", &error))?;
    tables::hold(&mut tx).await?;
    Ok(tx)
}

/// Has the next operator's key made and kept, and wraps every key with it.
pub(super) async fn rotate<E: From<KeysError> + Send + 'static>(
    database: &Database,
    present: &OperatorKey,
    next: impl FnOnce() -> Result<OperatorKey, E> + Send + 'static,
    progress: impl FnMut(u64, u64) + Send,
) -> Result<u64, E> {
    let failed = |error| KeysError::from(told("the operator key cannot be rotated", &error));
    let mut tx = begin(database).await?;
    tables::migrate(&mut tx).await?;
    // Nobody makes keys under the present one from here on.
    let hold = sqlx::query("SELECT one FROM clinic_keys.operator FOR UPDATE");
    hold.execute(&mut *tx).await.map_err(failed)?;
    if print_of(&mut tx).await.map_err(failed)? != Some(present.print()) {
        return Err(KeysError::WrongOperatorKey { store: database.to_string() }.into());
    }
    let next = blocking(next).await?;
    let (present, next) = (Wrapper::new(present), Wrapper::new(&next));
    let done = rewrap(&mut tx, &present, &next, progress).await?;
    tx.commit().await.map_err(failed)?;
    Ok(done)
}

async fn rewrap(
    tx: &mut PgConnection,
    present: &Wrapper,
    next: &Wrapper,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<u64, KeysError> {
    let failed = |error| told("the keys cannot be wrapped anew", &error);
    let count = "SELECT count(*) FROM clinic_keys.keys WHERE wrapped IS NOT NULL";
    let all: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.map_err(failed)?;
    let page = "SELECT id, wrapped FROM clinic_keys.keys \
         WHERE wrapped IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
    let put = "UPDATE clinic_keys.keys SET wrapped = given.wrapped \
         FROM unnest($1::uuid[], $2::bytea[]) AS given (id, wrapped) \
         WHERE keys.id = given.id AND keys.wrapped IS NOT NULL";
    let (mut last, mut done) = (Uuid::nil(), 0_u64);
    loop {
        progress(done, all.cast_unsigned());
        let rows = sqlx::query(page).bind(last).bind(limits::KEYS_PER_PAGE);
        let rows = rows.fetch_all(&mut *tx).await.map_err(failed)?;
        let (mut ids, mut wrapped) = (vec![], vec![]);
        for row in &rows {
            let id = KeyId(row.try_get(0).map_err(failed)?);
            let key = opened(present, id, row.try_get(1).map_err(failed)?).map_err(failed)?;
            ids.push(id.0);
            wrapped.push(next.wrap(id, &key)?.to_vec());
        }
        let Some(end) = ids.last() else { break };
        last = *end;
        done = done.saturating_add(u64::try_from(ids.len()).unwrap_or(u64::MAX));
        let put = sqlx::query(put).bind(&ids).bind(&wrapped);
        put.execute(&mut *tx).await.map_err(failed)?;
    }
    let print = sqlx::query("UPDATE clinic_keys.operator SET print = $1");
    let print = print.bind(next.print().0.to_vec()).execute(&mut *tx).await;
    print.map_err(failed)?;
    Ok(done)
}

fn opened(present: &Wrapper, id: KeyId, wrapped: &[u8]) -> Result<VisitKey, sqlx::Error> {
    present.unwrap(id, wrapped).ok_or_else(|| damaged("a key cannot be unwrapped"))
}
