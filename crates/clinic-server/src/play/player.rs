//! The player: it lets time pass as a day says, asks what each line asks, and remembers what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{CountedIds, ManualClock, MemoryKeys, NoOthers, NoStates};
use clinic_engine::{Engine, EngineError, MemoryLog, Ports, Receipt, Request};
use clinic_projections::board::RoomBoard;
use clinic_projections::views::Views;
use uuid::Uuid;

use super::known::Known;
use super::outcome::{Outcome, Turn};
use super::presence::Pages;
use crate::day::{By, Day, Deed, Handle, Kind, Line, Named};
use crate::failure::Failure;
use crate::show::words::WallClock;
use crate::store::Store;

/// An engine that a day is played on, over a log in memory.
pub(crate) struct Player {
    pub(super) store: Store,
    pub(super) clock: Arc<ManualClock>,
    pub(super) known: Known,
    pub(super) pages: Pages,
    commands: BTreeMap<String, CommandId>,
    /// How far each clinic's log has been read.
    pub(super) read: BTreeMap<ClinicId, Position>,
}

/// Before and after.
impl Player {
    /// A player who keeps nothing, and to whom the same day is the same, byte for byte.
    pub(crate) fn counted(day: &Day) -> Self {
        let ports = Ports {
            ids: Arc::new(CountedIds::default()),
            // A day that is only shown is no secret.
            keys: Arc::new(MemoryKeys::counted()),
            ..Ports::in_memory()
        };
        Self::over(day, ports)
    }

    /// A player whose clock stands at the day's first line. The log is one in memory, whatever the
    /// ports say.
    pub(crate) fn over(day: &Day, ports: Ports) -> Self {
        let start = day.lines.first().map(|line| line.at).unwrap_or_default();
        let clock = Arc::new(ManualClock::at(start));
        let store = Store::over(Ports {
            log: Arc::new(MemoryLog::new()),
            clock: Arc::<ManualClock>::clone(&clock),
            states: Arc::new(NoStates),
            // The day has a time of its own, which is nothing to the nodes of a log.
            seen: Arc::new(NoOthers),
            ..ports
        });
        let (known, pages) = (Known::default(), Pages::default());
        let (commands, read) = (BTreeMap::new(), BTreeMap::new());
        Self { store, clock, known, pages, commands, read }
    }

    /// Plays a day to its end, saying nothing.
    pub(crate) async fn play_all(&mut self, day: &Day) -> Result<(), Failure> {
        for line in &day.lines {
            self.play(line).await?;
        }
        Ok(())
    }

    /// What was played.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn engine(&self) -> &Engine {
        self.store.engine()
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        use clinic_engine::ports::Clock;
        self.clock.now()
    }

    /// Ids and names.
    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// The same, and nothing of the player.
    pub(crate) fn into_known(self) -> (Store, Known) {
        (self.store, self.known)
    }

    /// The clock on a clinic's wall.
    pub(crate) async fn clock(&self, clinic: ClinicId) -> Result<WallClock, Failure> {
        self.views(clinic, |views| WallClock::of(&views.directory, self.now())).await
    }

    /// The boards of all rooms as they are at `now`, for those who may read them.
    pub(crate) async fn boards(
        &self,
        clinic: ClinicId,
        now: Timestamp,
    ) -> Result<Vec<RoomBoard>, Failure> {
        let boards = self.views(clinic, |views| {
            let rooms = views.census.rooms();
            rooms.filter_map(|(room, _)| views.census.board(room, now)).collect()
        });
        self.store.open(clinic, boards.await?).await
    }

    /// A clinic's views; of one that is not there, empty ones.
    pub(crate) async fn views<R>(
        &self,
        clinic: ClinicId,
        look: impl FnOnce(&Views) -> R,
    ) -> Result<R, Failure> {
        if self.read.contains_key(&clinic) {
            return Ok(self.engine().read(clinic, None, look).await?);
        }
        Ok(look(&Views::default()))
    }
}

