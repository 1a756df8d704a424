//! Folders that go away, key stores in them, and a small clinic with talkative members.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::Recorded;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, MemberId, Position, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{RoomKind, RoomPolicy};
use clinic_domain::text::{Note, PersonName, PhoneTail, Reason, Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::CloseReason;
use clinic_engine::ports::{CountedIds, EventLog, KeyStore, ManualClock};
use clinic_engine::{Engine, MemoryLog, Ports, Receipt};
use clinic_sqlite::keys::{KeysError, SqliteKeys};
use clinic_sqlite::operator_key;
use tempfile::TempDir;
use uuid::Uuid;

/// 2026-03-02, nine o'clock UTC.
pub(super) const NINE: Timestamp = Timestamp(1_772_442_000_000);

/// A folder of one test, removed with it.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn store(&self) -> PathBuf {
        SqliteKeys::path_beside(&self.file("clinic.db"))
    }

    pub(super) fn key_file(&self) -> PathBuf {
        operator_key::path_beside(&self.file("clinic.db"))
    }

    pub(super) async fn keys(&self) -> SqliteKeys {
        self.try_keys().await.unwrap()
    }

    pub(super) async fn try_keys(&self) -> Result<SqliteKeys, KeysError> {
        SqliteKeys::open(&self.store(), &self.key_file()).await
    }

    /// The names of all files in the folder, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// The folder as a crash at this moment would leave it: nothing closed, nothing finished. What
    /// processes share in memory goes with them.
    pub(super) fn crashed(&self) -> Self {
        let crashed = Self::new();
        for name in self.names().iter().filter(|name| !name.ends_with("-shm")) {
            fs::copy(self.file(name), crashed.file(name)).unwrap();
        }
        crashed
    }

    /// Whether any file of the folder holds these bytes.
    pub(super) fn holds(&self, bytes: &[u8]) -> bool {
        self.names().iter().any(|name| {
            let file = fs::read(self.file(name)).unwrap();
            file.windows(bytes.len()).any(|window| window[0] == bytes[0] && window == bytes)
        })
    }
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A clinic with Reception and Dana's room; rita is at the desk, dana is the provider.
pub(super) struct House {
    pub(super) engine: Engine,
    pub(super) log: Arc<dyn EventLog>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) clinic: ClinicId,
    pub(super) rita: MemberId,
    pub(super) dana: MemberId,
    pub(super) reception: RoomId,
    pub(super) office: RoomId,
}

fn engine_on(log: &Arc<dyn EventLog>, clock: &Arc<ManualClock>, keys: Arc<dyn KeyStore>) -> Engine {
    Engine::new(Ports {
        log: Arc::clone(log),
        clock: Arc::clone(clock) as Arc<_>,
        ids: Arc::new(CountedIds::starting_at(0)),
        keys,
        ..Ports::in_memory()
    })
}

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(super) fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

pub(super) fn note(text: &str) -> Personal<Note> {
    Note::parse(text).unwrap().into()
}

impl House {
    pub(super) async fn with(keys: Arc<dyn KeyStore>) -> Self {
        let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
        let clock = Arc::new(ManualClock::at(NINE));
        let engine = engine_on(&log, &clock, keys);
        let clinic = ClinicId(engine.mint());
        let (nobody, nowhere) = (MemberId(Uuid::nil()), RoomId(Uuid::nil()));
        let (rita, dana, reception, office) = (nobody, nobody, nowhere, nowhere);
        let mut house = Self { engine, log, clock, clinic, rita, dana, reception, office };
        let found = Action::FoundClinic {
            name: title("Harbour"),
            zone: Zone::parse("UTC").unwrap(),
            owner_name: title("Ada"),
            capabilities: Capability::ALL.into(),
            external_ref: None,
        };
        house.host(found).await;
        house.rita = house.member("Rita").await;
        house.dana = house.member("Dana").await;
        house.reception = house.room("reception", RoomKind::Shared).await;
        house.office = house.room("dana", RoomKind::Personal(house.dana)).await;
        house.host(Action::AssignMember(house.reception, house.rita)).await;
        let policy =
            RoomPolicy { accept_window: Some(Millis::minutes(5)), ..RoomPolicy::default() };
        house.host(Action::SetPolicy(house.office, Box::new(policy))).await;
        house
    }

    /// The same log with another engine, as after a restart.
    pub(super) fn restart(&mut self, keys: Arc<dyn KeyStore>) {
        self.clock.advance(Millis::minutes(1));
        self.engine = engine_on(&self.log, &self.clock, keys);
    }

    async fn member(&self, name: &str) -> MemberId {
        let (name, role) = (title(name), Role::Member);
        let added = self.host(Action::AddMember { name, role, external_ref: None }).await;
        added.member().unwrap()
    }

    async fn room(&self, slug: &str, kind: RoomKind) -> RoomId {
        let (name, slug) = (title(slug), Slug::parse(slug).unwrap());
        let opened = self.host(Action::OpenRoom { kind, name, slug, external_ref: None }).await;
        opened.room().unwrap()
    }

    async fn host(&self, action: Action) -> Receipt {
        self.ask(Actor::Host, action).await
    }

    pub(super) async fn ask(&self, by: Actor, action: Action) -> Receipt {
        self.engine.execute(self.clinic, self.engine.request(by, action)).await.unwrap()
    }

    pub(super) async fn as_rita(&self, action: Action) -> Receipt {
        self.ask(Actor::Member(self.rita), action).await
    }

    pub(super) async fn as_dana(&self, action: Action) -> Receipt {
        self.ask(Actor::Member(self.dana), action).await
    }

    /// What was typed about the patients of [`Self::story`], beside their names.
    pub(super) const TYPED: [&str; 6] = [
        "a sore throat",
        "4711",
        "speaks Ewe only",
        "Lee knows him better",
        "his sister calls back",
        "went to another doctor",
    ];

    /// A patient comes, with everything that a check-in may tell of a person.
    pub(super) async fn check_in(&self, n: u8, name: &str) -> VisitId {
        let mut form = CheckInForm::new(self.reception, token(n), PersonName::parse(name).unwrap());
        form.reason = Some(Reason::parse("a sore throat").unwrap().into());
        form.phone = Some(PhoneTail::parse("4711").unwrap().into());
        let receipt = self.ask(Actor::Patient(token(n)), Action::CheckIn(Box::new(form))).await;
        receipt.visit().unwrap()
    }

    /// Sent to Dana with a note, declined with a note, noted on, and removed with a reason.
    pub(super) async fn story(&self, visit: VisitId) {
        let language = Some(note("speaks Ewe only"));
        let send = Action::Transfer { visit, to: self.office, note: language, seen: None };
        let transfer = self.as_rita(send).await.transfer().unwrap();
        let why = Some(note("Lee knows him better"));
        self.as_dana(Action::DeclineTransfer { visit, transfer, note: why }).await;
        self.as_rita(Action::AddNote(visit, note("his sister calls back"))).await;
        let reason = CloseReason::Removed { why: note("went to another doctor") };
        self.as_rita(Action::CloseVisit { visit, reason, seen: None }).await;
    }

    pub(super) async fn events(&self) -> Vec<Recorded> {
        self.log.read(self.clinic, Position::START, 10_000).await.unwrap()
    }
}
