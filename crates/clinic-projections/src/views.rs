//! All that a clinic keeps live, fed by one event at a time.

use clinic_domain::event::Recorded;

use crate::census::Census;
use crate::checkpoint::Checkpoint;
use crate::directory::Directory;
use crate::ledger::Ledger;
use crate::waits::Waits;

/// The folds that a clinic keeps live. They are always at one position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views {
    /// Who is where.
    pub census: Census,
    /// Who and what is called how.
    pub directory: Directory,
    /// How long people waited.
    pub waits: Waits,
    /// Whether anybody was lost.
    pub ledger: Ledger,
}

impl Views {
    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.census.apply(recorded);
        self.directory.apply(recorded);
        self.waits.apply(recorded);
        self.ledger.apply(recorded);
    }

    /// How far the folds have come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.census.checkpoint()
    }

    /// The folds of these events, from the start.
    #[must_use]
    pub fn rebuilt<'e>(events: impl IntoIterator<Item = &'e Recorded>) -> Self {
        let mut views = Self::default();
        events.into_iter().for_each(|recorded| views.apply(recorded));
        views
    }
}
