//! Every statement of the write path and the read path of the log, in one place, so that a test can hold each to
//! its rule: on a cluster that is distributed by clinic, a statement names one clinic.

/// The columns of an event, in the order in which [`crate::rows`] reads them.
macro_rules! columns {
    () => {
        "position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload::text, metadata::text, occurred_at, recorded_at"
    };
}

/// Appends batches of many clinics: locks their heads, moves those that are where they are expected, inserts the
/// events of those that moved, and says which. It waits for nobody: who finds a head locked has lost the race,
/// so that no clinic holds up the others.
///
/// What must be there already, a stream's last event before its first in the batch, is `earlier`.
pub(crate) const APPEND_MANY: &str = "
    WITH asked AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS asked (clinic, expected, fence, position, occurred_at, next_due)
    ), locked AS MATERIALIZED (
        SELECT heads.clinic
        FROM clinic_heads heads JOIN asked ON asked.clinic = heads.clinic
        FOR NO KEY UPDATE OF heads SKIP LOCKED
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
        FROM (
            SELECT unnest($11::uuid[]) AS clinic, unnest($12::bigint[]) AS position,
                unnest($13::text[]) AS aggregate_type, unnest($14::text[]) AS aggregate_id,
                unnest($15::bigint[]) AS sequence, unnest($16::text[]) AS event_type,
                unnest($17::text[]) AS event_version, unnest($18::text[]) AS payload,
                unnest($19::text[]) AS metadata, unnest($20::bigint[]) AS occurred_at,
                unnest($21::bigint[]) AS recorded_at
        ) rows
        JOIN moved ON moved.clinic = rows.clinic
    )
    SELECT clinic FROM moved";

/// Moves one clinic's head if it is where it is expected and nobody holds it, and begins to insert behind it.
macro_rules! move_one {
    () => {
        "
    WITH moved AS (
        UPDATE clinic_heads SET position = $4, occurred_at = $5, next_due = $6
        WHERE clinic = (
            SELECT clinic FROM clinic_heads WHERE clinic = $1 AND position = $2 AND fence = $3
            FOR NO KEY UPDATE SKIP LOCKED
        )
        RETURNING clinic
    )
    INSERT INTO events (
        clinic, position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at
    )"
    };
}

/// Appends the batch of one clinic, of whose streams nothing is to be looked up: less work for the server.
pub(crate) const APPEND_ONE: &str = concat!(
    move_one!(),
    "
    SELECT moved.clinic, rows.position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload::json, metadata::json, occurred_at, recorded_at
    FROM moved, (
        SELECT unnest($7::bigint[]) AS position, unnest($8::text[]) AS aggregate_type,
            unnest($9::text[]) AS aggregate_id, unnest($10::bigint[]) AS sequence,
            unnest($11::text[]) AS event_type, unnest($12::text[]) AS event_version,
            unnest($13::text[]) AS payload, unnest($14::text[]) AS metadata,
            unnest($15::bigint[]) AS occurred_at, unnest($16::bigint[]) AS recorded_at
    ) rows"
);

/// The same for one event alone, as most commands have: nothing is unnested.
pub(crate) const APPEND_EVENT: &str = concat!(
    move_one!(),
    "
    SELECT clinic, $7::bigint, $8::text, $9::text, $10::bigint, $11::text, $12::text, $13::json, $14::json,
        $15::bigint, $16::bigint
    FROM moved"
);

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
    // The clinic is the first of all parameters, and each event has ten columns besides.
    let column = |event: usize, column: usize| {
        let cast = if matches!(column, 6 | 7) { "::json" } else { "" };
        format!("${}{cast}", 2 + event * 10 + column)
    };
    let row = |event| {
        let columns: Vec<String> = (0..10).map(|number| column(event, number)).collect();
        format!("($1, {})", columns.join(", "))
    };
    let rows: Vec<String> = (0..events).map(row).collect();
    format!(
        "INSERT INTO events (clinic, position, aggregate_type, aggregate_id, sequence, event_type, \
         event_version, payload, metadata, occurred_at, recorded_at) VALUES {}",
        rows.join(", ")
    )
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

/// Locks the heads of clinics in one order, so that nodes never deadlock.
pub(crate) const LOCK_MANY: &str = "
    SELECT clinic, position, fence FROM clinic_heads WHERE clinic = ANY ($1)
    ORDER BY clinic FOR NO KEY UPDATE";

