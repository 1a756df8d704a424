//! The commands that read: a day is played first, and then looked at.

use std::path::Path;

use clinic_domain::event::{Event, Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position, RoomId, TransferId, VisitId};
use clinic_domain::room::Room;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::VisitEvent;
use clinic_engine::AsOf;
use clinic_projections::report::Scope;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;

use crate::choose::{Candidate, choose, only};
use crate::cli::{Format, Reading};
use crate::day::{self, Day, Kind};
use crate::failure::Failure;
use crate::limits;
use crate::out::Out;
use crate::play::Player;
use crate::show::words::{WallClock, personal};
use crate::show::{board, log, table, timeline, verify, waits};

/// A day that was played, and the clinic that is looked at.
pub(crate) struct Reader {
    player: Player,
    clinic: ClinicId,
    format: Format,
    width: u16,
}

/// Reads a day from a file, or the demo's.
pub(crate) fn day(file: Option<&Path>) -> Result<Day, Failure> {
    match file {
        None => day::parse("demo", day::DEMO.as_bytes()),
        Some(path) => {
            let (name, bytes) = day::read_file(path)?;
            day::parse(&name, &bytes)
        }
    }
}

/// The clinics that a player has founded.
pub(crate) async fn clinics(player: &Player) -> Result<Vec<Candidate>, Failure> {
    let known = player.known();
    let candidate = |clinic: ClinicId| {
        let handles = known.handles(Kind::Clinic, clinic.0).map(ToString::to_string);
        let name = known.name(clinic.0).map(str::to_owned);
        let called = handles.chain(name).collect();
        Candidate { id: clinic.0, called, told_by: String::new() }
    };
    Ok(player.engine().clinics().await?.into_iter().map(candidate).collect())
}

/// The clinic that is meant, or the only one.
pub(crate) async fn clinic(player: &Player, wanted: Option<&str>) -> Result<ClinicId, Failure> {
    let clinics = clinics(player).await?;
    let chosen = match wanted {
        Some(wanted) => choose("clinic", wanted, &clinics)?,
        None => only("clinic", "--clinic", &clinics)?,
    };
    Ok(ClinicId(chosen))
}

