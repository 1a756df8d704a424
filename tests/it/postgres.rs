//! The shared log: what it promises to many nodes, and what it does when the world is bad.

mod fixture;
mod harness;
mod log;
mod stores;
