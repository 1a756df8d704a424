//! The tables, and how they came to be.

use clinic_engine::ports::LogError;
use clinic_engine::stored;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use crate::error::{OpenError, told};
use crate::{levels, locks};

/// How the tables came to be, form by form. A step that was released is never edited.
const STEPS: &[&[&str]] = &[&[
    include_str!("log.sql"),
    include_str!("stock.sql"),
    include_str!("people.sql"),
    include_str!("access.sql"),
    include_str!("states.sql"),
    include_str!("seen.sql"),
]];

/// The newest form that is known here.
pub(crate) fn known() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// How the tables lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// In one Postgres: a statement may append to many clinics.
    Together,
    /// Distributed by clinic over a Citus cluster: each transaction is one clinic's.
    Apart,
}

/// What a database's tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Their form; 0 if there are none.
    pub form: i32,
    /// How they lie.
    pub layout: Layout,
    /// Whether the server can distribute them.
    pub distributable: bool,
}

/// What the tables are now.
pub(crate) async fn tables(db: &mut PgConnection) -> Result<Tables, LogError> {
    let failed = |error| told("the form of the tables cannot be read", &error);
    let asked = "SELECT to_regclass('clinic_schema') IS NOT NULL,
        EXISTS (SELECT FROM pg_proc WHERE proname = 'create_distributed_table')";
    let row = sqlx::query(asked).fetch_one(&mut *db).await.map_err(failed)?;
    let there: bool = row.try_get(0).map_err(failed)?;
    let distributable = row.try_get(1).map_err(failed)?;
    if !there {
        return Ok(Tables { form: 0, layout: Layout::Together, distributable });
    }
    let form = "SELECT coalesce(max(form), 0), coalesce(bool_or(layout = 'distributed'), false) FROM clinic_schema";
    let row = sqlx::query(form).fetch_one(db).await.map_err(failed)?;
    let apart = row.try_get(1).map_err(failed)?;
    let layout = if apart { Layout::Apart } else { Layout::Together };
    Ok(Tables { form: row.try_get(0).map_err(failed)?, layout, distributable })
}

/// Keeps everybody else from changing the tables until the end of a transaction.
pub(crate) async fn hold(tx: &mut PgConnection) -> Result<(), LogError> {
    let held =
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(locks::MIGRATING).execute(tx).await;
    held.map(drop).map_err(|error| told("the tables cannot be held", &error))
}

/// Refuses to make a log of a table that is somebody's: that is `clinic adopt`'s to do.
async fn is_free(tx: &mut PgConnection) -> Result<(), OpenError> {
    let stock = "SELECT to_regclass('events') IS NOT NULL AND NOT EXISTS (
        SELECT FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = 'events' AND column_name = 'position'
    )";
    let stock: bool = sqlx::query_scalar(stock)
        .fetch_one(tx)
        .await
        .map_err(|error| told("the tables cannot be read", &error))?;
    if stock {
        let why = "there is a table `events` that is no log of clinics; if it is postgres-es's, \
                   `clinic adopt --clinic NAME` takes it over";
        return Err(OpenError::Unfit(why.to_owned()));
    }
    Ok(())
}

/// Brings the tables to the newest form, all steps or none. New tables are distributed where the server can;
/// those that are there only if that is asked for.
pub(crate) async fn migrate(
    db: &mut PgConnection,
    distribute: bool,
) -> Result<(Tables, Tables), OpenError> {
    let failed = |error| told("the tables cannot be made", &error);
    let found = tables(db).await?;
    if found.form > known() {
        return Err(OpenError::Newer { found: found.form, known: known() });
    }
    let mut tx = db.begin().await.map_err(failed)?;
    // Many clinics take their time.
    tx.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        .await
        .map_err(failed)?;
    hold(&mut tx).await?;
    let before = tables(&mut tx).await?;
    if before.form == 0 {
        is_free(&mut tx).await?;
        let table = "CREATE TABLE clinic_schema (
            form integer PRIMARY KEY,
            since timestamptz NOT NULL DEFAULT now(),
            layout text NOT NULL DEFAULT 'together'
        )";
        tx.execute(table).await.map_err(failed)?;
    }
    for (number, step) in (1..).zip(STEPS).skip(usize::try_from(before.form).unwrap_or_default()) {
        for part in *step {
            tx.execute(*part).await.map_err(failed)?;
        }
        sqlx::query("INSERT INTO clinic_schema (form) VALUES ($1)")
            .bind::<i32>(number)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    if before.form == 0 {
        sqlx::query("INSERT INTO clinic_level (level) VALUES ($1)")
            .bind(levels::number(stored::LEVEL))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    let together = before.layout == Layout::Together;
    if before.distributable && together && (distribute || before.form == 0) {
        tx.execute(include_str!("distribute.sql")).await.map_err(failed)?;
    }
    let after = tables(&mut tx).await?;
    tx.commit().await.map_err(failed)?;
    Ok((before, after))
}

#[cfg(test)]
mod tests {
    use crate::limits;

    /// SQL cannot read our limits, so it repeats them.
    #[test]
    fn the_trigger_has_the_limits_of_this_crate() {
        let sql = include_str!("stock.sql");
        let limits =
            [("payload_bytes", limits::STOCK_PAYLOAD), ("metadata_bytes", limits::STOCK_METADATA)];
        for (name, limit) in limits {
            let declared = format!("{name} constant bigint := {limit};");
            assert!(sql.contains(&declared), "{declared}");
        }
    }
}
