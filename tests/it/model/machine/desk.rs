//! A small clinic as the model plays it: nobody decides here but the model.

use std::collections::BTreeMap;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, Command};
use clinic_domain::event::Event;
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::ids::{CommandId, Fresh, MemberId, RoomId, TransferId, VisitId};
use clinic_domain::room::{ArrivalOrder, RoomPolicy};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::VisitEvent;
use clinic_testkit::model::{Model, Says};
use clinic_testkit::world::World;
use uuid::Uuid;

use super::step::Step;

/// A clinic of four members and three rooms, and what has been asked of it.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) model: Model,
    pub(super) now: Timestamp,
    pub(super) members: Vec<MemberId>,
    pub(super) rooms: Vec<RoomId>,
    /// In the order of their check-ins.
    pub(super) visits: Vec<(VisitId, TokenHash)>,
    pub(super) legs: Vec<(VisitId, TransferId)>,
    /// How much was asked so far: the ids of what comes next follow from it.
    count: u128,
    pub(super) asked: Option<Asked>,
    /// The visit that the last step was about.
    pub(super) last: Option<usize>,
}

/// The last command, and what the model had said of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) command: Command,
    pub(super) says: Says,
    pub(super) events: Vec<Event>,
}

/// An Owner and three members: reception with two of them, which shuts for ten minutes of each hour and
/// gives up on who is gone; a doctor who is asked to accept; a laboratory that has its own queue, and
/// little space.
pub(super) fn opened() -> (World, [Vec<Uuid>; 2]) {
    let mut world = World::new(1);
    let olga = world.found();
    let [rita, omar, dana] = ["Rita", "Omar", "Dana"].map(|name| world.join(name, Role::Member));
    let reception = world.open("Reception", &[rita, omar]);
    let doctor = world.open("Dr Omar", &[omar]);
    let lab = world.open("Laboratory", &[dana, rita]);
    let accept_window = Some(Millis::minutes(5));
    let hours = Action::SetHours(reception, Some(hourly()));
    world.ask(Actor::Host, hours).expect("the host may");
    let no_show_after = Some(Millis::minutes(2));
    let policies = [
        (reception, RoomPolicy { no_show_after, ..RoomPolicy::default() }),
        (doctor, RoomPolicy { accept_window, ..RoomPolicy::default() }),
        (
            lab,
            RoomPolicy {
                arrivals: ArrivalOrder::BackOfQueue,
                undo_window: Millis::minutes(2),
                queue_limit: 3,
                ..RoomPolicy::default()
            },
        ),
    ];
    for (room, policy) in policies {
        let set = world.ask(Actor::Host, Action::SetPolicy(room, Box::new(policy)));
        set.expect("the host may");
    }
    let members = [olga, rita, omar, dana].map(|member| member.0).to_vec();
    (world, [members, [reception, doctor, lab].map(|room| room.0).to_vec()])
}

/// Open from 8 to 16, but for the last ten minutes of each hour.
fn hourly() -> Hours {
    let open = |hour: u16| Interval { from: hour * 60, until: hour * 60 + 50 };
    let week = vec![(8..16).map(open).collect(); 7];
    let zone = Zone::parse("UTC").expect("this build knows it");
    Hours { zone, week, exceptions: BTreeMap::new() }
}

impl Desk {
    pub(super) fn opened() -> Self {
        let (world, [members, rooms]) = opened();
        let mut model = Model::default();
        for recorded in world.log() {
            model.follow(recorded).unwrap_or_else(|differs| panic!("{differs}"));
        }
        Self {
            model,
            now: world.now(),
            members: members.into_iter().map(MemberId).collect(),
            rooms: rooms.into_iter().map(RoomId).collect(),
            visits: vec![],
            legs: vec![],
            count: 0,
            asked: None,
            last: None,
        }
    }

    /// The step as a command, if all that it speaks of is there.
    pub(super) fn command(&self, step: &Step) -> Option<Command> {
        let (actor, action) = step.wish(self)?;
        let id = |of: u128| Uuid::from_u128(of << 96 | self.count << 32);
        Some(Command {
            id: CommandId(id(1)),
            actor,
            at: self.now.plus(step.after()),
            fresh: Fresh(id(2)),
            action,
        })
    }

    /// A token that nobody has yet.
    pub(super) fn token(&self) -> TokenHash {
        let mut bytes = [7; 32];
        bytes[..16].copy_from_slice(&self.count.to_be_bytes());
        TokenHash(bytes)
    }

    pub(super) fn play(&mut self, step: &Step) {
        let command = self.command(step).expect("what it speaks of is there");
        let played = self.model.play(&command).unwrap_or_else(|differs| panic!("{differs}"));
        let (says, events) = played.expect("the model judges all that is asked here");
        for event in &events {
            let Event::Visit(id, event) = event else { continue };
            if let VisitEvent::CheckedIn { token, .. } = event {
                self.visits.push((*id, *token));
            }
            if let VisitEvent::Transferred { transfer, .. } = event {
                self.legs.push((*id, *transfer));
            }
        }
        self.last = step.visit(self).or(self.visits.len().checked_sub(1));
        self.count += 1;
        self.now = command.at;
        self.asked = Some(Asked { command, says, events });
    }
}
