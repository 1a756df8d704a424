//! Secrets that are not facts: what proves that somebody may come in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, PasscodeId, RoomId};
use sha2::{Digest, Sha256};

use super::LogError;

/// Keeps verifiers of passcodes. Events know a passcode by id only.
#[async_trait]
pub trait Credentials: Send + Sync + fmt::Debug {
    /// Keeps the verifier of a new passcode.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<(), LogError>;

    /// Whether `typed` is the passcode `id`.
    ///
    /// # Errors
    /// If the store fails.
    async fn knows_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        typed: &str,
    ) -> Result<bool, LogError>;
}

/// Verifiers in this process's memory, salted by the passcode's id.
#[derive(Default)]
pub struct MemoryCredentials {
    verifiers: Mutex<BTreeMap<(ClinicId, RoomId, PasscodeId), [u8; 32]>>,
}

impl fmt::Debug for MemoryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryCredentials")
    }
}

fn verifier(id: PasscodeId, passcode: &str) -> [u8; 32] {
    Sha256::new().chain_update(id.0.as_bytes()).chain_update(passcode).finalize().into()
}

#[async_trait]
impl Credentials for MemoryCredentials {
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<(), LogError> {
        let mut verifiers = crate::sync::lock(&self.verifiers);
        verifiers.insert((clinic, room, id), verifier(id, passcode));
        Ok(())
    }

    async fn knows_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        typed: &str,
    ) -> Result<bool, LogError> {
        let verifiers = crate::sync::lock(&self.verifiers);
        let kept = verifiers.get(&(clinic, room, id));
        // Compared over the whole length, so that the time taken tells nothing.
        let typed = verifier(id, typed);
        Ok(kept.is_some_and(|kept| {
            kept.iter().zip(typed).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
        }))
    }
}
