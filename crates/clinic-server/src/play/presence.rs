//! Pages that are connected. An open page is a sign of life until it closes, so hours pass in no time
//! and those who are connected stay online.

use std::collections::BTreeMap;

use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::Person;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::ClinicId;
use clinic_domain::visit::VisitEvent;
use clinic_engine::Engine;
use uuid::Uuid;

use crate::failure::Failure;

/// Who is connected.
#[derive(Debug, Default)]
pub(super) struct Pages {
    open: BTreeMap<(ClinicId, Person), Uuid>,
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
        Ok(engine.connected(clinic, who, connection).await?)
    }

    /// A page closes. From now on its silence counts.
    pub(super) async fn disconnect(
        &mut self,
        engine: &Engine,
        clinic: ClinicId,
        who: Person,
    ) -> Result<(), Failure> {
        if let Some(connection) = self.open.remove(&(clinic, who)) {
            engine.disconnected(clinic, who, connection).await?;
        }
        Ok(())
    }

    /// Whoever was gone for good and is back after all has the page still there.
    pub(super) async fn learn(
        &mut self,
        engine: &Engine,
        recorded: &Recorded,
    ) -> Result<(), Failure> {
        let who = match &recorded.event {
            Event::Visit(id, VisitEvent::VisitReopened { .. }) => Person::Patient(*id),
            Event::Clinic(_, ClinicEvent::MemberEnabled { member }) => Person::Member(*member),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => {
                return Ok(());
            }
        };
        if let Some(connection) = self.open.get(&(recorded.clinic, who)) {
            engine.connected(recorded.clinic, who, *connection).await?;
        }
        Ok(())
    }
}
