//! Whole days of a clinic, at random, that shrink to days worth reading.
//!
//! A [`Day`] is a set-up and a list of moves. A [`Move`] is abstract: it says what is done and points
//! with small numbers at whoever and whatever is there when it is played. So any part of a day is
//! still a day, and a law that fails is shown by the few moves that break it. Most moves are *likely*
//! ones, of somebody entitled about something plausible; the others are anybody's about anything.

mod cast;
mod clinic;
mod deed;
mod moves;
mod play;
mod rooms;
mod shrink;
mod stage;
mod tell;
mod visits;

use std::fmt;
use std::ops::Range;

use clinic_domain::actor::Actor;
use clinic_domain::time::{Millis, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

pub use deed::Deed;
pub use play::Origin;
pub(crate) use tell::{answered, asked};

/// A day: how the clinic is set up, and what is done in it.
#[derive(Clone)]
pub struct Day {
    /// The clinic at its beginning.
    pub setup: Setup,
    /// What is done, in order.
    pub moves: Vec<Move>,
}

/// How a clinic is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Sets the ids apart from those of other days.
    pub seed: u8,
    /// Which morning it is; some days have a clock change.
    pub morning: Morning,
    /// Owners beyond the first.
    pub owners: u8,
    /// Admins.
    pub admins: u8,
    /// Members who administer nothing.
    pub members: u8,
    /// Shared rooms.
    pub rooms: u8,
    /// Personal rooms, of the first members.
    pub personal: u8,
    /// Rooms ask for an answer to a transfer.
    pub windows: bool,
    /// Rooms keep office hours.
    pub hours: bool,
    /// The clinic has nearly as many members as it may have.
    pub crowded: bool,
    /// Who founds the clinic and furnishes it: the host, or an import, and then all of it is history.
    pub founder: Actor,
    /// Who knocks before there is a clinic.
    pub early: Vec<Move>,
}

/// A morning to begin a day with, at 08:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Morning {
    /// 2 March 2026.
    Monday,
    /// 28 March 2026: the night that follows is an hour shorter in Europe.
    BeforeSummerTime,
    /// 24 October 2026: the night that follows is an hour longer in Europe.
    BeforeWinterTime,
    /// 31 December 2026.
    NewYearsEve,
}

impl Morning {
    const ALL: [Self; 4] =
        [Self::Monday, Self::BeforeSummerTime, Self::BeforeWinterTime, Self::NewYearsEve];

    fn instant(self) -> Timestamp {
        Timestamp(match self {
            Self::Monday => 1_772_438_400_000,
            Self::BeforeSummerTime => 1_774_684_800_000,
            Self::BeforeWinterTime => 1_792_828_800_000,
            Self::NewYearsEve => 1_798_704_000_000,
        })
    }
}

/// One thing that is done on a day. The numbers are counted around what is there when it is played.
#[derive(Clone, Copy)]
pub struct Move {
    /// How much later than the move before.
    pub after: Gap,
    /// What is done.
    pub deed: Deed,
    /// Whether somebody entitled does it, or anybody.
    pub by: Aim,
    /// Whether it is about something plausible, or anything.
    pub about: Aim,
    /// Which of those who may do it.
    pub who: u8,
    /// Which of the things that it may be about.
    pub what: u8,
    /// Which of the second things: the target of a transfer, say.
    pub other: u8,
    /// In which manner: the reason of a close, the fields of a policy.
    pub how: u8,
}

/// How well a move is aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// At what makes it likely to be granted.
    Likely,
    /// At anybody or anything.
    Any,
}

/// How time passes before a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Not at all.
    Now,
    /// So many seconds; what falls due is done.
    Seconds(u8),
    /// So many minutes; what falls due is done.
    Minutes(u8),
    /// So many hours; what falls due is done.
    Hours(u8),
    /// So many minutes in which nothing that falls due is done: the timers are late.
    Asleep(u8),
    /// To the very instant at which something falls due, which is not done yet.
    Brink,
    /// Past the time for which commands and closed visits are remembered.
    Overnight,
}

