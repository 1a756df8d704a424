//! The rows that were refused, told in the order of the file.

use std::io;

use serde::{Deserialize, Serialize};

use super::reason::Reason;
use super::sort::Sort;

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The line on which it begins, from 1, the header being the first.
    pub line: u64,
    /// Why, in words.
    pub reason: String,
}

/// Refused rows, as they were found: on disk, for every row of a file may be one.
pub(super) struct Refusals {
    sort: Sort<Refused>,
    count: u64,
}

impl Refusals {
    pub(super) fn new() -> Self {
        Self { sort: Sort::by(|a, b| a.line.cmp(&b.line)), count: 0 }
    }

    pub(super) fn add(&mut self, line: u64, reason: &Reason) -> io::Result<()> {
        self.count += 1;
        self.sort.push(Refused { line, reason: reason.to_string() })
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Tells them all, by line.
    pub(super) fn tell(self, mut tell: impl FnMut(Refused)) -> io::Result<()> {
        self.sort.sorted()?.items()?.try_for_each(|refused| refused.map(&mut tell))
    }
}
