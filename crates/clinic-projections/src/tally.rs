//! From what the waits keep to the numbers of a report.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use clinic_domain::ids::{RoomId, VisitId};

use crate::days::{Cell, Closing, End, Fact, Over, Service};
use crate::ending::Ending;
use crate::report::{Figures, Percentiles, Share, Utilisation, Waited};
use crate::stay::Parts;

/// What has been counted so far, in the three ways of looking at it.
#[derive(Default)]
pub(crate) struct Tallies {
    pub(crate) total: Tally,
    pub(crate) rooms: BTreeMap<RoomId, Tally>,
    pub(crate) days: BTreeMap<NaiveDate, Tally>,
    pub(crate) hours: BTreeMap<u32, Tally>,
}

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) parts: Parts,
    pub(crate) visits: BTreeSet<VisitId>,
    check_ins: Vec<Fact>,
    stays: Vec<Over>,
    closings: Vec<Closing>,
}

impl Tallies {
    pub(crate) fn each(
        &mut self,
        room: RoomId,
        date: NaiveDate,
        hour: u32,
        add: impl Fn(&mut Tally),
    ) {
        add(&mut self.total);
        add(self.rooms.entry(room).or_default());
        add(self.days.entry(date).or_default());
        add(self.hours.entry(hour).or_default());
    }
}

impl Tally {
    pub(crate) fn add(&mut self, cell: &Cell) {
        for (visit, parts) in &cell.parts {
            self.parts = self.parts.plus(parts);
            self.visits.insert(*visit);
        }
        self.check_ins.extend(&cell.check_ins);
        self.stays.extend(&cell.stays);
        self.closings.extend(&cell.closings);
    }

    pub(crate) fn figures(self) -> Figures {
        let mut closed: BTreeMap<Ending, Vec<Fact>> = BTreeMap::new();
        for closing in &self.closings {
            closed.entry(closing.reason).or_default().push(closing.fact);
        }
        for facts in closed.values_mut() {
            facts.sort_by_key(|fact| fact.position);
        }
        let imported = self.closings.iter().filter(|closing| closing.imported);
        // A duplicate is not somebody: whoever it was goes on as the other visit.
        let people = self.closings.iter().filter(|c| !c.imported && c.reason != Ending::Merged);
        let unseen =
            people.clone().filter(|closing| closing.reason == Ending::Left && !closing.seen);
        let moved_in =
            self.stays.iter().filter(|over| over.moved_in && !over.imported && !over.merged());
        let abandoned = moved_in.clone().filter(|over| over.abandoned());
        let reversed = self.stays.iter().filter(|over| over.end == End::Reversed);
        let waits = self.stays.iter().filter(|over| over.waited_here());
        Figures {
            check_ins: in_order(self.check_ins.into_iter()),
            parts: self.parts,
            visits: self.visits,
            waiting: percentiles(waits).into(),
            reversed: in_order(reversed.map(|over| over.fact)),
            closed,
            left_unseen: share(unseen.map(|c| c.fact), people.map(|c| c.fact)).into(),
            no_data: in_order(imported.map(|closing| closing.fact)),
            abandoned: share(abandoned.map(|over| over.fact), moved_in.map(|over| over.fact))
                .into(),
        }
    }
}

impl Over {
    /// It ended because whoever it was waits on as another visit.
    fn merged(&self) -> bool {
        self.end == End::Closed(Ending::Merged)
    }

    /// Its wait is a number for percentiles.
    fn waited_here(&self) -> bool {
        self.end != End::Reversed && !self.merged()
    }

    fn abandoned(&self) -> bool {
        !self.called && matches!(self.end, End::Closed(Ending::Left | Ending::NoShow))
    }
}

impl Service {
    pub(crate) fn add(&mut self, other: &Self) {
        self.online = self.online.plus(other.online);
        self.in_call = self.in_call.plus(other.in_call);
        self.edges.extend(&other.edges);
        self.visits.extend(&other.visits);
    }

    pub(crate) fn figures(self) -> Utilisation {
        let Self { online, in_call, edges, visits } = self;
        let per_mille = per_mille(in_call.0, online.0).into();
        Utilisation { online, in_call, per_mille, edges, visits }
    }
}

pub(crate) fn figures<K: Ord>(tallies: BTreeMap<K, Tally>) -> BTreeMap<K, Figures> {
    tallies.into_iter().map(|(key, tally)| (key, tally.figures())).collect()
}

fn percentiles<'a>(stays: impl Iterator<Item = &'a Over>) -> Option<Percentiles> {
    let mut waits: Vec<Waited> =
        stays.map(|over| Waited { wait: over.waited, fact: over.fact }).collect();
    waits.sort_unstable();
    let nearest = |p: usize| waits.get(waits.len().saturating_mul(p).div_ceil(100).checked_sub(1)?);
    Some(Percentiles {
        p50: *nearest(50)?,
        p90: *nearest(90)?,
        p99: *nearest(99)?,
        of: in_order(waits.iter().map(|waited| waited.fact)),
    })
}

/// Some of all; nothing, if there are none at all.
fn share(some: impl Iterator<Item = Fact>, of: impl Iterator<Item = Fact>) -> Option<Share> {
    let share = Share { some: in_order(some), of: in_order(of) };
    (!share.of.is_empty()).then_some(share)
}

fn in_order(facts: impl Iterator<Item = Fact>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = facts.collect();
    facts.sort_unstable_by_key(|fact| (fact.position, fact.visit));
    facts
}

pub(crate) fn per_mille(some: u64, of: u64) -> Option<u64> {
    some.saturating_mul(1_000).checked_div(of)
}

pub(crate) fn count(facts: &[Fact]) -> u64 {
    u64::try_from(facts.len()).unwrap_or(u64::MAX)
}
