//! Movement history from any CSV file into a new clinic.
//!
//! A row says of a visit that it came, moved to a room or left, and when. The file is read once and
//! checked ([`Unreadable`] stores nothing); its rows are sorted on disk, first by visit, which finds
//! what no single row can show (a visit that comes twice), then by time; then each is decided at its
//! own time, as a command by `Actor::Import`, and recorded. Every row is accounted for: it is granted, or ignored on
//! request, or refused and listed with its line and the reason.
//!
//! Memory does not grow with the file, only with the visits that are open at one time, for those are
//! the clinic.

mod columns;
mod history;
mod instant;
mod kinds;
mod problem;
mod reason;
mod records;
mod reference;
mod refusals;
mod row;
mod run;
mod sink;
mod slug;
mod sort;
mod writer;

pub use columns::Columns;
pub use kinds::Kinds;
pub use problem::{Cause, Column, ImportError, Left, MappingError, TimeError, Unreadable};
pub use reference::{Reference, external_ref};
pub use refusals::Refused;
pub use run::{News, Options, Ports, Report, import};
pub use sink::{ImportSink, LogSink, Nowhere};

use crate::limits;

/// A value of the file as a message repeats it: cut, quoted, and without anything that a terminal
/// would obey.
fn shown(value: &str) -> String {
    cut(value, limits::SHOWN_CHARS, |short| format!("{short:?}"))
}

fn cut(text: &str, limit: usize, show: impl Fn(&str) -> String) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}...", show(&text[..end])),
        None => show(text),
    }
}
