//! Taking over a table of postgres-es: its events get their clinic, positions and instants, and stock writers
//! go on with the same table.
//!
//! A stream keeps its order. Between streams, events stand in the order of their instants, and where those
//! are equal or not known, in the order in which they were inserted: so the instants never decrease along
//! the log, and the one that an event carries is that of its envelope wherever this can be.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::{Capability, ClinicEvent};
use clinic_domain::event::{Cause, Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, MemberId, Position};
use clinic_domain::text::Title;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Clock, Ids as _, LogError, RandomIds};
use clinic_engine::stored::{self, Row};
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use uuid::Uuid;

use crate::append::Columns;
use crate::atomic::insert;
use crate::database::Database;
use crate::error::{OpenError, told};
use crate::{limits, rows, schema};

/// The clinic that is to be made of a table.
#[derive(Clone, Debug)]
pub struct NewClinic {
    /// Its name; that of the clinic in the table, if the table has its founding.
    pub name: Title,
    /// Its zone, if the table has no founding.
    pub zone: Zone,
    /// Its first Owner, if the table has no founding.
    pub owner_name: Title,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The clinic.
    pub clinic: ClinicId,
    /// How many events it has.
    pub events: u64,
    /// Whether it had to be founded: its founding is the first event then.
    pub founded: bool,
}

/// Why a table was not taken over. Then it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The database is not to be had.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be taken over, for these reasons.
    #[error("the table cannot be taken over:\n  {}", .0.join("\n  "))]
    Refused(Vec<String>),
}

impl From<LogError> for AdoptError {
    fn from(error: LogError) -> Self {
        Self::Open(error.into())
    }
}

/// The columns of postgres-es, as `information_schema` tells them, in the order of their names.
const COLUMNS: &str = "aggregate_id text, aggregate_type text, event_type text, event_version text, \
                       metadata json, payload json, sequence bigint";

const FOUND_COLUMNS: &str = "
    SELECT coalesce(string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_name), '')
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'events'";

/// What no log can hold, each with how often it is there.
const WRONG: &str = r"
    SELECT 'the aggregate type ' || aggregate_type || ': this log holds none (' || count(*) || ' events)'
    FROM events WHERE aggregate_type NOT IN ('Clinic', 'Room', 'PatientVisit', 'Transfer')
    GROUP BY aggregate_type
    UNION ALL
    SELECT 'an id of a ' || aggregate_type || ' is no UUID in lower case (' || count(*) || ' events)'
    FROM events
    WHERE aggregate_id !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    GROUP BY aggregate_type
    UNION ALL
    SELECT 'the sequence of ' || aggregate_type || ' ' || aggregate_id || ' has a gap: ' || count(*)
        || ' events from ' || min(sequence) || ' to ' || max(sequence)
    FROM events GROUP BY aggregate_type, aggregate_id
    HAVING min(sequence) <> 1 OR max(sequence) <> count(*)
    LIMIT $1";

/// Clinics that the table names: by their founding, and in the metadata of other streams.
const CLINICS: &str = "
    SELECT DISTINCT aggregate_id FROM events WHERE aggregate_type = 'Clinic'
    UNION
    SELECT DISTINCT metadata ->> 'clinic' FROM events WHERE metadata ->> 'clinic' IS NOT NULL
    LIMIT $1";

const FOUNDING: &str = "
    SELECT payload -> 'ClinicFounded' ->> 'name' FROM events
    WHERE aggregate_type = 'Clinic' AND sequence = 1 AND event_type = 'ClinicFounded'";

const PAGE: &str = "
    SELECT 1::bigint, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text, metadata::text,
        0::bigint, 0::bigint
    FROM events
    WHERE (aggregate_type, aggregate_id, sequence) > ($1, $2, $3)
    ORDER BY aggregate_type, aggregate_id, sequence
    LIMIT $4";

const ADD_COLUMNS: &str = "
    ALTER TABLE events
        ADD COLUMN clinic uuid,
        ADD COLUMN position bigint,
        ADD COLUMN occurred_at bigint,
        ADD COLUMN recorded_at bigint";

