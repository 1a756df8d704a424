//! Who was last seen when, at which node.

use std::collections::BTreeMap;

use async_trait::async_trait;
use clinic_domain::command::Person;
use clinic_domain::ids::{ClinicId, MemberId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{LastSeen, Life, LogError, NodeId, Seen, Told};
use clinic_engine::stored;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::asking::again;
use crate::database::Database;
use crate::error::told;

const ALIVE: &str = "
    INSERT INTO clinic_nodes (node, alive_at, level, version) VALUES ($1, $2, $3, $4)
    ON CONFLICT (node) DO UPDATE SET alive_at = excluded.alive_at";
const NOTE: &str = "
    INSERT INTO clinic_seen (node, clinic, kind, who, connection, open, at)
    SELECT $1, clinic, kind::\"char\", who, connection, open, at
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::boolean[], $7::bigint[])
        AS seen (clinic, kind, who, connection, open, at)
    ON CONFLICT (clinic, kind, who, connection, node)
        DO UPDATE SET open = excluded.open, at = excluded.at";
const OTHERS: &str = "
    SELECT DISTINCT ON (clinic, kind, who, node)
        clinic, kind::text, who, connection, node, open, at, alive_at
    FROM clinic_seen JOIN clinic_nodes USING (node)
    WHERE clinic = ANY ($1) AND node <> $2
    ORDER BY clinic, kind, who, node, open DESC, at DESC";
const FORGET: &str = "
    DELETE FROM clinic_seen
    WHERE (NOT open AND at < $1)
        OR node IN (SELECT node FROM clinic_nodes WHERE alive_at < $1)";
const FORGET_NODES: &str = "DELETE FROM clinic_nodes WHERE alive_at < $1";

/// The table of who was last seen when, which all nodes share.
#[derive(Clone, Debug)]
pub struct PgSeen {
    database: Database,
}

impl PgSeen {
    /// The table of a database.
    #[must_use]
    pub fn open(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

#[async_trait]
impl LastSeen for PgSeen {
    fn shared(&self) -> bool {
        true
    }

    async fn beat(&self, node: NodeId, at: Timestamp, seen: Vec<Seen>) -> Result<(), LogError> {
        let level = i32::try_from(stored::LEVEL).unwrap_or(i32::MAX);
        // One row for each connection: a statement changes none twice.
        let last: BTreeMap<_, Life> =
            seen.iter().map(|row| ((row.clinic, row.who, row.connection), row.life)).collect();
        let (mut clinics, mut kinds, mut who, mut connections) = (vec![], vec![], vec![], vec![]);
        let (mut open, mut since) = (vec![], vec![]);
        for ((clinic, person, connection), life) in last {
            let (kind, id) = match person {
                Person::Member(id) => ("m", id.0),
                Person::Patient(id) => ("p", id.0),
            };
            let (is_open, at) = match life {
                Life::Open(at) => (true, at),
                Life::Heard(at) => (false, at),
            };
            clinics.push(clinic.0);
            kinds.push(kind);
            who.push(id);
            connections.push(connection);
            open.push(is_open);
            since.push(at.0);
        }
        again(self.database.pool(), "it cannot be noted who was seen", |mut db| {
            let alive = sqlx::query(ALIVE)
                .bind(node.0)
                .bind(at.0)
                .bind(level)
                .bind(env!("CARGO_PKG_VERSION"));
            let kept = sqlx::query(NOTE)
                .bind(node.0)
                .bind(clinics.clone())
                .bind(kinds.clone())
                .bind(who.clone())
                .bind(connections.clone())
                .bind(open.clone())
                .bind(since.clone());
            let nobody = clinics.is_empty();
            async move {
                alive.execute(&mut *db).await?;
                if !nobody {
                    kept.execute(&mut *db).await?;
                }
                Ok(())
            }
        })
        .await
    }

    async fn others(&self, node: NodeId, clinics: &[ClinicId]) -> Result<Vec<Told>, LogError> {
        let what = "it cannot be read who was seen";
        let clinics: Vec<Uuid> = clinics.iter().map(|clinic| clinic.0).collect();
        let rows = again(self.database.pool(), what, |mut db| {
            let asked = sqlx::query(OTHERS).bind(clinics.clone()).bind(node.0);
            async move { asked.fetch_all(&mut *db).await }
        });
        rows.await?.iter().map(|row| other(row).map_err(|error| told(what, &error))).collect()
    }

    async fn forget(&self, before: Timestamp) -> Result<(), LogError> {
        again(self.database.pool(), "it cannot be forgotten who was seen", |mut db| async move {
            for forget in [FORGET, FORGET_NODES] {
                sqlx::query(forget).bind(before.0).execute(&mut *db).await?;
            }
            Ok(())
        })
        .await
    }
}

fn other(row: &PgRow) -> Result<Told, sqlx::Error> {
    let id: Uuid = row.try_get(2)?;
    let who = match row.try_get(1)? {
        "m" => Person::Member(MemberId(id)),
        _ => Person::Patient(VisitId(id)),
    };
    let at = Timestamp(row.try_get(6)?);
    let life = if row.try_get(5)? { Life::Open(at) } else { Life::Heard(at) };
    let clinic = ClinicId(row.try_get(0)?);
    let seen = Seen { clinic, who, connection: row.try_get(3)?, life };
    Ok(Told { node: NodeId(row.try_get(4)?), alive: Timestamp(row.try_get(7)?), seen })
}
