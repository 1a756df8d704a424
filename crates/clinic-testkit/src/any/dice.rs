//! Choices made by a list of numbers, so that a proptest shrinks them.

use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::actor::{Actor, PolicyName, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::ids::{
    CallId, MemberId, PasscodeId, PlaceVersion, Position, RoomId, TransferId, VisitId,
};
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, RoomKind, RoomPolicy, Texts};
use clinic_domain::text::{Label, Note, Notice, Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{Arrival, CloseReason, Entry, Priority, ToldBy};
use uuid::Uuid;

use crate::words;

/// The numbers, and how many have been taken.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    numbers: Vec<u16>,
    taken: usize,
}

/// The ids to choose from.
pub(crate) struct Pool {
    pub(crate) members: Vec<MemberId>,
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) visits: Vec<VisitId>,
    pub(crate) transfers: Vec<TransferId>,
    pub(crate) calls: Vec<CallId>,
    pub(crate) tokens: Vec<TokenHash>,
    pub(crate) slugs: Vec<Slug>,
}

impl Pool {
    /// So few that they meet.
    pub(crate) fn small() -> Self {
        fn few<T>(make: impl Fn(Uuid) -> T) -> Vec<T> {
            (0..4).map(|n| make(Uuid::from_u128(n))).collect()
        }
        Self {
            members: few(MemberId),
            rooms: few(RoomId),
            visits: few(VisitId),
            transfers: few(TransferId),
            calls: few(CallId),
            tokens: (0..4).map(|n| TokenHash([n; 32])).collect(),
            slugs: (0..4).map(|n| words::slug(&format!("room-{n}"))).collect(),
        }
    }
}

/// Numbers.
impl Dice {
    pub(crate) fn new(numbers: Vec<u16>) -> Self {
        Self { numbers, taken: 0 }
    }

    /// The next number; the list is counted around, a little changed each time.
    fn next(&mut self) -> u64 {
        let (round, place) = match self.numbers.len() {
            0 => (0, 0),
            length => (self.taken / length, self.taken % length),
        };
        self.taken = self.taken.saturating_add(1);
        let number = u64::from(self.numbers.get(place).copied().unwrap_or_default());
        if round == 0 { number } else { number.wrapping_mul(31).wrapping_add(round as u64) >> 1 }
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap_or(1);
        usize::try_from(self.next() % sides).unwrap_or(0)
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.roll(2) == 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let n = self.roll(from.len());
        from.get(n).cloned().expect("a pool is never empty")
    }

    pub(crate) fn small(&mut self) -> u128 {
        u128::from(self.next() % 6)
    }

    /// Small, or as large as numbers get.
    pub(crate) fn number(&mut self) -> u64 {
        match self.roll(12) {
            0 => u64::MAX,
            1 => u64::MAX - 1,
            _ => self.next() % 50,
        }
    }

