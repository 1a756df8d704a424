//! The stored form, held to the byte: a golden file for each version of each event, and one for the
//! canonical bytes of a row. Golden files are added to and never edited: `CLINIC_BLESS=1` writes
//! those that are missing and touches no other.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::event::{Cause, Event, Recorded};
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::stored::{self, Row, StoredError, Unreadable};
use clinic_testkit::spec::id;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::cqrs::stored::{clinic_events, room_events, transfer_events, visit_events};

fn recorded(event: Event) -> Recorded {
    Recorded {
        clinic: ClinicId(id(1)),
        position: Position(7),
        sequence: 3,
        event,
        occurred_at: Timestamp(1_772_438_400_000),
        recorded_at: Timestamp(1_772_438_400_001),
        cause: Cause {
            actor: Actor::Host,
            command_id: CommandId(id(70)),
            digest: 0x0123_4567_89ab_cdef,
            correlation_id: id(70),
            causation_id: None,
            clamped: None,
        },
    }
}

/// At least one of each event, as `tests/it/cqrs/stored.rs` has them.
fn samples() -> Vec<Event> {
    use clinic_domain::ids::{RoomId, TransferId, VisitId};
    let clinic = clinic_events().into_iter().map(|event| Event::Clinic(ClinicId(id(1)), event));
    let room = room_events().into_iter().map(|event| Event::Room(RoomId(id(11)), event));
    let visit = visit_events().into_iter().map(|event| Event::Visit(VisitId(id(21)), event));
    let leg = transfer_events().into_iter().map(|event| Event::Transfer(TransferId(id(31)), event));
    clinic.chain(room).chain(visit).chain(leg).collect()
}

fn rows<R>(recorded: Recorded, look: impl FnOnce(&Row<'_>) -> R) -> R {
    let rows = stored::encode(&[Arc::new(recorded)]).expect("it is written");
    look(&rows.first().expect("one event is one row").row())
}

fn golden(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(file)
}

/// What the golden file holds; a missing one is written if that is asked for.
fn held(file: &str, now: &str) -> String {
    let path = golden(file);
    if !path.exists() && std::env::var_os("CLINIC_BLESS").is_some_and(|set| !set.is_empty()) {
        std::fs::write(&path, now).expect("the golden file is written");
    }
    std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{} is missing: a new form needs one", path.display()))
}

#[test]
fn every_version_of_every_event_is_held_by_a_golden_file() {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for event in samples() {
        let name = format!("events/{}.{}.jsonl", event.name(), event.version());
        let line = rows(recorded(event), |row| row.payload.to_owned());
        writeln!(files.entry(name).or_default(), "{line}").expect("a string takes it");
    }
    for (file, now) in files {
        assert_eq!(held(&file, &now), now, "{file}: what is stored has changed its form");
    }
}

#[test]
fn what_any_version_stored_is_read() {
    let mut read = 0;
    for file in std::fs::read_dir(golden("events")).expect("there are golden files") {
        let path = file.expect("it is listed").path();
        let stem = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let (name, version) = stem.rsplit_once('.').expect("named after event and version");
        let kind = samples().into_iter().find(|event| event.name() == name);
        let kind = kind.unwrap_or_else(|| panic!("{name} was stored once and is known no more"));
        for payload in std::fs::read_to_string(&path).expect("it is read").lines() {
            let read_back = rows(recorded(kind.clone()), |row| {
                stored::decode(&Row { payload, event_version: version, ..*row })
            });
            assert_eq!(read_back.expect("it is read").event.name(), name, "{payload}");
            read += 1;
        }
    }
    assert!(read >= samples().len(), "only {read} stored forms were read");
}

#[test]
fn the_canonical_bytes_of_a_row_are_pinned() {
    let mut bytes = vec![];
    let event = samples().into_iter().find(|event| event.name() == "CallStarted");
    rows(recorded(event.expect("a call starts")), |row| stored::canonical(row, &mut bytes));
    let mut hex = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(hex, "{byte:02x}").expect("a string takes it");
        }
        hex.push('\n');
    }
    writeln!(hex, "sha256 {:x}", Sha256::digest(&bytes)).expect("a string takes it");
    assert_eq!(held("canonical.txt", &hex), hex);
}

