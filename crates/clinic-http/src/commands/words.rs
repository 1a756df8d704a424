//! The words of the wire, for what the rules have enums for.

use clinic_domain::{clinic, room, visit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that a clinic may use.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Capability {
    /// Rooms that belong to the clinic.
    SharedRooms,
    /// Moving visits between rooms.
    Transfer,
    /// Pausing calls.
    Pause,
    /// Rooms that accept or decline arrivals.
    AcceptWindow,
}

impl From<Capability> for clinic::Capability {
    fn from(word: Capability) -> Self {
        match word {
            Capability::SharedRooms => Self::SharedRooms,
            Capability::Transfer => Self::Transfer,
            Capability::Pause => Self::Pause,
            Capability::AcceptWindow => Self::AcceptWindow,
        }
    }
}

impl From<clinic::Capability> for Capability {
    fn from(kind: clinic::Capability) -> Self {
        match kind {
            clinic::Capability::SharedRooms => Self::SharedRooms,
            clinic::Capability::Transfer => Self::Transfer,
            clinic::Capability::Pause => Self::Pause,
            clinic::Capability::AcceptWindow => Self::AcceptWindow,
        }
    }
}

/// What a member is to the clinic.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Serves where she is assigned.
    #[default]
    Member,
    /// Also administers.
    Admin,
    /// Also makes and unmakes Owners.
    Owner,
}

impl From<Role> for clinic::Role {
    fn from(word: Role) -> Self {
        match word {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<clinic::Role> for Role {
    fn from(kind: clinic::Role) -> Self {
        match kind {
            clinic::Role::Member => Self::Member,
            clinic::Role::Admin => Self::Admin,
            clinic::Role::Owner => Self::Owner,
        }
    }
}

/// Where a visit that arrives by transfer stands in the queue.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ArrivalOrder {
    /// Where its check-in puts it.
    OriginalCheckIn,
    /// Behind those who are here.
    BackOfQueue,
}

impl From<ArrivalOrder> for room::ArrivalOrder {
    fn from(word: ArrivalOrder) -> Self {
        match word {
            ArrivalOrder::OriginalCheckIn => Self::OriginalCheckIn,
            ArrivalOrder::BackOfQueue => Self::BackOfQueue,
        }
    }
}

impl From<room::ArrivalOrder> for ArrivalOrder {
    fn from(kind: room::ArrivalOrder) -> Self {
        match kind {
            room::ArrivalOrder::OriginalCheckIn => Self::OriginalCheckIn,
            room::ArrivalOrder::BackOfQueue => Self::BackOfQueue,
        }
    }
}

/// How urgent a visit is.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Priority {
    /// As everybody.
    Routine,
    /// Before the routine ones.
    Soon,
    /// Before everybody.
    Urgent,
}

impl From<Priority> for visit::Priority {
    fn from(word: Priority) -> Self {
        match word {
            Priority::Routine => Self::Routine,
            Priority::Soon => Self::Soon,
            Priority::Urgent => Self::Urgent,
        }
    }
}

impl From<visit::Priority> for Priority {
    fn from(kind: visit::Priority) -> Self {
        match kind {
            visit::Priority::Routine => Self::Routine,
            visit::Priority::Soon => Self::Soon,
            visit::Priority::Urgent => Self::Urgent,
        }
    }
}

/// Why a visit closes. A merge is a wish of its own.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Closing {
    /// Served.
    Completed,
    /// The patient left.
    Left,
    /// The patient was not there to be served.
    NoShow,
    /// A member removed the visit.
    Removed,
    /// The day was over.
    EndOfDay,
}
