//! New ids: `UUIDv7`, so that whatever is indexed by them grows at one end.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use clinic_domain::time::Timestamp;
use uuid::{Builder, Uuid};

/// Mints ids.
pub trait Ids: Send + Sync + fmt::Debug {
    /// A new `UUIDv7` of the instant `at`.
    fn mint(&self, at: Timestamp) -> Uuid;
}

/// Ids that nobody can guess.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn mint(&self, at: Timestamp) -> Uuid {
        let mut random = [0; 10];
        // A machine without randomness cannot keep the promise of unique ids; stopping is safe.
        #[expect(clippy::expect_used, reason = "there is nothing sensible to go on with")]
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        v7(at, random)
    }
}

/// The same ids in the same order, for tests, simulations and played days.
#[derive(Debug, Default)]
pub struct CountedIds {
    next: AtomicU64,
}

impl CountedIds {
    /// Starts at the `first`-th id, for a second engine on the same log.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        Self { next: AtomicU64::new(first) }
    }
}

impl Ids for CountedIds {
    fn mint(&self, at: Timestamp) -> Uuid {
        let n = self.next.fetch_add(1, Ordering::SeqCst);
        // Apart by 2^20, so that the ids that follow from one never meet the next.
        let number = (u128::from(n) << 20).to_be_bytes();
        let mut random = [0; 10];
        random.copy_from_slice(&number[6..]);
        v7(at, random)
    }
}

fn v7(at: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(at.0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
