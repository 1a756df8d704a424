//! The program `clinic`, as somebody who types meets it: every test runs the binary.

mod acks;
mod crash;
mod days;
mod documents;
mod ending;
mod exits;
mod follow;
mod founded;
mod full_disk;
mod golden;
mod hostile;
mod imports;
mod input;
mod kept;
mod live;
mod place;
mod postgres;
mod privacy;
mod reads;
mod server;
mod serving;
mod settings;
mod sinks;
mod support;
#[cfg(target_os = "linux")]
mod synced;
mod told;