/// Line by line.
impl Player {
    /// Plays a line.
    pub(crate) async fn play(&mut self, line: &Line) -> Result<Turn, Failure> {
        let clinic = self.clinic_of(line);
        let mut before = self.pass_until(line.at).await?;
        let (who, what) = (self.known.who(line), self.known.what(line));
        let id = self.command_id(line.id.as_deref());
        let outcome = match &line.deed {
            Deed::Ask(make) => {
                let action = self.views(clinic, |views| make(&self.known, views)).await?;
                let request = Request::new(id, self.known.actor(&line.by), action);
                let answer = self.engine().execute(clinic, request).await;
                self.answered(line, clinic, answer)?
            }
            Deed::CheckIn { form, passcode } => {
                let form = form(&self.known);
                let passcode = passcode.as_deref();
                self.check_in(line, clinic, id, form, passcode).await?
            }
            Deed::SetPasscode { room, passcode } => {
                let (actor, room) = (self.known.actor(&line.by), self.known.room(room));
                let passcode = passcode.as_deref();
                let set = self.engine().set_passcode(clinic, id, actor, room, passcode);
                let answer = set.await;
                self.answered(line, clinic, answer)?
            }
            Deed::Connect(who) => self.connect(who, true).await?,
            Deed::Disconnect(who) => self.connect(who, false).await?,
            Deed::Wait => Outcome::Passed,
        };
        if let Deed::Connect(_) = line.deed {
            self.engine().tick().await?; // so that it is noted now, not when time passes
        }
        let news = self.catch_up().await?;
        let own = news.iter().find(|news| !by_policy(news)).map(|own| own.position);
        let (due, then): (Vec<_>, Vec<_>) = news
            .into_iter()
            .filter(by_policy)
            .filter(|news| news.cause.command_id != id)
            .partition(|news| own.is_some_and(|own| news.position < own));
        before.extend(due);
        Ok(Turn { at: line.at, clinic, who, what, before, outcome, after: then })
    }

    /// A clinic that is to be founded gets its id before it is asked for.
    fn clinic_of(&mut self, line: &Line) -> ClinicId {
        for named in line.brings.iter().filter(|named| named.kind == Kind::Clinic) {
            if !self.known.has(named) {
                let id = self.engine().mint();
                self.known.bind(named.clone(), ClinicId(id), id);
            }
        }
        self.known.clinic(&line.clinic)
    }

    fn command_id(&mut self, name: Option<&str>) -> CommandId {
        let Some(name) = name else { return CommandId(self.engine().mint()) };
        if let Some(id) = self.commands.get(name) {
            return *id;
        }
        let id = CommandId(self.engine().mint());
        self.known.call(id, name);
        self.commands.insert(name.to_owned(), id);
        id
    }

    async fn check_in(
        &mut self,
        line: &Line,
        clinic: ClinicId,
        id: CommandId,
        form: CheckInForm,
        passcode: Option<&str>,
    ) -> Result<Outcome, Failure> {
        let token = form.token;
        let handle = line.brings.iter().find(|named| named.kind == Kind::Visit);
        let Some(handle) = handle.map(|named| named.handle.clone()) else {
            return Ok(Outcome::not_there());
        };
        self.known.browse(handle.clone(), token);
        let by_patient = matches!(line.by, By::Patient(_));
        let answer = if by_patient {
            self.engine().check_in(clinic, id, form, passcode, Some(handle.as_str())).await
        } else {
            let action = Action::CheckIn(Box::new(form));
            self.engine()
                .execute(clinic, Request::new(id, self.known.actor(&line.by), action))
                .await
        };
        let granted = answer.is_ok();
        let outcome = self.answered(line, clinic, answer)?;
        if granted {
            // Whoever is inside already has checked in: the handle leads to the visit that is there.
            if let Some(visit) = self.views(clinic, |views| views.census.visit_of(&token)).await? {
                self.bind_visit(handle.clone(), clinic, visit.0);
            }
            if by_patient {
                self.connect(&Named { kind: Kind::Visit, handle }, true).await?;
            }
        }
        Ok(outcome)
    }

    fn bind_visit(&mut self, handle: Handle, clinic: ClinicId, id: Uuid) {
        self.known.bind(Named { kind: Kind::Visit, handle }, clinic, id);
    }

    async fn connect(&mut self, who: &Named, connects: bool) -> Result<Outcome, Failure> {
        let (true, Some(clinic)) = (self.known.has(who), self.known.home(who)) else {
            return Ok(Outcome::not_there());
        };
        let person = self.known.person(who);
        if connects {
            self.pages.connect(self.store.engine(), clinic, person).await?;
        } else {
            self.pages.disconnect(self.store.engine(), clinic, person).await?;
        }
        Ok(Outcome::Passed)
    }

    /// What an answer means, and which handles have ids by it.
    fn answered(
        &mut self,
        line: &Line,
        clinic: ClinicId,
        answer: Result<Receipt, EngineError>,
    ) -> Result<Outcome, Failure> {
        let receipt = match answer {
            Ok(receipt) => receipt,
            Err(error) => return Outcome::of(error),
        };
        let before = self.read.entry(clinic).or_default();
        let again = receipt.events.first().is_some_and(|first| first.position <= *before);
        for named in &line.brings {
            let id = match named.kind {
                Kind::Clinic => Some(clinic.0),
                Kind::Member => receipt.member().map(|id| id.0),
                Kind::Room => receipt.room().map(|id| id.0),
                Kind::Visit => receipt.visit().map(|id| id.0),
                Kind::Transfer => receipt.transfer().map(|id| id.0),
            };
            if let Some(id) = id {
                self.known.bind(named.clone(), clinic, id);
            }
        }
        Ok(Outcome::Granted { events: receipt.events, again })
    }
}

fn by_policy(recorded: &Recorded) -> bool {
    matches!(recorded.cause.actor, Actor::Policy { .. })
}
