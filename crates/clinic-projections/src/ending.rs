//! How a visit ended: its close reason in a word, without what was said of it.

use std::fmt;

use clinic_domain::visit::CloseReason;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A close reason in a word, in the order of these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
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

impl Ending {
    const ALL: [Self; 6] =
        [Self::Completed, Self::EndOfDay, Self::Left, Self::Merged, Self::NoShow, Self::Removed];

    /// The word: the label of the close reason.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::EndOfDay => "end of day",
            Self::Left => "left",
            Self::Merged => "merged",
            Self::NoShow => "no show",
            Self::Removed => "removed",
        }
    }
}

impl From<&CloseReason> for Ending {
    fn from(reason: &CloseReason) -> Self {
        match reason {
            CloseReason::Completed => Self::Completed,
            CloseReason::EndOfDay => Self::EndOfDay,
            CloseReason::Left => Self::Left,
            CloseReason::Merged { .. } => Self::Merged,
            CloseReason::NoShow => Self::NoShow,
            CloseReason::Removed { .. } => Self::Removed,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl Serialize for Ending {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.label())
    }
}

impl<'de> Deserialize<'de> for Ending {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = String::deserialize(deserializer)?;
        let known = Self::ALL.into_iter().find(|ending| ending.label() == label);
        known.ok_or_else(|| D::Error::custom(format_args!("no visit ends as {label:?}")))
    }
}
