//! The rules of a virtual clinic: pure, deterministic, and complete in themselves.
//!
//! Patients check in at a room, wait, are called, put on hold, transferred to other rooms and back,
//! and leave. Four aggregates decide about that - [`clinic`], [`room`], [`visit`], [`transfer`] -
//! and [`state::ClinicState`] is the clinic as a whole: it decides every [`command::Command`] and
//! folds every [`event::Recorded`] event. Nothing here reads a clock, draws a random number or
//! touches a disk; time, new ids and the actor arrive in the command.
//!
//! Reading order: the words of [`actor`], [`ids`], [`time`], [`text`], [`personal`] and [`hours`];
//! the aggregates; [`command`], [`event`] and [`refusal`]; then [`state`].

#![deny(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic
)]

pub mod actor;
pub mod ids;
pub mod limits;
pub mod personal;
pub mod text;
pub mod time;

pub mod hours;

pub mod decider;

pub mod clinic;
pub mod room;
pub mod transfer;
pub mod visit;

pub mod command;
pub mod event;
pub mod occupancy;
pub mod refusal;
pub mod state;

#[cfg(feature = "cqrs-es")]
mod cqrs;
