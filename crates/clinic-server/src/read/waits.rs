//! The report of waits.

use clinic_projections::report::Scope;

use super::Reader;
use crate::cli::Format;
use crate::failure::Failure;
use crate::out::Out;
use crate::show::waits;

impl Reader {
    /// The report of waits, folded from the whole log.
    pub(crate) async fn waits(&self, out: &mut Out) -> Result<(), Failure> {
        let (views, now) = self.at(None).await?;
        let report = self.store.waits(self.clinic).await?.report(Scope::default(), now);
        match self.format {
            Format::Json => out.json(&report)?,
            Format::Csv => {
                out.records(&waits::COLUMNS, waits::records(&report, &views.directory))?;
            }
            Format::Table => out.lines(waits::drawn(&report, &views.directory, self.width))?,
        }
        Ok(())
    }
}
