//! Looks for damage: what SQLite finds, what checksums find, and what is not where it should be.

use std::collections::HashMap;

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{Head, LogError};
use clinic_engine::stored::Row;
use rusqlite::Connection;
use uuid::Uuid;

use crate::clinics::{self, ClinicRow};
use crate::error::Fault;
use crate::log::SqliteLog;
use crate::rows::{self, ClinicKey, columns};
use crate::{limits, reads};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Clinics that were looked at.
    pub clinics: u64,
    /// Events that were read.
    pub events: u64,
    /// What is wrong, in words; nothing else is. At most [`limits::FINDINGS`] are told.
    pub findings: Vec<String>,
    /// How many more there are.
    pub untold: u64,
}

/// How far a check goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The last event of each clinic.
    Ends,
    /// The structure of the file, and every event.
    Quick,
    /// That, every index, and every stream.
    Full,
}

impl SqliteLog {
    /// Reads the whole log and says what is wrong with it; `full`: with its indexes and streams, too.
    ///
    /// # Errors
    /// If the log is closed. What cannot be read is a finding.
    pub async fn check(&self, full: bool) -> Result<Checked, LogError> {
        let depth = if full { Depth::Full } else { Depth::Quick };
        self.inner.readers.read(move |db| Ok(content(db, depth))).await
    }
}

impl Checked {
    fn find(&mut self, finding: String) {
        if self.findings.len() < limits::FINDINGS {
            self.findings.push(finding);
        } else {
            self.untold += 1;
        }
    }

    /// What stopped a part of the check is a finding, too.
    fn note(&mut self, checked: Result<(), Fault>) {
        match checked {
            Ok(()) => {}
            Err(Fault::Sqlite(error)) => self.find(error.to_string()),
            Err(Fault::Damage(found)) => self.find(found),
            Err(Fault::Stored(error)) => self.find(error.to_string()),
        }
    }
}

/// Checks what `db` sees, in one snapshot.
pub(crate) fn content(db: &Connection, depth: Depth) -> Checked {
    let mut found = Checked::default();
    let looked = db.unchecked_transaction().map_err(Fault::from).and_then(|snapshot| {
        if depth != Depth::Ends {
            found.structure(&snapshot, depth)?;
        }
        let clinics = clinics::all(&snapshot)?;
        found.clinics = u64::try_from(clinics.len()).unwrap_or(u64::MAX);
        if depth == Depth::Ends {
            for (id, clinic) in clinics {
                let ends = found.end(&snapshot, id, &clinic);
                found.note(ends);
            }
        } else {
            let read = found.every_event(&snapshot, clinics);
            found.note(read);
        }
        if depth == Depth::Full {
            found.every_stream(&snapshot)?;
        }
        Ok(())
    });
    found.note(looked);
    found
}

impl Checked {
    /// What SQLite itself finds.
    fn structure(&mut self, db: &Connection, depth: Depth) -> Result<(), Fault> {
        let sql = match depth {
            Depth::Full => "PRAGMA integrity_check",
            Depth::Ends | Depth::Quick => "PRAGMA quick_check",
        };
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                self.find(line);
            }
        }
        Ok(())
    }

    /// The last event of a clinic is where its head says, and nothing is behind it.
    fn end(&mut self, db: &Connection, id: ClinicId, clinic: &ClinicRow) -> Result<(), Fault> {
        let ids = clinic.key.row_ids();
        let sql = "SELECT max(id) FROM events WHERE id BETWEEN ? AND ?";
        let last: Option<i64> =
            db.prepare_cached(sql)?.query_row([ids.start(), ids.end()], |row| row.get(0))?;
        let mut head = Head::default();
        if let Some((_, position)) = last.map(ClinicKey::of_row) {
            reads::each(db, id, clinic.key, position..=position, |row| {
                head = Head { position, occurred_at: row.occurred_at };
                Ok(())
            })?;
            self.events += 1;
        }
        self.head(id, clinic, head);
        Ok(())
    }

    fn head(&mut self, id: ClinicId, clinic: &ClinicRow, found: Head) {
        if clinic.head != found {
            let (head, last) = (clinic.head.position, found.position);
            self.find(format!("clinic {id}: its log ends at {last}, and its head says {head}"));
        }
    }

    /// Every event is as it was written, every position is there, and time never runs backwards.
    fn every_event(
        &mut self,
        db: &Connection,
        clinics: Vec<(ClinicId, ClinicRow)>,
    ) -> Result<(), Fault> {
        let sql = concat!("SELECT ", columns!(), " FROM events ORDER BY id");
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut scratch = vec![];
        let mut next = rows.next()?;
        for (id, clinic) in clinics {
            let mut head = Head::default();
            while let Some(columns) = next {
                let (key, position) = ClinicKey::of_row(columns.get(0)?);
                if key.0 < clinic.key.0 {
                    self.find(format!("an event of a clinic that is not there, at {position}"));
                } else if key == clinic.key {
                    self.event(&mut head, id, position, rows::read(id, columns, &mut scratch));
                } else {
                    break;
                }
                next = rows.next()?;
            }
            self.head(id, &clinic, head);
        }
        while let Some(columns) = next {
            let (_, position) = ClinicKey::of_row(columns.get(0)?);
            self.find(format!("an event of a clinic that is not there, at {position}"));
            next = rows.next()?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        head: &mut Head,
        id: ClinicId,
        position: Position,
        row: Result<Row<'_>, Fault>,
    ) {
        self.events += 1;
        if position != head.position.next() {
            let expected = head.position.next();
            self.find(format!("clinic {id}: position {position} where {expected} should be"));
        }
        head.position = position;
        match row {
            Ok(row) if row.occurred_at < head.occurred_at => {
                self.find(format!("clinic {id}: time runs backwards at position {position}"));
            }
            Ok(row) => head.occurred_at = row.occurred_at,
            Err(fault) => self.note(Err(fault)),
        }
    }

    /// The numbers of every stream are 1, 2, 3 ...
    fn every_stream(&mut self, db: &Connection) -> Result<(), Fault> {
        let sql = "SELECT aggregate_id, aggregate_type, sequence FROM events
                   ORDER BY aggregate_id, sequence, aggregate_type";
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut of = Uuid::nil();
        let mut numbers: HashMap<String, i64> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (id, kind, sequence): ([u8; 16], String, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let id = Uuid::from_bytes(id);
            if id != of {
                of = id;
                numbers.clear();
            }
            let expected = numbers.get(&kind).map_or(1, |last| last + 1);
            if sequence != expected {
                self.find(format!("{kind} {id}: number {sequence} where {expected} should be"));
            }
            numbers.insert(kind, sequence);
        }
        Ok(())
    }
}
