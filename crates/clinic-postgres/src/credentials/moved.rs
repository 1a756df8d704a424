//! Accounts and passcodes on their way to or from another store.

use clinic_domain::ids::{ClinicId, PasscodeId, RoomId};
use clinic_engine::ports::{Account, KeptSecret, NotTaken, Verifier};
use sqlx::{PgConnection, Row as _};

use super::people;

/// All accounts and passcodes of a clinic.
pub(super) async fn of_clinic(
    db: &mut PgConnection,
    clinic: ClinicId,
) -> Result<Vec<KeptSecret>, sqlx::Error> {
    let passcodes = "SELECT room, passcode, verifier FROM clinic_passcodes \
         WHERE clinic = $1 ORDER BY room, passcode";
    let passcodes = sqlx::query(passcodes).bind(clinic.0).fetch_all(&mut *db).await?;
    let passcode = passcodes.iter().map(|row| {
        let (room, id) = (RoomId(row.try_get(0)?), PasscodeId(row.try_get(1)?));
        Ok(KeptSecret::Passcode { room, id, verifier: Verifier(row.try_get(2)?) })
    });
    let accounts = "SELECT name, clinic, member, password, verifier FROM clinic_accounts \
         WHERE clinic = $1 ORDER BY member";
    let accounts = sqlx::query(accounts).bind(clinic.0).fetch_all(db).await?;
    let account = accounts.iter().map(|row| {
        let (account, verifier) = people::account(row)?;
        Ok(KeptSecret::Account { account, verifier: Verifier(verifier) })
    });
    passcode.chain(account).collect()
}

/// Keeps one of them, unless it is kept already.
pub(super) async fn keep(
    db: &mut PgConnection,
    clinic: ClinicId,
    secret: &KeptSecret,
) -> Result<Result<(), NotTaken>, sqlx::Error> {
    match secret {
        KeptSecret::Passcode { room, id, verifier } => {
            keep_passcode(db, clinic, (*room, *id), verifier).await
        }
        KeptSecret::Account { account, verifier } => {
            keep_account(db, clinic, account, verifier).await
        }
    }
}

async fn keep_passcode(
    db: &mut PgConnection,
    clinic: ClinicId,
    (room, id): (RoomId, PasscodeId),
    verifier: &Verifier,
) -> Result<Result<(), NotTaken>, sqlx::Error> {
    let keep = "INSERT INTO clinic_passcodes (clinic, room, passcode, verifier) \
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let keep = sqlx::query(keep).bind(clinic.0).bind(room.0).bind(id.0).bind(&verifier.0);
    if keep.execute(&mut *db).await?.rows_affected() > 0 {
        return Ok(Ok(()));
    }
    let find = "SELECT verifier FROM clinic_passcodes \
         WHERE clinic = $1 AND room = $2 AND passcode = $3";
    let find = sqlx::query_scalar(find).bind(clinic.0).bind(room.0).bind(id.0);
    let here: Option<String> = find.fetch_optional(db).await?;
    Ok(if here.as_ref() == Some(&verifier.0) { Ok(()) } else { Err(NotTaken::Passcode(id)) })
}

async fn keep_account(
    db: &mut PgConnection,
    clinic: ClinicId,
    account: &Account,
    verifier: &Verifier,
) -> Result<Result<(), NotTaken>, sqlx::Error> {
    let member = account.member;
    if account.clinic != clinic {
        return Ok(Err(NotTaken::Clinic(member)));
    }
    people::hold(db, clinic, member).await?;
    if let Some((here, proof)) = people::account_of(db, clinic, member).await? {
        let same = here == *account && proof == verifier.0;
        return Ok(if same { Ok(()) } else { Err(NotTaken::Account(member)) });
    }
    let kept = people::insert(db, account, &verifier.0).await?;
    Ok(if kept { Ok(()) } else { Err(NotTaken::Name(member)) })
}
