//! The door of a room, and what it says to arrivals by transfer.

use clinic_domain::decider::Decider;
use clinic_domain::ids::{PasscodeId, RoomId, VisitId};
use clinic_domain::room::{
    ArrivalOrder, Door, Room, RoomEvent, RoomKind, RoomPolicy, RoomRefusal, Target, Texts, Warning,
};
use clinic_domain::time::Millis;
use clinic_testkit::spec::id;

use super::super::{ANNA, DANA, DR_OMAR, at, notice, slug, title};
use super::{every_day, opened};

const PASSCODE: PasscodeId = PasscodeId(id(5));

fn room(history: impl IntoIterator<Item = RoomEvent>) -> Room {
    let mut room = Room::default();
    history.into_iter().for_each(|event| room.evolve(&event));
    room
}

/// Somebody who brings all that a door may ask for.
fn anybody() -> Door {
    Door {
        passcode: Some(PASSCODE),
        consent: Some(3),
        elsewhere: None,
        queue: 0,
        capable: true,
        imported: false,
    }
}

fn limited(queue_limit: u32) -> RoomEvent {
    let policy = RoomPolicy { queue_limit, consent: Some(3), ..RoomPolicy::default() };
    RoomEvent::PolicyChanged { policy }
}

/// Nine in Berlin is before ten.
fn shut_until_ten() -> [RoomEvent; 2] {
    let texts = Texts { emergency: Some(notice("Call 112.")), ..Texts::default() };
    [
        RoomEvent::TextsChanged { texts, version: 1 },
        RoomEvent::HoursChanged { hours: Some(every_day(600, 1_080)) },
    ]
}

#[test]
fn an_open_door_says_which_texts_it_showed() {
    assert_eq!(room([opened()]).admit(&anybody(), at(0)), Ok(0));
    let texts = Texts { welcome: Some(notice("Hello")), ..Texts::default() };
    let changed = RoomEvent::TextsChanged { texts, version: 4 };
    assert_eq!(room([opened(), changed]).admit(&anybody(), at(0)), Ok(4));
}

#[test]
fn a_full_room_refuses_another_visit() {
    let room = room([opened(), limited(2)]);
    let door = |queue| Door { queue, ..anybody() };
    assert_eq!(room.admit(&door(1), at(0)), Ok(0));
    assert_eq!(room.admit(&door(2), at(0)), Err(RoomRefusal::Full { limit: 2 }));
    assert_eq!(room.admit(&door(usize::MAX), at(0)), Err(RoomRefusal::Full { limit: 2 }));
}

#[test]
fn a_shut_door_says_when_it_opens_and_what_to_do_in_an_emergency() {
    let room = room([opened()].into_iter().chain(shut_until_ten()));
    let emergency = Some(notice("Call 112."));
    let refused = room.admit(&anybody(), at(0));
    assert_eq!(refused, Err(RoomRefusal::Shut { reopens_at: Some(at(60)), emergency }));
    assert_eq!(room.admit(&anybody(), at(60)), Ok(1));
}

#[test]
fn a_shut_door_says_so_in_words_and_when_it_opens_if_it_does() {
    let shut = |reopens_at| RoomRefusal::Shut { reopens_at, emergency: None }.to_string();
    assert_eq!(shut(Some(at(60))), "shut, opens at 2026-03-02T09:00:00.000Z");
    assert_eq!(shut(None), "shut");
}

#[test]
fn a_door_tells_a_patient_where_she_waits_already() {
    let door = Door { elsewhere: Some((ANNA, DR_OMAR)), ..anybody() };
    let refused = room([opened()]).admit(&door, at(0));
    assert_eq!(refused, Err(RoomRefusal::AlreadyInside { visit: ANNA, room: DR_OMAR }));
}

