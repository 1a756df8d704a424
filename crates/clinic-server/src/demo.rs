//! The demo: the day of `demo.jsonl` told as a story, with the boards as they change.

use std::collections::BTreeMap;

use clinic_domain::ids::{ClinicId, RoomId, VisitId};
use clinic_projections::report::Scope;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;

use crate::day::{self, Handle, Line};
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
    let day = day::load(None)?;
    let mut player = Player::counted(&day);
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
    let clinic = read::clinic(player.store(), player.known(), None).await?;
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
        let blank = WallClock::default();
        let still = player.boards(clinic, blank.now()).await?;
        let now = player.boards(clinic, player.now()).await?;
        let mut changed = vec![];
        for (still, now) in still.iter().zip(&now) {
            // What a board says beside its clocks: the same again means that nothing has changed.
            let gist = board::drawn(still, &blank, limits::BOARD_WIDTH);
            if self.shown.get(&now.room) != Some(&gist) {
                self.shown.insert(now.room, gist);
                changed.push(board::drawn(now, &clock, each));
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        out.gap()?;
        Ok(out.lines(table::beside(width, each, changed))?)
    }
}

/// What the day has come to: one visit's story, the waits, and whether anybody was lost.
async fn ending(
    out: &mut Out,
    player: &Player,
    clinic: ClinicId,
    width: u16,
) -> Result<(), Failure> {
    let (now, store) = (player.now(), player.store());
    let views = player.views(clinic, Views::clone).await?;
    let clock = WallClock::of(&views.directory, now);
    heading(out, Some("The day is over. This is one patient's story, across all rooms."), width)?;
    if let Ok(heroine) = Handle::parse(HEROINE) {
        let visit: VisitId = player.known().visit(&heroine);
        let told = store.story(clinic, visit).await?;
        let timeline = Timeline::of(visit, &views.directory, &told);
        let timeline = store.open(clinic, timeline).await?;
        out.lines(timeline::drawn(&timeline, None, &views.directory, &clock, width))?;
    }
    heading(out, Some("This is how long people waited."), width)?;
    let report = store.waits(clinic).await?.report(Scope::default(), now);
    out.lines(waits::drawn(&report, &views.directory, width))?;
    heading(out, Some("And this is the proof that nobody was lost, from the log alone."), width)?;
    out.lines(verify::drawn(&read::audit_live(store, clinic).await?, width))?;
    out.gap()?;
    out.line("Read on with:")?;
    for next in ["board --at 2026-03-02T09:05:30+01:00", "timeline jonas", "log"] {
        out.line(&format!("  clinic --log memory: {next}"))?;
    }
    out.line("  clinic --help")?;
    Ok(())
}
