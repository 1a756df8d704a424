//! What happened, in the clinic's words. No sentence holds anything personal.

use clinic_domain::ids::{MemberId, Position, RoomId};
use clinic_domain::room::{ArrivalOrder, Warning};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::{Arrival, CloseReason, HoldReason, Priority, Reversal, VisitEvent};

use crate::clocks::Moment;
use crate::directory::Directory;
use crate::who::Who;

/// An event of a visit as a sentence.
pub(crate) fn of_visit(
    event: &VisitEvent,
    who: &Who,
    directory: &Directory,
    position: Position,
    now: Timestamp,
) -> String {
    let words = Words { directory, position, now };
    match event {
        VisitEvent::CheckedIn { room, arrival, .. } => {
            format!("{who} checked in at {}{}", words.room(*room), words.expecting(arrival))
        }
        VisitEvent::CallStarted { skipped, .. } => {
            format!("{who} started the call{}", passing_over(skipped.len()))
        }
        VisitEvent::CallResumed { skipped, .. } => {
            format!("{who} resumed the call{}", passing_over(skipped.len()))
        }
        VisitEvent::CallPaused { reason, .. } => match reason {
            HoldReason::Paused => format!("{who} put the visit on hold"),
            HoldReason::MemberLost => "the member was lost in the call; on hold".to_owned(),
            HoldReason::MemberDisabled => {
                format!("{who} took the member out of service; on hold")
            }
        },
        VisitEvent::CallEnded { .. } => format!("{who} ended the call"),
        VisitEvent::Transferred { .. } => words.transferred(event, who),
        VisitEvent::TransferReversed { to, why, .. } => {
            let to = words.room(*to);
            match why {
                Reversal::Declined => format!("{who} declined; back in {to}, in its old place"),
                Reversal::Expired => format!("nobody answered; back in {to}, in its old place"),
                Reversal::Undone => format!("{who} took it back to {to}, to its old place"),
            }
        }
        VisitEvent::PriorityChanged { priority, .. } => {
            let urgency = match priority {
                Priority::Routine => "routine",
                Priority::Soon => "soon",
                Priority::Urgent => "urgent",
            };
            format!("{who} set the priority to {urgency}")
        }
        VisitEvent::NoteAdded { .. } => format!("{who} wrote a note"),
        VisitEvent::ChecklistTicked { label, done: true, .. } => format!("{who} ticked {label}"),
        VisitEvent::ChecklistTicked { label, done: false, .. } => {
            format!("{who} unticked {label}")
        }
        VisitEvent::PatientWentOffline { last_seen, .. } => {
            format!("the patient went offline, last seen {}", words.moment(*last_seen))
        }
        VisitEvent::PatientCameOnline { .. } => "the patient came back online".to_owned(),
        VisitEvent::CarriedOver { .. } => format!("{who} let it stay past the end of the day"),
        VisitEvent::VisitsMerged { .. } => format!("{who} merged a duplicate into it"),
        VisitEvent::VisitClosed { reason, .. } => closed(reason, who),
        VisitEvent::VisitReopened { .. } => format!("{who} reopened the visit"),
    }
}

/// An event of a transfer as a sentence.
pub(crate) fn of_transfer(event: &TransferEvent, who: &Who) -> String {
    match event {
        TransferEvent::TransferRequested { .. } => format!("{who} requested a transfer"),
        TransferEvent::TransferCompleted {} => "the transfer was completed".to_owned(),
        TransferEvent::TransferAccepted { .. } => format!("{who} accepted the transfer"),
        TransferEvent::TransferDeclined { .. } => format!("{who} declined the transfer"),
        TransferEvent::TransferExpired { .. } => "nobody answered the transfer in time".to_owned(),
        TransferEvent::TransferWithdrawn { .. } => {
            "the transfer was withdrawn: the visit had closed".to_owned()
        }
        TransferEvent::TransferUndone { .. } => format!("{who} undid the transfer"),
    }
}

/// Names and times as they were at one position.
struct Words<'a> {
    directory: &'a Directory,
    position: Position,
    now: Timestamp,
}

impl Words<'_> {
    fn room(&self, id: RoomId) -> String {
        let named = self.directory.room_at(id, self.position);
        named.map_or_else(|| "a room".to_owned(), |named| named.name.to_string())
    }

    fn member(&self, id: MemberId) -> String {
        let actor = clinic_domain::actor::Actor::Member(id);
        self.directory.who_at(&actor, self.position).to_string()
    }

    fn moment(&self, at: Timestamp) -> Moment {
        Moment::read(at, self.directory.zone(), self.now)
    }

    fn expecting(&self, arrival: &Arrival) -> String {
        let Arrival::Booked { member, room, appointment, .. } = arrival else {
            return String::new();
        };
        let member = member.map(|member| self.member(member));
        let room = room.map(|room| self.room(room));
        let at = appointment.map(|at| format!("at {}", self.moment(at)));
        let known: Vec<String> = member.into_iter().chain(room).chain(at).collect();
        if known.is_empty() {
            ", booked".to_owned()
        } else {
            format!(", booked: {}", known.join(", "))
        }
    }

    fn transferred(&self, event: &VisitEvent, who: &Who) -> String {
        let VisitEvent::Transferred { from, to, order, answer_by, returns, warnings, .. } = event
        else {
            return String::new();
        };
        let order = match order {
            ArrivalOrder::OriginalCheckIn => "keeping its check-in",
            ArrivalOrder::BackOfQueue => "to the back of the queue",
        };
        let returns = Some(*returns).filter(|returns| *returns > 0);
        let returns = returns.map(|returns| format!("return {returns}"));
        let answer = answer_by.map(|until| format!("to be answered by {}", self.moment(until)));
        let warnings = warnings.iter().map(|warning| match warning {
            Warning::OutOfHours => "out of hours".to_owned(),
            Warning::NobodyOnline => "nobody online there".to_owned(),
        });
        let sent = format!("{who} sent it from {} to {}", self.room(*from), self.room(*to));
        let parts = [sent, order.to_owned()].into_iter().chain(returns).chain(answer);
        parts.chain(warnings).collect::<Vec<String>>().join(", ")
    }
}

fn passing_over(skipped: usize) -> String {
    match skipped {
        0 => String::new(),
        _ => format!(", passing over {skipped} on hold or offline"),
    }
}

fn closed(reason: &CloseReason, who: &Who) -> String {
    match reason {
        CloseReason::Completed => format!("{who} completed the visit"),
        CloseReason::Left => "the patient left".to_owned(),
        CloseReason::NoShow => format!("{who} closed it as a no show"),
        CloseReason::Removed { .. } => format!("{who} removed the visit"),
        CloseReason::EndOfDay => format!("{who} closed it at the end of the day"),
        CloseReason::Merged { .. } => format!("{who} closed it as a duplicate"),
    }
}
