//! Case 24: a reply that was lost, and a command that comes again.

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Command};
use clinic_domain::ids::Fresh;
use clinic_domain::refusal::Refusal;
use clinic_domain::time::Millis;
use clinic_domain::visit::{Priority, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::{check_in, patient, pause, send, start};

#[test]
fn case_24_the_same_command_again_happened_once_and_knows_its_first_answer() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let command = scene.world.command(Actor::Member(scene.rita), send(anna, scene.dr_dana));
    let first = scene.world.submit(&command).expect("it is granted");
    assert_eq!(first.len(), 3);
    // The engine mints new ids and cuts the time anew for a retry; both are no part of what is asked.
    scene.advance(Millis::minutes(3));
    let again = Command { at: scene.now(), fresh: Fresh(scene.world.mint()), ..command };
    assert_eq!(scene.world.submit(&again), Ok(vec![]));
    let answered = scene.state().answered(again.id).expect("it is remembered");
    assert_eq!((answered.first, answered.last), (first[0].position, first[2].position));
    // Nothing but the log is needed to know that.
    assert_eq!(scene.world.replayed().answered(again.id), Some(answered));
}

#[test]
fn case_24_a_check_in_that_is_retried_finds_the_same_visit_by_id_and_by_token() {
    let mut scene = Scene::new();
    let form = scene.newcomer(scene.reception, "Anna");
    let command = scene.world.command(patient(&form), check_in(&form));
    scene.world.submit(&command).expect("it is granted");
    assert_eq!(scene.world.submit(&command), Ok(vec![]));
    let other_id = scene.world.command(patient(&form), check_in(&form));
    assert_eq!(scene.world.submit(&other_id), Ok(vec![]));
    assert_eq!(scene.queue(scene.reception).len(), 1);
}

#[test]
fn case_24_the_same_id_with_another_actor_or_another_body_is_refused() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let command = scene.world.command(Actor::Member(scene.rita), start(anna));
    scene.world.submit(&command).expect("it is granted");
    let reused = Refusal::CommandReused { id: command.id };
    let other_actor = Command { actor: Actor::Member(scene.ada), ..command.clone() };
    let other_body = Command { action: pause(anna), ..command.clone() };
    let other_screen = Command { action: super::seeing(scene.seen(anna), start(anna)), ..command };
    for other in [other_actor, other_body, other_screen] {
        assert_eq!(scene.world.submit(&other), Err(reused.clone()));
    }
}

#[test]
fn case_24_what_was_refused_or_granted_without_an_event_is_decided_anew() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let early = scene.world.command(Actor::Member(scene.rita), pause(anna));
    assert!(scene.world.submit(&early).is_err());
    let routine = Action::SetPriority(anna, Priority::Routine);
    let empty = scene.world.command(Actor::Member(scene.rita), routine);
    assert_eq!(scene.world.submit(&empty), Ok(vec![]));
    assert_eq!((scene.state().answered(early.id), scene.state().answered(empty.id)), (None, None));

    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, Action::SetPriority(anna, Priority::Urgent));
    for command in [early, empty] {
        let recorded = scene.world.submit(&command).expect("now it is granted");
        assert_eq!(recorded.len(), 1, "and now it does something");
    }
}

#[test]
fn case_24_after_a_day_the_place_on_the_screen_stops_a_late_retry() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let click = super::seeing(scene.seen(anna), start(anna));
    let command = scene.world.command(Actor::Member(scene.rita), click);
    scene.world.submit(&command).expect("it is granted");
    scene.grant(scene.rita, pause(anna));
    // Exactly a day later it is still remembered, a moment later it is not.
    let day = Millis::minutes(24 * 60);
    scene.pass(Millis(day.0 - scene.now().since(command.at).0));
    scene.arrive(scene.reception, "Ben");
    assert!(scene.state().answered(command.id).is_some());
    scene.pass(Millis(1));
    scene.arrive(scene.reception, "Cleo");
    assert_eq!(scene.state().answered(command.id), None);

    let (seen, now) = (clinic_domain::ids::PlaceVersion(1), scene.visit(anna).version);
    let late = Command { at: scene.now(), ..command };
    assert_eq!(scene.world.submit(&late), Err(VisitRefusal::Stale { seen, now }.into()));
}
