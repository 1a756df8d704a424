//! A log with what belongs to it, and an engine over them: what every command reads from.

use std::sync::{Arc, Once};

use clinic_domain::clinic::ClinicEvent;
use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position, TransferId, VisitId};
use clinic_domain::personal::HoldsPersonal;
use clinic_domain::visit::VisitEvent;
use clinic_engine::ports::{EventLog, Head, LogError};
use clinic_engine::{Engine, Ports, replay};
use clinic_projections::waits::Waits;

use crate::failure::Failure;
use crate::{limits, out};

/// A log, what belongs to it, and an engine over them.
#[derive(Clone)]
pub(crate) struct Store {
    engine: Engine,
    ports: Ports,
    sealed: Arc<Sealed>,
}

/// What is to be said, once, where names stay sealed.
struct Sealed {
    note: String,
    /// Whether there are keys to open any with.
    keys: bool,
    said: Once,
}

impl Store {
    /// An engine over these ports.
    pub(crate) fn over(ports: Ports) -> Self {
        let note = "some names stay sealed: their keys are not in the key store".to_owned();
        let sealed = Arc::new(Sealed { note, keys: true, said: Once::new() });
        Self { engine: Engine::new(ports.clone()), ports, sealed }
    }

    /// The same without keys: nothing that is sealed can be opened, and whoever wants to is told so.
    pub(crate) fn without_keys(self, note: String) -> Self {
        Self { sealed: Arc::new(Sealed { note, keys: false, said: Once::new() }), ..self }
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The log and what belongs to it.
    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Where a clinic's log ends.
    pub(crate) async fn head(&self, clinic: ClinicId) -> Result<Head, Failure> {
        Ok(self.ports.log.head(clinic).await?)
    }

    /// The first event of a clinic; its founding, unless the log is not whole.
    pub(crate) async fn first(&self, clinic: ClinicId) -> Result<Option<Recorded>, Failure> {
        Ok(self.ports.log.read(clinic, Position::START, 1).await?.pop())
    }

    /// What a clinic is called; it keeps the name that it was founded with.
    pub(crate) async fn name(&self, clinic: ClinicId) -> Result<Option<String>, Failure> {
        Ok(self.first(clinic).await?.and_then(|first| match first.event {
            Event::Clinic(_, ClinicEvent::ClinicFounded { name, .. }) => Some(name.to_string()),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        }))
    }

    /// The events of a clinic behind `after`, page by page.
    pub(crate) fn pages(&self, clinic: ClinicId, after: Position) -> Pages {
        Pages { log: Arc::clone(&self.ports.log), clinic, after, until: Position(u64::MAX) }
    }

    /// How long everybody waited, folded from the whole log.
    pub(crate) async fn waits(&self, clinic: ClinicId) -> Result<Waits, Failure> {
        let all = (Position::START, self.head(clinic).await?.position);
        let waits = Waits::keeping_all();
        Ok(replay(&*self.ports.log, clinic, all, waits, Waits::apply).await?)
    }

    /// A visit's stream and those of its transfers.
    pub(crate) async fn story(
        &self,
        clinic: ClinicId,
        visit: VisitId,
    ) -> Result<Vec<Recorded>, Failure> {
        let mut story = self.engine.stream(clinic, StreamId::Visit(visit)).await?;
        let legs: Vec<TransferId> = story.iter().filter_map(leg).collect();
        for leg in legs {
            story.extend(self.engine.stream(clinic, StreamId::Transfer(leg)).await?);
        }
        Ok(story)
    }

    /// A read model with what is personal in it opened, as far as the keys are here.
    pub(crate) async fn open<M: HoldsPersonal>(
        &self,
        clinic: ClinicId,
        mut model: M,
    ) -> Result<M, Failure> {
        let sealed = &self.sealed;
        if sealed.keys {
            model = self.engine.open(clinic, model).await?;
        }
        model.each_personal(&mut |_, datum| {
            if datum.sealed().is_some() {
                sealed.said.call_once(|| out::note(&sealed.note));
            }
        });
        Ok(model)
    }
}

fn leg(recorded: &Recorded) -> Option<TransferId> {
    match &recorded.event {
        Event::Visit(_, VisitEvent::Transferred { transfer, .. }) => Some(*transfer),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
    }
}

/// A reader of a clinic's events, page by page, so that no log is too long to be read.
pub(crate) struct Pages {
    log: Arc<dyn EventLog>,
    clinic: ClinicId,
    after: Position,
    until: Position,
}

impl Pages {
    /// Nothing behind this position.
    pub(crate) fn until(self, until: Position) -> Self {
        Self { until, ..self }
    }

    /// The next page; none at the end of the log. Asked again, it shows what has come since.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Recorded>>, Failure> {
        Ok(self.read().await?)
    }

    /// The same, with the error as the log gives it. Asked again after one, it goes on where it was.
    pub(crate) async fn read(&mut self) -> Result<Option<Vec<Recorded>>, LogError> {
        let left = usize::try_from(self.until.0.saturating_sub(self.after.0));
        let limit = left.unwrap_or(usize::MAX).min(limits::PAGE);
        let page = self.log.read(self.clinic, self.after, limit).await?;
        let Some(last) = page.last().map(|last| last.position) else { return Ok(None) };
        self.after = last;
        Ok(Some(page))
    }
}