/// The same for those that are free, and leaves out the others: who holds locks already must wait for none.
pub(crate) const LOCK_FREE: &str = "
    SELECT clinic, position, fence FROM clinic_heads WHERE clinic = ANY ($1)
    FOR NO KEY UPDATE SKIP LOCKED";

/// What stands behind a position of each of some clinics.
pub(crate) const TAILS: &str = concat!(
    "SELECT ",
    columns!(),
    ", events.clinic FROM unnest($1::uuid[], $2::bigint[]) AS known (clinic, after) \
     JOIN events ON events.clinic = known.clinic AND events.position > known.after \
     ORDER BY events.clinic, events.position"
);

/// Makes a commit in doubt certain: whatever was committed before it is as durable as this, and whatever was
/// decided before it is appended no more.
pub(crate) const FENCE: &str = "
    INSERT INTO clinic_heads (clinic, position, occurred_at, fence) VALUES ($1, 0, 0, 1)
    ON CONFLICT (clinic) DO UPDATE SET fence = clinic_heads.fence + 1
    RETURNING fence";

/// When a clinic next has work, if nothing was appended to it since.
pub(crate) const SET_DUE: &str =
    "UPDATE clinic_heads SET next_due = $3 WHERE clinic = $1 AND position = $2";

/// The same where whoever holds the head is not waited for: she looks after the clinic.
pub(crate) const SET_DUE_FREE: &str = "
    UPDATE clinic_heads SET next_due = $3 WHERE clinic = (
        SELECT clinic FROM clinic_heads WHERE clinic = $1 AND position = $2 FOR NO KEY UPDATE SKIP LOCKED
    )";

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
pub(crate) const CLINICS: &str =
    "SELECT clinic FROM clinic_heads WHERE position > 0 ORDER BY clinic";

/// Clinics with work that is due.
pub(crate) const DUE: &str =
    "SELECT clinic FROM clinic_heads WHERE next_due <= $1 ORDER BY next_due LIMIT $2";

