//! The words of the wire for what read models have enums for, and how instants and actors stand there.

use clinic_domain::hours::Zone;
use clinic_domain::personal::{Personal, PersonalText};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::Presence;
use clinic_projections::availability;
use clinic_projections::who::Who;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// A word for each case of an enum of the rules or the folds: a new case breaks the build here.
macro_rules! word {
    (
        $(#[$doc:meta])*
        $word:ident for $($kind:ident)::+ { $($(#[$of:meta])* $case:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $word { $($(#[$of])* $case,)* }

        impl From<$($kind)::+> for $word {
            fn from(kind: $($kind)::+) -> Self {
                use $($kind)::+ as Kind;
                match kind { $(Kind::$case => Self::$case,)* }
            }
        }
    };
}

word! {
    /// What a member can do now.
    Availability for clinic_projections::availability::Availability {
        /// A page of hers is connected, and she is in no call.
        Online,
        /// A page of hers is connected, and she is in a call.
        OnAnotherCall,
        /// No page of hers is connected, or she may not act.
        Away,
    }
}

word! {
    /// How a wait compares with what the room finds right.
    Level for clinic_projections::row::Level {
        /// Nothing to say.
        Fine,
        /// It deserves a look.
        Warn,
        /// It is too long.
        Late,
    }
}

word! {
    /// Why a call is paused.
    HoldReason for clinic_domain::visit::HoldReason {
        /// A member paused it.
        Paused,
        /// The member's connection was lost.
        MemberLost,
        /// The member was disabled or removed.
        MemberDisabled,
    }
}

word! {
    /// Why a visit went back to the room that a transfer had taken it from.
    Reversal for clinic_domain::visit::Reversal {
        /// The target said no.
        Declined,
        /// The target said nothing in time.
        Expired,
        /// The sender took it back.
        Undone,
    }
}

word! {
    /// What became of a transfer.
    Outcome for clinic_domain::transfer::Outcome {
        /// No answer was asked for.
        Completed,
        /// The target took the patient.
        Accepted,
        /// The target said no.
        Declined,
        /// The target said nothing in time.
        Expired,
        /// The visit closed first.
        Withdrawn,
        /// The sender took it back.
        Undone,
    }
}

word! {
    /// What a sender is warned of; it refuses nothing.
    Warning for clinic_domain::room::Warning {
        /// The target's door is shut by its hours.
        OutOfHours,
        /// None of the target's members is online.
        NobodyOnline,
    }
}

word! {
    /// Who told of an appointment.
    ToldBy for clinic_domain::visit::ToldBy {
        /// The embedding product's calendar.
        Host,
        /// The patient, typing.
        Patient,
    }
}

word! {
    /// Whether a member may act.
    MemberStatus for clinic_domain::clinic::Status {
        /// She may.
        Active,
        /// Not for now.
        Disabled,
        /// Never again.
        Removed,
    }
}

word! {
    /// How a visit ended.
    Ending for clinic_projections::ending::Ending {
        /// Served.
        Completed,
        /// The day was over.
        EndOfDay,
        /// The patient left.
        Left,
        /// The same person had checked in twice.
        Merged,
        /// The patient was not there to be served.
        NoShow,
        /// A member removed the visit.
        Removed,
    }
}

word! {
    /// What an instant of a visit counts as.
    Activity for clinic_projections::stay::Activity {
        /// With a member.
        InCall,
        /// Not in call, and no page of the patient is connected.
        Offline,
        /// Online, the call paused.
        OnHold,
        /// Online, in the waiting room.
        Waiting,
    }
}

/// An instant: RFC 3339, in UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-03-02T09:00:00.000Z")]
pub(crate) struct At(pub(crate) Timestamp);

impl From<Timestamp> for At {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Who caused a fact.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Actor {
    /// Which kind of actor.
    kind: ActorKind,
    /// Her id, if she is a member.
    member: Option<Uuid>,
    /// Her name as she held it then; in words for whoever is no member.
    name: String,
    /// Whether she has been removed since.
    removed: bool,
}

/// A kind of actor.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActorKind {
    /// An account of the clinic.
    Member,
    /// The patient whose visit it is.
    Patient,
    /// A rule that acts by itself.
    Policy,
    /// History from another system.
    Import,
    /// The product that embeds the clinic.
    Host,
}

impl From<&Who> for Actor {
    fn from(who: &Who) -> Self {
        let kind = match who {
            Who::Member { id, name, removed } => {
                let name = name.as_ref().map_or("a member", |name| name.as_str()).to_owned();
                let kind = ActorKind::Member;
                return Self { kind, member: Some(id.0), name, removed: *removed };
            }
            Who::Patient => ActorKind::Patient,
            Who::Policy { .. } => ActorKind::Policy,
            Who::Import => ActorKind::Import,
            Who::Host => ActorKind::Host,
        };
        Self { kind, member: None, name: who.to_string(), removed: false }
    }
}

/// How many of a room's members can do what.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Headcount {
    /// Connected, and in no call.
    online: u32,
    /// Connected, and in a call.
    on_another_call: u32,
    /// Not connected.
    away: u32,
}

impl From<availability::Headcount> for Headcount {
    fn from(count: availability::Headcount) -> Self {
        let availability::Headcount { online, on_another_call, away } = count;
        Self { online, on_another_call, away }
    }
}

/// A personal text, if it can be read: none once it was erased.
pub(crate) fn clear<T: PersonalText>(text: &Personal<T>) -> Option<String> {
    text.clear().map(|text| text.text().to_owned())
}

/// As [`clear`], of a text that may be missing.
pub(crate) fn clear_if<T: PersonalText>(text: Option<&Personal<T>>) -> Option<String> {
    text.and_then(clear)
}

/// Since when nobody's page is connected; none while one is.
pub(crate) fn offline_since(presence: Presence) -> Option<At> {
    match presence {
        Presence::Online => None,
        Presence::OfflineSince(at) => Some(At(at)),
    }
}

/// The name of a zone; UTC where none is known.
pub(crate) fn zone_name(zone: Option<&Zone>) -> String {
    zone.map_or("UTC", Zone::as_str).to_owned()
}
