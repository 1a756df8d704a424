//! What proves who somebody is, shared by all nodes: verifiers of passcodes and passwords, which are short
//! and used elsewhere too, as slow salted hashes; of tokens their SHA-256.
//!
//! Hashing comes first and outside of any transaction. Then what has to be true together is looked up and
//! changed in one, under a lock of the member whom it is about; names are unique by their index. So of two
//! nodes that accept one invitation one does, and no session outlives the password that opened it.

mod moved;
mod people;

use std::fmt;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, PasscodeId, RoomId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{
    Accepted, Account, Credentials, Invitation, KeptAccount, KeptPasscode, KeptSecret, LogError,
    NotTaken, PasswordId, Session,
};
use clinic_engine::secrets::{Hasher, Password, SecretHash, SignInName};
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Transaction};

use crate::asking::{again, change};
use crate::database::Database;

/// Credentials in a Postgres database.
pub struct PgCredentials {
    database: Database,
    /// Apart from the others, so that a flood of guesses at the doors keeps no member out.
    passcodes: Hasher,
    /// Apart too, so that whoever sets one passcode after another keeps no patient out.
    new_passcodes: Hasher,
    passwords: Hasher,
}

impl fmt::Debug for PgCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgCredentials")
    }
}

type PasscodeOf = (ClinicId, RoomId, PasscodeId);

impl PgCredentials {
    /// The credentials in a database. Many nodes may have them open.
    #[must_use]
    pub fn open(database: &Database) -> Self {
        let [passcodes, new_passcodes, passwords] = [Hasher::new(), Hasher::new(), Hasher::new()];
        Self { database: database.clone(), passcodes, new_passcodes, passwords }
    }

    /// The accounts and passcodes of a clinic, to be kept by another store.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of_clinic(&self, clinic: ClinicId) -> Result<Vec<KeptSecret>, LogError> {
        self.look(|mut db| async move { moved::of_clinic(&mut db, clinic).await }).await
    }

    /// Keeps accounts and passcodes of a clinic that another store has kept, all of them or none. What is kept
    /// here already stays as it is.
    ///
    /// # Errors
    /// If the store fails, or keeps something else in the place of one of them.
    pub async fn keep_all(&self, clinic: ClinicId, secrets: &[KeptSecret]) -> Result<(), NotTaken> {
        let kept = self.change(|mut tx| async move {
            for secret in secrets {
                let kept = moved::keep(&mut tx, clinic, secret).await?;
                if kept.is_err() {
                    return Ok(kept);
                }
            }
            tx.commit().await?;
            Ok(Ok(()))
        });
        kept.await?
    }

    /// Looks something up, or makes something so.
    async fn look<T, W>(
        &self,
        look: impl FnMut(PoolConnection<Postgres>) -> W,
    ) -> Result<T, LogError>
    where
        W: Future<Output = Result<T, sqlx::Error>>,
    {
        again(self.database.pool(), "the credentials cannot be read or kept", look).await
    }

    /// Changes something in one transaction.
    async fn change<T, W>(
        &self,
        work: impl FnMut(Transaction<'static, Postgres>) -> W,
    ) -> Result<T, LogError>
    where
        W: Future<Output = Result<T, sqlx::Error>>,
    {
        change(self.database.pool(), "the credentials cannot be changed", work).await
    }

    /// Whether `typed` is a passcode that is kept, by a hasher that has a place for it.
    async fn recognises(
        &self,
        hasher: &Hasher,
        (clinic, room, id): PasscodeOf,
        typed: &str,
    ) -> Result<bool, LogError> {
        let kept: Option<String> = self
            .look(|mut db| async move {
                let find = "SELECT verifier FROM clinic_passcodes \
                     WHERE clinic = $1 AND room = $2 AND passcode = $3";
                let find = sqlx::query_scalar(find).bind(clinic.0).bind(room.0).bind(id.0);
                find.fetch_optional(&mut *db).await
            })
            .await?;
        let Some(kept) = kept else { return Ok(false) };
        hasher.verify(Some(kept), typed).await
    }
}

