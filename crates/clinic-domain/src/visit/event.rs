//! What happens to visits.

use serde::{Deserialize, Serialize};

use super::{Arrival, CloseReason, Entry, HoldReason, Priority, Reversal};
use crate::actor::{Actor, TokenHash};
use crate::decider::names;
use crate::ids::{CallId, MemberId, RoomId, TransferId, VisitId};
use crate::personal::{Origin, Personal, Sealable};
use crate::room::{ArrivalOrder, Warning};
use crate::text::{ExternalRef, Label, Note, PersonName, PhoneTail, Reason};
use crate::time::Timestamp;

/// What happened to a visit. These names and fields are the stored form: add, never change.
///
/// Whatever moves the visit carries who and when, so that a stream folds by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitEvent {
    /// The patient is in the waiting room.
    CheckedIn {
        /// Of this room.
        room: RoomId,
        /// The patient's token, hashed.
        token: TokenHash,
        /// The patient's name.
        name: Personal<PersonName>,
        /// Why the patient comes.
        reason: Option<Personal<Reason>>,
        /// Last digits of a phone.
        phone: Option<Personal<PhoneTail>>,
        /// Booked or drop-in.
        arrival: Arrival,
        /// Accepted consent version.
        consent: Option<u32>,
        /// Version of the texts on display.
        texts: u32,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// A call began.
    CallStarted {
        /// The call.
        call: CallId,
        /// With whom.
        member: MemberId,
        /// Whom *call next* passed over: on hold or offline.
        skipped: Vec<VisitId>,
        /// When.
        at: Timestamp,
    },
    /// A paused call goes on.
    CallResumed {
        /// The same call.
        call: CallId,
        /// With whom now.
        member: MemberId,
        /// Whom *call next* passed over.
        skipped: Vec<VisitId>,
        /// When.
        at: Timestamp,
    },
    /// The patient waits on hold.
    CallPaused {
        /// Who paused it.
        by: Actor,
        /// Why.
        reason: HoldReason,
        /// When.
        at: Timestamp,
    },
    /// The call is over; the visit is not.
    CallEnded {
        /// Who ended it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// The visit is in another room: the one fact that places it there.
    Transferred {
        /// The leg.
        transfer: TransferId,
        /// The source room.
        from: RoomId,
        /// The target room.
        to: RoomId,
        /// Who sent it.
        by: Actor,
        /// For the members of the target.
        note: Option<Personal<Note>>,
        /// The target's policy, as applied.
        order: ArrivalOrder,
        /// Until when the target may accept or decline, if it asks for that.
        answer_by: Option<Timestamp>,
        /// Until when the leg may be undone.
        undo_until: Timestamp,
        /// How often the visit had been in the target before.
        returns: u32,
        /// What the sender was warned of.
        warnings: Vec<Warning>,
        /// When.
        at: Timestamp,
    },
    /// The visit is back where a transfer had taken it from, at its old rank.
    TransferReversed {
        /// The leg.
        transfer: TransferId,
        /// Where the visit was.
        from: RoomId,
        /// Where it is again.
        to: RoomId,
        /// Why.
        why: Reversal,
        /// Who decided it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// The urgency changed.
    PriorityChanged {
        /// What it is now.
        priority: Priority,
        /// Who changed it.
        by: Actor,
    },
    /// A member wrote a note.
    NoteAdded {
        /// For members only.
        note: Personal<Note>,
        /// Who wrote it.
        by: Actor,
    },
    /// A label was ticked or unticked.
    ChecklistTicked {
        /// The label.
        label: Label,
        /// Ticked or not.
        done: bool,
        /// Who ticked it.
        by: Actor,
    },
    /// No page of the patient is connected.
    PatientWentOffline {
        /// The last sign of life.
        last_seen: Timestamp,
        /// When this was noted; presence counts from here.
        at: Timestamp,
    },
    /// The patient is back.
    PatientCameOnline {
        /// When.
        at: Timestamp,
    },
    /// The visit stays past the end of the day, on purpose.
    CarriedOver {
        /// Who decided it.
        by: Actor,
        /// When: it holds for the closing time before, not for the next.
        at: Timestamp,
    },
    /// A duplicate was closed in favour of this visit.
    VisitsMerged {
        /// The duplicate.
        duplicate: VisitId,
        /// Its tokens, which lead here now.
        tokens: Vec<TokenHash>,
        /// The earlier of the two entries.
        entry: Entry,
        /// The earlier of the two check-ins.
        check_in: Entry,
        /// Where the visit will stand if its latest leg is reversed: the earlier one there as well.
        leg_entry: Option<Entry>,
        /// Who merged them.
        by: Actor,
    },
    /// The visit is over.
    VisitClosed {
        /// Why.
        reason: CloseReason,
        /// Until when it may be reopened.
        reopen_until: Timestamp,
        /// Who closed it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// The visit goes on where it was.
    VisitReopened {
        /// Who reopened it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
}

names!(VisitEvent {
    CheckedIn,
    CallStarted,
    CallResumed,
    CallPaused,
    CallEnded,
    Transferred,
    TransferReversed,
    PriorityChanged,
    NoteAdded,
    ChecklistTicked,
    PatientWentOffline,
    PatientCameOnline,
    CarriedOver,
    VisitsMerged,
    VisitClosed,
    VisitReopened,
});

impl VisitEvent {
    /// Shows each personal datum of this event of `visit` with its origin, in order of the fields.
    pub fn each_personal(
        &mut self,
        visit: VisitId,
        look: &mut dyn FnMut(Origin, &mut dyn Sealable),
    ) {
        let here = Origin { visit, event: self.name(), field: "" };
        match self {
            Self::CheckedIn { name, reason, phone, .. } => {
                here.show("name", Some(name), look);
                here.show("reason", reason.as_mut(), look);
                here.show("phone", phone.as_mut(), look);
            }
            Self::Transferred { note, .. } => here.show("note", note.as_mut(), look),
            Self::NoteAdded { note, .. } => here.show("note", Some(note), look),
            Self::VisitClosed { reason: CloseReason::Removed { why }, .. } => {
                here.show("why", Some(why), look);
            }
            Self::CallStarted { .. }
            | Self::CallResumed { .. }
            | Self::CallPaused { .. }
            | Self::CallEnded { .. }
            | Self::TransferReversed { .. }
            | Self::PriorityChanged { .. }
            | Self::ChecklistTicked { .. }
            | Self::PatientWentOffline { .. }
            | Self::PatientCameOnline { .. }
            | Self::CarriedOver { .. }
            | Self::VisitsMerged { .. }
            | Self::VisitClosed { .. }
            | Self::VisitReopened { .. } => {}
        }
    }
}
