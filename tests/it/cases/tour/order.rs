//! R5, R18, R19, R20: who is first, where a visit stands when it comes back, what makes a click stale.

use clinic_domain::command::{Action, Person};
use clinic_domain::personal::Personal;
use clinic_domain::room::ArrivalOrder;
use clinic_domain::text::{Label, Note};
use clinic_domain::time::Millis;
use clinic_domain::visit::{Place, Priority, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::super::door::hours_until;
use super::super::{end, leg, notice, pause, remove, seeing, send, start};

/// Dana's room ranks arrivals at the back and asks for an answer within five minutes; Ben waits there
/// since 9:10. Anna waits at Reception since 9:00, Cleo since 9:05.
fn scene() -> (Scene, [clinic_domain::ids::VisitId; 3]) {
    let mut scene = Scene::new();
    scene.set_policy(scene.dr_dana, |policy| {
        policy.arrivals = ArrivalOrder::BackOfQueue;
        policy.accept_window = Some(Millis::minutes(5));
    });
    let anna = scene.arrive(scene.reception, "Anna");
    scene.at("09:05");
    let cleo = scene.arrive(scene.reception, "Cleo");
    scene.at("09:10");
    let ben = scene.arrive(scene.dr_dana, "Ben");
    scene.at("09:15");
    (scene, [anna, ben, cleo])
}

#[test]
fn an_arrival_stands_by_its_check_in_or_at_the_back_as_the_target_says() {
    let (mut scene, [anna, ben, cleo]) = scene();
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    assert_eq!(scene.queue(scene.dr_dana), [ben, anna]);
    // What the room says later concerns who comes later.
    scene.set_policy(scene.dr_dana, |policy| policy.arrivals = ArrivalOrder::OriginalCheckIn);
    assert_eq!(scene.queue(scene.dr_dana), [ben, anna]);
    scene.grant(scene.rita, send(cleo, scene.dr_dana));
    assert_eq!(scene.queue(scene.dr_dana), [cleo, ben, anna]);
    // From the back of one queue to its old place in another.
    scene.grant(scene.dana, send(anna, scene.reception));
    scene.grant(scene.dana, send(cleo, scene.reception));
    assert_eq!(scene.queue(scene.reception), [anna, cleo]);
}

#[test]
fn a_decline_an_expiry_and_an_undo_restore_the_old_entry() {
    for how in ["declined", "expired", "undone"] {
        let (mut scene, [anna, _, cleo]) = scene();
        let entry = scene.visit(anna).entry;
        scene.grant(scene.rita, send(anna, scene.dr_dana));
        assert_ne!(scene.visit(anna).entry, entry);
        let transfer = leg(&scene, anna);
        match how {
            "declined" => {
                let decline = Action::DeclineTransfer { visit: anna, transfer, note: None };
                scene.grant(scene.dana, decline);
            }
            "expired" => {
                scene.advance(Millis::minutes(5));
            }
            _ => {
                scene.grant(scene.rita, Action::UndoTransfer(anna, transfer));
            }
        }
        assert_eq!(scene.visit(anna).entry, entry, "{how}");
        assert_eq!(scene.queue(scene.reception), [anna, cleo], "{how}");
        assert_eq!(scene.visit(anna).legs, 1, "{how}: the leg is counted");
    }
}

#[test]
fn a_return_is_never_refused_by_a_full_shut_or_suspended_source() {
    for how in ["declined", "expired", "undone"] {
        let (mut scene, [anna, ..]) = scene();
        scene.grant(scene.rita, send(anna, scene.dr_dana));
        scene.set_policy(scene.reception, |policy| policy.queue_limit = 1);
        scene.grant(scene.ada, Action::SuspendRoom(scene.reception, notice("Closed.")));
        let hours = hours_until("06:00", "07:00");
        scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours)));
        let transfer = leg(&scene, anna);
        match how {
            "declined" => {
                let decline = Action::DeclineTransfer { visit: anna, transfer, note: None };
                scene.grant(scene.dana, decline);
            }
            "expired" => {
                scene.advance(Millis::minutes(5));
            }
            _ => {
                scene.grant(scene.rita, Action::UndoTransfer(anna, transfer));
            }
        }
        assert_eq!(scene.queue(scene.reception).len(), 2, "{how}");
    }
}

#[test]
fn an_undo_asked_twice_happened_once_and_only_the_sender_and_the_source_may_ask() {
    let (mut scene, [anna, ..]) = scene();
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    let undo = Action::UndoTransfer(anna, transfer);
    assert_eq!(scene.refuse(scene.omar, undo.clone()).path(), "Visit.NotEntitled");
    assert_eq!(scene.refuse(scene.dana, undo.clone()).path(), "Visit.NotEntitled");
    scene.grants(scene.rita, undo.clone(), &["TransferReversed", "TransferUndone"]);
    scene.grants(scene.rita, undo.clone(), &[]);
    assert_eq!(scene.refuse(scene.omar, undo.clone()).path(), "Visit.NotEntitled");
    // It was her own, so it stays so when she serves there no more.
    scene.grant(scene.ada, Action::AssignMember(scene.reception, scene.omar));
    scene.grant(scene.ada, Action::UnassignMember(scene.reception, scene.rita));
    scene.grants(scene.rita, undo, &[]);
}

