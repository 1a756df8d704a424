//! What a user of stock cqrs-es writes: a framework for each aggregate, and commands to them.

use std::collections::HashMap;
use std::error::Error;

use clinic_domain::state::Step;
use clinic_domain::transfer::Transfer;
use clinic_domain::visit::PatientVisit;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{Aggregate, AggregateError, CqrsFramework};

use crate::Problem;
use crate::plan::Ask;

type Framework<R, A> = CqrsFramework<A, PersistedEventStore<R, A>>;

/// The two aggregates that a journey asks; no queries, no snapshots.
pub(crate) struct Stock<R: PersistedEventRepository> {
    visits: Framework<R, PatientVisit>,
    transfers: Framework<R, Transfer>,
}

impl<R: PersistedEventRepository> Stock<R> {
    /// Each framework has a repository of its own, on one pool.
    pub(crate) fn new(repository: impl Fn() -> R) -> Self {
        let (visits, transfers) = (repository(), repository());
        Self {
            visits: CqrsFramework::new(PersistedEventStore::new_event_store(visits), vec![], ()),
            transfers: CqrsFramework::new(
                PersistedEventStore::new_event_store(transfers),
                vec![],
                (),
            ),
        }
    }

    /// Executes one command after the other: cqrs-es commits each aggregate by itself, so a transfer
    /// is two commits. Answers how often a step was tried again.
    pub(crate) async fn execute(&self, ask: &Ask) -> Result<u64, Problem> {
        let mut retries = 0;
        for step in &ask.steps {
            retries += match step {
                Step::Visit(id, command) => {
                    execute(&self.visits, &id.to_string(), command.as_ref(), &ask.metadata).await?
                }
                Step::Transfer(id, command) => {
                    execute(&self.transfers, &id.to_string(), command, &ask.metadata).await?
                }
                Step::Clinic(..) | Step::Room(..) => {
                    return Err("a journey asks only its visit and its transfers".into());
                }
            };
        }
        Ok(retries)
    }
}

async fn execute<R, A>(
    framework: &Framework<R, A>,
    id: &str,
    command: &A::Command,
    metadata: &HashMap<String, String>,
) -> Result<u64, Problem>
where
    R: PersistedEventRepository,
    A: Aggregate,
    A::Command: Clone,
    A::Error: Send + Sync + 'static,
{
    let mut retries = 0;
    loop {
        let done = framework.execute_with_metadata(id, command.clone(), metadata.clone()).await;
        match done {
            Ok(()) => return Ok(retries),
            Err(AggregateError::UnexpectedError(error)) if busy(error.as_ref()) => retries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether somebody else held the database for too long: nothing was stored, so it is asked again.
fn busy(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    const SQLITE_BUSY: u32 = 5; // the low byte of every extended code of its kind
    match error.downcast_ref() {
        Some(sqlx::Error::PoolTimedOut) => true,
        Some(sqlx::Error::Database(error)) => {
            let code = error.code().and_then(|code| code.parse::<u32>().ok());
            error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
                && code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
        }
        Some(_) | None => false,
    }
}