    pub(crate) fn count(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    pub(crate) fn millis(&mut self) -> Millis {
        Millis(self.number().saturating_mul(20_000))
    }

    /// Around a morning, or where calendars end.
    pub(crate) fn instant(&mut self) -> Timestamp {
        const LAST: i64 = 8_210_266_876_799_999; // the end of the year 262142, chrono's last
        const FIRST: i64 = -8_334_601_228_800_000; // the beginning of the year -262143, its first
        Timestamp(match self.roll(24) {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => LAST,
            3 => LAST + 1,
            4 => FIRST,
            5 => FIRST - 1,
            6 => 0,
            7 => -1,
            _ => 1_774_684_800_000 + i64::try_from(self.next()).unwrap_or(0) * 3_000,
        })
    }
}

/// Small things.
impl Dice {
    pub(crate) fn option<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| some(self))
    }

    pub(crate) fn actor(&mut self, pool: &Pool) -> Actor {
        let policies = PolicyName::ALL;
        match self.roll(8) {
            0..=2 => Actor::Member(self.pick(&pool.members)),
            3 => Actor::Patient(self.pick(&pool.tokens)),
            4 => Actor::policy(self.pick(&policies)),
            5 => Actor::Policy { name: self.pick(&policies), version: 0 },
            6 => Actor::Import,
            _ => Actor::Host,
        }
    }

    pub(crate) fn kind(&mut self, pool: &Pool) -> RoomKind {
        let member = self.pick(&pool.members);
        self.pick(&[RoomKind::Shared, RoomKind::Personal(member)])
    }

    pub(crate) fn role(&mut self) -> Role {
        self.pick(&[Role::Member, Role::Admin, Role::Owner])
    }

    pub(crate) fn priority(&mut self) -> Priority {
        self.pick(&[Priority::Routine, Priority::Soon, Priority::Urgent])
    }

    pub(crate) fn order(&mut self) -> ArrivalOrder {
        self.pick(&[ArrivalOrder::OriginalCheckIn, ArrivalOrder::BackOfQueue])
    }

    pub(crate) fn version(&mut self) -> PlaceVersion {
        PlaceVersion(self.count())
    }

    pub(crate) fn passcode(&mut self) -> Option<PasscodeId> {
        self.option(|dice| PasscodeId(Uuid::from_u128(dice.small())))
    }

    pub(crate) fn entry(&mut self) -> Entry {
        Entry { at: self.instant(), position: self.option(|dice| Position(dice.number())) }
    }

    pub(crate) fn title(&mut self) -> Title {
        words::title(&format!("T{}", self.small()))
    }

    pub(crate) fn notice(&mut self) -> Notice {
        words::notice(&format!("N{}", self.small()))
    }

    pub(crate) fn label(&mut self) -> Label {
        words::label(&format!("L{}", self.small()))
    }

    pub(crate) fn labels(&mut self) -> Vec<Label> {
        let length = self.roll(23);
        (0..length).map(|_| self.label()).collect()
    }

    pub(crate) fn note(&mut self) -> Personal<Note> {
        match self.roll(3) {
            0 => Personal::Clear(words::note("n")),
            1 => Personal::Sealed("sealed".to_owned()),
            _ => Personal::Erased,
        }
    }

    pub(crate) fn visits(&mut self, pool: &Pool) -> Vec<VisitId> {
        let length = self.roll(4);
        (0..length).map(|_| self.pick(&pool.visits)).collect()
    }

    pub(crate) fn capabilities(&mut self) -> BTreeSet<Capability> {
        let mut set = BTreeSet::from(Capability::ALL);
        set.retain(|_| self.roll(4) > 0);
        set
    }

    pub(crate) fn arrival(&mut self, pool: &Pool) -> Arrival {
        if self.flag() {
            return Arrival::DropIn;
        }
        Arrival::Booked {
            member: self.option(|dice| dice.pick(&pool.members)),
            room: self.option(|dice| dice.pick(&pool.rooms)),
            appointment: self.option(Self::instant),
            told_by: self.pick(&[ToldBy::Host, ToldBy::Patient]),
        }
    }

    pub(crate) fn reason(&mut self, pool: &Pool) -> CloseReason {
        match self.roll(6) {
            0 => CloseReason::Completed,
            1 => CloseReason::Left,
            2 => CloseReason::NoShow,
            3 => CloseReason::Removed { why: self.note() },
            4 => CloseReason::EndOfDay,
            _ => CloseReason::Merged { into: self.pick(&pool.visits) },
        }
    }
}

/// What rooms are furnished with.
impl Dice {
    pub(crate) fn zone(&mut self) -> Zone {
        let names = ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
        Zone::parse(self.pick(&names)).expect("this build knows the kit's zones")
    }

    /// Hours in order and out of it.
    pub(crate) fn hours(&mut self) -> Hours {
        let zone = self.zone();
        let days = if self.roll(8) == 0 { self.roll(10) } else { 7 };
        let week = (0..days).map(|_| self.opening()).collect();
        let mut exceptions = BTreeMap::new();
        let at = self.instant();
        if let Some((date, _)) = zone.day_and_hour(at) {
            exceptions.insert(date, self.opening());
        }
        Hours { zone, week, exceptions }
    }

    fn opening(&mut self) -> Vec<Interval> {
        let length = self.roll(3);
        let minute = |dice: &mut Self| u16::try_from(dice.roll(1_442)).unwrap_or(u16::MAX);
        (0..length).map(|_| Interval { from: minute(self), until: minute(self) }).collect()
    }

    pub(crate) fn texts(&mut self) -> Texts {
        Texts {
            welcome: self.option(Self::notice),
            office_hours: self.option(Self::notice),
            emergency: self.option(Self::notice),
        }
    }

    pub(crate) fn policy(&mut self) -> RoomPolicy {
        RoomPolicy {
            queue_limit: self.count(),
            arrivals: self.order(),
            accept_window: self.option(Self::millis),
            undo_window: self.millis(),
            reopen_window: self.millis(),
            wait_warn: self.millis(),
            wait_late: self.millis(),
            return_alert: self.count(),
            consent: self.option(Self::count),
            call_link: None,
            no_show_after: self.option(Self::millis),
        }
    }
}
