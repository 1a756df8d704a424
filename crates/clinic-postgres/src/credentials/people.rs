//! Accounts, sessions and invitations, row by row.

use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::time::Timestamp;
use clinic_engine::limits;
use clinic_engine::ports::{Account, Invitation, Inviter, KeptAccount, PasswordId, Session};
use clinic_engine::secrets::{SecretHash, SignInName};
use sqlx::postgres::PgRow;
use sqlx::{Acquire as _, PgConnection, Row as _};

use crate::error::damaged;
use crate::{limits as ours, locks};

/// Takes the lock of a member: nobody else changes what she signs in with until the transaction ends.
pub(super) async fn hold(
    db: &mut PgConnection,
    clinic: ClinicId,
    member: MemberId,
) -> Result<(), sqlx::Error> {
    let hold = sqlx::query("SELECT pg_advisory_xact_lock($1, $2)");
    let hold = hold.bind(locks::MEMBER).bind(locks::number(&[clinic.0, member.0]));
    hold.execute(db).await?;
    Ok(())
}

/// The account with this name, and its verifier.
pub(super) async fn account_by(
    db: &mut PgConnection,
    name: &SignInName,
) -> Result<Option<(Account, String)>, sqlx::Error> {
    let find = "SELECT name, clinic, member, password, verifier FROM clinic_accounts \
         WHERE name = $1";
    let found = sqlx::query(find).bind(name.as_str()).fetch_optional(db).await?;
    found.as_ref().map(account).transpose()
}

/// The account of a member, and its verifier.
pub(super) async fn account_of(
    db: &mut PgConnection,
    clinic: ClinicId,
    member: MemberId,
) -> Result<Option<(Account, String)>, sqlx::Error> {
    let find = "SELECT name, clinic, member, password, verifier FROM clinic_accounts \
         WHERE clinic = $1 AND member = $2";
    let found = sqlx::query(find).bind(clinic.0).bind(member.0).fetch_optional(db).await?;
    found.as_ref().map(account).transpose()
}

/// An account as its row tells it, and its verifier.
pub(super) fn account(row: &PgRow) -> Result<(Account, String), sqlx::Error> {
    let kept: String = row.try_get("name")?;
    // A name that was kept as another is found under neither: that is damage, and no account.
    let name = SignInName::parse(&kept).ok().filter(|name| name.as_str() == kept);
    let account = Account {
        name: name.ok_or_else(|| damaged("a sign-in name is not in its form"))?,
        clinic: ClinicId(row.try_get("clinic")?),
        member: MemberId(row.try_get("member")?),
        password: PasswordId(row.try_get("password")?),
    };
    Ok((account, row.try_get("verifier")?))
}

/// Gives a member an account in place of the one she had, ends her sessions and voids her invitation. Her
/// lock is held.
pub(super) async fn keep_account(
    db: &mut PgConnection,
    account: &Account,
    verifier: &str,
) -> Result<KeptAccount, sqlx::Error> {
    let Account { clinic, member, .. } = account;
    // In a part of its own: if the name is another's, she keeps the account that she had.
    let mut part = db.begin().await?;
    let remove = "DELETE FROM clinic_accounts WHERE clinic = $1 AND member = $2";
    sqlx::query(remove).bind(clinic.0).bind(member.0).execute(&mut *part).await?;
    if !insert(&mut part, account, verifier).await? {
        part.rollback().await?;
        return Ok(KeptAccount::NameTaken);
    }
    part.commit().await?;
    shut_out(db, *clinic, *member, None).await?;
    Ok(KeptAccount::Kept(account.clone()))
}

/// Adds an account, if its name is free. Whoever is just about to take the name is waited for.
pub(super) async fn insert(
    db: &mut PgConnection,
    account: &Account,
    verifier: &str,
) -> Result<bool, sqlx::Error> {
    let Account { name, clinic, member, password } = account;
    let keep = "INSERT INTO clinic_accounts (name, clinic, member, password, verifier) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING";
    let keep = sqlx::query(keep).bind(name.as_str()).bind(clinic.0).bind(member.0);
    let kept = keep.bind(password.0).bind(verifier).execute(db).await?;
    Ok(kept.rows_affected() > 0)
}

/// Ends a member's sessions, but for the one to keep, and voids her invitation.
pub(super) async fn shut_out(
    db: &mut PgConnection,
    clinic: ClinicId,
    member: MemberId,
    keep: Option<SecretHash>,
) -> Result<(), sqlx::Error> {
    let end = "DELETE FROM clinic_sessions \
         WHERE clinic = $1 AND member = $2 AND token IS DISTINCT FROM $3";
    let keep = keep.map(|token| token.0.to_vec());
    sqlx::query(end).bind(clinic.0).bind(member.0).bind(keep).execute(&mut *db).await?;
    let void = "DELETE FROM clinic_invitations WHERE clinic = $1 AND member = $2";
    sqlx::query(void).bind(clinic.0).bind(member.0).execute(db).await?;
    Ok(())
}

