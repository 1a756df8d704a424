//! Deeds about rooms.

use std::collections::BTreeMap;

use clinic_domain::actor::{Actor, Right};
use clinic_domain::clinic::Member;
use clinic_domain::command::Action;
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::ids::{MemberId, PasscodeId, RoomId};
use clinic_domain::limits;
use clinic_domain::room::{ArrivalOrder, Room, RoomKind, RoomPolicy, Texts};
use clinic_domain::text::{Label, LinkTemplate, Slug};
use clinic_domain::time::{Millis, Timestamp};
use uuid::Uuid;

use super::Deed;
use super::clinic::zone;
use super::stage::{Stage, pick};
use crate::words;

const NAMES: [&str; 6] = ["Reception", "Triage", "Lab", "Dermatology", "Dr Bell", "Dr Cruz"];
pub(super) const LABELS: [&str; 5] = ["paperwork", "payment", "rebook", "consent", "vitals"];

impl Stage<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other deeds are elsewhere")]
    pub(super) fn about_room(&self, deed: Deed) -> Option<(Actor, Action)> {
        let action = match deed {
            Deed::OpenRoom => self.open_room(),
            Deed::RenameRoom => Action::RenameRoom(
                self.any_room(),
                words::title(NAMES[usize::from(self.step.other) % NAMES.len()]),
            ),
            Deed::ChangeSlug => Action::ChangeSlug(self.any_room(), self.slug()),
            Deed::AssignMember => self.assign(),
            Deed::UnassignMember => self.unassign(),
            Deed::SetTexts => Action::SetTexts(self.any_room(), self.texts()),
            Deed::SetHours => Action::SetHours(self.any_room(), self.hours()),
            Deed::SetPolicy => {
                let room = self.any_room();
                Action::SetPolicy(room, Box::new(self.room_policy(room)))
            }
            Deed::SetChecklist => Action::SetChecklist(self.any_room(), self.checklist()),
            Deed::SetPasscode => Action::SetPasscode(self.any_room(), self.passcode()),
            Deed::SuspendRoom => {
                Action::SuspendRoom(self.any_room(), words::notice("Back in half an hour."))
            }
            Deed::LiftSuspension => Action::LiftSuspension(
                self.room(self.step.what, |_, room| room.suspended.is_some()),
            ),
            Deed::ArchiveRoom => Action::ArchiveRoom(self.empty_room()),
            _ => return None,
        };
        Some((self.entitled(Right::Administer, None), action))
    }

    pub(super) fn any_room(&self) -> RoomId {
        self.room(self.step.what, |_, _| true)
    }

    /// An empty room, as long as two stay in use.
    fn empty_room(&self) -> RoomId {
        let open = self.state().rooms().filter(|(_, room)| room.open().is_some()).count();
        let empty = |id: RoomId| open > 2 && self.state().inside(id).is_empty();
        self.room(self.step.what, |id, _| empty(id))
    }

    fn open_room(&self) -> Action {
        let has = |member: MemberId| {
            let kind = RoomKind::Personal(member);
            self.state().rooms().any(|(_, room)| room.open().is_some_and(|room| room.kind == kind))
        };
        let kind = match self.manner(4) {
            0 | 1 => RoomKind::Shared,
            2 => RoomKind::Personal(self.member(self.step.what, |id, m| m.active() && !has(id))),
            _ => RoomKind::Personal(self.member(self.step.what, |id, _| has(id))),
        };
        let name = words::title(NAMES[usize::from(self.step.other) % NAMES.len()]);
        Action::OpenRoom { kind, name, slug: self.slug(), external_ref: None }
    }

    /// A new link, mostly; else one that leads, or led, somewhere.
    fn slug(&self) -> Slug {
        let links = self
            .state()
            .rooms()
            .filter_map(|(_, room)| room.last())
            .flat_map(|room| std::iter::once(&room.slug).chain(&room.retired).cloned());
        let taken = pick(self.step.other, &links.collect::<Vec<_>>());
        let new = words::slug(&format!("room-{}", self.world.head()));
        if self.nuance(5) == 0 { taken.unwrap_or(new) } else { new }
    }

    fn assign(&self) -> Action {
        let room = self.any_room();
        let assigned = self.state().room(room).and_then(Room::open).map(|room| &room.assigned);
        let new = |id| !assigned.is_some_and(|assigned| assigned.contains(&id));
        let fits = |id, member: &Member| member.active() && new(id);
        Action::AssignMember(room, self.member(self.step.other, fits))
    }

    fn unassign(&self) -> Action {
        let room = self.any_room();
        let assigned = self.state().room(room).and_then(Room::open).map(|room| &room.assigned);
        let there = |id| assigned.is_some_and(|assigned| assigned.contains(&id));
        Action::UnassignMember(room, self.member(self.step.other, |id, _| there(id)))
    }

    fn texts(&self) -> Texts {
        let text = |what: &str, on: bool| {
            on.then(|| words::notice(&format!("{what} {}", self.step.other)))
        };
        Texts {
            welcome: text("Welcome", true),
            office_hours: text("Open until", self.manner(2) == 0),
            emergency: text("In an emergency call", self.manner(3) == 0),
        }
    }

    fn hours(&self) -> Option<Hours> {
        // Three in four are no hours at all, so that doors are mostly open.
        let kind = self.manner(32);
        if !(7..=16).contains(&kind) {
            return None;
        }
        Some(hours(kind, zone(self.step.other), self.world.now()))
    }

    /// The room's policy with one thing changed, now and then beyond its limit.
    fn room_policy(&self, room: RoomId) -> RoomPolicy {
        let now = self.state().room(room).and_then(Room::last).map(|room| room.policy.clone());
        let policy = now.unwrap_or_default();
        let n = self.step.other;
        let some = |minutes| Some(Millis::minutes(minutes));
        match self.manner(16) {
            0..=3 => RoomPolicy::default(),
            4 => RoomPolicy { accept_window: some(2 + u64::from(n % 10)), ..policy },
            5 => RoomPolicy { accept_window: None, ..policy },
            6 => RoomPolicy { arrivals: ArrivalOrder::BackOfQueue, ..policy },
            7 => RoomPolicy { queue_limit: u32::from(n % 4), ..policy },
            8 => RoomPolicy { consent: Some(u32::from(n % 3)), ..policy },
            9 => RoomPolicy { undo_window: Millis::seconds(u64::from(n)), ..policy },
            10 => RoomPolicy { reopen_window: Millis::seconds(u64::from(n)), ..policy },
            11 => RoomPolicy {
                undo_window: limits::WINDOW_MAX,
                reopen_window: limits::WINDOW_MAX,
                ..policy
            },
            12 => RoomPolicy { no_show_after: some(u64::from(n % 20)), ..policy },
            13 => RoomPolicy { queue_limit: limits::QUEUE_MAX + 1, ..policy },
            14 => RoomPolicy { undo_window: limits::WINDOW_MAX.plus(Millis(1)), ..policy },
            _ => RoomPolicy {
                call_link: LinkTemplate::parse("https://meet.example/{call}").ok(),
                ..policy
            },
        }
    }

    fn checklist(&self) -> Vec<Label> {
        if self.manner(8) == 0 {
            return (0..=limits::CHECKLIST_LABELS)
                .map(|n| words::label(&format!("{n}.")))
                .collect();
        }
        let length = usize::from(self.step.other) % (LABELS.len() + 1);
        LABELS.iter().take(length).map(|label| words::label(label)).collect()
    }

    fn passcode(&self) -> Option<PasscodeId> {
        let id = PasscodeId(Uuid::from_u128(u128::from(self.step.other % 4)));
        (self.manner(3) == 0).then_some(id)
    }
}

