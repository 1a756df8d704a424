//! What falls due: work that no person asks for, done by named policies as commands like any other.

use uuid::Uuid;

use super::ClinicState;
use super::agenda::{Matter, missing_since};
use crate::actor::PolicyName;
use crate::command::Action;
use crate::ids::{MemberId, RoomId, TransferId, VisitId};
use crate::limits;
use crate::time::{Millis, Timestamp};
use crate::visit::Presence;

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
    /// Everything that will fall due if nothing else happens, earliest first: found by looking at
    /// everybody. Of history nothing does.
    #[must_use]
    pub fn dues(&self) -> Vec<Due> {
        if self.is_history() {
            return vec![];
        }
        let windows = self.pending.iter().map(|id| Matter::Window(*id));
        let calls = self.occupancy.calls().map(|(member, _)| Matter::Call(member));
        let closings = self.occupancy.rooms().map(Matter::Closing);
        let waiting = self.occupancy.rooms().flat_map(|room| self.queue(room));
        let no_shows = waiting.map(Matter::NoShow);
        let matters = windows.chain(calls).chain(closings).chain(no_shows);
        self.in_order(matters.filter_map(|matter| Some((self.falls_due(matter)?, matter))))
    }

    /// What has fallen due by `until`, earliest first: those of [`ClinicState::dues`], at the cost of
    /// these alone.
    #[must_use]
    pub fn dues_until(&self, until: Timestamp) -> Vec<Due> {
        self.in_order(self.fallen(until))
    }

    fn in_order(&self, matters: impl Iterator<Item = (Timestamp, Matter)>) -> Vec<Due> {
        let mut dues: Vec<Due> = matters.filter_map(|(at, matter)| self.due(at, matter)).collect();
        dues.sort_by_key(|due| (due.at, due.policy, due.subject));
        dues
    }

    fn due(&self, at: Timestamp, matter: Matter) -> Option<Due> {
        let (policy, subject, action) = match matter {
            Matter::Window(id) => {
                let visit = self.transfer(id)?.pending()?.visit;
                (PolicyName::AcceptWindow, id.0, Action::ExpireTransfer(visit, id))
            }
            Matter::Call(member) => {
                let visit = self.call_of(member)?;
                (PolicyName::MemberLost, visit.0, Action::HoldLostMember(visit, member))
            }
            Matter::Closing(room) => (PolicyName::ClosingTime, room.0, Action::EndDay(room)),
            Matter::NoShow(visit) => (PolicyName::NoShow, visit.0, Action::CloseNoShow(visit)),
        };
        Some(Due { at, policy, subject, action })
    }

    /// When something falls due, if nothing else happens.
    pub(super) fn falls_due(&self, matter: Matter) -> Option<Timestamp> {
        match matter {
            Matter::Window(id) => self.expires_at(id),
            Matter::Call(member) => self.lost_at(member, self.call_of(member)?),
            Matter::Closing(room) => self.closes_at(room),
            Matter::NoShow(visit) => self.no_show_at(visit),
        }
    }

    fn expires_at(&self, id: TransferId) -> Option<Timestamp> {
        self.transfer(id)?.pending()?.answer_by
    }

    pub(super) fn lost_at(&self, member: MemberId, visit: VisitId) -> Option<Timestamp> {
        let Presence::OfflineSince(since) = self.clinic().member(member)?.presence else {
            return None;
        };
        // The grace runs while both are true: she is in the call, and she is gone.
        let call_since = self.open_visit(visit)?.place.since();
        Some(since.max(call_since).plus(limits::MEMBER_LOST_GRACE))
    }

    pub(super) fn closes_at(&self, room: RoomId) -> Option<Timestamp> {
        self.in_use(room).open()?.hours.as_ref()?.shuts_after(self.closes_after(room)?)
    }

    /// The instant whose next closing time concerns whoever is inside, if a room has hours.
    pub(super) fn closes_after(&self, id: RoomId) -> Option<Timestamp> {
        let room = self.in_use(id).open()?;
        room.hours.as_ref()?;
        let first = self.agenda.first_arrival(id)?;
        Some(room.day_ended_at.map_or(first, |ended| ended.max(first)))
    }

    pub(super) fn no_show_at(&self, id: VisitId) -> Option<Timestamp> {
        let visit = self.open_visit(id)?;
        let since = missing_since(visit)?;
        let after = self.in_use(visit.room).open()?.policy.no_show_after?;
        // It is never nothing, so a second no show of one visit falls due at another instant, under
        // another id.
        Some(since.plus(after.max(Millis(1))))
    }
}
