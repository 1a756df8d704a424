//! The program `clinic`: it plays a clinic's day and shows what came of it.
//!
//! It is the composition root and knows no rule of the clinic. [`day`] reads what is to be played,
//! [`play`] plays it on an engine in memory, [`show`] shows what came of it, and the commands put
//! the three together: [`demo`], [`run`] and [`read`]. Everything is printed through [`out`], and
//! [`failure`] alone knows the exit codes.

mod choose;
mod cli;
mod day;
mod demo;
mod failure;
mod help;
mod limits;
mod out;
mod play;
mod read;
mod run;
mod show;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use clinic_domain::ids::Position;
use clinic_engine::AsOf;

use cli::{Cli, Command, LogAddress};
use failure::Failure;
use out::Out;
use read::Reader;

fn main() -> ExitCode {
    let done = match Cli::try_parse() {
        Ok(cli) => {
            let mut out = Out::stdout();
            let done = obey(&cli, &mut out);
            done.and(out.flush().map_err(Failure::from))
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
    match cli.log()? {
        LogAddress::Memory => {}
    }
    match cli.command.as_ref().unwrap_or(&Command::Demo) {
        Command::Demo => demo::demo(out, width).await,
        Command::Run { file } => run::run(out, file, clinic, width).await,
        Command::Board { room, at, position, reading } => {
            let moment = at.map(AsOf::Instant);
            let moment = moment.or_else(|| position.map(|n| AsOf::Position(Position(n))));
            let reader = Reader::open(reading, clinic, width).await?;
            reader.board(out, room.as_deref(), moment).await
        }
        Command::Timeline { visit, reading } => {
            Reader::open(reading, clinic, width).await?.timeline(out, visit).await
        }
        Command::Waits { reading } => Reader::open(reading, clinic, width).await?.waits(out).await,
        Command::Log { after, reading } => {
            Reader::open(reading, clinic, width).await?.log(out, Position(*after)).await
        }
        Command::Verify { reading } => {
            Reader::open(reading, clinic, width).await?.verify(out).await
        }
    }
}

/// The terminal's columns, within what can be read; without a terminal, room for two boards.
fn width() -> u16 {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    let columns = terminal.map(|(terminal_size::Width(columns), _)| columns);
    columns.unwrap_or(limits::WIDTH_DEFAULT).clamp(limits::WIDTH_MIN, limits::WIDTH_DEFAULT)
}
