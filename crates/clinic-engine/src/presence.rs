//! Who was last seen when. The table stands beside the log: only its edges - somebody went offline,
//! somebody is back - become events, as commands of the presence policy.

use std::collections::BTreeMap;
use std::sync::Mutex;

use clinic_domain::actor::PolicyName;
use clinic_domain::clinic::Member;
use clinic_domain::command::{Action, Person};
use clinic_domain::ids::ClinicId;
use clinic_domain::state::{ClinicState, Due};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::Presence;
use uuid::Uuid;

use crate::limits;
use crate::sync::lock;

/// The last signs of life, by clinic, person and connection.
#[derive(Debug, Default)]
pub(crate) struct LastSeen {
    table: Mutex<BTreeMap<(ClinicId, Person), BTreeMap<Uuid, Life>>>,
}

/// A sign of life on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A heartbeat.
    Beat,
    /// A stream was opened: its reader is there until it is closed.
    Opened,
    /// A stream was closed.
    Closed,
}

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// A stream is open, since then.
    Open(Timestamp),
    /// It was last heard of then.
    Heard(Timestamp),
}

impl Life {
    fn latest(self) -> Timestamp {
        match self {
            Self::Open(at) | Self::Heard(at) => at,
        }
    }
}

impl LastSeen {
    /// Notes a sign of life; the connection heard of least recently makes room for a new one.
    pub(crate) fn note(
        &self,
        clinic: ClinicId,
        who: Person,
        connection: Uuid,
        sign: Sign,
        at: Timestamp,
    ) {
        let mut table = lock(&self.table);
        let connections = table.entry((clinic, who)).or_default();
        let open = matches!(connections.get(&connection), Some(Life::Open(_)));
        match sign {
            Sign::Beat if open => {} // an open stream says as much
            Sign::Beat | Sign::Closed => {
                connections.insert(connection, Life::Heard(at));
            }
            Sign::Opened => {
                connections.insert(connection, Life::Open(at));
            }
        }
        if connections.len() > limits::CONNECTIONS
            && let Some(idlest) = connections
                .iter()
                .min_by_key(|(_, life)| (matches!(life, Life::Open(_)), life.latest()))
        {
            let idlest = *idlest.0;
            connections.remove(&idlest);
        }
    }

    /// The latest of a person's connections; an open one before any that is not.
    fn of(&self, clinic: ClinicId, who: Person) -> Option<Life> {
        let table = lock(&self.table);
        let lives = table.get(&(clinic, who))?.values();
        lives.max_by_key(|life| (matches!(life, Life::Open(_)), life.latest())).copied()
    }

    fn forget(&self, clinic: ClinicId, who: Person) {
        lock(&self.table).remove(&(clinic, who));
    }

    /// The edges that the present signs of life make, or will make if silence goes on. Whoever has
    /// not been heard of since `opened_at`, when this engine took the clinic up, gets more time.
    pub(crate) fn edges(&self, state: &ClinicState, opened_at: Timestamp) -> Vec<Due> {
        let members = state.clinic().founded().into_iter().flat_map(|clinic| clinic.members.keys());
        let members = members.map(|id| Person::Member(*id));
        let patients = state.visits().map(|(id, _)| Person::Patient(id));
        members.chain(patients).filter_map(|who| self.edge(state, opened_at, who)).collect()
    }

    /// The edge that one person's signs of life make, or will make; none for who is not here.
    pub(crate) fn edge(
        &self,
        state: &ClinicState,
        opened_at: Timestamp,
        who: Person,
    ) -> Option<Due> {
        let (subject, presence) = match who {
            Person::Member(id) => {
                let member = state.clinic().member(id).filter(|member| member.active())?;
                (id.0, member.presence)
            }
            Person::Patient(id) => (id.0, state.visit(id)?.open()?.presence),
        };
        let seen = self.of(state.id(), who);
        let (at, online, last_seen) = match (presence, seen) {
            (Presence::Online, Some(Life::Heard(seen))) => {
                (seen.plus(limits::SILENCE), false, seen)
            }
            (Presence::Online, None) => {
                let arrived = arrived_at(state, who).unwrap_or(opened_at);
                let restarted = opened_at.plus(limits::SILENCE_AFTER_START);
                (restarted.max(arrived.plus(limits::SILENCE)), false, arrived)
            }
            (Presence::OfflineSince(since), Some(Life::Open(seen))) => {
                (seen.max(since), true, seen.max(since))
            }
            (Presence::OfflineSince(since), Some(Life::Heard(seen))) if seen >= since => {
                (seen, true, seen)
            }
            (Presence::Online, Some(Life::Open(_)))
            | (Presence::OfflineSince(_), Some(Life::Heard(_)) | None) => return None,
        };
        let action = Action::NotePresence { who, online, last_seen };
        Some(Due { at, policy: PolicyName::Presence, subject, action })
    }

    /// Forgets those who are gone for good.
    pub(crate) fn sweep(&self, state: &ClinicState) {
        let clinic = state.id();
        let keys: Vec<Person> =
            lock(&self.table).keys().filter(|(of, _)| *of == clinic).map(|(_, who)| *who).collect();
        for who in keys {
            let here = match who {
                Person::Patient(visit) => state.visit(visit).is_some_and(|v| v.open().is_some()),
                Person::Member(member) => state.clinic().member(member).is_some_and(Member::active),
            };
            if !here {
                self.forget(clinic, who);
            }
        }
    }
}

/// A patient whose page was never heard of checked in at least then.
fn arrived_at(state: &ClinicState, who: Person) -> Option<Timestamp> {
    match who {
        Person::Patient(visit) => Some(state.visit(visit)?.open()?.check_in.at),
        Person::Member(_) => None,
    }
}
