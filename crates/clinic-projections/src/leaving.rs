//! When a fold lets go of closed visits: once they can no longer be reopened.

use std::collections::BTreeSet;

use clinic_domain::ids::VisitId;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::PatientVisit;

/// The closed visits of a fold, by the instant until which they may be reopened. It follows from the
/// visits: [`Leaving::without`] before an event is folded into one, [`Leaving::with`] after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaving(BTreeSet<(Timestamp, VisitId)>);

impl Leaving {
    pub(crate) fn with(&mut self, id: VisitId, visit: &PatientVisit) {
        if let PatientVisit::Closed(closed) = visit {
            self.0.insert((closed.reopen_until, id));
        }
    }

    pub(crate) fn without(&mut self, id: VisitId, visit: &PatientVisit) {
        if let PatientVisit::Closed(closed) = visit {
            self.0.remove(&(closed.reopen_until, id));
        }
    }

    /// Takes out a visit that could be reopened until before `now`, and no longer.
    pub(crate) fn gone_by(&mut self, now: Timestamp) -> Option<VisitId> {
        let first = self.0.first().filter(|(until, _)| *until < now)?;
        let (_, id) = *first;
        self.0.pop_first();
        Some(id)
    }
}
