//! The program `clinic`: it plays a clinic's day and shows what came of it.
//!
//! It is the composition root and knows no rule of the clinic. [`day`] reads what is to be played,
//! [`play`] plays it on an engine in memory, [`show`] shows what came of it, and the commands put
//! the three together: [`demo`], [`run`] and [`read`]. Everything is printed through [`out`], and
//! [`failure`] alone knows the exit codes.

mod bench;
mod choose;
mod cli;
mod copies;
mod day;
mod demo;
mod failure;
mod help;
mod import;
mod limits;
mod names;
mod open;
mod out;
mod play;
mod progress;
mod read;
mod run;
mod seal_key;
mod show;
mod simulate;
mod stopwatch;
mod store;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use clinic_domain::ids::Position;

use cli::{Cli, Command};
use failure::Failure;
use out::Out;
use read::Reader;

fn main() -> ExitCode {
    let done = match Cli::try_parse() {
        Ok(cli) => {
            let mut out = Out::stdout();
            let done = obey(&cli, &mut out);
            let done = done.and(out.flush().map_err(Failure::from));
            done.map_err(|failure| failure.although_stored(out.stored()))
        }
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        // Help and version are output like any other.
        Err(help) => help.print().and_then(|()| io::stdout().flush()).map_err(Failure::from),
    };
    let Err(failure) = done else { return ExitCode::SUCCESS };
    if !matches!(failure, Failure::ReaderGone) {
        let mut err = Out::stderr();
        // Where errors cannot be written, the exit code still tells.
        let _unread = err.line(&failure.to_string()).and_then(|()| err.flush());
    }
    failure.exit_code()
}

fn obey(cli: &Cli, out: &mut Out) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::Broken(format!("no runtime: {error}")))?;
    runtime.block_on(command(cli, out))
}

async fn command(cli: &Cli, out: &mut Out) -> Result<(), Failure> {
    let width = cli.width.unwrap_or_else(width);
    let clinic = cli.clinic.as_deref();
    let log = &cli.log()?;
    let open = |reading| Reader::open(reading, log, clinic, width);
    match cli.command.as_ref().unwrap_or(&Command::Demo) {
        Command::Demo => demo::demo(out, width).await,
        Command::Run { file } => run::run(out, file, cli.log_typed(), clinic, width).await,
        Command::Board { room, moment, reading } => {
            open(reading).await?.board(out, room.as_deref(), moment.asked()).await
        }
        Command::Rooms { moment, reading } => open(reading).await?.rooms(out, moment.asked()).await,
        Command::Visits { all, moment, reading } => {
            open(reading).await?.visits(out, *all, moment.asked()).await
        }
        Command::Timeline { visit, reading } => open(reading).await?.timeline(out, visit).await,
        Command::Waits { reading } => open(reading).await?.waits(out).await,
        Command::Log { after, follow, reading } => {
            open(reading).await?.log(out, Position(*after), *follow).await
        }
        Command::Backup { to } => copies::backup(out, log.files()?, to).await,
        Command::Restore { from } => copies::restore(out, log.files()?, from),
        Command::SealKey { what } => seal_key::seal_key(out, log.files()?, *what).await,
        Command::Import(asked) => import::import(out, asked, log).await,
        Command::Bench(load) => bench::bench(out, load, cli.log_typed()).await,
        Command::Simulate(asked) => simulate::simulate(out, asked, cli, width),
        Command::Verify { reading } => read::verify(out, reading, log, clinic, width).await,
    }
}

/// The terminal's columns, within what can be read; without a terminal, room for two boards.
fn width() -> u16 {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    let columns = terminal.map(|(terminal_size::Width(columns), _)| columns);
    columns.unwrap_or(limits::WIDTH_DEFAULT).clamp(limits::WIDTH_MIN, limits::WIDTH_DEFAULT)
}
