//! What happens to rooms.

use serde::{Deserialize, Serialize};

use super::{RoomKind, RoomPolicy, Texts};
use crate::decider::names;
use crate::hours::Hours;
use crate::ids::{MemberId, PasscodeId, VisitId};
use crate::text::{ExternalRef, Label, Notice, Slug, Title};
use crate::time::Timestamp;

/// What happened to a room. These names and fields are the stored form: add, never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomEvent {
    /// The room exists; a personal one has its member assigned.
    RoomOpened {
        /// The clinic's, or one member's.
        kind: RoomKind,
        /// Its name.
        name: Title,
        /// Its link.
        slug: Slug,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// It has another name.
    RoomRenamed {
        /// The new one.
        name: Title,
    },
    /// It has another link; the old one is retired.
    SlugChanged {
        /// The new one.
        slug: Slug,
    },
    /// A member serves here.
    MemberAssigned {
        /// Who.
        member: MemberId,
    },
    /// A member no longer serves here.
    MemberUnassigned {
        /// Who.
        member: MemberId,
    },
    /// The waiting room shows other texts.
    TextsChanged {
        /// The new ones.
        texts: Texts,
        /// Their version.
        version: u32,
    },
    /// The door keeps other hours, or none.
    HoursChanged {
        /// The new ones.
        hours: Option<Hours>,
    },
    /// Other limits, windows or thresholds apply to what happens from now on.
    PolicyChanged {
        /// The new ones.
        policy: RoomPolicy,
    },
    /// There is something else to tick.
    ChecklistChanged {
        /// The labels, in order.
        labels: Vec<Label>,
    },
    /// New check-ins need another passcode, or none.
    PasscodeChanged {
        /// Its id; the verifier is no fact.
        passcode: Option<PasscodeId>,
    },
    /// Nobody may check in for now.
    RoomSuspended {
        /// What patients read.
        message: Notice,
    },
    /// People may check in again.
    SuspensionLifted,
    /// Closing time has come with patients inside. Nobody was sent home.
    DayEnded {
        /// Who is still inside.
        inside: Vec<VisitId>,
        /// When.
        at: Timestamp,
    },
    /// The room is out of use for ever.
    RoomArchived,
}

names!(RoomEvent {
    RoomOpened,
    RoomRenamed,
    SlugChanged,
    MemberAssigned,
    MemberUnassigned,
    TextsChanged,
    HoursChanged,
    PolicyChanged,
    ChecklistChanged,
    PasscodeChanged,
    RoomSuspended,
    SuspensionLifted,
    DayEnded,
    RoomArchived,
});
