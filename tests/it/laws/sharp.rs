//! The laws can fail: each log here is wrong in one way, and the law that should see it does. And a
//! law that is false is told by a day short enough to read.

use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::decider::Decider;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{CallId, MemberId, Position};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{CloseReason, Entry, VisitEvent};
use clinic_testkit::day::{Day, days};
use clinic_testkit::laws::{self, Law};
use clinic_testkit::world::World;
use proptest::prelude::*;
use proptest::test_runner::TestError;
use uuid::Uuid;

use super::runner;

/// A morning: three check-ins, a transfer and its undoing, a call, a merge.
fn morning() -> (World, MemberId) {
    use clinic_domain::actor::Actor;

    let mut world = World::new(1);
    let owner = world.found();
    let ada = world.join("Ada", Role::Member);
    let reception = world.open("Reception", &[owner, ada]);
    let lab = world.open("Lab", &[ada]);
    let [ann, bea, cleo] = ["Ann", "Bea", "Cleo"].map(|name| {
        world.pass(Millis::minutes(1));
        world.arrive(reception, name)
    });
    let actor = Actor::Member(ada);
    let (visit, note, seen) = (ann, None, None);
    let ask = |world: &mut World, action| {
        world.pass(Millis::seconds(10));
        world.ask(actor.clone(), action).expect("the morning goes as planned")
    };
    let sent = ask(&mut world, Action::Transfer { visit, to: lab, note, seen });
    let transfer = sent.iter().find_map(|recorded| match recorded.event {
        Event::Transfer(id, _) => Some(id),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) => None,
    });
    let transfer = transfer.expect("a transfer was requested");
    ask(&mut world, Action::UndoTransfer(ann, transfer));
    ask(&mut world, Action::StartCall { visit: ann, pausing: false, seen });
    ask(&mut world, Action::MergeVisits { survivor: bea, duplicate: cleo, seen: None });
    (world, ada)
}

#[test]
fn a_morning_as_it_was_holds_every_law() {
    let (world, _) = morning();
    laws::hold(world.state().id(), world.log()).unwrap_or_else(|found| panic!("{found}"));
}

/// What the laws say of a log that was tampered with.
#[track_caller]
fn broken(tamper: impl FnOnce(&mut Vec<Recorded>)) -> Law {
    let (world, _) = morning();
    let mut log = world.log().to_vec();
    tamper(&mut log);
    let verdict = laws::hold(world.state().id(), &log);
    verdict.expect_err("somebody tampered with this log, and no law saw it").law
}

fn place(log: &[Recorded], name: &str) -> usize {
    let place = log.iter().position(|recorded| recorded.event.name() == name);
    place.unwrap_or_else(|| panic!("the morning has no {name}"))
}

/// Leaves an event out so that no number is missing.
fn leave_out(log: &mut Vec<Recorded>, name: &str) {
    let gone = log.remove(place(log, name));
    for recorded in log.iter_mut().filter(|recorded| recorded.position > gone.position) {
        recorded.position.0 -= 1;
        if recorded.event.stream() == gone.event.stream() {
            recorded.sequence -= 1;
        }
    }
}

#[test]
fn an_event_that_is_missing_is_seen() {
    assert_eq!(broken(|log| drop(log.remove(4))), Law::Order);
    assert_eq!(broken(|log| drop(log.remove(0))), Law::Order);
}

#[test]
fn an_event_told_twice_or_out_of_order_is_seen() {
    assert_eq!(broken(|log| log.push(log[log.len() - 1].clone())), Law::Order);
    assert_eq!(broken(|log| log.swap(5, 6)), Law::Order);
}

#[test]
fn time_that_runs_backwards_is_seen() {
    let back = |log: &mut Vec<Recorded>| {
        let last = log.last_mut().expect("the morning has events");
        last.occurred_at = Timestamp(last.occurred_at.0 - 60_000);
    };
    assert_eq!(broken(back), Law::Order);
}

#[test]
fn an_envelope_that_says_another_instant_than_its_event_is_seen() {
    let later = |log: &mut Vec<Recorded>| {
        let started = place(log, "CallStarted");
        for recorded in &mut log[started..] {
            recorded.occurred_at = recorded.occurred_at.plus(Millis(1));
        }
    };
    assert_eq!(broken(later), Law::Order);
}

