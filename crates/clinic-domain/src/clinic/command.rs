//! What may be asked of a clinic.

use std::collections::BTreeSet;

use super::{Capability, Role};
use crate::actor::Actor;
use crate::hours::Zone;
use crate::ids::MemberId;
use crate::text::{ExternalRef, Title};
use crate::time::Timestamp;

/// A command to the clinic, with the evidence that its rules need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicCommand {
    /// The instant of the decision.
    pub at: Timestamp,
    /// Who asks.
    pub by: Actor,
    /// What is asked.
    pub act: ClinicAct,
}

/// What may be asked of a clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClinicAct {
    /// Found it.
    Found {
        /// Its name.
        name: Title,
        /// Its zone.
        zone: Zone,
        /// The first Owner's id.
        owner: MemberId,
        /// The first Owner's name.
        owner_name: Title,
        /// What it may use.
        capabilities: BTreeSet<Capability>,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change the zone.
    SetZone(Zone),
    /// Change what it may use.
    SetCapabilities(BTreeSet<Capability>),
    /// Add a member.
    Add {
        /// The id.
        member: MemberId,
        /// The name.
        name: Title,
        /// The role.
        role: Role,
        /// A host's own id.
        external_ref: Option<ExternalRef>,
    },
    /// Change a name; history keeps the old one.
    Rename {
        /// Whose.
        member: MemberId,
        /// The new one.
        name: Title,
    },
    /// Change a role.
    ChangeRole {
        /// Whose.
        member: MemberId,
        /// The new one.
        role: Role,
    },
    /// Let her not act for now.
    Disable(MemberId),
    /// Let her act again.
    Enable(MemberId),
    /// Let her never act again.
    Remove(MemberId),
    /// Note that a page of hers is connected, or that none was since `last_seen`.
    NotePresence {
        /// Whose.
        member: MemberId,
        /// Connected or not.
        online: bool,
        /// The last sign of life.
        last_seen: Timestamp,
    },
}
