//! What happens to clinics.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Capability, Role};
use crate::decider::names;
use crate::hours::Zone;
use crate::ids::MemberId;
use crate::text::{ExternalRef, Title};
use crate::time::Timestamp;

/// What happened to a clinic. These names and fields are the stored form: add, never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClinicEvent {
    /// The clinic exists, with one Owner.
    ClinicFounded {
        /// Its name.
        name: Title,
        /// Its zone.
        zone: Zone,
        /// The first Owner.
        owner: MemberId,
        /// The first Owner's name.
        owner_name: Title,
        /// What it may use.
        capabilities: BTreeSet<Capability>,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
        /// Whether it is history: what happened elsewhere, closed to whatever is asked today.
        imported: bool,
        /// When.
        at: Timestamp,
    },
    /// Its clock on the wall hangs elsewhere.
    ZoneChanged {
        /// The new zone.
        zone: Zone,
    },
    /// It may use something more, or less.
    CapabilitiesChanged {
        /// All that it may use now.
        capabilities: BTreeSet<Capability>,
    },
    /// Somebody joined.
    MemberAdded {
        /// The id.
        member: MemberId,
        /// The name.
        name: Title,
        /// The role.
        role: Role,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
        /// When.
        at: Timestamp,
    },
    /// She goes by another name.
    MemberRenamed {
        /// Who.
        member: MemberId,
        /// The new name.
        name: Title,
    },
    /// She is something else now.
    RoleChanged {
        /// Who.
        member: MemberId,
        /// What.
        role: Role,
    },
    /// She may not act for now.
    MemberDisabled {
        /// Who.
        member: MemberId,
    },
    /// She may act again.
    MemberEnabled {
        /// Who.
        member: MemberId,
    },
    /// She will never act again.
    MemberRemoved {
        /// Who.
        member: MemberId,
    },
    /// A page of hers is connected.
    MemberCameOnline {
        /// Who.
        member: MemberId,
        /// When.
        at: Timestamp,
    },
    /// No page of hers is connected.
    MemberWentOffline {
        /// Who.
        member: MemberId,
        /// The last sign of life.
        last_seen: Timestamp,
        /// When this was noted; presence counts from here.
        at: Timestamp,
    },
}

impl ClinicEvent {
    /// The member whom the event is about.
    #[must_use]
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Self::ClinicFounded { owner: member, .. }
            | Self::MemberAdded { member, .. }
            | Self::MemberRenamed { member, .. }
            | Self::RoleChanged { member, .. }
            | Self::MemberDisabled { member }
            | Self::MemberEnabled { member }
            | Self::MemberRemoved { member }
            | Self::MemberCameOnline { member, .. }
            | Self::MemberWentOffline { member, .. } => Some(*member),
            Self::ZoneChanged { .. } | Self::CapabilitiesChanged { .. } => None,
        }
    }
}

names!(ClinicEvent {
    ClinicFounded,
    ZoneChanged,
    CapabilitiesChanged,
    MemberAdded,
    MemberRenamed,
    RoleChanged,
    MemberDisabled,
    MemberEnabled,
    MemberRemoved,
    MemberCameOnline,
    MemberWentOffline,
});
