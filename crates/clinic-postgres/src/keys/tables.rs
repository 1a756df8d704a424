//! The tables of the key store. They are in a schema of their own and come about by steps of their own, for
//! an operator may have them in another database than the log.

use sqlx::{Executor as _, PgConnection};

use super::KeysError;
use crate::error::{OpenError, told};
use crate::locks;

/// How the tables came to be, form by form. A step that was released is never edited.
const STEPS: &[&str] = &[include_str!("tables.sql")];

/// Takes the lock of the key store: nobody else makes its tables, opens it or rotates its operator key
/// until the transaction ends.
pub(super) async fn hold(tx: &mut PgConnection) -> Result<(), KeysError> {
    let hold = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(locks::KEYS);
    let done = hold.execute(tx).await;
    done.map(drop).map_err(|error| told("somebody else has the key store", &error).into())
}

/// Which form the tables are in; 0 if there are none yet.
pub(super) async fn form(db: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let there = "SELECT to_regclass('clinic_keys.form') IS NOT NULL";
    if !sqlx::query_scalar(there).fetch_one(&mut *db).await? {
        return Ok(0);
    }
    let form = "SELECT coalesce(max(form), 0) FROM clinic_keys.form";
    sqlx::query_scalar(form).fetch_one(db).await
}

/// Brings the tables to the newest form. The store's lock is held.
pub(super) async fn migrate(tx: &mut PgConnection) -> Result<(), KeysError> {
    let failed = |error| told("the tables of the key store cannot be made", &error);
    let found = form(&mut *tx).await.map_err(failed)?;
    let known = i32::try_from(STEPS.len()).unwrap_or(i32::MAX);
    if found > known {
        return Err(OpenError::Newer { found, known }.into());
    }
    for (number, step) in (1..).zip(STEPS).skip(usize::try_from(found).unwrap_or_default()) {
        tx.execute(*step).await.map_err(failed)?;
        if number == 1 {
            let table = "CREATE TABLE clinic_keys.form \
                 (form integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())";
            tx.execute(table).await.map_err(failed)?;
        }
        let note = sqlx::query("INSERT INTO clinic_keys.form (form) VALUES ($1)");
        note.bind::<i32>(number).execute(&mut *tx).await.map_err(failed)?;
    }
    Ok(())
}
