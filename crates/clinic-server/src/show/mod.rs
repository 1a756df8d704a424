//! Showing: what was played and what is read, for people, programs and spreadsheets.

pub(crate) mod board;
pub(crate) mod import;
pub(crate) mod log;
pub(crate) mod rooms;
pub(crate) mod settings;
pub(crate) mod table;
pub(crate) mod tell;
pub(crate) mod timeline;
pub(crate) mod verify;
pub(crate) mod visits;
pub(crate) mod waits;
pub(crate) mod words;
