//! What the waits keep of each day: who was where how long, who came, which stays are over and which
//! visits closed, by the hour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use clinic_domain::ids::{MemberId, Position, RoomId, VisitId};
use clinic_domain::time::Millis;
use serde::{Deserialize, Serialize};

use crate::ending::Ending;
use crate::limits;
use crate::stay::Parts;

/// The days that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    /// How many; none: all of them.
    keeps: Option<u64>,
    /// Shared with whoever reports on them, so that a report holds up no event.
    days: BTreeMap<NaiveDate, Arc<Day>>,
}

/// What happened on a day, by hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The last event that counted here.
    changed: Position,
    #[serde(with = "pairs")]
    pub(crate) cells: BTreeMap<(u32, RoomId), Cell>,
    #[serde(with = "pairs")]
    pub(crate) members: BTreeMap<(u32, MemberId), Service>,
}

/// What happened in a room within an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) parts: BTreeMap<VisitId, Parts>,
    pub(crate) check_ins: Vec<Fact>,
    pub(crate) stays: Vec<Over>,
    pub(crate) closings: Vec<Closing>,
}

/// What a member did within an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) online: Millis,
    pub(crate) in_call: Millis,
    pub(crate) edges: BTreeSet<Position>,
    pub(crate) visits: BTreeSet<VisitId>,
}

/// What a number rests on: a visit, and the event that made it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// The visit.
    pub visit: VisitId,
    /// The event.
    pub position: Position,
}

/// A stay that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Over {
    pub(crate) fact: Fact,
    pub(crate) waited: Millis,
    pub(crate) moved_in: bool,
    pub(crate) called: bool,
    pub(crate) imported: bool,
    pub(crate) end: End,
}

/// How a stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// The visit went on: in another room, or here, reopened.
    WentOn,
    /// The transfer that began it was undone, declined or expired.
    Reversed,
    /// The visit closed, for this reason.
    Closed(Ending),
}

/// A visit that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(crate) fact: Fact,
    pub(crate) reason: Ending,
    pub(crate) seen: bool,
    pub(crate) imported: bool,
}

impl Default for Days {
    fn default() -> Self {
        Self { keeps: Some(limits::WAITS_DAYS), days: BTreeMap::new() }
    }
}

impl Days {
    pub(crate) fn keeping_all() -> Self {
        Self { keeps: None, ..Self::default() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NaiveDate, &Day)> {
        self.days.iter().map(|(date, day)| (*date, &**day))
    }

    /// A day in which the event `by` counts, unless it is older than what is kept. A new one may push
    /// old ones out.
    pub(crate) fn day(&mut self, date: NaiveDate, by: Position) -> Option<&mut Day> {
        if !self.days.contains_key(&date) && !self.begin(date) {
            return None;
        }
        let day = Arc::make_mut(self.days.entry(date).or_default());
        day.changed = by;
        Some(day)
    }

    /// Whether a day that is not there yet is to be kept. Then those that are too old beside it go.
    fn begin(&mut self, date: NaiveDate) -> bool {
        let Some(keeps) = self.keeps else { return true };
        let latest = self.days.last_key_value().map_or(date, |(latest, _)| date.max(*latest));
        let oldest = latest.checked_sub_days(chrono::Days::new(keeps.saturating_sub(1)));
        let oldest = oldest.unwrap_or(NaiveDate::MIN);
        if self.days.first_key_value().is_some_and(|(first, _)| *first < oldest) {
            self.days = self.days.split_off(&oldest);
        }
        date >= oldest
    }
}

/// The live days, of which only those are kept that are not too old.
impl FromIterator<(NaiveDate, Day)> for Days {
    fn from_iter<I: IntoIterator<Item = (NaiveDate, Day)>>(days: I) -> Self {
        let days = days.into_iter().map(|(date, day)| (date, Arc::new(day))).collect();
        let mut kept = Self { days, ..Self::default() };
        if let Some((latest, _)) = kept.days.last_key_value() {
            kept.begin(*latest);
        }
        kept
    }
}

impl Day {
    pub(crate) fn changed(&self) -> Position {
        self.changed
    }

    pub(crate) fn cell(&mut self, hour: u32, room: RoomId) -> &mut Cell {
        self.cells.entry((hour, room)).or_default()
    }

    pub(crate) fn service(&mut self, hour: u32, member: MemberId) -> &mut Service {
        self.members.entry((hour, member)).or_default()
    }
}

/// Maps by keys that are more than a text, as lists of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K, V, S>(map: &BTreeMap<K, V>, to: S) -> Result<S::Ok, S::Error>
    where
        K: Serialize,
        V: Serialize,
        S: Serializer,
    {
        to.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::deserialize(from).map(BTreeMap::from_iter)
    }
}
