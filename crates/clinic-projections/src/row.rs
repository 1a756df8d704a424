//! A row of a board: one visit, as the members of its room see it.

use std::fmt;

use clinic_domain::ids::{CallId, MemberId, PlaceVersion, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{OpenRoom, RoomKind};
use clinic_domain::text::{ExternalRef, Label, PersonName, PhoneTail, Reason, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, HoldReason, OpenVisit, Place, Presence, Priority, ToldBy};
use serde::Serialize;

use crate::because::Because;
use crate::card::{Card, Return, Sending, Written};
use crate::census::Census;
use crate::clocks::Clock;
use crate::who::Who;

/// A visit, as the members of its room see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The visit.
    pub visit: VisitId,
    /// The place version that a click on this row is decided on.
    pub version: PlaceVersion,
    /// Its number in the queue, from 1; none while it is in call.
    pub rank: Option<u32>,
    /// Why it has that rank; none while it is in call.
    pub because: Option<Because>,
    /// The patient's name.
    pub name: Personal<PersonName>,
    /// Why the patient comes.
    pub reason: Option<Personal<Reason>>,
    /// Last digits of a phone, which tell two of one name apart.
    pub phone: Option<Personal<PhoneTail>>,
    /// A host's own id.
    pub external_ref: Option<ExternalRef>,
    /// Whom and where the patient expects; none for a drop-in.
    pub expected: Option<Expected>,
    /// Since the check-in, whatever has happened since.
    pub since_check_in: Clock,
    /// In this room, this time.
    pub in_room: Clock,
    /// What it is doing.
    pub doing: Doing,
    /// Whether the patient's page is connected.
    pub presence: Presence,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether it has waited too long here.
    pub level: Level,
    /// The transfer that brought it here.
    pub transferred: Option<Sending>,
    /// Until when this room may accept or decline it; none once it has, or if none is asked for.
    pub answer_by: Option<Timestamp>,
    /// The transfer that took it away from here and failed, if that was its last move.
    pub came_back: Option<Return>,
    /// What is to tick here, and what was ticked elsewhere.
    pub checklist: Vec<Tick>,
    /// What members wrote, oldest first.
    pub notes: Vec<Written>,
    /// When somebody last decided that it stays past the end of the day.
    pub carried_over_at: Option<Timestamp>,
    /// Transfers so far.
    pub legs: u32,
    /// Calls started so far.
    pub calls: u32,
    /// Duplicates that were closed in favour of this visit.
    pub merged: Vec<VisitId>,
}

/// What a visit is doing in its room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// In the waiting room.
    Waiting {
        /// Since when.
        clock: Clock,
    },
    /// With a member.
    InCall {
        /// The call.
        call: CallId,
        /// With whom.
        with: Who,
        /// Since when.
        clock: Clock,
    },
    /// In the waiting room, the call paused.
    OnHold {
        /// The call that a resumption continues.
        call: CallId,
        /// Who paused it, by the name held then.
        by: Who,
        /// Why.
        reason: HoldReason,
        /// Since when.
        clock: Clock,
    },
}

/// How a wait compares with what the room finds right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing to say.
    Fine,
    /// It deserves a look.
    Warn,
    /// It is too long.
    Late,
}

/// Whom and where a booked patient expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Whom.
    pub member: Option<Who>,
    /// Which room.
    pub room: Option<RoomId>,
    /// That room's name.
    pub room_name: Option<Title>,
    /// The appointment's time.
    pub appointment: Option<Timestamp>,
    /// Who said so.
    pub told_by: ToldBy,
    /// Whether this is the room that the patient expects.
    pub here: bool,
}

/// An entry of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// What is to do.
    pub label: Label,
    /// Whether it is done.
    pub done: bool,
    /// Not on this room's list: it was ticked in another room.
    pub elsewhere: bool,
}

impl Census {
    /// A visit as its room's members see it, or saw it last.
    pub(crate) fn row(&self, id: VisitId, rank: Option<u32>, now: Timestamp) -> Option<Row> {
        let (visit, card) = (self.visit(id)?.last()?, self.card(id)?);
        let room = self.last_room(visit.room);
        let zone = self.zone();
        let transferred = card.came_by.as_ref().map(|leg| leg.marked(self.clinic()));
        let note = |note: &Written| Written { by: note.by.marked(self.clinic()), ..note.clone() };
        Some(Row {
            visit: id,
            version: visit.version,
            rank,
            because: rank.map(|_| Because::read(visit, card, zone, now)),
            name: card.name.clone(),
            reason: card.reason.clone(),
            phone: card.phone.clone(),
            external_ref: card.external_ref.clone(),
            expected: self.expected(&card.arrival, visit.room),
            since_check_in: Clock::read(visit.check_in.at, now),
            in_room: Clock::read(visit.arrived_at, now),
            doing: self.doing(visit, card, now),
            presence: visit.presence,
            priority: visit.priority,
            level: room.map_or(Level::Fine, |room| Level::read(visit, room, now)),
            answer_by: transferred.as_ref().and_then(Sending::awaits_answer),
            transferred,
            came_back: card.came_back.as_ref().map(|back| back.marked(self.clinic())),
            checklist: checklist(visit, room),
            notes: card.notes.iter().map(note).collect(),
            carried_over_at: visit.carried_over_at,
            legs: visit.legs,
            calls: visit.calls,
            merged: card.merged.clone(),
        })
    }

