//! The names by which people of a clinic sign in where it moves to.

use std::collections::BTreeSet;

use clinic_domain::ids::ClinicId;
use clinic_engine::ports::{Account, KeptSecret};
use clinic_engine::secrets::SignInName;

use crate::failure::Failure;
use crate::open::{Kept, Side};

/// A sign-in name, and what it is in the copy.
pub(super) type Renaming = (SignInName, SignInName);

/// A secret with the name that it has in the copy.
pub(super) fn renamed(secret: KeptSecret, rename: &[Renaming]) -> KeptSecret {
    match secret {
        KeptSecret::Account { account, verifier } => {
            let new = rename.iter().find(|(old, _)| *old == account.name).map(|(_, new)| new);
            let name = new.cloned().unwrap_or(account.name);
            KeptSecret::Account { account: Account { name, ..account }, verifier }
        }
        passcode @ KeptSecret::Passcode { .. } => passcode,
    }
}

/// Refuses names that somebody else has there, before anything is copied, and new ones for nobody. `clinics` are
/// all that were asked for, `new` those of them that are not there yet.
pub(super) async fn free(
    kept: &Kept,
    (source, target): (&Side, &Side),
    (clinics, new): (&[ClinicId], &[ClinicId]),
    rename: &[Renaming],
) -> Result<(), Failure> {
    let (mut known, mut wanted, mut taken) = (BTreeSet::new(), BTreeSet::new(), vec![]);
    for clinic in clinics {
        let Some(from) = &source.secrets else { continue };
        for secret in from.of_clinic(*clinic).await? {
            let KeptSecret::Account { account: before, .. } = &secret else { continue };
            known.insert(before.name.clone());
            let KeptSecret::Account { account, .. } = renamed(secret, rename) else { continue };
            if !new.contains(clinic) {
                continue;
            }
            let there = match &target.secrets {
                Some(to) => to.account(&account.name).await?,
                None => None,
            };
            let hers =
                |there: &Account| (there.clinic, there.member) == (account.clinic, account.member);
            if there.is_some_and(|there| !hers(&there)) || !wanted.insert(account.name.clone()) {
                taken.push(format!("\"{}\"", account.name));
            }
        }
    }
    if let Some((old, _)) = rename.iter().find(|(old, _)| !known.contains(old)) {
        return Err(Failure::Usage(format!("--rename: nobody signs in as \"{old}\" here")));
    }
    if taken.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "somebody else signs in at {kept} as {}: give another name with --rename OLD=NEW, and tell whom it concerns",
        taken.join(", ")
    )))
}
