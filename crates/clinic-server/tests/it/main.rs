//! The program `clinic`, as somebody who types meets it: every test runs the binary.

mod days;
mod documents;
mod exits;
mod golden;
mod input;
mod reads;
mod sinks;
mod support;
mod told;
