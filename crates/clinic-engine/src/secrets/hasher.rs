//! Slow hashes of what people can remember: argon2id with a salt, so that whoever steals a store still
//! has to guess, for each secret anew.

use std::sync::{Arc, Mutex};

use argon2::password_hash::{Output, ParamsString, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits;
use crate::ports::LogError;
use crate::sync::{blocking, lock};

/// Hashes and verifies, a few at once: each takes memory and a core. A crowd waits, and a flood is told
/// to come back.
#[derive(Clone, Debug)]
pub struct Hasher {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    desks: Desks,
}

/// Memory to hash in, for those who work: taken up again, for a process that allocates as much for each
/// hash keeps far more of it.
type Desks = Arc<Mutex<Vec<Vec<Block>>>>;

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
            desks: Desks::default(),
        }
    }

    /// The verifier of a secret, with a salt of its own: a PHC string, which names its algorithm,
    /// parameters and salt.
    ///
    /// # Errors
    /// If too many wait already, or the machine gives no random bytes.
    pub async fn hash(&self, secret: &str) -> Result<String, LogError> {
        let secret = secret.to_owned();
        self.working(move |desk| {
            let mut salt = [0; 16];
            let filled = getrandom::fill(&mut salt);
            filled.map_err(|error| format!("no randomness: {error}"))?;
            verifier(&secret, &salt, desk)
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
        self.working(move |desk| match verifier {
            Some(verifier) => verifies(&verifier, &typed, desk),
            None => self::verifier(&typed, &[0; 16], desk).map(|_of_nobody| false),
        })
        .await
    }

    /// Does work that hashes where blocking is fine, when there is a place for it.
    async fn working<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, String> + Send + 'static,
    ) -> Result<T, LogError> {
        let queued = Arc::clone(&self.queue).try_acquire_owned();
        let queued =
            queued.map_err(|_| LogError::Failed("too many secrets wait to be hashed".into()))?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| LogError::Failed("the hasher is closed".to_owned()))?;
        // Whoever asked may give up and go; the places are free when the work is done.
        let held: [OwnedSemaphorePermit; 2] = [queued, place];
        let desks = Arc::clone(&self.desks);
        let done = blocking(move || {
            let _held = held;
            let mut desk = lock(&desks).pop().unwrap_or_default();
            let done = work(&mut desk);
            lock(&desks).push(desk);
            done
        });
        done.await.map_err(LogError::Failed)
    }
}

fn verifier(secret: &str, salt: &[u8], desk: &mut Vec<Block>) -> Result<String, String> {
    let salt = SaltString::encode_b64(salt).map_err(text)?;
    let params =
        Params::new(limits::HASH_MEMORY_KIB, limits::HASH_PASSES, limits::HASH_LANES, None);
    let params = params.map_err(|error| error.to_string())?;
    let kept = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(text)?,
        salt: Some(salt.as_salt()),
        hash: Some(hashed(secret, salt.as_salt(), params, desk)?),
    };
    Ok(kept.to_string())
}

/// The verifier's own parameters count, so older ones stay good when the limits change.
fn verifies(verifier: &str, typed: &str, desk: &mut Vec<Block>) -> Result<bool, String> {
    let damaged = || "a verifier is damaged".to_owned();
    let kept = PasswordHash::new(verifier).map_err(|_| damaged())?;
    let ours = Algorithm::Argon2id.ident() == kept.algorithm
        && kept.version == Some(Version::V0x13.into());
    let (true, Some(salt), Some(hash)) = (ours, kept.salt, kept.hash) else {
        return Err(damaged());
    };
    let params = Params::try_from(&kept).map_err(|_| damaged())?;
    // Outputs are compared in constant time.
    Ok(hashed(typed, salt, params, desk)? == hash)
}

fn hashed(
    secret: &str,
    salt: Salt<'_>,
    params: Params,
    desk: &mut Vec<Block>,
) -> Result<Output, String> {
    let mut bytes = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut bytes).map_err(text)?;
    desk.resize(params.block_count(), Block::default());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done = argon2.hash_password_into_with_memory(secret.as_bytes(), salt, &mut out, desk);
    done.map_err(|error| error.to_string())?;
    Output::new(&out).map_err(text)
}

fn text(error: argon2::password_hash::Error) -> String {
    error.to_string()
}