/// Found by the reference model: the repetition asked who had sent it, and not whether she may act.
#[test]
fn an_undo_asked_twice_is_refused_to_a_sender_who_was_disabled_since() {
    let (mut scene, [anna, ..]) = scene();
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let undo = Action::UndoTransfer(anna, leg(&scene, anna));
    scene.grants(scene.rita, undo.clone(), &["TransferReversed", "TransferUndone"]);
    scene.grant(scene.ada, Action::DisableMember(scene.rita));
    assert_eq!(scene.refuse(scene.rita, undo).path(), "Visit.NotEntitled");
}

#[test]
fn an_undo_has_a_window_of_the_source_room_and_ends_when_the_target_starts() {
    let (mut scene, [anna, _, cleo]) = scene();
    scene.set_policy(scene.dr_dana, |policy| policy.accept_window = None);
    scene.set_policy(scene.reception, |policy| policy.undo_window = Millis::minutes(2));
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    scene.grant(scene.rita, send(cleo, scene.dr_dana));
    let (annas, cleos) = (leg(&scene, anna), leg(&scene, cleo));
    scene.grant(scene.dana, start(anna));
    let refusal = VisitRefusal::AlreadyStarted;
    scene.refuses(scene.rita, Action::UndoTransfer(anna, annas), refusal);
    let until = scene.now().plus(Millis::minutes(2));
    scene.pass(Millis::minutes(2));
    let refusal = VisitRefusal::UndoTooLate { until };
    scene.refuses(scene.rita, Action::UndoTransfer(cleo, cleos), refusal);
}

#[test]
fn an_accepted_transfer_can_be_undone_until_the_call_starts() {
    let (mut scene, [anna, ..]) = scene();
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    scene.grants(scene.dana, Action::AcceptTransfer(anna, transfer), &["TransferAccepted"]);
    scene.grants(scene.dana, Action::AcceptTransfer(anna, transfer), &[]);
    let undo = Action::UndoTransfer(anna, transfer);
    scene.grants(scene.rita, undo, &["TransferReversed", "TransferUndone"]);
}

#[test]
fn pausing_presence_and_priority_change_no_entry() {
    let (mut scene, [anna, _, cleo]) = scene();
    let entry = scene.visit(anna).entry;
    scene.grant(scene.rita, start(anna));
    assert_eq!(scene.queue(scene.reception), [cleo], "who is in call has no rank");
    scene.grant(scene.rita, pause(anna));
    scene.connect(Person::Patient(anna), false);
    assert_eq!(scene.queue(scene.reception), [anna, cleo], "on hold and offline keep theirs");
    scene.connect(Person::Patient(anna), true);
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, end(anna));
    scene.grant(scene.rita, Action::SetPriority(anna, Priority::Urgent));
    scene.grant(scene.rita, remove(anna));
    scene.grant(scene.rita, Action::ReopenVisit(anna));
    assert_eq!(scene.visit(anna).entry, entry);
    assert_eq!(scene.visit(anna).priority, Priority::Urgent);
}

#[test]
fn two_clocks_run_since_check_in_and_in_this_room() {
    let (mut scene, [anna, ..]) = scene();
    let check_in = scene.visit(anna).check_in.at;
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let (arrived, sent) = (scene.visit(anna).arrived_at, scene.now());
    assert_eq!(arrived, sent);
    scene.at("09:17");
    scene.grant(scene.dana, start(anna));
    scene.at("09:20");
    scene.grant(scene.dana, end(anna));
    assert_eq!(scene.visit(anna).arrived_at, sent, "a call does not reset the time in the room");
    assert_eq!(scene.visit(anna).place, Place::Waiting { since: scene.now() });
    scene.grant(scene.dana, send(anna, scene.reception));
    assert_eq!(scene.visit(anna).arrived_at, scene.now());
    assert_eq!(scene.visit(anna).check_in.at, check_in);
}

#[test]
fn only_a_change_of_place_makes_a_click_stale() {
    let (mut scene, [anna, _, cleo]) = scene();
    let label = Label::parse("payment").expect("a label");
    scene.grant(scene.ada, Action::SetChecklist(scene.reception, vec![label.clone()]));
    let seen = scene.seen(anna);
    let note = Personal::Clear(Note::parse("hello").expect("a note"));
    scene.connect(Person::Patient(anna), false);
    scene.connect(Person::Patient(anna), true);
    scene.grant(scene.rita, Action::AddNote(anna, note));
    scene.grant(scene.rita, Action::TickChecklist { visit: anna, label, done: true });
    scene.grant(scene.rita, Action::SetPriority(anna, Priority::Soon));
    scene.grant(scene.rita, Action::CarryOver(anna));
    scene.grant(scene.rita, send(cleo, scene.dr_omar));
    scene.set_policy(scene.reception, |policy| policy.queue_limit = 5);
    assert_eq!(scene.seen(anna), seen);
    scene.grants(scene.rita, seeing(seen, start(anna)), &["CallStarted"]);
    for click in [pause(anna), end(anna), send(anna, scene.dr_dana), remove(anna)] {
        assert_eq!(scene.refuse(scene.rita, seeing(seen, click)).path(), "Visit.Stale");
    }
}

#[test]
fn a_visit_comes_back_to_reception_as_often_as_the_day_needs_and_stays_one_visit() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    for _ in 0..5 {
        scene.grant(scene.rita, start(anna));
        scene.grant(scene.rita, send(anna, scene.dr_dana));
        scene.grant(scene.dana, start(anna));
        scene.grant(scene.dana, send(anna, scene.reception));
    }
    assert_eq!(scene.state().visits().count(), 1);
    assert_eq!((scene.visit(anna).legs, scene.visit(anna).calls), (10, 10));
    assert_eq!(scene.visit(anna).room, scene.reception);
}
