//! A clinic without an engine: commands are decided, recorded and folded at once, in virtual time.
//!
//! Everything a [`World`] makes - ids, instants, the ids of due work - follows from its seed and from
//! what is asked of it, so a story that failed once fails again.

use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::actor::{Actor, PolicyName, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, Fresh, MemberId, Position, RoomId, VisitId};
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{RoomEvent, RoomKind};
use clinic_domain::state::{ClinicState, Due, Stamp};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::VisitEvent;
use uuid::Uuid;

use crate::words;

/// What became of a command: what was recorded, or why not.
pub type Answer = Result<Vec<Recorded>, Refusal>;

/// Monday, 2 March 2026, 08:00 UTC: a clinic's door opens.
const MORNING: Timestamp = Timestamp(1_772_438_400_000);

/// A clinic with its log and its clock.
#[derive(Clone, Debug)]
pub struct World {
    state: ClinicState,
    log: Vec<Recorded>,
    streams: BTreeMap<StreamId, Vec<usize>>,
    /// What was loaded, and how long the log was by then: a fold of the log alone does not hold it.
    loaded: Vec<(usize, StreamId)>,
    now: Timestamp,
    seed: u16,
    minted: u32,
}

/// Time and memory.
impl World {
    /// A clinic that nobody has founded, on a Monday at 08:00 UTC. Worlds of one seed are alike.
    #[must_use]
    pub fn new(seed: u16) -> Self {
        Self::starting(seed, MORNING)
    }

    /// A clinic that nobody has founded, at an instant.
    #[must_use]
    pub fn starting(seed: u16, now: Timestamp) -> Self {
        let clinic = ClinicId(id(now, seed, 0));
        Self {
            state: ClinicState::new(clinic),
            log: vec![],
            streams: BTreeMap::new(),
            loaded: vec![],
            now,
            seed,
            minted: 0,
        }
    }

    /// The clinic as it is.
    #[must_use]
    pub fn state(&self) -> &ClinicState {
        &self.state
    }

    /// Everything that happened.
    #[must_use]
    pub fn log(&self) -> &[Recorded] {
        &self.log
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The events of one stream.
    #[must_use]
    pub fn stream(&self, stream: StreamId) -> Vec<Recorded> {
        self.stream_until(stream, self.log.len())
    }

    fn stream_until(&self, stream: StreamId, length: usize) -> Vec<Recorded> {
        let places = self.streams.get(&stream).into_iter().flatten();
        let places = places.take_while(|place| **place < length);
        places.filter_map(|place| self.log.get(*place)).cloned().collect()
    }

    /// The state that the log makes, where the same streams are loaded at the same places. It equals
    /// [`World::state`], or the fold depends on something other than the log.
    #[must_use]
    pub fn replayed(&self) -> ClinicState {
        let mut state = ClinicState::new(self.state.id());
        let mut loaded = self.loaded.iter().peekable();
        for length in 0..=self.log.len() {
            while let Some((_, stream)) = loaded.next_if(|(at, _)| *at == length) {
                state.load(*stream, &self.stream_until(*stream, length));
            }
            if let Some(recorded) = self.log.get(length) {
                state.evolve(recorded);
            }
        }
        state
    }

    /// Lets time pass, and nothing else: whatever falls due stays undone.
    pub fn pass(&mut self, span: Millis) {
        self.now = self.now.plus(span);
    }

    /// Lets time pass and has everything done that falls due, each at its instant.
    pub fn advance(&mut self, span: Millis) -> Vec<(Command, Answer)> {
        let until = self.now.plus(span);
        let mut done = vec![];
        let mut seen = BTreeSet::new();
        while let Some(command) = self.due(until) {
            // Work that stays due although it was done would keep this loop for ever.
            if !seen.insert(command.id) {
                break;
            }
            let answer = self.submit(&command);
            done.push((command, answer));
        }
        self.now = self.now.max(until);
        done
    }

    /// Has everything done that is due now.
    pub fn tick(&mut self) -> Vec<(Command, Answer)> {
        self.advance(Millis::ZERO)
    }

    /// The first work that falls due until some instant, as the command of its policy. The clock
    /// goes to where it is due.
    pub fn due(&mut self, until: Timestamp) -> Option<Command> {
        let due = self.state.dues().into_iter().next().filter(|due| due.at <= until)?;
        self.now = self.now.max(due.at);
        let command = self.command(Actor::policy(due.policy), due.action.clone());
        Some(Command { id: due_id(&due), ..command })
    }

    /// Whether a command of [`World::due`] is still to be done.
    #[must_use]
    pub fn is_due(&self, id: CommandId) -> bool {
        self.state.dues().iter().any(|due| due_id(due) == id)
    }
}

/// Asking.
impl World {
    /// A command with new ids, at this instant.
    pub fn command(&mut self, actor: Actor, action: Action) -> Command {
        Command {
            id: CommandId(self.mint()),
            actor,
            at: self.now,
            fresh: Fresh(self.mint()),
            action,
        }
    }

