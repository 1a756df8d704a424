//! Secrets of people: random tokens, sign-in names and passwords, and how a store keeps only what
//! proves them.

mod hasher;
mod names;

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

use crate::ports::LogError;

pub use hasher::Hasher;
pub use names::{Password, SignInName, WeakPassword};

const BYTES: usize = 32;

/// A token of 256 random bits that nobody can guess: whoever shows it is who it was given to. It never
/// prints, and leaves nothing of itself in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; BYTES]);

impl Secret {
    /// A token that nobody has.
    ///
    /// # Errors
    /// If the machine gives no random bytes.
    pub fn fresh() -> Result<Self, LogError> {
        let mut bytes = [0; BYTES];
        let filled = getrandom::fill(&mut bytes);
        filled.map_err(|error| LogError::Failed(format!("no randomness: {error}")))?;
        Ok(Self(bytes))
    }

    /// Reads a token as its holder shows it; none if no token looks like this.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let read = Base64UrlUnpadded::decode(text, &mut bytes).map(<[u8]>::len);
        (read == Ok(BYTES)).then_some(Self(bytes))
    }

    /// The token as its holder keeps it: base64url, 43 characters.
    #[must_use]
    pub fn text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }

    /// What a store keeps of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// SHA-256 of a [`Secret`]. A store looks it up as it is: with 256 random bits behind it, neither the
/// hash nor the time that a look-up takes helps anybody to guess, so it is neither salted nor slow nor
/// compared in constant time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretHash(pub [u8; BYTES]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}
