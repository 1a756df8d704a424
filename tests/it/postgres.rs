//! The shared log: what it promises to many nodes, and what it does when the world is bad.

mod faults;
pub(crate) mod fixture;
mod gaps;
mod harness;
mod interop;
pub(crate) mod load;
mod log;
mod nodes;
mod sessions;
mod stock;
mod stores;
mod turns;
