//! What the machine can do at best, for a benchmark to compare with: rows inserted and read with
//! nothing decided, checked or decoded, by the same statements and with the same syncs.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::ClinicId;
use clinic_engine::ports::{AppendError, Head, LogError};
use rusqlite::types::ValueRef;

use crate::clinics;
use crate::error::Fault;
use crate::log::SqliteLog;
use crate::rows::columns;
use crate::writer::WriterThread;
use crate::writer::batch::{ReadyRow, ready};

/// Events that are inserted in one transaction.
#[derive(Debug)]
pub struct RawBatch(BTreeMap<ClinicId, Vec<ReadyRow>>);

impl RawBatch {
    /// Makes events ready to be inserted. Positions and numbers are taken as they are, so they must
    /// be new to the log.
    ///
    /// # Errors
    /// If an event cannot be encoded.
    pub fn of(events: &[Arc<Recorded>]) -> Result<Self, LogError> {
        let mut clinics: BTreeMap<ClinicId, Vec<ReadyRow>> = BTreeMap::new();
        for (recorded, row) in events.iter().zip(ready(events)?) {
            clinics.entry(recorded.clinic).or_default().push(row);
        }
        Ok(Self(clinics))
    }
}

/// What a scan touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Rows.
    pub events: u64,
    /// Bytes of their columns.
    pub bytes: u64,
}

impl SqliteLog {
    /// Inserts each batch in a transaction of its own, one after another. Only for a log of its own:
    /// nothing is checked.
    ///
    /// # Errors
    /// If a batch cannot be stored; those before it are.
    pub async fn append_raw(&self, batches: Vec<RawBatch>) -> Result<(), AppendError> {
        let all = move |thread: &mut WriterThread<'_>| {
            batches.iter().try_for_each(|batch| thread.insert_raw(batch))
        };
        self.inner.writer()?.alone(all).await?
    }

    /// Reads every column of every event in order, of one clinic or of all, and does nothing with it.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn scan(&self, clinic: Option<ClinicId>) -> Result<Scanned, LogError> {
        let scan = move |db: &rusqlite::Connection| {
            let ids = match clinic {
                None => i64::MIN..=i64::MAX,
                Some(clinic) => match clinics::find(db, clinic)? {
                    Some(found) => found.key.row_ids(),
                    None => return Ok(Scanned::default()),
                },
            };
            let sql =
                concat!("SELECT ", columns!(), " FROM events WHERE id BETWEEN ? AND ? ORDER BY id");
            let mut statement = db.prepare_cached(sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query([ids.start(), ids.end()])?;
            let mut scanned = Scanned::default();
            while let Some(row) = rows.next()? {
                scanned.events += 1;
                for column in 0..columns {
                    let touched = match black_box(row.get_ref(column)?) {
                        ValueRef::Null => 0,
                        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
                        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
                    };
                    scanned.bytes += u64::try_from(touched).unwrap_or_default();
                }
            }
            Ok(scanned)
        };
        self.inner.readers.read(scan).await
    }
}

impl WriterThread<'_> {
    fn insert_raw(&mut self, RawBatch(clinics): &RawBatch) -> Result<(), AppendError> {
        self.begin()?;
        let mut events = 0;
        for (id, rows) in clinics {
            let inserted = self.store.clinic(*id).and_then(|mut clinic| {
                let inserted = self.store.insert_all(clinic.key, rows);
                inserted.map_err(|error| Fault::from(error).told(self.path))?;
                if let Some(last) = rows.last().map(|last| &last.recorded) {
                    clinic.head = Head { position: last.position, occurred_at: last.occurred_at };
                }
                self.store.touch(*id, clinic);
                Ok(())
            });
            if let Err(error) = inserted {
                self.store.roll_back();
                return Err(error.into());
            }
            events += rows.len();
        }
        self.commit_open(events).map_err(|error| self.failed(error))?;
        self.tend();
        Ok(())
    }
}
