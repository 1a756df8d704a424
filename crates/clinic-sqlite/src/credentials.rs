//! Verifiers of passcodes, in a file of their own beside the log. A passcode is short and people
//! reuse it, so what is kept is an argon2id hash with a salt: slow to guess, and useless elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, PasscodeId, RoomId};
use clinic_engine::ports::{Credentials, LogError};
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::Semaphore;

use crate::beside::{self, FileError, Form};
use crate::limits;
use crate::sync::{blocking, lock};

const FORM: Form = Form {
    what: "store of credentials",
    application_id: 0x636c_6372, // "clcr"
    steps: &["
        CREATE TABLE passcodes (
            clinic BLOB NOT NULL, room BLOB NOT NULL, passcode BLOB NOT NULL,
            verifier TEXT NOT NULL, -- a PHC string: it names its algorithm, parameters and salt
            PRIMARY KEY (clinic, room, passcode)
        ) STRICT, WITHOUT ROWID;
    "],
    settings: "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
};

/// Verifiers in a SQLite file.
pub struct SqliteCredentials {
    file: Arc<CredentialsFile>,
    /// Places for those who hash: each takes memory and a core.
    places: Arc<Semaphore>,
}

struct CredentialsFile {
    db: Mutex<Connection>,
    path: PathBuf,
}

type PasscodeOf = (ClinicId, RoomId, PasscodeId);

impl fmt::Debug for SqliteCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCredentials").field("path", &self.file.path).finish_non_exhaustive()
    }
}

impl SqliteCredentials {
    /// Where the credentials of a log are: `clinic.credentials.db` beside `clinic.db`.
    #[must_use]
    pub fn path_beside(log: &Path) -> PathBuf {
        beside::beside(log, "credentials.db")
    }

    /// Opens a store of credentials, or makes it.
    ///
    /// # Errors
    /// If the file is damaged, exposed or of a newer version.
    pub async fn open(path: &Path) -> Result<Self, FileError> {
        let path = path.to_owned();
        let db = {
            let path = path.clone();
            Mutex::new(blocking(move || FORM.open(&path)).await?)
        };
        let places = Arc::new(Semaphore::new(limits::PASSCODES_AT_ONCE));
        Ok(Self { file: Arc::new(CredentialsFile { db, path }), places })
    }

    /// Does work that hashes where blocking is fine, when there is a place for it.
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CredentialsFile) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| LogError("the store of credentials is closed".to_owned()))?;
        let file = Arc::clone(&self.file);
        blocking(move || {
            // Whoever asked may give up and go; the place is free when the work is done.
            let _place = place;
            work(&file)
        })
        .await
    }
}

#[async_trait]
impl Credentials for SqliteCredentials {
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<(), LogError> {
        let passcode = passcode.to_owned();
        self.hashing(move |file| {
            let verifier = verifier(&passcode).map_err(|why| file.failed(&why))?;
            file.keep((clinic, room, id), &verifier).map_err(|why| file.failed(&why))
        })
        .await
    }

    async fn knows_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        typed: &str,
    ) -> Result<bool, LogError> {
        let typed = typed.to_owned();
        self.hashing(move |file| {
            let kept = file.verifier((clinic, room, id)).map_err(|why| file.failed(&why))?;
            kept.map_or(Ok(false), |kept| verifies(&kept, &typed).map_err(|why| file.failed(&why)))
        })
        .await
    }
}

impl CredentialsFile {
    fn keep(&self, (clinic, room, id): PasscodeOf, verifier: &str) -> rusqlite::Result<()> {
        let row = (clinic.0.as_bytes(), room.0.as_bytes(), id.0.as_bytes(), verifier);
        lock(&self.db).execute("INSERT OR REPLACE INTO passcodes VALUES (?, ?, ?, ?)", row)?;
        Ok(())
    }

    fn verifier(&self, (clinic, room, id): PasscodeOf) -> rusqlite::Result<Option<String>> {
        let db = lock(&self.db);
        let find = "SELECT verifier FROM passcodes WHERE clinic = ? AND room = ? AND passcode = ?";
        let row = (clinic.0.as_bytes(), room.0.as_bytes(), id.0.as_bytes());
        db.prepare_cached(find)?.query_row(row, |row| row.get(0)).optional()
    }

    fn failed(&self, why: &dyn fmt::Display) -> LogError {
        FileError::failed(&self.path, why).into()
    }
}

fn verifier(passcode: &str) -> Result<String, String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| format!("no randomness: {error}"))?;
    let text = |error: argon2::password_hash::Error| error.to_string();
    let salt = SaltString::encode_b64(&salt).map_err(text)?;
    let params = Params::new(
        limits::PASSCODE_MEMORY_KIB,
        limits::PASSCODE_PASSES,
        limits::PASSCODE_LANES,
        None,
    );
    let params = params.map_err(|error| error.to_string())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(argon2.hash_password(passcode.as_bytes(), &salt).map_err(text)?.to_string())
}

/// Whether `typed` is what a verifier was made of. The verifier's own parameters count, so older
/// ones stay good when the limits change.
fn verifies(verifier: &str, typed: &str) -> Result<bool, String> {
    use argon2::password_hash::Error;
    let verifier = PasswordHash::new(verifier).map_err(|_| "a verifier is damaged".to_owned())?;
    match Argon2::default().verify_password(typed.as_bytes(), &verifier) {
        Ok(()) => Ok(true),
        Err(Error::Password) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}
