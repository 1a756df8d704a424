//! Playing a day and telling it line by line.

use std::path::Path;

use crate::cli::LogAddress;
use crate::day::{self, Day};
use crate::failure::Failure;
use crate::limits;
use crate::open::{self, Kept};
use crate::out::Out;
use crate::play::Player;
use crate::read;
use crate::show::tell::Teller;
use crate::show::{board, table};

/// Plays a file, tells what came of each line, and shows who is where at its end. What was played is
/// kept in `log`, if somebody asks for one.
pub(crate) async fn run(
    out: &mut Out,
    file: &Path,
    log: Option<LogAddress>,
    wanted: Option<&str>,
    width: u16,
) -> Result<(), Failure> {
    let day = day::load(Some(file))?;
    let log = match log {
        Some(log @ (LogAddress::Sqlite(_) | LogAddress::Postgres(_))) => log,
        None | Some(LogAddress::Memory) => {
            return play(out, &day, &mut Player::counted(&day), wanted, width).await;
        }
    };
    let kept = open::to_write(&log).await?;
    let done = play_and_keep(out, &day, &kept, wanted, width).await;
    // The log is let go of in any case; what failed first is told.
    let closed = kept.close().await;
    done.and(closed)
}

/// Plays a day in memory, with the keys of the log, and stores it at its end: all of it or nothing.
async fn play_and_keep(
    out: &mut Out,
    day: &Day,
    kept: &Kept,
    wanted: Option<&str>,
    width: u16,
) -> Result<(), Failure> {
    let _alone = kept.founding().await?;
    for name in day.founds() {
        kept.has_no_clinic(name).await?;
    }
    let mut player = Player::over(day, kept.ports().await?);
    play(out, day, &mut player, wanted, width).await?;
    let stored = kept.keep(player.store()).await?;
    for (clinic, _) in &stored {
        out.has_stored(player.known().name(clinic.0).unwrap_or("a clinic"));
    }
    for (clinic, position) in stored {
        let name = player.known().name(clinic.0).unwrap_or("A clinic");
        out.line(&format!("{name} ({clinic}) is stored: {position} events."))?;
    }
    Ok(())
}

async fn play(
    out: &mut Out,
    day: &Day,
    player: &mut Player,
    wanted: Option<&str>,
    width: u16,
) -> Result<(), Failure> {
    let mut teller = Teller::new(width);
    for line in &day.lines {
        if let Some(say) = &line.say {
            out.gap()?;
            out.lines(table::columns(&[(say, width)]))?;
        }
        let turn = player.play(line).await?;
        teller.tell(out, player, line, &turn).await?;
    }
    out.gap()?;
    boards(out, player, wanted, width).await?;
    out.line(&teller.count.sentence())?;
    let unexpected = &teller.count.unexpected;
    if unexpected.is_empty() {
        return Ok(());
    }
    let lines = unexpected.iter().map(|(line, said)| format!("\n{}:{line}: {said}", day.name));
    let many = match unexpected.len() {
        1 => "1 line came to something else than it expects".to_owned(),
        many => format!("{many} lines came to something else than they expect"),
    };
    Err(Failure::Refused(format!("{many}:{}", lines.collect::<String>())))
}

/// The boards of every room, of one clinic or of each.
async fn boards(
    out: &mut Out,
    player: &Player,
    wanted: Option<&str>,
    width: u16,
) -> Result<(), Failure> {
    let clinics = match wanted {
        Some(wanted) => vec![read::clinic(player.store(), player.known(), Some(wanted)).await?],
        None => player.store().engine().clinics().await?,
    };
    for clinic in clinics {
        let clock = player.clock(clinic).await?;
        let name = player.known().name(clinic.0).unwrap_or("A clinic").to_owned();
        let heading = format!("The boards of {name}, {}", clock.date_and_time(player.now()));
        out.lines(table::columns(&[(&heading, width)]))?;
        let each = limits::BOARD_WIDTH.min(width);
        let boards = player.boards(clinic, player.now()).await?;
        let drawn = boards.iter().map(|one| board::drawn(one, &clock, each)).collect();
        out.lines(table::beside(width, each, drawn))?;
        out.gap()?;
    }
    Ok(())
}
