//! One visit by itself: where it is, as the members of that room see it, and how it ended if it has.

use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Note, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{CloseReason, PatientVisit};
use serde::Serialize;

use crate::census::Census;
use crate::ending::Ending;
use crate::row::Row;

/// A visit, and where it is or last was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OneVisit {
    /// The room that it is in, or was in when it closed.
    pub room: RoomId,
    /// That room's name.
    pub room_name: Option<Title>,
    /// As the members of that room see it, or saw it when it closed.
    pub row: Row,
    /// How it ended; none while it is open.
    pub over: Option<Over>,
}

/// How a visit ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Over {
    /// In a word.
    pub reason: Ending,
    /// Why it was removed, for members.
    pub why: Option<Personal<Note>>,
    /// When.
    pub at: Timestamp,
    /// Until when it may be reopened.
    pub reopen_until: Timestamp,
    /// The visit that goes on, if it was a duplicate.
    pub into: Option<VisitId>,
}

impl Census {
    /// A visit that is open, or closed and still held: who has closed for longer stands in her timeline.
    #[must_use]
    pub fn one_visit(&self, id: VisitId, now: Timestamp) -> Option<OneVisit> {
        let visit = self.visit(id)?;
        let room = visit.last()?.room;
        let over = over(visit);
        let mut queue = (1..).zip(self.queue(room));
        let rank = queue.find(|(_, other)| *other == id).map(|(rank, _)| rank);
        let read_at = over.as_ref().map_or(now, |over| over.at);
        let row = self.row(id, rank, read_at)?;
        let room_name = self.last_room(room).map(|room| room.name.clone());
        Some(OneVisit { room, room_name, row, over })
    }
}

fn over(visit: &PatientVisit) -> Option<Over> {
    let closed = match visit {
        PatientVisit::Closed(closed) => closed,
        PatientVisit::Open(_) | PatientVisit::Unknown => return None,
    };
    let why = match &closed.reason {
        CloseReason::Removed { why } => Some(why.clone()),
        CloseReason::Completed
        | CloseReason::Left
        | CloseReason::NoShow
        | CloseReason::EndOfDay
        | CloseReason::Merged { .. } => None,
    };
    Some(Over {
        reason: Ending::from(&closed.reason),
        why,
        at: closed.at,
        reopen_until: closed.reopen_until,
        into: closed.reason.survivor(),
    })
}
