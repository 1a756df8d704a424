//! The head file: how many events were acknowledged, and which was the last. It stands beside the log
//! and is synced by itself, so a log that lost its end - a write-ahead log deleted or cut, an older
//! copy put in place - is noticed when it is opened.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{Clock as _, SystemClock};
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::FileError;
use crate::beside::{self, with_suffix};
use crate::error::{Fault, OpenError};
use crate::rows::{self, columns};
use crate::{clinics, limits};

/// How far a log reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// The events of all clinics together.
    events: u64,
    /// The latest of them.
    last: Option<Last>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    clinic: Uuid,
    position: u64,
    /// Of its canonical bytes, in hex.
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Written {
    /// When: UTC.
    at: String,
    #[serde(flatten)]
    reach: Reach,
}

/// Where the head file of a log is.
pub(crate) fn path(log: &Path) -> PathBuf {
    with_suffix(log, ".head")
}

impl Reach {
    /// How far the log reaches in the snapshot that `db` sees.
    pub(crate) fn of(db: &Connection) -> Result<Self, Fault> {
        let events: i64 =
            db.query_row("SELECT coalesce(sum(position), 0) FROM clinics", [], |row| row.get(0))?;
        let latest = "SELECT id, position FROM clinics ORDER BY occurred_at DESC, key LIMIT 1";
        let latest: Option<([u8; 16], i64)> =
            db.query_row(latest, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let last = match latest {
            None => None,
            Some((clinic, position)) => {
                let (clinic, position) = (Uuid::from_bytes(clinic), position.cast_unsigned());
                let sha256 = digest(db, ClinicId(clinic), Position(position))?;
                let missing = || Fault::Damage(format!("clinic {clinic} lacks its last event"));
                Some(Last { clinic, position, sha256: sha256.ok_or_else(missing)? })
            }
        };
        Ok(Self { events: events.cast_unsigned(), last })
    }

    /// Writes this down, on the disk when it returns.
    pub(crate) fn write(&self, log: &Path) -> Result<(), FileError> {
        let path = path(log);
        let at = SystemClock::new().now().to_string();
        let written = Written { at, reach: self.clone() };
        let text = serde_json::to_string_pretty(&written)
            .map_err(|error| FileError::failed(&path, &error))?;
        beside::write_private(&path, &(text + "\n"))
    }
}

/// The digest of an event, if the log has it.
fn digest(db: &Connection, clinic: ClinicId, position: Position) -> Result<Option<String>, Fault> {
    let Some(found) = clinics::find(db, clinic)? else { return Ok(None) };
    let sql = concat!("SELECT ", columns!(), " FROM events WHERE id = ?");
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([found.key.row_id(position)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut bytes = vec![];
    rows::read(clinic, row, &mut bytes)?;
    Ok(Some(format!("{:x}", Sha256::digest(&bytes))))
}

/// What the head file of a log says, if there is one.
pub(crate) struct Acknowledged {
    head: PathBuf,
    written: Written,
}

impl Acknowledged {
    /// Reads the head file of a log.
    pub(crate) fn read(log: &Path) -> Result<Option<Self>, FileError> {
        let head = path(log);
        let mut text = String::new();
        let read = File::open(&head)
            .and_then(|file| file.take(limits::HEAD_FILE).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() != ErrorKind::InvalidData => {
                return Err(FileError::failed(&head, &error));
            }
            Ok(_) | Err(_) => {}
        }
        let what = "head file of a log";
        match serde_json::from_str(&text) {
            Ok(written) => Ok(Some(Self { head, written })),
            Err(error) => Err(FileError::Damaged { path: head, what, why: error.to_string() }),
        }
    }

    /// Whether it promises any event.
    pub(crate) fn is_empty(&self) -> bool {
        self.written.reach.events == 0
    }

    /// Refuses a log that does not hold what was acknowledged.
    pub(crate) fn check(&self, log: &Path, db: &Connection) -> Result<(), OpenError> {
        let promised = &self.written.reach;
        let reach = Reach::of(db).map_err(|fault| fault.told(log))?;
        if reach.events < promised.events {
            return Err(self.shortened(log, format!("the log ends at {} events", reach.events)));
        }
        let Some(last) = &promised.last else { return Ok(()) };
        let (clinic, position) = (ClinicId(last.clinic), Position(last.position));
        let found = digest(db, clinic, position).map_err(|fault| fault.told(log))?;
        if found.as_ref() == Some(&last.sha256) {
            return Ok(());
        }
        let what = if found.is_some() { "another event" } else { "no event" };
        let found = format!("the log holds {what} at position {position} of clinic {clinic}");
        Err(self.shortened(log, found))
    }

    /// The refusal of a log that does not hold what was acknowledged.
    pub(crate) fn shortened(&self, log: &Path, found: String) -> OpenError {
        OpenError::Shortened {
            path: log.to_owned(),
            found,
            acknowledged: self.written.reach.events,
            at: self.written.at.clone(),
            head: self.head.clone(),
        }
    }
}
