//! What is seen: the board of a room, as it follows from the lists.

use clinic_domain::actor::Actor;
use clinic_domain::ids::{CallId, MemberId, PlaceVersion, RoomId, TransferId, VisitId};
use clinic_domain::room::ArrivalOrder;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{HoldReason, Place, Presence, Priority, Reversal};
use clinic_projections::availability::Headcount;
use clinic_projections::board::RoomBoard;
use clinic_projections::row::{self, Doing, Level};
use clinic_projections::who::Who;

use super::{Leg, Model, Visit};

/// A room as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// How many have a rank.
    pub queue: usize,
    /// Who serves here and can do what.
    pub headcount: Headcount,
    /// The queue in order, then those in call, the longest call first.
    pub rows: Vec<Row>,
}

/// A visit, as the members of its room see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The visit.
    pub visit: VisitId,
    /// Changes of place.
    pub version: PlaceVersion,
    /// Its number in the queue; none in call.
    pub rank: Option<u32>,
    /// What it is doing, since when, with whom or held by whom.
    pub doing: &'static str,
    /// The call.
    pub call: Option<CallId>,
    /// With whom it is in call, or which member put it on hold.
    pub with: Option<MemberId>,
    /// Why it is on hold.
    pub held: Option<HoldReason>,
    /// Since when it does that.
    pub since: Timestamp,
    /// Since its check-in, whatever happened.
    pub since_check_in: Timestamp,
    /// In this room, this time.
    pub in_room: Timestamp,
    /// Whether the patient is connected.
    pub presence: Presence,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether it waits too long.
    pub level: Level,
    /// The transfer that brought it.
    pub sent: Option<Sent>,
    /// Until when an answer is awaited.
    pub answer_by: Option<Timestamp>,
    /// The transfer that took it away and was taken back, if that was the last move, and why.
    pub came_back: Option<(TransferId, Reversal)>,
    /// Ticked labels.
    pub ticked: usize,
    /// Notes.
    pub notes: usize,
    /// Transfers so far.
    pub legs: u32,
    /// Calls so far.
    pub calls: u32,
    /// The last decision to carry it over.
    pub carried_over_at: Option<Timestamp>,
    /// Its duplicates.
    pub merged: Vec<VisitId>,
}

/// A transfer, as the target's members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub transfer: TransferId,
    /// From where.
    pub from: RoomId,
    /// To where.
    pub to: RoomId,
    /// By which member.
    pub by: Option<MemberId>,
    /// When.
    pub at: Timestamp,
    /// Where it put the visit in the queue.
    pub order: ArrivalOrder,
    /// How often the visit had been here.
    pub returns: u32,
}

impl Model {
    /// The board of a room; none if there is no such room.
    #[must_use]
    pub fn board(&self, room: RoomId, now: Timestamp) -> Option<Board> {
        self.rooms.get(&room)?;
        let queue = self.queue(room);
        let mut calls: Vec<_> =
            self.inside(room).filter(|(_, visit)| visit.in_call_with().is_some()).collect();
        calls.sort_by_key(|(id, visit)| (visit.place.since(), *id));
        let ranked =
            (1..).zip(&queue).map(|(rank, (id, visit))| self.row(*id, visit, Some(rank), now));
        let in_call = calls.iter().map(|(id, visit)| self.row(*id, visit, None, now));
        Some(Board {
            queue: queue.len(),
            headcount: self.headcount(room),
            rows: ranked.chain(in_call).collect(),
        })
    }

    /// Her number in the queue.
    pub(super) fn rank(&self, visit: VisitId) -> Option<u32> {
        let queue = self.queue(self.open(visit)?.room);
        (1..).zip(queue).find(|(_, (id, _))| *id == visit).map(|(rank, _)| rank)
    }

    pub(super) fn headcount(&self, room: RoomId) -> Headcount {
        let mut count = Headcount::default();
        let assigned = self.rooms.get(&room).into_iter().flat_map(|room| &room.assigned);
        for member in assigned.filter(|member| self.is_active(**member)) {
            match (self.is_online(*member), self.call_of(*member)) {
                (true, None) => count.online += 1,
                (true, Some(_)) => count.on_another_call += 1,
                (false, _) => count.away += 1,
            }
        }
        count
    }