impl Reader {
    /// Plays the day and chooses the clinic.
    pub(crate) async fn open(
        reading: &Reading,
        wanted: Option<&str>,
        width: u16,
    ) -> Result<Self, Failure> {
        let day = day(reading.day.as_deref())?;
        let mut player = Player::new(&day);
        player.play_all(&day).await?;
        let clinic = clinic(&player, wanted).await?;
        Ok(Self { player, clinic, format: reading.format, width })
    }

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
        let clock = WallClock::of(&views, now);
        let rooms = self.rooms(&views);
        let shown: Vec<RoomId> = match room {
            Some(wanted) => vec![RoomId(choose("room", wanted, &rooms)?)],
            None => rooms.iter().map(|room| RoomId(room.id)).collect(),
        };
        let boards: Vec<_> =
            shown.into_iter().filter_map(|room| views.census.board(room, now)).collect();
        match self.format {
            Format::Json => out.json(&board::Document {
                clinic: self.clinic,
                position: views.checkpoint().position,
                now: Some(now.to_string()).filter(|_| nothing.is_none() || by_clock),
                boards,
            })?,
            Format::Csv => {
                out.csv(board::COLUMNS)?;
                for record in boards.iter().flat_map(|one| board::records(one, &clock)) {
                    out.csv(record.iter().map(String::as_str))?;
                }
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
                for line in table::beside(self.width, width, drawn) {
                    out.line(&line)?;
                }
            }
        }
        Ok(())
    }

    /// The story of a visit.
    pub(crate) async fn timeline(&self, out: &mut Out, visit: &str) -> Result<(), Failure> {
        let events = self.player.events(self.clinic, Position::START).await?;
        let visit = VisitId(choose("visit", visit, &self.visits(&events).await?)?);
        let (views, now) = self.at(None).await?;
        let clock = WallClock::of(&views, now);
        let story = self.story(visit).await?;
        let timeline = Timeline::of(visit, &views.directory, &story);
        match self.format {
            Format::Json => out.json(&timeline::Document::of(&timeline, now))?,
            Format::Csv => {
                out.csv(timeline::COLUMNS)?;
                for record in timeline::records(&timeline) {
                    out.csv(record.iter().map(String::as_str))?;
                }
            }
            Format::Table => {
                for line in timeline::drawn(&timeline, &views.directory, &clock, self.width) {
                    out.line(&line)?;
                }
            }
        }
        Ok(())
    }

    /// The report of waits.
    pub(crate) async fn waits(&self, out: &mut Out) -> Result<(), Failure> {
        let (views, now) = self.at(None).await?;
        let report = views.waits.report(Scope::default(), now);
        match self.format {
            Format::Json => out.json(&report)?,
            Format::Csv => {
                out.csv(waits::COLUMNS)?;
                for record in waits::records(&report, &views.directory) {
                    out.csv(record.iter().map(String::as_str))?;
                }
            }
            Format::Table => {
                for line in waits::drawn(&report, &views.directory, self.width) {
                    out.line(&line)?;
                }
            }
        }
        Ok(())
    }

    /// What is recorded behind `after`.
    pub(crate) async fn log(&self, out: &mut Out, after: Position) -> Result<(), Failure> {
        let events = self.player.events(self.clinic, after).await?;
        let clock = self.player.clock(self.clinic).await?;
        let known = self.player.known();
        match self.format {
            Format::Json => {
                out.json(&events.iter().map(log::Envelope::of).collect::<Vec<_>>())?;
            }
            Format::Csv => {
                out.csv(log::COLUMNS)?;
                for record in log::records(&events, known) {
                    out.csv(record.iter().map(String::as_str))?;
                }
            }
            Format::Table => {
                for line in log::drawn(&events, known, &clock, self.width) {
                    out.line(&line)?;
                }
            }
        }
        Ok(())
    }

    /// Every check of the log; an error if one fails.
    pub(crate) async fn verify(&self, out: &mut Out) -> Result<(), Failure> {
        let events = self.player.events(self.clinic, Position::START).await?;
        let (live, _) = self.at(None).await?;
        let checks = verify::checks(&events, &live);
        match self.format {
            Format::Json => out.json(&checks)?,
            Format::Csv => {
                out.csv(["law", "holds", "found"])?;
                for check in &checks {
                    out.csv([check.law, if check.holds { "true" } else { "false" }, &check.found])?;
                }
            }
            Format::Table => {
                for line in verify::drawn(&checks, self.width) {
                    out.line(&line)?;
                }
            }
        }
        let broken = checks.iter().filter(|check| !check.holds).count();
        match broken {
            0 => Ok(()),
            _ => Err(Failure::Refused(format!("{broken} of {} checks failed", checks.len()))),
        }
    }

    /// The views at a moment and the instant at which they are read.
    async fn at(&self, moment: Option<AsOf>) -> Result<(Views, Timestamp), Failure> {
        let Some(moment) = moment else {
            let views = self.player.views(self.clinic, Views::clone).await?;
            return Ok((views, self.player.now()));
        };
        if let AsOf::Instant(instant) = moment {
            self.reached(instant).await?;
        }
        let views = self.player.engine().as_of(self.clinic, moment).await?;
        let now = match moment {
            AsOf::Instant(instant) => instant,
            AsOf::Position(_) => views.checkpoint().at,
        };
        Ok((views, now))
    }

    /// Refuses what nobody can know: an instant that no calendar has, or one behind the day's end.
    async fn reached(&self, instant: Timestamp) -> Result<(), Failure> {
        if instant.utc().is_none() {
            let said = "--at must lie within the years 0 to 9999, in UTC, too";
            return Err(Failure::Usage(said.to_owned()));
        }
        let end = self.player.now();
        if instant <= end {
            return Ok(());
        }
        let clock = self.player.clock(self.clinic).await?;
        let last = self.player.events(self.clinic, Position::START).await?.last().map(|last| {
            let at = clock.date_and_time(last.occurred_at);
            format!("; the log ends at position {}, {at}", last.position)
        });
        let (end, last) = (clock.date_and_time(end), last.unwrap_or_default());
        Err(Failure::Usage(format!("{instant} is not there yet: the day ends at {end}{last}")))
    }

    /// That nothing had happened, and when that ended.
    async fn nothing_yet(&self) -> Result<String, Failure> {
        let events = self.player.events(self.clinic, Position::START).await?;
        let clock = self.player.clock(self.clinic).await?;
        let begins = events.first().map(|first| clock.date_and_time(first.occurred_at));
        let begins = begins.map(|begins| format!("; the log begins at {begins}"));
        Ok(format!("nothing had happened yet{}", begins.unwrap_or_default()))
    }

    fn rooms(&self, views: &Views) -> Vec<Candidate> {
        let known = self.player.known();
        let candidate = |(id, room): (RoomId, &Room)| {
            let room = room.last()?;
            let handles = known.handles(Kind::Room, id.0).map(ToString::to_string);
            let links = room.retired.iter().chain([&room.slug]).map(ToString::to_string);
            let mut called: Vec<String> = handles.chain(links).collect();
            called.push(room.name.to_string());
            called.dedup();
            Some(Candidate { id: id.0, called, told_by: String::new() })
        };
        views.census.rooms().filter_map(candidate).collect()
    }

    /// Everybody who ever checked in.
    async fn visits(&self, events: &[Recorded]) -> Result<Vec<Candidate>, Failure> {
        let clock = self.player.clock(self.clinic).await?;
        let known = self.player.known();
        let candidate = |recorded: &Recorded| match &recorded.event {
            Event::Visit(id, VisitEvent::CheckedIn { name, .. }) => {
                let handles = known.handles(Kind::Visit, id.0).map(ToString::to_string);
                let called = handles.chain([personal(name)]).collect();
                let told_by = format!("checked in {}", clock.moment(recorded.occurred_at));
                Some(Candidate { id: id.0, called, told_by })
            }
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        };
        Ok(events.iter().filter_map(candidate).collect())
    }

    /// A visit's stream and those of its transfers.
    pub(crate) async fn story(&self, visit: VisitId) -> Result<Vec<Recorded>, Failure> {
        story(&self.player, self.clinic, visit).await
    }
}

/// A visit's stream and those of its transfers.
pub(crate) async fn story(
    player: &Player,
    clinic: ClinicId,
    visit: VisitId,
) -> Result<Vec<Recorded>, Failure> {
    let mut story = player.engine().stream(clinic, StreamId::Visit(visit)).await?;
    let legs: Vec<TransferId> = story.iter().filter_map(leg).collect();
    for leg in legs {
        story.extend(player.engine().stream(clinic, StreamId::Transfer(leg)).await?);
    }
    Ok(story)
}

fn leg(recorded: &Recorded) -> Option<TransferId> {
    match &recorded.event {
        Event::Visit(_, VisitEvent::Transferred { transfer, .. }) => Some(*transfer),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
    }
}
