//! Boards, now or as they were.

use clinic_domain::ids::{Position, RoomId};
use clinic_engine::AsOf;

use super::Reader;
use crate::choose::choose;
use crate::cli::Format;
use crate::failure::Failure;
use crate::limits;
use crate::out::Out;
use crate::show::words::WallClock;
use crate::show::{board, table};

impl Reader {
    /// The board of a room, or of all, now or at a past moment.
    pub(crate) async fn board(
        &self,
        out: &mut Out,
        room: Option<&str>,
        moment: Option<AsOf>,
    ) -> Result<(), Failure> {
        let (views, now) = self.at(moment).await?;
        let by_clock = !matches!(moment, Some(AsOf::Position(_)));
        let nothing = match views.checkpoint().position {
            Position::START => Some(self.nothing_yet().await?),
            _ => None,
        };
        if let (Some(nothing), Some(_)) = (&nothing, room) {
            return Err(Failure::Usage(format!("there was no such room: {nothing}")));
        }
        let clock = WallClock::of(&views.directory, now);
        let rooms = self.room_candidates(&views);
        let shown: Vec<RoomId> = match room {
            Some(wanted) => vec![RoomId(choose("room", wanted, &rooms)?)],
            None => rooms.iter().map(|room| RoomId(room.id)).collect(),
        };
        let boards: Vec<_> =
            shown.into_iter().filter_map(|room| views.census.board(room, now)).collect();
        let boards = self.store.open(self.clinic, boards).await?;
        match self.format {
            Format::Json => out.json(&board::Document {
                clinic: self.clinic,
                position: views.checkpoint().position,
                now: Some(now.to_string()).filter(|_| nothing.is_none() || by_clock),
                boards,
            })?,
            Format::Csv => {
                let records = boards.iter().flat_map(|one| board::records(one, &clock));
                out.records(&board::COLUMNS, records)?;
            }
            Format::Table => {
                if let Some(nothing) = nothing {
                    return Ok(out.line(&nothing)?);
                }
                let (when, position) = (clock.date_and_time(now), views.checkpoint().position);
                out.line(&format!("{when}, position {position}"))?;
                if boards.is_empty() {
                    out.line("There was no room yet.")?;
                }
                // One board has the whole width to itself.
                let width = if boards.len() == 1 { self.width } else { limits::BOARD_WIDTH };
                let width = width.min(self.width);
                let drawn = boards.iter().map(|one| board::drawn(one, &clock, width)).collect();
                out.lines(table::beside(self.width, width, drawn))?;
            }
        }
        Ok(())
    }
}
