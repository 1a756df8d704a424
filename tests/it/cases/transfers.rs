//! Cases of patients between rooms.

use clinic_domain::command::{Action, Person};
use clinic_domain::event::Event;
use clinic_domain::personal::Personal;
use clinic_domain::room::{RoomRefusal, Warning};
use clinic_domain::text::Note;
use clinic_domain::time::Millis;
use clinic_domain::transfer::{Outcome, Transfer, TransferRefusal};
use clinic_domain::visit::{CloseReason, PatientVisit, Place, Presence, VisitEvent, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::{close, end, leave, leg, names, pause, send, start};

fn outcome(scene: &Scene, transfer: clinic_domain::ids::TransferId) -> Option<Outcome> {
    match scene.state().transfer(transfer) {
        Some(Transfer::Settled { outcome, .. }) => Some(*outcome),
        Some(Transfer::Pending(_) | Transfer::Unrequested) | None => None,
    }
}

#[test]
fn case_01_a_patient_who_closes_her_browser_is_transferred_all_the_same() {
    for offline_first in [true, false] {
        let mut scene = Scene::new();
        let anna = scene.arrive(scene.reception, "Anna");
        let seen = scene.seen(anna);
        let transfer = super::seeing(seen, send(anna, scene.dr_dana));
        if offline_first {
            scene.connect(Person::Patient(anna), false);
            scene.grant(scene.rita, transfer);
        } else {
            scene.grant(scene.rita, transfer);
            scene.connect(Person::Patient(anna), false);
        }
        assert_eq!(scene.queue(scene.dr_dana), vec![anna]);
        assert_eq!(scene.visit(anna).presence, Presence::OfflineSince(scene.now()));
    }
}

#[test]
fn case_04_straight_back_in_a_loop_never_resets_the_check_in_and_counts_the_legs() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let check_in = scene.visit(anna).check_in;
    let mut returns = vec![];
    for _ in 0..4 {
        for (who, to) in [(scene.rita, scene.dr_dana), (scene.dana, scene.reception)] {
            scene.advance(Millis::minutes(1));
            let events = scene.grant(who, send(anna, to));
            if let Event::Visit(_, VisitEvent::Transferred { returns: times, .. }) = &events[0] {
                returns.push((to, *times));
            }
        }
    }
    assert_eq!(scene.visit(anna).check_in, check_in);
    assert_eq!(scene.visit(anna).legs, 8);
    let to_reception = returns.iter().filter(|(to, _)| *to == scene.reception);
    let counts: Vec<u32> = to_reception.map(|(_, times)| *times).collect();
    assert_eq!(counts, [1, 2, 3, 4], "the check-in was the first time");
    let to_dana = returns.iter().filter(|(to, _)| *to == scene.dr_dana);
    assert_eq!(to_dana.map(|(_, times)| *times).collect::<Vec<u32>>(), [0, 1, 2, 3]);
    assert_eq!(scene.room(scene.reception).policy.return_alert, 3, "which is when it alerts");
}

#[test]
fn case_05_a_target_archived_before_the_confirm_refuses_and_the_patient_stays_put() {
    let mut scene = Scene::new();
    let x_ray = scene.open_room("X-ray", "x-ray");
    let anna = scene.arrive(scene.reception, "Anna");
    let before = scene.visit(anna).clone();
    scene.grant(scene.ada, Action::ArchiveRoom(x_ray));
    let refusal = VisitRefusal::Room(RoomRefusal::Archived);
    scene.refuses(scene.rita, send(anna, x_ray), refusal);
    assert_eq!(scene.visit(anna), &before);
}

