//! Slow hashes of what people can remember: argon2id with a salt, so that whoever steals a store still
//! has to guess, for each secret anew.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits;
use crate::ports::LogError;
use crate::sync::blocking;

/// Hashes and verifies, a few at once: each takes memory and a core. A crowd waits, and a flood is told
/// to come back.
#[derive(Clone, Debug)]
pub struct Hasher {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher {
    /// A hasher with places of its own.
    #[must_use]
    pub fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits::HASHES_AT_ONCE)),
            queue: Arc::new(Semaphore::new(limits::HASHES_WAITING)),
        }
    }

    /// The verifier of a secret, with a salt of its own: a PHC string, which names its algorithm,
    /// parameters and salt.
    ///
    /// # Errors
    /// If too many wait already, or the machine gives no random bytes.
    pub async fn hash(&self, secret: &str) -> Result<String, LogError> {
        let secret = secret.to_owned();
        self.working(move || {
            let mut salt = [0; 16];
            let filled = getrandom::fill(&mut salt);
            filled.map_err(|error| format!("no randomness: {error}"))?;
            verifier(&secret, &salt)
        })
        .await
    }

    /// Whether `typed` is what a verifier was made of. Without a verifier it is not, which takes as
    /// long to say, so that nobody learns whether there is one.
    ///
    /// # Errors
    /// If too many wait already, or the verifier is damaged.
    pub async fn verify(&self, verifier: Option<String>, typed: &str) -> Result<bool, LogError> {
        let typed = typed.to_owned();
        self.working(move || match verifier {
            Some(verifier) => verifies(&verifier, &typed),
            None => self::verifier(&typed, &[0; 16]).map(|_of_nobody| false),
        })
        .await
    }

    /// Does work that hashes where blocking is fine, when there is a place for it.
    async fn working<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, LogError> {
        let queued = Arc::clone(&self.queue).try_acquire_owned();
        let queued = queued.map_err(|_| LogError("too many secrets wait to be hashed".into()))?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| LogError("the hasher is closed".to_owned()))?;
        // Whoever asked may give up and go; the places are free when the work is done.
        let held: [OwnedSemaphorePermit; 2] = [queued, place];
        let done = blocking(move || {
            let _held = held;
            work()
        });
        done.await.map_err(LogError)
    }
}

fn verifier(secret: &str, salt: &[u8]) -> Result<String, String> {
    let text = |error: argon2::password_hash::Error| error.to_string();
    let salt = SaltString::encode_b64(salt).map_err(text)?;
    let params =
        Params::new(limits::HASH_MEMORY_KIB, limits::HASH_PASSES, limits::HASH_LANES, None);
    let params = params.map_err(|error| error.to_string())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(argon2.hash_password(secret.as_bytes(), &salt).map_err(text)?.to_string())
}

/// The verifier's own parameters count, so older ones stay good when the limits change.
fn verifies(verifier: &str, typed: &str) -> Result<bool, String> {
    use argon2::password_hash::Error;
    let verifier = PasswordHash::new(verifier).map_err(|_| "a verifier is damaged".to_owned())?;
    match Argon2::default().verify_password(typed.as_bytes(), &verifier) {
        Ok(()) => Ok(true),
        Err(Error::Password) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}
