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
//! [`limits::WAITS_DAYS`] days, beside what is open; [`Waits::keeping_all`] keeps every day, for
//! whoever folds a log to report on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use clinic_domain::actor::Actor;
use clinic_domain::clinic::{Clinic, ClinicEvent, Member};
use clinic_domain::decider::Decider;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, Position, RoomId, VisitId};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{PatientVisit, VisitEvent};
use serde::Serialize;

use crate::calendar::{self, Hour};
use crate::checkpoint::Checkpoint;
use crate::limits;
use crate::stay::{Activity, Parts, Span, Stay, Track};

/// How long people waited, where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    checkpoint: Checkpoint,
    /// How many days are kept; none: all of them.
    keeps: Option<u64>,
    clinic: Clinic,
    visits: BTreeMap<VisitId, Tracked>,
    /// Members who are online, since when and by which event.
    online: BTreeMap<MemberId, (Timestamp, Position)>,
    leaving: BTreeSet<(Timestamp, VisitId)>,
    days: BTreeMap<NaiveDate, Day>,
}

/// A visit that is open or may be reopened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tracked {
    track: Track,
    /// A call began, with this visit or with a duplicate merged into it.
    seen: bool,
    imported: bool,
    /// Where its last stay and its closing are counted, for a reopening takes them back.
    counted: Option<(Hour, Hour, RoomId)>,
}

/// What happened on a day, by hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) cells: BTreeMap<(u32, RoomId), Cell>,
    pub(crate) members: BTreeMap<(u32, MemberId), Service>,
}

/// What happened in a room within an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) parts: BTreeMap<VisitId, Parts>,
    pub(crate) check_ins: Vec<Fact>,
    pub(crate) stays: Vec<Over>,
    pub(crate) closings: Vec<Closing>,
}

/// What a member did within an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) online: Millis,
    pub(crate) in_call: Millis,
    pub(crate) edges: BTreeSet<Position>,
    pub(crate) visits: BTreeSet<VisitId>,
}

/// What a number rests on: a visit, and the event that made it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fact {
    /// The visit.
    pub visit: VisitId,
    /// The event.
    pub position: Position,
}

/// A stay that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over {
    pub(crate) fact: Fact,
    pub(crate) waited: Millis,
    pub(crate) moved_in: bool,
    pub(crate) called: bool,
    pub(crate) imported: bool,
    pub(crate) end: End,
}

/// How a stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The visit went on: in another room, or here, reopened.
    WentOn,
    /// The transfer that began it was undone, declined or expired.
    Reversed,
    /// The visit closed, for this reason.
    Closed(&'static str),
}

/// A visit that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closing {
    pub(crate) fact: Fact,
    pub(crate) reason: &'static str,
    pub(crate) seen: bool,
    pub(crate) imported: bool,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            checkpoint: Checkpoint::default(),
            keeps: Some(limits::WAITS_DAYS),
            clinic: Clinic::default(),
            visits: BTreeMap::new(),
            online: BTreeMap::new(),
            leaving: BTreeSet::new(),
            days: BTreeMap::new(),
        }
    }
}

impl Waits {
    /// Waits that keep every day: for a report on a whole log, not for service.
    #[must_use]
    pub fn keeping_all() -> Self {
        Self { keeps: None, ..Self::default() }
    }

    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        if !self.checkpoint.takes(recorded) {
            return;
        }
        match &recorded.event {
            Event::Clinic(_, event) => {
                self.clinic.evolve(event);
                if let Some(member) = member_of(event) {
                    self.member_edge(member, recorded);
                }
            }
            Event::Visit(id, event) => self.visit_event(*id, event, recorded),
            Event::Room(..) | Event::Transfer(..) => {}
        }
        self.let_go();
    }

    /// How far the fold has come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// The zone of the days and hours: the clinic's.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.clinic.founded().map(|clinic| &clinic.zone)
    }

    pub(crate) fn days(&self) -> impl Iterator<Item = (NaiveDate, &Day)> {
        self.days.iter().map(|(date, day)| (*date, day))
    }

    /// The stays that go on.
    pub(crate) fn open_stays(&self) -> impl Iterator<Item = (VisitId, &Stay)> {
        self.visits.iter().filter_map(|(id, tracked)| Some((*id, tracked.track.stay()?)))
    }

    /// Members who are online, since when and by which event.
    pub(crate) fn online(&self) -> impl Iterator<Item = (MemberId, Timestamp, Position)> {
        self.online.iter().map(|(member, (since, edge))| (*member, *since, *edge))
    }
}

