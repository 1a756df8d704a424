//! Everything that anyone is shown, as pure folds over a clinic's log.
//!
//! Each fold has an `apply` and a [`checkpoint`]: fed live, in any batches, twice or from the start
//! again, it comes to the same result. A fold keeps instants only; whatever lasts is computed for
//! the `now` that the reader gives. [`views::Views`] holds those that a clinic keeps
//! live: the [`census::Census`], of which the [`board`], the [`picker`] and the [`waiting_room`] are
//! questions, the [`directory`], the [`waits`] and the [`ledger`]. A [`timeline`] is folded from one
//! visit's streams when somebody asks for it. What is saved of the folds, so that they need not begin
//! with the first event, [`views`] says.
//!
//! Reading order: what all share ([`checkpoint`], [`clocks`], [`who`]); the census and its
//! questions; then the others, each by itself.

#![deny(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic
)]

pub mod checkpoint;
pub mod clocks;
pub mod ending;
mod leaving;
pub mod limits;
pub mod who;

mod attendance;
pub mod card;
pub mod census;
pub mod sent;

pub mod availability;
pub mod because;
pub mod board;
pub mod one;
pub mod picker;
pub mod row;
pub mod waiting_room;

pub mod directory;
pub mod stay;
mod story;
pub mod timeline;

mod calendar;
mod days;
pub mod report;
mod tally;
pub mod waits;

pub mod ledger;
pub mod verdict;

pub mod personal;
pub mod plain;

pub mod views;
