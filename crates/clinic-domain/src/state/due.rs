//! What falls due: work that no person asks for, done by named policies as commands like any other.

use uuid::Uuid;

use super::ClinicState;
use crate::actor::PolicyName;
use crate::command::Action;
use crate::ids::{MemberId, RoomId, TransferId, VisitId};
use crate::limits;
use crate::time::{Millis, Timestamp};
use crate::visit::{Place, Presence};

/// Something that falls due at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Which policy does it.
    pub policy: PolicyName,
    /// Whom or what it is about. With the policy and the instant it names the command, so that two
    /// nodes that do the same work do it once.
    pub subject: Uuid,
    /// What is asked.
    pub action: Action,
}

impl ClinicState {
    /// Everything that will fall due if nothing else happens, earliest first.
    #[must_use]
    pub fn dues(&self) -> Vec<Due> {
        let expiries = self.pending.iter().filter_map(|id| self.expiry(*id));
        let lost = self.occupancy.calls().filter_map(|(member, visit)| self.lost(member, visit));
        let closings = self.occupancy.rooms().filter_map(|room| self.closing(room));
        let waiting = self.occupancy.rooms().filter(|room| self.closes_no_shows(*room));
        let waiting = waiting.flat_map(|room| self.queue(room));
        let no_shows = waiting.filter_map(|visit| self.no_show(visit));
        let mut dues: Vec<Due> = expiries.chain(lost).chain(closings).chain(no_shows).collect();
        dues.sort_by_key(|due| (due.at, due.policy, due.subject));
        dues
    }

    fn expiry(&self, id: TransferId) -> Option<Due> {
        let request = self.transfer(id)?.pending()?;
        Some(Due {
            at: request.answer_by?,
            policy: PolicyName::AcceptWindow,
            subject: id.0,
            action: Action::ExpireTransfer(request.visit, id),
        })
    }

    pub(super) fn lost(&self, member: MemberId, visit: VisitId) -> Option<Due> {
        let Presence::OfflineSince(since) = self.clinic().member(member)?.presence else {
            return None;
        };
        // The grace runs while both are true: she is in the call, and she is gone.
        let call_since = self.open_visit(visit)?.place.since();
        Some(Due {
            at: since.max(call_since).plus(limits::MEMBER_LOST_GRACE),
            policy: PolicyName::MemberLost,
            subject: visit.0,
            action: Action::HoldLostMember(visit, member),
        })
    }

    pub(super) fn closing(&self, id: RoomId) -> Option<Due> {
        let room = self.in_use(id).open()?;
        let hours = room.hours.as_ref()?;
        let arrivals = self.inside(id).into_iter().filter_map(|visit| self.open_visit(visit));
        let first = arrivals.map(|visit| visit.arrived_at).min()?;
        let after = room.day_ended_at.map_or(first, |ended| ended.max(first));
        Some(Due {
            at: hours.shuts_after(after)?,
            policy: PolicyName::ClosingTime,
            subject: id.0,
            action: Action::EndDay(id),
        })
    }

    /// Most rooms never do, and then nobody in them has to be looked at.
    fn closes_no_shows(&self, room: RoomId) -> bool {
        self.in_use(room).open().is_some_and(|room| room.policy.no_show_after.is_some())
    }

    pub(super) fn no_show(&self, id: VisitId) -> Option<Due> {
        let visit = self.open_visit(id)?;
        let after = self.in_use(visit.room).open()?.policy.no_show_after?;
        let (Place::Waiting { since: waiting }, Presence::OfflineSince(since), 0) =
            (&visit.place, visit.presence, visit.calls)
        else {
            return None;
        };
        // Both at once, so long: who is reopened offline is given the time again. It is never nothing,
        // so a second no show of one visit falls due at another instant, under another id.
        Some(Due {
            at: since.max(*waiting).plus(after.max(Millis(1))),
            policy: PolicyName::NoShow,
            subject: id.0,
            action: Action::CloseNoShow(id),
        })
    }
}
