//! What a desk shows, read at one position of the log and opened.

use std::cmp::Reverse;

use clinic_domain::clinic::Capability;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{RoomId, TransferId, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::room::Room;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{PatientVisit, Place};
use clinic_engine::Engine;
use clinic_projections::board::RoomBoard;
use clinic_projections::census::Census;
use clinic_projections::one::OneVisit;
use clinic_projections::sent::{Sent, Whereabouts};
use clinic_projections::who::Who;
use uuid::Uuid;

use super::super::signed::Signed;
use super::{Look, query};
use crate::access::Noted;
use crate::clinic::{look, sees_board};
use crate::{Http, Problem};

/// A desk.
pub(super) struct Desk {
    pub(super) now: Timestamp,
    pub(super) zone: Option<Zone>,
    /// The boards of the rooms that she serves, by name; and of one that she only looks at.
    pub(super) boards: Vec<RoomBoard>,
    /// The rooms where she is assigned.
    pub(super) serves: Vec<RoomId>,
    /// Rooms whose boards she may see, and does not.
    pub(super) others: Vec<(RoomId, String)>,
    /// The visit that she is in call with, wherever it is.
    pub(super) call: Option<OneVisit>,
    /// What she has sent, the latest first, and what others have sent from here that she may take back.
    pub(super) sent: Vec<SentLine>,
    /// What has closed here and may be reopened, the latest first.
    pub(super) closed: Vec<(VisitId, OneVisit)>,
    may_transfer: bool,
    may_pause: bool,
}

/// A visit that was sent, and until when she may take it back.
pub(super) struct SentLine {
    pub(super) sent: Sent,
    /// Who sent it, if it was somebody else.
    pub(super) by: Option<String>,
    pub(super) to_name: String,
    pub(super) undo_until: Option<Timestamp>,
}

impl HoldsPersonal for Desk {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        for board in &mut self.boards {
            board.each_personal(look);
        }
        for line in &mut self.sent {
            line.sent.each_personal(look);
        }
        for (_, visit) in &mut self.closed {
            visit.each_personal(look);
        }
        if let Some(call) = &mut self.call {
            call.each_personal(look);
        }
    }
}

impl Desk {
    /// The desk as it is now, with what is personal opened.
    pub(super) async fn read(
        http: &Http,
        signed: &Signed,
        also: Option<RoomId>,
    ) -> Result<Self, Problem> {
        let (clinic, caller, now) = (signed.clinic, signed.caller(), http.engine.now());
        let desk = look(http, caller, clinic, None, |views| {
            Some(Self::of(&views.census, signed, also, now))
        });
        http.engine.open(clinic, desk.await?).await.map_err(Problem::full)
    }

    fn of(census: &Census, signed: &Signed, also: Option<RoomId>, now: Timestamp) -> Self {
        let caller = signed.caller();
        let open = census.rooms().filter_map(|(id, room)| Some((id, Room::open(room)?)));
        let serves: Vec<RoomId> = open
            .filter(|(_, room)| room.assigned.contains(&signed.member))
            .map(|(id, _)| id)
            .collect();
        let sees = |id: &RoomId| sees_board(census, caller, *id);
        let shown =
            serves.iter().copied().chain(also.filter(|id| !serves.contains(id) && sees(id)));
        let mut boards: Vec<RoomBoard> = shown.filter_map(|id| census.board(id, now)).collect();
        for board in &mut boards {
            // Calls first: so the first of the queue stays where she is when her call starts.
            board.rows.sort_by_key(|row| row.rank.is_some());
        }
        boards.sort_by(|a, b| (&a.name, a.room).cmp(&(&b.name, b.room)));
        let shown: Vec<RoomId> = boards.iter().map(|board| board.room).collect();
        let call = census.call_of(signed.member);
        Self {
            now,
            zone: census.zone().cloned(),
            others: others(census, |id| sees(id) && !shown.contains(id)),
            call: call.and_then(|visit| census.one_visit(visit, now)),
            sent: sent(census, signed, &serves, now),
            closed: closed(census, &shown, now),
            boards,
            serves,
            may_transfer: census.clinic().can(Capability::Transfer),
            may_pause: census.clinic().can(Capability::Pause),
        }
    }

