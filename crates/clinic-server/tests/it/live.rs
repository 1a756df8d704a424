//! A clinic that is live: an engine in this process writes to a log that the program reads.

use std::sync::Arc;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::Capability;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::RoomKind;
use clinic_domain::text::{PersonName, Slug, Title};
use clinic_engine::{Engine, Ports, Receipt};
use clinic_sqlite::SqliteLog;
use clinic_sqlite::credentials::SqliteCredentials;
use clinic_sqlite::keys::SqliteKeys;
use clinic_sqlite::operator_key;
use clinic_sqlite::states::SqliteStates;
use uuid::Uuid;

use crate::place::Place;

/// A clinic with Reception and a Lab, and nobody in it.
#[derive(Clone)]
pub(crate) struct Live {
    engine: Engine,
    log: Arc<SqliteLog>,
    clinic: ClinicId,
    /// Who asks for everything: the owner, once there is one.
    by: Actor,
    pub(crate) reception: RoomId,
    pub(crate) lab: RoomId,
}

impl Live {
    /// Founds it in the log of a place, by the machine's clock.
    pub(crate) async fn found(place: &Place) -> Self {
        let path = place.log();
        let log = Arc::new(SqliteLog::open(&path).expect("the log opens"));
        let (keys, operator) = (SqliteKeys::path_beside(&path), operator_key::path_beside(&path));
        let keys = SqliteKeys::open(&keys, &operator).await;
        let credentials = SqliteCredentials::open(&SqliteCredentials::path_beside(&path)).await;
        let states = SqliteStates::path_beside(&path);
        let states = SqliteStates::open(&states, |said| panic!("{said}")).await;
        let engine = Engine::new(Ports {
            log: Arc::<SqliteLog>::clone(&log),
            keys: Arc::new(keys.expect("the keys open")),
            credentials: Arc::new(credentials.expect("the credentials open")),
            states: Arc::new(states),
            ..Ports::in_memory()
        });
        let clinic = ClinicId(engine.mint());
        let nowhere = RoomId(Uuid::nil());
        let (by, reception, lab) = (Actor::Host, nowhere, nowhere);
        let mut live = Self { engine, log, clinic, by, reception, lab };
        let founded = live.ask(Action::FoundClinic {
            name: title("Live Clinic"),
            zone: Zone::parse("Europe/Berlin").expect("a zone"),
            owner_name: title("Ada Okafor"),
            capabilities: Capability::ALL.into(),
            external_ref: None,
        });
        let owner = founded.await.member().expect("an owner");
        live.by = Actor::Member(owner);
        live.reception = live.open_room("Reception", "reception").await;
        live.lab = live.open_room("Lab", "lab").await;
        for room in [live.reception, live.lab] {
            live.ask(Action::AssignMember(room, owner)).await;
        }
        live
    }

    async fn open_room(&self, name: &str, slug: &str) -> RoomId {
        let (kind, slug) = (RoomKind::Shared, Slug::parse(slug).expect("a link"));
        let open = Action::OpenRoom { kind, name: title(name), slug, external_ref: None };
        self.ask(open).await.room().expect("a room")
    }

    /// Asks for something; it is granted.
    pub(crate) async fn ask(&self, action: Action) -> Receipt {
        let asked = self.engine.request(self.by.clone(), action);
        self.engine.execute(self.clinic, asked).await.expect("it is granted")
    }

    /// Somebody checks in, and says more of herself in `more`.
    pub(crate) async fn check_in(
        &self,
        name: &str,
        more: impl FnOnce(&mut CheckInForm),
    ) -> VisitId {
        let mut token = [0; 32];
        token[..16].copy_from_slice(self.engine.mint().as_bytes());
        let name = PersonName::parse(name).expect("a name");
        let mut form = CheckInForm::new(self.reception, TokenHash(token), name);
        more(&mut form);
        self.ask(Action::CheckIn(Box::new(form))).await.visit().expect("a visit")
    }

    /// Ends it, and lets go of the log.
    pub(crate) async fn close(self) {
        self.log.close().await.expect("the log closes");
    }
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).expect("a title")
}

/// A personal text of any kind.
pub(crate) fn personal<T, E: std::fmt::Debug>(
    parse: impl FnOnce(&str) -> Result<T, E>,
    text: &str,
) -> Personal<T> {
    Personal::Clear(parse(text).expect("a text"))
}