#[test]
fn case_06_a_room_with_visits_inside_is_archived_after_they_have_all_been_sent_or_closed() {
    for send_them in [true, false] {
        let mut scene = Scene::new();
        let anna = scene.arrive(scene.reception, "Anna");
        let ben = scene.arrive(scene.reception, "Ben");
        let cleo = scene.arrive(scene.reception, "Cleo");
        scene.grant(scene.rita, start(ben));
        let (reception, target) = (scene.reception, scene.dr_dana);
        let archive = Action::ArchiveRoom(reception);
        let inside = vec![anna, cleo, ben];
        let refusal = RoomRefusal::NotEmpty { inside, pending: vec![] };
        scene.refuses(scene.ada, archive.clone(), refusal);
        if send_them {
            let all = Action::TransferAll { from: reception, to: target };
            let sent = ["Transferred", "Transferred", "Transferred"];
            let followed = ["TransferRequested", "TransferCompleted"].repeat(3);
            let expected: Vec<&str> = sent.into_iter().chain(followed).collect();
            scene.grants(scene.ada, all, &expected);
            assert_eq!(scene.queue(target), [anna, ben, cleo], "in the order of their check-in");
        } else {
            let reason = CloseReason::Removed { why: super::why() };
            let all = Action::CloseAll { room: reception, only: None, reason };
            scene.grants(scene.ada, all, &["VisitClosed", "VisitClosed", "VisitClosed"]);
        }
        scene.grants(scene.ada, archive, &["RoomArchived"]);
    }
}

#[test]
fn case_06_a_room_that_may_get_a_patient_back_is_not_archived_before_there_is_an_answer() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let archive = Action::ArchiveRoom(scene.reception);
    let refusal = RoomRefusal::NotEmpty { inside: vec![], pending: vec![anna] };
    scene.refuses(scene.ada, archive.clone(), refusal);
    let transfer = leg(&scene, anna);
    scene.grant(scene.dana, Action::AcceptTransfer(anna, transfer));
    scene.grant(scene.ada, archive);
    // The leg could be undone for a while, but there is no room to go back to.
    let undo = Action::UndoTransfer(anna, transfer);
    scene.refuses(scene.rita, undo, VisitRefusal::Room(RoomRefusal::Archived));
    assert_eq!(scene.visit(anna).room, scene.dr_dana);
}

#[test]
fn case_06_transfer_all_is_one_decision_so_a_target_that_is_too_small_gets_nobody() {
    let mut scene = Scene::new();
    scene.set_policy(scene.dr_dana, |policy| policy.queue_limit = 2);
    for name in ["Anna", "Ben", "Cleo"] {
        scene.arrive(scene.reception, name);
    }
    let all = Action::TransferAll { from: scene.reception, to: scene.dr_dana };
    let refusal = VisitRefusal::Room(RoomRefusal::Full { limit: 2 });
    scene.refuses(scene.rita, all, refusal);
    assert_eq!(scene.queue(scene.reception).len(), 3);
}

#[test]
fn case_18_a_room_whose_members_are_away_or_whose_hours_are_over_is_a_warning() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    let warnings = |events: &[Event]| {
        let Event::Visit(_, VisitEvent::Transferred { warnings, .. }) = &events[0] else {
            panic!("{events:?}");
        };
        warnings.clone()
    };
    let sent = scene.grant(scene.rita, send(ben, scene.dr_dana));
    assert_eq!(warnings(&sent), []);
    scene.connect(Person::Member(scene.dana), false);
    let hours = super::door::hours_until("09:00", "12:00");
    scene.grant(scene.ada, Action::SetHours(scene.dr_dana, Some(hours)));
    scene.at("12:00");
    let sent = scene.grant(scene.rita, send(anna, scene.dr_dana));
    assert_eq!(warnings(&sent), [Warning::OutOfHours, Warning::NobodyOnline]);
    assert_eq!(scene.queue(scene.dr_dana), [anna, ben], "by check-in");
    let late = scene.room(scene.dr_dana).policy.wait_late;
    assert_eq!(late, Millis::minutes(30), "which is when it escalates");
}

#[test]
fn case_18_a_member_who_is_disabled_is_not_online_whatever_her_page_says() {
    let mut scene = Scene::new();
    let desk = scene.open_room("Desk", "desk");
    scene.grant(scene.ada, Action::AssignMember(desk, scene.omar));
    scene.grant(scene.ada, Action::DisableMember(scene.omar));
    let anna = scene.arrive(scene.reception, "Anna");
    let sent = scene.grant(scene.rita, send(anna, desk));
    let Event::Visit(_, VisitEvent::Transferred { warnings, .. }) = &sent[0] else {
        panic!("{sent:?}");
    };
    assert_eq!(warnings, &[Warning::NobodyOnline]);
}

