//! Handles: how a day file names what the engine will give an id to.

use std::collections::BTreeMap;
use std::fmt;

use clinic_domain::text::{Slug, TextError};

use crate::limits;

/// A name that a day file gives: lower-case letters, digits and inner hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Handle(String);

impl Handle {
    /// Checks a handle.
    pub(crate) fn parse(text: &str) -> Result<Self, TextError> {
        let (found, limit) = (text.len(), limits::HANDLE_BYTES);
        if found > limit {
            return Err(TextError::TooLong { unit: "bytes", found, limit });
        }
        Slug::parse(text).map(|slug| Self(slug.as_str().to_owned()))
    }

    /// The handle as written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a handle can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A clinic.
    Clinic,
    /// A member.
    Member,
    /// A room.
    Room,
    /// A visit.
    Visit,
    /// A transfer.
    Transfer,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clinic => "clinic",
            Self::Member => "member",
            Self::Room => "room",
            Self::Visit => "visit",
            Self::Transfer => "transfer",
        })
    }
}

/// A handle with what it stands for: one word may name a member and a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// What it stands for.
    pub(crate) kind: Kind,
    /// The handle.
    pub(crate) handle: Handle,
}

/// The handles of the lines read so far.
#[derive(Debug, Default)]
pub(super) struct Roster {
    known: BTreeMap<Named, First>,
    last_clinic: Option<Handle>,
}

#[derive(Debug)]
struct First {
    line: usize,
    id: Option<String>,
}

impl Roster {
    /// A line brings something into being.
    pub(super) fn bring(
        &mut self,
        named: &Named,
        line: usize,
        id: Option<&str>,
    ) -> Result<(), String> {
        if named.kind == Kind::Clinic {
            self.last_clinic = Some(named.handle.clone());
        }
        let Some(first) = self.known.get(named) else {
            self.known.insert(named.clone(), First { line, id: id.map(str::to_owned) });
            return Ok(());
        };
        // A patient may come again; anything else is brought again by a retry only.
        if named.kind == Kind::Visit || id.is_some() && id == first.id.as_deref() {
            return Ok(());
        }
        Err(format!("the {} \"{}\" is there since line {}", named.kind, named.handle, first.line))
    }

    /// Whether a line so far brings it.
    pub(super) fn knows(&self, named: &Named) -> bool {
        self.known.contains_key(named)
    }

    /// The clinic founded last.
    pub(super) fn last_clinic(&self) -> Option<&Handle> {
        self.last_clinic.as_ref()
    }
}