/// The instant that metadata tell; none if there is no such instant, as on the 45th of a month. This database may
/// be older than `pg_input_is_valid`. It is dropped before anybody else sees it.
const READ_INSTANT: &str = r"
    CREATE FUNCTION clinic_said_instant(said text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN CASE
            WHEN said ~ '^[0-9]{1,15}$' THEN said::bigint
            WHEN said ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+(Z|[+-][0-9]{2}:?[0-9]{2})$'
                THEN floor(extract(epoch FROM said::timestamptz) * 1000)::bigint
        END;
    EXCEPTION WHEN data_exception THEN
        RETURN NULL;
    END
    $$";

const FORGET_READING: &str = "DROP FUNCTION clinic_said_instant(text)";

/// An event is of the instant that it carries, or that its metadata says, or else of the one before it.
const PLACE: &str = r"
    WITH numbered AS (
        SELECT aggregate_type, aggregate_id, sequence,
            row_number() OVER (ORDER BY ctid) AS nth,
            payload -> event_type ->> 'at' AS own,
            coalesce(metadata ->> 'occurred_at', metadata ->> 'at') AS said
        FROM events
    ), told AS (
        SELECT aggregate_type, aggregate_id, sequence, nth, CASE
            WHEN own ~ '^-?[0-9]{1,18}$' THEN own::bigint
            ELSE clinic_said_instant(said)
        END AS at
        FROM numbered
    ), timed AS (
        -- What has not come yet is of now; LEAST alone would make a now of what is not known.
        SELECT aggregate_type, aggregate_id, sequence, nth, CASE WHEN at > $3 THEN $3 ELSE at END AS at
        FROM told
    ), carried AS (
        -- No later than what follows it in its stream.
        SELECT aggregate_type, aggregate_id, sequence, nth, coalesce(at, least(
            coalesce(max(at) OVER (ORDER BY nth), (SELECT min(at) FROM timed), $3),
            min(at) OVER (
                PARTITION BY aggregate_type, aggregate_id ORDER BY sequence
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            )
        )) AS at
        FROM timed
    ), merged AS (
        SELECT aggregate_type, aggregate_id, sequence,
            max(at) OVER stream AS since, max(nth) OVER stream AS nth
        FROM carried
        WINDOW stream AS (PARTITION BY aggregate_type, aggregate_id ORDER BY sequence)
    ), placed AS (
        SELECT aggregate_type, aggregate_id, sequence,
            row_number() OVER log AS position, max(since) OVER log AS since
        FROM merged
        WINDOW log AS (ORDER BY (aggregate_type = 'Clinic' AND sequence = 1) DESC, since, nth, sequence)
    )
    UPDATE events
    SET clinic = $1, position = placed.position + $2, occurred_at = placed.since, recorded_at = placed.since
    FROM placed
    WHERE events.aggregate_type = placed.aggregate_type
        AND events.aggregate_id = placed.aggregate_id
        AND events.sequence = placed.sequence";

const KEEP_COLUMNS: &str = "
    ALTER TABLE events
        ALTER COLUMN clinic SET NOT NULL,
        ALTER COLUMN position SET NOT NULL,
        ALTER COLUMN occurred_at SET NOT NULL,
        ALTER COLUMN recorded_at SET NOT NULL,
        ADD CHECK (position > 0),
        ADD CHECK (sequence >= 0),
        ADD UNIQUE (clinic, position)";

const PUT_HEAD: &str = "
    INSERT INTO clinic_heads (clinic, position, occurred_at, next_due)
    SELECT clinic, max(position), max(occurred_at), max(occurred_at)
    FROM events WHERE clinic = $1 GROUP BY clinic
    RETURNING position";

impl Database {
    /// Takes over the table `events` of postgres-es that is in a database: all of it, as the log of one
    /// clinic, or nothing. Nobody reads or writes the table meanwhile.
    ///
    /// # Errors
    /// If the database fails, or the table holds what no log of a clinic can.
    pub async fn adopt(
        address: &str,
        clock: Arc<dyn Clock>,
        new: &NewClinic,
    ) -> Result<Adopted, AdoptError> {
        let now = clock.now();
        let mut connected = Self::connect_to(address, clock).await?.find().await?;
        let failed = |error| told("the table cannot be taken over", &error);
        let mut tx = connected.connection.begin().await.map_err(failed)?;
        let settings = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
            SET LOCAL idle_in_transaction_session_timeout = 0";
        tx.execute(settings).await.map_err(failed)?;
        schema::hold(&mut tx).await?;
        is_stock(&mut tx).await?;
        tx.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE").await.map_err(failed)?;
        let wrong = wrong(&mut tx).await?;
        if !wrong.is_empty() {
            return Err(AdoptError::Refused(wrong));
        }
        let (clinic, founded) = clinic_of(&mut tx, new, now).await?;
        tx.execute(ADD_COLUMNS).await.map_err(failed)?;
        tx.execute(READ_INSTANT).await.map_err(failed)?;
        sqlx::query(PLACE)
            .bind(clinic.0)
            .bind(i64::from(!founded))
            .bind(now.0)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.execute(FORGET_READING).await.map_err(failed)?;
        if !founded {
            found(&mut tx, clinic, new, now).await?;
        }
        tx.execute(KEEP_COLUMNS).await.map_err(failed)?;
        schema::migrate(&mut tx, false).await?;
        let events: i64 = sqlx::query_scalar(PUT_HEAD)
            .bind(clinic.0)
            .fetch_one(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Adopted { clinic, events: rows::number(events), founded: !founded })
    }
}

/// Refuses what is no table of postgres-es, or has been taken over.
async fn is_stock(db: &mut PgConnection) -> Result<(), AdoptError> {
    let refused = |why: String| Err(AdoptError::Refused(vec![why]));
    let tables = schema::tables(db).await?;
    if tables.form != 0 {
        return refused("this database has a log of clinics already".to_owned());
    }
    // Tables that are distributed have no trigger, so stock writers could not go on.
    if tables.distributable {
        return refused(
            "this server can distribute tables (Citus), and a table is taken over in one Postgres: adopt it on a \
             database without that extension, then distribute it with `clinic migrate`"
                .to_owned(),
        );
    }
    let failed = |error| told("the columns of the table cannot be read", &error);
    let found: String = sqlx::query_scalar(FOUND_COLUMNS).fetch_one(db).await.map_err(failed)?;
    if found.is_empty() {
        return refused("there is no table `events`".to_owned());
    }
    if found == COLUMNS {
        return Ok(());
    }
    refused(format!(
        "the table `events` has the columns {found}; those of postgres-es are {COLUMNS}"
    ))
}

/// What in the table cannot be read: the first of it, each in a line.
async fn wrong(db: &mut PgConnection) -> Result<Vec<String>, LogError> {
    let failed = |error| told("the table cannot be read", &error);
    let most = i64::try_from(limits::FINDINGS).unwrap_or(i64::MAX);
    let mut wrong: Vec<String> =
        sqlx::query_scalar(WRONG).bind(most).fetch_all(&mut *db).await.map_err(failed)?;
    if !wrong.is_empty() {
        return Ok(wrong);
    }
    let (mut after, page) = ((String::new(), String::new(), 0_i64), clinic_engine::limits::PAGE);
    loop {
        let page = sqlx::query(PAGE)
            .bind(&after.0)
            .bind(&after.1)
            .bind(after.2)
            .bind(i64::try_from(page).unwrap_or(i64::MAX))
            .fetch_all(&mut *db)
            .await
            .map_err(failed)?;
        let Some(last) = page.last() else { return Ok(wrong) };
        wrong.extend(page.iter().filter_map(unreadable));
        if wrong.len() >= limits::FINDINGS {
            wrong.truncate(limits::FINDINGS);
            return Ok(wrong);
        }
        let key = || Ok((last.try_get(1)?, last.try_get(2)?, last.try_get(3)?));
        after = key().map_err(failed)?;
    }
}

/// Why a row is no event that this version reads.
fn unreadable(row: &PgRow) -> Option<String> {
    let row: Row<'_> = match rows::columns(ClinicId(Uuid::nil()), row) {
        Ok(row) => row,
        Err(error) => return Some(error.to_string()),
    };
    let why = stored::decode(&row).err()?.why;
    Some(format!("sequence {} of {} {}: {why}", row.sequence, row.aggregate_type, row.aggregate_id))
}

