//! Upgrading without downtime: which forms of events all nodes have agreed on.
//!
//! A node of a new version goes on writing what its older neighbours can read, until an operator says that
//! there are none left.

use std::sync::atomic::Ordering;

use clinic_domain::time::Millis;
use clinic_engine::ports::LogError;
use clinic_engine::stored;
use sqlx::{PgConnection, Row as _};
use tokio::time::sleep;

use crate::database::Database;
use crate::error::{OpenError, told};
use crate::limits;

const LEVEL: &str = "SELECT level FROM clinic_level";
/// The same, once whoever raises it has done so: a node that starts meanwhile waits.
const SETTLED: &str = "SELECT level FROM clinic_level FOR SHARE";
const LOCK: &str = "SELECT level FROM clinic_level FOR UPDATE";
const RAISE: &str = "UPDATE clinic_level SET level = $1 WHERE level < $1";
const NODES: &str = "
    SELECT node::text, level, version, greatest(now.ms - alive_at, 0)
    FROM clinic_nodes, (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) now
    WHERE alive_at > now.ms - $1
    ORDER BY node";

/// A node that was heard of a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivingNode {
    /// Its id, which it has from its start to its end.
    pub node: String,
    /// The level that it can read and write.
    pub level: u32,
    /// Its version.
    pub version: String,
    /// How long ago it was heard of.
    pub heard: Millis,
}

/// What all nodes may write, and who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    /// The level of the log: what is written needs no more.
    pub log: u32,
    /// The level of this program.
    pub program: u32,
    /// The nodes that are there.
    pub nodes: Vec<LivingNode>,
}

impl Levels {
    /// Nodes that could not read what this program might write.
    pub fn older(&self) -> impl Iterator<Item = &LivingNode> {
        self.nodes.iter().filter(|node| node.level < self.program)
    }
}

impl Database {
    /// The level of the log, this program's, and those of the nodes that are there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn levels(&self) -> Result<Levels, LogError> {
        let mut connected = self.connect().await?;
        levels(&mut connected.connection, LEVEL).await
    }

    /// Raises the level of the log to this program's, unless a node is there that is older; says what there was.
    ///
    /// Nobody starts meanwhile, and whoever has just started is given the time to say so: an older node either is
    /// found here, or finds the level raised and refuses to start.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn finalize(&self) -> Result<Levels, LogError> {
        let failed = |error| told("the level cannot be raised", &error);
        let mut tx = self.pool().begin().await.map_err(failed)?;
        let mut found = levels(&mut tx, LOCK).await?;
        if found.older().next().is_none() && found.log < found.program {
            sleep(limits::NODE_STARTS).await;
            found = levels(&mut tx, LEVEL).await?;
        }
        if found.older().next().is_none() {
            let raised = sqlx::query(RAISE).bind(number(found.program)).execute(&mut *tx).await;
            raised.map_err(failed)?;
            tx.commit().await.map_err(failed)?;
        }
        Ok(found)
    }
}

/// Refuses a node that is older than its log, and notes the level. Whoever raises it is waited for.
pub(crate) async fn enter(db: &mut PgConnection, of: &Database) -> Result<(), OpenError> {
    let level = read_by(SETTLED, db, of).await?;
    if level <= stored::LEVEL {
        return Ok(());
    }
    let known = stored::LEVEL;
    Err(OpenError::Unfit(format!(
        "the nodes of this log write level {level}, and this version knows levels up to {known}: upgrade this node"
    )))
}

/// Reads the level of the log, and notes it.
pub(crate) async fn read(db: &mut PgConnection, of: &Database) -> Result<u32, LogError> {
    read_by(LEVEL, db, of).await
}

async fn read_by(
    asked: &'static str,
    db: &mut PgConnection,
    of: &Database,
) -> Result<u32, LogError> {
    let failed = |error| told("the level of the log cannot be read", &error);
    let level: i32 = sqlx::query_scalar(asked).fetch_one(db).await.map_err(failed)?;
    let level = level.cast_unsigned();
    of.level().store(level, Ordering::Release);
    Ok(level)
}

async fn levels(db: &mut PgConnection, level: &str) -> Result<Levels, LogError> {
    let failed = |error| told("the levels cannot be read", &error);
    let log: i32 = sqlx::query_scalar(level).fetch_one(&mut *db).await.map_err(failed)?;
    let since = i64::try_from(limits::NODE_LEFT.0).unwrap_or(i64::MAX);
    let rows = sqlx::query(NODES).bind(since).fetch_all(db).await.map_err(failed)?;
    let node = |row: &sqlx::postgres::PgRow| -> Result<LivingNode, sqlx::Error> {
        Ok(LivingNode {
            node: row.try_get(0)?,
            level: row.try_get::<i32, _>(1)?.cast_unsigned(),
            version: row.try_get(2)?,
            heard: Millis(row.try_get::<i64, _>(3)?.cast_unsigned()),
        })
    };
    let nodes = rows.iter().map(node).collect::<Result<_, _>>().map_err(failed)?;
    Ok(Levels { log: log.cast_unsigned(), program: stored::LEVEL, nodes })
}

/// A level as the tables keep it.
pub(crate) fn number(level: u32) -> i32 {
    i32::try_from(level).unwrap_or(i32::MAX)
}
