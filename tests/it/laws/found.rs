//! What the great run has found, each as the shortest day that showed it.

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Person};
use clinic_domain::event::Event;
use clinic_domain::ids::{MemberId, VisitId};
use clinic_domain::room::{RoomEvent, RoomKind, RoomPolicy};
use clinic_domain::state::{Journal, Stamp};
use clinic_domain::text::{Slug, Title};
use clinic_domain::time::Millis;
use clinic_domain::visit::PatientVisit;
use clinic_testkit::world::World;
use uuid::Uuid;

fn own_room(member: MemberId, slug: &str) -> Action {
    Action::OpenRoom {
        kind: RoomKind::Personal(member),
        name: Title::parse("Dr Bell").expect("it is a title"),
        slug: Slug::parse(slug).expect("it is a slug"),
        external_ref: None,
    }
}

/// The new room's index was taken back after the old one's was restored, and took that with it.
#[test]
fn a_personal_room_archived_and_opened_anew_in_a_batch_that_failed_is_hers_again() {
    let mut world = World::new(1);
    let owner = world.found();
    let opened = world.ask(Actor::Host, own_room(owner, "bell")).expect("she has none yet");
    let Event::Room(room, RoomEvent::RoomOpened { .. }) = opened[0].event else {
        panic!("a room was opened by {:?}", opened[0].event);
    };
    let before = world.state().clone();
    let (mut state, mut journal) = (before.clone(), Journal::default());
    for action in [Action::ArchiveRoom(room), own_room(owner, "bell-2")] {
        let command = world.command(Actor::Host, action);
        let stamp = Stamp {
            recorded_at: command.at,
            correlation_id: Uuid::nil(),
            causation_id: None,
            clamped: None,
        };
        let events = state.decide(&command).expect("the host may");
        for recorded in state.record(&command, events, &stamp) {
            state.evolve_noting(&recorded, &mut journal);
        }
    }
    state.roll_back(journal);
    assert!(state == before, "the state before the batch is not restored");
}

/// The second no show fell due at the instant of the first, so under its id: a retry, for ever due.
#[test]
fn a_no_show_that_is_reopened_is_one_again_after_as_long() {
    let mut world = World::new(1);
    let owner = world.found();
    let room = world.open("Reception", &[owner]);
    let no_show_after = Some(Millis::minutes(10));
    let policy = Box::new(RoomPolicy { no_show_after, ..RoomPolicy::default() });
    world.ask(Actor::Host, Action::SetPolicy(room, policy)).expect("the host may");
    let visit = world.arrive(room, "Ann");
    world.connect(Person::Patient(visit), false);
    world.advance(Millis::minutes(15));
    assert!(!is_open(&world, visit), "ten minutes offline");
    world.ask(Actor::Host, Action::ReopenVisit(visit)).expect("it closed five minutes ago");
    world.advance(Millis::minutes(9));
    assert!(is_open(&world, visit), "she has the time again");
    world.advance(Millis::minutes(1));
    assert!(!is_open(&world, visit), "ten minutes offline since she was reopened");
    assert_eq!(world.state().dues(), [], "nothing is left to do");
}

fn is_open(world: &World, visit: VisitId) -> bool {
    world.state().visit(visit).and_then(PatientVisit::open).is_some()
}
