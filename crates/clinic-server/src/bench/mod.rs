//! `clinic bench`: how fast visits go through the engine on a log, beside what that log can do at
//! best on the same machine in the same minute.
//!
//! [`journey`] is what is measured: nine commands for each visit, each answered after its commit.
//! [`floor`] is what it is compared with: the rows of the same events, inserted raw. Both alternate
//! in rounds, so that a noisy neighbour disturbs both; each figure is the median of its rounds.

mod clock;
mod floor;
mod journey;
mod report;

use std::sync::Arc;

use clinic_domain::ids::Position;
use clinic_engine::ports::EventLog;
use clinic_engine::{AsOf, Engine, Ports, replay};
use clinic_projections::views::Views;
use tokio::task::JoinSet;

use self::clock::PacedClock;
use self::journey::{Crowd, Heads};
use self::report::Report;
use crate::cli::{Bench, Format, LogAddress};
use crate::failure::Failure;
use crate::limits;
use crate::open::{Opened, Scanned};
use crate::out::Out;
use crate::stopwatch::Stopwatch;

/// Runs the bench and prints what it found.
pub(crate) async fn bench(
    out: &mut Out,
    load: &Bench,
    log: Option<LogAddress>,
) -> Result<(), Failure> {
    let Some(log) = &log else {
        let said = "--log says where to measure: a bench founds its own clinics there";
        return Err(Failure::Usage(said.to_owned()));
    };
    if load.nodes > 1 && !matches!(log, LogAddress::Postgres(_)) {
        let said = "--nodes: only a log in Postgres is shared by several nodes";
        return Err(Failure::Usage(said.to_owned()));
    }
    let place = Opened::at(log).await?;
    let clock = Arc::new(PacedClock::new(load));
    let ports = Ports { clock: Arc::<PacedClock>::clone(&clock), ..place.ports().await? };
    let (mut others, mut engines) = (vec![], vec![Engine::new(ports.clone())]);
    for _ in 1..load.nodes {
        let other = Opened::at(log).await?;
        let clock = Arc::<PacedClock>::clone(&clock);
        engines.push(Engine::new(Ports { clock, ..other.ports().await? }));
        others.push(other);
    }
    let crowd = Crowd::found(&engines, load, clock).await?;
    let report = if load.acks {
        crowd.run(load.visits, true).await?;
        None
    } else {
        Some(measure(&place, &ports.log, &engines[0], &crowd, load).await?)
    };
    drop(engines);
    for place in others.into_iter().chain([place]) {
        place.close().await?;
    }
    let Some(report) = report else { return Ok(()) };
    match load.format {
        Format::Json => out.json(&report)?,
        Format::Table => report.lines().iter().try_for_each(|line| out.line(line))?,
        Format::Csv => {
            let (names, values) = report.record();
            out.csv(names)?;
            out.csv(values.iter().map(String::as_str))?;
        }
    }
    Ok(())
}

async fn measure(
    place: &Opened,
    log: &Arc<dyn EventLog>,
    engine: &Engine,
    crowd: &Crowd,
    load: &Bench,
) -> Result<Report, Failure> {
    let (mut ran, mut floors) = (Vec::with_capacity(load.rounds), vec![]);
    let mut from = crowd.heads(log).await?;
    for _ in 0..load.rounds {
        ran.push(crowd.run(load.visits.div_ceil(load.rounds), false).await?);
        let until = crowd.heads(log).await?;
        if let Opened::Kept(kept) = place {
            let events = crowd.events(log, &from, &until).await?;
            floors.push(floor::commands_per_s(kept, events, load.clients).await?);
        }
        from = until;
    }
    let mut reads = Reads { as_of: as_of(engine, crowd, &from).await?, ..Reads::default() };
    for _ in 0..limits::BENCH_READS {
        if let Opened::Kept(kept) = place {
            let start = Stopwatch::start();
            reads.scanned = kept.scan().await?;
            reads.scans.push(start.rate(reads.scanned.events));
        }
        reads.replays.push(replayed(log, &from).await?);
    }
    reads.events = from.iter().map(|(_, head)| head.0).sum();
    Ok(Report::of(load, &ran, &floors, &reads))
}

/// What reading came to.
#[derive(Default)]
struct Reads {
    replays: Vec<u64>,
    scans: Vec<u64>,
    as_of: Vec<u64>,
    scanned: Scanned,
    events: u64,
}

/// Every event of every clinic into all folds, per second; as many clinics at once as the log has
/// readers.
async fn replayed(log: &Arc<dyn EventLog>, heads: &Heads) -> Result<u64, Failure> {
    let start = Stopwatch::start();
    let mut folding = JoinSet::new();
    for (clinic, head) in heads.iter().copied() {
        let log = Arc::clone(log);
        folding.spawn(async move {
            replay(&*log, clinic, (Position::START, head), Views::default(), Views::apply).await
        });
    }
    let mut events = 0;
    while let Some(folded) = folding.join_next().await {
        let views = folded.map_err(|error| Failure::Broken(format!("a replay: {error}")))??;
        if !views.ledger.holds() {
            return Err(Failure::Broken("the ledger does not balance".to_owned()));
        }
        events += views.checkpoint().position.0;
    }
    Ok(start.rate(events))
}

/// Microseconds that it takes to see a clinic as it was, at positions spread over its past.
async fn as_of(engine: &Engine, crowd: &Crowd, heads: &Heads) -> Result<Vec<u64>, Failure> {
    let mut took = vec![];
    for turn in 0..limits::BENCH_AS_OF {
        let Some((clinic, head)) = heads.get(turn % crowd.ids().len()) else { continue };
        // Steps of a golden ratio spread over the log without favouring any distance to a state.
        let at = head.0.wrapping_mul(u64::try_from(turn).unwrap_or(0).wrapping_mul(618)) / 1_000;
        let moment = AsOf::Position(Position(at % head.0.max(1) + 1));
        let start = Stopwatch::start();
        let views = engine.as_of(*clinic, moment).await?;
        took.push(start.micros());
        if AsOf::Position(views.checkpoint().position) != moment {
            return Err(Failure::Broken("time travel came to another position".to_owned()));
        }
    }
    Ok(took)
}
