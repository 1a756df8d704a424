//! Test workflows by properties.

pub mod any;
pub mod conformance;
pub mod day;
pub mod laws;
pub mod spec;
pub mod world;

mod words;
