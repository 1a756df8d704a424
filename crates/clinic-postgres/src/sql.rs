//! Every statement of the write path and the read path of the log, in one place, so that a test can hold each to
//! its rule: on a cluster that is distributed by clinic, a statement names one clinic.

/// The columns of an event, in the order in which [`crate::rows`] reads them.
macro_rules! columns {
    () => {
        "position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload::text, metadata::text, occurred_at, recorded_at"
    };
}

/// Appends batches of many clinics: locks the heads in one order, so that nodes never deadlock; moves
/// those that are where they are expected; inserts the events of those that moved; and says which.
/// A head whose lock was waited for is looked at as it is then.
///
/// What must be there already, a stream's last event before its first in the batch, is `earlier`.
pub(crate) const APPEND_MANY: &str = "
    WITH asked AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS asked (clinic, expected, fence, position, occurred_at, next_due)
    ), locked AS MATERIALIZED (
        SELECT heads.clinic
        FROM clinic_heads heads JOIN asked ON asked.clinic = heads.clinic
        ORDER BY heads.clinic
        FOR NO KEY UPDATE OF heads
    ), broken AS (
        SELECT earlier.clinic
        FROM unnest($7::uuid[], $8::text[], $9::text[], $10::bigint[])
            AS earlier (clinic, aggregate_type, aggregate_id, sequence)
        WHERE NOT EXISTS (
            SELECT FROM events
            WHERE events.aggregate_type = earlier.aggregate_type
                AND events.aggregate_id = earlier.aggregate_id
                AND events.sequence = earlier.sequence
        )
    ), moved AS (
        UPDATE clinic_heads heads
        SET position = asked.position, occurred_at = asked.occurred_at, next_due = asked.next_due
        FROM asked JOIN locked ON locked.clinic = asked.clinic
        WHERE heads.clinic = asked.clinic
            AND heads.position = asked.expected
            AND heads.fence = asked.fence
            AND asked.clinic NOT IN (SELECT clinic FROM broken)
        RETURNING heads.clinic
    ), inserted AS (
        INSERT INTO events (
            clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload, metadata, occurred_at, recorded_at
        )
        SELECT rows.clinic, rows.position, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload::json, metadata::json, occurred_at, recorded_at
        FROM unnest(
            $11::uuid[], $12::bigint[], $13::text[], $14::text[], $15::bigint[], $16::text[], $17::text[],
            $18::text[], $19::text[], $20::bigint[], $21::bigint[]
        ) AS rows (
            clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload, metadata, occurred_at, recorded_at
        )
        JOIN moved ON moved.clinic = rows.clinic
    )
    SELECT clinic FROM moved";

/// Moves one clinic's head, if it is where it is expected.
pub(crate) const MOVE: &str = "
    UPDATE clinic_heads SET position = $3, occurred_at = $4, next_due = $5
    WHERE clinic = $1 AND position = $2 AND fence = $6";

/// The last numbers of some streams of one clinic.
pub(crate) const LAST: &str = "
    SELECT aggregate_type, aggregate_id, max(sequence) FROM events
    WHERE clinic = $1 AND aggregate_id = ANY ($2) GROUP BY aggregate_type, aggregate_id";

/// Inserts so many events of one clinic, the row of each spelt out: so it is one shard's statement.
pub(crate) fn insert(events: usize) -> String {
    let mut sql = "INSERT INTO events (clinic, position, aggregate_type, aggregate_id, sequence, event_type, \
                   event_version, payload, metadata, occurred_at, recorded_at) VALUES "
        .to_owned();
    for event in 0..events {
        let separator = if event == 0 { "" } else { ", " };
        sql.push_str(separator);
        sql.push_str("($1");
        for column in 0..10 {
            let cast = if matches!(column, 6 | 7) { "::json" } else { "" };
            // The clinic is the first of all, and each event has ten columns besides.
            sql.push_str(&format!(", ${}{cast}", 2 + event * 10 + column));
        }
        sql.push(')');
    }
    sql
}

