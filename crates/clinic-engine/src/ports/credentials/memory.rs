//! Credentials in this process's memory: for tests, and for a log that is gone with the process too.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, PasscodeId, RoomId};
use clinic_domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Accepted, Account, Credentials, Invitation, KeptAccount, KeptPasscode, PasswordId, Session,
};
use crate::limits;
use crate::ports::LogError;
use crate::secrets::{Password, SecretHash, SignInName};
use crate::sync::lock;

/// Everything that proves who somebody is, gone with the process. Its hashes are salted but not slow:
/// nobody steals a store that is nowhere, and whoever reads this memory reads what is typed, too.
#[derive(Default)]
pub struct MemoryCredentials {
    kept: Mutex<Kept>,
}

type Verifier = [u8; 32];
type MemberOf = (ClinicId, MemberId);

#[derive(Default)]
struct Kept {
    passcodes: BTreeMap<(ClinicId, RoomId, PasscodeId), Verifier>,
    accounts: BTreeMap<SignInName, (Account, Verifier)>,
    sessions: BTreeMap<SecretHash, Session>,
    invitations: BTreeMap<SecretHash, Invitation>,
}

impl fmt::Debug for MemoryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryCredentials")
    }
}

fn verifier(salt: Uuid, secret: &str) -> Verifier {
    Sha256::new().chain_update(salt.as_bytes()).chain_update(secret).finalize().into()
}

