//! What it costs to fold an event: `cargo run --release --example folds_per_second [EVENTS [FOLD]]`.
//!
//! A log is made by playing the nine-command journey of a visit - check in at the front desk, start,
//! pause, start, transfer to a provider, start, transfer back, start, complete - over and over in one
//! clinic: every half a minute somebody comes, three dozen are inside at once, a million events are
//! some weeks. Then each fold, or the one that is named, is fed the whole log in several rounds; each
//! figure is the best round, for what disturbs a round only ever makes it slower. At last the states
//! that the whole log leaves are written and read, as they are saved.

use std::hint::black_box;
use std::time::Instant;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{ClinicId, MemberId, Position, RoomId, VisitId};
use clinic_domain::state::ClinicState;
use clinic_domain::text::PersonName;
use clinic_domain::time::Millis;
use clinic_domain::visit::CloseReason;
use clinic_projections::census::Census;
use clinic_projections::directory::Directory;
use clinic_projections::ledger::Ledger;
use clinic_projections::views::{Boards, Views};
use clinic_projections::waits::{Day, Ongoing, Waits};
use clinic_testkit::world::World;

/// A day of the waits, as it is saved.
type Dated = Option<(String, Day)>;

const EVENTS: usize = 200_000;
const ROUNDS: usize = 9;
/// Who serves at the front desk, so many that somebody is always free.
const AT_THE_DESK: usize = 16;
const PROVIDERS: usize = 4;
/// Somebody comes that often.
const BETWEEN: Millis = Millis::seconds(30);
/// So many come between one command of a visit and its next.
const PACE: usize = 4;
/// Commands of a visit.
const STEPS: usize = 9;

fn main() {
    let wanted = std::env::args().nth(1).and_then(|events| events.parse().ok()).unwrap_or(EVENTS);
    let named = std::env::args().nth(2).unwrap_or_default();
    let log = Played::until(wanted);
    tell(&format!("{:>9} events of {} visits", log.len(), visits(&log)));
    let each = |name: &str, round: &mut dyn FnMut()| {
        if !name.contains(&named) {
            return;
        }
        let all = best(round);
        let (nanoseconds, rate) = (all / count(log.len()), count(log.len()) * 1_000_000_000 / all);
        tell(&format!("{nanoseconds:>9} ns an event, {rate:>9} events/s  {name}"));
    };
    each("nothing but reading", &mut || {
        let mut sum = 0;
        for recorded in &log {
            sum ^= recorded.position.0 ^ recorded.sequence;
        }
        black_box(sum);
    });
    each("the clinic's state", &mut || {
        fold(&log, ClinicState::new(clinic(&log)), ClinicState::evolve);
    });
    each("census", &mut || fold(&log, Census::default(), Census::apply));
    each("directory", &mut || fold(&log, Directory::default(), Directory::apply));
    each("waits", &mut || fold(&log, Waits::default(), Waits::apply));
    each("ledger", &mut || fold(&log, Ledger::default(), Ledger::apply));
    each("all views", &mut || fold(&log, Views::default(), Views::apply));
    if named.is_empty() {
        saved(&log);
    }
}

/// How large saved states are, and how long it takes to write and to read them.
fn saved(log: &[Recorded]) {
    let mut views = Views::default();
    for recorded in log {
        views.apply(recorded);
    }
    let (boards, ongoing) = (views.boards(), views.waits.ongoing());
    let days: Vec<_> = views.waits.days_since(Position::START).collect();
    let boards = || serde_json::to_vec(&boards);
    let ongoing = || serde_json::to_vec(ongoing);
    let day = || serde_json::to_vec(&days.iter().rev().nth(1));
    save("boards", boards, |state| drop(black_box(serde_json::from_slice::<Boards>(state))));
    save("waits", ongoing, |state| drop(black_box(serde_json::from_slice::<Ongoing>(state))));
    save("waits of a day", day, |state| drop(black_box(serde_json::from_slice::<Dated>(state))));
}

fn save(name: &str, write: impl Fn() -> serde_json::Result<Vec<u8>>, read: impl Fn(&[u8])) {
    let state = write().expect("it can be written");
    let written = best(&mut || drop(black_box(write()))) / 1_000;
    let read = best(&mut || read(&state)) / 1_000;
    tell(&format!("{:>9} bytes, written in {written} us, read in {read} us  {name}", state.len()));
}

