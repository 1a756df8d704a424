//! Mistakes in logs and in the engine's ports. The simulator sees them.

use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::CommandId;
use clinic_engine::ports::{AppendError, Batch, CountedIds, EventLog};
use clinic_engine::{MemoryLog, Ports};
use clinic_testkit::sim::{Plan, Plug, Source};

use super::bent::{Ack, Bend, Bent, Heads};
use super::hunt;

/// Hunts with the simulator, on days that nobody shortens.
fn simulate(fault: &str, eye: &str, plan: fn(u64) -> Plan) {
    hunt(fault, eye, |seed| {
        let plan = plan(seed);
        plan.play(&plan.day()).map(|_| ()).map_err(|found| found.what)
    });
}

/// The same log for all nodes, bent for each of them.
fn bent(ports: Ports, bend: Bend) -> Ports {
    Ports { log: Arc::new(Bent::new(Arc::clone(&ports.log), bend)), ..ports }
}

fn plug(change: fn(Ports) -> Ports) -> Plug {
    Plug(Arc::new(change))
}

fn memory(bend: Bend) -> Arc<dyn EventLog> {
    Arc::new(Bent::new(Arc::new(MemoryLog::shared()), bend))
}

#[test]
fn an_acknowledgement_before_the_commit() {
    const BEND: Bend = Bend { batch: |batch| (batch, Ack::Taken), ..Bend::NOTHING };
    simulate("an acknowledgement before the commit", "lost: ", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
        ..Plan::new(seed)
    });
}

#[test]
fn a_lost_conflict() {
    fn none(answer: Result<(), AppendError>) -> Result<(), AppendError> {
        if answer == Err(AppendError::Conflict) { Ok(()) } else { answer }
    }
    const BEND: Bend = Bend { answer: none, ..Bend::NOTHING };
    simulate("a lost conflict", "lost: ", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
        ..Plan::new(seed)
    });
}

#[test]
fn a_doubt_taken_for_a_yes() {
    fn none(answer: Result<(), AppendError>) -> Result<(), AppendError> {
        if matches!(answer, Err(AppendError::InDoubt(_))) { Ok(()) } else { answer }
    }
    const BEND: Bend = Bend { answer: none, ..Bend::NOTHING };
    simulate("a doubt taken for a yes", "lost: ", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
        ..Plan::new(seed)
    });
}

#[test]
fn a_refusal_from_a_stale_state() {
    const BEND: Bend = Bend { head: Heads::Stale, ..Bend::NOTHING };
    simulate("a refusal from a stale state", "no state says", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
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
    simulate("a retry that runs twice", "twice: ", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
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
    simulate("a clamp that reorders", "does not follow the event before", |seed| Plan {
        log: Source(Arc::new(|| memory(BEND))),
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
    simulate("a batch stored in part", "lost: ", |seed| Plan {
        log: Source(Arc::new(|| memory(BEND))),
        ..Plan::new(seed)
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
    simulate("a page that misses an event", "shown: ", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
        ..Plan::new(seed)
    });
}

#[test]
fn ids_that_come_twice() {
    simulate("ids that come twice", "no state says", |seed| Plan {
        ports: plug(|ports| Ports { ids: Arc::new(CountedIds::default()), ..ports }),
        ..Plan::new(seed)
    });
}

/// A retry is answered from the log, without its last event.
#[test]
fn a_retry_answered_in_part() {
    fn short(mut page: Vec<Recorded>) -> Vec<Recorded> {
        let one = |page: &[Recorded]| {
            page.windows(2).all(|pair| pair[0].cause.command_id == pair[1].cause.command_id)
        };
        if page.len() == 3 && one(&page) {
            page.pop();
        }
        page
    }
    const BEND: Bend = Bend { page: short, ..Bend::NOTHING };
    simulate("a retry answered in part", "was told", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
        ..Plan::new(seed)
    });
}

#[test]
fn a_clinic_that_is_denied() {
    const BEND: Bend = Bend { head: Heads::Lost, ..Bend::NOTHING };
    simulate("a clinic that is denied", "no such clinic, and there is one", |seed| Plan {
        ports: plug(|ports| bent(ports, BEND)),
        ..Plan::new(seed)
    });
}
