//! An actor as history shows her: by the name she held then, marked if she has been removed since.

use std::fmt;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::{Clinic, Member, Status};
use clinic_domain::ids::MemberId;
use clinic_domain::text::Title;
use serde::{Deserialize, Serialize};

/// Who caused a fact, with a name to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A member.
    Member {
        /// Her id.
        id: MemberId,
        /// The name that she held then; none in a log that never added her.
        name: Option<Title>,
        /// Whether she has been removed since.
        removed: bool,
    },
    /// The patient whose visit it is.
    Patient,
    /// A policy, in the version of then.
    Policy {
        /// The rule.
        name: PolicyName,
        /// Its version.
        version: u16,
    },
    /// History from another system.
    Import,
    /// The product that embeds the clinic.
    Host,
}

impl Who {
    /// The actor by the name held now, which a fold keeps and which is *then* for every reader.
    #[must_use]
    pub fn now(actor: &Actor, clinic: &Clinic) -> Self {
        match actor {
            Actor::Member(id) => Self::member(*id, clinic),
            Actor::Patient(_) => Self::Patient,
            Actor::Policy { name, version } => Self::Policy { name: *name, version: *version },
            Actor::Import => Self::Import,
            Actor::Host => Self::Host,
        }
    }

    /// A member by the name held now.
    #[must_use]
    pub fn member(id: MemberId, clinic: &Clinic) -> Self {
        let member = clinic.member(id);
        let name = member.map(|member| member.name.clone());
        Self::Member { id, name, removed: removed(member) }
    }

    /// The member that she is, if she is one.
    pub(crate) fn member_id(&self) -> Option<MemberId> {
        match self {
            Self::Member { id, .. } => Some(*id),
            Self::Patient | Self::Policy { .. } | Self::Import | Self::Host => None,
        }
    }

    /// The same name, marked if the member has been removed since.
    #[must_use]
    pub fn marked(&self, clinic: &Clinic) -> Self {
        match self {
            Self::Member { id, name, .. } => {
                Self::Member { id: *id, name: name.clone(), removed: removed(clinic.member(*id)) }
            }
            Self::Patient | Self::Policy { .. } | Self::Import | Self::Host => self.clone(),
        }
    }
}

fn removed(member: Option<&Member>) -> bool {
    member.is_some_and(|member| member.status == Status::Removed)
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member { name, removed, .. } => {
                f.write_str(name.as_ref().map_or("a member", Title::as_str))?;
                if *removed { f.write_str(" (removed)") } else { Ok(()) }
            }
            Self::Patient => f.write_str("the patient"),
            Self::Policy { name, .. } => write!(f, "the {name} policy"),
            Self::Import => f.write_str("an import"),
            Self::Host => f.write_str("the host"),
        }
    }
}
