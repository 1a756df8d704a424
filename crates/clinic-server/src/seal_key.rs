//! Looking after the operator key and the key store.

use std::path::Path;

use clinic_sqlite::keys::SqliteKeys;

use crate::cli::{LogAddress, PostgresLog, SealKey, SqliteFiles};
use crate::failure::Failure;
use crate::open;
use crate::out::Out;
use crate::progress::Progress;

/// Rotates the operator key, makes a key store in the place of a lost one, or says where they are. It
/// never shows a key.
pub(crate) async fn seal_key(
    out: &mut Out,
    log: &LogAddress,
    what: SealKey,
) -> Result<(), Failure> {
    match log {
        LogAddress::Memory => Err(open::keeps_nothing()),
        LogAddress::Sqlite(files) => in_files(out, log, files, what).await,
        LogAddress::Postgres(log) => in_database(out, log, what).await,
    }
}

/// Of keys that stand in a database.
async fn in_database(out: &mut Out, log: &PostgresLog, what: SealKey) -> Result<(), Failure> {
    match what {
        SealKey::Path => {
            let file = log.operator_key.as_ref();
            let file = file.map_or("(not said)".to_owned(), |file| file.display().to_string());
            out.line(&format!("operator key  {file}"))?;
            out.line(&format!("key store     {}, in the schema clinic_keys", log.keys()))?;
            Ok(())
        }
        SealKey::New => Err(Failure::Usage(format!(
            "{}: the keys are in the database: restore it from a backup",
            log.keys()
        ))),
        SealKey::Rotate => {
            let bar = Progress::of("wrapping");
            let shown = bar.clone();
            let rotated = open::rotate(log, move |done, all| shown.at("wrapping", done, all)).await;
            drop(bar);
            told(out, log.operator_key()?, rotated?)?;
            out.line("Give every node the new file before it starts.")?;
            Ok(())
        }
    }
}

async fn in_files(
    out: &mut Out,
    log: &LogAddress,
    files: &SqliteFiles,
    what: SealKey,
) -> Result<(), Failure> {
    let store = SqliteKeys::path_beside(&files.log);
    match what {
        SealKey::Path => {
            out.line(&format!("operator key  {}", files.operator_key.display()))?;
            out.line(&format!("key store     {}", store.display()))?;
        }
        SealKey::New => {
            if std::fs::metadata(&store).is_ok_and(|found| found.len() > 0) {
                let store = store.display();
                return Err(Failure::Usage(format!(
                    "{store} is there; a new one is for a lost one"
                )));
            }
            let kept = open::to_go_on(log).await?;
            let made = SqliteKeys::open(&store, &files.operator_key).await;
            kept.close().await?;
            drop(made?);
            out.line(&format!("{} is a new key store.", store.display()))?;
            out.line("Names that were sealed with the keys of the lost one stay sealed.")?;
        }
        SealKey::Rotate => {
            // Whoever writes holds keys of before: nobody else may have the log open for writing.
            let kept = open::to_go_on(log).await?;
            let bar = Progress::of("wrapping");
            let done = |done, all| bar.at("wrapping", done, all);
            let rotated = SqliteKeys::rotate(&store, &files.operator_key, done);
            drop(bar);
            let closed = kept.close().await;
            let keys = rotated?;
            closed?;
            told(out, &files.operator_key, keys)?;
        }
    }
    Ok(())
}

fn told(out: &mut Out, file: &Path, keys: u64) -> std::io::Result<()> {
    let file = file.display();
    out.line(&format!("{file} is a new operator key; {keys} keys are wrapped with it."))?;
    out.line("The one before opens nothing any more, except copies of the key store.")
}
