//! Data about a person, in a wrapper that never prints and that can be sealed and erased.
//!
//! A rule may look at clear text in a command, never after it: state, folds and logs hold whatever
//! form the engine stored. Erasing a person destroys a key; the event stays and reads `Erased`.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// One personal datum.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal<T> {
    /// Readable: in a command, and in a log that seals nothing.
    Clear(T),
    /// Encrypted under the visit's key; the text is the sealed bytes in base64.
    Sealed(String),
    /// The key is gone, and the datum with it.
    Erased,
}

impl<T> Personal<T> {
    /// The readable value, if it is readable.
    pub fn clear(&self) -> Option<&T> {
        match self {
            Self::Clear(value) => Some(value),
            Self::Sealed(_) | Self::Erased => None,
        }
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Clear(value)
    }
}

/// Says which form it has and nothing of the datum, so that no log line and no error can tell it.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear(_) => "Personal(clear)",
            Self::Sealed(_) => "Personal(sealed)",
            Self::Erased => "Personal(erased)",
        })
    }
}

/// Leaves no trace of the datum: the digest of a command stays in the log for ever, and a digest
/// of a name could be guessed back.
impl<T> Hash for Personal<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