/// Keeps a session, if the password that opened it is still in force. The member's lock is held.
pub(super) async fn keep_session(
    db: &mut PgConnection,
    token: SecretHash,
    session: Session,
    password: PasswordId,
) -> Result<bool, sqlx::Error> {
    let Session { clinic, member, started_at, expires_at, seen_at } = session;
    let account = account_of(db, clinic, member).await?;
    if account.is_none_or(|(account, _)| account.password != password) {
        return Ok(false);
    }
    // Another node may be removing the same ones: what it holds is left to it.
    let sweep = "DELETE FROM clinic_sessions WHERE token IN (SELECT token FROM clinic_sessions \
         WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let sweep = sqlx::query(sweep).bind(started_at.0).bind(ours::SESSIONS_SWEPT);
    sweep.execute(&mut *db).await?;
    let keep = "INSERT INTO clinic_sessions \
             (token, clinic, member, started_at, expires_at, seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (token) DO UPDATE SET clinic = $2, \
             member = $3, started_at = $4, expires_at = $5, seen_at = $6";
    let keep = sqlx::query(keep).bind(token.0.as_slice()).bind(clinic.0).bind(member.0);
    let keep = keep.bind(started_at.0).bind(expires_at.0).bind(seen_at.0);
    keep.execute(&mut *db).await?;
    let excess = "DELETE FROM clinic_sessions WHERE token IN (SELECT token FROM clinic_sessions \
         WHERE clinic = $1 AND member = $2 ORDER BY seen_at DESC, token DESC OFFSET $3)";
    let limit = i64::try_from(limits::SESSIONS_PER_MEMBER).unwrap_or(i64::MAX);
    sqlx::query(excess).bind(clinic.0).bind(member.0).bind(limit).execute(db).await?;
    Ok(true)
}

pub(super) async fn session(
    db: &mut PgConnection,
    token: SecretHash,
) -> Result<Option<Session>, sqlx::Error> {
    let find = "SELECT clinic, member, started_at, expires_at, seen_at FROM clinic_sessions \
         WHERE token = $1";
    let found = sqlx::query(find).bind(token.0.as_slice()).fetch_optional(db).await?;
    let session = |row: &PgRow| {
        Ok(Session {
            clinic: ClinicId(row.try_get("clinic")?),
            member: MemberId(row.try_get("member")?),
            started_at: Timestamp(row.try_get("started_at")?),
            expires_at: Timestamp(row.try_get("expires_at")?),
            seen_at: Timestamp(row.try_get("seen_at")?),
        })
    };
    found.as_ref().map(session).transpose()
}

/// Keeps an invitation, in place of the one that the member had. Her lock is held.
pub(super) async fn keep_invitation(
    db: &mut PgConnection,
    token: SecretHash,
    invitation: Invitation,
) -> Result<(), sqlx::Error> {
    let Invitation { clinic, member, by, expires_at } = invitation;
    let inviter = match by {
        Inviter::Member(inviter) => Some(inviter.0),
        Inviter::Host => None,
    };
    let keep = "INSERT INTO clinic_invitations (token, clinic, member, inviter, expires_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (clinic, member) \
         DO UPDATE SET token = $1, inviter = $4, expires_at = $5";
    let keep = sqlx::query(keep).bind(token.0.as_slice()).bind(clinic.0).bind(member.0);
    keep.bind(inviter).bind(expires_at.0).execute(db).await?;
    Ok(())
}

pub(super) async fn invitation(
    db: &mut PgConnection,
    token: SecretHash,
    now: Timestamp,
) -> Result<Option<Invitation>, sqlx::Error> {
    let find = "SELECT clinic, member, inviter, expires_at FROM clinic_invitations \
         WHERE token = $1 AND expires_at > $2";
    let found = sqlx::query(find).bind(token.0.as_slice()).bind(now.0).fetch_optional(db).await?;
    let invitation = |row: &PgRow| {
        let inviter: Option<uuid::Uuid> = row.try_get("inviter")?;
        Ok(Invitation {
            clinic: ClinicId(row.try_get("clinic")?),
            member: MemberId(row.try_get("member")?),
            by: inviter.map_or(Inviter::Host, |id| Inviter::Member(MemberId(id))),
            expires_at: Timestamp(row.try_get("expires_at")?),
        })
    };
    found.as_ref().map(invitation).transpose()
}
