//! From events to recorded events: the next positions of the clinic, the next numbers of the streams.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::ClinicState;
use crate::command::Command;
use crate::event::{Cause, Event, Recorded, StreamId};
use crate::time::{Millis, Timestamp};

/// What the engine knows of a recording and the rules do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When it is recorded.
    pub recorded_at: Timestamp,
    /// The conversation that the command belongs to.
    pub correlation_id: Uuid,
    /// What caused the command.
    pub causation_id: Option<Uuid>,
    /// By how much the clock stood behind the log, if it did.
    pub clamped: Option<Millis>,
}

impl ClinicState {
    /// Puts the events that grant `command` into their envelopes, behind this state's head. Pure:
    /// fold them in to go on from them.
    #[must_use]
    pub fn record(&self, command: &Command, events: Vec<Event>, stamp: &Stamp) -> Vec<Recorded> {
        let digest = command.digest();
        let mut position = self.head;
        let mut sequences: BTreeMap<StreamId, u64> = BTreeMap::new();
        let envelope = |event: Event| {
            position = position.next();
            let stream = event.stream();
            let last = sequences.entry(stream).or_insert_with(|| self.sequence(stream));
            *last = last.saturating_add(1);
            Recorded {
                clinic: self.clinic_id,
                position,
                sequence: *last,
                event,
                occurred_at: command.at,
                recorded_at: stamp.recorded_at,
                cause: Cause {
                    actor: command.actor.clone(),
                    command_id: command.id,
                    digest,
                    correlation_id: stamp.correlation_id,
                    causation_id: stamp.causation_id,
                    clamped: stamp.clamped,
                },
            }
        };
        events.into_iter().map(envelope).collect()
    }
}
