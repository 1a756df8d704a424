//! Playing a day: each move becomes a command to the clinic as it is by then.

use std::collections::BTreeSet;
use std::convert::Infallible;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::{Capability, ClinicEvent, Role};
use clinic_domain::command::{Action, Command, Person};
use clinic_domain::event::Event;
use clinic_domain::ids::{CommandId, Fresh, MemberId, RoomId, TransferId};
use clinic_domain::limits;
use clinic_domain::room::{RoomKind, RoomPolicy};
use clinic_domain::state::Due;
use clinic_domain::time::Millis;

use super::cast::Cast;
use super::clinic::zone;
use super::rooms::{LABELS, hours};
use super::stage::{STRANGER, Stage, pick};
use super::{Day, Deed, Gap, Move, Setup, tell};
use crate::any::{Dice, Pool};
use crate::words;
use crate::world::{Answer, World};

/// Why a command is asked on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It sets the clinic up.
    Setup,
    /// It comes before there is a clinic.
    Early,
    /// It is the move of this index, or one of its commands.
    Move(usize),
    /// It fell due.
    Timer,
}

impl Day {
    /// Plays the day. Every command goes through `ask`, which submits it to the world - or looks
    /// closer, and may stop the day.
    ///
    /// # Errors
    /// What `ask` stopped the day with.
    pub fn play<E>(
        &self,
        ask: impl FnMut(&mut World, &Command, Origin) -> Result<Answer, E>,
    ) -> Result<World, E> {
        let seed = u16::from(self.setup.seed);
        let world = World::starting(seed, self.setup.morning.instant());
        let founder = self.setup.founder.clone();
        let mut player = Player { world, cast: Cast::default(), founder, asking: ask };
        for step in &self.setup.early {
            player.step(*step, Origin::Early)?;
        }
        player.set_up(&self.setup)?;
        for (n, step) in self.moves.iter().enumerate() {
            player.step(*step, Origin::Move(n))?;
        }
        Ok(player.world)
    }

    /// Plays the day as it comes.
    #[must_use]
    pub fn run(&self) -> World {
        let submit =
            |world: &mut World, command: &Command, _| Ok::<_, Infallible>(world.submit(command));
        match self.play(submit) {
            Ok(world) => world,
        }
    }

    /// The day as it was played, a line for each command of its moves and timers.
    #[must_use]
    pub fn story(&self) -> String {
        let mut lines = vec![];
        let told = self.play(|world, command, origin| {
            let before = tell::asked(world, command);
            let answer = world.submit(command);
            if origin != Origin::Setup {
                lines.push(format!("  {before}: {}", tell::answered(&answer)));
            }
            Ok::<_, Infallible>(answer)
        });
        match told {
            Ok(_) => lines.join("\n"),
        }
    }
}

struct Player<F> {
    world: World,
    cast: Cast,
    /// Who sets the clinic up.
    founder: Actor,
    asking: F,
}

impl<E, F: FnMut(&mut World, &Command, Origin) -> Result<Answer, E>> Player<F> {
    fn submit(&mut self, command: &Command, origin: Origin) -> Result<(), E> {
        let answer = (self.asking)(&mut self.world, command, origin)?;
        self.cast.read(self.world.log());
        if answer.is_ok_and(|recorded| !recorded.is_empty()) {
            self.cast.sent(command);
        }
        Ok(())
    }

    fn ask(&mut self, actor: Actor, action: Action, origin: Origin) -> Result<(), E> {
        let command = self.world.command(actor, action);
        self.submit(&command, origin)
    }
}

