//! The story of one visit.

use clinic_domain::ids::{Position, VisitId};
use clinic_projections::timeline::Timeline;

use super::Reader;
use crate::choose::{Candidate, Search};
use crate::cli::Format;
use crate::day::Kind;
use crate::failure::Failure;
use crate::names::Patient;
use crate::out::Out;
use crate::show::timeline;
use crate::show::words::{WallClock, personal};

impl Reader {
    /// The story of a visit.
    pub(crate) async fn timeline(&self, out: &mut Out, visit: &str) -> Result<(), Failure> {
        let (views, now) = self.at(None).await?;
        let clock = WallClock::of(&views.directory, now);
        let visit = self.visit(visit, &clock).await?;
        let story = self.store.story(self.clinic, visit).await?;
        let timeline = Timeline::of(visit, &views.directory, &story);
        let timeline = self.store.open(self.clinic, timeline).await?;
        match self.format {
            Format::Json => out.json(&timeline::Document::of(&timeline, now))?,
            Format::Csv => out.records(&timeline::COLUMNS, timeline::records(&timeline))?,
            Format::Table => {
                let external_ref = story
                    .iter()
                    .find_map(Patient::checked_in)
                    .and_then(|patient| patient.external_ref);
                let (elsewhere, directory) = (external_ref.as_ref(), &views.directory);
                out.lines(timeline::drawn(&timeline, elsewhere, directory, &clock, self.width))?;
            }
        }
        Ok(())
    }

    /// The visit that is meant, of everybody who ever checked in.
    async fn visit(&self, wanted: &str, clock: &WallClock) -> Result<VisitId, Failure> {
        if let Ok(id) = wanted.trim().parse()
            && !self.store.story(self.clinic, VisitId(id)).await?.is_empty()
        {
            return Ok(VisitId(id)); // and nobody else's name has to be opened
        }
        let mut search = Search::new("visit", wanted);
        let mut pages = self.store.pages(self.clinic, Position::START);
        while let Some(page) = pages.next().await? {
            let patients: Vec<_> = page.iter().filter_map(Patient::checked_in).collect();
            for patient in self.store.open(self.clinic, patients).await? {
                search.offer(&self.candidate(&patient, clock));
            }
        }
        Ok(VisitId(search.found()?))
    }

    fn candidate(&self, patient: &Patient, clock: &WallClock) -> Candidate {
        let id = patient.visit.0;
        let handles = self.known.handles(Kind::Visit, id).map(ToString::to_string);
        let called = handles.chain([personal(&patient.name)]).chain(patient.elsewhere());
        let told_by = format!("checked in {}", clock.moment(patient.at));
        Candidate { id, called: called.collect(), told_by }
    }
}
