//! Data about a person, in a wrapper that never prints and that can be sealed and erased.
//!
//! A rule may look at clear text in a command, never after it: state, folds and logs hold whatever
//! form the engine stored. Erasing a person destroys a key; the event stays and reads `Erased`.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::ids::VisitId;

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

    /// Which form it has.
    pub fn form(&self) -> Form {
        match self {
            Self::Clear(_) => Form::Clear,
            Self::Sealed(_) => Form::Sealed,
            Self::Erased => Form::Erased,
        }
    }
}

/// The form of a personal datum, which tells nothing of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Readable.
    Clear,
    /// Encrypted.
    Sealed,
    /// Gone.
    Erased,
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Clear(value)
    }
}

/// Says which form it has and nothing of the datum, so that no log line and no error can tell it.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.form() {
            Form::Clear => "Personal(clear)",
            Form::Sealed => "Personal(sealed)",
            Form::Erased => "Personal(erased)",
        })
    }
}

/// Leaves no trace of the datum: the digest of a command stays in the log for ever, and a digest
/// of a name could be guessed back.
impl<T> Hash for Personal<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Where a personal datum was recorded. What is sealed there opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose datum.
    pub visit: VisitId,
    /// The name of the event that recorded it.
    pub event: &'static str,
    /// Its field in that event.
    pub field: &'static str,
}

/// A personal datum in its place, whatever its type: what sealing and opening work on.
pub trait Sealable {
    /// The readable text, if it is readable.
    fn text(&self) -> Option<&str>;
    /// The sealed text, if it is sealed.
    fn sealed(&self) -> Option<&str>;
    /// Puts a sealed text in its place.
    fn seal(&mut self, sealed: String);
    /// Puts a readable text in its place, as it was before it was sealed.
    fn open(&mut self, text: String);
    /// Takes the datum away for ever.
    fn erase(&mut self);
}

impl Origin {
    /// Shows the datum that was recorded in `field` beside this one, if there is one.
    pub fn show<T: PersonalText>(
        self,
        field: &'static str,
        datum: Option<&mut Personal<T>>,
        look: &mut dyn FnMut(Self, &mut dyn Sealable),
    ) {
        if let Some(datum) = datum {
            look(Self { field, ..self }, datum);
        }
    }
}

/// Something that holds personal data: an event, or a read model made of events.
pub trait HoldsPersonal {
    /// Shows each personal datum with its origin, in a fixed order.
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable));
}

impl<T: HoldsPersonal> HoldsPersonal for Vec<T> {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        for one in self {
            one.each_personal(look);
        }
    }
}

impl<T: PersonalText> Sealable for Personal<T> {
    fn text(&self) -> Option<&str> {
        self.clear().map(T::text)
    }

    fn sealed(&self) -> Option<&str> {
        match self {
            Self::Sealed(sealed) => Some(sealed),
            Self::Clear(_) | Self::Erased => None,
        }
    }

    fn seal(&mut self, sealed: String) {
        *self = Self::Sealed(sealed);
    }

    fn open(&mut self, text: String) {
        *self = Self::Clear(T::trusted(text));
    }

    fn erase(&mut self) {
        *self = Self::Erased;
    }
}

/// A text that may be personal.
pub trait PersonalText {
    /// The text.
    fn text(&self) -> &str;
    /// A text that was checked when it was typed, and comes back from where it was kept.
    fn trusted(text: String) -> Self;
}