/// Before the door opens.
impl<E, F: FnMut(&mut World, &Command, Origin) -> Result<Answer, E>> Player<F> {
    fn set_up(&mut self, setup: &Setup) -> Result<(), E> {
        let found = Action::FoundClinic {
            name: words::title("Clinic at the Park"),
            zone: zone(0),
            owner_name: words::title("Olga"),
            capabilities: BTreeSet::from(Capability::ALL),
            external_ref: None,
        };
        self.must(found)?;
        if setup.crowded {
            let others = [setup.owners, setup.admins, setup.members].map(usize::from);
            self.crowd(limits::MEMBERS - 2 - others.iter().sum::<usize>());
        }
        let roles = [
            (Role::Owner, setup.owners),
            (Role::Admin, setup.admins),
            (Role::Member, setup.members),
        ];
        for (role, count) in roles {
            for n in 0..count {
                let name = words::title(&format!("{role:?} {}", n + 1));
                self.must(Action::AddMember { name, role, external_ref: None })?;
            }
        }
        let members: Vec<MemberId> = self.stage_members();
        for member in &members {
            let (who, last_seen) = (Person::Member(*member), self.world.now());
            let policy = Actor::policy(PolicyName::Presence);
            let action = Action::NotePresence { who, online: true, last_seen };
            self.ask(policy, action, Origin::Setup)?;
        }
        for n in 0..setup.rooms {
            let name = format!("Room {}", n + 1);
            self.open(RoomKind::Shared, &name)?;
        }
        for (n, member) in members.iter().rev().take(usize::from(setup.personal)).enumerate() {
            self.open(RoomKind::Personal(*member), &format!("Own room {}", n + 1))?;
        }
        let rooms: Vec<RoomId> = self.world.state().rooms().map(|(id, _)| id).collect();
        for (n, room) in rooms.into_iter().enumerate() {
            self.furnish(setup, n, room, &members)?;
        }
        Ok(())
    }

    /// Each room has two members, and each member two rooms, or nearly.
    fn furnish(
        &mut self,
        setup: &Setup,
        n: usize,
        room: RoomId,
        members: &[MemberId],
    ) -> Result<(), E> {
        for member in members.iter().cycle().skip(n).take(members.len().min(2)) {
            self.must(Action::AssignMember(room, *member))?;
        }
        let labels = LABELS.iter().take(n % 4).map(|label| words::label(label)).collect();
        self.must(Action::SetChecklist(room, labels))?;
        let policy = RoomPolicy {
            accept_window: (setup.windows && n > 0).then_some(Millis::minutes(6)),
            consent: (n == 2).then_some(1),
            queue_limit: if n == 3 { 3 } else { limits::QUEUE_DEFAULT },
            ..RoomPolicy::default()
        };
        self.must(Action::SetPolicy(room, Box::new(policy)))?;
        if setup.hours && n % 2 == 1 {
            let hours = hours(7, zone(0), self.world.now());
            self.must(Action::SetHours(room, Some(hours)))?;
        }
        Ok(())
    }

    fn open(&mut self, kind: RoomKind, name: &str) -> Result<(), E> {
        let (name, slug) = (words::title(name), words::slug(name));
        self.must(Action::OpenRoom { kind, name, slug, external_ref: None })
    }

    fn must(&mut self, action: Action) -> Result<(), E> {
        self.ask(self.founder.clone(), action, Origin::Setup)
    }

    fn stage_members(&self) -> Vec<MemberId> {
        let step = Move::STILL;
        let stage = Stage { world: &self.world, cast: &self.cast, step };
        let active = stage.members().into_iter().filter(|(_, member)| member.active());
        let named = active.filter(|(_, member)| member.name.as_str() != CROWD);
        named.map(|(id, _)| id).collect()
    }

    /// A history of many members, which leaves room for one beyond those of the set-up.
    fn crowd(&mut self, many: usize) {
        let command = self.world.command(Actor::Import, Action::SetZone(zone(0)));
        let clinic = self.world.state().id();
        let events = (0..many).map(|_| {
            let member = MemberId(self.world.mint());
            let added = ClinicEvent::MemberAdded {
                member,
                name: words::title(CROWD),
                role: Role::Member,
                external_ref: None,
                at: command.at,
            };
            Event::Clinic(clinic, added)
        });
        let events = events.collect();
        self.world.record(&command, events);
    }
}

/// What the thousands of a crowded clinic are called.
const CROWD: &str = "One of many";

