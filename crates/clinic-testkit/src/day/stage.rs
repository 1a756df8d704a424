//! From the numbers of a move to those who are there: the picks that all deeds share.

use clinic_domain::actor::{Actor, PolicyName, Right, TokenHash};
use clinic_domain::clinic::Member;
use clinic_domain::ids::{MemberId, PlaceVersion, RoomId, TransferId, VisitId};
use clinic_domain::room::{OpenRoom, Room};
use clinic_domain::state::ClinicState;
use clinic_domain::visit::{OpenVisit, PatientVisit};
use uuid::Uuid;

use super::cast::Cast;
use super::{Aim, Move};
use crate::world::World;

/// Nobody's and nothing's id.
pub(super) const STRANGER: Uuid = Uuid::from_u128(0x5_7a96e7);

/// How far back *any* visit or transfer is looked for.
const RECENT: usize = 60;

/// A move before the clinic that it is played in.
pub(super) struct Stage<'a> {
    pub(super) world: &'a World,
    pub(super) cast: &'a Cast,
    pub(super) step: Move,
}

impl<'a> Stage<'a> {
    pub(super) fn state(&self) -> &'a ClinicState {
        self.world.state()
    }

    /// One number of several in the manner of a move.
    pub(super) fn manner(&self, of: u8) -> u8 {
        self.step.how % of
    }

    /// A second number, nearly independent of the first.
    pub(super) fn nuance(&self, of: u8) -> u8 {
        (self.step.how / 16) % of
    }
}

/// Picking people.
impl Stage<'_> {
    pub(super) fn members(&self) -> Vec<(MemberId, &Member)> {
        let clinic = self.state().clinic().founded();
        // A crowded clinic has thousands; whoever plays a part is among the first or the last.
        let all = clinic.into_iter().flat_map(|clinic| &clinic.members);
        let mut members: Vec<_> = all.map(|(id, member)| (*id, member)).collect();
        if members.len() > 40 {
            let last = members.split_off(members.len().saturating_sub(20));
            members.truncate(20);
            members.extend(last);
        }
        members
    }

    /// A member that fits, or any; now and then one that there is not.
    pub(super) fn member(&self, n: u8, fits: impl Fn(MemberId, &Member) -> bool) -> MemberId {
        let members = self.members();
        let all = members.iter().map(|(id, _)| *id).chain([MemberId(STRANGER)]);
        let fitting = members.iter().filter(|(id, member)| fits(*id, member)).map(|(id, _)| *id);
        self.aimed(n, fitting, all).unwrap_or(MemberId(STRANGER))
    }

    /// Somebody with a right in a room; or anybody, if the move is aimed so or there is nobody.
    pub(super) fn entitled(&self, right: Right, room: Option<RoomId>) -> Actor {
        if self.step.by == Aim::Any {
            return self.anybody();
        }
        if self.state().is_history() {
            return Actor::Import;
        }
        match right {
            Right::Own => return Actor::Host,
            Right::Observe => return Actor::policy(PolicyName::Presence),
            Right::Serve | Right::Steer | Right::Administer => {}
        }
        let members = self.members().into_iter().map(|(id, _)| Actor::Member(id));
        let fitting: Vec<Actor> = members.filter(|actor| self.may(actor, right, room)).collect();
        let nobody = || if right == Right::Serve { self.anybody() } else { Actor::Host };
        pick(self.step.who, &fitting).unwrap_or_else(nobody)
    }

    pub(super) fn may(&self, actor: &Actor, right: Right, room: Option<RoomId>) -> bool {
        let room = room.and_then(|room| self.state().room(room)).and_then(Room::last);
        self.state().clinic().standing(actor, room.map(|room| &room.assigned)).may(right)
    }

    /// Whoever there is.
    pub(super) fn anybody(&self) -> Actor {
        let policies = PolicyName::ALL;
        let members = self.members().into_iter().map(|(id, _)| Actor::Member(id));
        let patients = self.cast.tokens.iter().rev().take(6).map(|token| Actor::Patient(*token));
        let others = [Actor::Host, Actor::Import, Actor::Member(MemberId(STRANGER))];
        let all = members.chain(patients).chain(others).chain(policies.map(Actor::policy));
        pick(self.step.who, &all.collect::<Vec<_>>()).unwrap_or(Actor::Host)
    }

    /// The token of a recent visit.
    pub(super) fn known_token(&self, n: u8) -> Option<TokenHash> {
        let recent: Vec<_> = self.cast.tokens.iter().rev().take(RECENT).copied().collect();
        pick(n, &recent)
    }

    /// Active members assigned to a room.
    pub(super) fn serving(&self, room: RoomId) -> Vec<MemberId> {
        let assigned = self.state().room(room).and_then(Room::open).map(|room| &room.assigned);
        let active = |id: &MemberId| self.state().clinic().member(*id).is_some_and(Member::active);
        assigned.into_iter().flatten().copied().filter(active).collect()
    }

    /// Those of them who are in no call.
    pub(super) fn free(&self, room: RoomId) -> Vec<MemberId> {
        let free = |id: &MemberId| self.state().call_of(*id).is_none();
        self.serving(room).into_iter().filter(free).collect()
    }
}

