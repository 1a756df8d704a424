//! What may be asked of a clinic as a whole, and the command that asks it.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use crate::actor::{Actor, TokenHash};
use crate::clinic::{Capability, Role};
use crate::decider::names;
use crate::hours::{Hours, Zone};
use crate::ids::{
    CommandId, Fresh, MemberId, PasscodeId, PlaceVersion, RoomId, TransferId, VisitId,
};
use crate::personal::{Form, Personal};
use crate::room::{RoomKind, RoomPolicy, Texts};
use crate::text::{ExternalRef, Label, Note, Notice, PersonName, PhoneTail, Reason, Slug, Title};
use crate::time::Timestamp;
use crate::visit::{Arrival, CloseReason, Priority};

/// A command: who asks what, when, under which id, with which new ids.
///
/// The engine makes it from a caller's wish: it cuts the time once and mints the fresh id.
#[derive(Clone, Debug)]
pub struct Command {
    /// The same id again is a retry.
    pub id: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// The instant of the decision.
    pub at: Timestamp,
    /// Where the ids of what the command opens come from.
    pub fresh: Fresh,
    /// What is asked.
    pub action: Action,
}

impl Command {
    /// A digest of who asks what, to tell a retry from another use of its id. It knows neither the
    /// time nor fresh ids, which a retry has anew, nor personal text, which it could betray.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut digest = Fnv(0xcbf2_9ce4_8422_2325);
        self.actor.hash(&mut digest);
        self.action.hash(&mut digest);
        digest.finish()
    }

    /// Whether its personal texts can be read: sealing comes after the decision, and only history
    /// may come without what has been erased.
    pub(crate) fn readable(&self) -> bool {
        self.action.personal().into_iter().flatten().all(|form| match form {
            Form::Clear => true,
            Form::Sealed => false,
            Form::Erased => self.actor == Actor::Import,
        })
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv): small, and the same on every node.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    // The digest is stored: numbers are written the same way on every platform.

    fn write_u16(&mut self, number: u16) {
        self.write(&number.to_le_bytes());
    }

    fn write_u32(&mut self, number: u32) {
        self.write(&number.to_le_bytes());
    }

    fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or(u64::MAX));
    }

    fn write_i64(&mut self, number: i64) {
        self.write(&number.to_le_bytes());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_i64(i64::try_from(number).unwrap_or(i64::MAX));
    }
}

/// Something that an edge vouches for, not the asker: no part of the body that makes a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouched<T>(pub T);

