//! The program `clinic`: it serves clinics over HTTP, plays days, and shows and checks what is in a log.
//!
//! It is the composition root and knows no rule of the clinic. [`serve`] is the server, [`people`] founds a
//! clinic and helps who forgot a password, by the settings of [`config`]. [`day`] reads what is to be played,
//! [`play`] plays it on an engine in memory, [`show`] shows what came of it, and the commands put
//! the three together: [`demo`], [`run`] and [`read`]. Everything is printed through [`out`], and
//! [`failure`] alone knows the exit codes.

mod bench;
mod choose;
mod cli;
mod config;
mod copies;
mod copy;
mod day;
mod demo;
mod failure;
mod founder;
mod help;
mod import;
mod limits;
mod names;
mod open;
mod out;
mod people;
mod play;
mod progress;
mod read;
mod run;
mod seal_key;
mod serve;
mod show;
mod simulate;
mod stopwatch;
mod store;
mod tables;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use clinic_domain::ids::Position;
use tokio::runtime::Builder;

use cli::{Cli, Command, ConfigTask, ServeFlags};
use config::{Config, Places, Shown};
use failure::Failure;
use out::Out;
use read::Reader;
use serve::Settings;

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
    let serves = matches!(cli.command, None | Some(Command::Serve(_)));
    let mut runtime =
        if serves { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Broken(format!("no runtime: {error}")))?;
    let done = runtime.block_on(command(cli, out));
    if serves {
        // Whatever is still at work then has had its time.
        runtime.shutdown_timeout(limits::HALT);
    }
    done
}

async fn command(cli: &Cli, out: &mut Out) -> Result<(), Failure> {
    let width = cli.width.unwrap_or_else(width);
    let clinic = cli.clinic.as_deref();
    let config = &Config::load(cli.config.as_deref())?;
    let log = &cli.log(config)?;
    let open = |reading| Reader::open(reading, log, clinic, width);
    match cli.command.as_ref().unwrap_or(&Command::Serve(ServeFlags::default())) {
        Command::Serve(flags) => {
            cli.serves_all()?;
            serve::serve(out, settings(cli, config, flags)?.0).await
        }
        Command::Init(asked) => people::init(out, asked, log).await,
        Command::ResetPassword(asked) => people::reset_password(out, asked, log, clinic).await,
        Command::Config { task: ConfigTask::Show { flags, format } } => {
            let (settings, shown) = settings(cli, config, flags)?;
            show::settings::show(out, &shown, *format)?;
            settings.check()
        }
        Command::Demo => demo::demo(out, width).await,
        Command::Run { file } => run::run(out, file, cli.log_typed(config), clinic, width).await,
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
        Command::Backup { to } => copies::backup(out, log, to).await,
        Command::Restore { from } => copies::restore(out, log, from),
        Command::Copy(asked) => copy::copy(out, &cli.copying(asked, config), clinic).await,
        Command::Migrate => tables::migrate(out, log).await,
        Command::Adopt(asked) => tables::adopt(out, asked, log, clinic).await,
        Command::Upgrade { finalize } => tables::upgrade(out, log, *finalize).await,
        Command::SealKey { what } => seal_key::seal_key(out, log, *what).await,
        Command::Import(asked) => import::import(out, asked, log).await,
        Command::Bench(load) => bench::bench(out, load, cli.log_typed(config)).await,
        Command::Simulate(asked) => simulate::simulate(out, asked, cli, width),
        Command::Verify { reading } => read::verify(out, reading, log, clinic, width).await,
    }
}

/// What a server is told, by whoever says something.
fn settings(
    cli: &Cli,
    config: &Config,
    flags: &ServeFlags,
) -> Result<(Settings, Vec<Shown>), Failure> {
    let (log, operator_key) = (cli.log_and_origin(config)?, cli.operator_key(config));
    config.settings(flags, Places { log, operator_key, keys: cli.keys(config) })
}

/// The terminal's columns, within what can be read; without a terminal, room for two boards.
fn width() -> u16 {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    let columns = terminal.map(|(terminal_size::Width(columns), _)| columns);
    columns.unwrap_or(limits::WIDTH_DEFAULT).clamp(limits::WIDTH_MIN, limits::WIDTH_DEFAULT)
}
