//! The pages, as the people of a clinic meet them: every test starts the program, and a browser of her own for
//! each person. They need `chromium`, `chromedriver` and axe-core; `cargo xtask test` sees to all three.
#![cfg(target_os = "linux")]

mod access;
mod administering;
mod article;
mod asker;
mod browser;
mod busy;
mod clumsy;
mod command;
mod door;
mod front;
mod harness;
mod hostile;
mod keyboard;
mod limits;
mod line;
mod person;
mod pictures;
#[expect(dead_code, reason = "shared with the tests of the command line, which need more of it")]
#[path = "../it/place.rs"]
mod place;
mod plain;
mod resuming;
#[expect(dead_code, reason = "shared with the tests of the command line, which need more of it")]
#[path = "../it/server.rs"]
mod server;
mod slots;
mod stage;
mod staying;
#[expect(dead_code, reason = "shared with the tests of the command line, which need more of it")]
#[path = "../it/support.rs"]
mod support;
mod together;
