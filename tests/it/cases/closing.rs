//! Cases of visits that end, or should not have, or cannot yet.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::Capability;
use clinic_domain::command::{Action, Person};
use clinic_domain::event::Event;
use clinic_domain::room::{RoomEvent, RoomRefusal};
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, PatientVisit, Place, VisitEvent, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::door::hours_until;
use super::{
    check_in, close, complete, end, leave, leg, names, notice, patient, pause, remove, send, start,
};

#[test]
fn case_34_offline_for_hours_closes_nobody_unless_the_room_asks_for_it() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.connect(Person::Patient(anna), false);
    assert_eq!(scene.at("18:00"), []);
    assert_eq!(scene.queue(scene.reception), [anna]);
}

#[test]
fn case_34_a_policy_that_closes_is_a_named_actor_with_a_version() {
    let mut scene = Scene::new();
    scene.set_policy(scene.reception, |policy| {
        policy.no_show_after = Some(Millis::minutes(20));
    });
    let anna = scene.arrive(scene.reception, "Anna");
    let served = scene.arrive(scene.reception, "Ben");
    let held = scene.arrive(scene.reception, "Cleo");
    for visit in [served, held] {
        scene.grant(scene.rita, start(visit));
        scene.grant(scene.rita, pause(visit));
    }
    scene.grant(scene.rita, end(served));
    for visit in [anna, served, held] {
        scene.connect(Person::Patient(visit), false);
    }
    assert_eq!(scene.advance(Millis(20 * 60_000 - 1)), []);
    let events = scene.advance(Millis(1));
    let [Event::Visit(closed, VisitEvent::VisitClosed { reason, by, at, .. })] = &events[..] else {
        panic!("only who was never served is a no show: {events:?}");
    };
    assert_eq!((*closed, reason, *at), (anna, &CloseReason::NoShow, scene.now()));
    assert_eq!(by, &Actor::Policy { name: PolicyName::NoShow, version: 1 });
    assert_eq!(scene.at("18:00"), [], "a patient who was in call is no no-show");
}

#[test]
fn case_34_a_patient_who_is_back_before_a_late_timer_is_no_no_show() {
    let mut scene = Scene::new();
    let no_show = |policy: &mut clinic_domain::room::RoomPolicy| {
        policy.no_show_after = Some(Millis::minutes(20));
    };
    scene.set_policy(scene.reception, no_show);
    let anna = scene.arrive(scene.reception, "Anna");
    let timer = || Action::CloseNoShow(anna);
    scene.grants(PolicyName::NoShow, timer(), &[]);
    scene.connect(Person::Patient(anna), false);
    scene.pass(Millis::minutes(19));
    scene.grants(PolicyName::NoShow, timer(), &[]);
    scene.pass(Millis::minutes(2));
    scene.connect(Person::Patient(anna), true);
    scene.grants(PolicyName::NoShow, timer(), &[]);
    // Gone again, and the room has changed its mind meanwhile.
    scene.connect(Person::Patient(anna), false);
    scene.pass(Millis::minutes(21));
    scene.set_policy(scene.reception, |policy| policy.no_show_after = None);
    scene.grants(PolicyName::NoShow, timer(), &[]);
    scene.set_policy(scene.reception, no_show);
    scene.grants(PolicyName::NoShow, timer(), &["VisitClosed"]);
    scene.grants(PolicyName::NoShow, timer(), &[]);
}

#[test]
fn case_34_every_way_to_end_has_a_reason_of_its_own() {
    let mut scene = Scene::new();
    let reasons = [
        CloseReason::NoShow,
        CloseReason::EndOfDay,
        CloseReason::Removed { why: super::why() },
        CloseReason::Completed,
        CloseReason::Left,
    ];
    let mut labels = BTreeSet::new();
    for reason in reasons {
        let visit = scene.arrive(scene.reception, "Anna");
        scene.grant(scene.rita, start(visit));
        let who = match reason {
            CloseReason::Left => scene.patient(visit),
            CloseReason::NoShow
            | CloseReason::EndOfDay
            | CloseReason::Removed { .. }
            | CloseReason::Completed
            | CloseReason::Merged { .. } => Actor::Member(scene.rita),
        };
        scene.grant(who, close(visit, reason));
        let Some(PatientVisit::Closed(closed)) = scene.state().visit(visit) else {
            panic!("it is closed");
        };
        labels.insert(closed.reason.label());
    }
    assert_eq!(labels.len(), 5);
}

#[test]
fn case_35_a_visit_removed_by_mistake_comes_back_to_its_place_and_its_rank() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.at("09:10");
    let ben = scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, pause(anna));
    let before = scene.visit(anna).clone();
    scene.grant(scene.rita, remove(anna));
    assert_eq!(scene.queue(scene.reception), [ben]);
    scene.at("09:30");
    scene.grants(scene.rita, Action::ReopenVisit(anna), &["VisitReopened"]);
    let after = scene.visit(anna);
    assert_eq!((&after.place, after.entry, after.room), (&before.place, before.entry, before.room));
    assert_eq!(scene.queue(scene.reception), [anna, ben]);
    scene.grants(scene.rita, Action::ReopenVisit(anna), &[]);
}

