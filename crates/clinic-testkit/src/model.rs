//! A reference model of visits and boards: the rules of the workflow told a second time, as plainly
//! as possible, to compare the clinic with.
//!
//! It is a list of members, a list of rooms, a list of visits and a list of legs; every question is
//! answered by looking through them. It shares ids, texts, policies and opening hours with the domain,
//! and no rule: neither `decide` nor a fold. Three questions are asked of it:
//!
//! - [`Model::says`]: is this command granted, is it so already, or is it refused? And
//!   [`Model::foresees`]: by which events?
//! - [`Model::follow`]: may this event happen now, and is every fact in it the one that follows from
//!   what happened before? An event is believed in what somebody chose - which visit, which room, which
//!   reason - and in nothing else.
//! - [`Model::board`]: what do the members of a room see now? [`Model::compare`] holds the census to it,
//!   and [`Model::agrees`] the state on which commands are decided.
//!
//! # What it does not judge
//!
//! What an import tells is followed as it is told. Names, links, texts and notes are not looked at, and
//! what a room is set to - hours, policy, checklist, texts - is taken as it is set. A check-in in a log
//! does not tell which passcode was typed, and a call not whether it came by *call next*.
//!
//! # Where a rule is
//!
//! `rules` and `rules/*` say what is allowed, `facts` what an event must say, `follow` what changes,
//! `says` which rules a command asks, `foresee` which events grant it, and `board` what is seen. Each rule names its section of
//! the workflow.

mod board;
mod compare;
mod facts;
mod follow;
mod foresee;
mod house;
mod legs;
mod rules;
mod says;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Role, Status};
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Hours;
use clinic_domain::ids::{
    ClinicId, CommandId, MemberId, PasscodeId, PlaceVersion, Position, RoomId, TransferId, VisitId,
};
use clinic_domain::room::{ArrivalOrder, RoomKind, RoomPolicy};
use clinic_domain::text::Label;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::{CloseReason, Place, Presence, Priority, Reversal};

pub use board::{Board, Row, Sent};
pub use says::Says;

use crate::world::Answer;

/// The clinic as the model knows it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The last event followed, and its instant.
    position: Position,
    now: Timestamp,
    /// The command of the last event.
    command: Option<CommandId>,
    /// Granted commands, oldest first.
    answered: Vec<Remembered>,
    /// Once it is founded.
    clinic: Option<ClinicId>,
    /// An import founded it: history, closed to commands of today.
    history: bool,
    capabilities: BTreeSet<Capability>,
    members: BTreeMap<MemberId, Member>,
    rooms: BTreeMap<RoomId, Room>,
    /// All visits there ever were: the model forgets none.
    visits: BTreeMap<VisitId, Visit>,
    legs: BTreeMap<TransferId, Leg>,
}

#[derive(Clone, Debug)]
struct Remembered {
    id: CommandId,
    at: Timestamp,
    digest: u64,
}

#[derive(Clone, Debug)]
struct Member {
    role: Role,
    status: Status,
    presence: Presence,
}

#[derive(Clone, Debug)]
struct Room {
    kind: RoomKind,
    archived: bool,
    suspended: bool,
    assigned: BTreeSet<MemberId>,
    policy: RoomPolicy,
    hours: Option<Hours>,
    checklist: Vec<Label>,
    passcode: Option<PasscodeId>,
    /// Version of the texts on display.
    texts: u32,
    day_ended_at: Option<Timestamp>,
}

/// The instant and the position at which a visit joined a queue.
type Entry = (Timestamp, Position);

#[derive(Clone, Debug)]
struct Visit {
    tokens: Vec<TokenHash>,
    /// Where it checked in, and which texts were on display.
    door: (RoomId, u32),
    room: RoomId,
    place: Place,
    /// Counts changes of place, from 1.
    version: PlaceVersion,
    /// By which command it last changed its place.
    moved_by: CommandId,
    /// When it came to its room, this time.
    arrived_at: Timestamp,
    check_in: Entry,
    entry: Entry,
    priority: Priority,
    presence: Presence,
    /// The leg that an undo, a decline or an expiry would take back: the latest one, unless it was.
    latest: Option<TransferId>,
    /// The legs that brought it to where it is: those taken back are taken off.
    path: Vec<TransferId>,
    /// The leg that was taken back last, if that was the last move between rooms, and why.
    came_back: Option<(TransferId, Reversal)>,
    /// Every room it came to, by check-in or transfer, in order.
    arrivals: Vec<RoomId>,
    legs: u32,
    calls: u32,
    notes: u32,
    ticked: Vec<Label>,
    carried_over_at: Option<Timestamp>,
    /// Duplicates that were closed in favour of it.
    merged: Vec<VisitId>,
    /// Set while it is closed. All else is then as it was when it closed, and a reopening restores it.
    closed: Option<Closed>,
}

#[derive(Clone, Debug)]
struct Closed {
    reason: CloseReason,
    at: Timestamp,
    until: Timestamp,
}