/// The clinic of the table, and whether the table has its founding.
async fn clinic_of(
    db: &mut PgConnection,
    new: &NewClinic,
    now: Timestamp,
) -> Result<(ClinicId, bool), AdoptError> {
    let failed = |error| told("the clinic of the table cannot be read", &error);
    let refused = |why: String| Err(AdoptError::Refused(vec![why]));
    let clinics: Vec<String> =
        sqlx::query_scalar(CLINICS).bind(2_i64).fetch_all(&mut *db).await.map_err(failed)?;
    if let [one, other, ..] = clinics.as_slice() {
        return refused(format!(
            "its events are of several clinics, {one} and {other}, and one is adopted"
        ));
    }
    let id = match clinics.first().map(|id| Uuid::try_parse(id)) {
        None => RandomIds.mint(now),
        Some(Ok(id)) => id,
        Some(Err(_)) => return refused("the metadata name a clinic by what is no UUID".to_owned()),
    };
    let name: Option<Option<String>> =
        sqlx::query_scalar(FOUNDING).fetch_optional(db).await.map_err(failed)?;
    match name.flatten() {
        None => Ok((ClinicId(id), false)),
        Some(name) if name.eq_ignore_ascii_case(new.name.as_str()) => Ok((ClinicId(id), true)),
        Some(name) => refused(format!("its clinic is called \"{name}\" and not \"{}\"", new.name)),
    }
}

/// Founds the clinic, as of the first event that it has.
async fn found(
    db: &mut PgConnection,
    clinic: ClinicId,
    new: &NewClinic,
    now: Timestamp,
) -> Result<(), LogError> {
    let failed = |error| told("the clinic cannot be founded", &error);
    let first: Option<i64> = sqlx::query_scalar("SELECT min(occurred_at) FROM events")
        .fetch_one(&mut *db)
        .await
        .map_err(failed)?;
    let at = first.map_or(now, Timestamp);
    let command = RandomIds.mint(now);
    let NewClinic { name, zone, owner_name } = new.clone();
    let event = ClinicEvent::ClinicFounded {
        name,
        zone,
        owner: MemberId(RandomIds.mint(now)),
        owner_name,
        capabilities: Capability::ALL.into(),
        external_ref: None,
        imported: false,
        at,
    };
    let cause = Cause {
        actor: Actor::Host,
        command_id: CommandId(command),
        digest: 0,
        correlation_id: command,
        causation_id: None,
        clamped: None,
    };
    let founding = Recorded {
        clinic,
        position: Position(1),
        sequence: 1,
        event: Event::Clinic(clinic, event),
        occurred_at: at,
        recorded_at: now,
        cause,
    };
    let rows = stored::encode(&[Arc::new(founding)])?;
    let mut columns = Columns::with_capacity(1);
    for row in &rows {
        columns.push(row.row());
    }
    insert(db, clinic, columns).await
}
