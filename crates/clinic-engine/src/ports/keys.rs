//! Keys of visits: what personal data is sealed with, and what is destroyed to forget a person.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, VisitId};

use super::LogError;

/// The key of one visit. It never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitKey(pub [u8; 32]);

impl fmt::Debug for VisitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitKey")
    }
}

/// Keeps the keys of visits, apart from the log.
#[async_trait]
pub trait KeyStore: Send + Sync + fmt::Debug {
    /// The key of a visit, made if there is none yet; `None` once it has been destroyed.
    ///
    /// # Errors
    /// If the store fails.
    async fn key(&self, clinic: ClinicId, visit: VisitId) -> Result<Option<VisitKey>, LogError>;

    /// Destroys a key for ever. Whatever was sealed with it reads as erased.
    ///
    /// # Errors
    /// If the store fails; the key may still be there then.
    async fn destroy(&self, clinic: ClinicId, visit: VisitId) -> Result<(), LogError>;
}

/// Keys in this process's memory.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    keys: Mutex<BTreeMap<(ClinicId, VisitId), Option<VisitKey>>>,
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn key(&self, clinic: ClinicId, visit: VisitId) -> Result<Option<VisitKey>, LogError> {
        let mut keys = crate::sync::lock(&self.keys);
        if let Some(known) = keys.get(&(clinic, visit)) {
            return Ok(known.clone());
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| LogError(format!("no randomness: {error}")))?;
        let key = VisitKey(bytes);
        keys.insert((clinic, visit), Some(key.clone()));
        Ok(Some(key))
    }

    async fn destroy(&self, clinic: ClinicId, visit: VisitId) -> Result<(), LogError> {
        crate::sync::lock(&self.keys).insert((clinic, visit), None);
        Ok(())
    }
}
