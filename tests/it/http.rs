//! The clinic over HTTP.

mod fixture;
mod hostile;
mod journey;
mod patients;
mod people;
mod routes;
mod visits;
mod waiting_room;