/// Hours of a kind; from 12 on they make no sense.
pub(super) fn hours(kind: u8, zone: Zone, now: Timestamp) -> Hours {
    let at = |from: u16, until: u16| Interval { from: from * 60, until: until * 60 };
    let office = || vec![vec![at(8, 12), at(13, 17)]; 7];
    let (week, days_off) = match kind {
        7 | 8 => (office(), 0),
        9 => (vec![vec![at(0, 24)]; 7], 0),
        10 => (vec![vec![at(9, 23)]; 7], 2),
        11 => (vec![vec![]; 7], 0),
        12 => (vec![vec![at(0, 24)]; 6], 0),
        13 => (vec![vec![at(12, 8)]; 7], 0),
        14 => (office(), limits::HOURS_EXCEPTIONS + 1),
        15 => (vec![vec![at(8, 12), at(12, 14)]; 7], 0),
        _ => (vec![(0..=8).map(|n| at(2 * n, 2 * n + 1)).collect(); 7], 0),
    };
    let mut hours = Hours { zone, week, exceptions: BTreeMap::new() };
    for day in 1..=days_off {
        let day = u64::try_from(day).unwrap_or(0);
        let noon = now.plus(Millis::minutes(day * 24 * 60));
        if let Some((date, _)) = hours.zone.day_and_hour(noon) {
            hours.exceptions.insert(date, vec![]);
        }
    }
    hours
}
