//! Cases of time: whose clock counts, what breaks a tie, where an interval falls.

use clinic_domain::actor::PolicyName;
use clinic_domain::command::{Action, Person};
use clinic_domain::event::Event;
use clinic_domain::hours::Zone;
use clinic_domain::ids::VisitId;
use clinic_domain::refusal::Refusal;
use clinic_domain::state::Stamp;
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{Arrival, Presence, Priority, ToldBy};
use clinic_testkit::spec::Scene;

use super::{check_in, complete, patient, pause, send, start};

#[test]
fn case_25_a_client_whose_clock_is_wrong_moves_no_instant() {
    let mut scene = Scene::new();
    scene.at("09:10");
    let now = scene.now();
    let nonsense = Timestamp(now.0 + 1_000_000_000_000);
    let mut form = scene.newcomer(scene.reception, "Anna");
    let (member, room, told_by) = (None, None, ToldBy::Patient);
    form.arrival = Arrival::Booked { member, room, appointment: Some(nonsense), told_by };
    scene.grant(patient(&form), check_in(&form));
    let anna = scene.state().visit_of(&form.token).expect("she is inside");
    assert_eq!(scene.visit(anna).entry.at, now);
    // What a page last showed is told, and counts for nothing.
    let gone =
        Action::NotePresence { who: Person::Patient(anna), online: false, last_seen: nonsense };
    scene.grant(PolicyName::Presence, gone);
    assert_eq!(scene.visit(anna).presence, Presence::OfflineSince(now));
    for recorded in scene.world.log() {
        assert!(recorded.occurred_at <= now);
        assert!(recorded.event.at().is_none_or(|at| at == recorded.occurred_at));
    }
}

#[test]
fn case_26_a_clock_that_steps_back_is_clamped_by_its_caller_and_the_event_says_so() {
    let mut scene = Scene::new();
    let form = scene.newcomer(scene.reception, "Anna");
    let command = scene.world.command(patient(&form), check_in(&form));
    let events = scene.state().decide(&command).expect("it is granted");
    let stepped_back = Timestamp(scene.now().0 - 5_000);
    let stamp = Stamp {
        recorded_at: stepped_back,
        correlation_id: command.id.0,
        causation_id: None,
        clamped: Some(Millis::seconds(5)),
    };
    let recorded = scene.state().record(&command, events, &stamp);
    let [recorded] = &recorded[..] else { panic!("{recorded:?}") };
    assert_eq!(recorded.occurred_at, command.at, "the log's own time");
    assert_eq!(recorded.recorded_at, stepped_back);
    assert_eq!(recorded.cause.clamped, Some(Millis::seconds(5)));
}

#[test]
fn case_26_the_time_of_the_fold_never_runs_backwards_whatever_a_log_says() {
    let mut scene = Scene::new();
    scene.at("10:00");
    let anna = scene.arrive(scene.reception, "Anna");
    let mut state = scene.state().clone();
    let before = state.now();
    let mut odd = scene.world.log().last().expect("she has checked in").clone();
    odd.position = odd.position.next();
    odd.occurred_at = Timestamp(before.0 - 60_000);
    state.evolve(&odd);
    assert_eq!(state.now(), before);
    assert!(state.visit(anna).is_some());
}

#[test]
fn case_27_of_two_facts_in_one_millisecond_the_position_says_which_came_first() {
    let mut scene = Scene::new();
    let arrived: Vec<VisitId> =
        (0..20).map(|n| scene.arrive(scene.reception, &format!("Patient {n}"))).collect();
    let now = scene.now();
    assert!(arrived.iter().all(|visit| scene.visit(*visit).entry.at == now), "no time is altered");
    assert_eq!(scene.queue(scene.reception), arrived);

    // So it is at the back of a queue, whatever the ids are like.
    scene.set_policy(scene.dr_dana, |policy| {
        policy.arrivals = clinic_domain::room::ArrivalOrder::BackOfQueue;
    });
    let backwards: Vec<VisitId> = arrived.into_iter().rev().collect();
    for visit in &backwards {
        scene.grant(scene.rita, send(*visit, scene.dr_dana));
    }
    assert_eq!(scene.queue(scene.dr_dana), backwards);
    assert_eq!(scene.now(), now);
}

#[test]
fn case_27_a_priority_comes_before_an_entry_and_gives_it_back() {
    let mut scene = Scene::new();
    let [anna, ben, cleo] = ["Anna", "Ben", "Cleo"].map(|name| scene.arrive(scene.reception, name));
    let set = |visit, priority| Action::SetPriority(visit, priority);
    scene.grant(scene.rita, set(cleo, Priority::Urgent));
    scene.grant(scene.rita, set(ben, Priority::Soon));
    assert_eq!(scene.queue(scene.reception), [cleo, ben, anna]);
    scene.grant(scene.rita, set(cleo, Priority::Routine));
    assert_eq!(scene.queue(scene.reception), [ben, anna, cleo]);
}

#[test]
fn case_42_where_nobody_was_served_there_is_nobody_to_call_and_no_fact_to_count() {
    let mut scene = Scene::new();
    let next = Action::CallNext { room: scene.reception, pausing: false };
    let nobody = Refusal::NobodyToCall { on_hold: 0, offline: 0 };
    scene.refuses(scene.rita, next, nobody);
    let anna = scene.arrive(scene.reception, "Anna");
    scene.at("12:00");
    let mut names = scene.world.log().iter().map(|recorded| recorded.event.name());
    assert!(names.all(|name| !name.starts_with("Call")), "an open wait is no wait that ended");
    assert_eq!(scene.visit(anna).calls, 0);
}

/// What a visit did in a room from one of its facts to the next.
fn parts(scene: &Scene, visit: VisitId) -> Vec<(Timestamp, Timestamp)> {
    let facts = scene.world.log().iter().filter_map(|recorded| match &recorded.event {
        Event::Visit(of, event) if *of == visit => recorded.event.at().map(|at| (at, event.name())),
        Event::Visit(..) | Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => None,
    });
    let instants: Vec<Timestamp> = facts.map(|(at, _)| at).collect();
    instants.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

#[test]
fn case_44_a_visit_over_midnight_and_two_rooms_leaves_no_instant_uncounted() {
    let mut scene = Scene::new();
    scene.at("23:50");
    let anna = scene.arrive(scene.reception, "Anna");
    let began = scene.now();
    scene.advance(Millis(123_457));
    scene.grant(scene.rita, start(anna));
    scene.advance(Millis(600_001));
    scene.grant(scene.rita, pause(anna));
    scene.at("00:10");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    scene.at("00:30");
    scene.grant(scene.dana, start(anna));
    scene.advance(Millis(1));
    scene.grant(scene.dana, complete(anna));
    let ended = scene.now();

    let parts = parts(&scene, anna);
    assert_eq!(parts.len(), 5);
    let sum: u64 = parts.iter().map(|(from, until)| until.since(*from).0).sum();
    assert_eq!(Millis(sum), ended.since(began), "to the millisecond");
    let zone = Zone::parse("Europe/Berlin").expect("this build knows Berlin");
    let days = parts.iter().filter_map(|(from, _)| zone.day_and_hour(*from)).map(|(day, _)| day);
    assert_eq!(days.collect::<std::collections::BTreeSet<_>>().len(), 2, "two days have a part");
}
