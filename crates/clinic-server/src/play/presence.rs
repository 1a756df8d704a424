//! Pages that are connected. While time passes, each gives signs of life often enough, and no more
//! often, so that hours pass in no time and those who are connected stay online.

use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::command::Person;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{ClinicId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::VisitEvent;
use clinic_engine::Engine;
use uuid::Uuid;

use crate::failure::Failure;
use crate::limits;

/// Who is connected.
#[derive(Debug, Default)]
pub(super) struct Pages {
    open: BTreeMap<(ClinicId, Person), Uuid>,
    /// When all of them last gave a sign of life.
    heard: Timestamp,
    /// Visits that are over: their pages stay open and have nothing more to say.
    over: BTreeSet<VisitId>,
}

impl Pages {
    /// A page connects: the clinic hears of it at once.
    pub(super) async fn connect(
        &mut self,
        engine: &Engine,
        clinic: ClinicId,
        who: Person,
    ) -> Result<(), Failure> {
        let connection = *self.open.entry((clinic, who)).or_insert_with(|| engine.mint());
        Ok(engine.seen(clinic, who, connection).await?)
    }

    /// A page closes. Nobody hears of that but by its silence, which begins now.
    pub(super) async fn disconnect(
        &mut self,
        engine: &Engine,
        clinic: ClinicId,
        who: Person,
    ) -> Result<(), Failure> {
        if let Some(connection) = self.open.remove(&(clinic, who)) {
            engine.seen(clinic, who, connection).await?;
        }
        Ok(())
    }

    /// Every page gives a sign of life, if the last one was long enough ago.
    pub(super) async fn stay_alive(
        &mut self,
        engine: &Engine,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if now.since(self.heard) < limits::HEARTBEAT {
            return Ok(());
        }
        self.heard = now;
        for ((clinic, who), connection) in &self.open {
            match who {
                Person::Patient(visit) if self.over.contains(visit) => {}
                Person::Patient(_) | Person::Member(_) => {
                    engine.seen(*clinic, *who, *connection).await?;
                }
            }
        }
        Ok(())
    }

    /// Learns which visits are over. One that is opened again has its page still there.
    pub(super) async fn learn(
        &mut self,
        engine: &Engine,
        recorded: &Recorded,
    ) -> Result<(), Failure> {
        match &recorded.event {
            Event::Visit(id, VisitEvent::VisitClosed { .. }) => {
                self.over.insert(*id);
            }
            Event::Visit(id, VisitEvent::VisitReopened { .. }) => {
                self.over.remove(id);
                let (clinic, who) = (recorded.clinic, Person::Patient(*id));
                if let Some(connection) = self.open.get(&(clinic, who)) {
                    engine.seen(clinic, who, *connection).await?;
                }
            }
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => {}
        }
        Ok(())
    }
}
