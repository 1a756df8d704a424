//! The state of a clinic as it is kept between two runs, so that a start folds the tail of a log and
//! not all of it. A cache: it may be dropped at any time, and the log makes it anew.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ClinicState, Leaving, Slot, answered};
use crate::clinic::Clinic;
use crate::ids::{ClinicId, Position, RoomId, TransferId, VisitId};
use crate::room::Room;
use crate::time::Timestamp;
use crate::transfer::Transfer;
use crate::visit::PatientVisit;

/// What cannot be told from the rest. It is bounded by what is open, by the windows of what is not,
/// and by the memory of answers.
#[derive(Serialize, Deserialize)]
struct Saved<'s> {
    clinic_id: ClinicId,
    head: Position,
    now: Timestamp,
    clinic: Cow<'s, Slot<Clinic>>,
    rooms: Cow<'s, BTreeMap<RoomId, Slot<Room>>>,
    visits: Cow<'s, BTreeMap<VisitId, Slot<PatientVisit>>>,
    transfers: Cow<'s, BTreeMap<TransferId, Slot<Transfer>>>,
    leaving: Vec<(Timestamp, Leaving)>,
    answered: Cow<'s, answered::Memory>,
}

impl ClinicState {
    /// The version of this fold. Raise it whenever the same events make another state, or the same
    /// state is saved in another form: states that were saved under another version are dropped.
    pub const FOLD_VERSION: u32 = 1;
}

impl Serialize for ClinicState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let saved = Saved {
            clinic_id: self.clinic_id,
            head: self.head,
            now: self.now,
            clinic: Cow::Borrowed(&self.clinic),
            rooms: Cow::Borrowed(&self.rooms),
            visits: Cow::Borrowed(&self.visits),
            transfers: Cow::Borrowed(&self.transfers),
            leaving: self.leaving.iter().copied().collect(),
            answered: Cow::Borrowed(&self.answered),
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClinicState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Saved::deserialize(deserializer).map(Self::from)
    }
}

/// The indexes are made anew. A loaded state lets go of what is over, as one in service does.
impl From<Saved<'_>> for ClinicState {
    fn from(saved: Saved<'_>) -> Self {
        let mut state = Self {
            head: saved.head,
            now: saved.now,
            clinic: saved.clinic.into_owned(),
            leaving: saved.leaving.into_iter().collect(),
            answered: saved.answered.into_owned(),
            ..Self::new(saved.clinic_id)
        };
        for (id, room) in saved.rooms.into_owned() {
            state.put_room(id, Some(room));
        }
        for (id, visit) in saved.visits.into_owned() {
            state.put_visit(id, Some(visit));
        }
        for (id, transfer) in saved.transfers.into_owned() {
            state.put_transfer(id, Some(transfer));
        }
        state.meet_everybody();
        state.look_ahead();
        state
    }
}
