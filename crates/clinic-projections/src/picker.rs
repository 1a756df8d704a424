//! The picker: where a visit can be sent. It offers exactly the rooms to which a transfer would be
//! granted now, to somebody entitled to send it, each with what a sender should know.

use clinic_domain::clinic::{Capability, Member};
use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::limits;
use clinic_domain::room::{Room, RoomKind, Warning};
use clinic_domain::text::Title;
use clinic_domain::time::{Millis, Timestamp};
use serde::Serialize;

use crate::availability::Headcount;
use crate::census::Census;

/// A room that would take a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransferTarget {
    /// The room.
    pub room: RoomId,
    /// Its name.
    pub name: Title,
    /// The clinic's, or one member's.
    pub kind: RoomKind,
    /// The patient expects this room.
    pub expected: bool,
    /// How many of its members can do what.
    pub headcount: Headcount,
    /// How many have a rank there.
    pub queue: usize,
    /// How long it may accept or decline, if it asks for that.
    pub accept_window: Option<Millis>,
    /// What the sender should know.
    pub warnings: Vec<Warning>,
}

impl Census {
    /// The rooms to which a transfer of `visit` would be granted at `now`: the expected one first,
    /// then by name. None for a visit that is not open, or if the clinic may not transfer.
    #[must_use]
    pub fn transfer_targets(&self, visit: VisitId, now: Timestamp) -> Vec<TransferTarget> {
        let (Some(open), Some(card)) = (self.open_visit(visit), self.card(visit)) else {
            return vec![];
        };
        let moves = open.version.0 < limits::PLACE_CHANGES;
        let may = self.clinic().can(Capability::Transfer) && !self.clinic().is_history();
        if !moves || !may {
            return vec![];
        }
        let others = self.rooms().filter(|(id, _)| *id != open.room);
        let mut targets: Vec<TransferTarget> = others
            .filter_map(|(id, room)| {
                let expected = self.expects(&card.arrival, id);
                self.target(id, room, expected, now)
            })
            .collect();
        targets.sort_by(|a, b| {
            let (first, second) = ((!a.expected, &a.name, a.room), (!b.expected, &b.name, b.room));
            first.cmp(&second)
        });
        targets
    }

    fn target(
        &self,
        id: RoomId,
        room: &Room,
        expected: bool,
        now: Timestamp,
    ) -> Option<TransferTarget> {
        let open = room.open()?;
        let owner_active = match open.kind {
            RoomKind::Shared => true,
            RoomKind::Personal(member) => self.clinic().member(member).is_some_and(Member::active),
        };
        let (queue, headcount) = (self.queue_len(id), self.headcount(id));
        let online = headcount.connected() > 0;
        let windows = self.clinic().can(Capability::AcceptWindow);
        let answer = room.receive(now, queue, owner_active, online, windows).ok()?;
        Some(TransferTarget {
            room: id,
            name: open.name.clone(),
            kind: open.kind,
            expected,
            headcount,
            queue,
            accept_window: answer.accept_window,
            warnings: answer.warnings,
        })
    }
}
