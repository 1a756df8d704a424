//! Text that people type: bounded, normalised, free of what could deceive or break a sink (case 33).
//!
//! A text is checked once, when it is parsed at an edge. Reading a stored text checks nothing:
//! history is never refused, not even after a limit has shrunk.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::limits;
use crate::personal::PersonalText;

/// Why a text was refused. It tells the length and the limit, never the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing visible in it.
    #[error("is empty")]
    Empty,
    /// Too long, in the unit given.
    #[error("is {found} {unit} long, at most {limit} are allowed")]
    TooLong {
        /// What was counted: `characters` or `bytes`.
        unit: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        limit: usize,
    },
    /// A control character, or one that reorders the text around it.
    #[error("holds the character U+{code:04X}, which is not allowed here")]
    Forbidden {
        /// The character's Unicode number.
        code: u32,
    },
    /// Not of the form that is needed.
    #[error("must be {form}")]
    Form {
        /// The form, in words.
        form: &'static str,
    },
}

/// What a text's `Debug` says: the text itself, or of personal text the name of its type only, so
/// that no log line tells it even where it stands outside `Personal`.
macro_rules! shown {
    (text, $name:ident, $text:expr, $f:expr) => {
        write!($f, "{:?}", $text)
    };
    (personal, $name:ident, $text:expr, $f:expr) => {
        $f.write_str(concat!(stringify!($name), "(..)"))
    };
}

/// Personal texts can be sealed and opened; others have no need to.
macro_rules! sealable {
    (text, $name:ident) => {};
    (personal, $name:ident) => {
        impl PersonalText for $name {
            fn text(&self) -> &str {
                &self.0
            }

            fn trusted(text: String) -> Self {
                Self(text)
            }
        }
    };
}

macro_rules! texts {
    ($($(#[$doc:meta])* $kind:ident $name:ident = $parse:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks and normalises what was typed.
            ///
            /// # Errors
            /// A [`TextError`] that names the length, the limit or the character.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                let parse: fn(&str) -> Result<String, TextError> = $parse;
                parse(text).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        sealable!($kind, $name);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                shown!($kind, $name, self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// A patient's name as typed: NFC, 1 to 100 characters, one line. Always within `Personal`.
    personal PersonName = |text| line(text, limits::NAME_CHARS);
    /// The name of a clinic, room or member.
    text Title = |text| line(text, limits::TITLE_CHARS);
    /// Why the patient comes, at most 500 characters. Always within `Personal`.
    personal Reason = |text| block(text, limits::REASON_CHARS);
    /// A note of a member, at most 2,000 characters. Always within `Personal`.
    personal Note = |text| block(text, limits::NOTE_CHARS);
    /// A text shown in the waiting room, at most 4,000 characters.
    text Notice = |text| block(text, limits::TEXT_CHARS);
    /// One entry of a checklist, at most 60 characters.
    text Label = |text| line(text, limits::LABEL_CHARS);
    /// The last four digits of a phone. Always within `Personal`.
    personal PhoneTail = phone_tail;
    /// A room's link: lower-case letters, digits and inner hyphens, at most 63 bytes.
    text Slug = slug;
    /// A host's own id, opaque, at most 128 bytes.
    text ExternalRef = |text| bytes(text, limits::EXTERNAL_REF_BYTES);
    /// Where a room's calls meet: an https address, `{call}` standing for the call's id.
    text LinkTemplate = link;
}

/// One line: trimmed, NFC, no control or direction-changing characters, something visible.
fn line(text: &str, limit: usize) -> Result<String, TextError> {
    clean(text, limit, |c| !c.is_control())
}

/// Several lines: as [`line`], with line breaks and tabs.
fn block(text: &str, limit: usize) -> Result<String, TextError> {
    clean(text, limit, |c| matches!(c, '\n' | '\t') || !c.is_control())
}

fn clean(text: &str, limit: usize, allowed: fn(char) -> bool) -> Result<String, TextError> {
    // A character composes from a handful at most, so this bounds the work on a hostile text.
    let roughly = text.len() / 16;
    if roughly > limit {
        return Err(TextError::TooLong { unit: "characters", found: text.chars().count(), limit });
    }
    let text: String = text.replace("\r\n", "\n").trim().nfc().collect();
    if let Some(bad) = text.chars().find(|&c| !allowed(c) || reorders(c)) {
        return Err(TextError::Forbidden { code: u32::from(bad) });
    }
    if text.chars().all(|c| c.is_whitespace() || invisible(c)) {
        return Err(TextError::Empty);
    }
    let found = text.chars().count();
    if found > limit {
        return Err(TextError::TooLong { unit: "characters", found, limit });
    }
    Ok(text)
}

/// Characters that change the direction of what follows (Unicode TR 9): they can disguise a name.
fn reorders(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that show nothing; allowed between others (some scripts need joiners), never alone.
fn invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}')
        || matches!(c, '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{2800}')
        || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}')
        || matches!(c, '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

fn bytes(text: &str, limit: usize) -> Result<String, TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > limit {
        return Err(TextError::TooLong { unit: "bytes", found: text.len(), limit });
    }
    match text.chars().find(|c| c.is_control()) {
        Some(bad) => Err(TextError::Forbidden { code: u32::from(bad) }),
        None => Ok(text.to_owned()),
    }
}

fn slug(text: &str) -> Result<String, TextError> {
    let text = bytes(text, limits::SLUG_BYTES)?;
    let letters = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if letters && !text.starts_with('-') && !text.ends_with('-') {
        Ok(text)
    } else {
        Err(TextError::Form { form: "lower-case letters, digits and inner hyphens" })
    }
}

fn phone_tail(text: &str) -> Result<String, TextError> {
    if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(TextError::Form { form: "the last four digits of the phone" })
    }
}

fn link(text: &str) -> Result<String, TextError> {
    let text = bytes(text, limits::LINK_BYTES)?;
    if text.starts_with("https://") {
        Ok(text)
    } else {
        Err(TextError::Form { form: "an address that starts with https://" })
    }
}
