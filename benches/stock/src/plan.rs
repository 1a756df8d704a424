//! What will be asked, worked out before anything is timed.
//!
//! Each clinic plays its visits in memory, one after another, and what its state asks of the aggregates
//! is kept: the same commands, with the same evidence, that the product's own decider would make.

use std::collections::{BTreeSet, HashMap};

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::{Action, CheckInForm, Command};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, Fresh, MemberId, RoomId, VisitId};
use clinic_domain::room::RoomKind;
use clinic_domain::state::{ClinicState, Stamp, Step};
use clinic_domain::text::{PersonName, Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::CloseReason;
use uuid::Uuid;

use crate::Problem;

/// Monday, 2 March 2026, 08:00 UTC.
const MORNING: Timestamp = Timestamp(1_772_438_400_000);
/// Between two commands of a clinic: visits of the morning leave its state by noon.
const STEP: Millis = Millis::seconds(1);

/// A command, as what it asks of each aggregate.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) steps: Vec<Step>,
    /// What the product's log says of a command beside its events.
    pub(crate) metadata: HashMap<String, String>,
}

/// What every client asks, in its order, and how many events that makes.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) clients: Vec<Vec<Ask>>,
    pub(crate) events: usize,
}

/// Plans `visits` visits in all, dealt out to the clients, and the clients to the clinics.
pub(crate) fn plan(clients: usize, clinics: usize, visits: usize) -> Result<Plan, Problem> {
    let mut places = (0..clinics.min(clients)).map(Clinic::found).collect::<Result<Vec<_>, _>>()?;
    let mut desks = vec![];
    for client in 0..clients {
        desks.push(places[client % clinics].desk(client)?);
    }
    let mut plan = Plan { clients: (0..clients).map(|_| vec![]).collect(), events: 0 };
    for visit in 0..visits {
        let client = visit % clients;
        let clinic = &mut places[client % clinics];
        let before = clinic.state.head();
        plan.clients[client].extend(clinic.journey(&desks[client])?);
        plan.events += usize::try_from(clinic.state.head().0 - before.0)?;
    }
    Ok(plan)
}

/// Where a client serves: a place at the reception, and a room of its own.
struct Desk {
    receptionist: MemberId,
    room: RoomId,
    provider: MemberId,
}

/// A clinic in memory, with the room that its visits arrive in.
struct Clinic {
    state: ClinicState,
    ids: Ids,
    now: Timestamp,
    reception: RoomId,
}

impl Clinic {
    fn found(number: usize) -> Result<Self, Problem> {
        let mut ids = Ids::of_clinic(number)?;
        let state = ClinicState::new(ClinicId(ids.mint(MORNING)));
        let mut clinic = Self { state, ids, now: MORNING, reception: RoomId(Uuid::nil()) };
        clinic.set_up(Action::FoundClinic {
            name: Title::parse("Clinic at the Park")?,
            zone: Zone::parse("UTC").ok_or("this build does not know UTC")?,
            owner_name: Title::parse("Olga")?,
            capabilities: BTreeSet::from(Capability::ALL),
            external_ref: None,
        })?;
        clinic.reception = clinic.open("reception")?;
        Ok(clinic)
    }

    fn desk(&mut self, client: usize) -> Result<Desk, Problem> {
        let receptionist = self.join(self.reception)?;
        let room = self.open(&format!("room-{client}"))?;
        Ok(Desk { receptionist, room, provider: self.join(room)? })
    }

    fn open(&mut self, name: &str) -> Result<RoomId, Problem> {
        let (kind, slug, name) = (RoomKind::Shared, Slug::parse(name)?, Title::parse(name)?);
        self.set_up(Action::OpenRoom { kind, name, slug, external_ref: None }).map(RoomId)
    }

    /// A new member, who serves in `room`.
    fn join(&mut self, room: RoomId) -> Result<MemberId, Problem> {
        let (name, role) = (Title::parse("Member")?, Role::Member);
        let member = self.set_up(Action::AddMember { name, role, external_ref: None })?;
        self.set_up(Action::AssignMember(room, MemberId(member)))?;
        Ok(MemberId(member))
    }

    /// Asks as the host, before the journeys; answers the id of what was opened.
    fn set_up(&mut self, action: Action) -> Result<Uuid, Problem> {
        let fresh = self.ids.mint(self.now);
        self.ask(fresh, Actor::Host, action)?;
        Ok(fresh)
    }

    /// Check in, start, pause, start, transfer, start, transfer back, start, complete.
    fn journey(&mut self, desk: &Desk) -> Result<Vec<Ask>, Problem> {
        let id = self.ids.mint(self.now);
        let (visit, seen) = (VisitId(id), None);
        let token = TokenHash(std::array::from_fn(|n| id.as_bytes()[n % 16]));
        let name = PersonName::parse("Bench Patient")?;
        let arrive = Action::CheckIn(Box::new(CheckInForm::new(self.reception, token, name)));
        let start = || Action::StartCall { visit, pausing: false, seen };
        let pause = Action::PauseCall { visit, seen };
        let send = |to| Action::Transfer { visit, to, note: None, seen };
        let complete = Action::CloseVisit { visit, reason: CloseReason::Completed, seen };

        let (receptionist, provider) =
            (Actor::Member(desk.receptionist), Actor::Member(desk.provider));
        let mut asks = vec![self.ask(id, Actor::Patient(token), arrive)?];
        for (by, action) in [
            (&receptionist, start()),
            (&receptionist, pause),
            (&receptionist, start()),
            (&receptionist, send(desk.room)),
            (&provider, start()),
            (&provider, send(self.reception)),
            (&receptionist, start()),
            (&receptionist, complete),
        ] {
            let fresh = self.ids.mint(self.now);
            asks.push(self.ask(fresh, by.clone(), action)?);
        }
        Ok(asks)
    }

    /// Decides a command, folds in what it grants, and answers what it asked of the aggregates.
    fn ask(&mut self, fresh: Uuid, actor: Actor, action: Action) -> Result<Ask, Problem> {
        self.now = self.now.plus(STEP);
        let id = CommandId(self.ids.mint(self.now));
        let command = Command { id, actor, at: self.now, fresh: Fresh(fresh), action };
        let steps = self.state.steps(&command)?;
        let events = self.state.decide(&command)?;
        let (recorded_at, correlation_id) = (self.now, id.0);
        let stamp = Stamp { recorded_at, correlation_id, causation_id: None, clamped: None };
        for recorded in self.state.record(&command, events, &stamp) {
            self.state.evolve(&recorded);
        }
        let metadata = [
            ("actor", command.actor.to_string()),
            ("clinic", self.state.id().to_string()),
            ("command_id", id.to_string()),
            ("occurred_at", self.now.0.to_string()),
        ];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value));
        Ok(Ask { steps, metadata: HashMap::from(metadata) })
    }
}

/// Ids in the form of the product's, `UUIDv7`: those of one instant stand together. Where its engine
/// draws random bits they count, so that two runs store the same.
struct Ids {
    clinic: u128,
    minted: u128,
}

impl Ids {
    fn of_clinic(number: usize) -> Result<Self, Problem> {
        Ok(Self { clinic: u128::try_from(number)?, minted: 0 })
    }

    fn mint(&mut self, at: Timestamp) -> Uuid {
        self.minted += 1;
        let millis = u128::try_from(at.0).unwrap_or(0);
        Uuid::from_u128(millis << 80 | 7 << 76 | 0b10 << 62 | self.clinic << 32 | self.minted)
    }
}