    /// Asks, and records what is granted.
    ///
    /// # Errors
    /// The clinic's refusal; then nothing has changed.
    pub fn ask(&mut self, actor: Actor, action: Action) -> Answer {
        let command = self.command(actor, action);
        self.submit(&command)
    }

    /// Submits a command, and records what is granted. The clock goes to the command's instant.
    ///
    /// # Errors
    /// The clinic's refusal; then nothing has changed.
    pub fn submit(&mut self, command: &Command) -> Answer {
        self.submit_by(command, ClinicState::decide)
    }

    /// The same, where other rules than the clinic's decide: for whoever tries whether the laws see it.
    ///
    /// # Errors
    /// The refusal of those rules; then nothing has changed.
    pub fn submit_by(
        &mut self,
        command: &Command,
        decide: impl FnOnce(&ClinicState, &Command) -> Result<Vec<Event>, Refusal>,
    ) -> Answer {
        self.load(command);
        let events = decide(&self.state, command)?;
        Ok(self.record(command, events))
    }

    /// Loads the streams that a command needs and the live state lacks.
    pub fn load(&mut self, command: &Command) {
        for stream in self.state.needs(command) {
            self.state.load(stream, &self.stream(stream));
            self.loaded.push((self.log.len(), stream));
        }
    }

    /// Records events that grant a command and folds them in. Nobody checks that they do grant it:
    /// history from elsewhere can be told in this way.
    pub fn record(&mut self, command: &Command, events: Vec<Event>) -> Vec<Recorded> {
        self.now = self.now.max(command.at);
        let stamp = Stamp {
            recorded_at: self.now,
            correlation_id: command.id.0,
            causation_id: None,
            clamped: None,
        };
        let recorded = self.state.record(command, events, &stamp);
        for recorded in &recorded {
            self.state.evolve(recorded);
            self.streams.entry(recorded.event.stream()).or_default().push(self.log.len());
            self.log.push(recorded.clone());
        }
        recorded
    }

    /// Folds in what somebody else recorded, as it stands.
    pub fn follow(&mut self, recorded: Recorded) {
        self.now = self.now.max(recorded.occurred_at);
        self.state.evolve(&recorded);
        self.streams.entry(recorded.event.stream()).or_default().push(self.log.len());
        self.log.push(recorded);
    }

    /// An id that this world has not used. The ids that a command counts up from it are unused too.
    pub fn mint(&mut self) -> Uuid {
        self.minted = self.minted.saturating_add(1);
        id(self.now, self.seed, self.minted)
    }
}

/// A clinic in a few words, for tests that are about something else.
impl World {
    /// Founds the clinic, in Berlin, with every capability. Answers its Owner, who is online.
    ///
    /// # Panics
    /// If it exists already.
    #[track_caller]
    pub fn found(&mut self) -> MemberId {
        let action = Action::FoundClinic {
            name: words::title("Clinic at the Park"),
            zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
            owner_name: words::title("Olga"),
            capabilities: BTreeSet::from(Capability::ALL),
            external_ref: None,
        };
        self.must(Actor::Host, action);
        let clinic = self.state.clinic().founded().expect("it has just been founded");
        let owner = *clinic.members.keys().next().expect("a clinic has an owner");
        self.connect(Person::Member(owner), true);
        owner
    }