/// A day as laws are tried on: some hundreds of moves.
pub fn day() -> impl Strategy<Value = Day> {
    days(1..800)
}

/// A day of so many moves.
pub fn days(moves: Range<usize>) -> impl Strategy<Value = Day> {
    (setup(), vec(any_move(), moves)).prop_map(|(setup, moves)| Day { setup, moves })
}

/// A way to set up a clinic.
pub fn setup() -> impl Strategy<Value = Setup> {
    let people = (0..2_u8, 0..3_u8, 2..7_u8);
    let rooms = (2..6_u8, 0..3_u8, any::<bool>(), any::<bool>());
    let morning = (0..Morning::ALL.len()).prop_map(|n| Morning::ALL[n]);
    let kind = (prop::bool::weighted(0.09), prop::bool::weighted(0.04));
    (any::<u8>(), morning, people, rooms, kind, vec(any_move(), 0..4)).prop_map(
        |(seed, morning, people, rooms, (crowded, imported), early)| Setup {
            seed,
            morning,
            owners: people.0,
            admins: people.1,
            members: people.2,
            rooms: rooms.0,
            personal: rooms.1,
            windows: rooms.2,
            hours: rooms.3,
            crowded,
            founder: if imported { Actor::Import } else { Actor::Host },
            early,
        },
    )
}

/// Anything that may be done on a day.
pub fn any_move() -> impl Strategy<Value = Move> {
    let numbers = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>());
    (gap(), 0..Deed::weights(), aim(12), aim(14), numbers).prop_map(
        |(after, deed, by, about, (who, what, other, how))| {
            let deed = Deed::at(deed);
            // Some answers come at the instant when it is too late.
            let after = if deed.answers() && how.is_multiple_of(5) { Gap::Brink } else { after };
            Move { after, deed, by, about, who, what, other, how }
        },
    )
}

/// Likely, but for so many times of a hundred.
fn aim(any: u32) -> impl Strategy<Value = Aim> {
    (0..100_u32).prop_map(move |n| if n < 100 - any { Aim::Likely } else { Aim::Any })
}

fn gap() -> impl Strategy<Value = Gap> {
    (0..1_000_u32, any::<u8>()).prop_map(|(kind, n)| match kind {
        0..=399 => Gap::Now,
        400..=749 => Gap::Seconds(n % 60),
        750..=899 => Gap::Minutes(n % 8),
        900..=934 => Gap::Asleep(n % 12),
        935..=984 => Gap::Brink,
        985..=996 => Gap::Hours(n % 10),
        _ => Gap::Overnight,
    })
}

impl Gap {
    /// How long it is; a brink's length depends on the day.
    fn span(self) -> Millis {
        match self {
            Self::Now | Self::Brink => Millis::ZERO,
            Self::Seconds(n) => Millis::seconds(u64::from(n)),
            Self::Minutes(n) | Self::Asleep(n) => Millis::minutes(u64::from(n)),
            Self::Hours(n) => Millis::minutes(u64::from(n) * 60),
            Self::Overnight => Millis::minutes(25 * 60),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("at once"),
            Self::Seconds(n) => write!(f, "{n} s later"),
            Self::Minutes(n) => write!(f, "{n} min later"),
            Self::Hours(n) => write!(f, "{n} h later"),
            Self::Asleep(n) => write!(f, "{n} min later, the timers asleep"),
            Self::Brink => f.write_str("at the instant when something falls due"),
            Self::Overnight => f.write_str("25 h later"),
        }
    }
}

/// The move in words, as far as it has any before it is played; [`Day::story`] has the rest.
impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.by {
            Aim::Likely => "somebody entitled",
            Aim::Any => "anybody",
        };
        let what = match self.about {
            Aim::Likely => "plausible",
            Aim::Any => "any",
        };
        let Self { after, deed, by: _, about: _, who: n, what: subject, other, how } = self;
        write!(f, "{after}, {who} ({n}) {deed} - {what} ({subject}, {other}), manner {how}")
    }
}

impl fmt::Debug for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.setup)?;
        self.moves.iter().zip(1..).try_for_each(|(step, n)| writeln!(f, "  {n}. {step}"))
    }
}
