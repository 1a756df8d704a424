//! What proves who somebody is, in a file of its own beside the log: verifiers of passcodes and
//! passwords, which are short and used elsewhere too, as slow salted hashes; of tokens their SHA-256.
//!
//! Hashing comes first and outside of any transaction; then what has to be true together is looked up
//! and changed in one.

mod moved;
mod people;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, PasscodeId, RoomId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{
    Accepted, Account, Credentials, Invitation, KeptAccount, KeptPasscode, KeptSecret, LogError,
    NotTaken, PasswordId, Session,
};
use clinic_engine::secrets::{Hasher, Password, SecretHash, SignInName};
use rusqlite::{Connection, OptionalExtension as _, Transaction};
use uuid::Uuid;

use crate::beside::{self, FileError, Form, immediate};
use crate::sync::{blocking, lock};

const FORM: Form = Form {
    what: "store of credentials",
    application_id: 0x636c_6372, // "clcr"
    steps: &[
        "
        CREATE TABLE passcodes (
            clinic BLOB NOT NULL, room BLOB NOT NULL, passcode BLOB NOT NULL,
            verifier TEXT NOT NULL, -- a PHC string: it names its algorithm, parameters and salt
            PRIMARY KEY (clinic, room, passcode)
        ) STRICT, WITHOUT ROWID;
        ",
        "
        CREATE TABLE accounts (
            name TEXT NOT NULL PRIMARY KEY, -- in the form in which names are compared
            clinic BLOB NOT NULL, member BLOB NOT NULL,
            password BLOB NOT NULL, verifier TEXT NOT NULL,
            UNIQUE (clinic, member)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sessions (
            token BLOB NOT NULL PRIMARY KEY, clinic BLOB NOT NULL, member BLOB NOT NULL,
            started_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_of ON sessions (clinic, member);
        CREATE INDEX sessions_ending ON sessions (expires_at);
        CREATE TABLE invitations (
            token BLOB NOT NULL PRIMARY KEY, clinic BLOB NOT NULL, member BLOB NOT NULL,
            inviter BLOB, -- none: the host
            expires_at INTEGER NOT NULL,
            UNIQUE (clinic, member)
        ) STRICT, WITHOUT ROWID;
        ",
    ],
    // No write-ahead log: an operator sets a password while a server runs, and with this version of SQLite
    // two processes that write to one at once may damage it (ADR 0016). There is little to write here.
    settings: "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
};

const KEEP_PASSCODE: &str = "INSERT INTO passcodes VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

/// Credentials in a SQLite file.
pub struct SqliteCredentials {
    file: Arc<CredentialsFile>,
    /// Apart from the others, so that a flood of guesses at the doors keeps no member out.
    passcodes: Hasher,
    /// Apart too, so that whoever sets one passcode after another keeps no patient out.
    new_passcodes: Hasher,
    passwords: Hasher,
}

struct CredentialsFile {
    db: Mutex<Connection>,
    path: PathBuf,
}

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

    /// Opens a store of credentials, or makes it. Several processes may have it open.
    ///
    /// # Errors
    /// If the file is damaged, exposed or of a newer version.
    pub async fn open(path: &Path) -> Result<Self, FileError> {
        let path = path.to_owned();
        let db = {
            let path = path.clone();
            Mutex::new(blocking(move || FORM.open(&path)).await?)
        };
        let file = Arc::new(CredentialsFile { db, path });
        let hashers = [Hasher::new(), Hasher::new(), Hasher::new()];
        let [passcodes, new_passcodes, passwords] = hashers;
        Ok(Self { file, passcodes, new_passcodes, passwords })
    }

    /// The accounts and passcodes of a clinic, to be kept by another store.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of_clinic(&self, clinic: ClinicId) -> Result<Vec<KeptSecret>, LogError> {
        self.look(move |db| moved::of_clinic(db, clinic)).await
    }

    /// Keeps accounts and passcodes of a clinic that another store has kept, all of them or none. What is kept
    /// here already stays as it is.
    ///
    /// # Errors
    /// If the store fails, or keeps something else in the place of one of them.
    pub async fn keep_all(&self, clinic: ClinicId, secrets: &[KeptSecret]) -> Result<(), NotTaken> {
        let (file, secrets) = (Arc::clone(&self.file), secrets.to_vec());
        blocking(move || {
            let failed = |why: rusqlite::Error| file.failed(&why);
            let mut db = lock(&file.db);
            // Whatever is refused takes back what was kept before it.
            let tx = immediate(&mut db).map_err(failed)?;
            for secret in &secrets {
                moved::keep(&tx, clinic, secret).map_err(failed)??;
            }
            Ok(tx.commit().map_err(failed)?)
        })
        .await
    }

    /// Whether `typed` is a passcode that is kept, by a hasher that has a place for it.
    async fn recognises(
        &self,
        hasher: &Hasher,
        passcode: PasscodeOf,
        typed: &str,
    ) -> Result<bool, LogError> {
        let kept = self.look(move |db| passcode_verifier(db, passcode)).await?;
        let Some(kept) = kept else { return Ok(false) };
        hasher.verify(Some(kept), typed).await.map_err(|error| self.file.failed(&error.why()))
    }

    /// Looks something up, where blocking is fine.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LogError> {
        let file = Arc::clone(&self.file);
        let found = move || look(&lock(&file.db)).map_err(|why| file.failed(&why));
        blocking(found).await
    }

    /// Changes something in one transaction, where blocking is fine.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LogError> {
        let file = Arc::clone(&self.file);
        let changed = move || {
            let mut db = lock(&file.db);
            let done = immediate(&mut db).and_then(|tx| {
                let done = change(&tx)?;
                tx.commit()?;
                Ok(done)
            });
            done.map_err(|why| file.failed(&why))
        };
        blocking(changed).await
    }
}

