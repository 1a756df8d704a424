//! How many decisions one core makes: `cargo run --release --example decisions_per_second`.
//!
//! A clinic of 50 rooms, 200 members and 500 open visits is prepared, and two things are measured, in
//! several rounds each: deciding a mix of commands on that state, and a stretch of a busy day in which
//! each command is decided, recorded and folded before the next. Each figure is the median round.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::event::Event;
use clinic_domain::ids::{MemberId, PlaceVersion, RoomId, VisitId};
use clinic_domain::room::RoomPolicy;
use clinic_domain::state::{ClinicState, Stamp};
use clinic_domain::text::{Label, Note, PersonName, Title};
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, Priority, VisitEvent};
use clinic_testkit::world::World;

const ROOMS: usize = 50;
const MEMBERS: usize = 200;
const VISITS: usize = 500;
const ROUNDS: usize = 15;
/// How often a round decides every command of the mix.
const REPEATS: usize = 200;

fn main() {
    let clinic = Prepared::new();
    let mix = clinic.mix();
    let (kinds, per_second) = decide(clinic.world.state(), &mix);
    tell(&format!("{per_second:>12} decisions/s (decide only, {} commands in the mix)", mix.len()));
    for (kind, nanoseconds) in kinds {
        tell(&format!("{nanoseconds:>12} ns  {kind}"));
    }
    let day = clinic.busy_day();
    let per_second = live(clinic.world.state(), &day);
    tell(&format!("{per_second:>12} commands/s (decide, record, evolve; {} commands)", day.len()));
}

/// The clinic before anything is measured.
struct Prepared {
    world: World,
    rooms: Vec<RoomId>,
    /// Four of them serve in each room.
    members: Vec<MemberId>,
    visits: Vec<(VisitId, RoomId)>,
}

impl Prepared {
    fn new() -> Self {
        let mut world = World::new(1);
        world.found();
        let names = (0..MEMBERS).map(|n| format!("Member {n}"));
        let members: Vec<_> = names.map(|name| world.join(&name, Role::Member)).collect();
        let mut rooms = vec![];
        for (n, serving) in members.chunks(MEMBERS / ROOMS).enumerate() {
            let room = world.open(&format!("Room {n}"), serving);
            let label = Label::parse("paperwork").expect("it is a label");
            let ask = |world: &mut World, action| world.ask(Actor::Host, action).map(|_| ());
            ask(&mut world, Action::SetChecklist(room, vec![label])).expect("the host may");
            if n % 10 == 9 {
                let accept_window = Some(Millis::minutes(5));
                let policy = RoomPolicy { accept_window, ..RoomPolicy::default() };
                ask(&mut world, Action::SetPolicy(room, Box::new(policy))).expect("the host may");
            }
            rooms.push(room);
        }
        let mut visits = vec![];
        for n in 0..VISITS {
            world.pass(Millis::seconds(3));
            let room = rooms[n % ROOMS];
            visits.push((world.arrive(room, &format!("Patient {n}")), room));
        }
        let mut clinic = Self { world, rooms, members, visits };
        // A member of each room is in call with its first patient.
        for n in 0..ROOMS {
            let (visit, _) = clinic.visits[n];
            let start = Action::StartCall { visit, pausing: false, seen: None };
            clinic.world.ask(clinic.serving(n, 0), start).expect("she serves there");
        }
        clinic
    }

    /// One of the four who serve in a room.
    fn serving(&self, room: usize, which: usize) -> Actor {
        Actor::Member(self.members[(room % ROOMS) * (MEMBERS / ROOMS) + which])
    }

    /// What a clinic is asked in a minute, granted and refused, each by somebody plausible.
    fn mix(&self) -> Vec<(&'static str, Command)> {
        let mut world = self.world.clone();
        let mut mix = vec![];
        for n in 0..ROOMS {
            let (room, next) = (self.rooms[n], self.rooms[(n + 1) % ROOMS]);
            let (in_call, _) = self.visits[n];
            let (waits, _) = self.visits[n + ROOMS];
            let (ada, bea) = (self.serving(n, 0), self.serving(n, 1));
            let stranger = self.serving(n + 7, 0);
            let (visit, seen) = (waits, Some(PlaceVersion(1)));
            let old = Some(PlaceVersion(9));
            let start = |visit, seen| Action::StartCall { visit, pausing: false, seen };
            let send = |seen| Action::Transfer { visit, to: next, note: None, seen };
            let policy = Actor::policy(PolicyName::Presence);
            let (who, last_seen) = (Person::Patient(waits), world.now());
            let token = world.token();
            let name = PersonName::parse("Ann Smith").expect("it is a name");
            let form = Box::new(CheckInForm::new(room, token, name));
            let label = Label::parse("paperwork").expect("it is a label");
            let title = Title::parse("Front desk").expect("it is a title");
            let asked = [
                ("check-in", Actor::Patient(token), Action::CheckIn(form)),
                ("start", bea.clone(), start(waits, seen)),
                ("start, refused: in call", bea.clone(), start(in_call, seen)),
                ("start, refused: busy", ada.clone(), start(waits, seen)),
                ("call next", bea.clone(), Action::CallNext { room, pausing: false }),
                ("pause", ada.clone(), Action::PauseCall { visit: in_call, seen: None }),
                ("end", ada.clone(), Action::EndCall { visit: in_call, seen: None }),
                ("transfer", bea.clone(), send(seen)),
                ("transfer, refused: stale", bea.clone(), send(old)),
                ("transfer, refused: not entitled", stranger.clone(), send(seen)),
                ("priority", bea.clone(), Action::SetPriority(waits, Priority::Soon)),
                ("note", bea.clone(), Action::AddNote(waits, note().into())),
                ("tick", bea.clone(), Action::TickChecklist { visit, label, done: true }),
                ("presence", policy, Action::NotePresence { who, online: false, last_seen }),
                (
                    "complete",
                    ada,
                    Action::CloseVisit {
                        visit: in_call,
                        reason: CloseReason::Completed,
                        seen: None,
                    },
                ),
                ("rename, refused: not entitled", stranger, Action::RenameRoom(room, title)),
            ];
            for (kind, actor, action) in asked {
                mix.push((kind, world.command(actor, action)));
            }
        }
        mix
    }

