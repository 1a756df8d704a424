//! A clinic's day, decided by the rules and folded as it happens.
//!
//! Four members and three rooms: Rita serves Reception, Dana and Omar their own rooms; Ada owns the
//! clinic. Everybody is online from nine o'clock on, and it is Monday, 2 March 2026, in Berlin.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, PolicyName, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::event::Recorded;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, Fresh, MemberId, RoomId, TransferId, VisitId};
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{Room, RoomKind, RoomPolicy};
use clinic_domain::state::{ClinicState, Stamp};
use clinic_domain::text::{Label, Note, Notice, PersonName, Slug, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, CloseReason, PatientVisit};
use clinic_projections::board::RoomBoard;
use clinic_projections::row::Row;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;
use uuid::Uuid;

pub(crate) struct Day {
    pub(crate) state: ClinicState,
    pub(crate) log: Vec<Recorded>,
    pub(crate) views: Views,
    pub(crate) now: Timestamp,
    pub(crate) ada: MemberId,
    pub(crate) rita: MemberId,
    pub(crate) dana: MemberId,
    pub(crate) omar: MemberId,
    pub(crate) reception: RoomId,
    pub(crate) dr_dana: RoomId,
    pub(crate) dr_omar: RoomId,
    commands: u128,
}

/// The instant at which a clock in Berlin shows `clock` on the day of the tests.
pub(crate) fn at(clock: &str) -> Timestamp {
    on("2026-03-02", clock)
}

pub(crate) fn on(date: &str, clock: &str) -> Timestamp {
    let summer = (date, clock) >= ("2026-03-29", "03:00:00");
    let offset = if summer { "+02:00" } else { "+01:00" };
    Timestamp::parse(&format!("{date}T{clock}{offset}")).expect("a date and a clock")
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).expect("a title")
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

pub(crate) fn note(text: &str) -> Note {
    Note::parse(text).expect("a note")
}

pub(crate) fn notice(text: &str) -> Notice {
    Notice::parse(text).expect("a notice")
}

pub(crate) fn by(member: MemberId) -> Actor {
    Actor::Member(member)
}

pub(crate) const PRESENCE: Actor = Actor::policy(PolicyName::Presence);

impl Day {
    pub(crate) fn new() -> Self {
        let clinic = ClinicId(Uuid::from_u128(7));
        let nobody = MemberId(Uuid::nil());
        let nowhere = RoomId(Uuid::nil());
        let mut day = Self {
            state: ClinicState::new(clinic),
            log: vec![],
            views: Views::default(),
            now: at("08:00:00"),
            ada: nobody,
            rita: nobody,
            dana: nobody,
            omar: nobody,
            reception: nowhere,
            dr_dana: nowhere,
            dr_omar: nowhere,
            commands: 0,
        };
        day.ada = MemberId(day.next_id());
        day.act(
            Actor::Host,
            Action::FoundClinic {
                name: title("Clinic"),
                zone: Zone::parse("Europe/Berlin").expect("a zone"),
                owner_name: title("Ada"),
                capabilities: BTreeSet::from(Capability::ALL),
                external_ref: None,
            },
        );
        day.rita = day.member("Rita");
        day.dana = day.member("Dana");
        day.omar = day.member("Omar");
        day.reception = day.room("Reception", RoomKind::Shared);
        day.dr_dana = day.room("Dr. Dana", RoomKind::Personal(day.dana));
        day.dr_omar = day.room("Dr. Omar", RoomKind::Personal(day.omar));
        day.act(by(day.ada), Action::AssignMember(day.reception, day.rita));
        day.at("09:00:00");
        for member in [day.rita, day.dana, day.omar] {
            day.member_online(member, true);
        }
        day
    }

    /// What the next command opens first.
    pub(crate) fn next_id(&self) -> Uuid {
        let next = self.commands + 1;
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | next << 16)
    }

    pub(crate) fn at(&mut self, clock: &str) -> &mut Self {
        self.now = at(clock);
        self
    }

    pub(crate) fn on(&mut self, date: &str, clock: &str) -> &mut Self {
        self.now = on(date, clock);
        self
    }

    /// Asks, and records what is granted.
    pub(crate) fn ask(&mut self, actor: Actor, action: Action) -> Result<(), Refusal> {
        let fresh = Fresh(self.next_id());
        self.commands += 1;
        let id = CommandId(fresh.0);
        let command = Command { id, actor, at: self.now, fresh, action };
        let events = self.state.decide(&command)?;
        let stamp = Stamp {
            recorded_at: self.now,
            correlation_id: fresh.0,
            causation_id: None,
            clamped: None,
        };
        for recorded in self.state.record(&command, events, &stamp) {
            self.state.evolve(&recorded);
            self.views.apply(&recorded);
            self.log.push(recorded);
        }
        Ok(())
    }

    /// Asks what is to be granted.
    #[track_caller]
    pub(crate) fn act(&mut self, actor: Actor, action: Action) {
        if let Err(refusal) = self.ask(actor, action) {
            panic!("refused: {}: {refusal}", refusal.path());
        }
    }
}

