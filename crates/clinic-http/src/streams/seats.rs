//! How many streams one person may read at once, and how many all together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clinic_domain::ids::ClinicId;

use crate::{Caller, Problem, figures, limits};

/// Who sits where. Clones share one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of: BTreeMap<(ClinicId, Caller), usize>,
}

/// A place for one stream, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    of: (ClinicId, Caller),
}

impl Seats {
    /// Takes a place for one more stream.
    pub(crate) fn take(&self, clinic: ClinicId, caller: Caller) -> Result<Seat, Problem> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= limits::STREAMS {
            return Err(Problem::unavailable());
        }
        let (of, limit) = ((clinic, caller), limit(caller));
        let hers = taken.of.entry(of).or_default();
        if *hers >= limit {
            return Err(Problem::too_many_streams(limit));
        }
        *hers = hers.saturating_add(1);
        taken.all = taken.all.saturating_add(1);
        drop(taken);
        figures::stream(caller, 1.0);
        Ok(Seat { seats: self.clone(), of })
    }
}

fn limit(caller: Caller) -> usize {
    match caller {
        Caller::Host => limits::STREAMS_OF_HOST,
        Caller::Member(..) => limits::STREAMS_OF_MEMBER,
        Caller::Patient(_) | Caller::Nobody => limits::STREAMS_OF_PATIENT,
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        figures::stream(self.of.1, -1.0);
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(hers) = taken.of.get_mut(&self.of) {
            *hers = hers.saturating_sub(1);
            if *hers == 0 {
                taken.of.remove(&self.of);
            }
        }
    }
}
