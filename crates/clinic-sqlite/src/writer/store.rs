//! The tables as the writer sees them: one transaction at a time, and what it knows without asking.

use std::collections::HashMap;

use clinic_domain::event::StreamId;
use clinic_domain::ids::ClinicId;
use clinic_engine::ports::{AppendError, Head, LogError};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Statement, params};

use crate::clinics::{self, ClinicRow};
use crate::error::Fault;
use crate::limits;
use crate::rows::{self, ClinicKey};

/// Why a piece of work was not taken into the transaction.
pub(crate) enum Refused {
    /// It does not follow the log. The transaction is as it was.
    Untouched(AppendError),
    /// It failed half-way: the transaction has to be rolled back.
    Halfway(Fault),
}

impl From<LogError> for Refused {
    fn from(error: LogError) -> Self {
        Self::Untouched(error.into())
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Halfway(error.into())
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Halfway(fault)
    }
}

/// Why a commit did not succeed.
pub(crate) enum CommitError {
    /// Nothing of it is stored.
    RolledBack(Fault),
    /// It may be on the disk or not; only who reads the file anew can tell.
    InDoubt(Fault),
}

const LAST_OF_STREAM: &str = "
    SELECT sequence FROM events
    WHERE aggregate_id = ? AND aggregate_type = ? ORDER BY sequence DESC LIMIT 1";

/// The writing connection with its statements.
pub(crate) struct Store<'db> {
    pub(super) db: &'db Connection,
    begin: Statement<'db>,
    commit: Statement<'db>,
    pub(super) insert: Statement<'db>,
    update_clinic: Statement<'db>,
    insert_clinic: Statement<'db>,
    last_of_stream: Statement<'db>,
    /// The clinics as they are committed.
    clinics: HashMap<ClinicId, ClinicRow>,
    /// Those that the open transaction has changed.
    touched: HashMap<ClinicId, ClinicRow>,
    next_key: i64,
    /// Last numbers of streams as the open transaction has them. A cache.
    sequences: HashMap<StreamId, u64>,
}

impl<'db> Store<'db> {
    pub(crate) fn new(db: &'db Connection) -> Result<Self, Fault> {
        let clinics: HashMap<_, _> = clinics::all(db)?.into_iter().collect();
        let last_key = clinics.values().map(|clinic| clinic.key.0).max();
        Ok(Self {
            db,
            begin: db.prepare("BEGIN IMMEDIATE")?,
            commit: db.prepare("COMMIT")?,
            insert: db.prepare(rows::INSERT)?,
            update_clinic: db.prepare(clinics::UPDATE)?,
            insert_clinic: db.prepare(clinics::INSERT)?,
            last_of_stream: db.prepare(LAST_OF_STREAM)?,
            next_key: last_key.unwrap_or(0) + 1,
            clinics,
            touched: HashMap::new(),
            sequences: HashMap::new(),
        })
    }

    /// The number that a pragma answers first.
    pub(crate) fn pragma(&self, pragma: &str) -> rusqlite::Result<i64> {
        self.db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    }

    pub(crate) fn begin(&mut self) -> Result<(), Fault> {
        self.begin.execute([])?;
        Ok(())
    }

    /// A clinic as the open transaction has it; one that is new gets its key.
    pub(crate) fn clinic(&mut self, id: ClinicId) -> Result<ClinicRow, LogError> {
        if let Some(known) = self.touched.get(&id).or_else(|| self.clinics.get(&id)) {
            return Ok(*known);
        }
        if self.next_key > limits::CLINICS {
            return Err(LogError::Failed(format!(
                "one log holds at most {} clinics",
                limits::CLINICS
            )));
        }
        let key = ClinicKey(self.next_key);
        Ok(ClinicRow { key, head: Head::default(), next_due: None })
    }

    /// Notes what the open transaction has made of a clinic.
    pub(crate) fn touch(&mut self, id: ClinicId, clinic: ClinicRow) {
        self.next_key = self.next_key.max(clinic.key.0 + 1);
        self.touched.insert(id, clinic);
    }

    /// The last number of a stream in the open transaction; 0 if it has not begun.
    pub(super) fn sequence(&mut self, stream: StreamId) -> Result<u64, Fault> {
        if let Some(known) = self.sequences.get(&stream) {
            return Ok(*known);
        }
        let (id, kind) = (stream.id(), stream.aggregate_type());
        let last: Option<i64> =
            self.last_of_stream.query_row((id.as_bytes(), kind), |row| row.get(0)).optional()?;
        let last = last.unwrap_or(0).cast_unsigned();
        self.follow(stream, last);
        Ok(last)
    }

    /// Lets go of what was noted of streams: what is asked next is read in the open transaction.
    pub(super) fn forget(&mut self) {
        self.sequences.clear();
    }

    /// Notes the last number of a stream.
    pub(super) fn follow(&mut self, stream: StreamId, last: u64) {
        if self.sequences.len() >= limits::STREAMS {
            self.forget();
        }
        self.sequences.insert(stream, last);
    }

    /// Commits the open transaction. Whatever happens, none is open afterwards.
    pub(crate) fn commit(&mut self) -> Result<(), CommitError> {
        if let Err(error) = self.put_touched() {
            self.roll_back();
            return Err(CommitError::RolledBack(error.into()));
        }
        match self.commit.execute([]) {
            Ok(_) => {
                self.clinics.extend(self.touched.drain());
                Ok(())
            }
            Err(error) => {
                // A full disk leaves the commit's last frame unwritten, and a busy file its first.
                // After anything else - a sync that failed - the disk may hold the commit or not.
                let certain = matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy)
                );
                let undone = self.roll_back();
                let fault = error.into();
                Err(if certain && undone {
                    CommitError::RolledBack(fault)
                } else {
                    CommitError::InDoubt(fault)
                })
            }
        }
    }

    /// Writes the rows of the clinics that have changed, once for all that came to each.
    fn put_touched(&mut self) -> rusqlite::Result<()> {
        for (id, ClinicRow { key, head, next_due }) in &self.touched {
            let position = head.position.0.cast_signed();
            let due = next_due.map(|due| due.0);
            let row = params![key.0, position, head.occurred_at.0, due];
            if self.update_clinic.execute(row)? == 0 {
                let row = params![key.0, position, head.occurred_at.0, due, id.0.as_bytes()];
                self.insert_clinic.execute(row)?;
            }
        }
        Ok(())
    }

    /// Undoes the open transaction; whether that is certain.
    pub(crate) fn roll_back(&mut self) -> bool {
        self.touched.clear();
        self.forget();
        // Some errors roll back by themselves, and a second time would be one.
        self.db.is_autocommit() || self.db.execute_batch("ROLLBACK").is_ok()
    }
}
