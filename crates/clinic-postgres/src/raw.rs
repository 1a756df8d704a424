//! What the database can do at best, for a benchmark to compare with: rows inserted and read with nothing
//! decided, checked or decoded, and with the same syncs.

use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_engine::ports::{EventLog as _, LogError};
use clinic_engine::stored::{self, OwnedRow};
use sqlx::{Executor as _, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::append::Columns;
use crate::error::told;
use crate::limits;
use crate::log::PgLog;

/// Events that are inserted in one transaction.
#[derive(Debug)]
pub struct RawBatch(Vec<OwnedRow>);

impl RawBatch {
    /// Makes events ready to be inserted.
    ///
    /// # Errors
    /// If an event cannot be encoded.
    pub fn of(events: &[Arc<Recorded>]) -> Result<Self, LogError> {
        Ok(Self(stored::encode(events)?))
    }
}

/// What a scan touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Rows.
    pub events: u64,
    /// Bytes of their columns.
    pub bytes: u64,
}

/// A table like that of the events, with its indexes, for a floor: what is inserted there is nobody's history.
#[derive(Debug)]
pub struct Floor<'l> {
    log: &'l PgLog,
    table: String,
}

impl PgLog {
    /// Makes a table for a floor.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn floor(&self) -> Result<Floor<'_>, LogError> {
        let table = format!("clinic_floor_{}", Uuid::simple(self.database().node()));
        let floor = Floor { log: self, table };
        floor.remove().await?;
        let made = format!("CREATE TABLE {} (LIKE events INCLUDING ALL)", floor.table);
        floor.run(&made).await?;
        Ok(floor)
    }

    /// Reads every column of every event of every clinic in order, and does nothing with it.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn scan(&self) -> Result<Scanned, LogError> {
        let (mut scanned, mut bytes) = (Scanned::default(), vec![]);
        for clinic in self.clinics().await? {
            let mut after = Position::START;
            loop {
                let page = self.raw_rows(clinic, after, clinic_engine::limits::PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.row().position;
                for row in &page {
                    bytes.clear();
                    stored::canonical(&row.row(), &mut bytes);
                    scanned.events += 1;
                    scanned.bytes += u64::try_from(bytes.len()).unwrap_or_default();
                }
            }
        }
        Ok(scanned)
    }
}

impl Floor<'_> {
    /// Inserts each batch in a transaction of its own, two at a time.
    ///
    /// # Errors
    /// If a batch cannot be stored.
    pub async fn append(&self, batches: Vec<RawBatch>) -> Result<(), LogError> {
        let insert = Arc::new(insert_into(&self.table));
        let mut lanes: Vec<Vec<RawBatch>> = (0..limits::FLOOR_LANES).map(|_| vec![]).collect();
        for (batch, lane) in batches.into_iter().zip((0..limits::FLOOR_LANES).cycle()) {
            lanes[lane].push(batch);
        }
        let mut working = JoinSet::new();
        for lane in lanes {
            let insert = Arc::clone(&insert);
            let mut connection = self.log.database().connect().await?.connection;
            working.spawn(async move {
                for batch in lane {
                    append(&mut connection, &insert, &batch).await?;
                }
                Ok::<_, LogError>(())
            });
        }
        while let Some(done) = working.join_next().await {
            done.map_err(|error| LogError::Failed(format!("a floor: {error}")))??;
        }
        Ok(())
    }

    /// Removes the table.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove(&self) -> Result<(), LogError> {
        self.run(&format!("DROP TABLE IF EXISTS {}", self.table)).await
    }

    async fn run(&self, statement: &str) -> Result<(), LogError> {
        let ran = self.log.database().pool().execute(statement).await;
        ran.map(drop).map_err(|error| told("the table of a floor", &error))
    }
}

fn insert_into(table: &str) -> String {
    format!(
        "INSERT INTO {table} (
            clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload, metadata, occurred_at, recorded_at
        )
        SELECT clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload::json, metadata::json, occurred_at, recorded_at
        FROM unnest(
            $1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::bigint[], $11::bigint[]
        ) AS rows (
            clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload, metadata, occurred_at, recorded_at
        )"
    )
}

async fn append(
    connection: &mut PgConnection,
    insert: &str,
    RawBatch(rows): &RawBatch,
) -> Result<(), LogError> {
    let mut columns = Columns::with_capacity(rows.len());
    for row in rows {
        columns.push(row.row());
    }
    let clinics = std::mem::take(&mut columns.clinic);
    let inserted = columns.bind(sqlx::query(insert).bind(clinics)).execute(connection).await;
    inserted.map(drop).map_err(|error| told("a floor", &error))
}
