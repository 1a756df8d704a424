//! The commands that read: a day that is played first, or a log that is kept.

mod board;
mod log;
mod rooms;
mod source;
mod timeline;
mod verify;
mod visits;
mod waits;

use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::room::{OpenRoom, RoomKind};
use clinic_domain::time::Timestamp;
use clinic_engine::AsOf;
use clinic_engine::ports::Head;
use clinic_projections::views::Boards;

use crate::choose::Candidate;
use crate::cli::{Format, LogAddress, Reading};
use crate::day::Kind;
use crate::failure::Failure;
use crate::play::Known;
use crate::show::words::{WallClock, in_order};
use crate::store::Store;

pub(crate) use source::{Source, clinic};
pub(crate) use verify::{audit_live, verify};

/// A clinic that is looked at.
pub(crate) struct Reader {
    store: Store,
    clinic: ClinicId,
    /// What a day file calls what; nothing in a log that is kept.
    known: Known,
    /// Where the log ended when it was opened.
    head: Head,
    /// The instant at which it is read.
    now: Timestamp,
    /// Whether more may come to it: a day that was played is over.
    kept: bool,
    /// Whether it is in a database, which may be away for a while and come back.
    shared: bool,
    format: Format,
    width: u16,
}

impl Reader {
    /// Plays the day or opens the log, and chooses the clinic.
    pub(crate) async fn open(
        reading: &Reading,
        log: &LogAddress,
        wanted: Option<&str>,
        width: u16,
    ) -> Result<Self, Failure> {
        let source = Source::open(reading, log).await?;
        let clinic = source.clinic(wanted).await?;
        let head = source.store.head(clinic).await?;
        let now = source.now(clinic, head).await?;
        let (kept, format) = (source.is_kept(), reading.format);
        let shared = kept && matches!(log, LogAddress::Postgres(_));
        let Source { store, known, .. } = source;
        Ok(Self { store, clinic, known, head, now, kept, shared, format, width })
    }

    /// The views at a moment, or at the end of the log, and the instant at which they are read.
    async fn at(&self, moment: Option<AsOf>) -> Result<(Boards, Timestamp), Failure> {
        if let Some(AsOf::Instant(instant)) = moment {
            self.reached(instant).await?;
        }
        let end = AsOf::Position(self.head.position);
        let views = self.store.engine().as_of(self.clinic, moment.unwrap_or(end)).await?;
        let now = match moment {
            None => self.now,
            Some(AsOf::Instant(instant)) => instant,
            Some(AsOf::Position(_)) => views.checkpoint().at,
        };
        Ok((views, now))
    }

    /// Refuses what nobody can know: an instant that no calendar has, or one that is still to come.
    async fn reached(&self, instant: Timestamp) -> Result<(), Failure> {
        if instant.utc().is_none() {
            let said = "--at must lie within the years 0 to 9999, in UTC, too";
            return Err(Failure::Usage(said.to_owned()));
        }
        if instant <= self.now {
            return Ok(());
        }
        let end = AsOf::Position(self.head.position);
        let views = self.store.engine().as_of(self.clinic, end).await?;
        let clock = WallClock::of(&views.directory, self.now);
        let now = clock.date_and_time(self.now);
        let (position, last) = (self.head.position, clock.date_and_time(self.head.occurred_at));
        let ends = format!("the log ends at position {position}, {last}");
        Err(Failure::Usage(format!(
            "{instant} is not there yet: the clock stands at {now}; {ends}"
        )))
    }

    /// That nothing had happened, and when that ended.
    async fn nothing_yet(&self) -> Result<String, Failure> {
        let first = self.store.first(self.clinic).await?;
        let begins = match first {
            None => String::new(),
            Some(first) => {
                let mut views = Boards::default();
                views.apply(&first);
                let clock = WallClock::of(&views.directory, self.now);
                format!("; the log begins at {}", clock.date_and_time(first.occurred_at))
            }
        };
        Ok(format!("nothing had happened yet{begins}"))
    }

    /// All rooms: first the clinic's, then those of members, each by name.
    fn rooms_in_order(boards: &Boards) -> Vec<(RoomId, &OpenRoom)> {
        let mut rooms: Vec<_> =
            boards.census.rooms().filter_map(|(id, room)| Some((id, room.last()?))).collect();
        rooms.sort_by_cached_key(|(id, room)| {
            let personal = matches!(room.kind, RoomKind::Personal(_));
            (personal, in_order(room.name.as_str()), *id)
        });
        rooms
    }

    fn room_candidates(&self, boards: &Boards) -> Vec<Candidate> {
        let candidate = |(id, room): (RoomId, &OpenRoom)| {
            let handles = self.known.handles(Kind::Room, id.0).map(ToString::to_string);
            let links = room.retired.iter().chain([&room.slug]).map(ToString::to_string);
            let external_ref = room.external_ref.iter().map(ToString::to_string);
            let mut called: Vec<String> = handles.chain(links).chain(external_ref).collect();
            called.push(room.name.to_string());
            called.dedup();
            Candidate { id: id.0, called, told_by: String::new() }
        };
        Self::rooms_in_order(boards).into_iter().map(candidate).collect()
    }
}
