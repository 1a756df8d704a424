//! What a room is: not yet opened, open, or archived.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::hours::Hours;
use crate::ids::{MemberId, PasscodeId};
use crate::limits;
use crate::text::{ExternalRef, Label, LinkTemplate, Notice, Slug, Title};
use crate::time::{Millis, Timestamp};

/// A room of a clinic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Room {
    /// Nobody has opened a room under this id.
    #[default]
    Unopened,
    /// In use.
    Open(OpenRoom),
    /// Out of use for ever; it keeps what it was for those who read history.
    Archived(OpenRoom),
}

/// A room in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRoom {
    /// The clinic's, or one member's.
    pub kind: RoomKind,
    /// What patients read above the door.
    pub name: Title,
    /// The link.
    pub slug: Slug,
    /// Links that once led here.
    pub retired: Vec<Slug>,
    /// Who serves here.
    pub assigned: BTreeSet<MemberId>,
    /// What the waiting room shows.
    pub texts: Texts,
    /// Counts changes of the texts, from 0.
    pub texts_version: u32,
    /// When the door is open; always, if none are set.
    pub hours: Option<Hours>,
    /// Limits, windows and thresholds.
    pub policy: RoomPolicy,
    /// What to tick for each patient.
    pub checklist: Vec<Label>,
    /// The passcode in force, by id; its verifier is no fact.
    pub passcode: Option<PasscodeId>,
    /// What patients read while the door is suspended.
    pub suspended: Option<Notice>,
    /// The last time that closing time was noted.
    pub day_ended_at: Option<Timestamp>,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
}

/// Whose room it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// The clinic's.
    Shared,
    /// One member's.
    Personal(MemberId),
}

/// What the waiting room shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Texts {
    /// A greeting.
    pub welcome: Option<Notice>,
    /// Office hours in words.
    pub office_hours: Option<Notice>,
    /// What to do in an emergency.
    pub emergency: Option<Notice>,
}

/// The numbers that a room runs by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomPolicy {
    /// Visits that may have a rank at once.
    pub queue_limit: u32,
    /// Where arrivals by transfer stand.
    pub arrivals: ArrivalOrder,
    /// How long members may accept or decline an arrival; none: arrivals need no answer.
    pub accept_window: Option<Millis>,
    /// How long a transfer out of here may be undone.
    pub undo_window: Millis,
    /// How long a visit closed here may be reopened.
    pub reopen_window: Millis,
    /// Waiting here longer than this deserves a look.
    pub wait_warn: Millis,
    /// Waiting here longer than this is too long.
    pub wait_late: Millis,
    /// The return of one visit to this room that alerts.
    pub return_alert: u32,
    /// Version of the consent text that a check-in must accept, if the room asks for consent.
    pub consent: Option<u32>,
    /// Where calls meet.
    pub call_link: Option<LinkTemplate>,
    /// A patient who was never served and is offline so long is closed as a no show, by policy.
    pub no_show_after: Option<Millis>,
}

impl Default for RoomPolicy {
    fn default() -> Self {
        Self {
            queue_limit: limits::QUEUE_DEFAULT,
            arrivals: ArrivalOrder::OriginalCheckIn,
            accept_window: None,
            undo_window: limits::UNDO_WINDOW,
            reopen_window: limits::REOPEN_WINDOW,
            wait_warn: Millis::minutes(10),
            wait_late: Millis::minutes(30),
            return_alert: limits::RETURN_ALERT,
            consent: None,
            call_link: None,
            no_show_after: None,
        }
    }
}

/// Where a visit that arrives by transfer stands in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalOrder {
    /// Where its check-in puts it: who came first is served first.
    #[default]
    OriginalCheckIn,
    /// Behind those who are here.
    BackOfQueue,
}

/// What a room answers to a visit that is to be transferred to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where the visit will stand.
    pub order: ArrivalOrder,
    /// How long it may be accepted or declined, if that is asked for.
    pub accept_window: Option<Millis>,
    /// What the sender should know.
    pub warnings: Vec<Warning>,
}

/// What a sender is warned of; it refuses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The target's door is shut by its hours.
    OutOfHours,
    /// None of the target's members is online.
    NobodyOnline,
}

impl Room {
    /// The room, if it is in use.
    #[must_use]
    pub fn open(&self) -> Option<&OpenRoom> {
        match self {
            Self::Open(open) => Some(open),
            Self::Unopened | Self::Archived(_) => None,
        }
    }

    /// The room as it is, or as it was when it was archived.
    #[must_use]
    pub fn last(&self) -> Option<&OpenRoom> {
        match self {
            Self::Open(room) | Self::Archived(room) => Some(room),
            Self::Unopened => None,
        }
    }
}

impl OpenRoom {
    /// Whether the door's hours let anyone in at `at`.
    #[must_use]
    pub fn in_hours(&self, at: Timestamp) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.open_at(at))
    }
}
