//! Who was last seen when. The table stands beside the log: only its edges - somebody went offline,
//! somebody is back - become events, as commands of the presence policy.

use std::collections::BTreeMap;
use std::sync::Mutex;

use clinic_domain::actor::PolicyName;
use clinic_domain::command::{Action, Person};
use clinic_domain::ids::ClinicId;
use clinic_domain::state::{ClinicState, Due};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::Presence;
use uuid::Uuid;

use crate::limits;
use crate::sync::lock;

/// The last signs of life, by clinic, person and connection.
#[derive(Debug)]
pub(crate) struct LastSeen {
    started_at: Timestamp,
    table: Mutex<BTreeMap<(ClinicId, Person), BTreeMap<Uuid, Timestamp>>>,
}

impl LastSeen {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        Self { started_at, table: Mutex::default() }
    }

    /// Notes a sign of life; the connection heard of least recently makes room for a new one.
    pub(crate) fn note(&self, clinic: ClinicId, who: Person, connection: Uuid, at: Timestamp) {
        let mut table = lock(&self.table);
        let connections = table.entry((clinic, who)).or_default();
        connections.insert(connection, at);
        if connections.len() > limits::CONNECTIONS
            && let Some(idlest) = connections.iter().min_by_key(|(_, at)| **at).map(|(id, _)| *id)
        {
            connections.remove(&idlest);
        }
    }

    fn of(&self, clinic: ClinicId, who: Person) -> Option<Timestamp> {
        lock(&self.table).get(&(clinic, who))?.values().max().copied()
    }

    fn forget(&self, clinic: ClinicId, who: Person) {
        lock(&self.table).remove(&(clinic, who));
    }

    /// The edges that the present signs of life make, or will make if silence goes on.
    pub(crate) fn edges(&self, state: &ClinicState) -> Vec<Due> {
        let members = state.clinic().founded().into_iter().flat_map(|clinic| clinic.members.keys());
        let members = members.map(|id| Person::Member(*id));
        let patients = state.visits().map(|(id, _)| Person::Patient(id));
        members.chain(patients).filter_map(|who| self.edge(state, who)).collect()
    }

    /// The edge that one person's signs of life make, or will make; none for who is not here.
    pub(crate) fn edge(&self, state: &ClinicState, who: Person) -> Option<Due> {
        let (subject, presence) = match who {
            Person::Member(id) => {
                let member = state.clinic().member(id).filter(|member| member.active())?;
                (id.0, member.presence)
            }
            Person::Patient(id) => (id.0, state.visit(id)?.open()?.presence),
        };
        let seen = self.of(state.id(), who);
        let (at, online, last_seen) = match presence {
            // Before anybody has been heard since the start, everybody gets time to come back.
            Presence::Online => {
                let arrived = arrived_at(state, who).unwrap_or(self.started_at);
                let restarted = self.started_at.plus(limits::SILENCE_AFTER_START);
                let unheard = restarted.max(arrived.plus(limits::SILENCE));
                let at = seen.map_or(unheard, |seen| seen.plus(limits::SILENCE));
                (at, false, seen.unwrap_or(arrived))
            }
            Presence::OfflineSince(since) => {
                let seen = seen.filter(|seen| *seen >= since)?;
                (seen, true, seen)
            }
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
                Person::Member(member) => {
                    state.clinic().member(member).is_some_and(clinic_domain::clinic::Member::active)
                }
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
