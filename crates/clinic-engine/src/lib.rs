//! The engine of a virtual clinic: it takes wishes, has them decided one after another by the rules
//! of `clinic-domain`, keeps what happened in a log, and shows what is committed.
//!
//! A host holds an [`Engine`] over [`Ports`]: a log, a clock, ids, and what else the outside must
//! give. Everything is replaceable and nothing is global.

mod audit;
mod beats;
mod decider;
mod desk;
mod door;
mod engine;
mod error;
mod feed;
pub mod limits;
mod memory_log;
mod news;
pub mod ports;
mod presence;
mod replay;
mod request;
mod saved;
pub mod sealing;
pub mod secrets;
pub mod stored;
mod sync;
pub mod throttle;
mod timekeeper;
mod travel;
pub mod wrapping;

pub use audit::Saved;
pub use engine::{Engine, Ports};
pub use error::{Broken, EngineError};
pub use feed::Feed;
pub use memory_log::MemoryLog;
pub use replay::replay;
pub use request::{Evidence, Receipt, Request};
pub use sync::blocking;
pub use travel::AsOf;

/// The example of the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
