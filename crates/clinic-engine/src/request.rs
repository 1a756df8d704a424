//! What a caller hands in, and what it gets back.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{CommandId, MemberId, Position, RoomId, TransferId, VisitId};
use clinic_domain::room::RoomEvent;
use clinic_domain::transfer::TransferEvent;
use clinic_domain::{clinic::ClinicEvent, state::Step};
use uuid::Uuid;

/// A wish: who wants what. Sent again with the same id it is the same wish.
#[derive(Clone, Debug)]
pub struct Request {
    /// The caller's id for it; keep it to retry safely.
    pub id: CommandId,
    /// Who asks. The caller vouches for that.
    pub actor: Actor,
    /// What is asked.
    pub action: Action,
    /// The conversation it belongs to; none: its own.
    pub correlation_id: Option<Uuid>,
    /// What caused it.
    pub causation_id: Option<Uuid>,
}

impl Request {
    /// A wish by itself.
    #[must_use]
    pub fn new(id: CommandId, actor: Actor, action: Action) -> Self {
        Self { id, actor, action, correlation_id: None, causation_id: None }
    }
}

/// A wish that was granted, and committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Reading at this position or later shows what was granted.
    pub position: Position,
    /// What was recorded; nothing if it was so already. A retry gets the first answer's events.
    pub events: Vec<Arc<Recorded>>,
}

impl Receipt {
    /// The room that was opened.
    #[must_use]
    pub fn room(&self) -> Option<RoomId> {
        self.events.iter().find_map(|recorded| match &recorded.event {
            Event::Room(id, RoomEvent::RoomOpened { .. }) => Some(*id),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        })
    }

    /// The member who was added, or the first Owner.
    #[must_use]
    pub fn member(&self) -> Option<MemberId> {
        self.events.iter().find_map(|recorded| match &recorded.event {
            Event::Clinic(
                _,
                ClinicEvent::MemberAdded { member, .. }
                | ClinicEvent::ClinicFounded { owner: member, .. },
            ) => Some(*member),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        })
    }

    /// The visit that the wish was about; the first of several.
    #[must_use]
    pub fn visit(&self) -> Option<VisitId> {
        self.events.iter().find_map(|recorded| match &recorded.event {
            Event::Visit(id, _) => Some(*id),
            Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => None,
        })
    }

    /// The transfer that was requested.
    #[must_use]
    pub fn transfer(&self) -> Option<TransferId> {
        self.events.iter().find_map(|recorded| match &recorded.event {
            Event::Transfer(id, TransferEvent::TransferRequested { .. }) => Some(*id),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        })
    }
}

/// What a wish asks of each aggregate, with the evidence for it: for a host that runs the aggregates
/// by its own `cqrs-es` framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// One command for each aggregate, in the order to execute them.
    pub steps: Vec<Step>,
    /// The position at which the evidence was true: hand it on as `at_position`.
    pub position: Position,
}