#[test]
fn case_35_a_reopening_has_a_window_and_yields_to_a_newer_visit() {
    let mut scene = Scene::new();
    let form = scene.newcomer(scene.reception, "Anna");
    scene.grant(patient(&form), check_in(&form));
    let anna = scene.state().visit_of(&form.token).expect("she is inside");
    scene.grant(scene.rita, remove(anna));
    let until = scene.now().plus(Millis::minutes(30));
    scene.at("09:10");
    scene.grant(patient(&form), check_in(&form));
    let again = scene.state().visit_of(&form.token).expect("she is inside again");
    assert_ne!(again, anna);
    let open = VisitRefusal::OtherVisitOpen { visit: again };
    scene.refuses(scene.rita, Action::ReopenVisit(anna), open);
    scene.grant(patient(&form), leave(again));
    scene.at("09:30");
    let too_late = VisitRefusal::ReopenTooLate { until };
    scene.refuses(scene.rita, Action::ReopenVisit(anna), too_late);
}

#[test]
fn case_35_a_rooms_own_window_counts_and_an_archived_room_takes_nobody_back() {
    let mut scene = Scene::new();
    scene.set_policy(scene.reception, |policy| policy.reopen_window = Millis::minutes(10));
    let [anna, ben] = ["Anna", "Ben"].map(|name| scene.arrive(scene.reception, name));
    scene.grant(scene.rita, remove(anna));
    scene.grant(scene.rita, remove(ben));
    // What the room says later concerns what is closed later.
    scene.set_policy(scene.reception, |policy| policy.reopen_window = Millis::minutes(60));
    let until = scene.now().plus(Millis::minutes(10));
    scene.pass(Millis(10 * 60_000 - 1));
    scene.grant(scene.rita, Action::ReopenVisit(anna));
    scene.pass(Millis(1));
    let too_late = VisitRefusal::ReopenTooLate { until };
    scene.refuses(scene.rita, Action::ReopenVisit(ben), too_late);

    scene.grant(scene.rita, remove(anna));
    scene.grant(scene.ada, Action::ArchiveRoom(scene.reception));
    let archived = VisitRefusal::Room(RoomRefusal::Archived);
    scene.refuses(scene.rita, Action::ReopenVisit(anna), archived);
}

#[test]
fn case_35_a_visit_closed_in_a_call_comes_back_as_waiting() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    scene.at("09:20");
    scene.grant(scene.rita, complete(anna));
    scene.at("09:21");
    scene.grant(scene.rita, Action::ReopenVisit(anna));
    assert_eq!(scene.visit(anna).place, Place::Waiting { since: scene.now() });
    assert_eq!(scene.state().call_of(scene.rita), None);
}

#[test]
fn case_38_closing_time_lists_who_is_still_inside_and_closes_nobody() {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours_until("09:00", "17:00"))));
    scene.at("16:00");
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    let cleo = scene.arrive(scene.reception, "Cleo");
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, pause(anna));
    scene.grant(scene.rita, start(cleo));
    let events = scene.at("17:00");
    let [Event::Room(room, RoomEvent::DayEnded { inside, at })] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((*room, *at), (scene.reception, scene.now()));
    assert_eq!(inside, &[anna, ben, cleo], "on hold, waiting, in call");
    assert_eq!(scene.queue(scene.reception), [anna, ben], "nobody is sent home");
    // It is said once, however often the timer asks.
    scene.grants(PolicyName::ClosingTime, Action::EndDay(scene.reception), &[]);

    scene.grants(scene.rita, Action::CarryOver(anna), &["CarriedOver"]);
    assert_eq!(scene.visit(anna).carried_over_at, Some(scene.now()));
    assert_eq!(scene.visit(ben).carried_over_at, None);
    scene.grants(scene.rita, Action::CarryOver(anna), &[]); // it is one evening
    let rest = Action::CloseAll {
        room: scene.reception,
        only: Some(vec![ben, cleo]),
        reason: CloseReason::EndOfDay,
    };
    scene.grants(scene.rita, rest, &["VisitClosed", "VisitClosed"]);

    // The next day, who was carried over is listed again if she is still there.
    let events = scene.advance(Millis::minutes(24 * 60));
    let [Event::Room(_, RoomEvent::DayEnded { inside, .. })] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(inside, &[anna]);
    scene.grants(scene.rita, Action::CarryOver(anna), &["CarriedOver"]);
    scene.grants(scene.rita, Action::CarryOver(anna), &[]);
    assert_eq!(scene.visit(anna).carried_over_at, Some(scene.now()));
}

