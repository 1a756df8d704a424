//! `clinic init` and `clinic reset-password`: the first people of a clinic, and those who forget.

use clinic_engine::Engine;
use clinic_engine::ports::Credentials as _;
use clinic_sqlite::credentials::SqliteCredentials;

use crate::cli::{Init, ResetPassword, SqliteFiles};
use crate::failure::Failure;
use crate::founder::{self, Founder, Given};
use crate::open::{self, Kept};
use crate::out::Out;

/// Founds a clinic with its first Owner, who can sign in.
pub(crate) async fn init(out: &mut Out, asked: &Init, files: &SqliteFiles) -> Result<(), Failure> {
    let name = founder::sign_in_name(&asked.sign_in)?;
    let given = founder::password(asked.password_stdin, &name)?;
    let kept = open::to_write(files)?;
    let done = found(asked, &kept, &name, &given).await;
    // The log is let go of in any case; what failed first is told.
    let closed = kept.close().await;
    done?;
    out.has_stored(asked.name.as_str());
    out.line(&format!("{} is founded; {} signs in as \"{name}\".", asked.name, asked.owner))?;
    tell(out, &given)?;
    closed
}

async fn found(
    asked: &Init,
    kept: &Kept,
    name: &clinic_engine::secrets::SignInName,
    given: &Given,
) -> Result<(), Failure> {
    kept.has_no_clinic(asked.name.as_str()).await?;
    let ports = kept.ports().await?;
    let founder = Founder::new(Engine::new(ports.clone()), &ports);
    founder.is_free(name).await?;
    let (title, zone) = (asked.name.clone(), asked.zone.clone());
    let owner = founder.found(title, zone, asked.owner.clone()).await?;
    founder.account(owner, name, &given.password).await
}

/// Gives an account a new password; whoever is signed in with the old one no longer is. A server may be
/// at work meanwhile.
pub(crate) async fn reset_password(
    out: &mut Out,
    asked: &ResetPassword,
    files: &SqliteFiles,
) -> Result<(), Failure> {
    let name = founder::sign_in_name(&asked.sign_in)?;
    let store = SqliteCredentials::path_beside(&files.log);
    if !store.exists() {
        let store = store.display();
        return Err(Failure::Usage(format!(
            "{store}: no such file, so nobody has an account there; --log says which log is meant"
        )));
    }
    let credentials = SqliteCredentials::open(&store).await?;
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

/// Shows a password that was made here.
fn tell(out: &mut Out, given: &Given) -> std::io::Result<()> {
    let Some(shown) = &given.shown else { return Ok(()) };
    out.line(&format!("The password, which is shown only now: {shown}"))
}
