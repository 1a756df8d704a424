//! What a visit is: unknown, open in one place, or closed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, TokenHash};
use crate::ids::{CallId, MemberId, PlaceVersion, Position, RoomId, TransferId, VisitId};
use crate::personal::Personal;
use crate::text::{Label, Note};
use crate::time::Timestamp;

/// One patient's attendance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PatientVisit {
    /// Nobody has checked in under this id.
    #[default]
    Unknown,
    /// Somewhere in the clinic.
    Open(OpenVisit),
    /// Over; it may still be reopened for a while.
    Closed(ClosedVisit),
}

/// A visit that is somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenVisit {
    /// Who holds one of these is the patient; a merge adds the duplicate's.
    pub tokens: Vec<TokenHash>,
    /// Where the visit is.
    pub room: RoomId,
    /// What it is doing there.
    pub place: Place,
    /// Counts changes of place.
    pub version: PlaceVersion,
    /// When the visit came to this room, this time.
    pub arrived_at: Timestamp,
    /// Its check-in, which never changes.
    pub check_in: Entry,
    /// When it joined the queue it is in: with `priority`, its rank.
    pub entry: Entry,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether the patient's page is connected.
    pub presence: Presence,
    /// The latest leg, as long as it can be reversed.
    pub leg: Option<Leg>,
    /// How often it came to each room.
    pub arrivals: BTreeMap<RoomId, u32>,
    /// Legs so far.
    pub legs: u32,
    /// Calls started so far.
    pub calls: u32,
    /// Notes so far.
    pub notes: u32,
    /// Checklist labels that are ticked, in the order of their ticking.
    pub ticked: Vec<Label>,
    /// When somebody last decided that it stays past the end of the day.
    pub carried_over_at: Option<Timestamp>,
}

/// A visit that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedVisit {
    /// As it was when it closed.
    pub last: OpenVisit,
    /// Why it closed.
    pub reason: CloseReason,
    /// When.
    pub at: Timestamp,
    /// Until when it may be reopened.
    pub reopen_until: Timestamp,
}

/// What an open visit is doing in its room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In the waiting room.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// With a member.
    InCall {
        /// The call.
        call: CallId,
        /// With whom.
        member: MemberId,
        /// Since when.
        since: Timestamp,
    },
    /// In the waiting room, the call paused.
    OnHold {
        /// The call, which a resumption continues.
        call: CallId,
        /// Who paused it.
        by: Actor,
        /// Why.
        reason: HoldReason,
        /// Since when.
        since: Timestamp,
    },
}

impl Place {
    /// Since when the visit has been doing this.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Waiting { since } | Self::InCall { since, .. } | Self::OnHold { since, .. } => {
                *since
            }
        }
    }
}

/// Why a call is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// A member paused it.
    Paused,
    /// The member's connection was lost.
    MemberLost,
    /// The member was disabled or removed.
    MemberDisabled,
}

/// The instant and position at which a visit joined a queue. The position is known only where the
/// whole log is folded: a stream by itself has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// At which position of the clinic's log.
    pub position: Option<Position>,
}

impl Entry {
    pub(super) fn at(at: Timestamp) -> Self {
        Self { at, position: None }
    }

    pub(super) fn stamp(&mut self, position: Position) {
        self.position.get_or_insert(position);
    }

    /// The order of entries: by instant, then by position.
    pub(super) fn order(self) -> (Timestamp, Position) {
        (self.at, self.position.unwrap_or_default())
    }
}

/// The order of a queue: priority, then entry. Smaller is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The most urgent first.
    pub priority: Reverse<Priority>,
    /// Then the earliest entry.
    pub entry: (Timestamp, Position),
    /// Never needed to break a tie in a log; it makes the order total for any state.
    pub visit: VisitId,
}

/// How urgent a visit is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// As everybody.
    #[default]
    Routine,
    /// Before the routine ones.
    Soon,
    /// Before everybody.
    Urgent,
}

/// Whether somebody's page is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// A page is connected.
    Online,
    /// None is, since that instant.
    OfflineSince(Timestamp),
}