/// Picking rooms, visits and transfers.
impl Stage<'_> {
    /// A room in use that fits, or any of any state; now and then one that there is not.
    pub(super) fn room(&self, n: u8, fits: impl Fn(RoomId, &OpenRoom) -> bool) -> RoomId {
        let rooms = || self.state().rooms();
        let open = rooms().filter_map(|(id, room)| Some((id, room.open()?)));
        let fitting = open.filter(|(id, room)| fits(*id, room)).map(|(id, _)| id);
        let all = rooms().map(|(id, _)| id).chain([RoomId(STRANGER)]);
        self.aimed(n, fitting, all).unwrap_or(RoomId(STRANGER))
    }

    /// An open visit that fits, or any: closed ones, forgotten ones, one that there never was.
    pub(super) fn visit(&self, n: u8, fits: impl Fn(VisitId, &OpenVisit) -> bool) -> VisitId {
        let open = self.open_visits().into_iter();
        let fitting = open.filter(|(id, visit)| fits(*id, visit)).map(|(id, _)| id);
        self.aimed(n, fitting, self.any_visits().into_iter()).unwrap_or(VisitId(STRANGER))
    }

    pub(super) fn any_visits(&self) -> Vec<VisitId> {
        let recent = self.cast.visits.iter().rev().take(RECENT).copied();
        [VisitId(STRANGER)].into_iter().chain(recent).collect()
    }

    pub(super) fn open_visits(&self) -> Vec<(VisitId, &OpenVisit)> {
        let visits = self.state().visits();
        visits.filter_map(|(id, visit)| Some((id, visit.open()?))).collect()
    }

    pub(super) fn room_of(&self, visit: VisitId) -> Option<RoomId> {
        self.state().visit(visit).and_then(PatientVisit::last).map(|visit| visit.room)
    }

    /// A transfer that fits, with its visit; or any.
    pub(super) fn transfer(
        &self,
        n: u8,
        fits: impl Fn(TransferId, VisitId) -> bool,
    ) -> (TransferId, VisitId) {
        let recent = || self.cast.transfers.iter().rev().take(RECENT).copied();
        let fitting = recent().filter(|(id, visit)| fits(*id, *visit));
        let nothing = (TransferId(STRANGER), VisitId(STRANGER));
        self.aimed(n, fitting, recent().chain([nothing])).unwrap_or(nothing)
    }

    /// What a screen shows of a visit's place: mostly the truth.
    pub(super) fn seen(&self, visit: VisitId) -> Option<PlaceVersion> {
        let now = self.state().visit(visit).and_then(PatientVisit::open)?.version;
        match self.nuance(16) {
            0..=5 => None,
            6 => Some(PlaceVersion(now.0.saturating_sub(1))),
            _ => Some(now),
        }
    }

    /// Whether there is a transfer that fits.
    pub(super) fn any_transfer(&self, fits: impl Fn(TransferId, VisitId) -> bool) -> bool {
        self.cast.transfers.iter().rev().take(RECENT).any(|(id, visit)| fits(*id, *visit))
    }

    fn aimed<T: Clone>(
        &self,
        n: u8,
        likely: impl Iterator<Item = T>,
        any: impl Iterator<Item = T>,
    ) -> Option<T> {
        let likely: Vec<T> = match self.step.about {
            Aim::Likely => likely.collect(),
            Aim::Any => vec![],
        };
        pick(n, &likely).or_else(|| pick(n, &any.collect::<Vec<T>>()))
    }
}

/// The `n`-th, counted around.
pub(super) fn pick<T: Clone>(n: u8, from: &[T]) -> Option<T> {
    let n = usize::from(n).checked_rem(from.len())?;
    from.get(n).cloned()
}
