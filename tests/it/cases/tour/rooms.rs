//! R6, R7, R14, R15: rooms, doors, windows.

use clinic_domain::actor::PolicyName;
use clinic_domain::command::Action;
use clinic_domain::event::Event;
use clinic_domain::room::{RoomRefusal, Texts};
use clinic_domain::time::Millis;
use clinic_domain::transfer::TransferRefusal;
use clinic_domain::visit::{CloseReason, VisitEvent};
use clinic_testkit::spec::Scene;

use super::super::{
    check_in, complete, door_says, end, leg, names, notice, patient, pause, send, start,
};

#[test]
fn the_queue_limit_counts_those_with_a_rank_and_nobody_else() {
    let mut scene = Scene::new();
    scene.set_policy(scene.reception, |policy| policy.queue_limit = 2);
    let anna = scene.arrive(scene.reception, "Anna");
    scene.arrive(scene.reception, "Ben");
    let cleo = scene.newcomer(scene.reception, "Cleo");
    let full = || door_says(RoomRefusal::Full { limit: 2 });
    scene.refuses(patient(&cleo), check_in(&cleo), full());
    // Who is in call takes no place; who is on hold takes one.
    scene.grant(scene.rita, start(anna));
    scene.grants(patient(&cleo), check_in(&cleo), &["CheckedIn"]);
    scene.grants(scene.rita, pause(anna), &["CallPaused"]);
    assert_eq!(scene.queue(scene.reception).len(), 3, "a pause is not refused for it");
    let dora = scene.newcomer(scene.reception, "Dora");
    scene.refuses(patient(&dora), check_in(&dora), full());
}

#[test]
fn a_check_in_says_which_texts_were_on_display() {
    let mut scene = Scene::new();
    let shown = |scene: &mut Scene| {
        let form = scene.newcomer(scene.reception, "Anna");
        let events = scene.grant(patient(&form), check_in(&form));
        let Event::Visit(_, VisitEvent::CheckedIn { texts, .. }) = &events[0] else {
            panic!("{events:?}");
        };
        *texts
    };
    assert_eq!(shown(&mut scene), 0);
    for (n, text) in (1..).zip(["Open from nine to five.", "Open from eight to four."]) {
        let texts = Texts { office_hours: Some(notice(text)), ..Texts::default() };
        scene.grant(scene.ada, Action::SetTexts(scene.reception, texts));
        assert_eq!(shown(&mut scene), n);
    }
}

#[test]
fn consent_is_recorded_in_the_version_that_the_room_asks_for() {
    let mut scene = Scene::new();
    scene.set_policy(scene.reception, |policy| policy.consent = Some(2));
    let mut form = scene.newcomer(scene.reception, "Anna");
    let needed = door_says(RoomRefusal::ConsentNeeded { asked: 2 });
    scene.refuses(patient(&form), check_in(&form), needed);
    form.consent = Some(2);
    let events = scene.grant(patient(&form), check_in(&form));
    let Event::Visit(_, VisitEvent::CheckedIn { consent, .. }) = &events[0] else {
        panic!("{events:?}");
    };
    assert_eq!(*consent, Some(2));
}

#[test]
fn a_flood_is_removed_by_one_command_with_one_fact_per_visit() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let flood: Vec<_> = (0..10).map(|n| scene.arrive(scene.reception, &format!("x{n}"))).collect();
    let elsewhere = scene.arrive(scene.dr_dana, "Ben");
    let only = flood.iter().copied().chain([elsewhere]).collect();
    let reason = CloseReason::Removed { why: crate::cases::why() };
    let bulk = Action::CloseAll { room: scene.reception, only: Some(only), reason };
    scene.grants(scene.rita, bulk.clone(), &["VisitClosed"; 10]);
    assert_eq!(scene.queue(scene.reception), [anna]);
    assert_eq!(scene.queue(scene.dr_dana), [elsewhere], "another room's visit is not touched");
    scene.grants(scene.rita, bulk, &[]);
}

#[test]
fn close_all_is_one_decision_so_one_that_cannot_be_completed_stops_it() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, start(anna));
    let reason = CloseReason::Completed;
    let all = Action::CloseAll { room: scene.reception, only: None, reason };
    assert_eq!(scene.refuse(scene.rita, all).path(), "Visit.NeverInCall");
    assert_eq!(scene.visit(anna).in_call_with(), Some(scene.rita));
}

