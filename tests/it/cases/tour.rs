//! A tour of the requirements: what the workflow's sections say and no numbered case tells.

mod order;
mod refusals;
mod rights;
mod rooms;
mod visits;
