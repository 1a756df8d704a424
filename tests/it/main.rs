//! Tests that cross crates, a module for each subject.

mod cases;
mod cqrs;
mod engine;
mod house;
mod http;
mod interop;
mod laws;
mod model;
mod planted;
#[cfg(target_os = "linux")]
mod postgres;
mod projections;
mod sealing;
mod sim;
mod specs;
mod sqlite;
mod stored;
