//! The board of a room: what the members see who serve there.
//!
//! A row for everybody inside: first the queue in the order in which it will be served, each row
//! saying why it stands where it stands; then those in call. Above them the room itself: its door,
//! its members, and what deserves attention. The board is a question to the census, so it is always
//! of the census's position; whatever lasts is read at the `now` that the asker gives.

use clinic_domain::ids::{MemberId, Position, RoomId, VisitId};
use clinic_domain::room::{OpenRoom, Room};
use clinic_domain::text::{Notice, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{HoldReason, Reversal};
use serde::Serialize;

use crate::availability::{Availability, Headcount};
use crate::card::Return;
use crate::census::Census;
use crate::row::{Doing, Level, Row};

/// A room as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomBoard {
    /// The room.
    pub room: RoomId,
    /// Its name.
    pub name: Title,
    /// The position that the board reflects.
    pub position: Position,
    /// The instant at which it is read.
    pub now: Timestamp,
    /// What its door does at that instant.
    pub door: DoorState,
    /// Those who serve here, by name.
    pub members: Vec<Serving>,
    /// How many of them can do what.
    pub headcount: Headcount,
    /// How many have a rank.
    pub queue: usize,
    /// What deserves attention.
    pub alerts: Vec<Alert>,
    /// Everybody inside: the queue in order, then those in call.
    pub rows: Vec<Row>,
}

/// What a door does. It decides about check-ins only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorState {
    /// It lets people in.
    Open {
        /// Until its hours shut it, if it keeps any.
        until: Option<Timestamp>,
    },
    /// Its hours keep it shut.
    Shut {
        /// Until then, if it opens again.
        until: Option<Timestamp>,
    },
    /// It is suspended by hand.
    Suspended {
        /// What patients read.
        message: Notice,
    },
    /// The room is out of use for ever.
    Archived,
}

/// A member who serves in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Serving {
    /// Who.
    pub member: MemberId,
    /// Her name.
    pub name: Title,
    /// What she can do now.
    pub availability: Availability,
}

/// Something that deserves attention. It names visits, never patients: whoever shows it knows them from
/// the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// Closing time has passed, and they are still inside without anybody having decided it.
    ClosingTimePassed {
        /// When it was noted.
        at: Timestamp,
        /// Who.
        inside: Vec<VisitId>,
    },
    /// Nobody who may act serves here, though people are inside.
    NobodyServes {
        /// How many.
        inside: usize,
    },
    /// They have waited longer than the room finds right, and nobody is online.
    Unattended {
        /// Who.
        waiting: Vec<VisitId>,
    },
    /// A visit has come back here as often as the room wants to be told.
    KeepsReturning {
        /// Which.
        visit: VisitId,
        /// Which return it is.
        times: u32,
    },
    /// A visit that was sent away came back.
    CameBack {
        /// Which.
        visit: VisitId,
        /// Why.
        why: Reversal,
    },
    /// A visit is on hold because its member is gone.
    LostMember {
        /// Which.
        visit: VisitId,
        /// Why.
        why: HoldReason,
    },
}

impl Census {
    /// The board of a room at `now`; none for a room that nobody has opened.
    #[must_use]
    pub fn board(&self, room: RoomId, now: Timestamp) -> Option<RoomBoard> {
        let open = self.last_room(room)?;
        let queue = (1..).zip(self.queue(room)).map(|(rank, visit)| (Some(rank), visit));
        let in_call = self.in_call(room).into_iter().map(|visit| (None, visit));
        let rows: Vec<Row> =
            queue.chain(in_call).filter_map(|(rank, visit)| self.row(visit, rank, now)).collect();
        Some(RoomBoard {
            room,
            name: open.name.clone(),
            position: self.position(),
            now,
            door: self.door(room, now)?,
            members: self.serving_by_name(room),
            headcount: self.headcount(room),
            queue: self.queue_len(room),
            alerts: self.alerts(room, open, &rows),
            rows,
        })
    }

    /// What a room's door does at `now`.
    #[must_use]
    pub fn door(&self, room: RoomId, now: Timestamp) -> Option<DoorState> {
        let room = match self.room(room)? {
            Room::Unopened => return None,
            Room::Archived(_) => return Some(DoorState::Archived),
            Room::Open(room) => room,
        };
        if let Some(message) = room.suspended.clone() {
            return Some(DoorState::Suspended { message });
        }
        Some(match &room.hours {
            None => DoorState::Open { until: None },
            Some(hours) if hours.open_at(now) => DoorState::Open { until: hours.shuts_after(now) },
            Some(hours) => DoorState::Shut { until: hours.opens_after(now) },
        })
    }

    fn serving_by_name(&self, room: RoomId) -> Vec<Serving> {
        let line = |id| {
            let name = self.clinic().member(id)?.name.clone();
            Some(Serving { member: id, name, availability: self.availability(id) })
        };
        let mut members: Vec<Serving> = self.serving(room).filter_map(line).collect();
        members.sort_by(|a, b| (&a.name, a.member).cmp(&(&b.name, b.member)));
        members
    }

    fn alerts(&self, id: RoomId, room: &OpenRoom, rows: &[Row]) -> Vec<Alert> {
        let mut alerts = vec![];
        if let Some(at) = room.day_ended_at {
            let decided = |row: &Row| row.carried_over_at.is_some_and(|decided| decided >= at);
            // By the check-in: a visit that was sent away and is back has arrived later.
            let left_over = |row: &&Row| row.since_check_in.since <= at && !decided(row);
            let inside: Vec<VisitId> = rows.iter().filter(left_over).map(|row| row.visit).collect();
            if !inside.is_empty() {
                alerts.push(Alert::ClosingTimePassed { at, inside });
            }
        }
        if !rows.is_empty() && self.serving(id).next().is_none() {
            alerts.push(Alert::NobodyServes { inside: rows.len() });
        }
        let late = rows.iter().filter(|row| row.level > Level::Fine).map(|row| row.visit);
        let waiting: Vec<VisitId> = late.collect();
        if !waiting.is_empty() && self.headcount(id).connected() == 0 {
            alerts.push(Alert::Unattended { waiting });
        }
        alerts.extend(rows.iter().flat_map(|row| alerts_of(room, row)));
        alerts
    }
}

/// What one visit alerts its room to.
fn alerts_of(room: &OpenRoom, row: &Row) -> Vec<Alert> {
    let visit = row.visit;
    let times = row.transferred.as_ref().map_or(0, |leg| leg.returns);
    let returning = times > 0 && times >= room.policy.return_alert;
    let returning = returning.then_some(Alert::KeepsReturning { visit, times });
    // Until somebody goes on with it. An undo is the sender's own wish.
    let waits = |back: &&Return| row.doing.waits_since() == Some(back.at);
    let back = row.came_back.as_ref().filter(waits).map(|back| back.why);
    let back = back.filter(|why| *why != Reversal::Undone);
    let back = back.map(|why| Alert::CameBack { visit, why });
    let lost = match row.doing {
        Doing::OnHold { reason: why, .. } if why != HoldReason::Paused => {
            Some(Alert::LostMember { visit, why })
        }
        Doing::OnHold { .. } | Doing::Waiting { .. } | Doing::InCall { .. } => None,
    };
    [returning, back, lost].into_iter().flatten().collect()
}