#[test]
fn all_of_an_empty_room_is_still_a_question_of_rights() {
    let mut scene = Scene::new();
    let nowhere = clinic_domain::ids::RoomId(clinic_testkit::spec::id(99));
    let rows = [(scene.reception, "Room.NotEntitled"), (nowhere, "Room.NoSuchRoom")];
    for (room, path) in rows {
        let all = Action::TransferAll { from: room, to: scene.dr_omar };
        assert_eq!(scene.refuse(scene.dana, all).path(), path);
        let all = Action::CloseAll { room, only: None, reason: CloseReason::EndOfDay };
        assert_eq!(scene.refuse(scene.dana, all).path(), path);
        let next = Action::CallNext { room, pausing: false };
        assert_eq!(scene.refuse(scene.dana, next).path(), path);
    }
    let all = Action::TransferAll { from: scene.reception, to: scene.dr_omar };
    scene.grants(scene.rita, all, &[]);
}

#[test]
fn starting_an_arrival_or_moving_it_on_accepts_it() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    for visit in [anna, ben] {
        let sent = scene.grant(scene.rita, send(visit, scene.dr_dana));
        assert_eq!(names(&sent), ["Transferred", "TransferRequested"]);
    }
    let transfer = leg(&scene, anna);
    scene.grants(scene.dana, start(anna), &["CallStarted", "TransferAccepted"]);
    let moved = ["Transferred", "TransferAccepted", "TransferRequested", "TransferCompleted"];
    scene.grants(scene.dana, send(ben, scene.dr_omar), &moved);
    let settled = TransferRefusal::Settled { outcome: clinic_domain::transfer::Outcome::Accepted };
    let decline = Action::DeclineTransfer { visit: anna, transfer, note: None };
    scene.refuses(scene.dana, decline, settled);
    assert_eq!(scene.at("10:00"), [], "nothing expires");
}

#[test]
fn only_the_target_answers_and_only_the_policy_ends_a_window() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    let accept = || Action::AcceptTransfer(anna, transfer);
    let decline = || Action::DeclineTransfer { visit: anna, transfer, note: None };
    let expire = || Action::ExpireTransfer(anna, transfer);
    for action in [accept(), decline(), expire()] {
        assert_eq!(scene.refuse(scene.rita, action).path(), "Transfer.NotEntitled");
    }
    assert_eq!(scene.refuse(scene.dana, expire()).path(), "Transfer.NotEntitled");
    let until = scene.now().plus(Millis::minutes(5));
    scene.refuses(PolicyName::AcceptWindow, expire(), TransferRefusal::NotDue { until });
    scene.grants(scene.dana, accept(), &["TransferAccepted"]);
}

#[test]
fn closing_a_pending_arrival_withdraws_it_whoever_closes() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    for who in [scene.dana, scene.ada] {
        let anna = scene.arrive(scene.reception, "Anna");
        scene.grant(scene.rita, send(anna, scene.dr_dana));
        let closed = ["VisitClosed", "TransferWithdrawn"];
        scene.grants(who, super::super::close(anna, CloseReason::NoShow), &closed);
    }
}

#[test]
fn a_personal_room_is_one_per_member_until_it_is_archived() {
    let mut scene = Scene::new();
    let open = |slug: &str| Action::OpenRoom {
        kind: clinic_domain::room::RoomKind::Personal(scene.dana),
        name: clinic_domain::text::Title::parse("Dr. Dana").expect("a title"),
        slug: clinic_domain::text::Slug::parse(slug).expect("a slug"),
        external_ref: None,
    };
    let (second, third) = (open("dana-2"), open("dana-3"));
    let refusal = RoomRefusal::HasPersonalRoom { room: scene.dr_dana };
    scene.refuses(scene.ada, second, refusal);
    scene.grant(scene.ada, Action::ArchiveRoom(scene.dr_dana));
    scene.grants(scene.ada, Action::ArchiveRoom(scene.dr_dana), &[]);
    scene.grants(scene.ada, third, &["RoomOpened"]);
}

#[test]
fn reception_end_to_end() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.at("09:05");
    scene.grants(scene.rita, start(anna), &["CallStarted"]);
    scene.at("09:10");
    scene.grants(scene.rita, pause(anna), &["CallPaused"]);
    scene.at("09:20");
    let sent = ["Transferred", "TransferRequested", "TransferCompleted"];
    scene.grants(scene.rita, send(anna, scene.dr_dana), &sent);
    scene.at("09:25");
    scene.grants(scene.dana, start(anna), &["CallStarted"]);
    scene.at("09:40");
    scene.grants(scene.dana, send(anna, scene.reception), &sent);
    scene.at("09:42");
    scene.grants(scene.rita, start(anna), &["CallStarted"]);
    scene.grants(scene.rita, end(anna), &["CallEnded"]);
    scene.grants(scene.rita, complete(anna), &["VisitClosed"]);
    assert_eq!(scene.state().visits().filter(|(_, visit)| visit.open().is_some()).count(), 0);
}
