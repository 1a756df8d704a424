//! Cases of two people and one call.

use clinic_domain::actor::PolicyName;
use clinic_domain::clinic::Capability;
use clinic_domain::command::{Action, Person};
use clinic_domain::event::Event;
use clinic_domain::refusal::Refusal;
use clinic_domain::time::Millis;
use clinic_domain::visit::{HoldReason, Place, VisitEvent, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::{end, names, pause, seeing, send, start};

/// Reception with Rita and Omar, and Anna waiting.
fn two_at_reception() -> (Scene, clinic_domain::ids::VisitId) {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::AssignMember(scene.reception, scene.omar));
    let anna = scene.arrive(scene.reception, "Anna");
    (scene, anna)
}

#[test]
fn case_02_of_two_who_press_start_together_one_wins_and_the_other_is_told_who() {
    let (mut scene, anna) = two_at_reception();
    let click = seeing(scene.seen(anna), start(anna));
    scene.grants(scene.rita, click.clone(), &["CallStarted"]);
    let since = scene.now();
    scene.advance(Millis(3));
    let refusal = VisitRefusal::InCall { member: scene.rita, since };
    scene.refuses(scene.omar, click.clone(), refusal);
    scene.grants(scene.rita, click, &[]);
    assert_eq!(scene.state().call_of(scene.rita), Some(anna));
    assert_eq!(scene.state().call_of(scene.omar), None);
}

#[test]
fn case_03_of_a_start_and_a_transfer_at_once_the_second_is_stale() {
    for start_first in [true, false] {
        let (mut scene, anna) = two_at_reception();
        let seen = scene.seen(anna);
        let (call, transfer) = (seeing(seen, start(anna)), seeing(seen, send(anna, scene.dr_dana)));
        let (first, second) = if start_first { (call, transfer) } else { (transfer, call) };
        scene.grant(scene.rita, first);
        let now = scene.visit(anna).version;
        let seen = seen.expect("the screen showed a place");
        scene.refuses(scene.omar, second, VisitRefusal::Stale { seen, now });
    }
}

#[test]
fn case_10_a_member_lost_in_a_call_leaves_her_patient_on_hold_after_a_grace_and_may_resume() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    let Place::InCall { call, .. } = scene.visit(anna).place else { panic!("in call") };
    scene.at("09:10");
    scene.connect(Person::Member(scene.rita), false);
    assert_eq!(scene.advance(Millis(59_999)), []);
    let events = scene.advance(Millis(1));
    let [Event::Visit(_, VisitEvent::CallPaused { by, reason, at })] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (by, *reason),
        (&clinic_domain::actor::Actor::policy(PolicyName::MemberLost), HoldReason::MemberLost)
    );
    assert_eq!(*at, scene.now());
    scene.connect(Person::Member(scene.rita), true);
    let resumed = scene.grant(scene.rita, start(anna));
    let [Event::Visit(_, VisitEvent::CallResumed { call: same, .. })] = resumed[..] else {
        panic!("{resumed:?}");
    };
    assert_eq!(same, call);
}

#[test]
fn case_10_a_member_who_is_back_before_a_late_timer_keeps_her_call() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    let hold = Action::HoldLostMember(anna, scene.rita);
    // Not lost at all; lost, but within the grace; back, with the timer already on its way.
    scene.grants(PolicyName::MemberLost, hold.clone(), &[]);
    scene.connect(Person::Member(scene.rita), false);
    scene.pass(Millis::seconds(59));
    scene.grants(PolicyName::MemberLost, hold.clone(), &[]);
    scene.pass(Millis::seconds(2));
    scene.connect(Person::Member(scene.rita), true);
    scene.grants(PolicyName::MemberLost, hold.clone(), &[]);
    assert_eq!(scene.visit(anna).in_call_with(), Some(scene.rita));
    // Nobody else may say so of her.
    assert_eq!(scene.refuse(scene.ada, hold).path(), "Visit.NotEntitled");
}

#[test]
fn case_10_the_grace_runs_while_she_is_both_in_the_call_and_gone() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.connect(Person::Member(scene.rita), false);
    scene.at("09:30");
    scene.grant(scene.rita, start(anna));
    assert_eq!(scene.advance(Millis(59_999)), []);
    assert_eq!(names(&scene.advance(Millis(1))), ["CallPaused"]);
}

#[test]
fn case_23_a_member_in_a_call_pauses_it_to_start_another_or_is_refused() {
    let (mut scene, anna) = two_at_reception();
    let ben = scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, start(anna));
    scene.refuses(scene.rita, start(ben), VisitRefusal::MemberBusy { visit: anna });

    let both = Action::StartCall { visit: ben, pausing: true, seen: None };
    let events = scene.grant(scene.rita, both.clone());
    let [
        Event::Visit(paused, VisitEvent::CallPaused { .. }),
        Event::Visit(started, VisitEvent::CallStarted { .. }),
    ] = events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((paused, started), (anna, ben));
    assert_eq!(scene.state().call_of(scene.rita), Some(ben));
    scene.grants(scene.rita, both, &[]);
    // Asked for although there is nothing to pause, it is a plain start.
    let plain = Action::StartCall { visit: anna, pausing: true, seen: None };
    scene.grants(scene.omar, plain, &["CallResumed"]);
}

#[test]
fn case_23_pause_and_start_is_one_command_so_neither_happens_when_one_cannot() {
    let (mut scene, anna) = two_at_reception();
    let ben = scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.omar, start(ben));
    let both = Action::StartCall { visit: ben, pausing: true, seen: None };
    let since = scene.now();
    scene.refuses(scene.rita, both, VisitRefusal::InCall { member: scene.omar, since });
    assert_eq!(scene.visit(anna).in_call_with(), Some(scene.rita));

    scene.grant(scene.omar, end(ben));
    let without_pause = Capability::ALL.into_iter().filter(|can| *can != Capability::Pause);
    let without_pause = Action::SetCapabilities(without_pause.collect());
    scene.grant(clinic_domain::actor::Actor::Host, without_pause);
    let both = Action::StartCall { visit: ben, pausing: true, seen: None };
    scene.refuses(scene.rita, both, VisitRefusal::Incapable);
}

#[test]
fn call_next_takes_the_first_who_waits_and_says_whom_it_passed_over() {
    let (mut scene, anna) = two_at_reception();
    let ben = scene.arrive(scene.reception, "Ben");
    let cleo = scene.arrive(scene.reception, "Cleo");
    scene.grant(scene.omar, start(anna));
    scene.grant(scene.omar, pause(anna));
    scene.connect(Person::Patient(ben), false);
    let next = || Action::CallNext { room: scene.reception, pausing: false };
    let (next, again) = (next(), next());
    let events = scene.grant(scene.rita, next);
    let [Event::Visit(called, VisitEvent::CallStarted { skipped, .. })] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((*called, skipped), (cleo, &vec![anna, ben]));
    let nobody = Refusal::NobodyToCall { on_hold: 1, offline: 1 };
    scene.refuses(scene.omar, again.clone(), nobody);
    assert_eq!(scene.refuse(scene.dana, again).path(), "Room.NotEntitled");
}
