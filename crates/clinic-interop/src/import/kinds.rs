//! What the words of the event column mean.

use std::collections::BTreeMap;
use std::str::FromStr;

use clinic_domain::visit::CloseReason;
use serde::{Deserialize, Serialize};

use super::columns::pairs;
use super::problem::MappingError;
use super::shown;

/// What the file's own words for events mean, written `admit=check-in,transfer=transfer,discharge=complete`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(BTreeMap<String, Meaning>);

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// That this happened.
    Happened(Kind),
    /// Nothing that is wanted here.
    Ignored,
}

/// What may happen to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// It begins.
    CheckIn,
    /// It moves to another room.
    Transfer,
    /// It ends.
    Close(Ending),
}

/// How a visit may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ending {
    Completed,
    Left,
    NoShow,
    EndOfDay,
}

/// What `--events` may name, and what it means.
const MEANINGS: [(&str, Meaning); 7] = [
    ("check-in", Meaning::Happened(Kind::CheckIn)),
    ("transfer", Meaning::Happened(Kind::Transfer)),
    ("complete", Meaning::Happened(Kind::Close(Ending::Completed))),
    ("left", Meaning::Happened(Kind::Close(Ending::Left))),
    ("no-show", Meaning::Happened(Kind::Close(Ending::NoShow))),
    ("end-of-day", Meaning::Happened(Kind::Close(Ending::EndOfDay))),
    ("ignore", Meaning::Ignored),
];
const KNOWN: &str = "check-in, transfer, complete, left, no-show, end-of-day, ignore";

impl Ending {
    pub(super) fn reason(self) -> CloseReason {
        match self {
            Self::Completed => CloseReason::Completed,
            Self::Left => CloseReason::Left,
            Self::NoShow => CloseReason::NoShow,
            Self::EndOfDay => CloseReason::EndOfDay,
        }
    }
}

impl Kinds {
    /// What a word of the file means, if anything.
    pub(super) fn meaning(&self, word: &str) -> Option<Meaning> {
        self.0.get(word).copied()
    }
}

impl FromStr for Kinds {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let mut kinds = BTreeMap::new();
        for pair in pairs(text, "admit=check-in") {
            let (word, target) = pair?;
            let meaning = MEANINGS.iter().find(|(name, _)| *name == target);
            let Some((_, meaning)) = meaning else {
                let found = shown(target);
                return Err(MappingError::Unknown { what: "event", found, known: KNOWN });
            };
            if kinds.insert(word.to_owned(), *meaning).is_some() {
                return Err(MappingError::Twice { what: shown(word) });
            }
        }
        Ok(Self(kinds))
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, MEANINGS};

    #[test]
    fn a_message_lists_every_target_there_is() {
        assert_eq!(MEANINGS.map(|(name, _)| name).join(", "), KNOWN);
    }
}
