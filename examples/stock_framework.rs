//! A stock `CqrsFramework` on the log of an engine: `cargo run --example stock_framework`.
//!
//! A team that has its own commands in cqrs-es need not give them up. The engine and the framework
//! write the same streams of one SQLite file; each event gets its position in the clinic's one order,
//! and a command whose evidence is out of date loses its race, as among engines.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability;
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, Position, RoomId};
use clinic_domain::room::{Room, RoomKind, RoomRefusal};
use clinic_domain::state::Step;
use clinic_domain::text::{Slug, Title};
use clinic_engine::ports::EventLog;
use clinic_engine::{Engine, Evidence, Ports, Request};
use clinic_sqlite::{SqliteEventRepository, SqliteLog};
use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateError, CqrsFramework};

type Rooms = CqrsFramework<Room, PersistedEventStore<SqliteEventRepository, Room>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("clinic-stock-{}", std::process::id()));
    let log = Arc::new(SqliteLog::open(folder.join("clinic.db"))?);
    let engine = Engine::new(Ports { log: Arc::clone(&log) as Arc<_>, ..Ports::in_memory() });
    let (clinic, room) = opened(&engine).await?;

    // The framework as its documentation has it: a store over a repository, no queries, no services.
    let store = PersistedEventStore::new_event_store(log.repository());
    let rooms: Rooms = CqrsFramework::new(store, vec![], ());

    let rename = |name| -> Result<Request, Box<dyn Error>> {
        Ok(engine.request(Actor::Host, Action::RenameRoom(room, Title::parse(name)?)))
    };
    let wish = rename("Front desk")?;
    let evidence = engine.evidence(clinic, wish.clone()).await?;
    execute(&rooms, &wish, evidence).await?;
    tell("the framework has renamed the room");

    // Two take evidence at one moment; the engine is first, and the framework is told.
    let late = rename("Reception, again")?;
    let evidence = engine.evidence(clinic, late.clone()).await?;
    engine.execute(clinic, rename("Harbour desk")?).await?;
    match execute(&rooms, &late, evidence).await {
        Err(AggregateError::AggregateConflict) => tell("the framework has lost a race"),
        other => other?,
    }

    for recorded in log.read(clinic, Position::START, 100).await? {
        tell(&format!("{:>3}  {}", recorded.position, recorded.event.name()));
    }
    log.close().await?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A clinic of one room.
async fn opened(engine: &Engine) -> Result<(ClinicId, RoomId), Box<dyn Error>> {
    let clinic = ClinicId(engine.mint());
    let found = Action::FoundClinic {
        name: Title::parse("Harbour")?,
        zone: Zone::parse("UTC").ok_or("no such zone")?,
        owner_name: Title::parse("Ada")?,
        capabilities: Capability::ALL.into(),
        external_ref: None,
    };
    engine.execute(clinic, engine.request(Actor::Host, found)).await?;
    let (kind, name) = (RoomKind::Shared, Title::parse("Reception")?);
    let slug = Slug::parse("reception")?;
    let open = Action::OpenRoom { kind, name, slug, external_ref: None };
    let receipt = engine.execute(clinic, engine.request(Actor::Host, open)).await?;
    Ok((clinic, receipt.room().ok_or("no room was opened")?))
}

/// Has the framework decide and store, on the evidence of a moment.
async fn execute(
    rooms: &Rooms,
    wish: &Request,
    evidence: Evidence,
) -> Result<(), AggregateError<RoomRefusal>> {
    for step in evidence.steps {
        // A step to another aggregate would go to the framework of that aggregate.
        let Step::Room(room, command) = step else { continue };
        let told = metadata(wish, evidence.position);
        rooms.execute_with_metadata(&room.0.to_string(), command, told).await?;
    }
    Ok(())
}

/// What the framework stores with each event: who, by which command, on which evidence.
fn metadata(wish: &Request, evidence: Position) -> HashMap<String, String> {
    HashMap::from([
        ("actor".to_owned(), wish.actor.to_string()),
        ("command_id".to_owned(), wish.id.0.to_string()),
        ("at_position".to_owned(), evidence.to_string()),
    ])
}

#[expect(clippy::print_stdout, reason = "the story is what the program is for")]
fn tell(line: &str) {
    println!("{line}");
}