#[test]
fn case_38_there_is_no_closing_time_without_hours_before_it_comes_or_with_nobody_inside() {
    let mut scene = Scene::new();
    let end_day = || Action::EndDay(scene.reception);
    let (first, second, third) = (end_day(), end_day(), end_day());
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grants(PolicyName::ClosingTime, first, &[]);
    scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours_until("09:00", "17:00"))));
    scene.at("16:59");
    scene.grants(PolicyName::ClosingTime, second, &[]);
    scene.grant(scene.rita, remove(anna));
    assert_eq!(scene.at("17:00"), []);
    assert_eq!(scene.refuse(scene.ada, third).path(), "Room.NotEntitled");
}

/// No timer ran at five; whoever is inside by then from elsewhere has till the next evening.
#[test]
fn case_38_the_next_closing_time_is_that_of_whoever_has_been_inside_longest() {
    for minutes_late in [0, 5] {
        let mut scene = Scene::new();
        let hours = Some(hours_until("09:00", "17:00"));
        scene.grant(scene.ada, Action::SetHours(scene.reception, hours));
        let anna = scene.arrive(scene.reception, "Anna");
        let ben = scene.arrive(scene.dr_dana, "Ben");
        let closing = scene.now().plus(Millis::minutes(8 * 60));
        assert_eq!(scene.state().next_due(), Some(closing));
        scene.pass(Millis::minutes(8 * 60 + minutes_late));
        scene.grant(scene.dana, send(ben, scene.reception));
        assert_eq!(scene.state().next_due(), Some(closing), "Anna is still there");
        scene.grant(scene.rita, remove(anna));
        let next = closing.plus(Millis::minutes(24 * 60));
        assert_eq!(scene.state().next_due(), Some(next), "{minutes_late} minutes late");
        scene.grant(scene.rita, Action::ReopenVisit(anna));
        assert_eq!(scene.state().next_due(), Some(closing), "she came in the morning");
    }
}

#[test]
fn case_39_without_shared_rooms_nobody_checks_in_and_everybody_inside_is_served() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, send(ben, scene.dr_dana));
    let transfer = leg(&scene, ben);
    scene.grant(Actor::Host, Action::SetCapabilities(BTreeSet::new()));
    let form = scene.newcomer(scene.reception, "Cleo");
    let incapable = super::door_says(RoomRefusal::Incapable);
    scene.refuses(patient(&form), check_in(&form), incapable);
    let open = Action::OpenRoom {
        kind: clinic_domain::room::RoomKind::Shared,
        name: clinic_domain::text::Title::parse("Another").expect("a title"),
        slug: clinic_domain::text::Slug::parse("another").expect("a slug"),
        external_ref: None,
    };
    scene.refuses(scene.ada, open, RoomRefusal::Incapable);
    // Read and drain: calls, notes, the door's texts, closing, going back.
    scene.grants(scene.rita, start(anna), &["CallStarted"]);
    scene.refuses(scene.rita, pause(anna), VisitRefusal::Incapable);
    scene.refuses(scene.rita, send(anna, scene.dr_dana), VisitRefusal::Incapable);
    let undo = Action::UndoTransfer(ben, transfer);
    scene.grants(scene.rita, undo, &["TransferReversed", "TransferUndone"]);
    scene.grant(scene.rita, complete(anna));
    scene.grant(scene.rita, close(ben, CloseReason::NoShow));
    scene.grant(scene.ada, Action::SuspendRoom(scene.reception, notice("Closed.")));
    scene.grant(scene.ada, Action::ArchiveRoom(scene.reception));
}

#[test]
fn case_39_what_is_pending_or_paused_when_a_capability_goes_is_still_answered_and_resumed() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    let cleo = scene.arrive(scene.reception, "Cleo");
    scene.grant(scene.rita, start(ben));
    scene.grant(scene.rita, pause(ben));
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let transfer = leg(&scene, anna);
    let only_transfer = BTreeSet::from([Capability::Transfer]);
    scene.grant(Actor::Host, Action::SetCapabilities(only_transfer));
    // A new transfer needs no answer any more; the pending one does.
    let sent = scene.grant(scene.rita, send(cleo, scene.dr_dana));
    assert_eq!(names(&sent), ["Transferred", "TransferRequested", "TransferCompleted"]);
    let decline = Action::DeclineTransfer { visit: anna, transfer, note: None };
    scene.grants(scene.dana, decline, &["TransferReversed", "TransferDeclined"]);
    scene.grants(scene.rita, start(ben), &["CallResumed"]);
    // Her patient goes on hold when a member is disabled, capability or not.
    let disable = Action::DisableMember(scene.rita);
    scene.grants(scene.ada, disable, &["MemberDisabled", "CallPaused"]);
}
