//! What comes in from other systems. Now: movement history as CSV, into a clinic of its own.
//!
//! Everything here reads and writes through the engine's ports and knows no store. See
//! [`mod@import`].

pub mod import;
pub mod limits;