#[async_trait]
impl Credentials for PgCredentials {
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<KeptPasscode, LogError> {
        let verifier = self.new_passcodes.hash(passcode).await?;
        let verifier = &verifier;
        let kept = self.change(|mut tx| async move {
            let keep = "INSERT INTO clinic_passcodes (clinic, room, passcode, verifier) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
            let keep = sqlx::query(keep).bind(clinic.0).bind(room.0).bind(id.0).bind(verifier);
            let kept = keep.execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(kept)
        });
        if kept.await?.rows_affected() > 0 {
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
        let forgotten = self.look(|mut db| async move {
            let forget = "DELETE FROM clinic_passcodes \
                 WHERE clinic = $1 AND room = $2 AND passcode = $3";
            sqlx::query(forget).bind(clinic.0).bind(room.0).bind(id.0).execute(&mut *db).await
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
        let (account, verifier) = (&account, &verifier);
        self.change(|mut tx| async move {
            people::hold(&mut tx, clinic, member).await?;
            let kept = people::keep_account(&mut tx, account, verifier).await?;
            tx.commit().await?;
            Ok(kept)
        })
        .await
    }

    async fn account_of(
        &self,
        clinic: ClinicId,
        member: MemberId,
    ) -> Result<Option<Account>, LogError> {
        let look = |mut db: PoolConnection<Postgres>| async move {
            people::account_of(&mut db, clinic, member).await
        };
        Ok(self.look(look).await?.map(|(account, _)| account))
    }

    async fn account(&self, name: &SignInName) -> Result<Option<Account>, LogError> {
        let found =
            self.look(|mut db| async move { people::account_by(&mut db, name).await }).await?;
        Ok(found.map(|(account, _)| account))
    }

    async fn check_password(
        &self,
        name: &SignInName,
        typed: &Password,
    ) -> Result<Option<Account>, LogError> {
        let found =
            self.look(|mut db| async move { people::account_by(&mut db, name).await }).await?;
        let (account, verifier) = found.unzip();
        let right = self.passwords.verify(verifier, typed.reveal()).await?;
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
        let verifier = &verifier;
        self.change(|mut tx| async move {
            people::hold(&mut tx, clinic, member).await?;
            let set = "UPDATE clinic_accounts SET password = $3, verifier = $4 \
                 WHERE clinic = $1 AND member = $2 AND ($5::uuid IS NULL OR password = $5)";
            let set = sqlx::query(set).bind(clinic.0).bind(member.0).bind(id.0).bind(verifier);
            let set = set.bind(old.map(|old| old.0)).execute(&mut *tx).await?;
            if set.rows_affected() == 0 {
                return Ok(false);
            }
            people::shut_out(&mut tx, clinic, member, keep).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn remove_account(&self, clinic: ClinicId, member: MemberId) -> Result<(), LogError> {
        self.change(|mut tx| async move {
            people::hold(&mut tx, clinic, member).await?;
            let remove = "DELETE FROM clinic_accounts WHERE clinic = $1 AND member = $2";
            sqlx::query(remove).bind(clinic.0).bind(member.0).execute(&mut *tx).await?;
            people::shut_out(&mut tx, clinic, member, None).await?;
            tx.commit().await
        })
        .await
    }

    async fn keep_session(
        &self,
        token: SecretHash,
        session: Session,
        password: PasswordId,
    ) -> Result<bool, LogError> {
        self.change(|mut tx| async move {
            people::hold(&mut tx, session.clinic, session.member).await?;
            let kept = people::keep_session(&mut tx, token, session, password).await?;
            tx.commit().await?;
            Ok(kept)
        })
        .await
    }

    async fn session(&self, token: SecretHash) -> Result<Option<Session>, LogError> {
        self.look(|mut db| async move { people::session(&mut db, token).await }).await
    }

    async fn touch_session(&self, token: SecretHash, at: Timestamp) -> Result<(), LogError> {
        let touched = self.look(|mut db| async move {
            // Only forwards, and no row is written anew for nothing.
            let touch = "UPDATE clinic_sessions SET seen_at = $2 WHERE token = $1 AND seen_at < $2";
            sqlx::query(touch).bind(token.0.as_slice()).bind(at.0).execute(&mut *db).await
        });
        touched.await.map(|_one_or_none| ())
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), LogError> {
        let ended = self.look(|mut db| async move {
            let end = "DELETE FROM clinic_sessions WHERE token = $1";
            sqlx::query(end).bind(token.0.as_slice()).execute(&mut *db).await
        });
        ended.await.map(|_one_or_none| ())
    }

    async fn end_sessions(
        &self,
        clinic: ClinicId,
        member: MemberId,
        keep: Option<SecretHash>,
    ) -> Result<(), LogError> {
        self.change(|mut tx| async move {
            people::hold(&mut tx, clinic, member).await?;
            people::shut_out(&mut tx, clinic, member, keep).await?;
            tx.commit().await
        })
        .await
    }

    async fn keep_invitation(
        &self,
        token: SecretHash,
        invitation: Invitation,
    ) -> Result<(), LogError> {
        self.change(|mut tx| async move {
            people::hold(&mut tx, invitation.clinic, invitation.member).await?;
            people::keep_invitation(&mut tx, token, invitation).await?;
            tx.commit().await
        })
        .await
    }

    async fn invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
    ) -> Result<Option<Invitation>, LogError> {
        self.look(|mut db| async move { people::invitation(&mut db, token, now).await }).await
    }

    async fn accept_invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
        name: &SignInName,
        password: &Password,
    ) -> Result<Accepted, LogError> {
        let Some(Invitation { clinic, member, .. }) = self.invitation(token, now).await? else {
            return Ok(Accepted::Void); // not worth hashing
        };
        let (id, name) = (PasswordId::fresh()?, name.clone());
        let verifier = self.passwords.hash(password.reveal()).await?;
        let account = Account { name, clinic, member, password: id };
        let (account, verifier) = (&account, &verifier);
        self.change(|mut tx| async move {
            people::hold(&mut tx, clinic, member).await?;
            // Asked again, now that nobody else accepts it or takes it away.
            if people::invitation(&mut tx, token, now).await?.is_none() {
                return Ok(Accepted::Void);
            }
            let kept = people::keep_account(&mut tx, account, verifier).await?;
            tx.commit().await?;
            Ok(match kept {
                KeptAccount::NameTaken => Accepted::NameTaken,
                KeptAccount::Kept(account) => Accepted::Welcome(account),
            })
        })
        .await
    }
}
