//! Waits: how long people waited, where and when, and who was seen (R28).
//!
//! Every instant of an open visit counts once, for what the visit did ([`crate::stay`]), in the
//! room, the day and the hour in which it lies by the clinic's clock: a wait over midnight counts in
//! both days with what belongs to each, and the hours sum to the days, the days to the rooms and the
//! rooms to the whole. A stay's wait, as a number for percentiles, stands in the hour in which the
//! stay began; that of a transfer that was undone, declined or expired is in none. A change of the clinic's zone counts for what ends after it.
//!
//! It keeps parts of days: for each hour and room, who was there how long, who came, which stays
//! are over and which visits closed. So it grows with what happens in a day and by at most
//! [`WAITS_DAYS`](crate::limits::WAITS_DAYS) days, beside what is open; [`Waits::keeping_all`] keeps every day, for
//! whoever folds a log to report on it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::NaiveDate;
use clinic_domain::actor::Actor;
use clinic_domain::clinic::{Clinic, ClinicEvent, Member};
use clinic_domain::decider::Decider;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, Position, RoomId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{PatientVisit, VisitEvent};
use serde::{Deserialize, Serialize};

use crate::calendar::{Hour, WallClock};
use crate::checkpoint::Checkpoint;
use crate::days::{Cell, Closing, Days, End, Over};
use crate::ending::Ending;
use crate::leaving::Leaving;
use crate::stay::{Activity, Span, Stay, Track};

pub use crate::days::{Day, Fact};

/// How long people waited, where and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    ongoing: Ongoing,
    days: Days,

    // What follows from what goes on.
    leaving: Leaving,
    clock: WallClock,
}

/// What goes on: it is counted once it is over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ongoing {
    checkpoint: Checkpoint,
    clinic: Clinic,
    visits: BTreeMap<VisitId, Box<Tracked>>,
    /// Members who are online, since when and by which event.
    online: BTreeMap<MemberId, (Timestamp, Position)>,
}

/// A visit that is open or may be reopened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tracked {
    track: Track,
    /// A call began, with this visit or with a duplicate merged into it.
    seen: bool,
    imported: bool,
    /// Where its last stay and its closing are counted, for a reopening takes them back.
    counted: Option<(Hour, Hour, RoomId)>,
}

impl Waits {
    /// Waits that keep every day: for a report on a whole log, not for service.
    #[must_use]
    pub fn keeping_all() -> Self {
        Self { days: Days::keeping_all(), ..Self::default() }
    }

    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        if !self.ongoing.checkpoint.takes(recorded) {
            return;
        }
        match &recorded.event {
            Event::Clinic(_, event) => self.clinic_event(event, recorded),
            Event::Visit(id, event) => self.visit_event(*id, event, recorded),
            Event::Room(..) | Event::Transfer(..) => {}
        }
        while let Some(id) = self.leaving.gone_by(self.ongoing.checkpoint.at) {
            self.ongoing.visits.remove(&id);
        }
    }

    /// How far the fold has come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.ongoing.checkpoint
    }

    /// The zone of the days and hours: the clinic's.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.clock.zone()
    }

    /// What goes on: the part that is saved each time.
    #[must_use]
    pub fn ongoing(&self) -> &Ongoing {
        &self.ongoing
    }

    /// The days in which an event behind `after` has counted: those whose saved parts are out of
    /// date if the last ones were saved at `after`.
    pub fn days_since(&self, after: Position) -> impl Iterator<Item = (NaiveDate, &Day)> {
        self.days.iter().filter(move |(_, day)| day.changed() > after)
    }

    /// The waits whose parts these are, saved together: what went on, and every day. Days that are
    /// too old to be kept may be among them.
    #[must_use]
    pub fn from_parts(ongoing: Ongoing, days: impl IntoIterator<Item = (NaiveDate, Day)>) -> Self {
        let mut leaving = Leaving::default();
        for (id, tracked) in &ongoing.visits {
            leaving.with(*id, tracked.track.visit());
        }
        let clock = WallClock::of(ongoing.clinic.founded().map(|clinic| &clinic.zone));
        Self { days: days.into_iter().collect(), leaving, clock, ongoing }
    }

    pub(crate) fn days(&self) -> impl Iterator<Item = (NaiveDate, &Day)> {
        self.days.iter()
    }

    /// The stays that go on.
    pub(crate) fn open_stays(&self) -> impl Iterator<Item = (VisitId, &Stay)> {
        let visits = self.ongoing.visits.iter();
        visits.filter_map(|(id, tracked)| Some((*id, tracked.track.stay()?)))
    }

    /// Members who are online, since when and by which event.
    pub(crate) fn online(&self) -> impl Iterator<Item = (MemberId, Timestamp, Position)> {
        self.ongoing.online.iter().map(|(member, (since, edge))| (*member, *since, *edge))
    }
}

/// Folding events in.
impl Waits {
    fn clinic_event(&mut self, event: &ClinicEvent, recorded: &Recorded) {
        self.ongoing.clinic.evolve(event);
        if let Some(member) = member_of(event) {
            self.member_edge(member, recorded);
        }
        let zone = self.ongoing.clinic.founded().map(|clinic| &clinic.zone);
        if self.clock.zone() != zone {
            self.clock = WallClock::of(zone);
        }
    }

    fn member_edge(&mut self, member: MemberId, recorded: &Recorded) {
        let (at, position) = (recorded.occurred_at, recorded.position);
        let online = self.ongoing.clinic.member(member).is_some_and(Member::online);
        if online {
            self.ongoing.online.entry(member).or_insert((at, position));
        } else if let Some((since, edge)) = self.ongoing.online.remove(&member) {
            for ((date, hour), time) in self.clock.cut(since, at) {
                let Some(day) = self.days.day(date, position) else { continue };
                let service = day.service(hour, member);
                service.online = service.online.plus(time);
                service.edges.insert(edge);
            }
        }
    }

