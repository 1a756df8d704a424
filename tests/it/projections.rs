//! What the folds show of a clinic's day, told as sentences, and the laws that hold for each of them.

mod board;
mod fixture;
mod laws;
mod ledger;
mod picker;
mod saved;
mod timeline;
mod views;
mod waiting_room;
mod waits;
mod words;
