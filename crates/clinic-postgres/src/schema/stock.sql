-- Why an event of a stock writer is none that anybody could read, or nothing: one that is stored all the same would keep
-- every node from serving its clinic.
CREATE FUNCTION clinic_stock_unfit(
    aggregate_type text, sequence bigint, event_type text, payload json, metadata json
) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    payload_bytes constant bigint := 1048576;
    metadata_bytes constant bigint := 16384;
    wrong text;
BEGIN
    IF octet_length(payload::text) > payload_bytes THEN
        RETURN format('the payload of an event has %s bytes, and at most %s are allowed',
            octet_length(payload::text), payload_bytes);
    END IF;
    IF octet_length(metadata::text) > metadata_bytes THEN
        RETURN format('the metadata of an event have %s bytes, and at most %s are allowed',
            octet_length(metadata::text), metadata_bytes);
    END IF;
    -- An event under its name, and nothing beside it.
    IF json_typeof(payload) IS DISTINCT FROM 'object'
        OR json_typeof(payload -> event_type) IS DISTINCT FROM 'object'
        OR (SELECT count(*) FROM json_object_keys(payload)) <> 1
    THEN
        RETURN format('the payload of a %s has to be an object with that name as its only key', event_type);
    END IF;
    IF json_typeof(metadata) IS DISTINCT FROM 'object' THEN
        RETURN 'the metadata have to be a map of strings';
    END IF;
    SELECT key INTO wrong FROM json_each(metadata) WHERE json_typeof(value) <> 'string' LIMIT 1;
    IF wrong IS NOT NULL THEN
        RETURN format('the metadata have to be a map of strings, and "%s" is none', wrong);
    END IF;
    -- A second founding of the same stream is a race that was lost; the key of the table says so.
    IF event_type = 'ClinicFounded' AND (aggregate_type <> 'Clinic' OR sequence <> 1) THEN
        RETURN 'a clinic is founded once, by the first event of its own stream';
    END IF;
    RETURN NULL;
END
$$;

-- What a stock postgres-es writer inserts gets its clinic, its position and its time here. Its clinic is that of
-- its stream, which the first event of a stream names in its metadata. The metadata may name the position that
-- the evidence was true at (at_position): if somebody else's event stands behind that, the insert is a
-- conflict, as postgres-es knows it (23505). One command of a stock writer may write to several streams,
-- one after another: events of the same command, or transaction, are its own. Which are the transaction's own is told by
-- where the head stood when the transaction first locked it: nobody else has moved it since. The setting that keeps this
-- ends with the transaction, and goes back with a savepoint as the lock does; the rows' own xmin would be that of the
-- savepoint.
CREATE FUNCTION clinic_stock_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named text := NEW.metadata ->> 'clinic';
    asked text := NEW.metadata ->> 'at_position';
    command text := NEW.metadata ->> 'command_id';
    own text := NEW.payload -> NEW.event_type ->> 'at';
    unfit text := clinic_stock_unfit(
        NEW.aggregate_type, NEW.sequence, NEW.event_type, NEW.payload, NEW.metadata
    );
    bases jsonb := coalesce(nullif(current_setting('clinic.stock_bases', true), ''), '{}');
    base bigint;
    now_ms bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    whose uuid;
    head clinic_heads;
    since bigint;
BEGIN
    IF NEW.aggregate_type NOT IN ('Clinic', 'Room', 'PatientVisit', 'Transfer') THEN
        RAISE EXCEPTION 'this log holds no %', NEW.aggregate_type USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.aggregate_id IS DISTINCT FROM NEW.aggregate_id::uuid::text THEN
        RAISE EXCEPTION 'the id of a % has to be a UUID in lower case', NEW.aggregate_type
            USING ERRCODE = 'check_violation';
    END IF;
    IF unfit IS NOT NULL THEN
        RAISE EXCEPTION '%', unfit USING ERRCODE = 'check_violation';
    END IF;

    SELECT clinic INTO whose FROM events
    WHERE aggregate_type = NEW.aggregate_type AND aggregate_id = NEW.aggregate_id
    ORDER BY sequence LIMIT 1;
    IF whose IS NULL AND NEW.aggregate_type = 'Clinic' THEN
        whose := NEW.aggregate_id::uuid;
    END IF;
    IF whose IS NOT NULL AND named IS NOT NULL AND whose <> named::uuid THEN
        RAISE EXCEPTION '% % is of clinic %, not of %', NEW.aggregate_type, NEW.aggregate_id, whose, named
            USING ERRCODE = 'check_violation';
    END IF;
    whose := coalesce(whose, named::uuid);
    IF whose IS NULL THEN
        RAISE EXCEPTION '% % is new: its first event has to name its clinic in the metadata, as "clinic"',
            NEW.aggregate_type, NEW.aggregate_id USING ERRCODE = 'check_violation';
    END IF;

    SELECT * INTO head FROM clinic_heads WHERE clinic = whose FOR NO KEY UPDATE;
    IF head.clinic IS NULL THEN
        INSERT INTO clinic_heads (clinic, position, occurred_at) VALUES (whose, 0, 0) ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM clinic_heads WHERE clinic = whose FOR NO KEY UPDATE;
    END IF;
    IF head.position = 0 AND NEW.event_type <> 'ClinicFounded' THEN
        RAISE EXCEPTION 'there is no clinic %', whose USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.sequence < 1 THEN
        RAISE EXCEPTION 'the first sequence of % % is 1, and not %',
            NEW.aggregate_type, NEW.aggregate_id, NEW.sequence USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.sequence > 1 AND NOT EXISTS (
        SELECT FROM events
        WHERE aggregate_type = NEW.aggregate_type AND aggregate_id = NEW.aggregate_id
            AND sequence = NEW.sequence - 1
    ) THEN
        RAISE EXCEPTION 'sequence % of % % does not follow the log',
            NEW.sequence, NEW.aggregate_type, NEW.aggregate_id USING ERRCODE = 'check_violation';
    END IF;
    base := bases ->> whose::text;
    IF base IS NULL THEN
        base := head.position;
        PERFORM set_config('clinic.stock_bases', (bases || jsonb_build_object(whose, base))::text, true);
    END IF;
    IF asked IS NOT NULL AND (asked::bigint > head.position OR EXISTS (
        SELECT FROM events
        WHERE clinic = whose AND position > asked::bigint AND position <= base
            AND (command IS NULL OR command IS DISTINCT FROM metadata ->> 'command_id')
    )) THEN
        RAISE EXCEPTION 'the head of clinic % has moved from % to %', whose, asked, head.position
            USING ERRCODE = 'unique_violation';
    END IF;

    -- It happened when it says so, unless that is before the log's time or has not come yet.
    IF own IS NOT NULL THEN
        since := own::bigint;
    END IF;
    IF since IS NULL OR since < head.occurred_at OR since > now_ms THEN
        since := greatest(now_ms, head.occurred_at);
    END IF;
    NEW.clinic := whose;
    NEW.position := head.position + 1;
    NEW.occurred_at := since;
    NEW.recorded_at := now_ms;
    -- What this makes due is for the clinic's decider to find: it is to look at once.
    UPDATE clinic_heads SET position = NEW.position, occurred_at = since, next_due = since WHERE clinic = whose;
    RETURN NEW;
END
$$;

CREATE TRIGGER clinic_stock_event BEFORE INSERT ON events
    FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION clinic_stock_event();
