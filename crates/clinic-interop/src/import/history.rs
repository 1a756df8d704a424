//! The history that a file tells: its rows, read once, checked, and put into the order of time.

use std::collections::BTreeSet;
use std::io::{self, Read as Source};

use chrono_tz::Tz;
use clinic_domain::text::Title;
use clinic_domain::time::Timestamp;

use super::kinds::Kind;
use super::problem::{ImportError, Unreadable};
use super::reason::Reason;
use super::records::Records;
use super::refusals::Refusals;
use super::row::{Read, Row, RowReader};
use super::run::{News, Options};
use super::sort::{Sort, Sorted};
use crate::limits;

/// What a file tells.
pub(super) struct History {
    /// The rows that may be granted, in order of time.
    pub(super) rows: Sorted<Row>,
    /// How many they are.
    pub(super) left: u64,
    /// The instant of the first of them.
    pub(super) first: Option<Timestamp>,
    /// The rooms that rows lead to, by name; as many as a clinic may have, whatever the file names.
    pub(super) rooms: BTreeSet<Title>,
    /// All rows of the file, and those that were ignored on request.
    pub(super) read: u64,
    pub(super) ignored: u64,
    /// The rows that cannot be granted.
    pub(super) refusals: Refusals,
}

impl History {
    /// Reads a file: once from start to end, then visit by visit.
    pub(super) fn read(
        source: impl Source,
        options: &Options,
        news: &mut dyn FnMut(News),
    ) -> Result<Self, ImportError> {
        let mut file = File::new();
        file.read(source, options, news)?;
        file.by_visit(news).map_err(ImportError::early)
    }
}

/// The file, as far as it has been read.
struct File {
    rows: Sort<Row>,
    rooms: BTreeSet<Title>,
    read: u64,
    ignored: u64,
    refusals: Refusals,
}

impl File {
    fn new() -> Self {
        let rows = Sort::by(Row::by_visit);
        Self { rows, rooms: BTreeSet::new(), read: 0, ignored: 0, refusals: Refusals::new() }
    }

    fn read(
        &mut self,
        source: impl Source,
        options: &Options,
        news: &mut dyn FnMut(News),
    ) -> Result<(), ImportError> {
        let mut records = Records::open(source)?;
        let places = options.columns.places(records.header())?;
        // A zone is known to this build, or it could not have been parsed.
        let zone = options.zone.as_str().parse().unwrap_or(Tz::UTC);
        let reader = RowReader { places, kinds: &options.kinds, zone };
        while let Some(record) = records.next()? {
            self.read += 1;
            let line = record.line;
            match reader.read(&record) {
                Ok(Read::Row(row)) => self.take(row).map_err(ImportError::early)?,
                Ok(Read::Ignored) => self.ignored += 1,
                Ok(Read::Refused(reason)) => {
                    self.refusals.add(line, &reason).map_err(ImportError::early)?;
                }
                Err(error) => {
                    let column = records.column(places.at);
                    return Err(Unreadable::Time { line, column, error }.into());
                }
            }
            if self.read.is_multiple_of(limits::PROGRESS_ROWS) {
                news(News::Reading { rows: self.read, bytes: records.bytes() });
            }
        }
        news(News::Reading { rows: self.read, bytes: records.bytes() });
        if self.read == 0 { Err(Unreadable::NoRows.into()) } else { Ok(()) }
    }

    fn take(&mut self, row: Row) -> io::Result<()> {
        if let Some(to) =
            row.to.as_ref().filter(|_| self.rooms.len() < clinic_domain::limits::ROOMS)
        {
            self.rooms.insert(to.clone());
        }
        self.rows.push(row)
    }

    /// Looks at the rows of each visit together: whether it comes once, comes before anything else
    /// happens to it, and is of one patient.
    fn by_visit(self, news: &mut dyn FnMut(News)) -> io::Result<History> {
        let Self { rows, rooms, read, ignored, mut refusals } = self;
        let (mut left, mut seen) = (0, 0);
        let mut earliest: Option<Timestamp> = None;
        let mut by_time = Sort::by(Row::by_time);
        let of = read - ignored - refusals.count();
        let mut visit: Option<CheckedIn> = None;
        for row in rows.sorted()?.items()? {
            let row = row?;
            seen += 1;
            if seen % limits::PROGRESS_ROWS == 0 || seen == of {
                news(News::Sorting { rows: seen, of });
            }
            if let Some(whole) = visit.take_if(|visit| visit.row.visit != row.visit) {
                by_time.push(whole.row)?;
            }
            if let Err(reason) = among_its_own(&row, visit.as_mut()) {
                refusals.add(row.line, &reason)?;
                continue;
            }
            left += 1;
            earliest = Some(earliest.map_or(row.at, |earliest| earliest.min(row.at)));
            match row.kind {
                Kind::CheckIn => visit = Some(CheckedIn { named: row.line, row }),
                Kind::Transfer | Kind::Close(_) => by_time.push(row)?,
            }
        }
        if let Some(last) = visit {
            by_time.push(last.row)?;
        }
        let rows = by_time.sorted()?;
        Ok(History { rows, left, first: earliest, rooms, read, ignored, refusals })
    }
}

/// The check-in of the visit whose rows are looked at.
struct CheckedIn {
    row: Row,
    /// The line that names its patient.
    named: u64,
}

/// Whether a row fits the visit's check-in, the first one in order of time.
fn among_its_own(row: &Row, check_in: Option<&mut CheckedIn>) -> Result<(), Reason> {
    let visit = row.visit.clone();
    let check_in = match (row.kind, check_in) {
        (Kind::CheckIn, None) => return Ok(()),
        (Kind::CheckIn, Some(CheckedIn { row: first, .. })) => {
            return Err(Reason::CheckedInBefore { visit, first: first.line });
        }
        (Kind::Transfer | Kind::Close(_), None) => return Err(Reason::NotCheckedIn { visit }),
        (Kind::Transfer | Kind::Close(_), Some(check_in)) => check_in,
    };
    // Many files name the patient once, on whichever row, so the others may leave it open.
    let Some(patient) = &row.patient else { return Ok(()) };
    match &check_in.row.patient {
        None => {
            check_in.row.patient = Some(patient.clone());
            check_in.named = row.line;
            Ok(())
        }
        Some(named) if named == patient => Ok(()),
        Some(named) => {
            let (patient, first_patient) = (patient.clone(), named.clone());
            Err(Reason::OtherPatient { visit, patient, first: check_in.named, first_patient })
        }
    }
}
