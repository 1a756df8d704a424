//! Cases at the door: hours, suspension, passcodes, links.

use std::collections::BTreeMap;

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Vouched};
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::ids::PasscodeId;
use clinic_domain::room::{RoomRefusal, Texts};
use clinic_domain::text::Slug;
use clinic_domain::time::{Millis, Timestamp};
use clinic_testkit::spec::{Scene, id};

use super::{check_in, complete, end, leave, notice, patient, pause, send, start};

/// Every day from one clock time until another, in Berlin.
pub(super) fn hours_until(from: &str, until: &str) -> Hours {
    let minute = |clock: &str| {
        let (hour, minute) = clock.split_once(':').expect("hh:mm");
        let number = |text: &str| text.parse::<u16>().expect("a number");
        number(hour) * 60 + number(minute)
    };
    let day = vec![Interval { from: minute(from), until: minute(until) }];
    Hours {
        zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
        week: vec![day; 7],
        exceptions: BTreeMap::new(),
    }
}

#[test]
fn case_15_a_token_that_opens_another_rooms_link_is_offered_the_visit_it_has() {
    let mut scene = Scene::new();
    let form = scene.newcomer(scene.reception, "Anna");
    scene.grant(patient(&form), check_in(&form));
    let anna = scene.state().visit_of(&form.token).expect("she is inside");

    let elsewhere = clinic_domain::command::CheckInForm { room: scene.dr_dana, ..form.clone() };
    let inside = RoomRefusal::AlreadyInside { visit: anna, room: scene.reception };
    scene.refuses(patient(&form), check_in(&elsewhere), super::door_says(inside));
    // The same link again finds the same visit, wherever the room is full, shut or suspended.
    scene.grant(scene.ada, Action::SuspendRoom(scene.reception, notice("Back at noon.")));
    scene.grants(patient(&form), check_in(&form), &[]);

    // In another room now, she is still one visit; the first link says where.
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    let inside = RoomRefusal::AlreadyInside { visit: anna, room: scene.dr_dana };
    scene.refuses(patient(&form), check_in(&form), super::door_says(inside));
    scene.grants(patient(&form), check_in(&elsewhere), &[]);

    // Once it is over, the token may begin another.
    scene.grant(patient(&form), leave(anna));
    scene.grants(patient(&form), check_in(&elsewhere), &["CheckedIn"]);
}

#[test]
fn case_16_the_last_millisecond_before_closing_lets_in_and_closing_time_does_not() {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours_until("09:00", "17:00"))));
    scene.at("16:59:59");
    scene.pass(Millis(999));
    let form = scene.newcomer(scene.reception, "Anna");
    scene.grants(patient(&form), check_in(&form), &["CheckedIn"]);
    scene.pass(Millis(1));
    let form = scene.newcomer(scene.reception, "Ben");
    let tomorrow_at_nine = scene.now().plus(Millis::minutes(16 * 60));
    let shut = RoomRefusal::Shut { reopens_at: Some(tomorrow_at_nine), emergency: None };
    scene.refuses(patient(&form), check_in(&form), super::door_says(shut));
    // Midnight changes nothing, nine does.
    scene.at("00:00");
    scene.refuse(patient(&form), check_in(&form));
    scene.at("08:59:59");
    scene.refuse(patient(&form), check_in(&form));
    scene.at("09:00");
    scene.grants(patient(&form), check_in(&form), &["CheckedIn"]);
}

#[test]
fn case_16_the_hour_that_is_skipped_or_repeated_is_read_off_the_rooms_own_wall() {
    // On 29 March 2026 Berlin's clocks go from 2:00 to 3:00; on 25 October from 3:00 to 2:00.
    let rows = [
        ("2026-03-28T23:00:00Z", "02:00", "2026-03-29T01:00:00Z", false),
        ("2026-03-28T23:00:00Z", "03:30", "2026-03-29T01:30:00Z", false),
        ("2026-10-24T22:00:00Z", "02:30", "2026-10-25T00:30:00Z", true),
        ("2026-10-24T22:00:00Z", "03:00", "2026-10-25T02:00:00Z", false),
    ];
    for (midnight, until, shuts, repeats) in rows {
        let instant = |text| Timestamp::parse(text).expect("an instant");
        let mut scene = Scene::new();
        let hours = hours_until("00:00", until);
        scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours)));
        assert!(instant(midnight) < instant(shuts));
        scene.pass(Millis(instant(shuts).since(scene.now()).0 - 1));
        let form = scene.newcomer(scene.reception, "Anna");
        scene.grants(patient(&form), check_in(&form), &["CheckedIn"]);
        scene.pass(Millis(1));
        let form = scene.newcomer(scene.reception, "Ben");
        scene.refuse(patient(&form), check_in(&form));
        if repeats {
            scene.pass(Millis::minutes(30));
            scene.grants(patient(&form), check_in(&form), &["CheckedIn"]);
        }
    }
}