/// What people do.
impl Day {
    #[track_caller]
    pub(crate) fn member(&mut self, name: &str) -> MemberId {
        let id = MemberId(self.next_id());
        let (name, role) = (title(name), Role::Member);
        self.act(by(self.ada), Action::AddMember { name, role, external_ref: None });
        id
    }

    #[track_caller]
    pub(crate) fn room(&mut self, name: &str, kind: RoomKind) -> RoomId {
        let id = RoomId(self.next_id());
        let slug = name.to_lowercase().replace([' ', '.'], "");
        let slug = Slug::parse(&slug).expect("a slug");
        let name = title(name);
        self.act(by(self.ada), Action::OpenRoom { kind, name, slug, external_ref: None });
        id
    }

    #[track_caller]
    pub(crate) fn policy(&mut self, room: RoomId, change: impl FnOnce(&mut RoomPolicy)) {
        let open = self.state.room(room).and_then(Room::open).expect("an open room");
        let mut policy = Box::new(open.policy.clone());
        change(&mut policy);
        self.act(by(self.ada), Action::SetPolicy(room, policy));
    }

    pub(crate) fn token(name: &str) -> TokenHash {
        let mut token = [0; 32];
        token.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
        TokenHash(token)
    }

    #[track_caller]
    pub(crate) fn check_in(&mut self, name: &str) -> VisitId {
        self.check_in_as(name, self.reception, Arrival::DropIn)
    }

    #[track_caller]
    pub(crate) fn check_in_as(&mut self, name: &str, room: RoomId, arrival: Arrival) -> VisitId {
        let id = VisitId(self.next_id());
        let token = Self::token(name);
        let mut form = CheckInForm::new(room, token, PersonName::parse(name).expect("a name"));
        form.arrival = arrival;
        self.act(Actor::Patient(token), Action::CheckIn(Box::new(form)));
        id
    }

    #[track_caller]
    pub(crate) fn start(&mut self, member: MemberId, visit: VisitId) {
        self.act(by(member), Action::StartCall { visit, pausing: false, seen: None });
    }

    #[track_caller]
    pub(crate) fn pause(&mut self, member: MemberId, visit: VisitId) {
        self.act(by(member), Action::PauseCall { visit, seen: None });
    }

    #[track_caller]
    pub(crate) fn end(&mut self, member: MemberId, visit: VisitId) {
        self.act(by(member), Action::EndCall { visit, seen: None });
    }

    #[track_caller]
    pub(crate) fn send(&mut self, member: MemberId, visit: VisitId, to: RoomId) -> TransferId {
        self.send_with(member, visit, to, None)
    }

    #[track_caller]
    pub(crate) fn send_with(
        &mut self,
        member: MemberId,
        visit: VisitId,
        to: RoomId,
        words: Option<&str>,
    ) -> TransferId {
        let id = TransferId(self.next_id());
        let note = words.map(|words| note(words).into());
        self.act(by(member), Action::Transfer { visit, to, note, seen: None });
        id
    }

    #[track_caller]
    pub(crate) fn close(&mut self, member: MemberId, visit: VisitId, reason: CloseReason) {
        self.act(by(member), Action::CloseVisit { visit, reason, seen: None });
    }

    #[track_caller]
    pub(crate) fn leaves(&mut self, name: &str, visit: VisitId) {
        let (patient, reason) = (Actor::Patient(Self::token(name)), CloseReason::Left);
        self.act(patient, Action::CloseVisit { visit, reason, seen: None });
    }

    #[track_caller]
    pub(crate) fn online(&mut self, visit: VisitId, online: bool) {
        let (who, last_seen) = (Person::Patient(visit), self.now);
        self.act(PRESENCE, Action::NotePresence { who, online, last_seen });
    }

    #[track_caller]
    pub(crate) fn member_online(&mut self, member: MemberId, online: bool) {
        let (who, last_seen) = (Person::Member(member), self.now);
        self.act(PRESENCE, Action::NotePresence { who, online, last_seen });
    }
}

/// What people see.
impl Day {
    #[track_caller]
    pub(crate) fn board(&self, room: RoomId) -> RoomBoard {
        self.views.census.board(room, self.now).expect("a room that was opened")
    }

    #[track_caller]
    pub(crate) fn row(&self, visit: VisitId) -> Row {
        let open = self.state.visit(visit).and_then(PatientVisit::open);
        let board = self.board(open.expect("an open visit").room);
        board.rows.into_iter().find(|row| row.visit == visit).expect("a row for every visit")
    }

    pub(crate) fn because(&self, visit: VisitId) -> String {
        self.row(visit).because.map(|because| because.to_string()).unwrap_or_default()
    }

    pub(crate) fn ranks(&self, room: RoomId) -> Vec<VisitId> {
        let rows = self.board(room).rows.into_iter();
        rows.filter(|row| row.rank.is_some()).map(|row| row.visit).collect()
    }

    pub(crate) fn timeline(&self, visit: VisitId) -> Timeline {
        Timeline::of(visit, &self.views.directory, &self.log)
    }
}
