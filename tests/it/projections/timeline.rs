//! One story of a visit across rooms.

use clinic_domain::command::Action;
use clinic_domain::ids::Position;
use clinic_domain::time::Millis;
use clinic_domain::visit::{Arrival, CloseReason, ToldBy};
use clinic_projections::timeline::Timeline;

use super::fixture::{Day, at, by, note};

fn told(timeline: &Timeline) -> Vec<&str> {
    timeline.lines.iter().map(|line| line.sentence.as_str()).collect()
}

#[test]
fn the_day_of_a_visit_is_one_attributed_story() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:05:00");
    day.start(day.rita, anna);
    day.at("09:06:00");
    day.pause(day.rita, anna);
    day.at("09:10:00");
    day.send(day.rita, anna, day.dr_dana);
    day.at("09:11:00").online(anna, false);
    day.at("09:12:00").online(anna, true);
    day.at("09:15:00");
    day.start(day.dana, anna);
    day.at("09:30:00");
    day.close(day.dana, anna, CloseReason::Completed);
    let timeline = day.timeline(anna);
    assert_eq!(
        told(&timeline),
        [
            "the patient checked in at Reception",
            "Rita started the call",
            "Rita put the visit on hold",
            "Rita sent it from Reception to Dr. Dana, keeping its check-in",
            "the patient went offline, last seen 09:11:00",
            "the patient came back online",
            "Dana started the call",
            "Dana completed the visit",
        ]
    );
    let rooms: Vec<_> = timeline
        .lines
        .iter()
        .filter_map(|line| line.room_name.as_ref())
        .map(ToString::to_string)
        .collect();
    assert_eq!(rooms[..3], ["Reception"; 3]);
    assert_eq!(rooms[3..], ["Dr. Dana"; 5]);
}

#[test]
fn no_position_is_left_out_and_nothing_is_told_twice() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.accept_window = Some(Millis::minutes(3)));
    let anna = day.check_in("Anna");
    let began = day.state.head();
    day.at("09:01:00");
    let transfer = day.send(day.rita, anna, day.dr_dana);
    let words = Some(note("on holiday").into());
    let decline = Action::DeclineTransfer { visit: anna, transfer, note: words.clone() };
    day.at("09:02:00");
    day.act(by(day.dana), decline);
    day.at("09:03:00");
    let again = day.send(day.rita, anna, day.dr_dana);
    day.at("09:04:00");
    day.act(by(day.dana), Action::AcceptTransfer(anna, again));
    let timeline = day.timeline(anna);
    assert_eq!(
        told(&timeline),
        [
            "the patient checked in at Reception",
            "Rita sent it from Reception to Dr. Dana, keeping its check-in, to be answered by 09:04:00",
            "Dana declined; back in Reception, in its old place",
            "Rita sent it from Reception to Dr. Dana, keeping its check-in, return 1, to be answered by 09:06:00",
            "Dana accepted the transfer",
        ]
    );
    assert_eq!(timeline.lines[2].note, words);
    let legs = [None, Some(transfer), Some(transfer), Some(again), Some(again)];
    assert!(timeline.lines.iter().map(|line| line.transfer).eq(legs));
    let mut positions: Vec<Position> = timeline
        .lines
        .iter()
        .flat_map(|line| [&[line.position][..], &line.followed_by].concat())
        .collect();
    positions.sort();
    let all: Vec<Position> = (began.0..=day.state.head().0).map(Position).collect();
    assert_eq!(positions, all);
}

#[test]
fn a_story_tells_what_was_booked_and_who_was_passed_over_and_nothing_of_another_visit() {
    let mut day = Day::new();
    let (member, room) = (Some(day.omar), Some(day.dr_omar));
    let appointment = Some(at("09:30:00"));
    let arrival = Arrival::Booked { member, room, appointment, told_by: ToldBy::Patient };
    let ben = day.check_in("Ben");
    let anna = day.check_in_as("Anna", day.reception, arrival);
    day.online(ben, false);
    day.act(by(day.rita), Action::CallNext { room: day.reception, pausing: false });
    day.send(day.rita, ben, day.dr_dana);
    assert_eq!(
        told(&day.timeline(anna)),
        [
            "the patient checked in at Reception, booked: Omar, Dr. Omar, at 09:30:00",
            "Rita started the call, passing over 1 on hold or offline",
        ]
    );
}

/// Only a log that others wrote has this; what the target wrote is told all the same.
#[test]
fn a_decline_of_which_the_visit_knows_nothing_is_told_with_its_note() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.accept_window = Some(Millis::minutes(3)));
    let anna = day.check_in("Anna");
    let transfer = day.send(day.rita, anna, day.dr_dana);
    let words = Some(note("on holiday").into());
    let decline = Action::DeclineTransfer { visit: anna, transfer, note: words.clone() };
    day.act(by(day.dana), decline);
    day.log.retain(|recorded| recorded.event.name() != "TransferReversed");
    let last = day.timeline(anna).lines.pop().expect("the decline");
    assert_eq!((last.event, last.transfer, last.note), ("TransferDeclined", Some(transfer), words));
}

#[test]
fn the_parts_of_a_visit_sum_to_the_whole_and_those_of_a_stay_to_its_length() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:05:00.123");
    day.start(day.rita, anna);
    day.at("09:06:00").online(anna, false);
    day.at("09:07:00");
    day.pause(day.rita, anna);
    day.at("09:08:00").online(anna, true);
    day.at("09:10:00");
    day.send(day.rita, anna, day.dr_dana);
    let timeline = day.timeline(anna);
    let now = at("09:12:00.001");
    let parts = timeline.parts(now);
    assert_eq!(parts.whole(), now.since(at("09:00:00")));
    assert_eq!(parts.offline, Millis::minutes(1), "a call counts as a call, whoever is offline");
    assert_eq!(parts.on_hold, Millis::minutes(2));
    assert_eq!(parts.in_call, Millis(119_877));
    let rooms: Vec<_> = timeline.stays.iter().map(|stay| (stay.room, stay.until)).collect();
    assert_eq!(rooms, [(day.reception, Some(at("09:10:00"))), (day.dr_dana, None)]);
    for stay in &timeline.stays {
        assert_eq!(stay.parts(now).whole(), stay.until.unwrap_or(now).since(stay.from));
    }
}

#[test]
fn a_reopened_visit_goes_on_and_the_time_in_between_belongs_to_nothing() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:10:00");
    day.close(day.rita, anna, CloseReason::Removed { why: note("wrong row").into() });
    day.at("09:15:00");
    day.act(by(day.rita), Action::ReopenVisit(anna));
    let timeline = day.timeline(anna);
    assert_eq!(told(&timeline)[1..], ["Rita removed the visit", "Rita reopened the visit"]);
    assert_eq!(timeline.lines[1].note, Some(note("wrong row").into()));
    assert_eq!(timeline.parts(at("09:20:00")).whole(), Millis::minutes(15));
    assert_eq!(day.row(anna).in_room.since, at("09:00:00"), "its clocks run on");
    assert_eq!(timeline.stays.len(), 2);
}

#[test]
fn a_timeline_is_told_alike_from_any_order_of_its_streams() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.check_in("Ben");
    day.send(day.rita, anna, day.dr_dana);
    let mut backwards = day.log.clone();
    backwards.reverse();
    backwards.extend(day.log.clone());
    assert_eq!(Timeline::of(anna, &day.views.directory, &backwards), day.timeline(anna));
}