/// The heads of some clinics: how word of events is found that no notification brought.
pub(crate) const HEADS: &str = "SELECT clinic, position FROM clinic_heads WHERE clinic = ANY ($1)";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::{atomic, check};

    /// The statements of the write path and the read path on a cluster, by their names here.
    fn apart() -> Vec<(&'static str, String)> {
        let named = [
            ("MOVE", MOVE),
            ("LAST", LAST),
            ("NEW_HEAD", NEW_HEAD),
            ("PAGE", PAGE),
            ("STREAM", STREAM),
            ("HEAD", HEAD),
            ("LOCK", LOCK),
            ("FENCE", FENCE),
            ("SET_DUE", SET_DUE),
            ("POSITION_AT", POSITION_AT),
            ("atomic::TAKE_HEAD", atomic::TAKE_HEAD),
            ("atomic::SET_HEAD", atomic::SET_HEAD),
            ("atomic::NEXT_DUE", atomic::NEXT_DUE),
            ("check::ENDS", check::ENDS),
        ];
        let named = named.map(|(name, sql)| (name, sql.to_owned()));
        named.into_iter().chain([1, 2, 64].map(|events| ("insert", insert(events)))).collect()
    }

    /// What names many clinics, or one in a way that a cluster does not see: the appends and locks of one Postgres,
    /// which no cluster is asked, and the looks at heads.
    const MANY: [(&str, &str); 10] = [
        ("APPEND_MANY", APPEND_MANY),
        ("APPEND_ONE", APPEND_ONE),
        ("APPEND_EVENT", APPEND_EVENT),
        ("LOCK_MANY", LOCK_MANY),
        ("LOCK_FREE", LOCK_FREE),
        ("SET_DUE_FREE", SET_DUE_FREE),
        ("TAILS", TAILS),
        ("CLINICS", CLINICS),
        ("DUE", DUE),
        ("HEADS", HEADS),
    ];

    /// What an operator asks of a cluster, and what is asked of none. What each says of itself is why.
    const OF_OPERATORS: [(&str, &str); 2] =
        [("atomic::INSERT", atomic::INSERT), ("check::NEXT", check::NEXT)];

    /// A table is taken over on one Postgres only: `is_stock` refuses a server that can distribute.
    const ON_NO_CLUSTER: &str = "adopt.rs";

    /// How often the tables of the log are touched.
    fn touched(sql: &str) -> usize {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let touched = words.windows(2).filter(|pair| {
            matches!(pair[0].trim_start_matches(['"', '(']), "FROM" | "JOIN" | "UPDATE" | "INTO")
                && matches!(
                    pair[1].trim_end_matches(['"', ';', ',', ')']),
                    "events" | "clinic_heads"
                )
        });
        touched.count()
    }

    /// Whether each table that a statement touches is bound to the clinic that is its first parameter.
    fn bound(sql: &str) -> bool {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let flat = words.join(" ");
        let bound = flat.matches("clinic = $1").count();
        let inserted = if flat.starts_with("INSERT INTO") {
            let rows = flat.split_once("VALUES").map_or("", |(_, rows)| rows);
            let rows = rows.split_once(" ON CONFLICT").map_or(rows, |(rows, _)| rows);
            let first_column = flat.contains("(clinic,");
            let each_row = rows.matches('(').count() == rows.matches("($1").count();
            usize::from(first_column && each_row)
        } else {
            0
        };
        touched(sql) == bound + inserted
    }

    #[test]
    fn on_a_cluster_each_statement_is_bound_to_one_clinic() {
        for (name, sql) in apart() {
            assert!(bound(&sql), "{name}: {sql}");
        }
        for (name, sql) in MANY.into_iter().chain(OF_OPERATORS) {
            assert!(!bound(sql), "{name}: {sql}");
        }
    }

    /// So that none hides elsewhere: another file touches the log by what is looked at above, or not at all.
    #[test]
    fn every_other_statement_that_touches_the_log_is_looked_at() {
        let apart = apart();
        let listed = |of: &str| -> usize {
            let of = format!("{}::", of.trim_end_matches(".rs"));
            let apart = apart.iter().map(|(name, sql)| (*name, sql.as_str()));
            let all = apart.chain(OF_OPERATORS);
            all.filter(|(name, _)| name.starts_with(&of)).map(|(_, sql)| touched(sql)).sum()
        };
        let mut found = 0;
        for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
            let text = fs::read_to_string(&file).expect("it can be read");
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
            if matches!(name, "sql.rs" | ON_NO_CLUSTER) {
                continue;
            }
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code: Vec<&str> = code.collect();
            assert_eq!(touched(&code.join("\n")), listed(name), "{name}");
            found += listed(name);
        }
        assert!(found > 0, "no file was read");
        let adopt = include_str!("adopt.rs");
        assert!(adopt.contains("if tables.distributable {"), "who keeps it from a cluster?");
    }

    fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let rust = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
        rust.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
    }

    /// So that none is forgotten above: what is asked stands here, and what stands here is looked at.
    #[test]
    fn every_statement_of_the_log_stands_here() {
        let here = include_str!("sql.rs");
        let declared = here.lines().filter_map(|line| {
            let line = line.strip_prefix("pub(crate) ")?;
            let name = line.strip_prefix("const ").or_else(|| line.strip_prefix("fn "))?;
            Some(name.split([':', '(']).next().unwrap_or_default())
        });
        let many = MANY.iter().map(|(name, _)| *name);
        let looked_at: Vec<&str> = apart().iter().map(|(name, _)| *name).chain(many).collect();
        for name in declared {
            assert!(looked_at.contains(&name), "{name} is in no list of this test");
        }
        let paths = [
            include_str!("append.rs"),
            include_str!("appender.rs"),
            include_str!("locked.rs"),
            include_str!("log.rs"),
            include_str!("reads.rs"),
            include_str!("turns.rs"),
        ];
        for (number, path) in paths.into_iter().enumerate() {
            let asked = ["sqlx::query(", "sqlx::query_scalar("].map(|ask| path.split(ask).skip(1));
            for asked in asked.into_iter().flatten() {
                let asked = asked.trim_start();
                let ours =
                    ["sql::", "crate::sql::", "&sql"].iter().any(|own| asked.starts_with(own));
                assert!(ours, "file {number}: {}", asked.lines().next().unwrap_or_default());
            }
        }
    }
}