    /// Adds a member, who comes online.
    ///
    /// # Panics
    /// If that is refused.
    #[track_caller]
    pub fn join(&mut self, name: &str, role: Role) -> MemberId {
        let name = words::title(name);
        let recorded = self.must(Actor::Host, Action::AddMember { name, role, external_ref: None });
        let added = recorded.first().expect("a member is added by an event");
        let Event::Clinic(_, clinic_domain::clinic::ClinicEvent::MemberAdded { member, .. }) =
            added.event
        else {
            panic!("a member was added by {:?}", added.event);
        };
        self.connect(Person::Member(member), true);
        member
    }

    /// Opens a shared room, its slug made from its name, served by these members.
    ///
    /// # Panics
    /// If that is refused.
    #[track_caller]
    pub fn open(&mut self, name: &str, serving: &[MemberId]) -> RoomId {
        let action = Action::OpenRoom {
            kind: RoomKind::Shared,
            name: words::title(name),
            slug: words::slug(name),
            external_ref: None,
        };
        let recorded = self.must(Actor::Host, action);
        let opened = recorded.first().expect("a room is opened by an event");
        let Event::Room(room, RoomEvent::RoomOpened { .. }) = opened.event else {
            panic!("a room was opened by {:?}", opened.event);
        };
        for member in serving {
            self.must(Actor::Host, Action::AssignMember(room, *member));
        }
        room
    }

    /// Has a patient check in, with a token of her own.
    ///
    /// # Panics
    /// If the door is shut.
    #[track_caller]
    pub fn arrive(&mut self, room: RoomId, name: &str) -> VisitId {
        let token = self.token();
        let form = CheckInForm::new(room, token, words::person(name));
        let recorded = self.must(Actor::Patient(token), Action::CheckIn(Box::new(form)));
        let arrived = recorded.first().expect("a check-in is an event");
        let Event::Visit(visit, VisitEvent::CheckedIn { .. }) = arrived.event else {
            panic!("a patient arrived by {:?}", arrived.event);
        };
        visit
    }

    /// Notes that somebody's page is connected, or that it no longer is.
    ///
    /// # Panics
    /// If there is nobody of that id.
    #[track_caller]
    pub fn connect(&mut self, who: Person, online: bool) {
        let last_seen = self.now;
        let policy = Actor::policy(PolicyName::Presence);
        self.must(policy, Action::NotePresence { who, online, last_seen });
    }

    /// A token that nobody holds yet.
    pub fn token(&mut self) -> TokenHash {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.mint().as_bytes());
        TokenHash(bytes)
    }

    #[track_caller]
    fn must(&mut self, actor: Actor, action: Action) -> Vec<Recorded> {
        let name = action.name();
        match self.ask(actor, action) {
            Ok(recorded) => recorded,
            Err(refusal) => panic!("{name} was refused: {refusal}"),
        }
    }

    /// The position of the last event.
    #[must_use]
    pub fn head(&self) -> Position {
        self.state.head()
    }
}

/// A `UUIDv7` by its form; its random bits are the seed, the number, and room to count up from it.
fn id(at: Timestamp, seed: u16, number: u32) -> Uuid {
    let millis = u128::try_from(at.0).unwrap_or(0) & ((1 << 48) - 1);
    let tail = (u128::from(seed) & 0x3ff) << 48 | u128::from(number) << 16;
    Uuid::from_u128(millis << 80 | 7 << 76 | 0b10 << 62 | tail)
}

/// The same work has the same id, whoever does it: FNV-1a over policy, subject and instant.
fn due_id(due: &Due) -> CommandId {
    let mut digest = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let instant = due.at.0.to_be_bytes();
    let name = due.policy.to_string();
    for &byte in name.as_bytes().iter().chain(due.subject.as_bytes()).chain(&instant) {
        digest =
            (digest ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    CommandId(Uuid::from_u128(digest))
}