#[test]
fn case_19_a_transfer_to_ones_own_room_is_granted_and_to_the_same_room_refused() {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::AssignMember(scene.reception, scene.dana));
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.dana, start(anna));
    scene.refuses(scene.dana, send(anna, scene.reception), VisitRefusal::SameRoom);
    scene.grant(scene.dana, send(anna, scene.dr_dana));
    assert_eq!(scene.queue(scene.dr_dana), [anna]);
    assert_eq!(scene.state().call_of(scene.dana), None, "the call ends for the sender");
}

#[test]
fn case_20_the_hold_of_a_transferred_visit_ends_at_that_instant() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, pause(anna));
    scene.at("09:20");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    assert_eq!(scene.visit(anna).place, Place::Waiting { since: scene.now() });
    // Whoever starts there begins a call of her own; the paused one is over.
    scene.grants(scene.dana, start(anna), &["CallStarted"]);
}

#[test]
fn case_36_a_patient_who_leaves_inside_the_accept_window_withdraws_the_transfer() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    let patient = scene.patient(anna);
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    scene.grants(patient, leave(anna), &["VisitClosed", "TransferWithdrawn"]);
    assert_eq!(outcome(&scene, transfer), Some(Outcome::Withdrawn));
    let settled = TransferRefusal::Settled { outcome: Outcome::Withdrawn };
    let accept = Action::AcceptTransfer(anna, transfer);
    scene.refuses(scene.dana, accept, settled.clone());
    let decline = Action::DeclineTransfer { visit: anna, transfer, note: None };
    scene.refuses(scene.dana, decline, settled);
    assert_eq!(scene.at("09:30"), [], "nothing expires any more");
    assert!(matches!(scene.state().visit(anna), Some(PatientVisit::Closed(_))));
}

#[test]
fn case_37_a_decline_after_the_expiry_finds_the_first_outcome() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    let entry = scene.visit(anna).entry;
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    let decline = Action::DeclineTransfer { visit: anna, transfer, note: None };

    // The window is over although no timer has said so yet.
    scene.pass(Millis::minutes(5));
    let over = TransferRefusal::WindowOver { until: scene.now() };
    scene.refuses(scene.dana, decline.clone(), over.clone());
    scene.refuses(scene.dana, Action::AcceptTransfer(anna, transfer), over);

    assert_eq!(names(&scene.run_dues()), ["TransferReversed", "TransferExpired"]);
    assert_eq!((scene.visit(anna).room, scene.visit(anna).entry), (scene.reception, entry));
    let settled = TransferRefusal::Settled { outcome: Outcome::Expired };
    scene.refuses(scene.dana, decline, settled.clone());
    scene.refuses(scene.dana, Action::AcceptTransfer(anna, transfer), settled);
}

#[test]
fn case_37_an_expiry_after_the_decline_finds_the_first_outcome() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    let note = Note::parse("not my patient").ok().map(Personal::Clear);
    let decline = Action::DeclineTransfer { visit: anna, transfer, note };
    scene.grants(scene.dana, decline.clone(), &["TransferReversed", "TransferDeclined"]);
    scene.grants(scene.dana, decline, &[]);
    assert_eq!(scene.at("09:30"), [], "nothing is due any more");
    let window = clinic_domain::actor::PolicyName::AcceptWindow;
    let settled = TransferRefusal::Settled { outcome: Outcome::Declined };
    scene.refuses(window, Action::ExpireTransfer(anna, transfer), settled);
}

#[test]
fn a_transfer_answers_for_its_own_visit_only() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    let accept = Action::AcceptTransfer(ben, transfer);
    scene.refuses(scene.dana, accept, TransferRefusal::OtherVisit);
    let unknown = Action::UndoTransfer(ben, clinic_domain::ids::TransferId(scene.world.mint()));
    scene.refuses(scene.dana, unknown, TransferRefusal::NoSuchTransfer);
}

#[test]
fn the_sender_is_told_of_a_stale_click_after_the_transfer() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let seen = scene.seen(anna);
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    for action in [start(anna), end(anna), close(anna, CloseReason::NoShow)] {
        let refusal = scene.refuse(scene.rita, super::seeing(seen, action));
        assert_eq!(refusal.path(), "Visit.Stale");
    }
}
