//! What may be done on a day, how often, and in which words.

use std::fmt;

macro_rules! deeds {
    ($($(#[$doc:meta])* $deed:ident $weight:literal $words:literal,)*) => {
        /// What is done by a move.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Deed {
            $($(#[$doc])* #[doc = concat!("Somebody ", $words, ".")] $deed,)*
        }

        impl Deed {
            const WEIGHTED: &'static [(Self, u32)] = &[$((Self::$deed, $weight),)*];

            fn words(self) -> &'static str {
                match self {
                    $(Self::$deed => $words,)*
                }
            }
        }
    };
}

// Simple deeds stand first: a deed shrinks towards them.
deeds! {
    CheckIn 1700 "checks in",
    StartCall 800 "starts a call",
    CloseVisit 850 "closes a visit",
    Transfer 800 "transfers a visit",
    EndCall 220 "ends a call",
    PauseCall 260 "pauses a call",
    CallNext 300 "calls the next",
    Accept 280 "accepts a transfer",
    Decline 220 "declines a transfer",
    Undo 300 "undoes a transfer",
    Reopen 220 "reopens a visit",
    Merge 200 "merges two visits",
    SetPriority 220 "changes a priority",
    AddNote 220 "writes a note",
    Tick 260 "ticks the checklist",
    CarryOver 80 "carries a visit over",
    CloseAll 60 "closes all visits of a room",
    TransferAll 40 "transfers all visits of a room",
    PatientPresence 380 "notes a patient's presence",
    MemberPresence 380 "notes a member's presence",
    Leave 160 "leaves",

    AddMember 140 "adds a member",
    RenameMember 40 "renames a member",
    ChangeRole 130 "changes a role",
    DisableMember 90 "disables a member",
    EnableMember 130 "enables a member",
    RemoveMember 40 "removes a member",
    SetZone 30 "changes the clinic's zone",
    SetCapabilities 80 "changes what the clinic may use",
    FoundAgain 25 "founds the clinic again",

    OpenRoom 150 "opens a room",
    RenameRoom 40 "renames a room",
    ChangeSlug 70 "changes a room's link",
    AssignMember 280 "assigns a member",
    UnassignMember 110 "unassigns a member",
    SetTexts 40 "changes what a waiting room shows",
    SetHours 110 "changes a room's hours",
    SetPolicy 200 "changes a room's policy",
    SetChecklist 90 "changes a room's checklist",
    SetPasscode 80 "changes a room's passcode",
    SuspendRoom 70 "suspends a door",
    LiftSuspension 110 "lifts a suspension",
    ArchiveRoom 60 "archives a room",

    HoldLostMember 60 "puts a lost member's call on hold",
    ExpireTransfer 200 "ends an accept window",
    EndDay 50 "notes closing time",
    CloseNoShow 40 "closes a no-show",

    /// The same command, word for word.
    Retry 150 "sends a command again",
    /// Another body, or another asker.
    Reuse 60 "uses a command's id for something else",
    /// Two hundred notes and some.
    WriteALot 1 "writes notes until there is no more room for them",
    /// Nothing about it is plausible.
    Nonsense 150 "asks for anything at all",
}

impl Deed {
    /// All weights together.
    pub(super) fn weights() -> u32 {
        Self::WEIGHTED.iter().map(|(_, weight)| weight).sum()
    }

    /// The deed in whose share of the weights `n` falls.
    pub(super) fn at(n: u32) -> Self {
        let mut left = n;
        for &(deed, weight) in Self::WEIGHTED {
            if left < weight {
                return deed;
            }
            left -= weight;
        }
        Self::CheckIn
    }
}

impl Deed {
    /// Whether it answers a transfer, or notes that nobody did.
    pub(super) fn answers(self) -> bool {
        matches!(self, Self::Accept | Self::Decline | Self::ExpireTransfer)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}
