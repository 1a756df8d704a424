//! How far something has come that may take a while: a bar on a terminal, and nothing anywhere else.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// A bar on standard error. It is gone when the last of its clones is.
#[derive(Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar for something that is called `what`, of which nobody knows yet how much there is.
    pub(crate) fn of(what: &'static str) -> Self {
        let shown = std::io::stderr().is_terminal();
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target)
            .with_message(what)
            .with_finish(ProgressFinish::AndClear);
        if shown {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self(bar)
    }

    /// It is at `done` of `all`, and called `what`.
    pub(crate) fn at(&self, what: &'static str, done: u64, all: u64) {
        if self.0.length() != Some(all) {
            self.0.set_style(counted());
            self.0.set_length(all);
        }
        self.0.set_message(what);
        self.0.set_position(done);
    }

    /// It has done this much, and nobody knows of how much.
    pub(crate) fn so_far(&self, done: u64) {
        self.0.set_position(done);
    }
}

fn counted() -> ProgressStyle {
    // A template that does not parse would show the usual bar.
    let style = ProgressStyle::with_template("{msg:16} {wide_bar} {human_pos}/{human_len} {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
