//! Following transfers: their stream tells what became of a leg, and places nobody (section 7).

use clinic_domain::event::Recorded;
use clinic_domain::ids::TransferId;
use clinic_domain::transfer::{Outcome, Request, TransferEvent};

use super::{Difference, Leg, Model};

impl Model {
    pub(super) fn follow_transfer(
        &mut self,
        id: TransferId,
        event: &TransferEvent,
        recorded: &Recorded,
    ) -> Result<(), Difference> {
        let Some(leg) = self.legs.get(&id).cloned() else {
            return Err(self.differs(format!("{} of a leg that moved nobody", event.name())));
        };
        let (by, at) = (&recorded.cause.actor, recorded.occurred_at);
        let said = match event {
            TransferEvent::TransferRequested { request } => {
                let rule = if leg.requested { Err("it was requested before") } else { Ok(true) };
                let ours = requested(&leg);
                self.judge(event.name(), recorded, rule, (request, &ours))?;
                self.with_leg(id, |leg| leg.requested = true);
                return Ok(());
            }
            TransferEvent::TransferCompleted {} => None,
            TransferEvent::TransferAccepted { by }
            | TransferEvent::TransferDeclined { by, .. }
            | TransferEvent::TransferExpired { by }
            | TransferEvent::TransferWithdrawn { by }
            | TransferEvent::TransferUndone { by } => Some(by),
        };
        let outcome = outcome(event);
        // What happened to the visit has settled it, or else the target accepts in words.
        let rule = match (leg.outcome, leg.told, outcome) {
            (_, _, _) if !leg.requested => Err("it was never requested"),
            (Some(ours), told, Some(said)) if ours == said => Ok(told != Some(said)),
            (None, _, Some(Outcome::Accepted)) => {
                self.may_answer(by, leg.visit, id, Outcome::Accepted, at)
            }
            (Some(_) | None, _, _) => Err("something else became of it"),
        };
        self.judge(event.name(), recorded, rule, (&said.unwrap_or(by), &by))?;
        self.with_leg(id, |leg| {
            leg.told = outcome;
            leg.outcome = outcome;
        });
        Ok(())
    }

    fn with_leg(&mut self, id: TransferId, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.get_mut(&id) {
            change(leg);
        }
    }
}

pub(super) fn requested(leg: &Leg) -> Request {
    Request {
        visit: leg.visit,
        from: leg.from,
        to: leg.to,
        by: leg.by.clone(),
        answer_by: leg.answer_by,
        undo_until: leg.undo_until,
    }
}

fn outcome(event: &TransferEvent) -> Option<Outcome> {
    match event {
        TransferEvent::TransferRequested { .. } => None,
        TransferEvent::TransferCompleted {} => Some(Outcome::Completed),
        TransferEvent::TransferAccepted { .. } => Some(Outcome::Accepted),
        TransferEvent::TransferDeclined { .. } => Some(Outcome::Declined),
        TransferEvent::TransferExpired { .. } => Some(Outcome::Expired),
        TransferEvent::TransferWithdrawn { .. } => Some(Outcome::Withdrawn),
        TransferEvent::TransferUndone { .. } => Some(Outcome::Undone),
    }
}
