//! A clinic that moves between stores, and a table of postgres-es that is taken over.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Shared;
use crate::ending::Day;
use crate::place::Place;
use crate::support::{Ran, program, ran};

/// Copies from one log to another, the one in Postgres with the key of `shared`.
fn copy(shared: &Shared, from: &str, to: &str, more: &[&str]) -> Ran {
    let mut program = program();
    program.args(["copy", "--from", from, "--to", to]).args(more);
    ran(program.arg("--operator-key").arg(shared.key()).output().expect("it starts"))
}

/// What proves copies: the digests that were printed.
fn digests(ran: &Ran) -> BTreeSet<&str> {
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let told = ran.out.lines().filter_map(|line| line.split("on both sides: ").nth(1));
    let digests: BTreeSet<&str> = told.collect();
    assert!(!digests.is_empty() && digests.iter().all(|digest| digest.len() == 64), "{}", ran.out);
    digests
}

#[test]
fn a_clinic_moves_there_and_back_with_its_positions_its_names_and_its_accounts() {
    let (place, shared, back) = (Place::new(), Shared::new(), Place::new());
    let words =
        ["init", "--name", "Hill Clinic", "--owner", "Ada", "--sign-in", "ada", "--password-stdin"];
    let password = "seven owls over the hill";
    assert_eq!(place.clinic_reading(&words, password.as_bytes()).code, 0);
    assert_eq!(place.clinic(&["run", "src/demo.jsonl"]).code, 0);

    let there = copy(&shared, place.address(), &shared.url(), &[]);
    assert!(there.out.contains("51 events, 2 keys, 0 accounts"), "{}", there.out);
    assert!(there.out.contains("1 events, 0 keys, 1 accounts"), "{}", there.out);
    assert!(there.out.contains("Sessions, invitations and the access log stay behind"));
    let here = copy(&shared, &shared.url(), back.address(), &[]);
    assert_eq!(digests(&there), digests(&here));
    for words in [
        &["timeline", "Maria Lind", "--clinic", "harbour clinic"][..],
        &["log", "--format", "json", "--clinic", "harbour clinic"],
        &["log", "--format", "json", "--clinic", "hill clinic"],
    ] {
        let first = place.clinic(words);
        assert_eq!((first.code, first.err.as_str()), (0, ""), "{words:?}");
        assert_eq!(shared.clinic(words).out, first.out, "{words:?}");
        assert_eq!(back.clinic(words).out, first.out, "{words:?}");
    }
    assert_eq!(shared.clinic(&["verify"]).code, 0);
    assert_eq!(back.clinic(&["verify"]).code, 0);
    let node = shared.node(&[]);
    assert_eq!(node.sign_in("ada", password).status, 200, "her password moved with her");

    // Asked again, it proves what is there, and takes what is new.
    let (at_hill, digest) = ("hill clinic", digests(&there));
    let third = ["init", "--name", "Third", "--owner", "Bob", "--sign-in", "bob"];
    assert_eq!(place.clinic(&third).code, 0);
    let again = copy(&shared, place.address(), &shared.url(), &[]);
    assert!(digests(&again).is_superset(&digest), "{}", again.out);
    assert_eq!(again.out.matches("is there already").count(), 2, "{}", again.out);
    assert_eq!(again.out.matches(" keys, 1 accounts").count(), 1, "{}", again.out);
    let one = copy(&shared, place.address(), &shared.url(), &["--clinic", at_hill]);
    assert_eq!(one.out.matches("is there already: 1 events").count(), 1, "{}", one.out);
    // What is there under its id and is something else is not taken for it.
    shared.sql("UPDATE events SET payload = replace(payload::text, 'Hill', 'Hull')::json");
    let other = copy(&shared, place.address(), &shared.url(), &[]);
    assert_eq!((other.code, other.out.as_str()), (2, ""));
    assert!(other.err.contains("differ") && other.err.contains(":***@"), "{}", other.err);
}

