//! What each member has sent, and where it is now: room and state, and nothing else of that room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{PersonName, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Outcome;
use serde::Serialize;

use crate::limits;

/// A visit that a member has sent to another room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// The leg.
    pub transfer: TransferId,
    /// The visit.
    pub visit: VisitId,
    /// The patient's name.
    pub name: Personal<PersonName>,
    /// Where it was sent from.
    pub from: RoomId,
    /// Where it was sent to.
    pub to: RoomId,
    /// When.
    pub at: Timestamp,
    /// What became of the transfer; nothing yet, while an answer is awaited.
    pub outcome: Option<Outcome>,
    /// Where the visit is now; unknown only in a log that is not whole.
    pub now: Option<Whereabouts>,
}

/// Where a visit is, as somebody may know who sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// In the waiting room.
    Waiting {
        /// Of this room.
        room: RoomId,
        /// Its name.
        name: Option<Title>,
    },
    /// With a member.
    InCall {
        /// Of this room.
        room: RoomId,
        /// Its name.
        name: Option<Title>,
    },
    /// In the waiting room, the call paused.
    OnHold {
        /// Of this room.
        room: RoomId,
        /// Its name.
        name: Option<Title>,
    },
    /// The visit is over.
    Closed {
        /// Why, in a word.
        reason: &'static str,
        /// When.
        at: Timestamp,
    },
}

/// The lists of all members. An open visit's whereabouts are left to the reader's census; those of
/// a closed one stay here until newer entries push it out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SentLists {
    by: BTreeMap<MemberId, VecDeque<Sent>>,
}

impl SentLists {
    pub(crate) fn add(&mut self, member: MemberId, sent: Sent) {
        let list = self.by.entry(member).or_default();
        list.push_front(sent);
        list.truncate(limits::SENT_PER_MEMBER);
    }

    pub(crate) fn settle(
        &mut self,
        senders: &BTreeSet<MemberId>,
        transfer: TransferId,
        outcome: Outcome,
    ) {
        self.with(senders, |sent| {
            if sent.transfer == transfer {
                sent.outcome = Some(outcome);
            }
        });
    }

    /// Notes where a visit has ended, or that it goes on.
    pub(crate) fn ended(
        &mut self,
        senders: &BTreeSet<MemberId>,
        visit: VisitId,
        at: Option<&Whereabouts>,
    ) {
        self.with(senders, |sent| {
            if sent.visit == visit {
                sent.now = at.cloned();
            }
        });
    }

    /// What a member has sent, latest first.
    pub(crate) fn of(&self, member: MemberId) -> impl Iterator<Item = &Sent> {
        self.by.get(&member).into_iter().flatten()
    }

    fn with(&mut self, senders: &BTreeSet<MemberId>, change: impl Fn(&mut Sent)) {
        for sender in senders {
            self.by.get_mut(sender).into_iter().flatten().for_each(&change);
        }
    }
}

/// Such as `waiting in Dr. Dana`, or `closed: left`.
impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (doing, name) = match self {
            Self::Waiting { name, .. } => ("waiting", name),
            Self::InCall { name, .. } => ("in call", name),
            Self::OnHold { name, .. } => ("on hold", name),
            Self::Closed { reason, .. } => return write!(f, "closed: {reason}"),
        };
        write!(f, "{doing} in {}", name.as_ref().map_or("a room", Title::as_str))
    }
}
