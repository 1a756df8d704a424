//! Takes work into the open transaction. It is checked first, so that what is refused leaves nothing.

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Head, LogError};
use clinic_engine::stored::{self, RawRow, Row};

use super::Work;
use super::batch::{Append, Moved, Persist, ReadyRow, StockEvent};
use super::store::{Refused, Store};
use crate::clinics::ClinicRow;
use crate::error::Fault;
use crate::rows::{self, ClinicKey};
use crate::{limits, reads};

impl Store<'_> {
    /// Takes a piece of work into the open transaction, and says how many events it brought.
    pub(crate) fn take(&mut self, work: &Work) -> Result<usize, Refused> {
        match work {
            Work::Append(append) => self.append(append),
            Work::Persist(persist) => self.persist(persist),
            Work::Moved(moved) => self.moved(moved),
        }
    }

    fn append(&mut self, append: &Append) -> Result<usize, Refused> {
        let mut clinic = self.clinic(append.clinic)?;
        if clinic.head.position != append.expected {
            return Err(Refused::Untouched(AppendError::Conflict));
        }
        clinic.head = self.check(append, clinic.head)?;
        clinic.next_due = append.next_due;
        self.insert_all(clinic.key, &append.rows)?;
        self.touch(append.clinic, clinic);
        Ok(append.rows.len())
    }

    /// A batch that breaks the order is a bug of its writer; keeping it would spread it. Gives the
    /// head after the batch.
    fn check(&mut self, append: &Append, mut head: Head) -> Result<Head, Refused> {
        for ReadyRow { recorded, .. } in &append.rows {
            let Recorded { clinic, position, sequence, occurred_at, .. } = **recorded;
            let stream = recorded.event.stream();
            let in_order = clinic == append.clinic
                && position == head.position.next()
                && position.0 <= limits::POSITIONS
                && occurred_at >= head.occurred_at
                // A stream that begins must not have begun before: the index on its numbers knows.
                && (sequence == 1 || sequence == self.sequence(stream)? + 1);
            if !in_order {
                self.forget();
                return Err(LogError::Failed(format!(
                    "position {position}, sequence {sequence} of {stream} at {occurred_at} does not \
                     follow the log"
                ))
                .into());
            }
            self.follow(stream, sequence);
            head = Head { position, occurred_at };
        }
        Ok(head)
    }

    /// Keeps rows as they are: what they say is not this store's to judge, but their order is.
    fn moved(&mut self, Moved { clinic: id, rows, next_due }: &Moved) -> Result<usize, Refused> {
        let mut clinic = self.clinic(*id)?;
        let mut scratch = vec![];
        for row in rows.iter().map(RawRow::row) {
            let follows = row.clinic == *id
                && row.position == clinic.head.position.next()
                && row.position.0 <= limits::POSITIONS
                && (clinic.head.position == Position::START
                    || row.occurred_at >= clinic.head.occurred_at);
            if !follows {
                let why =
                    format!("position {} does not follow the log of clinic {id}", row.position);
                return Err(Refused::Halfway(Fault::Damage(why)));
            }
            let crc = rows::checksum(&row, &mut scratch);
            rows::insert(&mut self.insert, clinic.key, &row, crc)?;
            clinic.head = Head { position: row.position, occurred_at: row.occurred_at };
        }
        clinic.next_due = *next_due;
        self.touch(*id, clinic);
        Ok(rows.len())
    }

    /// Inserts rows as they are.
    pub(crate) fn insert_all(&mut self, key: ClinicKey, rows: &[ReadyRow]) -> rusqlite::Result<()> {
        for ReadyRow { row, crc, .. } in rows {
            rows::insert(&mut self.insert, key, &row.row(), *crc)?;
        }
        Ok(())
    }

    fn persist(&mut self, persist: &Persist) -> Result<usize, Refused> {
        let mut clinic = self.clinic(persist.clinic)?;
        if let Some(evidence) = persist.at_position {
            self.still_true(persist.clinic, &clinic, evidence, persist.command)?;
        }
        for StockEvent { stream, sequence, .. } in &persist.events {
            let next = self.sequence(*stream)? + 1;
            if *sequence == next {
                self.follow(*stream, next);
                continue;
            }
            self.forget();
            if *sequence < next {
                return Err(Refused::Untouched(AppendError::Conflict));
            }
            let why = format!("sequence {sequence} of {stream} does not follow the log");
            return Err(LogError::Failed(why).into());
        }
        let mut scratch = vec![];
        for event in &persist.events {
            clinic.head = following(clinic.head, event, persist.now);
            let row = event.row(persist.clinic, clinic.head, persist.now);
            let crc = rows::checksum(&row, &mut scratch);
            rows::insert(&mut self.insert, clinic.key, &row, crc)?;
        }
        // What this makes due is for the clinic's decider to find: it is to look at once.
        clinic.next_due = Some(clinic.head.occurred_at);
        self.touch(persist.clinic, clinic);
        Ok(persist.events.len())
    }

    /// Evidence is true as long as nobody else's event stands behind it. One command of a stock
    /// writer may write to several streams, one after another.
    fn still_true(
        &self,
        id: ClinicId,
        clinic: &ClinicRow,
        evidence: Position,
        command: Option<CommandId>,
    ) -> Result<(), Refused> {
        let head = clinic.head.position;
        let conflict = || Err(Refused::Untouched(AppendError::Conflict));
        if evidence > head || head.0 - evidence.0 > limits::COMMAND_EVENTS {
            return conflict();
        }
        let mut own = true;
        reads::each(self.db, id, clinic.key, evidence.next()..=head, |row| {
            own &= Some(stored::decode(row)?.cause.command_id) == command;
            Ok(())
        })?;
        if own { Ok(()) } else { conflict() }
    }
}

/// The head after an event of a stock writer. It happened when it says so, unless that is before the
/// log's time or has not come yet; time never runs backwards in a log.
fn following(head: Head, event: &StockEvent, now: Timestamp) -> Head {
    let own = event.at.filter(|at| *at >= head.occurred_at && *at <= now);
    let occurred_at = own.unwrap_or(now).max(head.occurred_at);
    Head { position: head.position.next(), occurred_at }
}

impl StockEvent {
    fn row(&self, clinic: ClinicId, head: Head, now: Timestamp) -> Row<'_> {
        Row {
            clinic,
            position: head.position,
            aggregate_type: self.stream.aggregate_type(),
            aggregate_id: self.stream.id(),
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
            metadata: &self.metadata,
            occurred_at: head.occurred_at,
            recorded_at: now,
        }
    }
}
