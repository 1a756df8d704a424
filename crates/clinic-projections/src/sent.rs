//! What each member has sent, and where it is now: room and state, and nothing else of that room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{PersonName, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::{PatientVisit, VisitEvent};
use serde::{Deserialize, Serialize};

use crate::attendance::Attendance;
use crate::card::{Card, Sending};
use crate::ending::Ending;
use crate::limits;

/// A visit that a member has sent to another room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        reason: Ending,
        /// When.
        at: Timestamp,
    },
}

/// The lists of all members. An open visit's whereabouts are left to the reader's census; those of
/// a closed one stay here until newer entries push it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SentLists {
    by: BTreeMap<MemberId, VecDeque<Sent>>,
}

impl SentLists {
    /// What an event of a visit means for the lists of those who sent it. `held` is the visit as the
    /// event has left it.
    pub(crate) fn follow(&mut self, id: VisitId, event: &VisitEvent, held: &Attendance) {
        let card = &held.card;
        match &held.visit {
            PatientVisit::Unknown => {}
            PatientVisit::Open(visit) => {
                if let VisitEvent::VisitReopened { .. } = event {
                    self.ended(id, &card.senders, visit.check_in.at, None);
                }
                if let VisitEvent::Transferred { .. } = event
                    && let Some(leg) = &card.came_by
                {
                    self.add(id, card, leg);
                }
            }
            PatientVisit::Closed(closed) => {
                let over =
                    Whereabouts::Closed { reason: Ending::from(&closed.reason), at: closed.at };
                self.ended(id, &card.senders, closed.last.check_in.at, Some(&over));
            }
        }
    }

    fn add(&mut self, visit: VisitId, card: &Card, leg: &Sending) {
        let Some(member) = leg.by.member_id() else { return };
        let list = self.by.entry(member).or_default();
        list.push_front(Sent {
            transfer: leg.transfer,
            visit,
            name: card.name.clone(),
            from: leg.from,
            to: leg.to,
            at: leg.at,
            outcome: None,
            now: None,
        });
        list.truncate(limits::SENT_PER_MEMBER);
    }

    /// Notes what became of a transfer, in the list of whoever sent it.
    pub(crate) fn settle(&mut self, sender: MemberId, transfer: TransferId, outcome: Outcome) {
        let mut list = self.by.get_mut(&sender).into_iter().flatten();
        if let Some(sent) = list.find(|sent| sent.transfer == transfer) {
            sent.outcome = Some(outcome);
        }
    }

    /// Notes where a visit has ended, or that it goes on. Nobody has sent it before its check-in, so
    /// no older entry is looked at.
    fn ended(
        &mut self,
        visit: VisitId,
        senders: &BTreeSet<MemberId>,
        check_in: Timestamp,
        over: Option<&Whereabouts>,
    ) {
        for sender in senders {
            let list = self.by.get_mut(sender).into_iter().flatten();
            for sent in list.take_while(|sent| sent.at >= check_in) {
                if sent.visit == visit {
                    sent.now = over.cloned();
                }
            }
        }
    }

    /// What a member has sent, latest first.
    pub(crate) fn of(&self, member: MemberId) -> impl Iterator<Item = &Sent> {
        self.by.get(&member).into_iter().flatten()
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
