//! What is damaged is refused with what was found, and never shown.

use std::fs;
use std::path::Path;

use clinic_domain::ids::Position;
use clinic_engine::ports::{Batch, EventLog};
use clinic_sqlite::{OpenError, SqliteLog};

use super::scratch::{append_all, closed, meddle, morning, new_path, open, read_all, refused};

/// The findings with which a log is refused.
#[track_caller]
fn findings(path: &Path) -> String {
    let error = refused(path);
    let OpenError::Damaged { findings, .. } = error else { panic!("{error}") };
    findings.join("\n")
}

/// Changes one byte of a file.
fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("it is read");
    bytes[at] ^= 0x40;
    fs::write(path, bytes).expect("it is written");
}

fn find(path: &Path, what: &[u8]) -> usize {
    let bytes = fs::read(path).expect("it is read");
    bytes.windows(what.len()).position(|window| window == what).expect("it is there")
}

#[tokio::test]
async fn a_changed_byte_of_an_event_is_found() {
    let path = closed(&morning(1, 20)).await;
    let name = find(&path, b"Patient 7");
    flip(&path, name + 3);
    let found = findings(&path);
    assert!(found.contains("its bytes do not match their checksum"), "{found}");
    assert!(refused(&path).to_string().ends_with("; restore a backup"));
}

/// Whatever byte is changed, the log is refused, or nothing of what it holds has changed.
#[tokio::test]
async fn no_changed_byte_shows_another_history() {
    let batches = morning(1, 60);
    let path = closed(&batches).await;
    let whole = fs::read(&path).expect("it is read");
    let expected = super::scratch::events(&batches);
    let (mut refusals, mut unharmed) = (0, 0);
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        fs::write(&path, &whole).expect("it is written");
        flip(&path, at);
        match SqliteLog::open(&path) {
            Err(_) => refusals += 1,
            Ok(log) => {
                assert_eq!(read_all(&log, expected[0].clinic).await, expected, "byte {at}");
                unharmed += 1;
            }
        }
    }
    // Free space in pages, and indexes that a full check reads, are most of the rest.
    assert!(refusals > unharmed, "{refusals} refused, {unharmed} unharmed");
}

#[tokio::test]
async fn damage_under_an_open_log_is_refused_where_it_is_read() {
    let batches = morning(1, 20);
    let log = open(&new_path());
    append_all(&log, &batches).await;
    let clinic = batches[0].clinic;
    meddle(log.path(), "UPDATE events SET payload = '{}' WHERE id & 0xff = 9");
    assert_eq!(log.read(clinic, Position::START, 8).await.expect("it is read").len(), 8);
    let error = log.read(clinic, Position::START, 9).await.expect_err("it is not shown");
    assert!(error.why().contains("position 9 of clinic"), "{error}");
    let checked = log.check(false).await.expect("it is checked");
    assert_eq!(checked.findings.len(), 1, "{checked:?}");
    assert!(checked.findings[0].contains("position 9 of clinic"), "{checked:?}");
    assert_eq!(checked.events, u64::try_from(super::scratch::events(&batches).len()).expect("few"));
}

#[tokio::test]
async fn a_missing_event_is_no_short_page() {
    let batches = morning(1, 20);
    for (sql, found) in [
        ("DELETE FROM events WHERE id & 0xff = 9", "position 9 of clinic"),
        ("DELETE FROM events WHERE id = (SELECT max(id) FROM events)", "is missing"),
    ] {
        let log = open(&new_path());
        append_all(&log, &batches).await;
        let clinic = batches[0].clinic;
        meddle(log.path(), sql);
        let error = log.read(clinic, Position::START, 1_000).await.expect_err("it is not short");
        assert!(error.why().contains(found) && error.why().contains("is missing"), "{error}");
        let full = log.check(true).await.expect("it is checked");
        assert!(!full.findings.is_empty(), "a full check finds what is missing");
    }
}

#[tokio::test]
async fn a_head_that_is_wrong_hides_nothing() {
    let batches = morning(1, 20);
    let clinic = batches[0].clinic;
    for (wrong, found) in [("position - 3", "behind its head"), ("position + 3", "is missing")] {
        let log = open(&new_path());
        append_all(&log, &batches).await;
        meddle(log.path(), &format!("UPDATE clinics SET position = {wrong}"));
        let error = log.read(clinic, Position::START, 1_000).await.expect_err("it is not shown");
        assert!(error.why().contains(found), "{error}");
        let path = log.path().to_owned();
        drop(log);
        assert!(findings(&path).contains("and its head says"));
    }
}

#[tokio::test]
async fn a_file_that_is_something_else_is_left_alone() {
    let path = new_path();
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("it is made");
    fs::write(&path, "patient,room,from,to\n".repeat(100)).expect("it is written");
    let text = refused(&path).to_string();
    assert!(text.contains("this is no log of a clinic: it is no SQLite database"), "{text}");
    fs::remove_file(&path).expect("it is deleted");
    meddle(&path, "CREATE TABLE films (title TEXT); PRAGMA user_version = 1");
    let before = fs::read(&path).expect("it is read");
    let text = refused(&path).to_string();
    assert!(text.contains("this is no log of a clinic: its application id is 0x0"), "{text}");
    assert_eq!(fs::read(&path).expect("it is read"), before);
}

#[tokio::test]
async fn a_log_whose_beginning_is_damaged_is_a_damaged_log_and_not_something_else() {
    let path = closed(&morning(1, 1)).await;
    flip(&path, 3);
    assert!(findings(&path).contains("it is no SQLite database"));
    assert!(matches!(SqliteLog::open_read_only(&path), Err(OpenError::Damaged { .. })));
}

#[tokio::test]
async fn a_log_of_a_newer_form_is_refused() {
    let path = closed(&morning(1, 1)).await;
    meddle(&path, "PRAGMA user_version = 12");
    let text = refused(&path).to_string();
    assert!(text.contains("a log in form 12, and this version of the software knows"), "{text}");
    assert!(text.contains("knows forms up to 1"), "{text}");
    let text = SqliteLog::open_read_only(&path).expect_err("not for reading either").to_string();
    assert!(text.contains("a log in form 12"), "{text}");
}

#[tokio::test]
async fn an_event_of_a_newer_form_is_refused_by_name() {
    let batches: Vec<Batch> = morning(1, 3);
    let log = open(&new_path());
    append_all(&log, &batches).await;
    let last = batches.last().expect("there are some").events.last().expect("it has one");
    let rows = clinic_engine::stored::encode(std::slice::from_ref(last)).expect("it is encoded");
    let newer = clinic_engine::stored::Row { event_version: "2", ..rows[0].row() };
    let mut bytes = vec![];
    clinic_engine::stored::canonical(&newer, &mut bytes);
    let (crc, position) = (crc32(&bytes), last.position.0);
    let sql = format!(
        "UPDATE events SET event_version = '2', crc = {crc} WHERE id & 0xffffffffff = {position}"
    );
    meddle(log.path(), &sql);
    let error = log.read(last.clinic, Position::START, 1_000).await.expect_err("it is refused");
    let expected = "the event CheckedIn in form 2 was written by a newer version of this software";
    assert!(error.why().contains(expected), "{error}");
    let stream = log.read_stream(last.clinic, last.event.stream()).await;
    assert!(stream.expect_err("nor in its stream").why().contains(expected));
}

/// CRC-32 as everybody knows it (reflected, polynomial 0xEDB88320), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
