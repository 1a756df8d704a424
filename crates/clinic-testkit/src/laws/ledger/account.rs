//! What may happen to an open visit, booking by booking.

use clinic_domain::ids::{RoomId, TransferId, VisitId};
use clinic_domain::room::ArrivalOrder;
use clinic_domain::visit::VisitEvent;

use super::super::{Law, Verdict, Violation};
use super::{Account, Doing, Entry, Ledger, Owed};

impl Ledger {
    /// Books an event of a visit that is open and taken out of the books for the moment.
    pub(super) fn change(
        &mut self,
        account: &mut Account,
        event: &VisitEvent,
        now: Entry,
    ) -> Verdict {
        match event {
            VisitEvent::CallStarted { .. }
            | VisitEvent::CallResumed { .. }
            | VisitEvent::CallPaused { .. }
            | VisitEvent::CallEnded { .. } => self.call(account, event),
            VisitEvent::Transferred { transfer, from, to, order, .. } => {
                self.leaves(account, *from)?;
                account.leg = Some((*transfer, *from, account.entry));
                account.entry = match order {
                    ArrivalOrder::OriginalCheckIn => account.check_in,
                    ArrivalOrder::BackOfQueue => now,
                };
                account.room = *to;
                Ok(())
            }
            VisitEvent::TransferReversed { transfer, from, to, .. } => {
                self.leaves(account, *from)?;
                self.goes_back(account, *transfer, *to)
            }
            VisitEvent::VisitsMerged { duplicate, tokens, entry, check_in, .. } => {
                self.take_over(account, *duplicate)?;
                let told = [entry, check_in].map(|entry| (entry.at, entry.position));
                let kept = [account.entry, account.check_in].map(|(at, n)| (at, Some(n)));
                if told != kept || !account.tokens.ends_with(tokens) {
                    return Err(self.lost(format!("a merge that says {told:?}, not {kept:?}")));
                }
                Ok(())
            }
            VisitEvent::PriorityChanged { priority, .. } => {
                account.priority = *priority;
                Ok(())
            }
            VisitEvent::NoteAdded { .. }
            | VisitEvent::ChecklistTicked { .. }
            | VisitEvent::PatientWentOffline { .. }
            | VisitEvent::PatientCameOnline { .. }
            | VisitEvent::CarriedOver { .. } => Ok(()),
            VisitEvent::CheckedIn { .. }
            | VisitEvent::VisitClosed { .. }
            | VisitEvent::VisitReopened { .. } => Err(self.lost("an event booked elsewhere")),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others begin no call")]
    fn call(&mut self, account: &mut Account, event: &VisitEvent) -> Verdict {
        let before = account.doing;
        let member = match event {
            VisitEvent::CallStarted { member, .. } | VisitEvent::CallResumed { member, .. } => {
                self.call_of(*member)
            }
            _ => None,
        };
        if let Some(other) = member {
            return Err(self.lost(format!("a member in call with {other} who begins another")));
        }
        if let Doing::InCall(_, member) = before {
            self.owed.remove(&Owed::Hold(member));
        }
        account.doing = match (event, before) {
            (VisitEvent::CallStarted { call, member, .. }, Doing::Waiting) => {
                Doing::InCall(*call, *member)
            }
            (VisitEvent::CallResumed { call, member, .. }, Doing::OnHold(held))
                if *call == held =>
            {
                Doing::InCall(held, *member)
            }
            (VisitEvent::CallPaused { .. }, Doing::InCall(call, _)) => Doing::OnHold(call),
            (VisitEvent::CallEnded { .. }, Doing::InCall(..) | Doing::OnHold(_)) => Doing::Waiting,
            _ => {
                return Err(self.lost(format!("{} of a visit that is {before:?}", event.name())));
            }
        };
        Ok(())
    }

    /// Whatever moves a visit names the room it is in, and ends its call.
    fn leaves(&mut self, account: &mut Account, from: RoomId) -> Verdict {
        if account.room != from {
            return Err(self.lost(format!("a move from {from:?} of a visit in {:?}", account.room)));
        }
        if let Doing::InCall(_, member) = account.doing {
            self.owed.remove(&Owed::Hold(member));
        }
        account.doing = Doing::Waiting;
        Ok(())
    }

    /// A reversal restores the room and the entry that its leg left, and no leg is reversed twice.
    fn goes_back(&self, account: &mut Account, transfer: TransferId, to: RoomId) -> Verdict {
        let fail = |found| Err(Violation::new(Law::Restoration, self.position, found));
        let Some((leg, room, entry)) = account.leg.take() else {
            return fail(format!("{transfer:?} reversed, of a visit without a leg"));
        };
        if (leg, room) != (transfer, to) {
            return fail(format!("{transfer:?} back to {to:?}, after {leg:?} from {room:?}"));
        }
        (account.room, account.entry) = (room, entry);
        Ok(())
    }

    /// The survivor leads on both tokens, from the earlier entry.
    fn take_over(&mut self, account: &mut Account, duplicate: VisitId) -> Verdict {
        let Some(merged) = self.closed.get(&duplicate) else {
            return Err(self.lost(format!("a merge with {duplicate}, which is not closed")));
        };
        account.tokens.extend(&merged.tokens);
        account.entry = account.entry.min(merged.entry);
        account.check_in = account.check_in.min(merged.check_in);
        if let Some((_, _, entry)) = &mut account.leg {
            *entry = (*entry).min(merged.entry);
        }
        self.owed.retain(
            |owed| !matches!(owed, Owed::Takeover { duplicate: id, .. } if *id == duplicate),
        );
        Ok(())
    }
}
