//! What came of an import: each row that was refused, and what became of the rest.

use clinic_domain::ids::{ClinicId, Position};
use clinic_interop::import::{Options, Refused, Report};
use serde::Serialize;

use crate::cli::Format;
use crate::failure::Failure;
use crate::out::{JsonList, Out};

/// Tells of an import as it goes on, however many rows it refuses.
pub(crate) struct Told<'o> {
    out: &'o mut Out,
    format: Format,
    begun: bool,
    list: JsonList,
    /// The first thing that could not be told.
    failed: Option<Failure>,
}

impl<'o> Told<'o> {
    /// Tells in this form.
    pub(crate) fn of(out: &'o mut Out, format: Format) -> Self {
        Self { out, format, begun: false, list: JsonList::within(1), failed: None }
    }

    /// Tells of a row that was refused.
    pub(crate) fn refused(&mut self, refused: &Refused) {
        if self.failed.is_none() {
            self.failed = self.tell(refused).err();
        }
    }

    fn tell(&mut self, refused: &Refused) -> Result<(), Failure> {
        self.begin()?;
        let Refused { line, reason } = refused;
        match self.format {
            Format::Table => self.out.line(&format!("line {line}: {reason}"))?,
            Format::Json => self.out.json_element(&mut self.list, refused)?,
            Format::Csv => self.out.csv([line.to_string().as_str(), reason.as_str()])?,
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.begun, true) {
            match self.format {
                Format::Table => {}
                Format::Json => self.out.json_piece("{\n  \"refused_rows\": ")?,
                Format::Csv => self.out.csv(COLUMNS)?,
            }
        }
        Ok(())
    }

    /// Tells what came of it all.
    pub(crate) fn report(mut self, options: &Options, report: &Report) -> Result<(), Failure> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let summary = Summary::of(options, report);
        if report.clinic.is_some() {
            self.out.has_stored(summary.name);
        }
        self.begin()?;
        match self.format {
            Format::Table => self.out.lines(summary.drawn())?,
            Format::Json => {
                self.out.json_end(&self.list)?;
                // The rest of the document, behind its opening brace.
                let rest = serde_json::to_string_pretty(&summary)?.split_off(1);
                self.out.json_piece(&format!(",{rest}\n"))?;
            }
            Format::Csv => {
                let mut err = Out::stderr();
                err.lines(summary.drawn())?;
                err.flush()?;
            }
        }
        Ok(())
    }
}

const COLUMNS: [&str; 2] = ["line", "reason"];

#[derive(Debug, Serialize)]
struct Summary<'a> {
    /// The new clinic; none if nothing is stored.
    clinic: Option<ClinicId>,
    name: &'a str,
    position: Position,
    rows: u64,
    granted: u64,
    refused: u64,
    ignored: u64,
    visits: u64,
    rooms: u64,
    dry_run: bool,
}

impl<'a> Summary<'a> {
    fn of(options: &'a Options, report: &Report) -> Self {
        let Report { clinic, position, rows, granted, refused, ignored, visits, rooms } = *report;
        let (name, dry_run) = (options.clinic_name.as_str(), options.dry_run);
        Self { clinic, name, position, rows, granted, refused, ignored, visits, rooms, dry_run }
    }

    fn drawn(&self) -> [String; 2] {
        let Self { name, position, rows, granted, refused, ignored, visits, rooms, .. } = self;
        let counted = format!(
            "{rows} rows: {granted} granted, {refused} refused, {ignored} ignored; {visits} visits, \
             {rooms} rooms"
        );
        let stored = match self.clinic {
            Some(clinic) => format!("{name} ({clinic}) is stored: {position} events."),
            None if self.dry_run => "Nothing is stored: this was a dry run.".to_owned(),
            None => "Nothing is stored.".to_owned(),
        };
        [counted, stored]
    }
}
