//! A room: a door with one link, a waiting room, and the members who serve it.
//!
//! An admin opens a room under a slug - the link that every patient gets - and assigns members. The
//! room says what its waiting room shows, when its door is open, how long its queue may be, whether
//! a passcode or consent is asked, how arrivals by transfer are ranked, and whether its members
//! accept a transfer before it counts. A door may be suspended by hand; it never sends anyone home.
//! At closing time the room lists who is still inside. A room that nobody is in can be archived, and
//! its slugs stay retired for ever: a link never leads to somebody else's room.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;

pub use command::{Door, RoomAct, RoomCommand};
pub use event::RoomEvent;
pub use refusal::RoomRefusal;
pub use state::{ArrivalOrder, OpenRoom, Room, RoomKind, RoomPolicy, Target, Texts, Warning};