/// Folding events in.
impl Waits {
    fn visit_event(&mut self, id: VisitId, event: &VisitEvent, recorded: &Recorded) {
        let mut tracked = match (self.visits.remove(&id), event) {
            (Some(tracked), _) => tracked,
            (None, VisitEvent::CheckedIn { by, .. }) => {
                Tracked { imported: *by == Actor::Import, ..Tracked::default() }
            }
            (None, _) => return,
        };
        let at = recorded.occurred_at;
        let fact = Fact { visit: id, position: recorded.position };
        if let VisitEvent::CheckedIn { room, .. } = event
            && *tracked.track.visit() == PatientVisit::Unknown
            && let Some(cell) = self.cell(self.hour(at), *room)
        {
            cell.check_ins.push(fact);
        }
        if let VisitEvent::CallStarted { .. } = event {
            tracked.seen = true;
        }
        if let VisitEvent::VisitsMerged { duplicate, .. } = event {
            tracked.seen |= self.visits.get(duplicate).is_some_and(|other| other.seen);
        }
        let ended = tracked.track.step(event, recorded);
        if let Some(span) = ended.span {
            self.spend(id, &span);
        }
        if let Some(stay) = ended.stay {
            let reversed = matches!(event, VisitEvent::TransferReversed { .. });
            let end = match tracked.track.visit() {
                PatientVisit::Closed(closed) => End::Closed(closed.reason.label()),
                PatientVisit::Unknown | PatientVisit::Open(_) if reversed => End::Reversed,
                PatientVisit::Unknown | PatientVisit::Open(_) => End::WentOn,
            };
            self.stay_over(&mut tracked, &stay, (fact, at), end);
        }
        if let VisitEvent::VisitReopened { .. } = event {
            self.take_back(&mut tracked, id);
        }
        if let PatientVisit::Closed(closed) = tracked.track.visit() {
            self.leaving.insert((closed.reopen_until, id));
        }
        self.visits.insert(id, tracked);
    }

    fn stay_over(
        &mut self,
        tracked: &mut Tracked,
        stay: &Stay,
        (fact, at): (Fact, Timestamp),
        end: End,
    ) {
        let Tracked { seen, imported, .. } = *tracked;
        let Stay { room, from, moved_in, called, .. } = *stay;
        let (began, closed) = (self.hour(from), self.hour(at));
        let waited = stay.parts(at).waiting;
        if let Some(cell) = self.cell(began, room) {
            cell.stays.push(Over { fact, waited, moved_in, called, imported, end });
        }
        let End::Closed(reason) = end else { return };
        if let Some(cell) = self.cell(closed, room) {
            cell.closings.push(Closing { fact, reason, seen, imported });
        }
        tracked.counted = Some((began, closed, room));
    }

    /// A reopened visit has not closed: neither its closing nor the reason for its stay's end count.
    fn take_back(&mut self, tracked: &mut Tracked, id: VisitId) {
        let Some((began, closed, room)) = tracked.counted.take() else { return };
        if let Some(cell) = self.cell(closed, room) {
            cell.closings.retain(|closing| closing.fact.visit != id);
        }
        if let Some(cell) = self.cell(began, room)
            && let Some(over) = cell.stays.iter_mut().rev().find(|over| over.fact.visit == id)
        {
            over.end = End::WentOn;
        }
    }

    fn member_edge(&mut self, member: MemberId, recorded: &Recorded) {
        let (at, position) = (recorded.occurred_at, recorded.position);
        let online = self.clinic.member(member).is_some_and(Member::online);
        if online {
            self.online.entry(member).or_insert((at, position));
        } else if let Some((since, edge)) = self.online.remove(&member) {
            for (hour, time) in calendar::cut(self.zone(), since, at) {
                if let Some(service) = self.service(hour, member) {
                    service.online = service.online.plus(time);
                    service.edges.insert(edge);
                }
            }
        }
    }

    /// Counts a span in its hours: for the visit's room, and for the member in call.
    fn spend(&mut self, id: VisitId, span: &Span) {
        for (hour, time) in calendar::cut(self.zone(), span.from, span.until) {
            if let Some(cell) = self.cell(hour, span.room) {
                cell.parts.entry(id).or_default().add(span.activity, time);
            }
            if let (Activity::InCall, Some(member)) = (span.activity, span.member)
                && let Some(service) = self.service(hour, member)
            {
                service.in_call = service.in_call.plus(time);
                service.visits.insert(id);
            }
        }
    }

    fn hour(&self, at: Timestamp) -> Hour {
        calendar::hour(self.zone(), at)
    }

    fn cell(&mut self, (date, hour): Hour, room: RoomId) -> Option<&mut Cell> {
        Some(self.day(date)?.cells.entry((hour, room)).or_default())
    }

    fn service(&mut self, (date, hour): Hour, member: MemberId) -> Option<&mut Service> {
        Some(self.day(date)?.members.entry((hour, member)).or_default())
    }

    /// A day, unless it is older than what is kept. A new one may push old ones out.
    fn day(&mut self, date: NaiveDate) -> Option<&mut Day> {
        if let Some(keeps) = self.keeps {
            let latest = self.days.last_key_value().map_or(date, |(latest, _)| date.max(*latest));
            let oldest = latest.checked_sub_days(Days::new(keeps.saturating_sub(1)));
            let oldest = oldest.unwrap_or(NaiveDate::MIN);
            if date < oldest {
                return None;
            }
            if self.days.first_key_value().is_some_and(|(first, _)| *first < oldest) {
                self.days = self.days.split_off(&oldest);
            }
        }
        Some(self.days.entry(date).or_default())
    }

    /// Lets go of closed visits that can no longer be reopened.
    fn let_go(&mut self) {
        while let Some(&(until, id)) = self.leaving.first() {
            if until >= self.checkpoint.at {
                break;
            }
            self.leaving.pop_first();
            let visit = self.visits.get(&id).map(|tracked| tracked.track.visit());
            if let Some(PatientVisit::Closed(closed)) = visit
                && closed.reopen_until == until
            {
                self.visits.remove(&id);
            }
        }
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
