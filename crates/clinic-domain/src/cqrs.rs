//! The four aggregates as `cqrs-es` aggregates: the async shell around `decide` and `evolve`.
//!
//! A host that runs a stock `CqrsFramework` sends each aggregate the commands that
//! [`ClinicState::steps`](crate::state::ClinicState::steps) makes, evidence included.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};

use crate::clinic::{Clinic, ClinicCommand, ClinicEvent, ClinicRefusal};
use crate::decider::Decider;
use crate::room::{Room, RoomCommand, RoomEvent, RoomRefusal};
use crate::transfer::{Transfer, TransferCommand, TransferEvent, TransferRefusal};
use crate::visit::{PatientVisit, VisitCommand, VisitEvent, VisitRefusal};

macro_rules! aggregate {
    ($aggregate:ident, $name:literal, $command:ident, $event:ident, $refusal:ident) => {
        impl Aggregate for $aggregate {
            const TYPE: &'static str = $name;
            type Command = $command;
            type Event = $event;
            type Error = $refusal;
            type Services = ();

            async fn handle(
                &mut self,
                command: $command,
                (): &(),
                sink: &EventSink<Self>,
            ) -> Result<(), $refusal> {
                for event in self.decide(command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: $event) {
                self.evolve(&event);
            }
        }

        impl DomainEvent for $event {
            fn event_type(&self) -> String {
                self.name().to_owned()
            }

            fn event_version(&self) -> String {
                "1".to_owned()
            }
        }
    };
}

aggregate!(Clinic, "Clinic", ClinicCommand, ClinicEvent, ClinicRefusal);
aggregate!(Room, "Room", RoomCommand, RoomEvent, RoomRefusal);
aggregate!(PatientVisit, "PatientVisit", VisitCommand, VisitEvent, VisitRefusal);
aggregate!(Transfer, "Transfer", TransferCommand, TransferEvent, TransferRefusal);
