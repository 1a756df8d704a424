//! The demo: the day of `demo.jsonl` told as a story, with the boards as they change.

use std::collections::BTreeMap;

use clinic_domain::ids::{ClinicId, Position, RoomId, VisitId};
use clinic_projections::report::Scope;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;

use crate::day::{Handle, Line};
use crate::failure::Failure;
use crate::limits;
use crate::out::Out;
use crate::play::Player;
use crate::read;
use crate::show::tell::Teller;
use crate::show::words::WallClock;
use crate::show::{board, table, timeline, verify, waits};

/// Whose visit is told at the end.
const HEROINE: &str = "maria";

/// Plays the demo and tells it.
pub(crate) async fn demo(out: &mut Out, width: u16) -> Result<(), Failure> {
    let day = read::day(None)?;
    let mut player = Player::new(&day);
    let mut teller = Teller::new(width);
    let mut boards = Boards::default();
    // A step is a line with a sentence and those behind it that have none.
    let steps = day.lines.chunk_by(|_, next| next.say.is_none());
    for step in steps {
        heading(out, step.first().and_then(|line| line.say.as_deref()), width)?;
        for line in step {
            let turn = player.play(line).await?;
            teller.tell(out, &player, line, &turn).await?;
        }
        boards.show(out, &player, step, width).await?;
    }
    let clinic = read::clinic(&player, None).await?;
    ending(out, &player, clinic, width).await?;
    match teller.count.unexpected.first() {
        None => Ok(()),
        Some((line, said)) => Err(Failure::Refused(format!("{}:{line}: {said}", day.name))),
    }
}

fn heading(out: &mut Out, say: Option<&str>, width: u16) -> Result<(), Failure> {
    out.gap()?;
    out.line(&"─".repeat(usize::from(width)))?;
    for line in table::columns(&[(say.unwrap_or_default(), width)]) {
        out.line(&line)?;
    }
    out.gap()?;
    Ok(())
}

/// The boards as they were last shown, without their clocks.
#[derive(Default)]
struct Boards {
    shown: BTreeMap<RoomId, Vec<String>>,
}

impl Boards {
    /// Shows the boards that have changed.
    async fn show(
        &mut self,
        out: &mut Out,
        player: &Player,
        step: &[Line],
        width: u16,
    ) -> Result<(), Failure> {
        let Some(last) = step.last() else { return Ok(()) };
        let clinic = player.known().clinic(&last.clinic);
        let clock = player.clock(clinic).await?;
        let each = limits::BOARD_WIDTH.min(width);
        let changed = player.views(clinic, |views| {
            let mut changed = vec![];
            for (room, _) in views.census.rooms() {
                let gist = board::gist(&views.census, room);
                if self.shown.get(&room) == Some(&gist) {
                    continue;
                }
                self.shown.insert(room, gist);
                let board = views.census.board(room, player.now());
                changed.extend(board.map(|board| board::drawn(&board, &clock, each)));
            }
            changed
        });
        let changed = changed.await?;
        if changed.is_empty() {
            return Ok(());
        }
        out.gap()?;
        for line in table::beside(width, each, changed) {
            out.line(&line)?;
        }
        Ok(())
    }
}

/// What the day has come to: one visit's story, the waits, and whether anybody was lost.
async fn ending(
    out: &mut Out,
    player: &Player,
    clinic: ClinicId,
    width: u16,
) -> Result<(), Failure> {
    let now = player.now();
    let views = player.views(clinic, Views::clone).await?;
    let clock = WallClock::of(&views, now);
    heading(out, Some("The day is over. This is one patient's story, across all rooms."), width)?;
    if let Ok(heroine) = Handle::parse(HEROINE) {
        let visit: VisitId = player.known().visit(&heroine);
        let story = read::story(player, clinic, visit).await?;
        let timeline = Timeline::of(visit, &views.directory, &story);
        for line in timeline::drawn(&timeline, &views.directory, &clock, width) {
            out.line(&line)?;
        }
    }
    heading(out, Some("This is how long people waited."), width)?;
    let report = views.waits.report(Scope::default(), now);
    for line in waits::drawn(&report, &views.directory, width) {
        out.line(&line)?;
    }
    heading(out, Some("And this is the proof that nobody was lost, from the log alone."), width)?;
    let events = player.events(clinic, Position::START).await?;
    for line in verify::drawn(&verify::checks(&events, &views), width) {
        out.line(&line)?;
    }
    out.gap()?;
    out.line("Read on with:")?;
    for next in ["board --at 2026-03-02T09:05:30+01:00", "timeline jonas", "log", "--help"] {
        out.line(&format!("  clinic {next}"))?;
    }
    Ok(())
}