/// The latest transfer of a visit, and what its reversal restores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The transfer.
    pub transfer: TransferId,
    /// Where the visit came from.
    pub from: RoomId,
    /// Who sent it.
    pub by: Actor,
    /// Its entry in the queue it left.
    pub entry: Entry,
    /// Until when it may be undone.
    pub undo_until: Timestamp,
    /// Whether a call has started since.
    pub started: bool,
}

/// How the patient came: by appointment or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// Without an appointment.
    #[default]
    DropIn,
    /// With one.
    Booked {
        /// Whom the patient expects.
        member: Option<MemberId>,
        /// Which room the patient expects to end in.
        room: Option<RoomId>,
        /// The appointment's time.
        appointment: Option<Timestamp>,
        /// Who said so.
        told_by: ToldBy,
    },
}

/// Who told of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// The embedding product's calendar.
    Host,
    /// The patient, typing.
    Patient,
}

/// Why a visit closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Served.
    Completed,
    /// The patient left.
    Left,
    /// The patient was not there to be served.
    NoShow,
    /// A member removed the visit.
    Removed {
        /// Why, for the members.
        why: Personal<Note>,
    },
    /// The day was over.
    EndOfDay,
    /// The same person had checked in twice.
    Merged {
        /// The visit that goes on.
        into: VisitId,
    },
}

impl CloseReason {
    /// The reason in the field's words.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Left => "left",
            Self::NoShow => "no show",
            Self::Removed { .. } => "removed",
            Self::EndOfDay => "end of day",
            Self::Merged { .. } => "merged",
        }
    }

    /// The visit that goes on, for a merge.
    #[must_use]
    pub fn survivor(&self) -> Option<VisitId> {
        match self {
            Self::Merged { into } => Some(*into),
            Self::Completed | Self::Left | Self::NoShow | Self::Removed { .. } | Self::EndOfDay => {
                None
            }
        }
    }

    /// Whether a visit that closed for this reason is closed for `other` too; two removals are
    /// alike, whatever they say, and two merges only with the same survivor.
    pub(super) fn says(&self, other: &Self) -> bool {
        if let (Self::Merged { into }, Self::Merged { into: other }) = (self, other) {
            return into == other;
        }
        self.label() == other.label()
    }
}

/// Why a visit went back to the room a transfer had taken it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reversal {
    /// The target said no.
    Declined,
    /// The target said nothing in time.
    Expired,
    /// The sender took it back.
    Undone,
}

impl PatientVisit {
    /// The visit, if it is open.
    #[must_use]
    pub fn open(&self) -> Option<&OpenVisit> {
        match self {
            Self::Open(open) => Some(open),
            Self::Unknown | Self::Closed(_) => None,
        }
    }

    /// The visit as it is, or as it was when it closed.
    #[must_use]
    pub fn last(&self) -> Option<&OpenVisit> {
        match self {
            Self::Open(open) => Some(open),
            Self::Closed(closed) => Some(&closed.last),
            Self::Unknown => None,
        }
    }

    /// Tells the visit the position of the event it has just folded: a new entry takes it.
    pub fn stamp(&mut self, position: Position) {
        if let Self::Open(open) = self {
            open.check_in.stamp(position);
            open.entry.stamp(position);
        }
    }
}

impl OpenVisit {
    /// Where the visit stands in the order of its room, `id` being its own.
    #[must_use]
    pub fn rank(&self, id: VisitId) -> Rank {
        Rank { priority: Reverse(self.priority), entry: self.entry.order(), visit: id }
    }

    /// With whom the visit is in call.
    #[must_use]
    pub fn in_call_with(&self) -> Option<MemberId> {
        match self.place {
            Place::InCall { member, .. } => Some(member),
            Place::Waiting { .. } | Place::OnHold { .. } => None,
        }
    }

    pub(super) fn owned_by(&self, actor: &Actor) -> bool {
        matches!(actor, Actor::Patient(token) if self.tokens.contains(token))
    }

    pub(super) fn served_by(&self, actor: &Actor) -> bool {
        self.in_call_with().is_some_and(|member| *actor == Actor::Member(member))
    }

    pub(super) fn moved(&mut self, place: Place) {
        self.place = place;
        self.version = self.version.next();
    }
}
