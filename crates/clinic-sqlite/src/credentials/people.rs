//! Accounts, sessions and invitations, row by row.

use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::time::Timestamp;
use clinic_engine::limits;
use clinic_engine::ports::{
    Accepted, Account, Invitation, Inviter, KeptAccount, PasswordId, Session,
};
use clinic_engine::secrets::{SecretHash, SignInName};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::uuid;

const ACCOUNT: &str = "SELECT name, clinic, member, password, verifier FROM accounts";

/// The account with this name, and its verifier.
pub(super) fn account_by(
    db: &Connection,
    name: &SignInName,
) -> rusqlite::Result<Option<(Account, String)>> {
    let mut find = db.prepare_cached(&format!("{ACCOUNT} WHERE name = ?"))?;
    find.query_row((name.as_str(),), account).optional()
}

/// The account of a member.
pub(super) fn account_of(
    db: &Connection,
    clinic: ClinicId,
    member: MemberId,
) -> rusqlite::Result<Option<Account>> {
    let mut find = db.prepare_cached(&format!("{ACCOUNT} WHERE clinic = ? AND member = ?"))?;
    let found = find.query_row((clinic.0.as_bytes(), member.0.as_bytes()), account).optional()?;
    Ok(found.map(|(account, _)| account))
}

/// The accounts of a clinic, and their verifiers.
pub(super) fn accounts_in(
    db: &Connection,
    clinic: ClinicId,
) -> rusqlite::Result<Vec<(Account, String)>> {
    let mut find = db.prepare(&format!("{ACCOUNT} WHERE clinic = ? ORDER BY member"))?;
    find.query_map((clinic.0.as_bytes(),), account)?.collect()
}

/// Adds an account, whose name is free.
pub(super) fn insert(
    tx: &Transaction<'_>,
    account: &Account,
    verifier: &str,
) -> rusqlite::Result<()> {
    let Account { name, clinic, member, password } = account;
    let of = (clinic.0.as_bytes(), member.0.as_bytes(), password.0.as_bytes());
    let row = (name.as_str(), of.0, of.1, of.2, verifier);
    tx.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?)", row)?;
    Ok(())
}

fn account(row: &Row<'_>) -> rusqlite::Result<(Account, String)> {
    let kept: String = row.get("name")?;
    // A name that was kept as another is found under neither: that is damage, and no account.
    let name = SignInName::parse(&kept).ok().filter(|name| name.as_str() == kept);
    let damaged = || {
        let why = "a sign-in name is not in its form".into();
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, why)
    };
    let account = Account {
        name: name.ok_or_else(damaged)?,
        clinic: ClinicId(uuid(row.get("clinic")?)),
        member: MemberId(uuid(row.get("member")?)),
        password: PasswordId(uuid(row.get("password")?)),
    };
    Ok((account, row.get("verifier")?))
}

/// Gives a member an account in place of the one she had, ends her sessions and voids her invitation.
pub(super) fn keep_account(
    tx: &Transaction<'_>,
    account: Account,
    verifier: &str,
) -> rusqlite::Result<KeptAccount> {
    let Account { name, clinic, member, .. } = &account;
    let of = (clinic.0.as_bytes(), member.0.as_bytes());
    let holder = account_by(tx, name)?;
    if holder.is_some_and(|(held, _)| held.clinic != *clinic || held.member != *member) {
        return Ok(KeptAccount::NameTaken);
    }
    tx.execute("DELETE FROM accounts WHERE clinic = ? AND member = ?", of)?;
    insert(tx, &account, verifier)?;
    shut_out(tx, *clinic, *member, None)?;
    Ok(KeptAccount::Kept(account))
}

/// Ends a member's sessions, but for the one to keep, and voids her invitation.
pub(super) fn shut_out(
    tx: &Transaction<'_>,
    clinic: ClinicId,
    member: MemberId,
    keep: Option<SecretHash>,
) -> rusqlite::Result<()> {
    let end = "DELETE FROM sessions WHERE clinic = ? AND member = ? AND token IS NOT ?";
    let (of, keep) = ((clinic.0.as_bytes(), member.0.as_bytes()), keep.map(|token| token.0));
    tx.execute(end, (of.0, of.1, keep))?;
    tx.execute("DELETE FROM invitations WHERE clinic = ? AND member = ?", of)?;
    Ok(())
}

