//! Accounts and passcodes on their way to or from another store.

use clinic_domain::ids::{ClinicId, PasscodeId, RoomId};
use clinic_engine::ports::{Account, KeptSecret, NotTaken, Verifier};
use rusqlite::{Connection, Transaction};

use super::{KEEP_PASSCODE, passcode_verifier, people, uuid};

/// All accounts and passcodes of a clinic.
pub(super) fn of_clinic(db: &Connection, clinic: ClinicId) -> rusqlite::Result<Vec<KeptSecret>> {
    let passcodes = "SELECT room, passcode, verifier FROM passcodes \
         WHERE clinic = ? ORDER BY room, passcode";
    let mut passcodes = db.prepare(passcodes)?;
    let passcodes = passcodes.query_map((clinic.0.as_bytes(),), |row| {
        let (room, id) = (RoomId(uuid(row.get(0)?)), PasscodeId(uuid(row.get(1)?)));
        Ok(KeptSecret::Passcode { room, id, verifier: Verifier(row.get(2)?) })
    })?;
    let accounts = people::accounts_in(db, clinic)?.into_iter();
    let accounts = accounts.map(|(account, verifier)| {
        Ok(KeptSecret::Account { account, verifier: Verifier(verifier) })
    });
    passcodes.chain(accounts).collect()
}

/// Keeps one of them, unless it is kept already.
pub(super) fn keep(
    tx: &Transaction<'_>,
    clinic: ClinicId,
    secret: &KeptSecret,
) -> rusqlite::Result<Result<(), NotTaken>> {
    match secret {
        KeptSecret::Passcode { room, id, verifier } => {
            let of = (clinic.0.as_bytes(), room.0.as_bytes(), id.0.as_bytes(), &verifier.0);
            tx.execute(KEEP_PASSCODE, of)?;
            let here = passcode_verifier(tx, (clinic, *room, *id))?;
            let same = here.as_ref() == Some(&verifier.0);
            Ok(if same { Ok(()) } else { Err(NotTaken::Passcode(*id)) })
        }
        KeptSecret::Account { account, verifier } => keep_account(tx, clinic, account, verifier),
    }
}

fn keep_account(
    tx: &Transaction<'_>,
    clinic: ClinicId,
    account: &Account,
    Verifier(verifier): &Verifier,
) -> rusqlite::Result<Result<(), NotTaken>> {
    let member = account.member;
    if account.clinic != clinic {
        return Ok(Err(NotTaken::Clinic(member)));
    }
    if let Some(here) = people::account_of(tx, clinic, member)? {
        let proof = people::account_by(tx, &here.name)?.map(|(_, proof)| proof);
        let same = here == *account && proof.as_ref() == Some(verifier);
        return Ok(if same { Ok(()) } else { Err(NotTaken::Account(member)) });
    }
    if people::account_by(tx, &account.name)?.is_some() {
        return Ok(Err(NotTaken::Name(member)));
    }
    people::insert(tx, account, verifier)?;
    Ok(Ok(()))
}
