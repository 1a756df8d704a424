//! The floor: how many commands' worth of the same rows the same store takes when nothing decides,
//! seals or answers. Nobody can be faster on this machine in this minute.

use std::path::Path;
use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::CommandId;
use clinic_sqlite::{RawBatch, SqliteLog};

use crate::failure::Failure;
use crate::stopwatch::Stopwatch;

/// Inserts the rows of `events` into a fresh file beside `path`, the rows of `clients` commands in
/// each transaction, and removes it again.
pub(super) async fn commands_per_s(
    path: &Path,
    events: Vec<Recorded>,
    clients: usize,
) -> Result<u64, Failure> {
    let aside = path.with_extension("floor");
    std::fs::create_dir_all(&aside)?;
    let measured = measure(&aside.join("floor.db"), events, clients).await;
    std::fs::remove_dir_all(&aside)?;
    measured
}

async fn measure(path: &Path, mut events: Vec<Recorded>, clients: usize) -> Result<u64, Failure> {
    // As they came: clinic by clinic, a batch would change fewer pages than the engine's ever can.
    events.sort_by_key(|recorded| recorded.occurred_at);
    let mut batches = vec![];
    let (mut commands, mut batch) = (0, vec![]);
    let mut last: Option<CommandId> = None;
    for recorded in events {
        let command = recorded.cause.command_id;
        if last.replace(command) != Some(command) {
            if commands > 0 && commands % clients == 0 {
                batches.push(std::mem::take(&mut batch));
            }
            commands += 1;
        }
        batch.push(Arc::new(recorded));
    }
    batches.push(batch);
    let ready: Result<Vec<_>, _> = batches.iter().map(|batch| RawBatch::of(batch)).collect();
    let ready = ready?;
    let log = SqliteLog::open(path)?;
    let start = Stopwatch::start();
    log.append_raw(ready).await.map_err(|error| Failure::Broken(error.to_string()))?;
    let found = start.rate(u64::try_from(commands).unwrap_or(u64::MAX));
    log.close().await?;
    Ok(found)
}
