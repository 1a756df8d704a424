//! Setting a clinic up: its Owner, members and rooms, and the accounts by which they sign in.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability;
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::text::Title;
use clinic_engine::ports::{Credentials, KeptAccount};
use clinic_engine::secrets::{Password, SignInName};
use clinic_engine::{Engine, Ports, Receipt};

use crate::failure::Failure;
use crate::limits;

/// Sets one clinic up.
pub(crate) struct Founder {
    engine: Engine,
    credentials: Arc<dyn Credentials>,
    clinic: ClinicId,
}

impl Founder {
    /// The clinic.
    pub(crate) fn clinic(&self) -> ClinicId {
        self.clinic
    }

    /// For a clinic that is not there yet.
    pub(crate) fn new(engine: Engine, ports: &Ports) -> Self {
        let clinic = ClinicId(engine.mint());
        Self { engine, credentials: Arc::clone(&ports.credentials), clinic }
    }

    /// Founds it, and says who its first Owner is.
    pub(crate) async fn found(
        &self,
        name: Title,
        zone: Zone,
        owner_name: Title,
    ) -> Result<MemberId, Failure> {
        let capabilities = BTreeSet::from(Capability::ALL);
        let found =
            Action::FoundClinic { name, zone, owner_name, capabilities, external_ref: None };
        let receipt = self.asks(Actor::Host, found).await?;
        receipt.member().ok_or_else(|| Failure::Broken("a clinic without an Owner".to_owned()))
    }

    /// Has the clinic do something.
    pub(crate) async fn asks(&self, actor: Actor, action: Action) -> Result<Receipt, Failure> {
        let request = self.engine.request(actor, action);
        Ok(self.engine.execute(self.clinic, request).await?)
    }

    /// Refuses a name by which somebody signs in already.
    pub(crate) async fn is_free(&self, name: &SignInName) -> Result<(), Failure> {
        match self.credentials.account(name).await? {
            None => Ok(()),
            Some(_) => Err(taken(name)),
        }
    }

    /// Lets a member sign in by this name and password.
    pub(crate) async fn account(
        &self,
        member: MemberId,
        name: &SignInName,
        password: &Password,
    ) -> Result<(), Failure> {
        match self.credentials.keep_account(name, self.clinic, member, password).await? {
            KeptAccount::Kept(_) => Ok(()),
            KeptAccount::NameTaken => Err(taken(name)),
        }
    }
}

/// Why a name is not given twice.
pub(crate) fn taken(name: &SignInName) -> Failure {
    Failure::Usage(format!("somebody signs in as \"{name}\" already; choose another name"))
}

/// A sign-in name as it is typed.
pub(crate) fn sign_in_name(typed: &str) -> Result<SignInName, Failure> {
    SignInName::parse(typed).map_err(|why| Failure::Usage(format!("the sign-in name {why}")))
}

/// A password, and whether it is to be shown.
pub(crate) struct Given {
    /// The password.
    pub(crate) password: Password,
    /// Its text, where it was made here and is known to nobody.
    pub(crate) shown: Option<String>,
}

/// The password that standard input holds, or a new one.
pub(crate) fn password(stdin: bool, name: &SignInName) -> Result<Given, Failure> {
    if !stdin {
        return fresh(name);
    }
    let mut typed = String::new();
    let most = u64::try_from(limits::LINE_BYTES).unwrap_or(u64::MAX);
    let read = std::io::stdin().take(most).read_to_string(&mut typed);
    read.map_err(|why| Failure::Usage(format!("the password cannot be read: {why}")))?;
    let password = chosen(typed.lines().next().unwrap_or_default(), name)?;
    Ok(Given { password, shown: None })
}

/// A password that nobody knows.
pub(crate) fn fresh(name: &SignInName) -> Result<Given, Failure> {
    let mut bytes = [0; limits::PASSWORD_CHARS];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|why| Failure::Broken(format!("no randomness: {why}")))?;
    let text = readable(&bytes);
    Ok(Given { password: chosen(&text, name)?, shown: Some(text) })
}

fn chosen(text: &str, name: &SignInName) -> Result<Password, Failure> {
    Password::chosen(text, name).map_err(|why| Failure::Usage(format!("the password {why}")))
}

/// Letters and digits that nobody takes for one another: no l, no o, no 0 and no 1.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Bytes in letters and digits, five bits of each, in groups that can be read out.
fn readable(bytes: &[u8]) -> String {
    let letter = |byte: &u8| READABLE.get(usize::from(byte % 32)).copied().map_or('?', char::from);
    let groups: Vec<String> =
        bytes.chunks(5).map(|five| five.iter().map(letter).collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_made_can_be_read_out_and_is_new_each_time() {
        assert_eq!(readable(&[0, 31, 32, 63, 255, 1]), "a9a99-b");
        let name = sign_in_name("Admin").expect("a name");
        let made = || fresh(&name).ok().and_then(|given| given.shown).expect("a password");
        let (one, other) = (made(), made());
        assert_ne!(one, other);
        assert_eq!(one.len(), 23, "{one}");
        assert!(one.bytes().all(|byte| byte == b'-' || READABLE.contains(&byte)), "{one}");
    }
}