    fn visit_event(&mut self, id: VisitId, event: &VisitEvent, recorded: &Recorded) {
        let (at, fact) = (recorded.occurred_at, Fact { visit: id, position: recorded.position });
        let merged_seen = self.duplicate_seen(event);
        let tracked = match (self.ongoing.visits.entry(id), event) {
            (Entry::Occupied(tracked), _) => tracked.into_mut(),
            (Entry::Vacant(place), VisitEvent::CheckedIn { room, by, .. }) => {
                let (date, hour) = self.clock.hour(at);
                if let Some(day) = self.days.day(date, fact.position) {
                    day.cell(hour, *room).check_ins.push(fact);
                }
                let imported = *by == Actor::Import;
                place.insert(Box::new(Tracked { imported, ..Tracked::default() }))
            }
            (Entry::Vacant(_), _) => return,
        };
        tracked.seen |= merged_seen || matches!(event, VisitEvent::CallStarted { .. });
        self.leaving.without(id, tracked.track.visit());
        let ended = tracked.track.step(event, recorded);
        self.leaving.with(id, tracked.track.visit());
        let mut books = Books { clock: &mut self.clock, days: &mut self.days, fact, at };
        if let Some(span) = ended.span {
            books.spend(&span);
        }
        if let Some(stay) = ended.stay {
            let reversed = matches!(event, VisitEvent::TransferReversed { .. });
            let end = match tracked.track.visit() {
                PatientVisit::Closed(closed) => End::Closed(Ending::from(&closed.reason)),
                PatientVisit::Unknown | PatientVisit::Open(_) if reversed => End::Reversed,
                PatientVisit::Unknown | PatientVisit::Open(_) => End::WentOn,
            };
            books.stay_over(tracked, &stay, end);
        }
        if let VisitEvent::VisitReopened { .. } = event {
            books.take_back(tracked);
        }
    }

    /// Whether the duplicate that is merged into a visit has been in call.
    fn duplicate_seen(&self, event: &VisitEvent) -> bool {
        let VisitEvent::VisitsMerged { duplicate, .. } = event else { return false };
        self.ongoing.visits.get(duplicate).is_some_and(|other| other.seen)
    }
}

/// Where an event of a visit is counted.
struct Books<'w> {
    clock: &'w mut WallClock,
    days: &'w mut Days,
    fact: Fact,
    at: Timestamp,
}

impl Books<'_> {
    /// Counts a span in its hours: for the visit's room, and for the member in call.
    fn spend(&mut self, span: &Span) {
        let Fact { visit, position } = self.fact;
        for ((date, hour), time) in self.clock.cut(span.from, span.until) {
            let Some(day) = self.days.day(date, position) else { continue };
            let parts = &mut day.cell(hour, span.room).parts;
            parts.entry(visit).or_default().add(span.activity, time);
            if let (Activity::InCall, Some(member)) = (span.activity, span.member) {
                let service = day.service(hour, member);
                service.in_call = service.in_call.plus(time);
                service.visits.insert(visit);
            }
        }
    }

    fn stay_over(&mut self, tracked: &mut Tracked, stay: &Stay, end: End) {
        let fact = self.fact;
        let Tracked { seen, imported, .. } = *tracked;
        let Stay { room, from, moved_in, called, .. } = *stay;
        let began = self.clock.hour(from);
        let waited = stay.parts(self.at).waiting;
        if let Some(cell) = self.cell(began, room) {
            cell.stays.push(Over { fact, waited, moved_in, called, imported, end });
        }
        let End::Closed(reason) = end else { return };
        let closed = self.clock.hour(self.at);
        if let Some(cell) = self.cell(closed, room) {
            cell.closings.push(Closing { fact, reason, seen, imported });
        }
        tracked.counted = Some((began, closed, room));
    }

    /// A reopened visit has not closed: neither its closing nor the reason for its stay's end count.
    fn take_back(&mut self, tracked: &mut Tracked) {
        let visit = self.fact.visit;
        let Some((began, closed, room)) = tracked.counted.take() else { return };
        if let Some(cell) = self.cell(closed, room) {
            cell.closings.retain(|closing| closing.fact.visit != visit);
        }
        if let Some(cell) = self.cell(began, room)
            && let Some(over) = cell.stays.iter_mut().rev().find(|over| over.fact.visit == visit)
        {
            over.end = End::WentOn;
        }
    }

    fn cell(&mut self, (date, hour): Hour, room: RoomId) -> Option<&mut Cell> {
        Some(self.days.day(date, self.fact.position)?.cell(hour, room))
    }
}

/// Whom an event of the clinic may take online or offline.
fn member_of(event: &ClinicEvent) -> Option<MemberId> {
    match event {
        ClinicEvent::MemberCameOnline { member, .. }
        | ClinicEvent::MemberWentOffline { member, .. }
        | ClinicEvent::MemberDisabled { member }
        | ClinicEvent::MemberEnabled { member }
        | ClinicEvent::MemberRemoved { member } => Some(*member),
        ClinicEvent::ClinicFounded { .. }
        | ClinicEvent::ZoneChanged { .. }
        | ClinicEvent::CapabilitiesChanged { .. }
        | ClinicEvent::MemberAdded { .. }
        | ClinicEvent::MemberRenamed { .. }
        | ClinicEvent::RoleChanged { .. } => None,
    }
}
