//! The rooms of a clinic.

use clinic_engine::AsOf;

use super::Reader;
use crate::cli::Format;
use crate::failure::Failure;
use crate::out::Out;
use crate::show::rooms::{self, Document, Listed};
use crate::show::words::WallClock;

impl Reader {
    /// All rooms, with who is inside.
    pub(crate) async fn rooms(&self, out: &mut Out, moment: Option<AsOf>) -> Result<(), Failure> {
        let (views, now) = self.at(moment).await?;
        let clock = WallClock::of(&views.directory, now);
        let rooms = Self::rooms_in_order(&views).into_iter();
        let listed =
            rooms.filter_map(|(id, room)| Some(Listed::of(room, views.census.board(id, now)?)));
        let rooms: Vec<Listed> = listed.collect();
        let rooms = self.store.open(self.clinic, rooms).await?;
        match self.format {
            Format::Json => {
                let (clinic, position) = (self.clinic, views.checkpoint().position);
                out.json(&Document { clinic, position, now: now.to_string(), rooms: &rooms })?;
            }
            Format::Csv => {
                out.records(&rooms::COLUMNS, rooms.iter().map(|one| rooms::record(one, &clock)))?;
            }
            Format::Table if rooms.is_empty() => out.line("There was no room yet.")?,
            Format::Table => out.lines(rooms::drawn(&rooms, &clock, self.width))?,
        }
        Ok(())
    }
}