/// In the course of the day.
impl<E, F: FnMut(&mut World, &Command, Origin) -> Result<Answer, E>> Player<F> {
    fn step(&mut self, step: Move, origin: Origin) -> Result<(), E> {
        self.wait(step)?;
        let fresh = self.world.token();
        let stage = Stage { world: &self.world, cast: &self.cast, step };
        if let Some(command) = stage.again() {
            let fresh = Fresh(self.world.mint());
            let command = Command { at: self.world.now(), fresh, ..command };
            return self.submit(&command, origin);
        }
        let deed = step.deed;
        let about_visits = || stage.about_visit(deed, fresh).or_else(|| stage.about_moves(deed));
        let about_house = || stage.about_clinic(deed).or_else(|| stage.about_room(deed));
        let wish = about_visits().or_else(about_house);
        let (actor, action) = wish.unwrap_or_else(|| (stage.anybody(), stage.nonsense()));
        let times = if deed == Deed::WriteALot { limits::NOTES_PER_VISIT + 24 } else { 1 };
        for _ in 0..times {
            self.ask(actor.clone(), action.clone(), origin)?;
        }
        Ok(())
    }

    fn wait(&mut self, step: Move) -> Result<(), E> {
        let until = self.world.now().plus(step.after.span());
        match step.after {
            Gap::Now => return Ok(()),
            Gap::Asleep(_) => {}
            Gap::Brink => {
                let window = |due: &Due| due.policy == PolicyName::AcceptWindow;
                let fits = |due: &Due| !step.deed.answers() || window(due);
                let first = self.world.state().dues().into_iter().find(fits);
                let ahead = first.map(|due| due.at.since(self.world.now()));
                self.world.pass(ahead.unwrap_or_default());
                return Ok(());
            }
            Gap::Seconds(_) | Gap::Minutes(_) | Gap::Hours(_) | Gap::Overnight => {
                let mut seen: BTreeSet<CommandId> = BTreeSet::new();
                while let Some(command) = self.world.due(until) {
                    self.submit(&command, Origin::Timer)?;
                    if !seen.insert(command.id) {
                        break; // it does not go away; a law tells
                    }
                }
            }
        }
        let left = until.since(self.world.now());
        self.world.pass(left);
        Ok(())
    }
}

impl Stage<'_> {
    /// A command that was granted before, or another one under its id.
    fn again(&self) -> Option<Command> {
        if !matches!(self.step.deed, Deed::Retry | Deed::Reuse) {
            return None;
        }
        let sent: Vec<&Command> = self.cast.sent.iter().rev().collect();
        let sent = pick(self.step.what, &sent)?.clone();
        let visit = self.cast.visits.last().copied();
        if self.step.deed == Deed::Retry {
            Some(sent)
        } else if self.manner(2) == 0 {
            Some(Command { action: Action::CarryOver(visit?), ..sent })
        } else {
            Some(Command { actor: self.anybody(), ..sent })
        }
    }

    /// Anything at all, about what there is.
    fn nonsense(&self) -> Action {
        let Move { who, what, other, how, .. } = self.step;
        let members = self.members().into_iter().map(|(id, _)| id);
        let rooms = self.state().rooms().map(|(id, _)| id);
        let transfers = self.cast.transfers.iter().rev().take(20).map(|(id, _)| *id);
        let pool = Pool {
            members: members.chain([MemberId(STRANGER)]).collect(),
            rooms: rooms.chain([RoomId(STRANGER)]).collect(),
            visits: self.any_visits(),
            transfers: transfers.chain([TransferId(STRANGER)]).collect(),
            ..Pool::small()
        };
        let numbers = [who, what, other, how].map(u16::from).to_vec();
        Dice::new(numbers).action(&pool)
    }
}

impl Move {
    /// Nothing is meant by it.
    const STILL: Self = Self {
        after: Gap::Now,
        deed: Deed::CheckIn,
        by: super::Aim::Likely,
        about: super::Aim::Likely,
        who: 0,
        what: 0,
        other: 0,
        how: 0,
    };
}
