//! Tests that cross crates, a module for each subject.

mod cases;
mod cqrs;
mod engine;
mod house;
mod laws;
mod projections;
mod specs;
