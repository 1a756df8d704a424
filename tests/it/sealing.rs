//! Personal data at rest: what is sealed, under which keys, where those are, and what is left of a
//! person who was erased. Also the other files that stand beside a SQLite log.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access;
mod credentials;
mod engine;
mod fixture;
mod form;
mod keys;
mod operator_key;
mod rotation;
mod states;
