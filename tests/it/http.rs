//! The clinic over HTTP.

mod description;
mod fixture;
mod hostile;
mod journey;
mod patients;
mod routes;
mod visits;
mod waiting_room;
