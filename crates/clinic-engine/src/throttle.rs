//! Counts what comes in, so that neither a script nor a guesser wears anything out. The counts are this
//! process's own, and bounded: what was idle the longest is forgotten first.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Mutex;

use clinic_domain::time::Millis;

use crate::sync::lock;

/// Something that is counted.
pub trait Counted: Clone + Ord + fmt::Debug {
    /// How many may come within the window.
    fn limit(&self) -> usize;
}

/// Why something does not get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooMany<K> {
    /// What there was too much of.
    pub key: K,
    /// When there is room again.
    pub retry_after: Millis,
}

/// The counts of the last while, by a steady clock that the caller reads.
pub struct Counts<K> {
    window: Millis,
    keys: usize,
    seen: Mutex<BTreeMap<K, VecDeque<Millis>>>,
}

impl<K> fmt::Debug for Counts<K> {
    /// What is counted may be a name or an address, and nobody's to print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts").field("window", &self.window).finish_non_exhaustive()
    }
}

impl<K: Counted> Counts<K> {
    /// Counts within `window`, at most `keys` different ones at once.
    #[must_use]
    pub fn new(window: Millis, keys: usize) -> Self {
        Self { window, keys, seen: Mutex::default() }
    }

    /// Counts each of `counted`, if there is room for all of them and for all of `asked`; else nothing.
    ///
    /// # Errors
    /// What there was too much of, and when there is room again.
    pub fn admit(&self, counted: Vec<K>, asked: &[K], now: Millis) -> Result<(), TooMany<K>> {
        let mut seen = lock(&self.seen);
        for key in counted.iter().chain(asked) {
            self.within(&mut seen, key, now)?;
        }
        for key in counted {
            self.add(&mut seen, key, now);
        }
        Ok(())
    }

    /// Counts one, whether or not there is room.
    pub fn count(&self, key: K, now: Millis) {
        self.add(&mut lock(&self.seen), key, now);
    }

    /// Takes back one that was counted at this instant: it turned out to be harmless.
    pub fn forgive(&self, key: &K, counted_at: Millis) {
        let mut seen = lock(&self.seen);
        let Some(times) = seen.get_mut(key) else { return };
        if let Some(at) = times.iter().rposition(|at| *at == counted_at) {
            times.remove(at);
        }
        if times.is_empty() {
            seen.remove(key);
        }
    }

    fn within(&self, seen: &mut Seen<K>, key: &K, now: Millis) -> Result<(), TooMany<K>> {
        let Some(times) = seen.get_mut(key) else { return Ok(()) };
        while times.front().is_some_and(|at| at.plus(self.window) <= now) {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= key.limit() => {
                let retry_after = Millis(first.plus(self.window).0.saturating_sub(now.0));
                Err(TooMany { key: key.clone(), retry_after })
            }
            Some(_) => Ok(()),
            None => {
                seen.remove(key);
                Ok(())
            }
        }
    }

    fn add(&self, seen: &mut Seen<K>, key: K, now: Millis) {
        let limit = key.limit();
        let times = seen.entry(key).or_default();
        times.push_back(now);
        // More than the limit tell nothing more: the youngest say how long it lasts.
        if times.len() > limit {
            times.pop_front();
        }
        while seen.len() > self.keys {
            let idlest = seen.iter().min_by_key(|(_, times)| times.back().copied());
            let Some(idlest) = idlest.map(|(key, _)| key.clone()) else { return };
            seen.remove(&idlest);
        }
    }
}

type Seen<K> = BTreeMap<K, VecDeque<Millis>>;
