//! What may be asked of a room, and the evidence that comes with it.

use super::{RoomKind, RoomPolicy, Texts};
use crate::actor::{Actor, Standing};
use crate::hours::Hours;
use crate::ids::{MemberId, PasscodeId, RoomId, VisitId};
use crate::text::{ExternalRef, Label, Notice, Slug, Title};
use crate::time::Timestamp;

/// A command to one room, with the evidence that its rules need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomCommand {
    /// The instant of the decision.
    pub at: Timestamp,
    /// Who asks.
    pub by: Actor,
    /// Evidence: what the asker is to this room.
    pub standing: Standing,
    /// What is asked.
    pub act: RoomAct,
}

/// What may be asked of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomAct {
    /// Open it.
    Open {
        /// The clinic's, or one member's.
        kind: RoomKind,
        /// Its name.
        name: Title,
        /// Its link.
        slug: Slug,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
        /// Evidence: the room that the slug leads to, or led to.
        holder: Option<RoomId>,
        /// Evidence: the personal room that the member has already.
        has: Option<RoomId>,
        /// Evidence: the member is active (for a shared room: true).
        active: bool,
        /// Evidence: the clinic may have shared rooms.
        capable: bool,
        /// Evidence: rooms of the clinic.
        rooms: usize,
    },
    /// Change the name.
    Rename(Title),
    /// Change the link; the old one is retired.
    ChangeSlug {
        /// The new link.
        slug: Slug,
        /// Evidence: the room that it leads to, or led to.
        holder: Option<RoomId>,
    },
    /// Let a member serve here.
    Assign {
        /// Who.
        member: MemberId,
        /// Evidence: an active member of the clinic.
        active: bool,
    },
    /// No longer let a member serve here.
    Unassign {
        /// Who.
        member: MemberId,
        /// Evidence: no other active member is assigned here.
        last: bool,
        /// Evidence: who is inside.
        inside: Vec<VisitId>,
    },
    /// Change what the waiting room shows.
    SetTexts(Texts),
    /// Change when the door is open.
    SetHours(Option<Hours>),
    /// Change limits, windows and thresholds.
    SetPolicy {
        /// The new ones.
        policy: RoomPolicy,
        /// Evidence: the clinic may use accept windows.
        capable: bool,
    },
    /// Change what is to tick.
    SetChecklist(Vec<Label>),
    /// Change the passcode, or ask for none.
    SetPasscode(Option<PasscodeId>),
    /// Suspend the door, showing a message.
    Suspend(Notice),
    /// Let people in again.
    LiftSuspension,
    /// Note that closing time has come.
    EndDay {
        /// Evidence: who is inside.
        inside: Vec<VisitId>,
    },
    /// Put the room out of use.
    Archive {
        /// Evidence: who is inside.
        inside: Vec<VisitId>,
        /// Evidence: who may still come back here from a pending transfer.
        pending: Vec<VisitId>,
    },
}

/// What somebody at the door brings, beside a name; all of it evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The passcode that was typed, as the credentials port recognised it.
    pub passcode: Option<PasscodeId>,
    /// The consent version accepted.
    pub consent: Option<u32>,
    /// Another open visit of the same token, and its room.
    pub elsewhere: Option<(VisitId, RoomId)>,
    /// Visits that have a rank here.
    pub queue: usize,
    /// The clinic may have shared rooms.
    pub capable: bool,
    /// It is history of another system, which the door cannot turn away any more.
    pub imported: bool,
}