    /// What of it tells of people, each to be recorded once: boards as `board` says.
    pub(super) fn told(&self, board: fn(RoomId) -> Noted) -> Vec<Noted> {
        let boards = self.boards.iter().map(|one| board(one.room));
        let sent = (!self.sent.is_empty()).then_some(Noted::Sent);
        let elsewhere = |call: &&OneVisit| self.boards.iter().all(|board| board.room != call.room);
        let call = self.call.as_ref().filter(elsewhere).map(|call| Noted::Visit(call.row.visit));
        boards.chain(sent).chain(call).collect()
    }

    /// How it is rendered for its member.
    pub(super) fn look<'l>(
        &'l self,
        signed: &Signed,
        also: Option<Uuid>,
        once: Option<&'l Engine>,
    ) -> Look<'l> {
        Look {
            clinic: signed.clinic.0,
            call: self.call.as_ref().map(|call| call.row.visit),
            zone: self.zone.as_ref(),
            now: self.now,
            may_transfer: self.may_transfer,
            may_pause: self.may_pause,
            back: format!("/desk{}", query(also)),
            once,
        }
    }
}

fn others(census: &Census, other: impl Fn(&RoomId) -> bool) -> Vec<(RoomId, String)> {
    let open = census.rooms().filter_map(|(id, room)| Some((id, Room::open(room)?)));
    let mut others: Vec<_> =
        open.filter(|(id, _)| other(id)).map(|(id, room)| (id, room.name.to_string())).collect();
    others.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    others
}

fn sent(census: &Census, signed: &Signed, serves: &[RoomId], now: Timestamp) -> Vec<SentLine> {
    let name = |room| census.room(room).and_then(Room::last).map(|room| room.name.clone());
    let to_name = |sent: &Sent| name(sent.to).map(|name| name.to_string()).unwrap_or_default();
    let hers = census.sent_by(signed.member).into_iter().map(|sent| SentLine {
        by: None,
        undo_until: undo_until(census, sent.visit, sent.transfer, now),
        to_name: to_name(&sent),
        sent,
    });
    let from_here = census.visits().filter_map(|(visit, _, card)| {
        let leg = card.came_by.as_ref().filter(|leg| serves.contains(&leg.from))?;
        let undo_until = undo_until(census, visit, leg.transfer, now)?;
        let hers = matches!(leg.by, Who::Member { id, .. } if id == signed.member);
        let there = Whereabouts::Waiting { room: leg.to, name: name(leg.to) };
        let sent = Sent {
            transfer: leg.transfer,
            visit,
            name: card.name.clone(),
            from: leg.from,
            to: leg.to,
            at: leg.at,
            outcome: leg.outcome,
            now: Some(there),
        };
        let line = |sent| SentLine {
            by: Some(leg.by.to_string()),
            undo_until: Some(undo_until),
            to_name: to_name(&sent),
            sent,
        };
        (!hers).then(|| line(sent))
    });
    let mut lines: Vec<SentLine> = hers.chain(from_here).collect();
    lines.sort_by_key(|line| Reverse(line.sent.at));
    lines
}

/// Until when a transfer may be undone: the latest leg of a visit that nobody has begun with.
fn undo_until(
    census: &Census,
    visit: VisitId,
    transfer: TransferId,
    now: Timestamp,
) -> Option<Timestamp> {
    let open = census.visit(visit)?.open()?;
    let leg = census.card(visit)?.came_by.as_ref()?;
    let waits = match open.place {
        Place::Waiting { .. } => open.room == leg.to,
        Place::InCall { .. } | Place::OnHold { .. } => false,
    };
    (waits && leg.transfer == transfer && leg.undo_until > now).then_some(leg.undo_until)
}

/// Visits of these rooms that may be reopened.
fn closed(census: &Census, rooms: &[RoomId], now: Timestamp) -> Vec<(VisitId, OneVisit)> {
    let closed = census.visits().filter_map(|(id, visit, _)| match visit {
        PatientVisit::Closed(closed) => Some((id, closed)),
        PatientVisit::Unknown | PatientVisit::Open(_) => None,
    });
    let here =
        closed.filter(|(_, closed)| closed.reopen_until > now && rooms.contains(&closed.last.room));
    let mut here: Vec<_> = here.map(|(id, closed)| (closed.at, id)).collect();
    here.sort_unstable_by(|a, b| b.cmp(a));
    here.into_iter().filter_map(|(_, id)| Some((id, census.one_visit(id, now)?))).collect()
}