#[test]
fn a_visit_without_a_check_in_is_seen() {
    assert_eq!(broken(|log| leave_out(log, "CheckedIn")), Law::Conservation);
}

#[test]
fn half_a_merge_is_seen() {
    assert_eq!(broken(|log| leave_out(log, "VisitsMerged")), Law::Conservation);
    assert_eq!(broken(|log| leave_out(log, "VisitClosed")), Law::Conservation);
}

#[test]
fn a_move_out_of_a_room_that_the_visit_is_not_in_is_seen() {
    assert_eq!(broken(|log| leave_out(log, "Transferred")), Law::Conservation);
}

#[test]
fn a_leg_reversed_to_somewhere_else_is_seen() {
    let elsewhere = |log: &mut Vec<Recorded>| {
        let at = place(log, "TransferReversed");
        if let Event::Visit(_, VisitEvent::TransferReversed { from, to, .. }) = &mut log[at].event {
            *to = *from;
        }
    };
    assert_eq!(broken(elsewhere), Law::Restoration);
}

#[test]
fn a_place_in_the_queue_that_a_merge_loses_is_seen() {
    let behind = |log: &mut Vec<Recorded>| {
        let at = place(log, "VisitsMerged");
        if let Event::Visit(_, VisitEvent::VisitsMerged { entry, .. }) = &mut log[at].event {
            *entry = Entry { at: Timestamp(entry.at.0 + 1), ..*entry };
        }
    };
    assert_eq!(broken(behind), Law::Conservation);
}

#[test]
fn a_member_in_two_calls_is_seen() {
    let (world, ada) = morning();
    let mut log = world.log().to_vec();
    let waits = |recorded: &&Recorded| {
        matches!(recorded.event, Event::Visit(id, _)
        if world.state().visit(id).and_then(|visit| visit.open()).is_some_and(|visit| visit.calls == 0))
    };
    let waiting = log.iter().find(waits).expect("somebody waits").clone();
    let last = log.last().expect("the morning has events").clone();
    let Event::Visit(id, _) = waiting.event else { panic!("a visit waits") };
    let sequence = world.stream(waiting.event.stream()).len();
    let started = VisitEvent::CallStarted {
        call: CallId(Uuid::from_u128(9)),
        member: ada,
        skipped: vec![],
        at: last.occurred_at,
    };
    log.push(Recorded {
        position: Position(last.position.0 + 1),
        sequence: u64::try_from(sequence).expect("it is a small number") + 1,
        event: Event::Visit(id, started),
        ..last
    });
    let law = laws::hold(world.state().id(), &log).expect_err("a member is in two calls").law;
    assert_eq!(law, Law::Conservation);
}

/// Say, the rule were: nobody is ever closed as a no show who was in a call before. It is not.
fn false_law(day: &Day) -> bool {
    let world = day.run();
    world.log().iter().all(|recorded| {
        let Event::Visit(id, VisitEvent::VisitClosed { reason: CloseReason::NoShow, .. }) =
            &recorded.event
        else {
            return true;
        };
        let mut visit = clinic_domain::visit::PatientVisit::default();
        for recorded in world.stream(clinic_domain::event::StreamId::Visit(*id)) {
            if let Event::Visit(_, event) = &recorded.event {
                visit.evolve(event);
            }
        }
        visit.last().is_none_or(|visit| visit.calls == 0)
    })
}

#[test]
fn a_law_that_is_false_is_told_by_a_short_day() {
    let mut runner = runner(5);
    let failed = (0..50).find_map(|_| {
        let tree = days(1..300).new_tree(&mut runner).expect("a day is never refused");
        let held = runner.run_one(tree, |day| {
            prop_assert!(false_law(&day));
            Ok(())
        });
        held.err()
    });
    let Some(TestError::Fail(_, day)) = failed else { panic!("found no counterexample") };
    let day = day.shrunk(|day| !false_law(day));
    let story = day.story();
    assert!(day.moves.len() <= 3, "check in, start, close; not: {day:?}\n{story}");
    assert!(story.contains("CheckIn") && story.contains("StartCall"), "{story}");
    assert!(story.contains("patient 1"), "{story}");
}
