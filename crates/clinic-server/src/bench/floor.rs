//! The floor: how many commands' worth of the same rows the same store takes when nothing decides,
//! seals or answers. Nobody can be faster on this machine in this minute.

use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::CommandId;

use crate::failure::Failure;
use crate::open::Kept;

/// Has the store insert the rows of `events` where nobody's history is, and remove them again. In each
/// transaction are the rows of `clients` commands; or so many rows, where commits go over a network, of which
/// several are under way at a time.
pub(super) async fn commands_per_s(
    kept: &Kept,
    mut events: Vec<Recorded>,
    clients: usize,
) -> Result<u64, Failure> {
    // As they came: clinic by clinic, a batch would change fewer pages than the engine's ever can.
    events.sort_by_key(|recorded| recorded.occurred_at);
    let mut batches = vec![];
    let (mut commands, mut batch) = (0, vec![]);
    let mut last: Option<CommandId> = None;
    for recorded in events {
        let command = recorded.cause.command_id;
        let new = last.replace(command) != Some(command);
        let full = match kept {
            Kept::Sqlite(_) => new && commands > 0 && commands % clients == 0,
            Kept::Postgres(_) => batch.len() >= clients,
        };
        if full {
            batches.push(std::mem::take(&mut batch));
        }
        commands += usize::from(new);
        batch.push(Arc::new(recorded));
    }
    batches.push(batch);
    let took = kept.insert_aside(batches).await?;
    let commands = u64::try_from(commands).unwrap_or(u64::MAX);
    Ok(commands.saturating_mul(1_000_000) / took.max(1))
}
