//! The clinic over HTTP.

mod fixture;
mod visits;
mod waiting_room;
