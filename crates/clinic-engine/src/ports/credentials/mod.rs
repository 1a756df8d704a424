//! Secrets that are not facts: what proves that somebody may come in.

mod kept;
mod memory;

use std::fmt;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, PasscodeId, RoomId};
use clinic_domain::time::Timestamp;
use uuid::{Builder, Uuid};

use super::LogError;
use crate::secrets::{Password, SecretHash, SignInName};

pub use kept::{KeptSecret, NotTaken, Verifier};
pub use memory::MemoryCredentials;

/// How a member signs in. She has one account at most, in her clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name that she types.
    pub name: SignInName,
    /// Her clinic.
    pub clinic: ClinicId,
    /// Who she is there.
    pub member: MemberId,
    /// Which of her passwords is in force.
    pub password: PasswordId,
}

/// Names a password of an account: each new one has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordId(pub Uuid);

impl PasswordId {
    /// A new one, which nobody can guess: a store in memory salts by it.
    ///
    /// # Errors
    /// If the machine gives no random bytes.
    pub fn fresh() -> Result<Self, LogError> {
        let mut bytes = [0; 16];
        let filled = getrandom::fill(&mut bytes);
        filled.map_err(|error| LogError::Failed(format!("no randomness: {error}")))?;
        Ok(Self(Builder::from_random_bytes(bytes).into_uuid()))
    }
}

/// A member who is signed in, at one browser. How long that lasts is for the caller to say: the store
/// keeps the instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Her clinic.
    pub clinic: ClinicId,
    /// Who she is there.
    pub member: MemberId,
    /// When she signed in.
    pub started_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When something was last heard of her.
    pub seen_at: Timestamp,
}

/// A member who may choose a sign-in name and a password, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Her clinic.
    pub clinic: ClinicId,
    /// Who she is there.
    pub member: MemberId,
    /// Who invited her.
    pub by: Inviter,
    /// From when on it is void.
    pub expires_at: Timestamp,
}

/// Who invites a member. An invitation is as good as the right by which it was given, when it is accepted
/// too; whether that right still stands is for the caller to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inviter {
    /// A member of the same clinic.
    Member(MemberId),
    /// The product that embeds the clinic.
    Host,
}

/// What became of a passcode that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptPasscode {
    /// It is kept.
    New,
    /// It was kept already.
    Same,
    /// Another one is kept under this id, and stays.
    Other,
}

/// What became of an account that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptAccount {
    /// It is kept as this.
    Kept(Account),
    /// Somebody else has this name; nothing changed.
    NameTaken,
}

/// What became of an invitation that somebody wants to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is accepted and gone, and this is her account.
    Welcome(Account),
    /// Somebody else has this name; the invitation still stands.
    NameTaken,
    /// There is no such invitation, or none any more.
    Void,
}

/// Keeps what proves who somebody is: passcodes of rooms, and members' accounts, sessions and
/// invitations. Events know nothing of them but the id of a passcode.
///
/// Of a passcode or password it keeps a salted, slow hash ([`crate::secrets::Hasher`]), of a token its
/// SHA-256. What has to be true together is changed together. The store has no clock: the caller says
/// when it is.
#[async_trait]
pub trait Credentials: Send + Sync + fmt::Debug {
    /// Keeps the verifier of a new passcode. What is kept under an id never changes, so that a retry
    /// changes nothing.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<KeptPasscode, LogError>;

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

    /// Forgets a passcode that no room asks for.
    ///
    /// # Errors
    /// If the store fails.
    async fn forget_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
    ) -> Result<(), LogError>;

    /// Gives a member this sign-in name and this password, in place of those she had. Her sessions end, and
    /// her invitation is void.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_account(
        &self,
        name: &SignInName,
        clinic: ClinicId,
        member: MemberId,
        password: &Password,
    ) -> Result<KeptAccount, LogError>;

    /// The account of a member.
    ///
    /// # Errors
    /// If the store fails.
    async fn account_of(
        &self,
        clinic: ClinicId,
        member: MemberId,
    ) -> Result<Option<Account>, LogError>;

    /// The account with this name. For operators: to anybody else, a name is known by its password only.
    ///
    /// # Errors
    /// If the store fails.
    async fn account(&self, name: &SignInName) -> Result<Option<Account>, LogError>;

    /// The account with this name, if `typed` is its password. An unknown name takes as long as a wrong
    /// password.
    ///
    /// # Errors
    /// If the store fails, or too many are being checked.
    async fn check_password(
        &self,
        name: &SignInName,
        typed: &Password,
    ) -> Result<Option<Account>, LogError>;

    /// Gives an account another password, ends the member's sessions, but for the one to keep, and voids
    /// her invitation. If `old` is given, only while it is in force: of somebody who changes her password
    /// and an operator who resets it, the operator wins. Answers whether it was changed.
    ///
    /// # Errors
    /// If the store fails.
    async fn change_password(
        &self,
        clinic: ClinicId,
        member: MemberId,
        old: Option<PasswordId>,
        password: &Password,
        keep: Option<SecretHash>,
    ) -> Result<bool, LogError>;

    /// Removes a member's account, with her sessions and her invitation.
    ///
    /// # Errors
    /// If the store fails.
    async fn remove_account(&self, clinic: ClinicId, member: MemberId) -> Result<(), LogError>;

    /// Keeps a session that was opened by this password. Answers `false`, and keeps none, if the
    /// password is not in force any more: a change of password ends also those sessions that are just
    /// about to begin. Sessions that had ended when this one started are forgotten; beyond
    /// [`crate::limits::SESSIONS_PER_MEMBER`], those that were seen the longest ago end.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_session(
        &self,
        token: SecretHash,
        session: Session,
        password: PasswordId,
    ) -> Result<bool, LogError>;

    /// The session of a token, whether or not its time is over.
    ///
    /// # Errors
    /// If the store fails.
    async fn session(&self, token: SecretHash) -> Result<Option<Session>, LogError>;

    /// Notes that somebody was heard of in a session. No step back of a clock turns this back.
    ///
    /// # Errors
    /// If the store fails.
    async fn touch_session(&self, token: SecretHash, at: Timestamp) -> Result<(), LogError>;

    /// Ends a session.
    ///
    /// # Errors
    /// If the store fails.
    async fn end_session(&self, token: SecretHash) -> Result<(), LogError>;

    /// Ends a member's sessions, but for the one to keep, and voids her invitation: nobody comes in by what
    /// was handed out before.
    ///
    /// # Errors
    /// If the store fails.
    async fn end_sessions(
        &self,
        clinic: ClinicId,
        member: MemberId,
        keep: Option<SecretHash>,
    ) -> Result<(), LogError>;

    /// Keeps an invitation, in place of the one that the member had.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_invitation(
        &self,
        token: SecretHash,
        invitation: Invitation,
    ) -> Result<(), LogError>;

    /// The invitation of a token, if it is good at this instant.
    ///
    /// # Errors
    /// If the store fails.
    async fn invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
    ) -> Result<Option<Invitation>, LogError>;

    /// Gives the invited member this name and this password, in place of those she had, ends her
    /// sessions and takes the invitation away: all of it or nothing. Of two who accept at once, one does.
    ///
    /// # Errors
    /// If the store fails, or too many passwords are being hashed.
    async fn accept_invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
        name: &SignInName,
        password: &Password,
    ) -> Result<Accepted, LogError>;
}
