//! The access log: who looked at personal data, and when, and who let whom sign in. Neither is a fact of
//! the clinic, so it is kept beside the log of events and never in it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, MemberId, RoomId, VisitId};
use clinic_domain::time::Timestamp;

use super::LogError;
use crate::limits;
use crate::sync::lock;

/// Who reads: somebody who may see others' data. What is a patient's own is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A member of the clinic.
    Member(MemberId),
    /// The product that embeds the clinic.
    Host,
}

/// Whose data is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Anybody's in the clinic.
    Clinic,
    /// Those in a room.
    Room(RoomId),
    /// One visit's.
    Visit(VisitId),
    /// One member's account.
    Account(MemberId),
}

/// One reading of personal data, or one change of who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// In which clinic.
    pub clinic: ClinicId,
    /// By whom.
    pub who: Reader,
    /// Which read model was read, by a short name such as `board`, or what was done, such as `invite`.
    pub model: Cow<'static, str>,
    /// Whose data.
    pub subject: Subject,
}

/// A reading as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accessed {
    /// Its number in this access log: later ones have higher numbers. A page goes on behind it.
    pub number: u64,
    /// The reading.
    pub access: Access,
}

/// Keeps who looked at personal data. A reading is answered after its record is kept, and not at all if
/// it cannot be.
#[async_trait]
pub trait AccessLog: Send + Sync + fmt::Debug {
    /// Keeps a record. It is there for every later reading, after any crash.
    ///
    /// # Errors
    /// If it may not have been kept.
    async fn record(&self, access: Access) -> Result<(), LogError>;

    /// At most `limit` records of a clinic with numbers above `after`, the oldest first.
    ///
    /// # Errors
    /// If the store fails.
    async fn read(
        &self,
        clinic: ClinicId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Accessed>, LogError>;
}

/// The last records, in this process's memory: gone when it ends, as is whatever was read.
#[derive(Debug, Default)]
pub struct MemoryAccess {
    kept: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    last: u64,
    records: VecDeque<Accessed>,
}

#[async_trait]
impl AccessLog for MemoryAccess {
    async fn record(&self, access: Access) -> Result<(), LogError> {
        let mut ring = lock(&self.kept);
        ring.last += 1;
        let number = ring.last;
        if ring.records.len() >= limits::ACCESSES_IN_MEMORY {
            ring.records.pop_front();
        }
        ring.records.push_back(Accessed { number, access });
        Ok(())
    }

    async fn read(
        &self,
        clinic: ClinicId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Accessed>, LogError> {
        let ring = lock(&self.kept);
        let theirs =
            ring.records.iter().filter(|one| one.number > after && one.access.clinic == clinic);
        Ok(theirs.take(limit).cloned().collect())
    }
}
