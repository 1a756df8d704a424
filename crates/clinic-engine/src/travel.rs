//! Time travel: the views as they were at a past position or instant, folded from the log by the
//! same code that keeps them live.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_projections::views::Views;

use crate::error::EngineError;
use crate::limits;
use crate::ports::EventLog;

/// A moment of a clinic's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Right after the event at this position.
    Position(Position),
    /// After everything that happened at this instant or before.
    Instant(Timestamp),
}

/// The views of a clinic at a past moment.
pub(crate) async fn as_of(
    log: &dyn EventLog,
    clinic: ClinicId,
    moment: AsOf,
) -> Result<Views, EngineError> {
    let head = log.head(clinic).await?.position;
    if head == Position::START {
        return Err(EngineError::NoSuchClinic(clinic));
    }
    let until = match moment {
        AsOf::Position(wanted) if wanted > head => {
            return Err(EngineError::NotYet { wanted, head });
        }
        AsOf::Position(position) => position,
        AsOf::Instant(instant) => log.position_at(clinic, instant).await?,
    };
    let mut views = Views::default();
    let mut after = Position::START;
    while after < until {
        let left = usize::try_from(until.0.saturating_sub(after.0)).unwrap_or(usize::MAX);
        let page = log.read(clinic, after, left.min(limits::PAGE)).await?;
        let Some(last) = page.last().map(|last| last.position) else { break };
        for recorded in &page {
            views.apply(recorded);
        }
        after = last;
    }
    Ok(views)
}