#[test]
fn canonical_bytes_tell_any_two_rows_apart() {
    let bytes = |row: &Row<'_>| {
        let mut bytes = vec![];
        stored::canonical(row, &mut bytes);
        bytes
    };
    rows(recorded(samples().remove(0)), |row| {
        let others = [
            Row { clinic: ClinicId(id(2)), ..*row },
            Row { position: Position(8), ..*row },
            Row { aggregate_type: "Room", ..*row },
            Row { aggregate_id: id(2), ..*row },
            Row { sequence: 4, ..*row },
            Row { event_type: "", ..*row },
            Row { event_version: "2", ..*row },
            Row { payload: "{}", ..*row },
            Row { metadata: "{}", ..*row },
            Row { occurred_at: Timestamp(0), ..*row },
            Row { recorded_at: Timestamp(0), ..*row },
            // What ends one column never begins the next.
            Row { event_type: "ClinicFounded1", event_version: "", ..*row },
        ];
        let mut all: Vec<Vec<u8>> = others.iter().map(bytes).collect();
        all.push(bytes(row));
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    });
}

#[track_caller]
fn refused(change: impl for<'r> FnOnce(Row<'r>) -> Row<'r>, expected: &str) {
    let error: StoredError = rows(recorded(samples().remove(0)), |row| {
        stored::decode(&change(*row)).expect_err("it cannot be read")
    });
    assert_eq!(error.to_string(), format!("position 7 of clinic {}: {expected}", id(1)));
}

#[test]
fn what_a_newer_version_wrote_is_refused_by_name() {
    let newer = |event, version| {
        format!(
            "the event {event} in form {version} was written by a newer version of this \
             software; upgrade it to read this log"
        )
    };
    refused(|row| Row { event_version: "2", ..row }, &newer("ClinicFounded", "2"));
    refused(|row| Row { event_type: "ClinicCloned", ..row }, &newer("ClinicCloned", "1"));
    refused(|row| Row { aggregate_type: "Robot", ..row }, &newer("ClinicFounded", "1"));
}

#[test]
fn a_damaged_column_is_refused_without_repeating_it() {
    refused(
        |row| Row { payload: "{\"ClinicFounded\"", ..row },
        "the column payload is no JSON (at character 16)",
    );
    refused(
        |row| Row { payload: "{\"ClinicFounded\":{\"name\":4}}", ..row },
        "the column payload is not what is stored under this name (at character 26)",
    );
    refused(
        |row| Row { event_type: "ZoneChanged", ..row },
        "the column payload holds a ClinicFounded and not a ZoneChanged",
    );
    refused(|row| Row { event_version: "x", ..row }, "the column event_version is no whole number");
    refused(
        |row| Row { metadata: "{\"actor\":\"nobody:7\"}", ..row },
        "the column metadata has an unreadable \"actor\"",
    );
    refused(
        |row| Row { metadata: "{\"digest\":\"xyz\"}", ..row },
        "the column metadata has an unreadable \"digest\"",
    );
}

#[test]
fn what_a_stock_writer_leaves_out_reads_as_the_hosts_doing() {
    let read = |sequence| {
        rows(recorded(samples().remove(0)), |row| {
            stored::decode(&Row { metadata: r#"{"of":"another"}"#, sequence, ..*row })
        })
    };
    let (one, again, other) = (read(1), read(1), read(2));
    let cause = one.expect("it is read").cause;
    assert_eq!((&cause.actor, cause.digest, cause.clamped), (&Actor::Host, 0, None));
    assert_eq!(again.expect("it is read").cause, cause, "the same event has the same id");
    assert_ne!(other.expect("it is read").cause.command_id, cause.command_id);
}

proptest! {
    #[test]
    fn any_cause_reads_back_as_it_was(
        digest: u64,
        own: bool,
        causation in proptest::option::of(any::<u128>()),
        clamped in proptest::option::of(any::<u64>()),
        member: u128,
    ) {
        let actor = Actor::Member(clinic_domain::ids::MemberId(uuid::Uuid::from_u128(member)));
        let mut event = recorded(samples().remove(0));
        let correlation_id = if own { event.cause.command_id.0 } else { id(99) };
        event.cause = Cause {
            actor,
            digest,
            correlation_id,
            causation_id: causation.map(uuid::Uuid::from_u128),
            clamped: clamped.map(Millis),
            ..event.cause
        };
        let read = rows(event.clone(), stored::decode);
        prop_assert_eq!(read, Ok(event));
    }
}

#[test]
fn an_unreadable_event_is_told_from_a_newer_one() {
    let error = rows(recorded(samples().remove(0)), |row| {
        stored::decode(&Row { payload: "7", ..*row }).expect_err("it cannot be read")
    });
    assert!(matches!(error.why, Unreadable::Column { column: "payload", .. }));
}
