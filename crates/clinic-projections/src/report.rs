//! The report of waits: numbers, each with the facts it rests on, and *no data* where there are none.
//!
//! Percentiles are by nearest rank: of n waits in order, the p-th is number ceil(p * n / 100). So
//! each is a wait that somebody had, and names it. Shares are in whole thousandths, rounded down;
//! nothing here is a fraction that rounds differently elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, Position, RoomId, VisitId};
use clinic_domain::time::{Millis, Timestamp};
use serde::Serialize;

use crate::calendar::WallClock;
use crate::days::{Fact, Service};
use crate::ending::Ending;
use crate::stay::{Activity, Parts};
use crate::tally::{Tallies, count, figures, per_mille};
use crate::waits::Waits;

/// Which part of what is kept a report is about; by default, all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Until this day, included.
    pub until: Option<NaiveDate>,
    /// Of this room.
    pub room: Option<RoomId>,
}

/// How long people waited, where and when. Rooms, days and hours each sum to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The position that it reflects.
    pub position: Position,
    /// The instant up to which open visits are counted.
    pub now: Timestamp,
    /// The zone of its days and hours.
    pub zone: Option<Zone>,
    /// What it is about.
    pub scope: Scope,
    /// All of it.
    pub total: Figures,
    /// By room.
    pub rooms: BTreeMap<RoomId, Figures>,
    /// By day.
    pub days: BTreeMap<NaiveDate, Figures>,
    /// By hour of the day.
    pub hours: BTreeMap<u32, Figures>,
    /// Of each member, in all rooms.
    pub members: BTreeMap<MemberId, Utilisation>,
    /// The stays that go on: they are in no percentile yet. Earlier stays of the same visits are.
    pub open: Vec<OpenWait>,
}

/// Numbers of some rooms, days or hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Check-ins.
    pub check_ins: Vec<Fact>,
    /// What the visits did, open ones until `now`.
    pub parts: Parts,
    /// Whose parts these are.
    pub visits: BTreeSet<VisitId>,
    /// How long those waited whose stay is over, but for those in `reversed`.
    pub waiting: Figure<Percentiles>,
    /// Stays that ended because their transfer was undone, declined or expired. Nobody was meant to
    /// wait there, so they are in no percentile; their time counts in `parts` like any other.
    pub reversed: Vec<Fact>,
    /// Visits that closed, by reason.
    pub closed: BTreeMap<Ending, Vec<Fact>>,
    /// Of the visits that closed, those that left and were never in call.
    pub left_unseen: Figure<Share>,
    /// Imported visits, of which nobody knows whether they were seen.
    pub no_data: Vec<Fact>,
    /// Of the stays that began by a transfer, those that ended without a call because the patient
    /// left or was gone.
    pub abandoned: Figure<Share>,
}

/// A number, if there is anything to make it of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure<T> {
    /// There is nothing, and that is not zero.
    #[default]
    NoData,
    /// There is.
    Known(T),
}

/// Waits that somebody had, by nearest rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// Half waited no longer.
    pub p50: Waited,
    /// Nine in ten waited no longer.
    pub p90: Waited,
    /// All but one in a hundred waited no longer.
    pub p99: Waited,
    /// The stays that are over, by the event that ended each.
    pub of: Vec<Fact>,
}

/// How long somebody waited in one stay, online and not on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Waited {
    /// How long.
    pub wait: Millis,
    /// The stay, by the event that ended it.
    pub fact: Fact,
}

/// Some of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Those.
    pub some: Vec<Fact>,
    /// All of which they are some.
    pub of: Vec<Fact>,
}

/// How a member's time online was used. A call outlives a lost connection by up to a minute, so the
/// share may pass a thousand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Utilisation {
    /// Connected.
    pub online: Millis,
    /// In call.
    pub in_call: Millis,
    /// Time in call in thousandths of the time online.
    pub per_mille: Figure<u64>,
    /// The events by which she came online.
    pub edges: BTreeSet<Position>,
    /// With whom she was in call.
    pub visits: BTreeSet<VisitId>,
}

