//! What is recorded: any aggregate's event, in the envelope that orders and attributes it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clinic::ClinicEvent;
use crate::ids::{ClinicId, CommandId, Position, RoomId, TransferId, VisitId};
use crate::room::RoomEvent;
use crate::time::{Millis, Timestamp};
use crate::transfer::TransferEvent;
use crate::visit::VisitEvent;

/// An event of one of the four aggregates, with the aggregate's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of the clinic itself.
    Clinic(ClinicId, ClinicEvent),
    /// Of a room.
    Room(RoomId, RoomEvent),
    /// Of a visit.
    Visit(VisitId, VisitEvent),
    /// Of a transfer.
    Transfer(TransferId, TransferEvent),
}

/// A stream: an aggregate's type and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// The clinic's own.
    Clinic(ClinicId),
    /// A room's.
    Room(RoomId),
    /// A visit's.
    Visit(VisitId),
    /// A transfer's.
    Transfer(TransferId),
}

impl StreamId {
    /// The aggregate's type, as stored.
    #[must_use]
    pub fn aggregate_type(self) -> &'static str {
        match self {
            Self::Clinic(_) => "Clinic",
            Self::Room(_) => "Room",
            Self::Visit(_) => "PatientVisit",
            Self::Transfer(_) => "Transfer",
        }
    }

    /// The aggregate's id.
    #[must_use]
    pub fn id(self) -> uuid::Uuid {
        match self {
            Self::Clinic(id) => id.0,
            Self::Room(id) => id.0,
            Self::Visit(id) => id.0,
            Self::Transfer(id) => id.0,
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.aggregate_type(), self.id())
    }
}

impl Event {
    /// The name under which the event is stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clinic(_, event) => event.name(),
            Self::Room(_, event) => event.name(),
            Self::Visit(_, event) => event.name(),
            Self::Transfer(_, event) => event.name(),
        }
    }

    /// The stream that the event belongs to.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        match self {
            Self::Clinic(id, _) => StreamId::Clinic(*id),
            Self::Room(id, _) => StreamId::Room(*id),
            Self::Visit(id, _) => StreamId::Visit(*id),
            Self::Transfer(id, _) => StreamId::Transfer(*id),
        }
    }

    /// The version of the stored form; every event is in its first.
    #[must_use]
    pub fn version(&self) -> &'static str {
        "1"
    }

    /// The instant that the event carries itself, if it does. It equals the envelope's.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Clinic(_, event) => match event {
                ClinicEvent::ClinicFounded { at, .. }
                | ClinicEvent::MemberAdded { at, .. }
                | ClinicEvent::MemberCameOnline { at, .. }
                | ClinicEvent::MemberWentOffline { at, .. } => Some(*at),
                ClinicEvent::ZoneChanged { .. }
                | ClinicEvent::CapabilitiesChanged { .. }
                | ClinicEvent::MemberRenamed { .. }
                | ClinicEvent::RoleChanged { .. }
                | ClinicEvent::MemberDisabled { .. }
                | ClinicEvent::MemberEnabled { .. }
                | ClinicEvent::MemberRemoved { .. } => None,
            },
            Self::Room(_, event) => match event {
                RoomEvent::DayEnded { at, .. } => Some(*at),
                RoomEvent::RoomOpened { .. }
                | RoomEvent::RoomRenamed { .. }
                | RoomEvent::SlugChanged { .. }
                | RoomEvent::MemberAssigned { .. }
                | RoomEvent::MemberUnassigned { .. }
                | RoomEvent::TextsChanged { .. }
                | RoomEvent::HoursChanged { .. }
                | RoomEvent::PolicyChanged { .. }
                | RoomEvent::ChecklistChanged { .. }
                | RoomEvent::PasscodeChanged { .. }
                | RoomEvent::RoomSuspended { .. }
                | RoomEvent::SuspensionLifted
                | RoomEvent::RoomArchived => None,
            },
            Self::Visit(_, event) => match event {
                VisitEvent::CheckedIn { at, .. }
                | VisitEvent::CallStarted { at, .. }
                | VisitEvent::CallResumed { at, .. }
                | VisitEvent::CallPaused { at, .. }
                | VisitEvent::CallEnded { at, .. }
                | VisitEvent::Transferred { at, .. }
                | VisitEvent::TransferReversed { at, .. }
                | VisitEvent::PatientWentOffline { at, .. }
                | VisitEvent::PatientCameOnline { at }
                | VisitEvent::CarriedOver { at, .. }
                | VisitEvent::VisitClosed { at, .. }
                | VisitEvent::VisitReopened { at, .. } => Some(*at),
                VisitEvent::PriorityChanged { .. }
                | VisitEvent::NoteAdded { .. }
                | VisitEvent::ChecklistTicked { .. }
                | VisitEvent::VisitsMerged { .. } => None,
            },
            Self::Transfer(..) => None,
        }
    }
}

/// An event as recorded: what, where in the order, when, and because of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The clinic in whose order it stands.
    pub clinic: ClinicId,
    /// Where it stands.
    pub position: Position,
    /// Its number in its own stream, from 1.
    pub sequence: u64,
    /// What happened.
    pub event: Event,
    /// When it happened; never less than at the position before.
    pub occurred_at: Timestamp,
    /// When the engine recorded it.
    pub recorded_at: Timestamp,
    /// Because of whom and what.
    pub cause: Cause,
}

/// Because of whom and what an event was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Who.
    pub actor: Actor,
    /// By which command.
    pub command_id: CommandId,
    /// Digest of the command's actor and body, without personal text, to tell a retry from a
    /// second use of the id.
    pub digest: u64,
    /// The conversation it belongs to, as the caller names it.
    pub correlation_id: uuid::Uuid,
    /// What caused the command: an event or a request of the caller's.
    pub causation_id: Option<uuid::Uuid>,
    /// By how much the clock had stepped back behind the log, if it had; the instant was clamped.
    pub clamped: Option<Millis>,
}
