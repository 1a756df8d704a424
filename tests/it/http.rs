//! The clinic over HTTP.

mod description;
mod fixture;
mod hostile;
mod journey;
#[cfg(target_os = "linux")]
mod nodes;
mod pages;
mod passcodes;
mod patients;
mod people;
mod reads;
mod rights;
mod routes;
mod schema;
mod seed;
mod streams;
mod visits;
mod waiting_room;
