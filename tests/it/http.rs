//! The clinic over HTTP.

mod fixture;
mod visits;
