//! The shared log: what it promises to many nodes, and what it does when the world is bad.

mod faults;
mod fixture;
mod harness;
mod load;
mod log;
mod stores;
