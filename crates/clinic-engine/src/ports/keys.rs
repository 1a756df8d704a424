//! Keys: what personal data is sealed with, and what is destroyed to forget a person.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroize as _;

use super::LogError;

/// The key of one visit. It never prints, and leaves nothing of itself in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitKey(pub [u8; 32]);

impl VisitKey {
    /// A new key.
    ///
    /// # Errors
    /// If the machine gives no random bytes.
    pub fn random() -> Result<Self, LogError> {
        let mut key = Self([0; 32]);
        let filled = getrandom::fill(&mut key.0);
        filled.map_err(|error| LogError::Failed(format!("no randomness: {error}")))?;
        Ok(key)
    }
}

impl Drop for VisitKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for VisitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitKey")
    }
}

/// Names a key in what it has sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Uuid);

/// Why a key store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It never had such a key.
    #[error("no key {} here: is this the key store that belongs to the log?", .0.0)]
    Unknown(KeyId),
    /// It failed.
    #[error(transparent)]
    Failed(#[from] LogError),
}

impl From<KeyError> for LogError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unknown(_) => Self::Failed(error.to_string()),
            KeyError::Failed(error) => error,
        }
    }
}

/// Keeps the keys of visits, apart from the log.
///
/// A visit takes a fresh key when it begins, and everything about it is sealed with that key; what
/// is sealed names it, so the store need not know whose it is, and a check-in need not wait for it
/// to be told.
#[async_trait]
pub trait KeyStore: Send + Sync + fmt::Debug {
    /// A key that has sealed nothing yet. It is there for ever from now on, after any crash.
    ///
    /// # Errors
    /// If the store fails.
    async fn fresh(&self) -> Result<(KeyId, VisitKey), LogError>;

    /// A key; `None` once it has been destroyed.
    ///
    /// # Errors
    /// If the store fails, or never had such a key.
    async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError>;

    /// Destroys a key for ever. Whatever was sealed with it reads as erased.
    ///
    /// # Errors
    /// If the store fails - the key may still be there then - or never had such a key.
    async fn destroy(&self, id: KeyId) -> Result<(), KeyError>;
}

/// Keys in this process's memory.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    /// `None` stands for a key that has been destroyed.
    keys: Mutex<BTreeMap<KeyId, Option<VisitKey>>>,
    /// How many keys were made, where they are counted and not random.
    counted: Option<Mutex<u64>>,
}

impl MemoryKeys {
    /// The same keys in the same order, for tests, simulations and played days: they hide nothing.
    #[must_use]
    pub fn counted() -> Self {
        Self { counted: Some(Mutex::default()), ..Self::default() }
    }

    fn bytes(&self) -> Result<[u8; 48], LogError> {
        let mut bytes = [0; 48];
        match &self.counted {
            None => getrandom::fill(&mut bytes)
                .map_err(|error| LogError::Failed(format!("no randomness: {error}")))?,
            Some(counted) => {
                let mut count = crate::sync::lock(counted);
                *count += 1;
                bytes[..16].copy_from_slice(&u128::from(*count).to_be_bytes());
                bytes[16..].copy_from_slice(&Sha256::digest(count.to_be_bytes()));
            }
        }
        Ok(bytes)
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn fresh(&self) -> Result<(KeyId, VisitKey), LogError> {
        let bytes = self.bytes()?;
        let (mut id, mut key) = ([0; 16], [0; 32]);
        id.copy_from_slice(&bytes[..16]);
        key.copy_from_slice(&bytes[16..]);
        let (id, key) = (KeyId(Uuid::from_bytes(id)), VisitKey(key));
        crate::sync::lock(&self.keys).insert(id, Some(key.clone()));
        Ok((id, key))
    }

    async fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        crate::sync::lock(&self.keys).get(&id).cloned().ok_or(KeyError::Unknown(id))
    }

    async fn destroy(&self, id: KeyId) -> Result<(), KeyError> {
        let mut keys = crate::sync::lock(&self.keys);
        *keys.get_mut(&id).ok_or(KeyError::Unknown(id))? = None;
        Ok(())
    }
}
