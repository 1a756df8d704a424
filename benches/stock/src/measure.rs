//! The timed part: every client asks its commands one after another, all clients at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cqrs_es::persist::PersistedEventRepository;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::Problem;
use crate::plan::{Ask, Plan};
use crate::stock::Stock;

/// How many events there are, and how many bytes their columns hold, as text; a number is eight.
pub(crate) const STORED: &str = "
SELECT count(*), CAST(sum(
         octet_length(aggregate_type) + octet_length(aggregate_id) + 8
         + octet_length(event_type) + octet_length(event_version)
         + octet_length(CAST(payload AS text)) + octet_length(CAST(metadata AS text))
       ) AS bigint)
  FROM events";

/// A database that stock repositories run on.
pub(crate) trait Store {
    /// The library's repository.
    type Repository: PersistedEventRepository + 'static;

    /// A repository on the store's pool.
    fn repository(&self) -> Self::Repository;

    /// Which database it is, and what it says itself of how durable a commit is.
    async fn description(&self) -> Result<String, Problem>;

    /// What [`STORED`] answers.
    async fn stored(&self) -> Result<(i64, i64), Problem>;
}

/// What was measured. The names that `clinic bench` has too mean the same.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) store: String,
    pub(crate) commands: usize,
    pub(crate) commands_per_s: u128,
    pub(crate) p50_us: u128,
    pub(crate) p99_us: u128,
    pub(crate) events: i64,
    pub(crate) bytes_per_event: i64,
    /// How often a command was asked again because the database was busy.
    pub(crate) retries: u64,
}

/// Carries a plan out on a fresh store.
pub(crate) async fn measure<S: Store>(store: &S, plan: Plan) -> Result<Figures, Problem> {
    let stock = Arc::new(Stock::new(|| store.repository()));
    let description = store.description().await?;
    let mut clients = JoinSet::new();
    let start = now();
    for asks in plan.clients {
        clients.spawn(client(Arc::clone(&stock), asks));
    }
    let (mut latencies, mut retries) = (vec![], 0);
    while let Some(done) = clients.join_next().await {
        let (its_latencies, its_retries) = done??;
        latencies.extend(its_latencies);
        retries += its_retries;
    }
    let elapsed = start.elapsed();

    let (events, bytes) = store.stored().await?;
    if events != i64::try_from(plan.events)? {
        return Err(format!("{events} events are stored, {} were decided", plan.events).into());
    }
    latencies.sort_unstable();
    let commands = latencies.len();
    Ok(Figures {
        store: description,
        commands,
        commands_per_s: u128::try_from(commands)? * 1_000_000 / elapsed.as_micros().max(1),
        p50_us: percentile(&latencies, 50).as_micros(),
        p99_us: percentile(&latencies, 99).as_micros(),
        events,
        bytes_per_event: bytes / events.max(1),
        retries,
    })
}

/// How long each command took, and how often one was asked again.
async fn client<R: PersistedEventRepository>(
    stock: Arc<Stock<R>>,
    asks: Vec<Ask>,
) -> Result<(Vec<Duration>, u64), Problem> {
    let (mut latencies, mut retries) = (Vec::with_capacity(asks.len()), 0);
    for ask in &asks {
        let start = now();
        retries += stock.execute(ask).await?;
        latencies.push(start.elapsed());
    }
    Ok((latencies, retries))
}

/// The smallest of the sorted that so many percent do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "what is measured is the machine, not the clinic")]
fn now() -> Instant {
    Instant::now()
}