/// Keeps a session, if the password that opened it is still in force.
pub(super) fn keep_session(
    tx: &Transaction<'_>,
    token: SecretHash,
    session: Session,
    password: PasswordId,
) -> rusqlite::Result<bool> {
    let Session { clinic, member, started_at, expires_at, seen_at } = session;
    let account = account_of(tx, clinic, member)?;
    if account.is_none_or(|account| account.password != password) {
        return Ok(false);
    }
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?", (started_at.0,))?;
    let of = (clinic.0.as_bytes(), member.0.as_bytes());
    let row = (token.0, of.0, of.1, started_at.0, expires_at.0, seen_at.0);
    tx.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)", row)?;
    let newest = "SELECT token FROM sessions WHERE clinic = ? AND member = ? \
         ORDER BY seen_at DESC, token DESC LIMIT -1 OFFSET ?";
    let excess = format!("DELETE FROM sessions WHERE token IN ({newest})");
    let limit = i64::try_from(limits::SESSIONS_PER_MEMBER).unwrap_or(i64::MAX);
    tx.execute(&excess, (of.0, of.1, limit))?;
    Ok(true)
}

pub(super) fn session(db: &Connection, token: SecretHash) -> rusqlite::Result<Option<Session>> {
    let find = "SELECT clinic, member, started_at, expires_at, seen_at FROM sessions \
         WHERE token = ?";
    let session = |row: &Row<'_>| {
        Ok(Session {
            clinic: ClinicId(uuid(row.get(0)?)),
            member: MemberId(uuid(row.get(1)?)),
            started_at: Timestamp(row.get(2)?),
            expires_at: Timestamp(row.get(3)?),
            seen_at: Timestamp(row.get(4)?),
        })
    };
    db.prepare_cached(find)?.query_row((token.0,), session).optional()
}

/// Keeps an invitation, in place of the one that the member had: she is unique among them.
pub(super) fn keep_invitation(
    tx: &Transaction<'_>,
    token: SecretHash,
    invitation: Invitation,
) -> rusqlite::Result<()> {
    let Invitation { clinic, member, by, expires_at } = invitation;
    let inviter = match &by {
        Inviter::Member(inviter) => Some(inviter.0.as_bytes()),
        Inviter::Host => None,
    };
    let row = (token.0, clinic.0.as_bytes(), member.0.as_bytes(), inviter, expires_at.0);
    tx.execute("INSERT OR REPLACE INTO invitations VALUES (?, ?, ?, ?, ?)", row)?;
    Ok(())
}

pub(super) fn invitation(
    db: &Connection,
    token: SecretHash,
    now: Timestamp,
) -> rusqlite::Result<Option<Invitation>> {
    let find = "SELECT clinic, member, inviter, expires_at FROM invitations \
         WHERE token = ? AND expires_at > ?";
    let invitation = |row: &Row<'_>| {
        let inviter: Option<[u8; 16]> = row.get(2)?;
        Ok(Invitation {
            clinic: ClinicId(uuid(row.get(0)?)),
            member: MemberId(uuid(row.get(1)?)),
            by: inviter.map_or(Inviter::Host, |id| Inviter::Member(MemberId(uuid(id)))),
            expires_at: Timestamp(row.get(3)?),
        })
    };
    db.prepare_cached(find)?.query_row((token.0, now.0), invitation).optional()
}

/// Accepts an invitation, if there is one and the name is free.
pub(super) fn accept(
    tx: &Transaction<'_>,
    (token, now): (SecretHash, Timestamp),
    (name, password): (SignInName, PasswordId),
    verifier: &str,
) -> rusqlite::Result<Accepted> {
    let Some(Invitation { clinic, member, .. }) = invitation(tx, token, now)? else {
        return Ok(Accepted::Void);
    };
    let kept = keep_account(tx, Account { name, clinic, member, password }, verifier)?;
    Ok(match kept {
        KeptAccount::NameTaken => Accepted::NameTaken,
        KeptAccount::Kept(account) => Accepted::Welcome(account),
    })
}