fn fold<F>(log: &[Recorded], mut state: F, apply: impl Fn(&mut F, &Recorded)) {
    for recorded in log {
        apply(&mut state, recorded);
    }
    black_box(state);
}

fn clinic(log: &[Recorded]) -> ClinicId {
    log.first().expect("a log begins with its clinic").clinic
}

fn visits(log: &[Recorded]) -> usize {
    let arrived = |recorded: &&Recorded| recorded.event.name() == "CheckedIn";
    log.iter().filter(arrived).count()
}

/// A clinic while its log is made.
struct Played {
    world: World,
    desk: RoomId,
    receptionists: Vec<MemberId>,
    providers: Vec<(MemberId, RoomId)>,
    visits: Vec<VisitId>,
}

impl Played {
    /// The log of a clinic that was served until it was so long.
    fn until(events: usize) -> Vec<Recorded> {
        let mut world = World::new(1);
        world.found();
        let receptionists = (0..AT_THE_DESK).map(|n| format!("Receptionist {n}"));
        let receptionists: Vec<_> =
            receptionists.map(|name| world.join(&name, Role::Member)).collect();
        let desk = world.open("Reception", &receptionists);
        let providers = (0..PROVIDERS).map(|n| {
            let provider = world.join(&format!("Provider {n}"), Role::Member);
            (provider, world.open(&format!("Room {n}"), &[provider]))
        });
        let providers = providers.collect();
        let mut played = Self { world, desk, receptionists, providers, visits: vec![] };
        while played.world.log().len() < events {
            played.world.pass(BETWEEN);
            // Those who are further go first, and so make room for those who come.
            for step in (0..STEPS).rev() {
                played.step(step);
            }
        }
        played.world.log().to_vec()
    }

    /// The next step of the visit whose turn it is.
    fn step(&mut self, step: usize) {
        if step == 0 {
            let token = self.world.token();
            let name = PersonName::parse("Ann Smith").expect("it is a name");
            let form = CheckInForm::new(self.desk, token, name);
            let done = self.ask(Actor::Patient(token), Action::CheckIn(Box::new(form)));
            self.visits.extend(done);
            return;
        }
        let Some(nth) = self.visits.len().checked_sub(step * PACE) else { return };
        let Some(&visit) = self.visits.get(nth) else { return };
        let (provider, room) = self.providers[nth % PROVIDERS];
        let in_call =
            self.world.state().visit(visit).and_then(|visit| visit.open()?.in_call_with());
        let free = |member: &&MemberId| self.world.state().call_of(**member).is_none();
        let receptionist = in_call.or_else(|| self.receptionists.iter().find(free).copied());
        let receptionist = receptionist.expect("there are enough of them");
        let (seen, note, pausing, reason) = (None, None, false, CloseReason::Completed);
        let (member, action) = match step {
            1 | 3 | 7 => (receptionist, Action::StartCall { visit, pausing, seen }),
            2 => (receptionist, Action::PauseCall { visit, seen }),
            4 => (receptionist, Action::Transfer { visit, to: room, note, seen }),
            5 => (provider, Action::StartCall { visit, pausing, seen }),
            6 => (provider, Action::Transfer { visit, to: self.desk, note, seen }),
            _ => (receptionist, Action::CloseVisit { visit, reason, seen }),
        };
        self.ask(Actor::Member(member), action);
    }

    fn ask(&mut self, actor: Actor, action: Action) -> Option<VisitId> {
        let name = action.name();
        let done = self.world.ask(actor, action);
        let done = done.unwrap_or_else(|refusal| panic!("{name} was refused: {refusal}"));
        match done.first()?.event {
            Event::Visit(visit, _) => Some(visit),
            Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => None,
        }
    }
}

/// The nanoseconds of the best round, after one that warms up.
fn best(round: &mut dyn FnMut()) -> u128 {
    round();
    let times = (0..ROUNDS).map(|_| {
        let start = now();
        round();
        start.elapsed().as_nanos()
    });
    times.min().unwrap_or_default().max(1)
}

fn count(number: usize) -> u128 {
    u128::try_from(number).expect("a count is small")
}

#[expect(clippy::disallowed_methods, reason = "what is measured is the machine, not the clinic")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "the figures are what the program is for")]
fn tell(line: &str) {
    println!("{line}");
}