type PasscodeOf = (ClinicId, RoomId, PasscodeId);

fn passcode_verifier(
    db: &Connection,
    (clinic, room, id): PasscodeOf,
) -> rusqlite::Result<Option<String>> {
    let find = "SELECT verifier FROM passcodes WHERE clinic = ? AND room = ? AND passcode = ?";
    let row = (clinic.0.as_bytes(), room.0.as_bytes(), id.0.as_bytes());
    db.prepare_cached(find)?.query_row(row, |row| row.get(0)).optional()
}

#[async_trait]
impl Credentials for SqliteCredentials {
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<KeptPasscode, LogError> {
        let verifier = self.new_passcodes.hash(passcode).await?;
        let kept = self.change(move |tx| {
            let of = (clinic.0.as_bytes(), room.0.as_bytes(), id.0.as_bytes(), verifier);
            tx.execute(KEEP_PASSCODE, of)
        });
        if kept.await? > 0 {
            return Ok(KeptPasscode::New);
        }
        let of = (clinic, room, id);
        let same = self.recognises(&self.new_passcodes, of, passcode).await?;
        Ok(if same { KeptPasscode::Same } else { KeptPasscode::Other })
    }

    async fn knows_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        typed: &str,
    ) -> Result<bool, LogError> {
        self.recognises(&self.passcodes, (clinic, room, id), typed).await
    }

    async fn forget_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
    ) -> Result<(), LogError> {
        let forgotten = self.change(move |tx| {
            let forget = "DELETE FROM passcodes WHERE clinic = ? AND room = ? AND passcode = ?";
            tx.execute(forget, (clinic.0.as_bytes(), room.0.as_bytes(), id.0.as_bytes()))
        });
        forgotten.await.map(|_one_or_none| ())
    }

    async fn keep_account(
        &self,
        name: &SignInName,
        clinic: ClinicId,
        member: MemberId,
        password: &Password,
    ) -> Result<KeptAccount, LogError> {
        let (id, name) = (PasswordId::fresh()?, name.clone());
        let verifier = self.passwords.hash(password.reveal()).await?;
        let account = Account { name, clinic, member, password: id };
        self.change(move |tx| people::keep_account(tx, account, &verifier)).await
    }

    async fn account_of(
        &self,
        clinic: ClinicId,
        member: MemberId,
    ) -> Result<Option<Account>, LogError> {
        self.look(move |db| people::account_of(db, clinic, member)).await
    }

    async fn account(&self, name: &SignInName) -> Result<Option<Account>, LogError> {
        let name = name.clone();
        let found = self.look(move |db| people::account_by(db, &name)).await?;
        Ok(found.map(|(account, _)| account))
    }

    async fn check_password(
        &self,
        name: &SignInName,
        typed: &Password,
    ) -> Result<Option<Account>, LogError> {
        let name = name.clone();
        let found = self.look(move |db| people::account_by(db, &name)).await?;
        let (account, verifier) = found.unzip();
        let right = self.passwords.verify(verifier, typed.reveal()).await;
        let right = right.map_err(|error| self.file.failed(&error.why()))?;
        Ok(account.filter(|_| right))
    }

    async fn change_password(
        &self,
        clinic: ClinicId,
        member: MemberId,
        old: Option<PasswordId>,
        password: &Password,
        keep: Option<SecretHash>,
    ) -> Result<bool, LogError> {
        let id = PasswordId::fresh()?;
        let verifier = self.passwords.hash(password.reveal()).await?;
        let changed = self.change(move |tx| {
            let account = people::account_of(tx, clinic, member)?;
            let in_force = |account: &Account| old.is_none_or(|old| old == account.password);
            if !account.as_ref().is_some_and(in_force) {
                return Ok(false);
            }
            let set =
                "UPDATE accounts SET password = ?, verifier = ? WHERE clinic = ? AND member = ?";
            let row = (id.0.as_bytes(), verifier, clinic.0.as_bytes(), member.0.as_bytes());
            tx.execute(set, row)?;
            people::shut_out(tx, clinic, member, keep)?;
            Ok(true)
        });
        changed.await
    }

    async fn remove_account(&self, clinic: ClinicId, member: MemberId) -> Result<(), LogError> {
        self.change(move |tx| {
            let of = (clinic.0.as_bytes(), member.0.as_bytes());
            tx.execute("DELETE FROM accounts WHERE clinic = ? AND member = ?", of)?;
            people::shut_out(tx, clinic, member, None)
        })
        .await
    }

    async fn keep_session(
        &self,
        token: SecretHash,
        session: Session,
        password: PasswordId,
    ) -> Result<bool, LogError> {
        self.change(move |tx| people::keep_session(tx, token, session, password)).await
    }

    async fn session(&self, token: SecretHash) -> Result<Option<Session>, LogError> {
        self.look(move |db| people::session(db, token)).await
    }

    async fn touch_session(&self, token: SecretHash, at: Timestamp) -> Result<(), LogError> {
        let touched = self.change(move |tx| {
            let touch = "UPDATE sessions SET seen_at = max(seen_at, ?) WHERE token = ?";
            tx.execute(touch, (at.0, token.0))
        });
        touched.await.map(|_one_or_none| ())
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), LogError> {
        let ended =
            self.change(move |tx| tx.execute("DELETE FROM sessions WHERE token = ?", (token.0,)));
        ended.await.map(|_one_or_none| ())
    }

    async fn end_sessions(
        &self,
        clinic: ClinicId,
        member: MemberId,
        keep: Option<SecretHash>,
    ) -> Result<(), LogError> {
        self.change(move |tx| people::shut_out(tx, clinic, member, keep)).await
    }

    async fn keep_invitation(
        &self,
        token: SecretHash,
        invitation: Invitation,
    ) -> Result<(), LogError> {
        self.change(move |tx| people::keep_invitation(tx, token, invitation)).await
    }

    async fn invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
    ) -> Result<Option<Invitation>, LogError> {
        self.look(move |db| people::invitation(db, token, now)).await
    }

    async fn accept_invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
        name: &SignInName,
        password: &Password,
    ) -> Result<Accepted, LogError> {
        if self.invitation(token, now).await?.is_none() {
            return Ok(Accepted::Void); // not worth hashing
        }
        let (id, name) = (PasswordId::fresh()?, name.clone());
        let verifier = self.passwords.hash(password.reveal()).await?;
        self.change(move |tx| people::accept(tx, (token, now), (name, id), &verifier)).await
    }
}

impl CredentialsFile {
    fn failed(&self, why: &dyn fmt::Display) -> LogError {
        FileError::failed(&self.path, why).into()
    }
}

fn uuid(bytes: [u8; 16]) -> Uuid {
    Uuid::from_bytes(bytes)
}
