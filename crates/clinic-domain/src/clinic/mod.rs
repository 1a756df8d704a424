//! The clinic itself: its members, their roles, what it may use, and its time zone.
//!
//! The embedding product founds a clinic with its first Owner and decides its capabilities. Owners
//! and Admins add members, change roles, disable and remove. One active Owner always remains.
//! A removed member is kept by name, for history shows who it was; she can never act again.
//!
//! A clinic that an import founds is history: it tells what happened elsewhere, and takes no commands
//! but the import's own.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod state;

pub use command::{ClinicAct, ClinicCommand};
pub use event::ClinicEvent;
pub use refusal::ClinicRefusal;
pub use state::{Capability, Clinic, FoundedClinic, Member, Role, Status};