    /// Patients come, are called, paused, sent on, called again and completed; as it was once played.
    fn busy_day(&self) -> Vec<Command> {
        let mut world = self.world.clone();
        let mut day = vec![];
        for n in 0..2_000 {
            world.pass(Millis::seconds(5));
            let (here, there) = (n % ROOMS, (n * 7 + 3) % ROOMS);
            let (ada, bell) = (self.serving(here, 2), self.serving(there, 3));
            let token = world.token();
            let name = PersonName::parse("Ann Smith").expect("it is a name");
            let form = CheckInForm::new(self.rooms[here], token, name);
            let mut ask = |actor: &Actor, action: Action| {
                let command = world.command(actor.clone(), action);
                let answer = world.submit(&command).unwrap_or_default();
                day.push(command);
                answer.into_iter().next().map(|recorded| recorded.event)
            };
            let arrived = ask(&Actor::Patient(token), Action::CheckIn(Box::new(form)));
            let Some(Event::Visit(visit, VisitEvent::CheckedIn { .. })) = arrived else { continue };
            let (seen, note) = (None, Some(note().into()));
            ask(&ada, Action::StartCall { visit, pausing: true, seen });
            ask(&ada, Action::PauseCall { visit, seen });
            ask(&ada, Action::Transfer { visit, to: self.rooms[there], note, seen });
            ask(&bell, Action::StartCall { visit, pausing: true, seen });
            ask(&ada, Action::StartCall { visit, pausing: false, seen });
            ask(&bell, Action::CloseVisit { visit, reason: CloseReason::Completed, seen });
        }
        day
    }
}

fn note() -> Note {
    Note::parse("Needs a new prescription; see the letter of last week.").expect("it is a note")
}

/// Decisions a second over the whole mix, and nanoseconds a decision of each kind.
fn decide(state: &ClinicState, mix: &[(&'static str, Command)]) -> (Vec<(String, u128)>, u128) {
    let all = median(|| {
        for _ in 0..REPEATS {
            for (_, command) in mix {
                drop(black_box(state.decide(black_box(command))));
            }
        }
    });
    let mut kinds: BTreeMap<String, Vec<&Command>> = BTreeMap::new();
    for (kind, command) in mix {
        let granted = if state.decide(command).is_ok() { "granted" } else { "refused" };
        kinds.entry(format!("{kind} ({granted})")).or_default().push(command);
    }
    let each = kinds.into_iter().map(|(kind, commands)| {
        let all = median(|| {
            for _ in 0..REPEATS {
                for command in &commands {
                    drop(black_box(state.decide(black_box(command))));
                }
            }
        });
        (kind, all / count(commands.len() * REPEATS))
    });
    (each.collect(), per_second(mix.len() * REPEATS, all))
}

/// Commands a second, each decided on the state that the one before left.
fn live(state: &ClinicState, day: &[Command]) -> u128 {
    let all = median(|| {
        let mut state = state.clone();
        for command in day {
            let stamp = Stamp {
                recorded_at: command.at,
                correlation_id: command.id.0,
                causation_id: None,
                clamped: None,
            };
            let Ok(events) = state.decide(command) else { continue };
            for recorded in state.record(command, events, &stamp) {
                state.evolve(&recorded);
            }
        }
        black_box(state);
    });
    per_second(day.len(), all)
}

/// The nanoseconds of the median round, after one that warms up.
fn median(mut round: impl FnMut()) -> u128 {
    round();
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = now();
            round();
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2].max(1)
}

fn per_second(times: usize, nanoseconds: u128) -> u128 {
    count(times) * 1_000_000_000 / nanoseconds
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