/// Somebody who is still here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OpenWait {
    /// Who.
    pub visit: VisitId,
    /// Where.
    pub room: RoomId,
    /// Since when in this room.
    pub from: Timestamp,
    /// What the visit is doing.
    pub activity: Activity,
    /// What it did here until `now`.
    pub parts: Parts,
}

impl Scope {
    fn holds(&self, date: NaiveDate, room: RoomId) -> bool {
        self.holds_day(date) && self.room.is_none_or(|wanted| wanted == room)
    }

    fn holds_day(&self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }
}

impl Share {
    /// Thousandths, rounded down.
    #[must_use]
    pub fn per_mille(&self) -> u64 {
        per_mille(count(&self.some), count(&self.of)).unwrap_or(0)
    }
}

impl<T> Figure<T> {
    /// The number, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::NoData => None,
            Self::Known(number) => Some(number),
        }
    }
}

impl<T> From<Option<T>> for Figure<T> {
    fn from(number: Option<T>) -> Self {
        number.map_or(Self::NoData, Self::Known)
    }
}

impl Waits {
    /// The numbers of `scope`, open visits counted until `now`.
    #[must_use]
    pub fn report(&self, scope: Scope, now: Timestamp) -> Report {
        let mut tallies = Tallies::default();
        let mut members: BTreeMap<MemberId, Service> = BTreeMap::new();
        for (date, day) in self.days().filter(|(date, _)| scope.holds_day(*date)) {
            for ((hour, room), cell) in &day.cells {
                if scope.holds(date, *room) {
                    tallies.each(*room, date, *hour, |tally| tally.add(cell));
                }
            }
            for ((_, member), service) in &day.members {
                members.entry(*member).or_default().add(service);
            }
        }
        self.still_open(scope, now, &mut tallies, &mut members);
        let open =
            self.open_stays().filter(|(_, stay)| scope.room.is_none_or(|id| id == stay.room));
        Report {
            position: self.checkpoint().position,
            now,
            zone: self.zone().cloned(),
            scope,
            total: tallies.total.figures(),
            rooms: figures(tallies.rooms),
            days: figures(tallies.days),
            hours: figures(tallies.hours),
            members: members.into_iter().map(|(id, service)| (id, service.figures())).collect(),
            open: open
                .filter_map(|(visit, stay)| {
                    let (room, from, parts) = (stay.room, stay.from, stay.parts(now));
                    Some(OpenWait { visit, room, from, activity: stay.activity()?, parts })
                })
                .collect(),
        }
    }

    /// What goes on, up to `now`.
    fn still_open(
        &self,
        scope: Scope,
        now: Timestamp,
        tallies: &mut Tallies,
        members: &mut BTreeMap<MemberId, Service>,
    ) {
        let mut clock = WallClock::of(self.zone());
        let spans = self.open_stays().filter_map(|(id, stay)| Some((id, stay.running(now)?)));
        for (id, span) in spans {
            for ((date, hour), time) in clock.cut(span.from, span.until) {
                if scope.holds(date, span.room) {
                    tallies.each(span.room, date, hour, |tally| {
                        tally.parts.add(span.activity, time);
                        tally.visits.insert(id);
                    });
                }
                if let (Activity::InCall, Some(member)) = (span.activity, span.member)
                    && scope.holds_day(date)
                {
                    let service = members.entry(member).or_default();
                    service.in_call = service.in_call.plus(time);
                    service.visits.insert(id);
                }
            }
        }
        for (member, since, edge) in self.online() {
            for ((date, _), time) in clock.cut(since, now) {
                if scope.holds_day(date) {
                    let service = members.entry(member).or_default();
                    service.online = service.online.plus(time);
                    service.edges.insert(edge);
                }
            }
        }
    }
}
