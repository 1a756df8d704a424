//! R4, R17, R22: calls, checklists, closing, and visits that have left the live state.

use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::event::{Event, StreamId};
use clinic_domain::ids::{TransferId, VisitId};
use clinic_domain::text::Label;
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, Place, VisitEvent, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::super::{
    check_in, close, complete, end, leave, leg, patient, pause, remove, send, start,
};

fn call(events: &[Event]) -> clinic_domain::ids::CallId {
    match events {
        [
            Event::Visit(
                _,
                VisitEvent::CallStarted { call, .. } | VisitEvent::CallResumed { call, .. },
            ),
        ] => *call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_paused_call_goes_on_as_the_same_call_and_an_ended_one_does_not() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let first = call(&scene.grant(scene.rita, start(anna)));
    scene.grant(scene.rita, pause(anna));
    assert_eq!(call(&scene.grant(scene.rita, start(anna))), first);
    scene.grant(scene.rita, end(anna));
    let second = call(&scene.grant(scene.rita, start(anna)));
    assert_ne!(second, first);
    assert_eq!(scene.visit(anna).calls, 2);
}

#[test]
fn a_hold_says_who_paused_and_since_when() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let call = call(&scene.grant(scene.rita, start(anna)));
    scene.at("09:10");
    scene.grant(scene.rita, pause(anna));
    let place = Place::OnHold {
        call,
        by: Actor::Member(scene.rita),
        reason: clinic_domain::visit::HoldReason::Paused,
        since: scene.now(),
    };
    assert_eq!(scene.visit(anna).place, place);
}

#[test]
fn a_checklist_is_ticked_in_any_room_and_blocks_nothing() {
    let mut scene = Scene::new();
    let label = |text| Label::parse(text).expect("a label");
    let list = vec![label("paperwork"), label("payment")];
    scene.grant(scene.ada, Action::SetChecklist(scene.reception, list));
    scene.grant(scene.ada, Action::SetChecklist(scene.dr_dana, vec![label("exam")]));
    let anna = scene.arrive(scene.reception, "Anna");
    let tick = |text, done| Action::TickChecklist { visit: anna, label: label(text), done };
    scene.grants(scene.rita, tick("paperwork", true), &["ChecklistTicked"]);
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    assert_eq!(scene.visit(anna).ticked, [label("paperwork")], "the receiver sees it");
    scene.refuses(scene.dana, tick("payment", true), VisitRefusal::NotListed);
    scene.grants(scene.dana, tick("exam", true), &["ChecklistTicked"]);
    scene.grant(scene.dana, send(anna, scene.reception));
    scene.grant(scene.rita, start(anna));
    scene.grants(scene.rita, complete(anna), &["VisitClosed"]);
}

#[test]
fn leaving_without_being_seen_is_leaving_without_a_call() {
    let mut scene = Scene::new();
    let [unseen, seen] = ["Anna", "Ben"].map(|name| scene.arrive(scene.reception, name));
    scene.grant(scene.rita, start(seen));
    scene.grant(scene.rita, end(seen));
    for visit in [unseen, seen] {
        let patient = scene.patient(visit);
        scene.grants(patient, leave(visit), &["VisitClosed"]);
    }
    let calls = |visit: VisitId| {
        let known = scene.state().visit(visit).and_then(|visit| visit.last());
        known.expect("it is known").calls
    };
    assert_eq!((calls(unseen), calls(seen)), (0, 1));
}

/// Who ends a visit, and how.
type Way = fn(&Scene, VisitId) -> (Actor, Action);

#[test]
fn the_member_in_call_is_free_at_once_when_her_visit_ends_in_any_way() {
    let mut scene = Scene::new();
    let next = scene.arrive(scene.reception, "Zoe");
    let ways: [Way; 4] = [
        |scene, visit| (scene.patient(visit), leave(visit)),
        |scene, visit| (Actor::Member(scene.ada), remove(visit)),
        |scene, visit| {
            let send = send(visit, scene.dr_dana);
            (Actor::Member(scene.ada), send)
        },
        |scene, visit| (Actor::Member(scene.rita), close(visit, CloseReason::Completed)),
    ];
    for way in ways {
        let anna = scene.arrive(scene.reception, "Anna");
        scene.grant(scene.rita, start(anna));
        let (who, action) = way(&scene, anna);
        scene.grant(who, action);
        assert_eq!(scene.state().call_of(scene.rita), None);
        scene.grant(scene.rita, start(next));
        scene.grant(scene.rita, end(next));
    }
}

