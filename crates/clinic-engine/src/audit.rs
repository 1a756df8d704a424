//! What is saved of a clinic, for whoever checks it against a replay of the log.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::state::ClinicState;
use clinic_projections::views::Boards;
use clinic_projections::waits::Waits;
use serde::de::DeserializeOwned;

use crate::decider::saving::{BOARDS, STATE, WAITS};
use crate::engine::Ports;
use crate::ports::FoldId;
use crate::saved;

/// What was saved right after the event at one position.
#[derive(Debug)]
pub struct Saved {
    /// What time travel shows.
    pub boards: Option<Boards>,
    /// What the rules need.
    pub state: Option<Box<ClinicState>>,
    /// What a start shows beside the boards.
    pub waits: Option<Waits>,
}

/// The latest position at `until` or before at which something was saved, whether or not it can be
/// read. Nothing is saved where the boards are not.
pub(crate) async fn latest(ports: &Ports, clinic: ClinicId, until: Position) -> Option<Position> {
    ports.states.latest(clinic, BOARDS, until).await.ok()?.map(|saved| saved.position)
}

/// What was saved at `position`, as far as it can be read and belongs to this log.
pub(crate) async fn at(ports: &Ports, clinic: ClinicId, position: Position) -> Saved {
    let state = exactly::<ClinicState>(ports, clinic, STATE, position).await;
    let waits = exactly(ports, clinic, WAITS, position).await;
    Saved {
        boards: exactly(ports, clinic, BOARDS, position).await,
        state: state.map(Box::new),
        waits: waits.map(|(ongoing, days): (_, Vec<_>)| Waits::from_parts(ongoing, days)),
    }
}

async fn exactly<S: DeserializeOwned>(
    ports: &Ports,
    clinic: ClinicId,
    fold: FoldId,
    position: Position,
) -> Option<S> {
    // An earlier one need not be read.
    let found = ports.states.latest(clinic, fold, position).await.ok()??.position;
    if found != position {
        return None;
    }
    saved::load(ports, clinic, fold, position).await.map(|(_, state)| state)
}
