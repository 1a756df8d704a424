//! The rooms that a visit may be sent to, the expected one first.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Capability;
use clinic_domain::command::Action;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{CallId, MemberId, Position, RoomId, VisitId};
use clinic_domain::limits;
use clinic_domain::room::{RoomKind, Warning};
use clinic_domain::visit::{Arrival, HoldReason, ToldBy, VisitEvent};

use super::fixture::{Day, at, by, notice};

/// The rooms offered, and whether each is expected.
fn offered(day: &Day, visit: VisitId) -> Vec<(RoomId, bool)> {
    let targets = day.views.census.transfer_targets(visit, day.now).into_iter();
    targets.map(|target| (target.room, target.expected)).collect()
}

fn booked(member: Option<MemberId>, room: Option<RoomId>) -> Arrival {
    Arrival::Booked { member, room, appointment: None, told_by: ToldBy::Host }
}

#[test]
fn a_booked_visit_shows_where_it_is_expected_and_the_picker_offers_that_first() {
    let mut day = Day::new();
    let aaa = day.room("Aaa", RoomKind::Shared);
    let arrival = Arrival::Booked {
        member: Some(day.omar),
        room: None,
        appointment: Some(at("09:30:00")),
        told_by: ToldBy::Host,
    };
    let anna = day.check_in_as("Anna", day.reception, arrival);
    let expected = day.row(anna).expected.expect("a booked visit");
    assert_eq!(
        (expected.member.map(|who| who.to_string()), expected.here),
        (Some("Omar".to_owned()), false)
    );
    let rooms: Vec<_> = day
        .views
        .census
        .transfer_targets(anna, day.now)
        .into_iter()
        .map(|target| target.room)
        .collect();
    assert_eq!(rooms, [day.dr_omar, aaa, day.dr_dana]);
    day.send(day.rita, anna, day.dr_omar);
    assert!(day.row(anna).expected.expect("a booked visit").here);
}

#[test]
fn the_picker_offers_nothing_that_would_be_refused() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let offered = |day: &Day| day.views.census.transfer_targets(anna, day.now).len();
    assert_eq!(offered(&day), 2);
    day.act(by(day.ada), Action::SuspendRoom(day.dr_omar, notice("back at noon")));
    assert_eq!(offered(&day), 1);
    day.policy(day.dr_dana, |policy| policy.queue_limit = 1);
    day.check_in_as("Ben", day.dr_dana, Arrival::DropIn);
    assert_eq!(offered(&day), 0);
    day.act(by(day.ada), Action::LiftSuspension(day.dr_omar));
    assert_eq!(offered(&day), 1);
    day.act(Actor::Host, Action::SetCapabilities([Capability::SharedRooms].into()));
    assert_eq!(offered(&day), 0);
}

#[test]
fn the_room_that_a_booking_names_counts_and_not_its_members() {
    let mut day = Day::new();
    let arrival = booked(Some(day.dana), Some(day.dr_omar));
    let anna = day.check_in_as("Anna", day.reception, arrival);
    assert_eq!(offered(&day, anna), [(day.dr_omar, true), (day.dr_dana, false)]);
}

#[test]
fn a_member_is_expected_in_her_own_room_and_else_wherever_she_serves() {
    let mut day = Day::new();
    let aaa = day.room("Aaa", RoomKind::Shared);
    day.act(by(day.ada), Action::AssignMember(aaa, day.omar));
    let anna = day.check_in_as("Anna", day.reception, booked(Some(day.omar), None));
    let own = [(day.dr_omar, true), (aaa, false), (day.dr_dana, false)];
    assert_eq!(offered(&day, anna), own);
    let ben = day.check_in_as("Ben", day.dr_omar, booked(Some(day.rita), None));
    let serving = [(day.reception, true), (aaa, false), (day.dr_dana, false)];
    assert_eq!(offered(&day, ben), serving);
}

#[test]
fn the_picker_tells_beforehand_what_a_sender_would_be_warned_of() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.member_online(day.dana, false);
    let targets = day.views.census.transfer_targets(anna, day.now).into_iter();
    let warnings: Vec<_> = targets.map(|target| (target.room, target.warnings)).collect();
    assert_eq!(warnings, [(day.dr_dana, vec![Warning::NobodyOnline]), (day.dr_omar, vec![])]);
}

#[test]
fn a_visit_that_has_changed_its_place_too_often_is_offered_no_room() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let (call, member, at) = (CallId(day.next_id()), day.rita, day.now);
    let started = VisitEvent::CallStarted { call, member, skipped: vec![], at };
    let paused = VisitEvent::CallPaused { by: by(member), reason: HoldReason::Paused, at };
    let last = day.log.last().expect("the check-in").clone();
    let mut changes = [started, paused].into_iter().cycle().zip(last.position.0 + 1..);
    let mut change = |day: &mut Day| {
        let (event, position) = changes.next().expect("there is always one more");
        let (event, position) = (Event::Visit(anna, event), Position(position));
        day.views.apply(&Recorded { event, position, ..last.clone() });
    };
    // The check-in is its first place.
    (2..limits::PLACE_CHANGES).for_each(|_| change(&mut day));
    assert_eq!(offered(&day, anna).len(), 2);
    change(&mut day);
    assert_eq!(offered(&day, anna), []);
}