/// Makes the head of a clinic that has none; it stands at 0, which is nowhere.
pub(crate) const NEW_HEAD: &str = "
    INSERT INTO clinic_heads (clinic, position, occurred_at) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING";

/// A page of a clinic's events.
pub(crate) const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE clinic = $1 AND position > $2 ORDER BY position LIMIT $3"
);

/// A stream's events.
pub(crate) const STREAM: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE clinic = $1 AND aggregate_type = $2 AND aggregate_id = $3 ORDER BY sequence"
);

/// Where a clinic's log ends.
pub(crate) const HEAD: &str = "SELECT position, occurred_at FROM clinic_heads WHERE clinic = $1";

/// Locks a clinic's head, or waits until whoever holds it has ended.
pub(crate) const LOCK: &str =
    "SELECT position, occurred_at, fence FROM clinic_heads WHERE clinic = $1 FOR UPDATE";

/// Makes a commit in doubt certain: whatever was committed before it is as durable as this, and whatever was
/// decided before it is appended no more.
pub(crate) const FENCE: &str = "
    INSERT INTO clinic_heads (clinic, position, occurred_at, fence) VALUES ($1, 0, 0, 1)
    ON CONFLICT (clinic) DO UPDATE SET fence = clinic_heads.fence + 1
    RETURNING fence";

/// When a clinic next has work, if nothing was appended to it since.
pub(crate) const SET_DUE: &str =
    "UPDATE clinic_heads SET next_due = $3 WHERE clinic = $1 AND position = $2";

/// The last position whose instant is not after another: positions have no gap and their instants never
/// decrease, so halving finds it.
pub(crate) const POSITION_AT: &str = "
    WITH RECURSIVE search (low, high) AS (
        SELECT 0::bigint, position FROM clinic_heads WHERE clinic = $1
        UNION ALL
        SELECT
            CASE WHEN event.occurred_at <= $2 THEN event.position ELSE low END,
            CASE WHEN event.occurred_at <= $2 THEN high ELSE event.position - 1 END
        FROM search
        JOIN LATERAL (
            SELECT events.position, events.occurred_at FROM events
            WHERE events.clinic = $1 AND events.position = (search.low + search.high + 1) / 2
        ) event ON true
        WHERE low < high
    )
    SELECT low FROM search WHERE low = high";

/// All clinics.
pub(crate) const CLINICS: &str = "SELECT clinic FROM clinic_heads WHERE position > 0 ORDER BY clinic";

/// Clinics with work that is due.
pub(crate) const DUE: &str =
    "SELECT clinic FROM clinic_heads WHERE next_due <= $1 ORDER BY next_due LIMIT $2";

/// The heads of some clinics: how word of events is found that no notification brought.
pub(crate) const HEADS: &str = "SELECT clinic, position FROM clinic_heads WHERE clinic = ANY ($1)";

/// Rows of one clinic, as they are.
pub(crate) const INSERT: &str = "
    INSERT INTO events (
        clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at
    )
    SELECT $1, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload::json, metadata::json, occurred_at, recorded_at
    FROM unnest(
        $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::bigint[], $11::bigint[]
    ) AS rows (
        position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at
    )";

/// Takes the head of a clinic that is new for as long as its rows come; it stands nowhere meanwhile.
pub(crate) const TAKE_HEAD: &str = "
    INSERT INTO clinic_heads (clinic, position, occurred_at) VALUES ($1, 0, 0)
    ON CONFLICT (clinic) DO UPDATE SET position = clinic_heads.position
    RETURNING position";

/// Puts the head of a clinic where its rows end.
pub(crate) const SET_HEAD: &str =
    "UPDATE clinic_heads SET position = $2, occurred_at = $3, next_due = $4 WHERE clinic = $1";

/// When a clinic next has work.
pub(crate) const NEXT_DUE: &str = "SELECT next_due FROM clinic_heads WHERE clinic = $1";

pub(crate) use columns;
