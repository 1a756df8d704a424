//! Copies of a log, and putting one back.

use std::path::Path;

use clinic_sqlite::keys::SqliteKeys;
use clinic_sqlite::states::SqliteStates;
use clinic_sqlite::{Checked, Progress as Pages};

use crate::cli::{LogAddress, SqliteFiles};
use crate::failure::Failure;
use crate::open;
use crate::out::Out;
use crate::progress::Progress;

/// Copies the log, whoever reads or writes it meanwhile, and says what is not in the copy.
pub(crate) async fn backup(out: &mut Out, log: &LogAddress, to: &Path) -> Result<(), Failure> {
    let files = files(log)?;
    let log = open::sqlite_to_read(files)?;
    let bar = Progress::of("copying");
    let shown = bar.clone();
    let copied = log.backup(to, move |Pages { done, all }| shown.at("copying", done, all)).await;
    drop(bar);
    told(out, &copied?, to)?;
    let (keys, operator) = (SqliteKeys::path_beside(&files.log), &files.operator_key);
    if !keys.exists() && !operator.exists() {
        return Ok(out.line("No keys are here; what is sealed in it stays sealed.")?);
    }
    out.line("The keys are not in it. Without them, what is sealed stays sealed. Keep copies of:")?;
    out.line(&format!("  {}", keys.display()))?;
    out.line(&format!("  {}  (in another place)", operator.display()))?;
    Ok(())
}

/// Puts a copy back where there is no log.
pub(crate) fn restore(out: &mut Out, log: &LogAddress, from: &Path) -> Result<(), Failure> {
    let files = files(log)?;
    let bar = Progress::of("copying");
    let copied = clinic_sqlite::restore(from, &files.log, |Pages { done, all }| {
        bar.at("copying", done, all);
    });
    drop(bar);
    let copied = copied?;
    // What was saved of a later log is of a history that has not happened.
    SqliteStates::forget(&SqliteStates::path_beside(&files.log))?;
    told(out, &copied, &files.log)?;
    for (what, file) in [
        ("key store", SqliteKeys::path_beside(&files.log)),
        ("operator key", files.operator_key.clone()),
    ] {
        if !file.exists() {
            out.line(&format!("The {what} is not here: put it back at {}.", file.display()))?;
        }
    }
    Ok(())
}

/// The files of a log, which a copy is made of; what is no file is copied by other means.
fn files(log: &LogAddress) -> Result<&SqliteFiles, Failure> {
    match log {
        LogAddress::Sqlite(files) => Ok(files),
        LogAddress::Memory => Err(open::keeps_nothing()),
        LogAddress::Postgres(log) => Err(Failure::Usage(format!(
            "{}: a log in Postgres is backed up and put back with Postgres's own means, such as \
             pg_basebackup with an archive of its write-ahead log: docs/operating.md tells how. \
             `clinic copy` moves clinics to a file and back",
            log.url
        ))),
    }
}

fn told(out: &mut Out, copied: &Checked, to: &Path) -> Result<(), Failure> {
    let Checked { clinics, events, .. } = copied;
    let clinics = if *clinics == 1 { "1 clinic".to_owned() } else { format!("{clinics} clinics") };
    let to = to.display();
    Ok(out.line(&format!("{to} holds {clinics} and {events} events; it was read through."))?)
}
