//! When each thing falls due, kept in order, so that what is next is known without looking for it; and
//! who is connected, so that an idle clinic is known to be idle.

use std::collections::{BTreeMap, BTreeSet};

use super::ClinicState;
use crate::clinic::Member;
use crate::command::Person;
use crate::ids::{MemberId, RoomId, TransferId, VisitId};
use crate::time::Timestamp;
use crate::visit::{OpenVisit, Place, Presence};

/// Something that may fall due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Matter {
    /// The end of an accept window.
    Window(TransferId),
    /// The grace of a call whose member is gone.
    Call(MemberId),
    /// Closing time, with somebody inside.
    Closing(RoomId),
    /// The patience with a patient who is gone.
    NoShow(VisitId),
}

/// What there is of an open visit to look ahead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outlook {
    room: RoomId,
    arrived_at: Timestamp,
    online: bool,
    /// May become a no show.
    missing: bool,
    in_call_with: Option<MemberId>,
}

impl Outlook {
    pub(super) fn of(visit: &OpenVisit) -> Self {
        Self {
            room: visit.room,
            arrived_at: visit.arrived_at,
            online: visit.presence == Presence::Online,
            missing: missing_since(visit).is_some(),
            in_call_with: visit.in_call_with(),
        }
    }
}

/// Since when a patient who was never served has been both waiting and gone.
pub(super) fn missing_since(visit: &OpenVisit) -> Option<Timestamp> {
    match (&visit.place, visit.presence, visit.calls) {
        // Both at once: who is reopened offline is given the time again.
        (Place::Waiting { since: waiting }, Presence::OfflineSince(gone), 0) => {
            Some(gone.max(*waiting))
        }
        (Place::Waiting { .. } | Place::InCall { .. } | Place::OnHold { .. }, _, _) => None,
    }
}

/// What follows from the clinic about what is to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Agenda {
    by_time: BTreeSet<(Timestamp, Matter)>,
    times: BTreeMap<Matter, Timestamp>,
    /// Of each closing time ahead, the instant after which it is the first.
    closings: BTreeMap<RoomId, Timestamp>,
    /// Who came to which room when: the first in it decides which closing time is the next.
    arrivals: BTreeSet<(RoomId, Timestamp, VisitId)>,
    online: BTreeSet<Person>,
    /// What an event has touched: its time is looked up again once the event is folded.
    touched: Vec<Matter>,
}

impl Agenda {
    pub(super) fn touch(&mut self, matter: Matter) {
        self.touched.push(matter);
    }

    /// A room's hours may be others now.
    pub(super) fn touch_hours(&mut self, room: RoomId) {
        self.closings.remove(&room);
        self.touch(Matter::Closing(room));
    }

    /// Keeps up with a visit: how it was while it was open before, and how it is if it is open now.
    pub(super) fn follow(&mut self, id: VisitId, was: Option<Outlook>, is: Option<Outlook>) {
        let arrival = |outlook: Outlook| (outlook.room, outlook.arrived_at, id);
        if was.map(arrival) != is.map(arrival) {
            if let Some(was) = was {
                self.arrivals.remove(&arrival(was));
                self.touch(Matter::Closing(was.room));
            }
            if let Some(is) = is {
                self.arrivals.insert(arrival(is));
                self.touch(Matter::Closing(is.room));
            }
        }
        let online = |outlook: Option<Outlook>| outlook.is_some_and(|outlook| outlook.online);
        if online(was) != online(is) {
            self.connect(Person::Patient(id), online(is));
        }
        for outlook in was.into_iter().chain(is) {
            if outlook.missing {
                self.touch(Matter::NoShow(id));
            }
            if let Some(member) = outlook.in_call_with {
                self.touch(Matter::Call(member));
            }
        }
    }

    /// Notes how a member is now.
    pub(super) fn meet(&mut self, id: MemberId, member: Option<&Member>) {
        self.touch(Matter::Call(id));
        self.connect(Person::Member(id), member.is_some_and(Member::online));
    }

    fn connect(&mut self, who: Person, online: bool) {
        if online {
            self.online.insert(who);
        } else {
            self.online.remove(&who);
        }
    }

    /// Whoever has been in a room longest came then.
    pub(super) fn first_arrival(&self, room: RoomId) -> Option<Timestamp> {
        let start = (room, Timestamp(i64::MIN), VisitId(uuid::Uuid::nil()));
        let (of, at, _) = self.arrivals.range(start..).next()?;
        (*of == room).then_some(*at)
    }

    fn set(&mut self, matter: Matter, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.times.insert(matter, at),
            None => self.times.remove(&matter),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, matter));
        }
        if let Some(at) = at {
            self.by_time.insert((at, matter));
        }
    }
}

impl ClinicState {
    /// When the next thing falls due, if anything will.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.is_history() {
            return None;
        }
        self.agenda.by_time.first().map(|(at, _)| *at)
    }

    /// Whether a page of anybody's is connected: of a member who may act, or of a patient who is here.
    /// In history nobody is.
    #[must_use]
    pub fn anybody_online(&self) -> bool {
        !self.is_history() && !self.agenda.online.is_empty()
    }

    /// What has fallen due by then, in the order of the agenda.
    pub(super) fn fallen(&self, until: Timestamp) -> impl Iterator<Item = (Timestamp, Matter)> {
        let ahead = self.agenda.by_time.iter().filter(|_| !self.is_history());
        ahead.take_while(move |(at, _)| *at <= until).copied()
    }

    /// Notes how every member is, where any of them may have changed or gone.
    pub(super) fn meet_everybody(&mut self) {
        self.agenda.online.retain(|who| matches!(who, Person::Patient(_)));
        let calls = self.occupancy.calls();
        calls.for_each(|(member, _)| self.agenda.touch(Matter::Call(member)));
        let members = self.clinic.state.founded().into_iter().flat_map(|clinic| &clinic.members);
        for (id, _) in members.filter(|(_, member)| member.online()) {
            self.agenda.online.insert(Person::Member(*id));
        }
    }

    /// Looks up the times of what has been touched.
    pub(super) fn look_ahead(&mut self) {
        while let Some(matter) = self.agenda.touched.pop() {
            let at = match matter {
                Matter::Closing(room) => self.closing_ahead(room),
                Matter::Window(_) | Matter::Call(_) | Matter::NoShow(_) => self.falls_due(matter),
            };
            self.agenda.set(matter, at);
        }
    }

    /// The next closing time of a room. Which is next after some instant is next after any later one
    /// before it; so a calendar is asked once for each, not for whoever comes and goes.
    fn closing_ahead(&mut self, room: RoomId) -> Option<Timestamp> {
        let Some(after) = self.closes_after(room) else {
            self.agenda.closings.remove(&room);
            return None;
        };
        let known = self.agenda.times.get(&Matter::Closing(room)).copied();
        match (self.agenda.closings.insert(room, after), known) {
            (Some(before), _) if before == after => known,
            (Some(before), Some(at)) if before < after && after < at => known,
            (Some(_) | None, _) => self.falls_due(Matter::Closing(room)),
        }
    }
}
