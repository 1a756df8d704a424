//! How a visit's key is wrapped: XChaCha20-Poly1305 under the operator's key, bound to the id of the
//! key and to which operator's key it is.

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use clinic_engine::ports::{KeyId, VisitKey};
use zeroize::Zeroizing;

use super::Trouble;
use crate::operator_key::{OperatorKey, Print};

const NONCE: usize = 24;
/// The length of every wrapped key: nonce, key and tag.
pub(super) const WRAPPED: usize = NONCE + 32 + 16;

/// Wraps under one operator's key.
pub(super) struct Wrapper {
    cipher: XChaCha20Poly1305,
    pub(super) print: Print,
}

impl Wrapper {
    pub(super) fn new(operator: &OperatorKey) -> Self {
        Self { cipher: XChaCha20Poly1305::new(operator.bytes().into()), print: operator.print() }
    }

    /// `nonce` is random: no two keys are wrapped with the same one.
    pub(super) fn wrap(
        &self,
        id: KeyId,
        key: &VisitKey,
        nonce: &[u8; NONCE],
    ) -> Result<[u8; WRAPPED], Trouble> {
        let payload = Payload { msg: &key.0, aad: &self.bound_to(id) };
        let sealed = self.cipher.encrypt(XNonce::from_slice(nonce), payload);
        let sealed = sealed.map_err(|_| "a key cannot be wrapped")?;
        let mut wrapped = [0; WRAPPED];
        wrapped[..NONCE].copy_from_slice(nonce);
        wrapped[NONCE..].copy_from_slice(&sealed);
        Ok(wrapped)
    }

    /// The key that was wrapped; `None` if it was wrapped otherwise, or changed.
    pub(super) fn unwrap(&self, id: KeyId, wrapped: &[u8; WRAPPED]) -> Option<VisitKey> {
        let (nonce, msg) = wrapped.split_at(NONCE);
        let payload = Payload { msg, aad: &self.bound_to(id) };
        let key = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        Zeroizing::new(key).as_slice().try_into().map(VisitKey).ok()
    }

    fn bound_to(&self, id: KeyId) -> Vec<u8> {
        [b"clinic visit key 1".as_slice(), id.0.as_bytes(), &self.print.0].concat()
    }
}