#[test]
fn a_sign_in_name_that_is_taken_there_stops_a_copy_before_it_begins_and_gets_another() {
    let (place, shared) = (Place::new(), Shared::new());
    let init = |name| ["init", "--name", name, "--owner", "Ada", "--sign-in", "ada"];
    let password = "seven owls over the hill";
    let words = [&init("Hill")[..], &["--password-stdin"]].concat();
    assert_eq!(place.clinic_reading(&words, password.as_bytes()).code, 0);
    assert_eq!(shared.clinic(&init("Harbour")).code, 0);
    let refused = copy(&shared, place.address(), &shared.url(), &[]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(refused.err.contains("as \"ada\": give another name with --rename"), "{}", refused.err);
    assert_eq!(shared.sql("SELECT count(*) FROM clinic_heads"), "1");
    let nobody = copy(&shared, place.address(), &shared.url(), &["--rename", "bob=bob-hill"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (2, ""));
    assert!(nobody.err.contains("nobody signs in as \"bob\" here"), "{}", nobody.err);

    let renamed = ["--rename", "ada=ada-hill"];
    digests(&copy(&shared, place.address(), &shared.url(), &renamed));
    let node = shared.node(&[]);
    assert_eq!(node.sign_in("ada-hill", password).status, 200);
    assert_eq!(node.sign_in("ada", password).status, 401, "she is somebody else");
    digests(&copy(&shared, place.address(), &shared.url(), &renamed));
}

#[test]
fn a_source_is_left_as_it_is() {
    let (source, place) = (Shared::new(), Place::new());
    assert_eq!(source.clinic(&["migrate"]).code, 0);
    let copied = copy(&source, &source.url(), place.address(), &[]);
    assert_eq!((copied.code, copied.err.as_str()), (0, ""));
    assert_eq!(source.sql("SELECT to_regnamespace('clinic_keys') IS NULL"), "t");
}

#[test]
fn one_clinic_of_several_moves_from_one_database_to_another_as_stock_writers_wrote_it() {
    let (from, to) = (Shared::with_demo(), Shared::new());
    // Blanks, doubled keys and unknown ones are the writer's own, and stay.
    from.sql(
        r#"INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
           SELECT aggregate_type, aggregate_id, max(sequence) + 1, 'ZoneChanged', '1',
               '{"ZoneChanged" :  {"zone":"Europe/Paris"}}', '{ "mine":"1",  "mine":"2" }'
           FROM events WHERE aggregate_type = 'Clinic' GROUP BY aggregate_type, aggregate_id"#,
    );
    let bench =
        from.clinic(&["bench", "--acks", "--clients", "1", "--clinics", "1", "--visits", "1"]);
    assert_eq!(bench.code, 0, "{}", bench.err);
    let key = from.key().display().to_string();
    let wanted = ["--clinic", "harbour clinic", "--from-operator-key", &key];
    digests(&copy(&to, &from.url(), &to.url(), &wanted));
    assert_eq!(to.sql("SELECT count(*) FROM clinic_heads"), "1");
    let columns = "SELECT md5(string_agg(e::text, '|' ORDER BY position)) FROM events e
                   WHERE clinic IN (SELECT clinic FROM events WHERE event_type = 'ZoneChanged')";
    assert_eq!(to.sql(columns), from.sql(columns));
    assert!(to.sql("SELECT payload FROM events WHERE position = 52").contains(" :  {"));
    assert_eq!(to.clinic(&["timeline", "Maria Lind"]).code, 0, "under another operator key");
    assert_eq!(to.clinic(&["verify"]).code, 0);
}

/// Makes what postgres-es would have of the log: its table, and nothing else.
const STOCK: &str = "
    CREATE TABLE stock AS SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
        FROM events ORDER BY position;
    DROP TABLE events;
    DROP FUNCTION clinic_stock_event, clinic_stock_unfit;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'clinic%' LOOP
            EXECUTE 'DROP TABLE ' || name || ' CASCADE';
        END LOOP;
    END $$;
    ALTER TABLE stock RENAME TO events;
    ALTER TABLE events ADD PRIMARY KEY (aggregate_type, aggregate_id, sequence)";

#[test]
fn a_table_of_postgres_es_becomes_a_log_and_its_writers_go_on() {
    let shared = Shared::with_demo();
    let before = shared.clinic(&["log", "--format", "json"]).out;
    shared.sql(STOCK);
    let unasked = shared.clinic(&["migrate"]);
    assert_eq!(unasked.code, 3, "{}", unasked.out);
    assert!(unasked.err.contains("clinic adopt --clinic NAME"), "{}", unasked.err);
    let other = shared.clinic(&["adopt", "--clinic", "Hill"]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("is called \"Harbour Clinic\" and not \"Hill\""), "{}", other.err);

    let adopted = shared.clinic(&["adopt", "--clinic", "harbour clinic"]);
    assert_eq!((adopted.code, adopted.err.as_str()), (0, ""));
    assert!(adopted.out.contains("has 51 events"), "{}", adopted.out);
    let verified = shared.clinic(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    assert_eq!(shared.clinic(&["timeline", "Maria Lind"]).code, 0);
    let events = |text: &str| -> Vec<(String, u64, String)> {
        let all: Vec<Value> = serde_json::from_str(text).expect("JSON");
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let of = |one: &Value| {
            (
                text(one, "aggregate_id"),
                one["sequence"].as_u64().unwrap_or(0),
                text(one, "event_type"),
            )
        };
        all.iter().map(of).collect()
    };
    assert_eq!(events(&shared.clinic(&["log", "--format", "json"]).out), events(&before));

    shared.sql(
        r#"INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
           SELECT aggregate_type, aggregate_id, max(sequence) + 1, 'ZoneChanged', '1',
               '{"ZoneChanged":{"zone":"Europe/Paris"}}', '{}'
           FROM events WHERE aggregate_type = 'Clinic' GROUP BY aggregate_type, aggregate_id"#,
    );
    let verified = shared.clinic(&["verify"]);
    assert!(verified.code == 0 && verified.out.contains("52 events"), "{}", verified.out);
    let again = shared.clinic(&["adopt", "--clinic", "harbour clinic"]);
    assert!(again.code == 2 && again.err.contains("has a log of clinics already"), "{}", again.err);
}

#[test]
fn a_table_without_a_founding_gets_one_and_its_order_is_that_of_its_streams_and_instants() {
    let shared = Shared::with_demo();
    shared.sql(STOCK);
    shared.sql("DELETE FROM events WHERE aggregate_type IN ('Clinic', 'Room')");
    // Inserted in the wrong order, as after a restore.
    shared.sql(
        "CREATE TABLE other AS SELECT * FROM events ORDER BY sequence DESC, aggregate_id;
                TRUNCATE events; INSERT INTO events SELECT * FROM other; DROP TABLE other",
    );
    let rows = shared.sql("SELECT count(*) FROM events");
    let adopted = shared.clinic(&["adopt", "--clinic", "Hill Clinic", "--zone", "Europe/Berlin"]);
    assert_eq!((adopted.code, adopted.err.as_str()), (0, ""));
    assert!(adopted.out.contains("it is founded by the first of them"), "{}", adopted.out);
    let first =
        shared.sql("SELECT event_type || ' ' || position FROM events ORDER BY position LIMIT 1");
    assert_eq!(first, "ClinicFounded 1");
    let wrong = "SELECT count(*) FROM events a JOIN events b USING (aggregate_id)
                 WHERE a.sequence < b.sequence AND a.position > b.position";
    assert_eq!(shared.sql(wrong), "0", "against the order of a stream");
    let last = shared.sql("SELECT max(position) = count(*) AND count(*) > 1 FROM events");
    assert_eq!(last, "t");
    let verified = shared.clinic(&["verify"]);
    let events = rows.parse::<u64>().expect("a number") + 1;
    for holds in [
        format!("holds   positions count 1, 2, 3 without a gap: {events} events"),
        "holds   each stream counts".to_owned(),
        "holds   time never runs backwards".to_owned(),
        "holds   events and envelopes agree on the time".to_owned(),
    ] {
        assert!(verified.out.contains(&holds), "{}", verified.out);
    }
}

#[test]
fn an_adopted_log_is_served_and_gets_keys_unless_it_was_sealed_with_some() {
    let shared = Shared::with_demo();
    shared.sql(STOCK);
    // As postgres-es leaves a database: nobody has ever sealed anything in it.
    shared.sql("DROP SCHEMA clinic_keys CASCADE");
    shared.sql("DELETE FROM events WHERE aggregate_type <> 'Room'");
    std::fs::remove_file(shared.key()).expect("it was there");
    let adopted = shared.clinic(&["adopt", "--clinic", "Hill"]);
    assert_eq!((adopted.code, adopted.err.as_str()), (0, ""), "{}", adopted.out);
    let node = shared.node(&[]);
    assert_eq!(node.get("/readyz", "").status, 200);
    assert!(shared.key().exists() && !node.greeting.contains("sample"), "{}", node.greeting);
    assert_eq!(shared.sql("SELECT count(*) FROM clinic_keys.operator"), "1");
    drop(node);

    let sealed = Shared::with_demo();
    sealed.sql(STOCK);
    sealed.sql("DROP SCHEMA clinic_keys CASCADE");
    assert_eq!(sealed.clinic(&["adopt", "--clinic", "harbour clinic"]).code, 0);
    let refused = sealed.clinic(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, 3, "{}", refused.out);
    assert!(refused.err.contains("there are no keys, but names"), "{}", refused.err);
}

#[test]
fn a_table_that_is_no_log_is_refused_with_a_list_and_left_as_it_is() {
    let shared = Shared::with_demo();
    shared.sql(STOCK);
    shared.sql(
        "INSERT INTO events VALUES ('Account', 'a-1', 1, 'Opened', '1', '{}', '{}');
         DELETE FROM events WHERE aggregate_type = 'Room' AND sequence = 2",
    );
    let digest = "SELECT md5(string_agg(e::text, '|' ORDER BY ctid)) FROM events e";
    let before = shared.sql(digest);
    let refused = shared.clinic(&["adopt", "--clinic", "harbour clinic"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    for said in ["the aggregate type Account", "no UUID in lower case", "has a gap"] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    assert_eq!(shared.sql(digest), before);
    shared.sql("DELETE FROM events WHERE aggregate_type IN ('Account', 'Room')");
    shared.sql("UPDATE events SET payload = '{\"CheckedIn\":7}' WHERE event_type = 'CheckedIn'");
    let unread = shared.clinic(&["adopt", "--clinic", "harbour clinic"]);
    assert_eq!((unread.code, unread.out.as_str()), (2, ""));
    assert_eq!(unread.err.matches("the column payload is not what").count(), 2, "{}", unread.err);
    assert_eq!(shared.sql("SELECT to_regclass('clinic_heads') IS NULL"), "t");
    shared.sql("DROP TABLE events");
    let none = shared.clinic(&["adopt", "--clinic", "harbour clinic"]);
    assert!(none.code == 2 && none.err.contains("there is no table `events`"), "{}", none.err);
}

#[test]
fn an_instant_that_there_is_not_is_passed_over_and_no_stream_begins_at_zero() {
    let shared = Shared::with_demo();
    shared.sql(STOCK);
    shared.sql("DELETE FROM events WHERE aggregate_type <> 'Room'");
    shared.sql(
        r#"UPDATE events SET metadata = CASE sequence
            WHEN 1 THEN '{"at":"2024-13-45T00:00:00Z"}'
            WHEN 2 THEN '{"at":"2024-02-01T00:00:00+99:99"}'
            ELSE '{"at":"2024-03-01T00:00:00Z"}'
        END::json"#,
    );
    assert_ne!(shared.sql("SELECT count(*) FROM events WHERE sequence > 2"), "0");
    let adopted = shared.clinic(&["adopt", "--clinic", "Hill"]);
    assert_eq!((adopted.code, adopted.err.as_str()), (0, ""), "{}", adopted.out);
    let instants = shared.sql("SELECT DISTINCT occurred_at FROM events");
    assert_eq!(instants, "1709251200000", "that of the first of March");
    assert_eq!(shared.sql("SELECT to_regproc('clinic_said_instant') IS NULL"), "t");
    assert_eq!(shared.clinic(&["verify"]).code, 0);

    shared.sql(
        r#"DO $$ BEGIN
            INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
            SELECT aggregate_type, aggregate_id, 0, 'RoomRenamed', '1', '{"RoomRenamed":{"name":"Nowhere"}}', '{}'
            FROM events WHERE aggregate_type = 'Room' LIMIT 1;
        EXCEPTION WHEN check_violation THEN
            CREATE TABLE refused AS SELECT SQLERRM AS why;
        END $$"#,
    );
    assert!(shared.sql("SELECT why FROM refused").ends_with(" is 1, and not 0"));
}

#[test]
fn a_table_is_not_taken_over_where_its_writers_could_not_go_on() {
    let shared = Shared::with_demo();
    shared.sql(STOCK);
    // What tells of the extension.
    shared.sql("CREATE FUNCTION create_distributed_table() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    let refused = shared.clinic(&["adopt", "--clinic", "harbour clinic"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(refused.err.contains("a table is taken over in one Postgres"), "{}", refused.err);
    assert_eq!(shared.sql("SELECT to_regclass('clinic_heads') IS NULL"), "t");
    shared.sql("DROP FUNCTION create_distributed_table");
    assert_eq!(shared.clinic(&["adopt", "--clinic", "harbour clinic"]).code, 0);
}

#[test]
fn tables_are_made_ahead_and_nodes_are_told_by_their_level() {
    let shared = Shared::new();
    let made = shared.clinic(&["migrate"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    assert!(made.out.contains("are in form 1: made"), "{}", made.out);
    assert!(shared.clinic(&["migrate"]).out.contains("there already"));
    assert!(shared.clinic(&["upgrade"]).out.contains("No node is at work."));
    let node = shared.node(&[]);
    // Somebody asks it something, so that it has a clinic open.
    Day::of(&node);
    // A node tells of itself each second.
    let listed = (0..50).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let told = shared.clinic(&["upgrade"]).out;
        told.lines().find(|line| line.starts_with("node ")).map(str::to_owned)
    });
    let listed = listed.expect("the node is listed");
    assert!(listed.starts_with("node     level 1, version "), "{listed}");
    let nodes = shared.sql("SELECT string_agg(node::text, ' ') FROM clinic_nodes");
    assert!(listed.ends_with(&format!(" s ago: {nodes}")), "{listed} is {nodes}");
    // An older one, which does not answer for itself.
    shared.sql("UPDATE clinic_level SET level = 0");
    shared.sql(
        "INSERT INTO clinic_nodes (node, level, version, alive_at)
         VALUES ('00000000-0000-0000-0000-000000000001', 0, '0.0.0',
             (extract(epoch FROM clock_timestamp()) * 1000)::bigint)",
    );
    let refused = shared.clinic(&["upgrade", "--finalize"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("00000000-0000-0000-0000-000000000001"), "{}", refused.err);
    assert_eq!(shared.sql("SELECT level FROM clinic_level"), "0");
    shared.sql("DELETE FROM clinic_nodes WHERE level = 0");
    let agreed = shared.clinic(&["upgrade", "--finalize"]);
    assert_eq!((agreed.code, agreed.err.as_str()), (0, ""), "{}", agreed.out);
    assert_eq!(shared.sql("SELECT level FROM clinic_level"), "1");
    drop(node);
}
