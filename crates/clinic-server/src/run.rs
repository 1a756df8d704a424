//! Playing a day and telling it line by line.

use std::path::Path;

use crate::failure::Failure;
use crate::limits;
use crate::out::Out;
use crate::play::Player;
use crate::read;
use crate::show::tell::Teller;
use crate::show::{board, table};

/// Plays a file, tells what came of each line, and shows who is where at its end.
pub(crate) async fn run(
    out: &mut Out,
    file: &Path,
    wanted: Option<&str>,
    width: u16,
) -> Result<(), Failure> {
    let day = read::day(Some(file))?;
    let mut player = Player::new(&day);
    let mut teller = Teller::new(width);
    for line in &day.lines {
        if let Some(say) = &line.say {
            out.gap()?;
            for line in table::columns(&[(say, width)]) {
                out.line(&line)?;
            }
        }
        let turn = player.play(line).await?;
        teller.tell(out, &player, line, &turn).await?;
    }
    out.gap()?;
    boards(out, &player, wanted, width).await?;
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
        Some(wanted) => vec![read::clinic(player, Some(wanted)).await?],
        None => player.engine().clinics().await?,
    };
    for clinic in clinics {
        let clock = player.clock(clinic).await?;
        let name = player.known().name(clinic.0).unwrap_or("A clinic").to_owned();
        let heading = format!("The boards of {name}, {}", clock.date_and_time(player.now()));
        for line in table::columns(&[(&heading, width)]) {
            out.line(&line)?;
        }
        let each = limits::BOARD_WIDTH.min(width);
        let drawn = player.views(clinic, |views| {
            let rooms = views.census.rooms();
            let boards = rooms.filter_map(|(room, _)| views.census.board(room, player.now()));
            boards.map(|one| board::drawn(&one, &clock, each)).collect()
        });
        for line in table::beside(width, each, drawn.await?) {
            out.line(&line)?;
        }
        out.gap()?;
    }
    Ok(())
}
