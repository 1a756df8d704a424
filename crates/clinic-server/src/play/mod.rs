//! Playing a day: an engine over a log in memory, a clock that moves only with the day, and ids that
//! are counted. The same day gives the same log, byte for byte.

mod known;
mod outcome;
mod passing;
mod player;
mod presence;

pub(crate) use known::{Known, Seen};
pub(crate) use outcome::{NOT_FROM_THE_RULES, Outcome, Turn};
pub(crate) use player::Player;
