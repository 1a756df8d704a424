//! Wrapping: every store keeps the keys of visits wrapped with the one key of its operator, in the same
//! form, XChaCha20-Poly1305 bound to the id of the key and to which operator's key it is.
//!
//! An operator keeps that key apart from everything that it opens. Where, is no matter of the engine.

use std::fmt;

use base64ct::{Base64Unpadded, Encoding as _};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ports::{KeyId, LogError, VisitKey};

/// The first line of an operator key's text. The number is the version of its form.
const HEADER: &str = "clinic operator key 1";
const NONCE: usize = 24;
/// The length of every wrapped key: nonce, key and tag.
pub const WRAPPED: usize = NONCE + 32 + 16;

/// The operator's key: the one key that all keys of visits are wrapped with. It never prints, and its
/// memory is wiped when it is dropped.
#[derive(Clone)]
pub struct OperatorKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorKey")
    }
}

/// Tells operator keys apart and gives nothing of them away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print(pub [u8; 16]);

/// Why a text is no operator key. It never tells what the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOperatorKey {
    /// It is something else.
    #[error("it is not text")]
    NotText,
    /// It does not say what it is.
    #[error("its first line is not `{HEADER}`")]
    FirstLine,
    /// It says what it is, and has no key.
    #[error("its second line is not a key of 32 bytes in base64")]
    SecondLine,
    /// It has more than a key.
    #[error("something follows its second line")]
    More,
}

impl OperatorKey {
    /// A new key.
    ///
    /// # Errors
    /// If the machine gives no random bytes.
    pub fn random() -> Result<Self, LogError> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Reads a key from its text: a line that names what it is, and the key in base64.
    ///
    /// # Errors
    /// If it is no such text.
    pub fn read(text: &[u8]) -> Result<Self, NoOperatorKey> {
        let text = std::str::from_utf8(text).map_err(|_| NoOperatorKey::NotText)?;
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some(HEADER) {
            return Err(NoOperatorKey::FirstLine);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        let line = lines.next().unwrap_or_default().trim();
        match Base64Unpadded::decode(line, bytes.as_mut()) {
            Ok(key) if key.len() == 32 => {}
            Ok(_) | Err(_) => return Err(NoOperatorKey::SecondLine),
        }
        if lines.any(|line| !line.trim().is_empty()) {
            return Err(NoOperatorKey::More);
        }
        Ok(Self(bytes))
    }

    /// The text that [`Self::read`] reads, for its operator to keep.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(Base64Unpadded::encode_string(self.0.as_ref()));
        Zeroizing::new(format!("{HEADER}\n{}\n", key.as_str()))
    }

    /// What tells this key from others.
    #[must_use]
    pub fn print(&self) -> Print {
        // HMAC fills a key that is shorter than its block up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.0.as_ref());
        let keyed = <Hmac<Sha256> as hmac::digest::KeyInit>::new((&*block).into());
        let digest = keyed.chain_update(HEADER).finalize().into_bytes();
        let mut print = [0; 16];
        print.copy_from_slice(&digest[..16]);
        Print(print)
    }
}

/// Wraps under one operator's key.
pub struct Wrapper {
    cipher: XChaCha20Poly1305,
    print: Print,
}

impl fmt::Debug for Wrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapper").field("print", &self.print).finish_non_exhaustive()
    }
}

impl Wrapper {
    /// Wraps under this one.
    #[must_use]
    pub fn new(operator: &OperatorKey) -> Self {
        let cipher = XChaCha20Poly1305::new(operator.0.as_ref().into());
        Self { cipher, print: operator.print() }
    }

    /// Which operator's key it wraps under.
    #[must_use]
    pub fn print(&self) -> Print {
        self.print
    }

    /// A key, wrapped. No two are wrapped with the same nonce: each has a random one.
    ///
    /// # Errors
    /// If the machine gives no random bytes.
    pub fn wrap(&self, id: KeyId, key: &VisitKey) -> Result<[u8; WRAPPED], LogError> {
        let mut nonce = [0; NONCE];
        fill(&mut nonce)?;
        let payload = Payload { msg: &key.0, aad: &self.bound_to(id) };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|_| LogError::Failed("a key cannot be wrapped".to_owned()))?;
        let mut wrapped = [0; WRAPPED];
        wrapped[..NONCE].copy_from_slice(&nonce);
        wrapped[NONCE..].copy_from_slice(&sealed);
        Ok(wrapped)
    }

    /// The key that was wrapped; `None` if it was wrapped otherwise, or changed.
    #[must_use]
    pub fn unwrap(&self, id: KeyId, wrapped: &[u8]) -> Option<VisitKey> {
        let (nonce, msg) = wrapped.split_at_checked(NONCE)?;
        let payload = Payload { msg, aad: &self.bound_to(id) };
        let key = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        Zeroizing::new(key).as_slice().try_into().map(VisitKey).ok()
    }

    /// Whether what was wrapped is this key.
    #[must_use]
    pub fn holds(&self, id: KeyId, wrapped: &[u8], key: &VisitKey) -> bool {
        self.unwrap(id, wrapped).is_some_and(|held| held == *key)
    }

    fn bound_to(&self, id: KeyId) -> Vec<u8> {
        [b"clinic visit key 1".as_slice(), id.0.as_bytes(), &self.print.0].concat()
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), LogError> {
    let filled = getrandom::fill(bytes);
    filled.map_err(|error| LogError::Failed(format!("no randomness: {error}")))
}
