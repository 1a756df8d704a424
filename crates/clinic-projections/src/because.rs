//! Why a visit stands where it stands in the queue: the order explains itself.

use std::fmt;

use clinic_domain::hours::Zone;
use clinic_domain::room::ArrivalOrder;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{OpenVisit, Priority, Reversal};
use serde::Serialize;

use crate::card::Card;
use crate::clocks::Moment;

/// Why a visit stands where it stands: its urgency, then how it came to its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The urgency, which comes first.
    pub priority: Priority,
    /// The entry, which decides between equally urgent ones.
    pub joined: Joined,
    /// It was sent away and has its old place again.
    pub restored: Option<Reversal>,
}

/// How a visit came to the entry that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Joined {
    /// It checked in here.
    CheckedIn(Moment),
    /// It came by transfer and stands where its check-in puts it.
    KeepsCheckIn(Moment),
    /// It came by transfer and stands behind those who were here.
    BackOfQueue(Moment),
    /// A duplicate was merged into it, and it has the earlier entry of the two.
    Merged(Moment),
}

impl Because {
    pub(crate) fn read(
        visit: &OpenVisit,
        card: &Card,
        zone: Option<&Zone>,
        now: Timestamp,
    ) -> Self {
        let moment = Moment::read(visit.entry.at, zone, now);
        let checked_in = visit.entry.at == visit.check_in.at;
        let behind = card
            .came_by
            .as_ref()
            .filter(|leg| leg.order == ArrivalOrder::BackOfQueue)
            .map(|leg| leg.at);
        let joined = match &card.came_by {
            Some(_) if behind == Some(visit.entry.at) => Joined::BackOfQueue(moment),
            Some(_) if checked_in => Joined::KeepsCheckIn(moment),
            None if checked_in => Joined::CheckedIn(moment),
            Some(_) | None => Joined::Merged(moment),
        };
        let restored = card.came_back.as_ref().map(|back| back.why);
        Self { priority: visit.priority, joined, restored }
    }
}

/// Such as `urgent; checked in 09:02:10`.
impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.priority {
            Priority::Urgent => f.write_str("urgent; ")?,
            Priority::Soon => f.write_str("soon; ")?,
            Priority::Routine => {}
        }
        match self.restored {
            Some(why) => write!(f, "in its old place ({}): {}", label(why), self.joined),
            None => self.joined.fmt(f),
        }
    }
}

impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckedIn(at) => write!(f, "checked in {at}"),
            Self::KeepsCheckIn(at) => write!(f, "keeps its check-in of {at}"),
            Self::BackOfQueue(at) => write!(f, "back of the queue since {at}"),
            Self::Merged(at) => write!(f, "merged, in the queue since {at}"),
        }
    }
}

/// Why a transfer was reversed, in a word.
fn label(why: Reversal) -> &'static str {
    match why {
        Reversal::Declined => "declined",
        Reversal::Expired => "not answered in time",
        Reversal::Undone => "undone",
    }
}
