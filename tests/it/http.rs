//! The clinic over HTTP.

mod description;
mod fixture;
mod hostile;
mod journey;
mod patients;
mod reads;
mod routes;
mod schema;
mod visits;
mod waiting_room;