/// A visit that is over for long leaves the live state; when a command names it, it is loaded, and
/// the decision is the same as if it had never left.
#[test]
fn a_visit_that_was_let_go_is_loaded_when_a_command_names_it() {
    let mut scene = Scene::new();
    let form = scene.newcomer(scene.reception, "Anna");
    scene.grant(patient(&form), check_in(&form));
    let anna = scene.state().visit_of(&form.token).expect("she is inside");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    scene.grant(scene.dana, close(anna, CloseReason::NoShow));
    let at = scene.now();
    scene.pass(Millis::minutes(60));
    let ben = scene.arrive(scene.reception, "Ben");
    assert!(scene.state().visit(anna).is_none() && scene.state().transfer(transfer).is_none());

    let over = || VisitRefusal::Closed { reason: "no show", at };
    let named = [
        start(anna),
        close(anna, CloseReason::EndOfDay),
        Action::MergeVisits { survivor: anna, duplicate: ben, seen: None },
        Action::MergeVisits { survivor: ben, duplicate: anna, seen: None },
        close(ben, CloseReason::Merged { into: anna }),
    ];
    for action in named {
        let command = scene.world.command(Actor::Member(scene.ada), action);
        let needs = scene.state().needs(&command);
        assert_eq!(needs, [StreamId::Visit(anna)], "{}", command.action.name());
        let refused = scene.world.clone().submit(&command);
        match refused {
            Err(refusal) if refusal.path() == "Visit.NotEntitled" => {} // Ada starts nobody
            other => assert_eq!(other, Err(over().into()), "{}", command.action.name()),
        }
    }
    let undo = Action::UndoTransfer(anna, transfer);
    let command = scene.world.command(Actor::Member(scene.rita), undo);
    let needs = [StreamId::Visit(anna), StreamId::Transfer(transfer)];
    assert_eq!(scene.state().needs(&command), needs);
    assert_eq!(scene.world.submit(&command), Err(over().into()));
}

#[test]
fn a_stream_is_loaded_only_if_it_is_not_held_and_has_begun() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.ask_for_answers(scene.dr_dana, 10);
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    scene.grant(scene.dana, Action::AcceptTransfer(anna, transfer));
    let (held, nobody) = (scene.state(), scene.world.clone().mint());
    assert!(held.transfers().map(|(id, _)| id).eq([transfer]));
    for stream in [StreamId::Visit(anna), StreamId::Transfer(transfer)] {
        let mut state = held.clone();
        state.load(stream, &scene.world.stream(stream)[..1]);
        assert!(&state == held, "{stream} went back to its beginning");
    }
    for stream in [StreamId::Visit(VisitId(nobody)), StreamId::Transfer(TransferId(nobody))] {
        let mut state = held.clone();
        state.load(stream, &[]);
        assert!(&state == held, "{stream} was made of nothing");
    }
}

/// It was closed twice, and the window of the first time says nothing about the second.
#[test]
fn a_visit_that_was_closed_again_is_held_to_the_end_of_its_last_window() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, remove(anna));
    scene.pass(Millis::minutes(10));
    scene.grant(scene.rita, Action::ReopenVisit(anna));
    scene.grant(scene.rita, remove(anna));
    scene.pass(Millis::minutes(30));
    scene.arrive(scene.reception, "Ben");
    assert_eq!(scene.state().now(), scene.now());
    assert!(scene.state().visit(anna).is_some(), "at the last instant of the last window");
    scene.pass(Millis(1));
    scene.arrive(scene.reception, "Cleo");
    assert!(scene.state().visit(anna).is_none());
}