impl<T> Hash for Vouched<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// What may be asked of a clinic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Found the clinic, with its first Owner. By the host.
    FoundClinic {
        /// Its name.
        name: Title,
        /// Its zone.
        zone: Zone,
        /// The first Owner's name.
        owner_name: Title,
        /// What it may use.
        capabilities: BTreeSet<Capability>,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change the clinic's zone.
    SetZone(Zone),
    /// Change what the clinic may use. By the host.
    SetCapabilities(BTreeSet<Capability>),
    /// Add a member.
    AddMember {
        /// The name.
        name: Title,
        /// The role.
        role: Role,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change a member's name; history keeps the old one.
    RenameMember {
        /// Whose.
        member: MemberId,
        /// The new one.
        name: Title,
    },
    /// Change a member's role.
    ChangeRole {
        /// Whose.
        member: MemberId,
        /// The new one.
        role: Role,
    },
    /// Let a member not act for now; her call goes on hold.
    DisableMember(MemberId),
    /// Let a member act again.
    EnableMember(MemberId),
    /// Let a member never act again; her call goes on hold.
    RemoveMember(MemberId),

    /// Open a room.
    OpenRoom {
        /// The clinic's, or one member's.
        kind: RoomKind,
        /// Its name.
        name: Title,
        /// Its link.
        slug: Slug,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change a room's name.
    RenameRoom(RoomId, Title),
    /// Change a room's link; the old one is retired.
    ChangeSlug(RoomId, Slug),
    /// Let a member serve in a room.
    AssignMember(RoomId, MemberId),
    /// No longer let a member serve in a room.
    UnassignMember(RoomId, MemberId),
    /// Change what a waiting room shows.
    SetTexts(RoomId, Texts),
    /// Change when a door is open.
    SetHours(RoomId, Option<Hours>),
    /// Change a room's limits, windows and thresholds.
    SetPolicy(RoomId, Box<RoomPolicy>),
    /// Change what a room has to tick.
    SetChecklist(RoomId, Vec<Label>),
    /// Change a room's passcode, or ask for none.
    SetPasscode(RoomId, Option<PasscodeId>),
    /// Suspend a door, showing a message.
    SuspendRoom(RoomId, Notice),
    /// Let people in again.
    LiftSuspension(RoomId),
    /// Put a room out of use for ever.
    ArchiveRoom(RoomId),

    /// Check in.
    CheckIn(Box<CheckInForm>),
    /// Start the call with a visit, or resume it.
    StartCall {
        /// Which.
        visit: VisitId,
        /// Pause the call that the member is in.
        pausing: bool,
        /// The place version on the asker's screen.
        seen: Option<PlaceVersion>,
    },
    /// Start the call with the first in a room who can be called.
    CallNext {
        /// Where.
        room: RoomId,
        /// Pause the call that the member is in.
        pausing: bool,
    },
    /// Pause the call with a visit.
    PauseCall {
        /// Which.
        visit: VisitId,
        /// The place version on the asker's screen.
        seen: Option<PlaceVersion>,
    },
    /// End the call with a visit without closing it.
    EndCall {
        /// Which.
        visit: VisitId,
        /// The place version on the asker's screen.
        seen: Option<PlaceVersion>,
    },

    /// Move a visit to another room.
    Transfer {
        /// Which.
        visit: VisitId,
        /// Where to.
        to: RoomId,
        /// For the members there.
        note: Option<Personal<Note>>,
        /// The place version on the asker's screen.
        seen: Option<PlaceVersion>,
    },
    /// Move everybody out of a room to another.
    TransferAll {
        /// Out of here.
        from: RoomId,
        /// Where to.
        to: RoomId,
    },
    /// Take a patient that was sent.
    AcceptTransfer(VisitId, TransferId),
    /// Send a patient back who was sent.
    DeclineTransfer {
        /// Which visit.
        visit: VisitId,
        /// Which leg.
        transfer: TransferId,
        /// Why, for the sender.
        note: Option<Personal<Note>>,
    },
    /// Take back a transfer.
    UndoTransfer(VisitId, TransferId),

    /// Change how urgent a visit is.
    SetPriority(VisitId, Priority),
    /// Write a note on a visit.
    AddNote(VisitId, Personal<Note>),
    /// Tick or untick a label.
    TickChecklist {
        /// On which visit.
        visit: VisitId,
        /// The label.
        label: Label,
        /// Ticked or not.
        done: bool,
    },
    /// Let a visit stay past the end of the day.
    CarryOver(VisitId),
    /// Close a visit.
    CloseVisit {
        /// Which.
        visit: VisitId,
        /// Why. `Merged` is asked by [`Action::MergeVisits`].
        reason: CloseReason,
        /// The place version on the asker's screen.
        seen: Option<PlaceVersion>,
    },
    /// Close every visit in a room, or those named.
    CloseAll {
        /// Where.
        room: RoomId,
        /// Which; none: everybody inside.
        only: Option<Vec<VisitId>>,
        /// Why.
        reason: CloseReason,
    },
    /// Open a closed visit again.
    ReopenVisit(VisitId),
    /// Close a duplicate in favour of another visit of the same person.
    MergeVisits {
        /// The one that goes on.
        survivor: VisitId,
        /// The one that closes.
        duplicate: VisitId,
        /// The duplicate's place version on the asker's screen.
        seen: Option<PlaceVersion>,
    },

    /// Note who is connected. By the presence policy.
    NotePresence {
        /// Whose page.
        who: Person,
        /// Connected or not.
        online: bool,
        /// The last sign of life.
        last_seen: Timestamp,
    },
    /// Put a visit on hold whose member was lost. By the member-lost policy.
    HoldLostMember(VisitId, MemberId),
    /// End an accept window. By the accept-window policy.
    ExpireTransfer(VisitId, TransferId),
    /// Note that closing time has come. By the closing-time policy.
    EndDay(RoomId),
    /// Close a visit whose patient never came back. By the no-show policy.
    CloseNoShow(VisitId),
}

names!(Action {
    FoundClinic,
    SetZone,
    SetCapabilities,
    AddMember,
    RenameMember,
    ChangeRole,
    DisableMember,
    EnableMember,
    RemoveMember,
    OpenRoom,
    RenameRoom,
    ChangeSlug,
    AssignMember,
    UnassignMember,
    SetTexts,
    SetHours,
    SetPolicy,
    SetChecklist,
    SetPasscode,
    SuspendRoom,
    LiftSuspension,
    ArchiveRoom,
    CheckIn,
    StartCall,
    CallNext,
    PauseCall,
    EndCall,
    Transfer,
    TransferAll,
    AcceptTransfer,
    DeclineTransfer,
    UndoTransfer,
    SetPriority,
    AddNote,
    TickChecklist,
    CarryOver,
    CloseVisit,
    CloseAll,
    ReopenVisit,
    MergeVisits,
    NotePresence,
    HoldLostMember,
    ExpireTransfer,
    EndDay,
    CloseNoShow,
});

impl Action {
    /// The forms of the personal texts that it brings.
    fn personal(&self) -> [Option<Form>; 3] {
        let note = |note: Option<&Personal<Note>>| [note.map(Personal::form), None, None];
        match self {
            Self::CheckIn(form) => [
                Some(form.name.form()),
                form.reason.as_ref().map(Personal::form),
                form.phone.as_ref().map(Personal::form),
            ],
            Self::AddNote(_, text) => note(Some(text)),
            Self::Transfer { note: text, .. } | Self::DeclineTransfer { note: text, .. } => {
                note(text.as_ref())
            }
            Self::CloseVisit { reason: CloseReason::Removed { why }, .. }
            | Self::CloseAll { reason: CloseReason::Removed { why }, .. } => note(Some(why)),
            Self::FoundClinic { .. }
            | Self::SetZone(_)
            | Self::SetCapabilities(_)
            | Self::AddMember { .. }
            | Self::RenameMember { .. }
            | Self::ChangeRole { .. }
            | Self::DisableMember(_)
            | Self::EnableMember(_)
            | Self::RemoveMember(_)
            | Self::OpenRoom { .. }
            | Self::RenameRoom(..)
            | Self::ChangeSlug(..)
            | Self::AssignMember(..)
            | Self::UnassignMember(..)
            | Self::SetTexts(..)
            | Self::SetHours(..)
            | Self::SetPolicy(..)
            | Self::SetChecklist(..)
            | Self::SetPasscode(..)
            | Self::SuspendRoom(..)
            | Self::LiftSuspension(_)
            | Self::ArchiveRoom(_)
            | Self::StartCall { .. }
            | Self::CallNext { .. }
            | Self::PauseCall { .. }
            | Self::EndCall { .. }
            | Self::TransferAll { .. }
            | Self::AcceptTransfer(..)
            | Self::UndoTransfer(..)
            | Self::SetPriority(..)
            | Self::TickChecklist { .. }
            | Self::CarryOver(_)
            | Self::CloseVisit { .. }
            | Self::CloseAll { .. }
            | Self::ReopenVisit(_)
            | Self::MergeVisits { .. }
            | Self::NotePresence { .. }
            | Self::HoldLostMember(..)
            | Self::ExpireTransfer(..)
            | Self::EndDay(_)
            | Self::CloseNoShow(_) => [None; 3],
        }
    }
}

/// Somebody whose page may be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// The patient of a visit.
    Patient(VisitId),
    /// A member.
    Member(MemberId),
}

/// What a patient fills in at the door.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CheckInForm {
    /// Whose door.
    pub room: RoomId,
    /// The hash of the visit token in the patient's browser.
    pub token: TokenHash,
    /// The name as typed.
    pub name: Personal<PersonName>,
    /// Why the patient comes.
    pub reason: Option<Personal<Reason>>,
    /// Last digits of a phone.
    pub phone: Option<Personal<PhoneTail>>,
    /// Booked or drop-in.
    pub arrival: Arrival,
    /// The consent version accepted.
    pub consent: Option<u32>,
    /// The passcode that was typed, as the credentials port recognised it.
    pub passcode: Vouched<Option<PasscodeId>>,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
}

impl CheckInForm {
    /// The least that a door asks for: a room, a token and a name; a drop-in.
    #[must_use]
    pub fn new(room: RoomId, token: TokenHash, name: PersonName) -> Self {
        Self {
            room,
            token,
            name: Personal::Clear(name),
            reason: None,
            phone: None,
            arrival: Arrival::DropIn,
            consent: None,
            passcode: Vouched(None),
            external_ref: None,
        }
    }
}
