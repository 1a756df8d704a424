//! What holds on every day, whatever anybody does.
//!
//! Laws about a log fold it by themselves and can be asked of any log, from any source:
//! [`order`], [`conservation`], [`replay`], or all of them by [`hold`]. Laws about a decision are asked
//! of the state that the decision was made on. [`Watch`] asks all of them while a day is played.

mod agenda;
mod decision;
mod ledger;
mod order;
mod privacy;
mod rights;
mod watch;

use std::fmt;

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::state::ClinicState;

pub use agenda::agenda;
pub use decision::{Repeat, Rules, asked_twice, loaded, repeat_of, retry, reuse};
pub use ledger::Ledger;
pub use order::order;
pub use privacy::{discreet, privacy};
pub use rights::rights;
pub use watch::Watch;

/// The laws by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// Positions and sequences have no gaps, time never runs backwards, envelopes tell the truth.
    Order,
    /// Nobody is lost: check-ins are open plus closed, and an open visit has one place in one room.
    Conservation,
    /// What goes back stands where it stood.
    Restoration,
    /// The same log makes the same state.
    Replay,
    /// Asked twice, happened once.
    AskedTwice,
    /// A retry gets the first answer.
    Retry,
    /// An id belongs to one command of one actor.
    Reuse,
    /// Decided from loaded state = decided from full state.
    Loaded,
    /// A batch that was not committed leaves no trace.
    RollBack,
    /// A refusal changes nothing.
    Refusal,
    /// A refusal tells a patient nothing of others.
    Privacy,
    /// What happened was asked by somebody who may.
    Rights,
    /// What falls due and is done is due no more.
    Dues,
    /// What is to come is known without looking for it.
    Agenda,
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order => "positions, sequences and times are in order",
            Self::Conservation => "nobody is lost",
            Self::Restoration => "what goes back stands where it stood",
            Self::Replay => "the same log makes the same state",
            Self::AskedTwice => "asked twice, happened once",
            Self::Retry => "a retry gets the first answer",
            Self::Reuse => "an id belongs to one command of one actor",
            Self::Loaded => "decided from loaded state = decided from full state",
            Self::RollBack => "a batch that was not committed leaves no trace",
            Self::Refusal => "a refusal changes nothing",
            Self::Privacy => "a patient is told nothing of others",
            Self::Rights => "what happened was asked by somebody who may",
            Self::Dues => "what falls due and is done is due no more",
            Self::Agenda => "what is to come is known without looking for it",
        })
    }
}

/// A law that does not hold, where, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which law.
    pub law: Law,
    /// Behind which event.
    pub position: Position,
    /// What was found.
    pub found: String,
}

impl Violation {
    pub(crate) fn new(law: Law, position: Position, found: impl Into<String>) -> Self {
        Self { law, position, found: found.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not so at position {}: {}; found: {}", self.position, self.law, self.found)
    }
}

impl std::error::Error for Violation {}

/// Whether a law holds.
pub type Verdict = Result<(), Violation>;

/// Holds a log to every law about logs.
///
/// # Errors
/// The first violation.
pub fn hold(clinic: ClinicId, log: &[Recorded]) -> Verdict {
    order(clinic, log)?;
    conservation(clinic, log)?;
    replay(clinic, log)
}

/// Nobody is lost, after every single event: a ledger that knows nothing of the rules is kept beside
/// the clinic's state, and both agree on who is where, with whom, and in which order.
///
/// # Errors
/// The first violation, of conservation or of restoration.
pub fn conservation(clinic: ClinicId, log: &[Recorded]) -> Verdict {
    let mut ledger = Ledger::default();
    let mut state = ClinicState::new(clinic);
    for recorded in log {
        state.evolve(recorded);
        ledger.enter(recorded)?;
        ledger.agrees(&state)?;
    }
    ledger.settled()
}

/// The same log makes the same state: folded twice, and folded by a state that keeps all, from which
/// nothing else may differ than what is kept.
///
/// # Errors
/// The first violation.
pub fn replay(clinic: ClinicId, log: &[Recorded]) -> Verdict {
    let mut once = ClinicState::new(clinic);
    let mut again = ClinicState::new(clinic);
    let mut all = ClinicState::new(clinic).keeping_all();
    for recorded in log {
        once.evolve(recorded);
        again.evolve(recorded);
        all.evolve(recorded);
    }
    let violation = |found: &str| Violation::new(Law::Replay, once.head(), found);
    if once != again {
        return Err(violation("two folds of one log differ"));
    }
    let kept = once.visits().all(|(id, visit)| all.visit(id) == Some(visit));
    let settled = once.transfers().all(|(id, transfer)| all.transfer(id) == Some(transfer));
    if !kept || !settled || once.dues() != all.dues() {
        return Err(violation("a state that keeps all disagrees about what both hold"));
    }
    Ok(())
}
