//! The visits of a clinic.

use std::collections::BTreeMap;

use clinic_domain::decider::Decider;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{Position, VisitId};
use clinic_domain::visit::PatientVisit;
use clinic_engine::{AsOf, replay};
use clinic_projections::directory::Directory;

use super::Reader;
use crate::cli::Format;
use crate::failure::Failure;
use crate::names::Patient;
use crate::out::Out;
use crate::show::visits::{self, Document, Listed};
use crate::show::words::WallClock;

impl Reader {
    /// The visits that are open, or all that there ever were.
    pub(crate) async fn visits(
        &self,
        out: &mut Out,
        all: bool,
        moment: Option<AsOf>,
    ) -> Result<(), Failure> {
        let (views, now) = self.at(moment).await?;
        let (directory, position) = (&views.directory, views.checkpoint().position);
        let listed = if all {
            self.all_visits(position, directory).await?
        } else {
            let open = views.census.visits().filter(|(_, visit, _)| visit.open().is_some());
            let listed = open.filter_map(|(id, visit, card)| {
                Listed::of(id, (&card.name, card.external_ref.as_ref()), visit, directory)
            });
            listed.collect()
        };
        let mut listed = self.store.open(self.clinic, listed).await?;
        listed.sort_by_key(Listed::order);
        match self.format {
            Format::Json => {
                out.json(&Document { clinic: self.clinic, position, visits: &listed })?;
            }
            Format::Csv => out.records(&visits::COLUMNS, listed.iter().map(visits::record))?,
            Format::Table if listed.is_empty() => {
                let more = if all { "" } else { "; --all lists those that are over, too" };
                out.line(&format!("There is no visit{more}."))?;
            }
            Format::Table => {
                let clock = WallClock::of(directory, now);
                out.lines(visits::drawn(&listed, &clock, self.width))?;
            }
        }
        Ok(())
    }

    /// Every visit that ever checked in until `until`.
    async fn all_visits(
        &self,
        until: Position,
        directory: &Directory,
    ) -> Result<Vec<Listed>, Failure> {
        let (log, all) = (&self.store.ports().log, (Position::START, until));
        let visits = replay(&**log, self.clinic, all, BTreeMap::new(), fold).await?;
        let listed = visits.iter().filter_map(|(id, (patient, visit))| {
            Listed::of(*id, (&patient.name, patient.external_ref.as_ref()), visit, directory)
        });
        Ok(listed.collect())
    }
}

fn fold(visits: &mut BTreeMap<VisitId, (Patient, PatientVisit)>, recorded: &Recorded) {
    let Event::Visit(id, event) = &recorded.event else { return };
    if let Some(patient) = Patient::checked_in(recorded) {
        visits.entry(*id).or_insert_with(|| (patient, PatientVisit::Unknown));
    }
    if let Some((_, visit)) = visits.get_mut(id) {
        visit.evolve(event);
    }
}
