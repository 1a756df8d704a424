//! States saved on the way, so that neither a start nor time travel folds a clinic from its first
//! event. They are a cache: whatever cannot be read, or does not fit the log, is as if it were not
//! there.

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::Ports;
use crate::ports::{FoldId, LogError, SavedState};
use crate::stored;

/// A state, and the digest of the event that it was saved after: a log that was restored from an
/// older copy has other events at the same positions, and its states are no use.
#[derive(Deserialize, Serialize)]
struct Anchored<S> {
    after: String,
    state: S,
}

/// The latest saved state of a fold at `until` or before, if it belongs to this log.
pub(crate) async fn load<S: DeserializeOwned>(
    ports: &Ports,
    clinic: ClinicId,
    fold: FoldId,
    until: Position,
) -> Option<(Position, S)> {
    let (position, state, _) = weighed(ports, clinic, fold, until).await?;
    Some((position, state))
}

/// The same, and how many bytes it takes.
pub(crate) async fn weighed<S: DeserializeOwned>(
    ports: &Ports,
    clinic: ClinicId,
    fold: FoldId,
    until: Position,
) -> Option<(Position, S, u64)> {
    let saved = ports.states.latest(clinic, fold, until).await.ok()??;
    let anchored: Anchored<S> = serde_json::from_slice(&saved.state).ok()?;
    let before = Position(saved.position.0.checked_sub(1)?);
    let event = ports.log.read(clinic, before, 1).await.ok()?.pop()?;
    let weight = saved.state.len() as u64;
    (digest(&event).ok()? == anchored.after).then_some((saved.position, anchored.state, weight))
}

/// Writes a state down as it was right after `last`.
pub(crate) fn written(last: &Recorded, state: &impl Serialize) -> Result<SavedState, LogError> {
    let anchored = Anchored { after: digest(last)?, state };
    let state = serde_json::to_vec(&anchored)
        .map_err(|error| LogError::Failed(format!("a state is no JSON: {error}")))?;
    Ok(SavedState { position: last.position, state })
}

/// The digest of an event's canonical bytes.
fn digest(recorded: &Recorded) -> Result<String, LogError> {
    let rows = stored::encode(&[std::sync::Arc::new(recorded.clone())])?;
    let mut bytes = vec![];
    for row in &rows {
        stored::canonical(&row.row(), &mut bytes);
    }
    Ok(format!("{:x}", Sha256::digest(&bytes)))
}
