//! A small clinic on an engine: Reception and Dana's room, rita at the desk, dana the provider.

use std::sync::Arc;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::{Action, CheckInForm, Person};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, MemberId, Position, RoomId, VisitId};
use clinic_domain::room::{RoomKind, RoomPolicy};
use clinic_domain::text::{PersonName, Slug, Title};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{CountedIds, EventLog, ManualClock};
use clinic_engine::{Engine, EngineError, MemoryLog, Ports, Receipt};
use uuid::Uuid;

/// 2026-03-02, nine o'clock UTC.
pub(crate) const NINE: Timestamp = Timestamp(1_772_442_000_000);

pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) clinic: ClinicId,
    pub(crate) rita: MemberId,
    pub(crate) dana: MemberId,
    pub(crate) reception: RoomId,
    pub(crate) office: RoomId,
}

pub(crate) fn engine_on(log: Arc<dyn EventLog>, clock: &Arc<ManualClock>, node: u64) -> Engine {
    let ids = CountedIds::starting_at(node << 32);
    Engine::new(Ports {
        log,
        clock: Arc::clone(clock) as Arc<_>,
        ids: Arc::new(ids),
        ..Ports::in_memory()
    })
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(crate) fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

pub(crate) fn form(room: RoomId, n: u8) -> CheckInForm {
    CheckInForm::new(room, token(n), PersonName::parse("Maria Okoye").unwrap())
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::on(Arc::new(MemoryLog::new())).await
    }

    pub(crate) async fn on(log: Arc<dyn EventLog>) -> Self {
        let clock = Arc::new(ManualClock::at(NINE));
        let engine = engine_on(log, &clock, 0);
        Self::with(engine, clock).await
    }

    /// A house of its own on an engine that may have others.
    pub(crate) async fn with(engine: Engine, clock: Arc<ManualClock>) -> Self {
        let clinic = ClinicId(engine.mint());
        let found = Action::FoundClinic {
            name: title("Harbour"),
            zone: Zone::parse("UTC").unwrap(),
            owner_name: title("Ada"),
            capabilities: Capability::ALL.into(),
            external_ref: None,
        };
        engine.execute(clinic, engine.request(Actor::Host, found)).await.unwrap();
        let mut house = Self {
            engine,
            clock,
            clinic,
            rita: MemberId(Uuid::nil()),
            dana: MemberId(Uuid::nil()),
            reception: RoomId(Uuid::nil()),
            office: RoomId(Uuid::nil()),
        };
        house.rita = house.member("Rita").await;
        house.dana = house.member("Dana").await;
        house.reception = house.room("reception", RoomKind::Shared).await;
        house.office = house.room("dana", RoomKind::Personal(house.dana)).await;
        house.host(Action::AssignMember(house.reception, house.rita)).await;
        house
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

    pub(crate) async fn host(&self, action: Action) -> Receipt {
        self.ask(Actor::Host, action).await.unwrap()
    }

    pub(crate) async fn ask(&self, by: Actor, action: Action) -> Result<Receipt, EngineError> {
        self.engine.execute(self.clinic, self.engine.request(by, action)).await
    }

    pub(crate) async fn as_rita(&self, action: Action) -> Result<Receipt, EngineError> {
        self.ask(Actor::Member(self.rita), action).await
    }

    pub(crate) async fn as_dana(&self, action: Action) -> Result<Receipt, EngineError> {
        self.ask(Actor::Member(self.dana), action).await
    }

    pub(crate) async fn check_in(&self, n: u8) -> VisitId {
        let form = Box::new(form(self.reception, n));
        let receipt = self.ask(Actor::Patient(token(n)), Action::CheckIn(form)).await.unwrap();
        receipt.visit().unwrap()
    }

    pub(crate) async fn policy(&self, room: RoomId, change: impl FnOnce(&mut RoomPolicy)) {
        let mut policy = RoomPolicy::default();
        change(&mut policy);
        self.host(Action::SetPolicy(room, Box::new(policy))).await;
    }

    pub(crate) async fn seen(&self, who: Person) {
        self.engine.seen(self.clinic, who, Uuid::nil()).await.unwrap();
    }

    pub(crate) async fn head(&self) -> Position {
        self.engine.read(self.clinic, None, |views| views.census.position()).await.unwrap()
    }
}

pub(crate) fn start(visit: VisitId) -> Action {
    Action::StartCall { visit, pausing: false, seen: None }
}

pub(crate) fn transfer(visit: VisitId, to: RoomId) -> Action {
    Action::Transfer { visit, to, note: None, seen: None }
}

pub(crate) fn names(receipt: &Receipt) -> Vec<&'static str> {
    receipt.events.iter().map(|recorded| recorded.event.name()).collect()
}
