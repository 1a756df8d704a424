//! All that a clinic keeps live, fed by one event at a time, and what of it can be saved.
//!
//! A saved state is a cache: whoever has none folds the log from its start and comes to the same. It
//! spares that fold, or all but its tail. [`Boards`] are saved whole, for their size depends on what
//! is open and not on how long the log is, so the past is one of them and a tail. [`Waits`] are
//! saved in parts: what goes on, and each day that has changed since.

use clinic_domain::event::Recorded;
use serde::{Deserialize, Serialize};

use crate::census::Census;
use crate::checkpoint::Checkpoint;
use crate::directory::Directory;
use crate::ledger::Ledger;
use crate::waits::Waits;

/// Which form and which meaning saved states have. Whoever changes either, in a fold or in a type of
/// the domain that it keeps, raises this; a state saved under another version is dropped, and
/// built anew from the log.
pub const FOLD_VERSION: u32 = 1;

/// What every board is read from, now or at a past moment. They are always at one position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boards {
    /// Who is where.
    pub census: Census,
    /// Who and what is called how.
    pub directory: Directory,
    /// Whether anybody was lost.
    pub ledger: Ledger,
}

/// The folds that a clinic keeps live: what boards are read from, and the waits.
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

impl Boards {
    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.census.apply(recorded);
        self.directory.apply(recorded);
        self.ledger.apply(recorded);
    }

    /// How far the folds have come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.census.checkpoint()
    }

    /// The views of these boards and of the waits. Events behind the earlier one of their
    /// checkpoints are to be applied; each passes over those that it has had.
    #[must_use]
    pub fn with(self, waits: Waits) -> Views {
        let Self { census, directory, ledger } = self;
        Views { census, directory, waits, ledger }
    }
}

impl Views {
    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.census.apply(recorded);
        self.directory.apply(recorded);
        self.waits.apply(recorded);
        self.ledger.apply(recorded);
    }

    /// How far all folds have come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let (boards, waits) = (self.census.checkpoint(), self.waits.checkpoint());
        if waits.position < boards.position { waits } else { boards }
    }

    /// What boards are read from.
    #[must_use]
    pub fn boards(&self) -> Boards {
        let Self { census, directory, ledger, waits: _ } = self;
        Boards { census: census.clone(), directory: directory.clone(), ledger: ledger.clone() }
    }

    /// The folds of these events, from the start.
    #[must_use]
    pub fn rebuilt<'e>(events: impl IntoIterator<Item = &'e Recorded>) -> Self {
        let mut views = Self::default();
        events.into_iter().for_each(|recorded| views.apply(recorded));
        views
    }
}
