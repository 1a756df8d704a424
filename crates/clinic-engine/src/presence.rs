//! Who was last seen when. The table stands beside the log: only its edges - somebody went offline,
//! somebody is back - become events, as commands of the presence policy.
//!
//! Who is connected to another node is not gone: what others have told counts beside what is heard here. An
//! absence is certain when they were asked after it had lasted long enough; that somebody is back is noted by
//! the node that hears her.

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
use crate::ports::{Life, Seen, Told};
use crate::sync::lock;

/// The signs of life that a node knows of.
#[derive(Debug)]
pub(crate) struct Signs {
    /// Whether there are other nodes.
    shared: bool,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// The last signs heard here, by clinic, person and connection.
    own: BTreeMap<(ClinicId, Person), BTreeMap<Uuid, Life>>,
    /// Those of them that others have not been told.
    untold: BTreeMap<(ClinicId, Person, Uuid), Life>,
    /// Whether a stream opened or closed among those.
    urgent: bool,
    /// What others have told, by clinic.
    others: BTreeMap<ClinicId, Others>,
    /// When the log last said that somebody is back, noted by another node.
    back: BTreeMap<(ClinicId, Person), Timestamp>,
}

/// What others have told of one clinic.
#[derive(Debug, Default)]
struct Others {
    /// When they were asked.
    asked: Timestamp,
    lives: BTreeMap<Person, Life>,
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

impl Signs {
    /// None yet. If there are other nodes, what is heard is kept for them.
    pub(crate) fn new(shared: bool) -> Self {
        Self { shared, table: Mutex::default() }
    }

    /// Notes a sign of life; the connection heard of least recently makes room for a new one.
    pub(crate) fn note(
        &self,
        clinic: ClinicId,
        who: Person,
        connection: Uuid,
        sign: Sign,
        at: Timestamp,
    ) {
        let Table { own, untold, urgent, .. } = &mut *lock(&self.table);
        let connections = own.entry((clinic, who)).or_default();
        let open = matches!(connections.get(&connection), Some(Life::Open(_)));
        let life = match sign {
            Sign::Beat if open => return, // an open stream says as much
            Sign::Beat | Sign::Closed => Life::Heard(at),
            Sign::Opened => Life::Open(at),
        };
        connections.insert(connection, life);
        let mut heard = vec![(connection, life)];
        if connections.len() > limits::CONNECTIONS
            && let Some((idlest, life)) = connections.iter().min_by_key(|(_, life)| life.weight())
        {
            let (idlest, life) = (*idlest, *life);
            connections.remove(&idlest);
            heard.push((idlest, Life::Heard(life.at())));
        }
        if self.shared {
            untold.extend(heard.into_iter().map(|(of, life)| ((clinic, who, of), life)));
            *urgent |= sign != Sign::Beat;
        }
    }

    /// Notes that the log says that somebody is back: another node has heard her.
    pub(crate) fn is_back(&self, clinic: ClinicId, who: Person, at: Timestamp) {
        if self.shared {
            lock(&self.table).back.insert((clinic, who), at);
        }
    }

    /// This node serves a clinic no more, and whoever is connected will go elsewhere.
    pub(crate) fn leave(&self, clinic: ClinicId, at: Timestamp) {
        let Table { own, untold, urgent, .. } = &mut *lock(&self.table);
        for ((_, who), connections) in own.iter().filter(|((of, _), _)| *of == clinic) {
            let heard = connections.iter().filter(|(_, life)| matches!(life, Life::Open(_)));
            untold.extend(heard.map(|(of, _)| ((clinic, *who, *of), Life::Heard(at))));
        }
        own.retain(|(of, _), _| *of != clinic);
        *urgent = true;
    }

    /// Everything that is heard here is to be told again.
    pub(crate) fn tell_all(&self) {
        let Table { own, untold, .. } = &mut *lock(&self.table);
        for ((clinic, who), connections) in own {
            untold.extend(connections.iter().map(|(of, life)| ((*clinic, *who, *of), *life)));
        }
    }

    /// Whether others should be told soon.
    pub(crate) fn urgent(&self) -> bool {
        lock(&self.table).urgent
    }

    /// Takes what others have not been told.
    pub(crate) fn take_untold(&self) -> Vec<Seen> {
        let mut table = lock(&self.table);
        table.urgent = false;
        let seen = |((clinic, who, connection), life)| Seen { clinic, who, connection, life };
        std::mem::take(&mut table.untold).into_iter().map(seen).collect()
    }

    /// Puts back what nobody could be told.
    pub(crate) fn put_back(&self, seen: Vec<Seen>) {
        let mut table = lock(&self.table);
        for Seen { clinic, who, connection, life } in seen {
            table.untold.entry((clinic, who, connection)).or_insert(life); // it may be older by now
        }
        table.urgent = true;
    }

    /// Takes in what others have told of these clinics when they were asked. What a node says that is alive
    /// no more, it was heard to say for the last time then.
    pub(crate) fn hear(&self, clinics: &[ClinicId], asked: Timestamp, told: Vec<Told>) {
        let mut lives: BTreeMap<ClinicId, BTreeMap<Person, Life>> = BTreeMap::new();
        for Told { alive, seen, .. } in told {
            let dead = asked.since(alive) > limits::NODE_SILENCE;
            let life = match seen.life {
                Life::Open(_) if dead => Life::Heard(alive),
                Life::Open(_) | Life::Heard(_) => seen.life,
            };
            let best = lives.entry(seen.clinic).or_default().entry(seen.who).or_insert(life);
            *best = (*best).max_by_weight(life);
        }
        let mut table = lock(&self.table);
        for clinic in clinics {
            let lives = lives.remove(clinic).unwrap_or_default();
            table.others.insert(*clinic, Others { asked, lives });
        }
    }

    /// What says most of a person's connections to this node; an open one before any that is not.
    fn heard(&self, clinic: ClinicId, who: Person) -> Option<Life> {
        let table = lock(&self.table);
        let lives = table.own.get(&(clinic, who))?.values();
        lives.copied().max_by_key(|life| life.weight())
    }

    /// The same of her connections to any node.
    fn heard_anywhere(&self, clinic: ClinicId, who: Person) -> Option<Life> {
        let here = self.heard(clinic, who);
        let table = lock(&self.table);
        let there = table.others.get(&clinic).and_then(|others| others.lives.get(&who).copied());
        let back = table.back.get(&(clinic, who)).map(|at| Life::Heard(*at));
        [here, there, back].into_iter().flatten().max_by_key(|life| life.weight())
    }

    /// Whether an edge is beyond doubt. An absence is once all others were asked after it had lasted long
    /// enough, and what they heard until then has reached the table.
    pub(crate) fn certain(&self, clinic: ClinicId, edge: &Due) -> bool {
        if !self.shared || matches!(edge.action, Action::NotePresence { online: true, .. }) {
            return true;
        }
        let asked = lock(&self.table).others.get(&clinic).map(|others| others.asked);
        asked.is_some_and(|asked| asked >= edge.at.plus(limits::SEEN_LAG))
    }

    fn forget(&self, clinic: ClinicId, who: Person) {
        let mut table = lock(&self.table);
        table.own.remove(&(clinic, who));
        table.back.remove(&(clinic, who));
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
        let seen = match presence {
            Presence::Online => self.heard_anywhere(state.id(), who),
            Presence::OfflineSince(_) => self.heard(state.id(), who),
        };
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
        let keys: Vec<Person> = {
            let Table { own, back, .. } = &*lock(&self.table);
            let known = own.keys().chain(back.keys());
            known.filter(|(of, _)| *of == clinic).map(|(_, who)| *who).collect()
        };
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
