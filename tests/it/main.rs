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
mod postgres;
mod projections;
mod sealing;
mod sim;
mod specs;
mod sqlite;
mod stored;