    fn doing(&self, visit: &OpenVisit, card: &Card, now: Timestamp) -> Doing {
        let clock = Clock::read(visit.place.since(), now);
        match &visit.place {
            Place::Waiting { .. } => Doing::Waiting { clock },
            Place::InCall { call, member, .. } => {
                Doing::InCall { call: *call, with: Who::member(*member, self.clinic()), clock }
            }
            Place::OnHold { call, by, reason, .. } => {
                let held_by = card.held_by.as_ref().map(|who| who.marked(self.clinic()));
                let by = held_by.unwrap_or_else(|| Who::now(by, self.clinic()));
                Doing::OnHold { call: *call, by, reason: *reason, clock }
            }
        }
    }

    fn expected(&self, arrival: &Arrival, here: RoomId) -> Option<Expected> {
        match arrival {
            Arrival::DropIn => None,
            Arrival::Booked { member, room, appointment, told_by } => Some(Expected {
                member: member.map(|member| Who::member(member, self.clinic())),
                room: *room,
                room_name: room.and_then(|id| self.last_room(id)).map(|room| room.name.clone()),
                appointment: *appointment,
                told_by: *told_by,
                here: self.expects(arrival, here),
            }),
        }
    }

    /// Whether `id` is the room that a patient expects: the one named, or else one where the member
    /// serves whom the patient expects - her personal room, if she has one.
    pub(crate) fn expects(&self, arrival: &Arrival, id: RoomId) -> bool {
        let (member, room) = match arrival {
            Arrival::Booked { member, room, .. } => (*member, *room),
            Arrival::DropIn => return false,
        };
        match (room, member) {
            (Some(room), _) => room == id,
            (None, Some(member)) => match self.personal_room(member) {
                Some(personal) => personal == id,
                None => self.serving(id).any(|serving| serving == member),
            },
            (None, None) => false,
        }
    }

    fn personal_room(&self, member: MemberId) -> Option<RoomId> {
        let mut open = self.rooms().filter_map(|(id, room)| Some((id, room.open()?)));
        open.find(|(_, room)| room.kind == RoomKind::Personal(member)).map(|(id, _)| id)
    }
}

impl Doing {
    /// Since when it waits, not being on hold.
    pub(crate) fn waits_since(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting { clock } => Some(clock.since),
            Self::InCall { .. } | Self::OnHold { .. } => None,
        }
    }
}

impl Level {
    /// A wait counts from the end of the last call here, or else from the arrival.
    fn read(visit: &OpenVisit, room: &OpenRoom, now: Timestamp) -> Self {
        let waited = match &visit.place {
            Place::InCall { .. } => return Self::Fine,
            Place::Waiting { since } | Place::OnHold { since, .. } => now.since(*since),
        };
        if waited > room.policy.wait_late {
            Self::Late
        } else if waited > room.policy.wait_warn {
            Self::Warn
        } else {
            Self::Fine
        }
    }
}

/// The room's list, and behind it what was ticked in other rooms.
fn checklist(visit: &OpenVisit, room: Option<&OpenRoom>) -> Vec<Tick> {
    let labels = room.map_or(&[][..], |room| &room.checklist);
    let listed = labels.iter().map(|label| Tick {
        label: label.clone(),
        done: visit.ticked.contains(label),
        elsewhere: false,
    });
    let brought = visit.ticked.iter().filter(|label| !labels.contains(label));
    let brought = brought.map(|label| Tick { label: label.clone(), done: true, elsewhere: true });
    listed.chain(brought).collect()
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { .. } => f.write_str("waiting"),
            Self::InCall { with, clock, .. } => write!(f, "in call with {with} ({clock})"),
            Self::OnHold { by, reason: HoldReason::Paused, clock, .. } => {
                write!(f, "on hold by {by} ({clock})")
            }
            Self::OnHold { reason: HoldReason::MemberLost, clock, .. } => {
                write!(f, "on hold, member lost ({clock})")
            }
            Self::OnHold { reason: HoldReason::MemberDisabled, clock, .. } => {
                write!(f, "on hold, member disabled ({clock})")
            }
        }
    }
}
