//! Counts the tries to get in, by name and by source, so that nobody guesses for long. A name that nobody
//! has is counted as any other.

use clinic_domain::time::Millis;
use clinic_engine::secrets::SignInName;
use clinic_engine::throttle::{Counted, TooMany};

use super::Accounts;
use crate::{Problem, Source, limits};

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Try {
    /// A password for this name.
    Name(SignInName),
    /// A password or an invitation from this source.
    Source(String),
}

impl Counted for Try {
    fn limit(&self) -> usize {
        match self {
            Self::Name(_) => limits::TRIES_PER_NAME,
            Self::Source(_) => limits::TRIES_PER_SOURCE,
        }
    }
}

/// A try that counts as wrong until it is found right: many that come at once are counted before any is
/// checked.
#[derive(Debug)]
pub(super) struct Trying<'a> {
    accounts: &'a Accounts,
    counted: Vec<Try>,
    at: Millis,
}

impl Accounts {
    /// Counts a try, if there were not too many.
    pub(super) fn trying(
        &self,
        name: Option<&SignInName>,
        source: Option<&Source>,
    ) -> Result<Trying<'_>, Problem> {
        let name = name.map(|name| Try::Name(name.clone()));
        let source = source.map(|Source(source)| Try::Source(source.clone()));
        let counted: Vec<Try> = name.into_iter().chain(source).collect();
        let at = self.inner.engine.steady();
        let admitted = self.inner.tries.admit(counted.clone(), &[], at);
        admitted.map_err(|TooMany { retry_after, .. }| Problem::too_many_tries(retry_after))?;
        Ok(Trying { accounts: self, counted, at })
    }
}

impl Trying<'_> {
    /// It was right, or nobody could say: it does not count.
    pub(super) fn forgiven(self) {
        for one in &self.counted {
            self.accounts.inner.tries.forgive(one, self.at);
        }
    }
}
