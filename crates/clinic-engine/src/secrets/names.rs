//! What people type to sign in.

use std::fmt;

use clinic_domain::text::{TextError, Title};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroize as _;

use crate::limits;

/// The name by which somebody signs in: one line of 1 to 100 characters, NFC, in lower case, so that
/// nobody is kept out by a capital letter. It is unique in the whole installation, for it is typed
/// before anybody knows which clinic is meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignInName(String);

impl SignInName {
    /// Checks and normalises what was typed.
    ///
    /// # Errors
    /// A [`TextError`] that names the length, the limit or the character.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let folded = Title::parse(text)?.as_str().to_lowercase();
        // Once more, for a letter may have another length and form in lower case.
        Title::parse(&folded).map(|name| Self(name.as_str().to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It may be somebody's address of mail, so no log line tells it.
impl fmt::Debug for SignInName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInName(..)")
    }
}

impl fmt::Display for SignInName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password as typed, in NFC, so that two keyboards that compose an accent differently type the same.
/// It never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short to resist guessing.
    #[error("is {found} characters long, at least {limit} are needed")]
    TooShort {
        /// How long it is.
        found: usize,
        /// How long it must be.
        limit: usize,
    },
    /// Longer than anybody types.
    #[error("is {found} characters long, at most {limit} are allowed")]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The first thing that a guesser tries.
    #[error("must not be the sign-in name")]
    IsTheName,
    /// Nothing would change.
    #[error("must not be the old password")]
    IsTheOld,
}

impl Password {
    /// A password that somebody types to prove who she is.
    ///
    /// # Errors
    /// If no password is that long.
    pub fn typed(text: &str) -> Result<Self, WeakPassword> {
        // Bytes first: a text that is far too long is not worth to be normalised.
        let limit = limits::PASSWORD_CHARS_MAX;
        let too_long = |found| WeakPassword::TooLong { found, limit };
        if text.len() > limit.saturating_mul(CHAR_BYTES) {
            return Err(too_long(text.chars().count()));
        }
        let password = Self(text.nfc().collect());
        let found = password.0.chars().count();
        if found > limit { Err(too_long(found)) } else { Ok(password) }
    }

    /// A new password for whoever signs in by `name`.
    ///
    /// # Errors
    /// If it is too short, too long or the name.
    pub fn chosen(text: &str, name: &SignInName) -> Result<Self, WeakPassword> {
        let password = Self::typed(text)?;
        let (found, limit) = (password.0.chars().count(), limits::PASSWORD_CHARS_MIN);
        if found < limit {
            return Err(WeakPassword::TooShort { found, limit });
        }
        let is_the_name = SignInName::parse(text).is_ok_and(|typed| typed == *name);
        if is_the_name { Err(WeakPassword::IsTheName) } else { Ok(password) }
    }

    /// What is hashed, and nothing else is done with.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Bytes of the longest character.
const CHAR_BYTES: usize = 4;

impl Drop for Password {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).into_bytes().zeroize();
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
