//! Mistakes in logs and in the engine's ports. The simulator sees them.

use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::CommandId;
use clinic_engine::ports::{AppendError, Batch, CountedIds, EventLog};
use clinic_engine::{MemoryLog, Ports};
use clinic_testkit::sim::Plan;

use super::bent::{Ack, Bend, Bent};
use super::hunt;

/// Hunts with the simulator, on days that nobody shortens.
fn simulate(fault: &str, by: &[&str], plan: fn(u64) -> Plan) {
    hunt(fault, by, |seed| {
        let plan = plan(seed);
        plan.play(&plan.day()).map(|_| ()).map_err(|found| found.what)
    });
}

/// The same log for all nodes, bent for each of them.
fn bent(ports: Ports, bend: Bend) -> Ports {
    Ports { log: Arc::new(Bent::new(Arc::clone(&ports.log), bend)), ..ports }
}

fn memory(bend: Bend) -> Arc<dyn EventLog> {
    Arc::new(Bent::new(Arc::new(MemoryLog::shared()), bend))
}

#[test]
fn an_acknowledgement_before_the_commit() {
    const BEND: Bend = Bend { batch: |batch| (batch, Ack::Taken), ..Bend::NOTHING };
    simulate(
        "an acknowledgement before the commit",
        &["is not in the log", "no state says"],
        |seed| Plan { ports: |ports| bent(ports, BEND), ..Plan::new(seed) },
    );
}

#[test]
fn a_lost_conflict() {
    fn none(answer: Result<(), AppendError>) -> Result<(), AppendError> {
        if answer == Err(AppendError::Conflict) { Ok(()) } else { answer }
    }
    const BEND: Bend = Bend { answer: none, ..Bend::NOTHING };
    simulate("a lost conflict", &["is not in the log", "no state says", "model"], |seed| Plan {
        ports: |ports| bent(ports, BEND),
        ..Plan::new(seed)
    });
}

#[test]
fn a_doubt_taken_for_a_yes() {
    fn none(answer: Result<(), AppendError>) -> Result<(), AppendError> {
        if matches!(answer, Err(AppendError::InDoubt(_))) { Ok(()) } else { answer }
    }
    const BEND: Bend = Bend { answer: none, ..Bend::NOTHING };
    simulate("a doubt taken for a yes", &["is not in the log", "no state says", "model"], |seed| {
        Plan { ports: |ports| bent(ports, BEND), ..Plan::new(seed) }
    });
}

#[test]
fn a_refusal_from_a_stale_state() {
    const BEND: Bend = Bend { stale: true, ..Bend::NOTHING };
    simulate("a refusal from a stale state", &["no state says"], |seed| Plan {
        ports: |ports| bent(ports, BEND),
        ..Plan::new(seed)
    });
}

/// Whoever settles a doubt learns of no command id.
#[test]
fn a_retry_that_runs_twice() {
    fn nameless(page: Vec<Recorded>) -> Vec<Recorded> {
        let none = |mut recorded: Recorded| {
            recorded.cause.command_id = CommandId(uuid::Uuid::nil());
            recorded
        };
        page.into_iter().map(none).collect()
    }
    const BEND: Bend = Bend { tail: nameless, ..Bend::NOTHING };
    simulate("a retry that runs twice", &["no state says", "and again"], |seed| Plan {
        ports: |ports| bent(ports, BEND),
        ..Plan::new(seed)
    });
}

/// A clamped event was recorded before the one that it follows.
#[test]
fn a_clamp_that_reorders() {
    fn by_clock(mut page: Vec<Recorded>) -> Vec<Recorded> {
        page.sort_by_key(|recorded| recorded.recorded_at);
        page
    }
    const BEND: Bend = Bend { page: by_clock, ..Bend::NOTHING };
    simulate("a clamp that reorders", &["does not show", "live reader"], |seed| Plan {
        log: || memory(BEND),
        ..Plan::new(seed)
    });
}

#[test]
fn a_batch_stored_in_part() {
    fn torn(mut batch: Batch) -> (Batch, Ack) {
        if batch.events.len() > 2 {
            batch.events.pop();
        }
        (batch, Ack::Stored)
    }
    const BEND: Bend = Bend { batch: torn, ..Bend::NOTHING };
    simulate("a batch stored in part", &["is not in the log", "lost", "does not show"], |seed| {
        Plan { log: || memory(BEND), ..Plan::new(seed) }
    });
}

#[test]
fn a_page_that_misses_an_event() {
    fn short(mut page: Vec<Recorded>) -> Vec<Recorded> {
        if page.len() == 3 {
            page.remove(1);
        }
        page
    }
    const BEND: Bend = Bend { page: short, ..Bend::NOTHING };
    simulate(
        "a page that misses an event",
        &["does not show", "behind", "no state says"],
        |seed| Plan { ports: |ports| bent(ports, BEND), ..Plan::new(seed) },
    );
}

#[test]
fn ids_that_come_twice() {
    simulate("ids that come twice", &["no state says"], |seed| Plan {
        ports: |ports| Ports { ids: Arc::new(CountedIds::default()), ..ports },
        ..Plan::new(seed)
    });
}
