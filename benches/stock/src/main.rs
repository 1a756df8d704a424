//! `stock`: the journey of `clinic bench` on stock cqrs-es, with sqlite-es and with postgres-es.
//!
//! [`plan`] works out what will be asked, [`stock`] is what a user of the libraries writes, [`measure`]
//! lets the clients ask and takes the time; [`sqlite`] and [`postgres`] are the two databases, the
//! latter on a [`server`] of its own. README.md says what makes the figures comparable.

mod measure;
mod plan;
mod postgres;
mod server;
mod sqlite;
mod stock;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use measure::{Figures, measure};
use postgres::Postgres;
use sqlite::Sqlite;

/// What can go wrong ends the program, so all that counts of it is its text.
type Problem = Box<dyn Error + Send + Sync>;

/// The journey of `clinic bench` (check in, start, pause, start, transfer, start, transfer back, start,
/// complete) on stock cqrs-es.
#[derive(Debug, Parser)]
struct Options {
    /// sqlite:PATH for a new file, postgres: for a server of its own
    #[arg(long, value_parser = log)]
    log: Log,
    /// How many clients ask at once, each its commands one after another
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    clients: u16,
    /// Over how many clinics the clients are spread
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    clinics: u16,
    /// How many visits there are in all, of nine commands each
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    visits: u32,
    /// Connections of the pool; ten are both libraries' default
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=90))]
    connections: u32,
    /// How sqlite-es commits; normal, its default, may lose what it acknowledged
    #[arg(long, value_enum, default_value_t = Synchronous::Full)]
    synchronous: Synchronous,
    /// How to show the figures
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Debug)]
enum Log {
    Sqlite(PathBuf),
    Postgres,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Synchronous {
    Full,
    Normal,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Table,
}

fn log(text: &str) -> Result<Log, String> {
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Log::Sqlite(path.into())),
        Some(("postgres", "")) => Ok(Log::Postgres),
        Some(_) | None => Err("expected sqlite:PATH or postgres:".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Interrupted, the run is dropped like one that failed: with its server.
    let ended = tokio::select! {
        biased; // it is to listen before a server is started
        ended = interrupted() => ended,
        ended = run(&options) => ended,
    };
    match ended.and_then(|figures| show(&figures, options.format)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => complain(&problem.to_string()),
    }
}

async fn run(options: &Options) -> Result<Figures, Problem> {
    let (clients, clinics) = (options.clients.into(), options.clinics.into());
    let plan = plan::plan(clients, clinics, options.visits.try_into()?)?;
    match &options.log {
        Log::Sqlite(path) => {
            let store = Sqlite::create(path, options.synchronous, options.connections).await?;
            measure(&store, plan).await
        }
        Log::Postgres => measure(&Postgres::start(options.connections).await?, plan).await,
    }
}

/// Ends when the program is asked to.
async fn interrupted() -> Result<Figures, Problem> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Err("interrupted".into())
}

#[expect(clippy::print_stdout, reason = "the figures are what the program is for")]
fn show(figures: &Figures, format: Format) -> Result<(), Problem> {
    match format {
        Format::Json => println!("{}", serde_json::to_string(figures)?),
        Format::Table => {
            let figures = serde_json::to_value(figures)?;
            for (name, figure) in figures.as_object().into_iter().flatten() {
                println!("{name:>16}  {figure}");
            }
        }
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it is where complaints go")]
fn complain(problem: &str) -> ExitCode {
    eprintln!("stock: {problem}");
    ExitCode::FAILURE
}