#[test]
fn case_16_history_of_another_system_comes_in_through_a_shut_door() {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours_until("18:00", "19:00"))));
    scene.grant(scene.ada, Action::SuspendRoom(scene.reception, notice("The doctor is ill.")));
    let form = scene.newcomer(scene.reception, "Anna");
    scene.refuse(patient(&form), check_in(&form));
    scene.grants(Actor::Import, check_in(&form), &["CheckedIn"]);
}

#[test]
fn case_17_hours_and_suspension_concern_the_door_only() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    let texts = Texts { emergency: Some(notice("Call 112.")), ..Texts::default() };
    scene.grant(scene.ada, Action::SetTexts(scene.reception, texts));
    scene.grant(scene.ada, Action::SetHours(scene.reception, Some(hours_until("18:00", "19:00"))));
    scene.grant(scene.ada, Action::SuspendRoom(scene.reception, notice("The doctor is ill.")));

    let form = scene.newcomer(scene.reception, "Cleo");
    let message = notice("The doctor is ill.");
    let suspended = RoomRefusal::Suspended { message };
    scene.refuses(patient(&form), check_in(&form), super::door_says(suspended));

    for action in [start(anna), pause(anna), start(anna), end(anna), send(anna, scene.dr_dana)] {
        scene.grant(scene.rita, action);
    }
    // An undo is never refused by a shut or suspended source.
    let transfer = super::leg(&scene, anna);
    scene.grant(scene.rita, Action::UndoTransfer(anna, transfer));
    assert_eq!(scene.queue(scene.reception), [anna, ben]);
    scene.grant(scene.rita, complete(anna));

    scene.grant(scene.ada, Action::LiftSuspension(scene.reception));
    let refusal = scene.refuse(patient(&form), check_in(&form));
    assert_eq!(refusal.path(), "Visit.Room.Shut", "the hours still stand");
}

#[test]
fn case_30_a_retired_slug_leads_to_the_room_that_has_moved_and_is_never_reassigned() {
    let mut scene = Scene::new();
    let slug = |text| Slug::parse(text).expect("a slug");
    let taken = |text, holder| RoomRefusal::SlugTaken { slug: slug(text), holder };
    scene.grant(scene.ada, Action::ChangeSlug(scene.reception, slug("front-desk")));
    assert_eq!(scene.state().room_at(&slug("reception")), Some(scene.reception));
    assert_eq!(scene.room(scene.reception).slug, slug("front-desk"), "so it has moved");

    let (dana, reception) = (scene.dr_dana, scene.reception);
    for text in ["reception", "front-desk"] {
        let change = Action::ChangeSlug(dana, slug(text));
        scene.refuses(scene.ada, change, taken(text, reception));
        let open = Action::OpenRoom {
            kind: clinic_domain::room::RoomKind::Shared,
            name: clinic_domain::text::Title::parse("Another").expect("a title"),
            slug: slug(text),
            external_ref: None,
        };
        scene.refuses(scene.ada, open, taken(text, reception));
    }
    // Not even the slugs of an archived room.
    let old = scene.open_room("Old", "old");
    scene.grant(scene.ada, Action::ArchiveRoom(old));
    scene.refuses(scene.ada, Action::ChangeSlug(dana, slug("old")), taken("old", old));
    // Its own, a room may take back.
    scene.grant(scene.ada, Action::ChangeSlug(reception, slug("reception")));
    assert_eq!(scene.state().room_at(&slug("front-desk")), Some(reception));
}

#[test]
fn case_31_a_passcode_that_changes_concerns_new_check_ins_only() {
    let mut scene = Scene::new();
    let passcode = |n| Some(PasscodeId(id(n)));
    scene.grant(scene.ada, Action::SetPasscode(scene.reception, passcode(1)));
    let mut form = scene.newcomer(scene.reception, "Anna");
    let wrong = || super::door_says(RoomRefusal::WrongPasscode);
    scene.refuses(patient(&form), check_in(&form), wrong());
    form.passcode = Vouched(passcode(1));
    scene.grant(patient(&form), check_in(&form));
    let anna = scene.state().visit_of(&form.token).expect("she is inside");

    scene.grant(scene.ada, Action::SetPasscode(scene.reception, passcode(2)));
    // She is inside, whatever she knows now.
    scene.grants(patient(&form), check_in(&form), &[]);
    scene.grant(scene.rita, start(anna));
    let mut other = scene.newcomer(scene.reception, "Ben");
    other.passcode = Vouched(passcode(1));
    scene.refuses(patient(&other), check_in(&other), wrong());
    other.passcode = Vouched(passcode(2));
    scene.grants(patient(&other), check_in(&other), &["CheckedIn"]);
}