/// Compared over the whole length, so that the time taken tells nothing.
fn same(kept: &Verifier, typed: &Verifier) -> bool {
    kept.iter().zip(typed).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

impl Kept {
    fn account_of(&self, (clinic, member): MemberOf) -> Option<&Account> {
        let mut accounts = self.accounts.values().map(|(account, _)| account);
        accounts.find(|account| account.clinic == clinic && account.member == member)
    }

    fn keep_account(
        &mut self,
        name: &SignInName,
        (clinic, member): MemberOf,
        id: PasswordId,
        password: &Password,
    ) -> KeptAccount {
        let hers = |account: &Account| account.clinic == clinic && account.member == member;
        if self.accounts.get(name).is_some_and(|(account, _)| !hers(account)) {
            return KeptAccount::NameTaken;
        }
        self.accounts.retain(|_, (account, _)| !hers(account));
        self.shut_out((clinic, member), None);
        let account = Account { name: name.clone(), clinic, member, password: id };
        let kept = (account.clone(), verifier(id.0, password.reveal()));
        self.accounts.insert(name.clone(), kept);
        KeptAccount::Kept(account)
    }

    /// Ends a member's sessions, but for the one to keep, and voids her invitation.
    fn shut_out(&mut self, (clinic, member): MemberOf, keep: Option<SecretHash>) {
        self.invitations.retain(|_, one| one.clinic != clinic || one.member != member);
        self.sessions.retain(|token, session| {
            keep == Some(*token) || session.clinic != clinic || session.member != member
        });
    }

    /// Ends the sessions of a member that were seen the longest ago, beyond the limit.
    fn end_excess(&mut self, clinic: ClinicId, member: MemberId) {
        let hers = self.sessions.iter();
        let hers = hers.filter(|(_, one)| one.clinic == clinic && one.member == member);
        let mut hers: Vec<_> = hers.map(|(token, one)| (one.seen_at, *token)).collect();
        hers.sort_unstable();
        let excess = hers.len().saturating_sub(limits::SESSIONS_PER_MEMBER);
        for (_, token) in hers.into_iter().take(excess) {
            self.sessions.remove(&token);
        }
    }

    fn invitation(&self, token: SecretHash, now: Timestamp) -> Option<Invitation> {
        self.invitations.get(&token).copied().filter(|one| now < one.expires_at)
    }
}

#[async_trait]
impl Credentials for MemoryCredentials {
    async fn keep_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        passcode: &str,
    ) -> Result<KeptPasscode, LogError> {
        let new = verifier(id.0, passcode);
        let passcodes = &mut lock(&self.kept).passcodes;
        Ok(match passcodes.get(&(clinic, room, id)) {
            Some(kept) if same(kept, &new) => KeptPasscode::Same,
            Some(_) => KeptPasscode::Other,
            None => {
                passcodes.insert((clinic, room, id), new);
                KeptPasscode::New
            }
        })
    }

    async fn knows_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
        typed: &str,
    ) -> Result<bool, LogError> {
        let typed = verifier(id.0, typed);
        let kept = lock(&self.kept);
        Ok(kept.passcodes.get(&(clinic, room, id)).is_some_and(|kept| same(kept, &typed)))
    }

    async fn forget_passcode(
        &self,
        clinic: ClinicId,
        room: RoomId,
        id: PasscodeId,
    ) -> Result<(), LogError> {
        lock(&self.kept).passcodes.remove(&(clinic, room, id));
        Ok(())
    }

    async fn keep_account(
        &self,
        name: &SignInName,
        clinic: ClinicId,
        member: MemberId,
        password: &Password,
    ) -> Result<KeptAccount, LogError> {
        let id = PasswordId::fresh()?;
        Ok(lock(&self.kept).keep_account(name, (clinic, member), id, password))
    }

    async fn account_of(
        &self,
        clinic: ClinicId,
        member: MemberId,
    ) -> Result<Option<Account>, LogError> {
        Ok(lock(&self.kept).account_of((clinic, member)).cloned())
    }

    async fn account(&self, name: &SignInName) -> Result<Option<Account>, LogError> {
        Ok(lock(&self.kept).accounts.get(name).map(|(account, _)| account.clone()))
    }

    async fn check_password(
        &self,
        name: &SignInName,
        typed: &Password,
    ) -> Result<Option<Account>, LogError> {
        let kept = lock(&self.kept);
        let found = kept.accounts.get(name);
        let salt = found.map_or(Uuid::nil(), |(account, _)| account.password.0);
        let typed = verifier(salt, typed.reveal());
        let found = found.filter(|(_, kept)| same(kept, &typed));
        Ok(found.map(|(account, _)| account.clone()))
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
        let mut kept = lock(&self.kept);
        let mut accounts = kept.accounts.values_mut();
        let hers =
            accounts.find(|(account, _)| account.clinic == clinic && account.member == member);
        let in_force = |account: &Account| old.is_none_or(|old| old == account.password);
        let Some((account, kept_verifier)) = hers.filter(|(account, _)| in_force(account)) else {
            return Ok(false);
        };
        account.password = id;
        *kept_verifier = verifier(id.0, password.reveal());
        kept.shut_out((clinic, member), keep);
        Ok(true)
    }

    async fn remove_account(&self, clinic: ClinicId, member: MemberId) -> Result<(), LogError> {
        let mut kept = lock(&self.kept);
        kept.accounts.retain(|_, (one, _)| one.clinic != clinic || one.member != member);
        kept.shut_out((clinic, member), None);
        Ok(())
    }

    async fn keep_session(
        &self,
        token: SecretHash,
        session: Session,
        password: PasswordId,
    ) -> Result<bool, LogError> {
        let mut kept = lock(&self.kept);
        let Session { clinic, member, started_at, .. } = session;
        let account = kept.account_of((clinic, member));
        if account.is_none_or(|account| account.password != password) {
            return Ok(false);
        }
        kept.sessions.retain(|_, one| started_at < one.expires_at);
        kept.sessions.insert(token, session);
        kept.end_excess(clinic, member);
        Ok(true)
    }

    async fn session(&self, token: SecretHash) -> Result<Option<Session>, LogError> {
        Ok(lock(&self.kept).sessions.get(&token).copied())
    }

    async fn touch_session(&self, token: SecretHash, at: Timestamp) -> Result<(), LogError> {
        if let Some(session) = lock(&self.kept).sessions.get_mut(&token) {
            session.seen_at = session.seen_at.max(at);
        }
        Ok(())
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), LogError> {
        lock(&self.kept).sessions.remove(&token);
        Ok(())
    }

    async fn end_sessions(
        &self,
        clinic: ClinicId,
        member: MemberId,
        keep: Option<SecretHash>,
    ) -> Result<(), LogError> {
        lock(&self.kept).shut_out((clinic, member), keep);
        Ok(())
    }

    async fn keep_invitation(
        &self,
        token: SecretHash,
        invitation: Invitation,
    ) -> Result<(), LogError> {
        let Invitation { clinic, member, .. } = invitation;
        let mut kept = lock(&self.kept);
        kept.invitations.retain(|_, one| one.clinic != clinic || one.member != member);
        kept.invitations.insert(token, invitation);
        Ok(())
    }

    async fn invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
    ) -> Result<Option<Invitation>, LogError> {
        Ok(lock(&self.kept).invitation(token, now))
    }

    async fn accept_invitation(
        &self,
        token: SecretHash,
        now: Timestamp,
        name: &SignInName,
        password: &Password,
    ) -> Result<Accepted, LogError> {
        let id = PasswordId::fresh()?;
        let mut kept = lock(&self.kept);
        let Some(found) = kept.invitation(token, now) else { return Ok(Accepted::Void) };
        Ok(match kept.keep_account(name, (found.clinic, found.member), id, password) {
            KeptAccount::NameTaken => Accepted::NameTaken,
            KeptAccount::Kept(account) => Accepted::Welcome(account),
        })
    }
}
