//! A patient's visit: one attendance, from check-in to close.
//!
//! A patient checks in at a room and waits there. An assigned member starts the call, may pause it
//! (the patient waits on hold) and resume it, and ends it or completes the visit. In between the
//! visit may be transferred to any room of the clinic, as often as the day needs; a transfer may be
//! declined, may expire and may be undone, and then the visit stands where it stood before, at its
//! old rank. Closing ends it; for a while it can be reopened. Whatever happens, an open visit has
//! exactly one place, and presence - whether the patient's page is connected - never moves it.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;

pub use command::{CheckIn, VisitAct, VisitCommand};
pub use event::VisitEvent;
pub use refusal::VisitRefusal;
pub use state::{
    Arrival, CloseReason, ClosedVisit, Entry, HoldReason, Leg, OpenVisit, PatientVisit, Place,
    Presence, Priority, Rank, Reversal, ToldBy,
};