    fn row(&self, id: VisitId, visit: &Visit, rank: Option<u32>, now: Timestamp) -> Row {
        let (doing, call, with, held) = match &visit.place {
            Place::Waiting { .. } => ("waiting", None, None, None),
            Place::InCall { call, member, .. } => ("in call", Some(*call), Some(*member), None),
            Place::OnHold { call, by, reason, .. } => {
                ("on hold", Some(*call), member(by), Some(*reason))
            }
        };
        let last = visit.path.last().and_then(|id| Some((id, self.legs.get(id)?)));
        Row {
            visit: id,
            version: visit.version,
            rank,
            doing,
            call,
            with,
            held,
            since: visit.place.since(),
            since_check_in: visit.check_in.0,
            in_room: visit.arrived_at,
            presence: visit.presence,
            priority: visit.priority,
            level: self.level(visit, now),
            sent: last.map(|(id, leg)| sent(*id, leg)),
            answer_by: last.and_then(|(_, leg)| leg.answer_by.filter(|_| leg.told.is_none())),
            came_back: visit.came_back,
            ticked: visit.ticked.len(),
            notes: usize::try_from(visit.notes).unwrap_or(usize::MAX),
            legs: visit.legs,
            calls: visit.calls,
            carried_over_at: visit.carried_over_at,
            merged: visit.merged.clone(),
        }
    }

    /// A wait counts from the end of the last call here, or else from the arrival.
    fn level(&self, visit: &Visit, now: Timestamp) -> Level {
        let Some(room) = self.rooms.get(&visit.room) else { return Level::Fine };
        let waited = now.since(visit.place.since());
        if visit.in_call_with().is_some()
            || waited <= room.policy.wait_warn.min(room.policy.wait_late)
        {
            Level::Fine
        } else if waited > room.policy.wait_late {
            Level::Late
        } else {
            Level::Warn
        }
    }
}

fn member(by: &Actor) -> Option<MemberId> {
    match by {
        Actor::Member(member) => Some(*member),
        Actor::Patient(_) | Actor::Policy { .. } | Actor::Import | Actor::Host => None,
    }
}

fn sent(transfer: TransferId, leg: &Leg) -> Sent {
    Sent {
        transfer,
        from: leg.from,
        to: leg.to,
        by: member(&leg.by),
        at: leg.at,
        order: leg.order,
        returns: leg.returns,
    }
}

/// The census's board in the model's words.
impl From<&RoomBoard> for Board {
    fn from(board: &RoomBoard) -> Self {
        Self {
            queue: board.queue,
            headcount: board.headcount,
            rows: board.rows.iter().map(Row::from).collect(),
        }
    }
}

impl From<&row::Row> for Row {
    fn from(row: &row::Row) -> Self {
        let (doing, call, with, held, clock) = match &row.doing {
            Doing::Waiting { clock } => ("waiting", None, None, None, clock),
            Doing::InCall { call, with, clock } => {
                ("in call", Some(*call), shown(with), None, clock)
            }
            Doing::OnHold { call, by, reason, clock } => {
                ("on hold", Some(*call), shown(by), Some(*reason), clock)
            }
        };
        Self {
            visit: row.visit,
            version: row.version,
            rank: row.rank,
            doing,
            call,
            with,
            held,
            since: clock.since,
            since_check_in: row.since_check_in.since,
            in_room: row.in_room.since,
            presence: row.presence,
            priority: row.priority,
            level: row.level,
            sent: row.transferred.as_ref().map(|leg| Sent {
                transfer: leg.transfer,
                from: leg.from,
                to: leg.to,
                by: shown(&leg.by),
                at: leg.at,
                order: leg.order,
                returns: leg.returns,
            }),
            answer_by: row.answer_by,
            came_back: row.came_back.as_ref().map(|back| (back.sending.transfer, back.why)),
            ticked: row.checklist.iter().filter(|tick| tick.done).count(),
            notes: row.notes.len(),
            legs: row.legs,
            calls: row.calls,
            carried_over_at: row.carried_over_at,
            merged: row.merged.clone(),
        }
    }
}

fn shown(who: &Who) -> Option<MemberId> {
    match who {
        Who::Member { id, .. } => Some(*id),
        Who::Patient | Who::Policy { .. } | Who::Import | Who::Host => None,
    }
}
