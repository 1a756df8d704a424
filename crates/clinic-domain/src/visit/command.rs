//! What may be asked of a visit, and the evidence that comes with it.

use super::{Arrival, CloseReason, Entry, HoldReason, Priority, Reversal};
use crate::actor::{Actor, Standing, TokenHash};
use crate::ids::{CallId, MemberId, PlaceVersion, RoomId, TransferId, VisitId};
use crate::personal::{Origin, Personal, Sealable};
use crate::room::{RoomRefusal, Target};
use crate::text::{ExternalRef, Label, Note, PersonName, PhoneTail, Reason};
use crate::time::{Millis, Timestamp};

/// A command to one visit, with the evidence that its rules need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitCommand {
    /// The instant of the decision.
    pub at: Timestamp,
    /// Who asks.
    pub by: Actor,
    /// Evidence: what the asker is to the visit's room (to the source room, for an undo).
    pub standing: Standing,
    /// The place version that the asker's screen showed, if a screen decided it.
    pub seen: Option<PlaceVersion>,
    /// What is asked.
    pub act: VisitAct,
}

/// What may be asked of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitAct {
    /// Begin the visit.
    CheckIn(Box<CheckIn>),
    /// Start the call, or resume it if it is on hold.
    Start {
        /// The id of the call, if a new one begins.
        call: CallId,
        /// Evidence: the visit that the member is in call with.
        busy: Option<VisitId>,
        /// Whom *call next* passed over.
        skipped: Vec<VisitId>,
    },
    /// Pause the call.
    Pause {
        /// Evidence: the clinic may pause.
        capable: bool,
    },
    /// Pause the call because its member is gone.
    HoldFor {
        /// The member.
        member: MemberId,
        /// Why.
        reason: HoldReason,
    },
    /// End the call without closing.
    End,
    /// Move to another room.
    Transfer {
        /// The id of the leg.
        transfer: TransferId,
        /// The target room.
        to: RoomId,
        /// For the members of the target.
        note: Option<Personal<Note>>,
        /// Evidence: what the target says to it.
        target: Result<Target, RoomRefusal>,
        /// Evidence: how long the source room lets it be undone.
        undo_window: Millis,
        /// Evidence: the clinic may transfer.
        capable: bool,
    },
    /// Go back to where a transfer came from.
    Reverse {
        /// The transfer.
        transfer: TransferId,
        /// Why.
        why: Reversal,
        /// Evidence: the room that the transfer came from has been archived since.
        archived: bool,
    },
    /// Change the urgency.
    Prioritise(Priority),
    /// Write a note.
    AddNote(Personal<Note>),
    /// Tick or untick a label.
    Tick {
        /// The label.
        label: Label,
        /// Ticked or not.
        done: bool,
        /// Evidence: the label is on the room's checklist.
        listed: bool,
    },
    /// Note that the patient's page is connected, or that none was since `last_seen`.
    NotePresence {
        /// Connected or not.
        online: bool,
        /// The last sign of life.
        last_seen: Timestamp,
    },
    /// Decide that the visit stays past the end of the day.
    CarryOver {
        /// Evidence: when closing time was last noted in its room.
        day_ended_at: Option<Timestamp>,
    },
    /// Close.
    Close {
        /// Why.
        reason: CloseReason,
        /// Evidence: how long the room lets it be reopened.
        reopen_window: Millis,
    },
    /// Take over a duplicate's tokens and, if it is earlier, its entry.
    Absorb {
        /// The duplicate.
        duplicate: VisitId,
        /// Evidence: its tokens.
        tokens: Vec<TokenHash>,
        /// Evidence: its entry.
        entry: Entry,
        /// Evidence: its check-in.
        check_in: Entry,
    },
    /// Open again.
    Reopen {
        /// Evidence: another open visit of the same token.
        other: Option<VisitId>,
        /// Evidence: the room has been archived.
        archived: bool,
    },
}

impl VisitAct {
    /// Shows each personal datum of what is asked of `visit` with the place at which it will be recorded, so
    /// that whoever stores events without the engine can seal it before it is decided.
    pub fn each_personal(
        &mut self,
        visit: VisitId,
        look: &mut dyn FnMut(Origin, &mut dyn Sealable),
    ) {
        let there = |event| Origin { visit, event, field: "" };
        match self {
            Self::CheckIn(form) => {
                let there = there("CheckedIn");
                there.show("name", Some(&mut form.name), look);
                there.show("reason", form.reason.as_mut(), look);
                there.show("phone", form.phone.as_mut(), look);
            }
            Self::Transfer { note, .. } => there("Transferred").show("note", note.as_mut(), look),
            Self::AddNote(note) => there("NoteAdded").show("note", Some(note), look),
            Self::Close { reason: CloseReason::Removed { why }, .. } => {
                there("VisitClosed").show("why", Some(why), look);
            }
            Self::Start { .. }
            | Self::Pause { .. }
            | Self::HoldFor { .. }
            | Self::End
            | Self::Reverse { .. }
            | Self::Prioritise(_)
            | Self::Tick { .. }
            | Self::NotePresence { .. }
            | Self::CarryOver { .. }
            | Self::Close { .. }
            | Self::Absorb { .. }
            | Self::Reopen { .. } => {}
        }
    }
}

/// What a patient brings to the door, and what the door said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Whose door.
    pub room: RoomId,
    /// The hash of the visit token that the patient's browser holds.
    pub token: TokenHash,
    /// The patient's name as typed.
    pub name: Personal<PersonName>,
    /// Why the patient comes.
    pub reason: Option<Personal<Reason>>,
    /// The last digits of a phone, to tell two of one name apart.
    pub phone: Option<Personal<PhoneTail>>,
    /// Booked or drop-in.
    pub arrival: Arrival,
    /// The version of the consent text that the patient accepted.
    pub consent: Option<u32>,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
    /// Evidence: the version of the texts on display, or why the door stays shut.
    pub door: Result<u32, RoomRefusal>,
}