#[test]
fn a_door_with_a_passcode_asks_for_the_one_in_force() {
    let with = |passcode| room([opened(), RoomEvent::PasscodeChanged { passcode }]);
    let door = |passcode| Door { passcode, ..anybody() };
    for wrong in [None, Some(PasscodeId(id(6)))] {
        let refused = Err(RoomRefusal::WrongPasscode);
        assert_eq!(with(Some(PASSCODE)).admit(&door(wrong), at(0)), refused);
    }
    assert_eq!(with(Some(PASSCODE)).admit(&door(Some(PASSCODE)), at(0)), Ok(0));
    assert_eq!(with(None).admit(&door(None), at(0)), Ok(0), "none is asked for");
}

#[test]
fn a_room_that_asks_for_consent_takes_the_version_in_force_only() {
    let room = room([opened(), limited(2)]);
    for consent in [None, Some(2), Some(4)] {
        let door = Door { consent, ..anybody() };
        assert_eq!(room.admit(&door, at(0)), Err(RoomRefusal::ConsentNeeded { asked: 3 }));
    }
    assert_eq!(room.admit(&anybody(), at(0)), Ok(0));
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn the_door_refuses_in_the_order_of_its_refusals() {
    let elsewhere: (VisitId, RoomId) = (ANNA, DR_OMAR);
    let worst = Door {
        passcode: None,
        consent: None,
        elsewhere: Some(elsewhere),
        queue: 9,
        capable: false,
        imported: false,
    };
    let passcode = RoomEvent::PasscodeChanged { passcode: Some(PASSCODE) };
    let message = notice("Back at noon.");
    let suspended = RoomEvent::RoomSuspended { message: message.clone() };
    let mut history = vec![opened(), limited(1), passcode, suspended];
    history.extend(shut_until_ten());

    let refused = |history: &[RoomEvent], door: &Door, minute| {
        room(history.to_vec()).admit(door, at(minute)).expect_err("something speaks against it")
    };
    assert_eq!(refused(&[], &worst, 0), RoomRefusal::NoSuchRoom);
    let mut archived = history.clone();
    archived.push(RoomEvent::RoomArchived);
    assert_eq!(refused(&archived, &worst, 0), RoomRefusal::Archived);
    assert_eq!(refused(&history, &worst, 0), RoomRefusal::Incapable);
    let door = Door { capable: true, ..worst };
    let (visit, elsewhere) = elsewhere;
    let inside = RoomRefusal::AlreadyInside { visit, room: elsewhere };
    assert_eq!(refused(&history, &door, 0), inside);
    let door = Door { elsewhere: None, ..door };
    assert_eq!(refused(&history, &door, 0), RoomRefusal::Suspended { message });
    history.push(RoomEvent::SuspensionLifted);
    let shut = RoomRefusal::Shut { reopens_at: Some(at(60)), emergency: Some(notice("Call 112.")) };
    assert_eq!(refused(&history, &door, 0), shut);
    assert_eq!(refused(&history, &door, 60), RoomRefusal::WrongPasscode);
    let door = Door { passcode: Some(PASSCODE), ..door };
    assert_eq!(refused(&history, &door, 60), RoomRefusal::ConsentNeeded { asked: 3 });
    let door = Door { consent: Some(3), ..door };
    assert_eq!(refused(&history, &door, 60), RoomRefusal::Full { limit: 1 });
    let door = Door { queue: 0, ..door };
    assert_eq!(room(history).admit(&door, at(60)), Ok(1));
}

#[test]
fn an_import_needs_a_room_in_use_and_a_token_that_is_nowhere_else_and_nothing_more() {
    let door = Door {
        passcode: None,
        consent: None,
        elsewhere: None,
        queue: 9,
        capable: false,
        imported: true,
    };
    let passcode = RoomEvent::PasscodeChanged { passcode: Some(PASSCODE) };
    let suspended = RoomEvent::RoomSuspended { message: notice("Back at noon.") };
    let mut history = vec![opened(), limited(1), passcode, suspended];
    history.extend(shut_until_ten());
    assert_eq!(room(history.clone()).admit(&door, at(0)), Ok(1));
    assert_eq!(room([]).admit(&door, at(0)), Err(RoomRefusal::NoSuchRoom));
    let elsewhere = Door { elsewhere: Some((ANNA, DR_OMAR)), ..door.clone() };
    let inside = RoomRefusal::AlreadyInside { visit: ANNA, room: DR_OMAR };
    assert_eq!(room(history.clone()).admit(&elsewhere, at(0)), Err(inside));
    history.push(RoomEvent::RoomArchived);
    assert_eq!(room(history).admit(&door, at(0)), Err(RoomRefusal::Archived));
}

#[test]
fn a_personal_room_needs_no_capability_at_its_door() {
    let personal = RoomEvent::RoomOpened {
        kind: RoomKind::Personal(DANA),
        name: title("Dr. Dana"),
        slug: slug("dr-dana"),
        external_ref: None,
    };
    let door = Door { capable: false, ..anybody() };
    assert_eq!(room([personal]).admit(&door, at(0)), Ok(0));
    assert_eq!(room([opened()]).admit(&door, at(0)), Err(RoomRefusal::Incapable));
}

#[test]
fn a_target_says_how_it_ranks_arrivals_and_how_long_it_may_answer() {
    let policy = RoomPolicy {
        arrivals: ArrivalOrder::BackOfQueue,
        accept_window: Some(Millis::minutes(5)),
        ..RoomPolicy::default()
    };
    let room = room([opened(), RoomEvent::PolicyChanged { policy }]);
    let target = |accept_window| Target {
        order: ArrivalOrder::BackOfQueue,
        accept_window,
        warnings: vec![],
    };
    let window = Some(Millis::minutes(5));
    assert_eq!(room.receive(at(0), 0, true, true, true), Ok(target(window)));
    let without = room.receive(at(0), 0, true, true, false);
    assert_eq!(without, Ok(target(None)), "the clinic may no longer use accept windows");
}

#[test]
fn a_target_out_of_hours_or_without_anybody_online_warns_and_refuses_nothing() {
    let room = room([opened()].into_iter().chain(shut_until_ten()));
    let warnings = |minute, online| {
        room.receive(at(minute), 0, true, online, true).expect("it is granted").warnings
    };
    assert_eq!(warnings(60, true), vec![]);
    assert_eq!(warnings(0, true), vec![Warning::OutOfHours]);
    assert_eq!(warnings(60, false), vec![Warning::NobodyOnline]);
    assert_eq!(warnings(0, false), vec![Warning::OutOfHours, Warning::NobodyOnline]);
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn a_target_refuses_in_the_order_of_its_refusals() {
    let personal = RoomEvent::RoomOpened {
        kind: RoomKind::Personal(DANA),
        name: title("Dr. Dana"),
        slug: slug("dr-dana"),
        external_ref: None,
    };
    let message = notice("Back at noon.");
    let suspended = RoomEvent::RoomSuspended { message: message.clone() };
    let mut history = vec![personal, limited(1), suspended];
    let receive = |history: &[RoomEvent], queue, active| {
        room(history.to_vec()).receive(at(0), queue, active, true, true)
    };
    assert_eq!(receive(&[], 9, false), Err(RoomRefusal::NoSuchRoom));
    let mut archived = history.clone();
    archived.push(RoomEvent::RoomArchived);
    assert_eq!(receive(&archived, 9, false), Err(RoomRefusal::Archived));
    let inactive = RoomRefusal::MemberInactive { member: DANA };
    assert_eq!(receive(&history, 9, false), Err(inactive));
    assert_eq!(receive(&history, 9, true), Err(RoomRefusal::Suspended { message }));
    history.push(RoomEvent::SuspensionLifted);
    assert_eq!(receive(&history, 1, true), Err(RoomRefusal::Full { limit: 1 }));
    assert!(receive(&history, 0, true).is_ok());
}
