//! Time travel: who was where at a past position or instant, folded from the log by the same code
//! that keeps the boards live, from the nearest saved state on.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_projections::views::Boards;

use crate::decider::saving::BOARDS;
use crate::engine::Ports;
use crate::error::EngineError;
use crate::replay::replay;
use crate::saved;

/// A moment of a clinic's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Right after the event at this position.
    Position(Position),
    /// After everything that happened at this instant or before.
    Instant(Timestamp),
}

/// The boards of a clinic at a past moment.
pub(crate) async fn as_of(
    ports: &Ports,
    clinic: ClinicId,
    moment: AsOf,
) -> Result<Boards, EngineError> {
    let head = ports.log.head(clinic).await?.position;
    if head == Position::START {
        return Err(EngineError::NoSuchClinic(clinic));
    }
    let until = match moment {
        AsOf::Position(wanted) if wanted > head => {
            return Err(EngineError::NotYet { wanted, head });
        }
        AsOf::Position(position) => position,
        AsOf::Instant(instant) => ports.log.position_at(clinic, instant).await?,
    };
    let saved = saved::load::<Boards>(ports, clinic, BOARDS, until).await;
    let (after, boards) = saved.unwrap_or_default();
    Ok(replay(&*ports.log, clinic, (after, until), boards, Boards::apply).await?)
}
