//! Movement history from CSV: what is imported, what is refused, and what is stored when something
//! goes wrong.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bad_files;
mod bad_world;
mod docs;
mod fixture;
#[cfg(target_os = "linux")]
mod memory;
mod movements;
mod oracle;
mod rows;
