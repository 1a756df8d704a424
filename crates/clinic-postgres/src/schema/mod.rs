//! The tables, and how they came to be.

use clinic_engine::ports::LogError;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::error::{OpenError, told};

/// How the tables came to be, form by form. A step that was released is never edited.
const STEPS: &[&[&str]] = &[&[
    include_str!("log.sql"),
    include_str!("stock.sql"),
    include_str!("keys.sql"),
    include_str!("people.sql"),
    include_str!("access.sql"),
    include_str!("states.sql"),
    include_str!("seen.sql"),
]];

/// Held while the tables are changed, so that of many nodes that start at once one changes them: "clog".
const MIGRATING: i64 = 0x636c_6f67;

/// The newest form that is known here.
pub(crate) fn known() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// Which form the tables are in; 0 if there are none yet.
pub(crate) async fn form(db: &mut PgConnection) -> Result<i32, LogError> {
    let failed = |error| told("the form of the tables cannot be read", &error);
    let there: bool = sqlx::query_scalar("SELECT to_regclass('clinic_schema') IS NOT NULL")
        .fetch_one(&mut *db)
        .await
        .map_err(failed)?;
    if !there {
        return Ok(0);
    }
    let form = "SELECT coalesce(max(form), 0) FROM clinic_schema";
    sqlx::query_scalar(form).fetch_one(db).await.map_err(failed)
}

/// Brings the tables to the newest form, all steps or none.
pub(crate) async fn migrate(db: &mut PgConnection) -> Result<(), OpenError> {
    let failed = |error| told("the tables cannot be made", &error);
    let mut tx = db.begin().await.map_err(failed)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATING)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    let found = form(&mut tx).await?;
    if found > known() {
        return Err(OpenError::Newer { found, known: known() });
    }
    if found == known() {
        return Ok(());
    }
    if found == 0 {
        let table = "CREATE TABLE clinic_schema (form integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())";
        tx.execute(table).await.map_err(failed)?;
    }
    for (number, step) in (1..).zip(STEPS).skip(usize::try_from(found).unwrap_or_default()) {
        for part in *step {
            tx.execute(*part).await.map_err(failed)?;
        }
        sqlx::query("INSERT INTO clinic_schema (form) VALUES ($1)")
            .bind::<i32>(number)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    tx.commit().await.map_err(failed)?;
    Ok(())
}