/// A transfer.
#[derive(Clone, Debug)]
struct Leg {
    visit: VisitId,
    from: RoomId,
    to: RoomId,
    by: Actor,
    at: Timestamp,
    order: ArrivalOrder,
    answer_by: Option<Timestamp>,
    undo_until: Timestamp,
    returns: u32,
    /// The entry that the visit had before.
    entry: Entry,
    /// A call has started since.
    started: bool,
    /// What became of it, as follows from what became of the visit; nothing while an answer is awaited.
    outcome: Option<Outcome>,
    /// Whether its own stream has begun, and what it says became of it.
    requested: bool,
    told: Option<Outcome>,
}

/// What the model says otherwise, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Behind which event.
    pub position: Position,
    /// What differs.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at position {}: {}", self.position, self.what)
    }
}

impl std::error::Error for Difference {}

impl Model {
    /// The position of the last event followed.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Holds an answer to what the model had said of the command.
    ///
    /// # Errors
    /// The difference.
    pub fn expected(&self, says: Says, answer: &Answer) -> Result<(), Difference> {
        let fits = match (says, answer) {
            (Says::Granted, Ok(recorded)) => !recorded.is_empty(),
            (Says::Already, Ok(recorded)) => recorded.is_empty(),
            (Says::Refused(_), Ok(_)) | (Says::Granted | Says::Already, Err(_)) => false,
            (Says::Refused(_), Err(_)) => true,
        };
        let found = match answer {
            Ok(recorded) if recorded.is_empty() => String::from("is answered: it is so already"),
            Ok(recorded) => format!("is granted by {} events", recorded.len()),
            Err(refusal) => format!("is refused: {refusal}"),
        };
        if fits { Ok(()) } else { Err(self.differs(format!("expected: {says}; but it {found}"))) }
    }

    /// Holds what happened to what the model had foreseen.
    ///
    /// # Errors
    /// The first event that is another.
    pub fn happened(&self, foreseen: &[Event], recorded: &[Recorded]) -> Result<(), Difference> {
        let names = |events: &mut dyn Iterator<Item = &Event>| -> Vec<&'static str> {
            events.map(Event::name).collect()
        };
        let happened = names(&mut recorded.iter().map(|recorded| &recorded.event));
        let expected = names(&mut foreseen.iter());
        if happened != expected {
            return Err(self.differs(format!("{happened:?} happened, {expected:?} was foreseen")));
        }
        let pairs = recorded.iter().map(|recorded| &recorded.event).zip(foreseen);
        match pairs.into_iter().find(|(found, ours)| found != ours) {
            None => Ok(()),
            Some((found, ours)) => {
                Err(self.differs(format!("it says\n{found:?}\nand should say\n{ours:?}")))
            }
        }
    }

    fn differs(&self, what: impl Into<String>) -> Difference {
        Difference { position: self.position, what: what.into() }
    }
}

/// Looking things up.
impl Model {
    fn open(&self, visit: VisitId) -> Option<&Visit> {
        self.visits.get(&visit).filter(|visit| visit.closed.is_none())
    }

    /// Open visits in a room, in no order.
    fn inside(&self, room: RoomId) -> impl Iterator<Item = (VisitId, &Visit)> {
        let open = self.visits.iter().filter(|(_, visit)| visit.closed.is_none());
        open.filter(move |(_, visit)| visit.room == room).map(|(id, visit)| (*id, visit))
    }

    /// Those with a rank in a room: everybody but those in call; by priority, then by instant of entry,
    /// then by position of entry (section 5).
    fn queue(&self, room: RoomId) -> Vec<(VisitId, &Visit)> {
        let mut queue: Vec<_> =
            self.inside(room).filter(|(_, visit)| visit.in_call_with().is_none()).collect();
        queue.sort_by_key(|(id, visit)| (std::cmp::Reverse(visit.priority), visit.entry, *id));
        queue
    }

    fn call_of(&self, member: MemberId) -> Option<VisitId> {
        let mut open = self.visits.iter().filter(|(_, visit)| visit.closed.is_none());
        open.find(|(_, visit)| visit.in_call_with() == Some(member)).map(|(id, _)| *id)
    }

    /// The open visit of a token.
    fn visit_of(&self, token: TokenHash) -> Option<VisitId> {
        let mut open = self.visits.iter().filter(|(_, visit)| visit.closed.is_none());
        open.find(|(_, visit)| visit.tokens.contains(&token)).map(|(id, _)| *id)
    }

    fn is_active(&self, member: MemberId) -> bool {
        self.members.get(&member).is_some_and(|member| member.status == Status::Active)
    }

    fn is_online(&self, member: MemberId) -> bool {
        let connected = |member: &Member| member.presence == Presence::Online;
        self.is_active(member) && self.members.get(&member).is_some_and(connected)
    }

    /// Legs of a room's that wait for an answer elsewhere and would come back.
    fn may_come_back(&self, room: RoomId) -> bool {
        self.legs.values().any(|leg| leg.from == room && leg.outcome.is_none())
    }
}

impl Visit {
    fn in_call_with(&self) -> Option<MemberId> {
        match self.place {
            Place::InCall { member, .. } => Some(member),
            Place::Waiting { .. } | Place::OnHold { .. } => None,
        }
    }
}
