//! What a node remembers of the clinics that it appends to.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::Batch;

use crate::limits;
use crate::sync::lock;

/// Of all clinics.
#[derive(Default)]
pub(crate) struct Memory {
    clinics: Mutex<HashMap<ClinicId, Remembered>>,
    /// Clinics with a commit in doubt that is not settled yet. These must not be forgotten.
    doubted: Mutex<BTreeSet<ClinicId>>,
    /// Clinics that were left out of a turn, or whose turn was over: each is locked by itself once.
    alone: Mutex<BTreeSet<ClinicId>>,
}

/// Of one clinic. It may be forgotten: a fence is learnt again by a lost race, a stream's end by asking.
#[derive(Default)]
struct Remembered {
    fence: i64,
    /// The head up to which `streams` is right.
    at: Position,
    /// The last numbers of streams.
    streams: HashMap<StreamId, u64>,
}

impl Remembered {
    fn go_on<'e>(&mut self, to: Position, events: impl Iterator<Item = &'e Recorded>) {
        if self.streams.len() >= limits::STREAMS_REMEMBERED {
            self.streams.clear();
        }
        self.at = to;
        self.streams.extend(events.map(|one| (one.event.stream(), one.sequence)));
    }
}

impl Memory {
    /// How many commits in doubt were settled in a clinic, as far as this node has heard.
    pub(crate) fn fence(&self, clinic: ClinicId) -> i64 {
        lock(&self.clinics).get(&clinic).map_or(0, |known| known.fence)
    }

    /// So many commits in doubt were settled.
    pub(crate) fn fenced(&self, clinic: ClinicId, fence: i64) {
        let mut clinics = lock(&self.clinics);
        if fence != 0 || clinics.contains_key(&clinic) {
            clinics.entry(clinic).or_default().fence = fence;
        }
    }

    /// Nobody knows whether a clinic's head was moved.
    pub(crate) fn doubt(&self, clinic: ClinicId) {
        lock(&self.doubted).insert(clinic);
    }

    /// Whether a commit of a clinic is in doubt.
    pub(crate) fn doubts(&self, clinic: ClinicId) -> bool {
        lock(&self.doubted).contains(&clinic)
    }

    /// It is settled.
    pub(crate) fn settled(&self, clinic: ClinicId) {
        lock(&self.doubted).remove(&clinic);
    }

    /// This clinic's head is to be locked by itself.
    pub(crate) fn goes_alone(&self, clinic: ClinicId) {
        lock(&self.alone).insert(clinic);
    }

    /// It was, so it may take turns again.
    pub(crate) fn went_alone(&self, clinic: ClinicId) {
        lock(&self.alone).remove(&clinic);
    }

    /// Whether it may be locked together with others: a commit in doubt is settled first.
    pub(crate) fn takes_turns(&self, clinic: ClinicId) -> bool {
        !self.doubts(clinic) && !lock(&self.alone).contains(&clinic)
    }

    /// Leaves those streams of a clinic that do not end, at a head, where they are said to as far as this node
    /// knows.
    pub(crate) fn unsure(
        &self,
        clinic: ClinicId,
        at: Position,
        streams: &mut Vec<(StreamId, u64)>,
    ) {
        let clinics = lock(&self.clinics);
        if let Some(known) = clinics.get(&clinic).filter(|known| known.at == at) {
            streams.retain(|(stream, last)| known.streams.get(stream) != Some(last));
        }
    }

    /// Events were read behind a position. Where what is remembered ends among them, it goes on with them.
    pub(crate) fn followed(&self, clinic: ClinicId, after: Position, tail: &[Recorded]) {
        let Some(last) = tail.last() else { return };
        let mut clinics = lock(&self.clinics);
        let meets = |known: &&mut Remembered| after <= known.at && known.at <= last.position;
        if let Some(known) = clinics.get_mut(&clinic).filter(meets) {
            known.go_on(last.position, tail.iter());
        }
    }

    /// A batch was appended.
    pub(crate) fn appended(&self, batch: &Batch) {
        let Some(last) = batch.events.last() else { return };
        let mut clinics = lock(&self.clinics);
        if clinics.len() >= limits::CLINICS_REMEMBERED {
            clinics.clear();
        }
        let known = clinics.entry(batch.clinic).or_default();
        if known.at != batch.expected {
            known.streams.clear();
        }
        known.go_on(last.position, batch.events.iter().map(AsRef::as_ref));
    }
}
