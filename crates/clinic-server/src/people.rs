//! `clinic init` and `clinic reset-password`: the first people of a clinic, and those who forget.

use clinic_domain::clinic::{Member, Role};
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_engine::Engine;
use clinic_engine::ports::KeptAccount;
use clinic_engine::secrets::SignInName;

use crate::choose::{Candidate, choose};
use crate::cli::{Init, LogAddress, ResetPassword};
use crate::failure::Failure;
use crate::founder::{self, Founder, Given};
use crate::open::{self, Kept};
use crate::out::{Out, clean};
use crate::play::Known;
use crate::read;
use crate::store::Store;

/// Founds a clinic with its first Owner, who can sign in.
pub(crate) async fn init(out: &mut Out, asked: &Init, log: &LogAddress) -> Result<(), Failure> {
    let name = founder::sign_in_name(&asked.sign_in)?;
    let given = founder::password(asked.password_stdin, &name)?;
    let kept = open::to_write(log).await?;
    let done = found(asked, &kept, &name, &given).await;
    // The log is let go of in any case; what failed first is told.
    let closed = kept.close().await;
    done?;
    out.has_stored(asked.name.as_str());
    out.line(&format!("{} is founded; {} signs in as \"{name}\".", asked.name, asked.owner))?;
    tell(out, &given)?;
    closed
}

/// Founds the clinic and makes the account of its Owner: two commits, in two stores that may be apart.
async fn found(asked: &Init, kept: &Kept, name: &SignInName, given: &Given) -> Result<(), Failure> {
    let _alone = kept.founding().await?;
    kept.has_no_clinic(asked.name.as_str()).await?;
    let ports = kept.ports().await?;
    let founder = Founder::new(Engine::new(ports.clone()), &ports);
    founder.is_free(name).await?;
    let (title, zone) = (asked.name.clone(), asked.zone.clone());
    let owner = founder.found(title, zone, asked.owner.clone()).await?;
    let account = founder.account(owner, name, &given.password).await;
    account.map_err(|why| half_done(asked, founder.clinic(), why))
}

/// Why the Owner of a clinic that is founded cannot sign in, and what is left to do.
fn half_done(asked: &Init, clinic: ClinicId, why: Failure) -> Failure {
    let (name, owner) = (clean(asked.name.as_str()), clean(asked.owner.as_str()));
    let left = format!(
        "{name} ({clinic}) is founded, but {owner} may have no account: `clinic reset-password SIGN-IN-NAME \
         --clinic {clinic} --owner \"{owner}\"` makes it"
    );
    match why {
        Failure::Refused(why) | Failure::Usage(why) | Failure::Broken(why) => {
            Failure::Broken(format!("{why}. {left}"))
        }
        gone @ Failure::ReaderGone => gone,
    }
}

/// Gives an account a new password; whoever is signed in with the old one no longer is. A server may be
/// at work meanwhile.
pub(crate) async fn reset_password(
    out: &mut Out,
    asked: &ResetPassword,
    log: &LogAddress,
    clinic: Option<&str>,
) -> Result<(), Failure> {
    let name = founder::sign_in_name(&asked.sign_in)?;
    if let Some(owner) = &asked.owner {
        return account_of_owner(out, (asked, &name), log, clinic, owner).await;
    }
    let credentials = open::credentials(log).await?;
    let Some(account) = credentials.account(&name).await? else {
        return Err(Failure::Usage(format!("nobody signs in as \"{name}\"")));
    };
    let given = founder::password(asked.password_stdin, &name)?;
    let (clinic, member) = (account.clinic, account.member);
    if !credentials.change_password(clinic, member, None, &given.password, None).await? {
        return Err(Failure::Usage(format!("nobody signs in as \"{name}\" any more")));
    }
    out.line(&format!("\"{name}\" has a new password, and is signed in nowhere."))?;
    Ok(tell(out, &given)?)
}

/// Lets an Owner sign in who has no account: whatever was to make it, after the clinic, did not come so far.
async fn account_of_owner(
    out: &mut Out,
    (asked, name): (&ResetPassword, &SignInName),
    log: &LogAddress,
    clinic: Option<&str>,
    owner: &str,
) -> Result<(), Failure> {
    let store = open::to_read(log).await?;
    let clinic = read::clinic(&store, &Known::default(), clinic).await?;
    let (member, called) = owner_called(&store, clinic, owner).await?;
    let credentials = open::credentials_or_new(log).await?;
    if let Some(account) = credentials.account_of(clinic, member).await? {
        let said = format!("{called} signs in as \"{}\"; leave --owner away", account.name);
        return Err(Failure::Usage(said));
    }
    if credentials.account(name).await?.is_some() {
        return Err(founder::taken(name));
    }
    let given = founder::password(asked.password_stdin, name)?;
    match credentials.keep_account(name, clinic, member, &given.password).await? {
        KeptAccount::Kept(_) => {}
        KeptAccount::NameTaken => return Err(founder::taken(name)),
    }
    out.line(&format!("{called} signs in as \"{name}\"."))?;
    Ok(tell(out, &given)?)
}

/// The Owner who is meant, and what she is called.
async fn owner_called(
    store: &Store,
    clinic: ClinicId,
    wanted: &str,
) -> Result<(MemberId, String), Failure> {
    let owners = store.engine().read(clinic, None, |views| {
        let members = views.census.clinic().founded().map(|founded| founded.members.iter());
        let owns = |member: &Member| member.role == Role::Owner && member.active();
        let owners = members.into_iter().flatten().filter(|(_, member)| owns(member));
        let candidate = |(id, member): (&MemberId, &Member)| Candidate {
            id: id.0,
            called: vec![member.name.to_string()],
            told_by: String::new(),
        };
        owners.map(candidate).collect::<Vec<_>>()
    });
    let owners = owners.await?;
    let meant = choose("Owner", wanted, &owners)?;
    let found = owners.iter().find(|owner| owner.id == meant);
    let called = found.map(|owner| owner.called.concat()).unwrap_or_default();
    Ok((MemberId(meant), clean(&called).into_owned()))
}

/// Shows a password that was made here.
fn tell(out: &mut Out, given: &Given) -> std::io::Result<()> {
    let Some(shown) = &given.shown else { return Ok(()) };
    out.line(&format!("The password, which is shown only now: {shown}"))
}
